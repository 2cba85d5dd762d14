"""What ingest publishes comes through the wire unchanged, and carries no patient."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from tests.fixtures import contract
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority, Inactivation, SignalState
from vocabulary.ids import BedId, BootId, DeviceId, SessionId, WardId, WorkerId
from vocabulary.signals import SignalName
from vocabulary.states import (
    DeviceKind,
    DeviceLink,
    InvalidReason,
    LinkState,
    PumpState,
    ReadingState,
    SessionState,
)
from wire.bed_state import (
    AlarmView,
    BedState,
    CheckView,
    ConflictView,
    DeviceView,
    DoseView,
    DueView,
    HeldBackView,
    HelpView,
    NibpValue,
    PumpView,
    ReadingTimes,
    RunningPumpView,
    SessionView,
    SignalView,
    WaitingView,
)
from wire.ingest_status import Ack, IngestCounters, IngestStatus
from wire.published import decode_ack, decode_bed_state, decode_ingest_status, encode

NOW = datetime(2026, 11, 22, 14, 3, 7, 250_000, tzinfo=UTC)
TIMES = ReadingTimes(
    device_time=NOW - timedelta(seconds=1),
    observed_at=NOW - timedelta(seconds=2),
    received_at=NOW,
    fresh_since=NOW,
    late_after_s=3,
    stale_after_s=10,
)
FULL = BedState(
    ward=WardId("north"),
    bed=BedId("3"),
    published_at=NOW,
    worker=WorkerId("ingest-1"),
    ingest_boot=BootId("i1"),
    signals={
        SignalName.SPO2: SignalView(
            state=ReadingState.LIVE, value=97, times=TIMES, baseline_delta=-1, device=DeviceId("m3")
        ),
        SignalName.NIBP: SignalView(
            state=ReadingState.LATE, value=NibpValue(sys=138, dia=86), times=TIMES
        ),
        SignalName.TEMP: SignalView(
            state=ReadingState.STALE, value=NibpValue(sys=1, dia=2, map=1.5), times=TIMES
        ),
        SignalName.ETCO2: SignalView(
            state=ReadingState.INVALID, reason=InvalidReason.IMPLAUSIBLE, times=TIMES
        ),
        SignalName.RR: SignalView(state=ReadingState.NEVER),
    },
    session=SessionView(
        state=SessionState.INFUSING,
        id=SessionId("s1"),
        state_since=NOW,
        started_at=NOW,
        running_s=1260.5,
        is_running=True,
        planned_s=3600,
        number=4,
        of=6,
        initials="AB",
        initials_shared=True,
        nurse="KM",
        stopped_at=NOW,
        pause_reason="toilet",
        open_steps=("baseline", "second person confirms"),
        still_running=(RunningPumpView(device=DeviceId("p3"), since=NOW, rate_ml_h=35),),
        waiting=(WaitingView(device=DeviceId("p3"), changes=("new pump",), since=NOW, due_at=NOW),),
    ),
    pump=PumpView(
        device=DeviceId("p3"),
        reading=ReadingState.LIVE,
        state=PumpState.KVO,
        times=TIMES,
        rate_ml_h=35,
        rate_set_ml_h=35,
        dose_rate_mg_kg_h=0.5,
        volume_ml=12.25,
        remaining_ml=22.75,
        drug="ketamine",
        concentration_mg_ml=1,
        weight_kg=70,
        implausible=("battery",),
    ),
    dose=DoseView(
        given_mg=12.25,
        given_mg_per_kg=0.175,
        given_ml=12.25,
        ordered_mg=35,
        predicted_end=NOW,
        dose_rate_mg_kg_h=0.5,
        back_check="the pump says 0.6 mg/kg/h",
        is_manual=True,
    ),
    unconfirmed=(RunningPumpView(device=DeviceId("p4"), since=NOW, rate_ml_h=35),),
    conflicts=(
        ConflictView(
            what="two pumps running at one bed",
            beds=(BedId("3"),),
            devices=(DeviceId("p3"), DeviceId("p4")),
        ),
    ),
    alarms=(
        AlarmView(
            id="a1",
            priority=AlarmPriority.HIGH,
            text="SpO2 86 < 90",
            since=NOW,
            signal_state=SignalState.ACKNOWLEDGED,
            kind=AlarmKind.PHYSIOLOGICAL,
            code=AlarmCode.SPO2_LOW,
            subject="m3",
            value=86,
            limit=90,
            raised_at=NOW,
            sounds_since=NOW,
            times=2,
            acknowledged_by="Nina Ott",
            acknowledged_at=NOW,
            escalated=1,
        ),
    ),
    sound=AlarmPriority.MEDIUM,
    held_back=HeldBackView(
        inactivation=Inactivation.AUDIO_PAUSED, since=NOW, until=NOW, by="Nina Ott"
    ),
    off_monitor_until=NOW,
    checks=(
        CheckView(
            what="Quick set",
            items=("sedation", "airway"),
            due_at=NOW,
            set="quick",
            is_overdue=True,
            is_cuff=True,
        ),
    ),
    work_s=135,
    help=HelpView(since=NOW, by="Nora Nurse"),
    emergency_since=NOW,
    next_due=DueView(what="quick set", due_at=NOW),
    devices=(
        DeviceView(
            device=DeviceId("m3"),
            kind=DeviceKind.MONITOR,
            link=DeviceLink.SILENT,
            link_since=NOW,
            boot=BootId("b7"),
            model="SimMonitor",
            simulated=True,
            last_received_at=NOW,
            clock_offset_s=-0.25,
            clock_over_limit=True,
            battery_percent=88,
            on_mains=False,
            missing=5,
        ),
    ),
)


def test_a_bed_state_with_everything_comes_through_unchanged() -> None:
    assert decode_bed_state(encode(FULL)) == FULL


def test_the_bed_state_of_this_test_has_no_field_that_is_left_out() -> None:
    def left_out(node: msgspec.Struct, where: str) -> list[str]:
        found = []
        for field in node.__struct_fields__:
            value = getattr(node, field)
            held = value.values() if isinstance(value, dict) else value
            parts = held if isinstance(held, tuple) else (held,)
            for part in parts:
                if isinstance(part, msgspec.Struct):
                    found += left_out(part, f"{where}.{field}")
            if value is None or value == ():
                found.append(f"{where}.{field}")
        return found

    assert left_out(FULL, "bed") == []


def test_a_bed_state_with_nothing_comes_through_unchanged() -> None:
    bare = BedState(
        ward=WardId("n"),
        bed=BedId("1"),
        published_at=NOW,
        worker=WorkerId("w"),
        ingest_boot=BootId("i"),
        signals={},
    )
    assert decode_bed_state(encode(bare)) == bare


def drawn(info: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: PLR0911  # one flat case a type
    """Anything that a field of this type may hold."""
    match info:
        case inspect.StructType(cls=struct, fields=fields):
            return st.builds(struct, **{field.name: drawn(field.type) for field in fields})
        case inspect.UnionType(types=types):
            return st.one_of([drawn(member) for member in types])
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(drawn(key), drawn(value), max_size=7)
        case inspect.VarTupleType(item_type=item):
            return st.lists(drawn(item), max_size=3).map(tuple)
        case inspect.TupleType(item_types=items):
            return st.tuples(*map(drawn, items))
        case inspect.EnumType(cls=words):
            return st.sampled_from(words)
        case inspect.DateTimeType():
            return st.datetimes(timezones=st.just(UTC))
        case inspect.IntType(ge=low, le=high):
            return st.integers(-(2**62) if low is None else low, 2**62 if high is None else high)
        case inspect.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
    return {
        inspect.NoneType: st.none(),
        inspect.BoolType: st.booleans(),
        inspect.StrType: st.text(),
    }[type(info)]


@given(drawn(inspect.type_info(BedState)))
def test_any_bed_state_comes_through_unchanged(state: BedState) -> None:
    assert decode_bed_state(encode(state)) == state


@given(drawn(inspect.type_info(IngestStatus)) | drawn(inspect.type_info(Ack)))
def test_any_heartbeat_and_any_ack_come_through_unchanged(message: IngestStatus | Ack) -> None:
    if isinstance(message, Ack):
        assert decode_ack(encode(message)) == message
    else:
        assert decode_ingest_status(encode(message)) == message


def test_an_ack_is_what_the_contract_writes() -> None:
    ack = Ack(boot=BootId("b7"), seq=1842, missing=((1701, 1705),))
    assert encode(ack) == b'{"boot":"b7","seq":1842,"missing":[[1701,1705]]}'
    assert decode_ack(b'{"boot":"b7","seq":3}') == Ack(boot=BootId("b7"), seq=3)


def test_the_will_of_a_worker_is_a_status_without_time() -> None:
    will = IngestStatus(state=LinkState.DOWN, worker=WorkerId("w"), boot=BootId("i"))
    assert decode_ingest_status(encode(will)) == will
    assert will.published_at is None
    assert will.counters == IngestCounters()


@pytest.mark.parametrize("decode", [decode_ack, decode_bed_state, decode_ingest_status])
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b'{"boot":"\xff"}',
        b'{"x":' * 3000,
        b'{"boot":"b","seq":-1}',
        b'{"boot":"b","seq":1,"missing":[[1]]}',
        b'{"boot":"b","seq":1,"missing":[[-1,2]]}',
        b'{"state":"up","worker":"w","boot":"i","published_at":"2026-11-22T14:03:07"}',
        encode(FULL).replace(b"+00:00", b"").replace(b"Z", b""),
    ],
)
def test_what_is_none_of_them_is_one_kind_of_error(decode: Any, payload: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode(payload)


# Every text that a bed state can carry, by its place. A text that names a patient, a date of birth
# or an identifier of a patient may not be added here: a wall that visitors see shows this message.
TEXTS = {
    "BedState.ward", "BedState.bed", "BedState.worker", "BedState.ingest_boot",
    "SignalView.device",
    "SessionView.id",        # ours, drawn anew for each session
    "SessionView.initials",  # of the patient; staff screens only
    "SessionView.nurse",
    "SessionView.pause_reason",  # a nurse's words about the pause; staff screens only
    "SessionView.open_steps",    # the clinic's questions, and chosen answers that hold the start
    "RunningPumpView.device", "WaitingView.device", "WaitingView.changes",
    "ConflictView.what", "ConflictView.beds", "ConflictView.devices",
    "DoseView.back_check",
    "PumpView.device", "PumpView.drug", "PumpView.implausible",
    "AlarmView.id", "AlarmView.text", "AlarmView.subject",
    "AlarmView.acknowledged_by", "HeldBackView.by", "HelpView.by",  # of staff
    "CheckView.what", "CheckView.items", "CheckView.set",  # of the clinic's configuration
    "DueView.what",
    "DeviceView.device", "DeviceView.boot", "DeviceView.model",
}  # fmt: skip
FIELDS = {
    "BedState": "ward bed published_at worker ingest_boot signals session pump dose unconfirmed"
    " conflicts alarms sound held_back off_monitor_until next_due devices"
    " checks work_s help emergency_since",
    "SignalView": "state value reason times baseline_delta device",
    "NibpValue": "sys dia map",
    "ReadingTimes": "device_time observed_at received_at fresh_since late_after_s stale_after_s",
    "SessionView": "state id state_since started_at running_s is_running planned_s number of"
    " initials initials_shared nurse stopped_at pause_reason open_steps still_running waiting",
    "RunningPumpView": "device since rate_ml_h",
    "WaitingView": "device changes since due_at",
    "ConflictView": "what beds devices",
    "PumpView": "device reading state times rate_ml_h rate_set_ml_h dose_rate_mg_kg_h volume_ml"
    " remaining_ml drug concentration_mg_ml weight_kg implausible",
    "DoseView": "given_mg given_mg_per_kg given_ml ordered_mg predicted_end dose_rate_mg_kg_h"
    " back_check is_manual",
    "AlarmView": "id priority text since signal_state kind code subject value limit raised_at"
    " sounds_since times acknowledged_by acknowledged_at escalated",
    "HeldBackView": "inactivation since until by",
    "CheckView": "what items due_at set is_overdue is_cuff",
    "HelpView": "since by",
    "DueView": "what due_at",
    "DeviceView": "device kind link link_since boot model simulated last_received_at clock_offset_s"
    " clock_over_limit battery_percent on_mains missing",
}


def reachable() -> dict[str, dict[str, contract.FieldForm]]:
    forms = contract.forms_of_code()
    found: dict[str, dict[str, contract.FieldForm]] = {}
    waiting = ["BedState"]
    while waiting:
        name = waiting.pop()
        found[name] = forms[name]
        waiting += [
            other
            for other in forms
            if other not in found
            and any(f"object {other}" in form.type.split(" or ") or form.type.endswith(other)
                    for form in forms[name].values())
        ]  # fmt: skip
    return found


def test_a_bed_state_has_the_fields_that_were_agreed_and_no_other() -> None:
    named = {name: set(fields.split()) for name, fields in FIELDS.items()}
    assert {name: set(fields) for name, fields in reachable().items()} == named


def test_a_bed_state_has_a_text_only_where_no_patient_is_named() -> None:
    texts = {
        f"{name}.{field}"
        for name, fields in reachable().items()
        for field, form in fields.items()
        if "text" in form.type
    }
    assert texts == TEXTS
