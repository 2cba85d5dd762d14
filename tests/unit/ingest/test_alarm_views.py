"""The alarms of a bed as its state says them."""

from datetime import timedelta

from infusion.alarms.events import SignalsHeldBack
from infusion.alarms.shown import shown_alarms
from ingest.alarm_views import with_alarms
from tests.fixtures.alarmed import BOOK, AlarmedBed
from tests.fixtures.session import NORA
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority, Inactivation, SignalState
from vocabulary.ids import BootId, WorkerId
from wire.bed_state import BedState
from wire.published import decode_bed_state, encode


def published(bed: AlarmedBed) -> BedState:
    state = BedState(
        ward=bed.state.ward,
        bed=bed.state.bed,
        published_at=bed.now,
        worker=WorkerId("ingest-1"),
        ingest_boot=BootId("i1"),
        signals={},
    )
    shown = shown_alarms(bed.state, bed.now, BOOK.rules.signals)
    return decode_bed_state(encode(with_alarms(state, shown)))


def test_an_alarm_says_what_it_is_since_when_and_who_has_seen_it() -> None:
    bed = AlarmedBed().run(15, spo2=88.0)
    state = published(bed)
    alarm = state.alarms[0]
    assert alarm.id == "north.1.1"
    assert (alarm.text, alarm.value, alarm.limit) == ("SpO2 88 < 90", 88, 90)
    assert (alarm.code, alarm.kind) == (AlarmCode.SPO2_LOW, AlarmKind.PHYSIOLOGICAL)
    assert alarm.signal_state is SignalState.ACTIVE
    assert alarm.raised_at is not None
    assert (alarm.raised_at - alarm.since).total_seconds() == 10
    assert state.sound is AlarmPriority.HIGH
    bed.acknowledge()
    seen = published(bed)
    assert seen.alarms[0].acknowledged_by == "Nora Nurse"
    assert seen.alarms[0].acknowledged_at == bed.now
    assert seen.sound is None


def test_the_most_urgent_comes_first() -> None:
    bed = AlarmedBed().run(15, hr=115.0).run(5, spo2=82.0, hr=115.0)
    assert [alarm.priority for alarm in published(bed).alarms] == [
        AlarmPriority.HIGH,
        AlarmPriority.MEDIUM,
    ]


def test_what_is_held_back_is_said_with_its_end_and_by_whom() -> None:
    bed = AlarmedBed().run(15, spo2=88.0)
    until = bed.now + timedelta(seconds=120)
    bed.deed(SignalsHeldBack, inactivation=Inactivation.AUDIO_PAUSED, until=until, by=NORA)
    held = published(bed).held_back
    assert held is not None
    assert (held.inactivation, held.until, held.by) == (
        Inactivation.AUDIO_PAUSED,
        until,
        "Nora Nurse",
    )
    bed.deed(
        SignalsHeldBack,
        inactivation=Inactivation.AUDIO_PAUSED,
        until=until,
        by=None,
        screen="station",
    )
    again = published(bed).held_back
    assert again is not None
    assert again.by == "station"


def test_a_bed_without_alarms_says_so() -> None:
    state = published(AlarmedBed().run(5))
    assert state.alarms == ()
    assert state.sound is None
    assert state.held_back is None
    assert state.off_monitor_until is None
