"""What a trend reads from the record: thinner than all of it, and telling the same."""

from datetime import timedelta

import msgspec
import pytest

from infusion.delivered import Delivered
from infusion.pump_facts import FlowRules
from infusion.segments import delivered_by
from infusion.stream import PumpReadingArrived
from record.columns import to_micros
from record.store import Record
from tests.fixtures.clinic import START
from tests.fixtures.measured import monitor_between, pump_between, store
from tests.fixtures.pumps import logs_of
from vocabulary.ids import DeviceId
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason

STEPS = ((1200, 35.0), (1500, 42.0), (300, 0.0), (600, 28.0))
PUMP, MONITOR = DeviceId("pump-1"), DeviceId("monitor-1")
END = START + timedelta(hours=2)
RULES = FlowRules(believed_for=timedelta(seconds=10), rate_step_ml_h=0.1)


def told(readings: list[PumpReadingArrived]) -> Delivered:
    return delivered_by(list(logs_of(readings, RULES)))


@pytest.mark.parametrize("period_s", [1, 2, 5])
def test_thinned_readings_tell_of_the_flow_what_all_of_them_tell(
    record: Record, period_s: int
) -> None:
    readings = pump_between("pump-1", START, STEPS, period_s)
    # silent for 40 s in the middle, and one reading that no pump can show
    begins, ends = START + timedelta(seconds=700), START + timedelta(seconds=740)
    readings = [r for r in readings if not begins <= r.observed_at < ends]
    readings[50] = msgspec.structs.replace(readings[50], implausible=("rate",))
    store(record, readings)
    whole = record.pump_readings_between([PUMP], START, END)
    thin = record.flow_between([PUMP], START, END)
    assert len(whole) == len(readings)
    if period_s == 1:
        assert len(thin) < len(whole) / 2
    assert told(thin) == told(whole)


def test_a_flow_is_the_devices_own(record: Record) -> None:
    store(record, pump_between("pump-1", START, [(60, 35.0)]))
    store(record, pump_between("pump-2", START, [(60, 70.0)]))
    assert {r.device for r in record.flow_between([PUMP], START, END)} == {PUMP}
    both = record.flow_between([PUMP, DeviceId("pump-2")], START, END)
    assert {r.rate_ml_h for r in both} == {0.0, 35.0, 70.0}


def test_a_trend_reads_in_order_of_measurement_and_only_cuffs_if_asked(record: Record) -> None:
    later = START + timedelta(seconds=400)
    store(record, monitor_between("monitor-1", later, later + timedelta(seconds=10)))
    store(record, monitor_between("monitor-1", START, later))
    rows = record.trend_between([MONITOR], START, END)
    assert [row.at_us for row in rows] == sorted(row.at_us for row in rows)
    assert len(rows) == 410
    cuffs = record.trend_between([MONITOR], START, END, only_cuffs=True)
    assert len(cuffs) == 4
    assert len(record.cuffs_between([MONITOR], START, END)) == 4
    assert record.trend_between([MONITOR], START, START) == []


def test_spark_lines_are_the_lowest_of_each_step_and_every_cuff_once(record: Record) -> None:
    end = START + timedelta(seconds=400)
    readings = monitor_between("monitor-1", START, end)
    dip = msgspec.structs.replace(readings[14], spo2=86.0)
    wrong = msgspec.structs.replace(
        readings[25], spo2=12.0, invalid={SignalName.SPO2: InvalidReason.IMPLAUSIBLE}
    )
    cuff = {name: getattr(readings[0], name) for name in ("nibp_sys", "nibp_observed_at")}
    again = msgspec.structs.replace(readings[1], **cuff)
    readings[14], readings[25], readings[1] = dip, wrong, again
    store(record, readings)
    store(record, monitor_between("monitor-2", START, end, spo2=93.0))
    rows = record.spark_between([MONITOR], START, END, 10)
    first_us = to_micros(START)
    assert {device for device, *_ in (*rows.lowest, *rows.cuffs)} == {"monitor-1"}
    lowest = {step: low for _, step, low in rows.lowest}
    first = first_us // 10_000_000
    assert set(lowest) == set(range(first, first + 40))
    assert lowest[first + 1] == 86.0
    assert lowest[first + 2] == 97.0, "what the device called invalid is no number"
    taken = sorted((at_us - first_us) // 1_000_000 for _, at_us, _ in rows.cuffs)
    assert taken == [0, 180, 360]
    assert {sys for *_, sys in rows.cuffs} == {124.0}
