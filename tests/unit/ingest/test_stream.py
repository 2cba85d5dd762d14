"""From what arrived to one batch: repeats, clocks, positions, quarantine."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from infusion.configuration import ClinicConfiguration
from infusion.receipts import MOST_RANGES
from infusion.stream import DeviceStatusArrived, PumpReadingArrived, VitalsArrived
from infusion.ward_state import StreamState
from ingest.clocks import DeviceClocks
from ingest.mqtt import RawMessage
from ingest.publish import ACK_RANGES, ack_of
from ingest.stream import Batch, Sequencer
from tests.fixtures.clinic import START
from vocabulary.ids import BootId, DeviceId
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason, QuarantineReason
from wire.decoding import MAX_PAYLOAD_BYTES

TOPIC = "hourglass/v1/north/device/monitor-1/vitals"


def raw(
    payload: dict[str, Any] | bytes, seconds: float = 0, topic: str = TOPIC, **how: Any
) -> RawMessage:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return RawMessage(topic, body, START + timedelta(seconds=seconds), **how)


def vitals(seq: int, seconds: float, boot: str = "b1", **fields: Any) -> dict[str, Any]:
    time = (START + timedelta(seconds=seconds)).isoformat()
    return {"boot": boot, "seq": seq, "time": time, "spo2": 97, **fields}


@pytest.fixture
def sequencer(clinic: ClinicConfiguration) -> Sequencer:
    made = Sequencer(clinic, DeviceClocks(clinic.clocks, {}), [], StreamState(), lambda _: 1)
    made.reserve(10_000)
    return made


def steady(sequencer: Sequencer, seconds: int = 6) -> Batch:
    return sequencer.order([raw(vitals(n, n), n) for n in range(seconds + 1)])


def test_a_message_becomes_an_input_with_three_times_and_a_position(sequencer: Sequencer) -> None:
    steady(sequencer)
    batch = sequencer.order([raw(vitals(7, 7), 7.2)])
    (item,) = batch.inputs
    assert isinstance(item, VitalsArrived)
    assert item.position == 8
    assert item.device_time == item.observed_at == START + timedelta(seconds=7)
    assert item.received_at == START + timedelta(seconds=7.2)
    assert not item.late


def test_a_repeat_is_dropped_and_counted(sequencer: Sequencer) -> None:
    batch = sequencer.order([raw(vitals(0, 0)), raw(vitals(0, 0), 1)])
    assert (len(batch.inputs), batch.duplicates) == (1, 1)
    assert sequencer.order([raw(vitals(0, 0), 2)]).duplicates == 1


def test_a_repeat_is_still_owed_an_ack(sequencer: Sequencer) -> None:
    steady(sequencer)
    batch = sequencer.order([raw(vitals(0, 0), 9)])
    assert (DeviceId("monitor-1"), BootId("b1")) in batch.heard


def test_a_gap_is_known_and_closes(sequencer: Sequencer) -> None:
    key = (DeviceId("monitor-1"), BootId("b1"))
    batch = sequencer.order([raw(vitals(0, 0)), raw(vitals(3, 3), 3)])
    assert batch.receipts[key].missing == ((1, 2),)
    batch = sequencer.order([raw(vitals(2, 2), 4), raw(vitals(1, 1), 4)])
    assert batch.receipts[key].missing == ()


def test_the_same_number_of_another_boot_is_another_message(sequencer: Sequencer) -> None:
    batch = sequencer.order([raw(vitals(0, 0)), raw(vitals(0, 1, boot="b2"), 1)])
    assert len(batch.inputs) == 2


def test_a_device_is_late_until_its_clock_is_known(sequencer: Sequencer) -> None:
    batch = steady(sequencer)
    assert [item.late for item in batch.inputs if isinstance(item, VitalsArrived)] == (
        [True] * 5 + [False] * 2
    )


def test_a_clock_24_minutes_behind_is_taken_out(sequencer: Sequencer) -> None:
    sequencer.order([raw(vitals(n, n - 1440), n) for n in range(7)])
    (item,) = sequencer.order([raw(vitals(7, 7 - 1440), 7)]).inputs
    assert isinstance(item, VitalsArrived)
    assert (item.observed_at, item.late) == (START + timedelta(seconds=7), False)
    assert item.device_time == START + timedelta(seconds=7 - 1440)


@pytest.mark.parametrize(
    ("message", "how"),
    [
        ({"buffered": True}, {}),
        ({}, {"is_retained": True}),
    ],
)
def test_what_was_kept_somewhere_is_never_live(
    sequencer: Sequencer, message: dict[str, Any], how: dict[str, Any]
) -> None:
    steady(sequencer)
    (item,) = sequencer.order([raw(vitals(7, 7, **message), 7, **how)]).inputs
    assert isinstance(item, VitalsArrived)
    assert item.late


def test_what_was_kept_somewhere_tells_nothing_of_the_clock(sequencer: Sequencer) -> None:
    """However steadily a device sends what it kept, and for longer than any window."""
    steady(sequencer)
    sequencer.order([raw(vitals(n, n, buffered=True), n + 30) for n in range(7, 900)])
    (item,) = sequencer.order([raw(vitals(900, 950), 950.2)]).inputs
    assert isinstance(item, VitalsArrived)
    assert (item.late, item.observed_at) == (False, START + timedelta(seconds=950))


def test_what_took_longer_than_allowed_is_late_and_at_its_place(sequencer: Sequencer) -> None:
    steady(sequencer)
    (item,) = sequencer.order([raw(vitals(7, 7), 20)]).inputs
    assert isinstance(item, VitalsArrived)
    assert (item.late, item.observed_at) == (True, START + timedelta(seconds=7))


def test_an_old_boot_is_never_live_again(sequencer: Sequencer) -> None:
    steady(sequencer)
    sequencer.order([raw(vitals(n, 7 + n, boot="b2"), 7 + n) for n in range(7)])
    (item,) = sequencer.order([raw(vitals(7, 14), 14)]).inputs
    assert isinstance(item, VitalsArrived)
    assert item.late


@pytest.mark.parametrize(
    ("value", "signal"),
    [
        ({"spo2": 130}, SignalName.SPO2),
        ({"spo2": 101}, SignalName.SPO2),
        ({"spo2": 100.5}, SignalName.SPO2),
        ({"spo2": 0}, SignalName.SPO2),
        ({"spo2": -1}, SignalName.SPO2),
        ({"spo2": -999}, SignalName.SPO2),
        ({"spo2": -99.9}, SignalName.SPO2),
        ({"spo2": 8388607}, SignalName.SPO2),
        ({"spo2": 1000000000.0}, SignalName.SPO2),
        ({"hr": 0}, SignalName.HR),
        ({"hr": -1}, SignalName.HR),
        ({"hr": -999}, SignalName.HR),
        ({"hr": -99.9}, SignalName.HR),
        ({"hr": 8388607}, SignalName.HR),
        ({"hr": 14}, SignalName.HR),
        ({"hr": 351}, SignalName.HR),
        ({"pr": 0}, SignalName.PR),
        ({"pr": -1}, SignalName.PR),
        ({"pr": 8388607}, SignalName.PR),
        ({"pr": 400}, SignalName.PR),
        ({"rr": 0}, SignalName.RR),
        ({"rr": -1}, SignalName.RR),
        ({"rr": -99.9}, SignalName.RR),
        ({"rr": 8388607}, SignalName.RR),
        ({"rr": 151}, SignalName.RR),
        ({"temp": 0}, SignalName.TEMP),
        ({"temp": -1}, SignalName.TEMP),
        ({"temp": 98.6}, SignalName.TEMP),
        ({"temp": 19.9}, SignalName.TEMP),
        ({"temp": 45.1}, SignalName.TEMP),
        ({"temp": 309.8}, SignalName.TEMP),
        ({"temp": 8388607}, SignalName.TEMP),
        ({"etco2": 0}, SignalName.ETCO2),
        ({"etco2": -1}, SignalName.ETCO2),
        ({"etco2": 4.8}, SignalName.ETCO2),
        ({"etco2": 151}, SignalName.ETCO2),
        ({"etco2": 8388607}, SignalName.ETCO2),
        ({"nibp": {"sys": 18.4, "dia": 11.5}}, SignalName.NIBP),
        ({"nibp": {"sys": 0, "dia": 0}}, SignalName.NIBP),
        ({"nibp": {"sys": -1, "dia": -1}}, SignalName.NIBP),
        ({"nibp": {"sys": 301, "dia": 80}}, SignalName.NIBP),
        ({"nibp": {"sys": 120, "dia": 9}}, SignalName.NIBP),
        ({"nibp": {"sys": 80, "dia": 120}}, SignalName.NIBP),
        ({"nibp": {"sys": 120, "dia": 80, "map": 130}}, SignalName.NIBP),
        ({"nibp": {"sys": 120, "dia": 80, "map": 8388607}}, SignalName.NIBP),
    ],
)
def test_what_no_instrument_can_show_is_kept_and_named_implausible(
    sequencer: Sequencer, value: dict[str, Any], signal: SignalName
) -> None:
    (item,) = sequencer.order([raw(vitals(0, 0, **value))]).inputs
    assert isinstance(item, VitalsArrived)
    assert item.invalid[signal] is InvalidReason.IMPLAUSIBLE
    kept = item.nibp_sys if signal is SignalName.NIBP else getattr(item, signal.value)
    assert kept is not None


def test_what_the_device_calls_bad_keeps_its_reason(sequencer: Sequencer) -> None:
    message = vitals(0, 0, hr=0, invalid={"hr": "lead_off"})
    (item,) = sequencer.order([raw(message)]).inputs
    assert isinstance(item, VitalsArrived)
    assert item.invalid == {SignalName.HR: InvalidReason.LEAD_OFF}


def test_an_impossible_number_of_a_pump_is_named(sequencer: Sequencer) -> None:
    message = {
        "boot": "p", "seq": 0, "time": START.isoformat(), "state": "infusing",
        "rate": -35, "volume": 8388607, "counter": "c", "battery": 130,
    }  # fmt: skip
    (item,) = sequencer.order([raw(message, topic=TOPIC.replace("vitals", "pump"))]).inputs
    assert isinstance(item, PumpReadingArrived)
    assert item.implausible == ("rate", "volume", "battery")


def test_the_time_of_the_cuff_has_the_offset_taken_out_too(sequencer: Sequencer) -> None:
    sequencer.order([raw(vitals(n, n - 1440), n) for n in range(7)])
    cuff_time = (START + timedelta(seconds=4 - 1440)).isoformat()
    message = vitals(7, 7 - 1440, nibp={"sys": 120, "dia": 70, "time": cuff_time})
    (item,) = sequencer.order([raw(message, 7)]).inputs
    assert isinstance(item, VitalsArrived)
    assert item.nibp_observed_at == START + timedelta(seconds=4)


@pytest.mark.parametrize("ahead_s", [-4, 3600])
def test_a_cuff_reading_that_is_sent_again_was_measured_when_it_was(
    sequencer: Sequencer, ahead_s: float
) -> None:
    """Though the clock of the cuff is an hour ahead, and the offset of the monitor's has moved."""
    steady(sequencer)
    cuff_time = (START + timedelta(seconds=7 + ahead_s)).isoformat()
    cuff = {"sys": 190, "dia": 112, "time": cuff_time}
    batch = sequencer.order(
        [raw(vitals(n, n, nibp=cuff), n + delay) for n, delay in ((7, 0.2), (8, -0.05), (9, 0.3))]
    )
    assert len({item.nibp_observed_at for item in batch.inputs}) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("hourglass/v1/north/device/monitor-1/what", b"{}", QuarantineReason.UNKNOWN_TOPIC),
        ("hourglass/v1/moon/device/monitor-1/vitals", None, QuarantineReason.UNKNOWN_WARD),
        (TOPIC, b"", QuarantineReason.BAD_JSON),
        (TOPIC, b"\xff\xfe", QuarantineReason.BAD_ENCODING),
        (TOPIC, b'{"boot":"b1","seq":5}', QuarantineReason.MISSING_FIELD),
        (TOPIC, b" " * 20000, QuarantineReason.OVERSIZE),
    ],
)
def test_what_is_not_of_the_contract_is_quarantined_with_its_reason(
    sequencer: Sequencer, topic: str, payload: bytes | None, reason: QuarantineReason
) -> None:
    message = raw(vitals(0, 0) if payload is None else payload, topic=topic)
    batch = sequencer.order([message])
    (item,) = batch.quarantined
    kept = message.payload[:MAX_PAYLOAD_BYTES]
    assert (item.reason, item.payload, item.topic) == (reason, kept, topic)
    assert batch.inputs == []


def test_a_refused_message_with_a_number_leaves_no_gap(sequencer: Sequencer) -> None:
    batch = sequencer.order(
        [raw(vitals(0, 0)), raw({"boot": "b1", "seq": 1}), raw(vitals(2, 2), 2)]
    )
    receipts = batch.receipts[(DeviceId("monitor-1"), BootId("b1"))]
    assert (receipts.upto, receipts.missing) == (2, ())


def test_a_refused_message_sent_again_is_a_repeat(sequencer: Sequencer) -> None:
    bad = {"boot": "b1", "seq": 1}
    assert len(sequencer.order([raw(bad)]).quarantined) == 1
    batch = sequencer.order([raw(bad)])
    assert (len(batch.quarantined), batch.duplicates) == (0, 1)


def test_of_a_topic_without_end_the_beginning_is_kept(sequencer: Sequencer) -> None:
    batch = sequencer.order([raw(b"{}", topic=f"hourglass/v1/{'x' * 60_000}")])
    (item,) = batch.quarantined
    assert len(item.topic) == 1024
    assert len(item.detail) < 1000


def test_a_number_of_a_gap_that_was_given_up_is_kept_apart_and_never_counted_twice(
    sequencer: Sequencer,
) -> None:
    sequencer.reserve(3000)
    key = (DeviceId("monitor-1"), BootId("b1"))
    last = 4 * MOST_RANGES
    batch = sequencer.order([raw(vitals(n, n), n) for n in range(0, last + 1, 2)])
    assert len(batch.receipts[key].missing) == MOST_RANGES
    again = sequencer.order(
        [raw(vitals(2, 2), last), raw(vitals(1, 1), last), raw({"boot": "b1", "seq": 3}, last)]
    )
    assert again.inputs == []
    assert [item.seq for item in again.quarantined] == [2, 1, 3]
    assert [item.reason for item in again.quarantined] == [
        QuarantineReason.OUT_OF_BOUNDS, QuarantineReason.OUT_OF_BOUNDS,
        QuarantineReason.MISSING_FIELD,
    ]  # fmt: skip
    ack = ack_of(sequencer.receipts()[key])
    assert not any(low <= 0 <= high for low, high in ack.missing)
    assert any(low <= 1 <= high for low, high in ack.missing), "what is unsure is not claimed"
    assert len(ack.missing) == ACK_RANGES
    filled = sequencer.order([raw(vitals(last - 1, last - 1), last)])
    assert len(filled.inputs) == 1


def test_a_redelivered_refusal_is_told_apart(sequencer: Sequencer) -> None:
    batch = sequencer.order([raw(b"nonsense", is_redelivery=True)])
    assert (len(batch.quarantined), len(batch.redelivered)) == (0, 1)


def test_a_status_that_says_nothing_new_is_not_stored_again(sequencer: Sequencer) -> None:
    topic = TOPIC.replace("vitals", "status")
    birth = {"state": "online", "boot": "b1", "kind": "monitor", "time": START.isoformat()}
    batch = sequencer.order([raw(birth, topic=topic), raw(birth, topic=topic, is_retained=True)])
    (item,) = batch.inputs
    assert isinstance(item, DeviceStatusArrived)
    assert batch.duplicates == 1


@pytest.mark.expects_errors
def test_a_fault_of_ours_quarantines_the_message_and_goes_on(
    sequencer: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> datetime:
        raise ZeroDivisionError

    monkeypatch.setattr("ingest.clocks.DeviceClock.observed_at", fail)
    batch = sequencer.order([raw(vitals(0, 0)), raw(b"{")])
    assert [item.reason for item in batch.quarantined] == [
        QuarantineReason.INTERNAL_ERROR,
        QuarantineReason.BAD_JSON,
    ]
