"""What the devices of one open session told: its newest readings, and the logs of its pumps.

Routed here by association, so a device's word is the session's exactly as long as the device was.
"""

from collections.abc import Sequence

import msgspec

from infusion.association import Association, Interval
from infusion.baseline import CuffPressure
from infusion.pump_facts import FlowRules, PumpFact, fact_of
from infusion.pump_log import PumpLog, log_of
from infusion.pump_log import take as take_into_log
from infusion.readings import CuffPressure as CuffReading
from infusion.readings import Reading, newer, readings_in
from infusion.session import Session
from infusion.session_events import SyringeLoaded
from infusion.stream import PumpReadingArrived, VitalsArrived
from vocabulary.ids import DeviceId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind

Logs = dict[DeviceId, tuple[PumpLog, ...]]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """One open session's readings and logs.

    `logs`: of each pump one log for each time it was the session's; they follow from the record
    and are left out of snapshots. `pumps`: the newest reading of each. `pressures`: all its cuff
    readings, in the order in which they came. `loads`: what was loaded into its pumps.
    `unplugged`: when its patient was off the monitor on purpose.
    """

    readings: dict[SignalName, Reading] = {}
    pumps: dict[DeviceId, PumpReadingArrived] = {}
    logs: Logs = {}
    pressures: tuple[CuffPressure, ...] = ()
    loads: tuple[SyringeLoaded, ...] = ()
    unplugged: tuple[Interval, ...] = ()


def copy_of(chart: Chart) -> Chart:
    """A chart whose readings, pumps and logs may be changed in place."""
    return msgspec.structs.replace(
        chart, readings=dict(chart.readings), pumps=dict(chart.pumps), logs=dict(chart.logs)
    )


def chart_vitals(chart: Chart, vitals: VitalsArrived) -> CuffPressure | None:
    """Take numerics into a copy; the cuff reading that is new among them, if there is one."""
    found = None
    held = chart.readings
    for signal, reading in readings_in(vitals):
        before = held.get(signal)
        held[signal] = newer(before, reading)
        if isinstance(reading.value, CuffReading):
            found = CuffPressure(
                sys=reading.value.sys,
                dia=reading.value.dia,
                observed_at=reading.observed_at,
                device=reading.device,
            )
    return found


def chart_pump(chart: Chart, item: PumpFact) -> list[tuple[PumpLog, PumpLog]]:
    """Take what a pump told into a copy; the logs that grew by it, before and after."""
    if isinstance(item, PumpReadingArrived):
        newest = chart.pumps.get(item.device)
        if newest is None or item.observed_at > newest.observed_at:
            chart.pumps[item.device] = item
    logs = chart.logs.get(item.device, ())
    grown = [(log, take_into_log(log, item)) for log in logs]
    chart.logs[item.device] = tuple(after for _, after in grown)
    return [(before, after) for before, after in grown if after is not before]


def relogged(
    chart: Chart, session: Session, history: Sequence[PumpFact], rules: FlowRules
) -> Chart:
    """`chart` with what is the session's now: a log for each time that a pump was its own.

    `history`: what a pump told before it was known to be the session's.
    """
    standing = {held.device for held in session.associations if held.is_standing}
    return msgspec.structs.replace(
        chart,
        readings={s: r for s, r in chart.readings.items() if r.device in standing},
        pumps={device: r for device, r in chart.pumps.items() if device in standing},
        logs={
            held.device: _logs_of(held, chart.logs.get(held.device, ()), history, rules)
            for held in session.associations
            if held.kind is DeviceKind.PUMP
        },
    )


def _logs_of(
    held: Association,
    before: tuple[PumpLog, ...],
    history: Sequence[PumpFact],
    rules: FlowRules,
) -> tuple[PumpLog, ...]:
    told = [item for item in history if item.device == held.device]
    spans = [(interval.since, interval.until) for interval in held.intervals]
    if not told and spans == [(log.since, log.until) for log in before]:
        return before
    facts = [fact for log in before for fact in log.facts()]
    facts += (fact for item in told if (fact := fact_of(item, rules)) is not None)
    return tuple(
        log_of(PumpLog(device=held.device, rules=rules, since=since, until=until), facts)
        for since, until in spans
    )
