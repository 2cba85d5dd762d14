"""What ingest says, and when: only what is on disk, often enough, never too often."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from infusion.alarms.events import AlarmId, AlarmLatched
from infusion.bed import Bed
from infusion.configuration import ClinicConfiguration
from infusion.inputs import StreamInput
from infusion.receipts import Receipts
from infusion.ward import advance
from infusion.ward_state import Rules, StreamState
from ingest.announcements import Announcer
from ingest.publish import ACK_RANGES, Publisher, ack_of
from ingest.stream import Batch
from tests.fixtures.arrivals import pump_reading, status, vitals
from tests.fixtures.clinic import START, ManualClock
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority
from vocabulary.ids import BedId, BootId, DeviceId, WardId, WorkerId
from vocabulary.states import LinkState
from wire.bed_state import BedState
from wire.ingest_status import Ack, IngestStatus
from wire.published import decode_ack, decode_bed_state

MONITOR, BOOT = DeviceId("monitor-1"), BootId("b1")


class Recorder:
    """An outlet that remembers."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bytes]] = []

    def publish(self, topic: str, payload: bytes) -> None:
        self.said.append((topic, payload))

    def beds(self) -> list[BedState]:
        return [decode_bed_state(p) for t, p in self.said if "/bed/" in t and p]

    def acks(self) -> list[Ack]:
        return [decode_ack(p) for t, p in self.said if "/ack/" in t]


class FakeIntake:
    """Committed state, as an intake has it."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.state = StreamState()
        self.on_disk: dict[tuple[DeviceId, BootId], Receipts] = {}

    def device(self, name: DeviceId) -> Any:
        return self.state.devices.get(name)

    def take(self, *inputs: StreamInput) -> Batch:
        self.state, _ = advance(self.state, inputs, self.rules)
        return Batch(raw=(), inputs=list(inputs))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def intake(clinic: ClinicConfiguration) -> FakeIntake:
    return FakeIntake(Rules(clinic))


@pytest.fixture
def announcer(recorder: Recorder, intake: FakeIntake) -> Announcer:
    publisher = Publisher(intake.rules.clinic, WorkerId("w"), BootId("i"))
    return Announcer(recorder, publisher, intake)  # type: ignore[arg-type]  # as much as it needs


def test_a_bed_is_published_as_it_changes_but_coalesced(
    announcer: Announcer, intake: FakeIntake, recorder: Recorder, clock: ManualClock
) -> None:
    announcer.tick(clock.now())
    recorder.said.clear()
    for _ in range(10):
        announcer.take(intake.take(vitals(0, spo2=97.0)))
        announcer.tick(clock.move(0.02))
    assert [bed.bed for bed in recorder.beds()] == ["1", "1"]


def latched(bed: str) -> AlarmLatched:
    return AlarmLatched(
        ward=WardId("north"), at=START, cause=1, bed=BedId(bed), session=None, alarm=AlarmId("a"),
        code=AlarmCode.SPO2_LOW, kind=AlarmKind.PHYSIOLOGICAL, subject="",
        priority=AlarmPriority.HIGH, text="", value=None, limit=None, since=START, version="",
    )  # fmt: skip


def test_a_bed_whose_alarms_changed_does_not_wait_until_publishing_has_rested(
    announcer: Announcer, intake: FakeIntake, recorder: Recorder, clock: ManualClock
) -> None:
    announcer.tick(clock.now())
    recorder.said.clear()
    announcer.take(intake.take(vitals(0, spo2=97.0)))
    announcer.tick(clock.move(0.01))
    assert recorder.beds() == []
    announcer.take(intake.take(vitals(1, spo2=84.0)), [latched("1")])
    announcer.tick(clock.move(0.01))
    assert [bed.bed for bed in recorder.beds()] == ["1"]


def test_a_storm_of_alarms_is_coalesced_too(
    announcer: Announcer, intake: FakeIntake, recorder: Recorder, clock: ManualClock
) -> None:
    announcer.tick(clock.now())
    recorder.said.clear()
    for number in range(8):
        announcer.take(intake.take(vitals(number, spo2=84.0)), [latched("1")])
        announcer.tick(clock.move(0.01))
    assert [bed.bed for bed in recorder.beds()] == ["1"]


def test_a_bed_at_rest_is_published_at_least_once_a_second(
    announcer: Announcer, recorder: Recorder, clock: ManualClock
) -> None:
    for _ in range(100):
        announcer.tick(clock.move(0.1))
    times = [bed.published_at for bed in recorder.beds() if bed.bed == "1"]
    gaps = [b - a for a, b in pairwise(times)]
    assert max(gaps) <= timedelta(seconds=1)


def test_the_state_says_value_freshness_and_device(
    announcer: Announcer, intake: FakeIntake, recorder: Recorder, clock: ManualClock
) -> None:
    announcer.take(intake.take(status(0), vitals(0, spo2=97.0), pump_reading(0)))
    announcer.tick(clock.move(0.2))
    (bed,) = (b for b in recorder.beds() if b.bed == "1")
    spo2 = bed.signals["spo2"]  # type: ignore[index]  # words of the wire
    assert (spo2.value, spo2.state.value) == (97.0, "live")
    assert bed.pump is not None
    assert bed.pump.rate_ml_h == 35.0
    assert bed.session is not None
    assert bed.session.state.value == "infusing"
    assert {device.device for device in bed.devices} == {"monitor-1", "pump-1"}


def test_an_implausible_number_never_leaves_the_house(
    announcer: Announcer, intake: FakeIntake, recorder: Recorder, clock: ManualClock
) -> None:
    bad = ("rate", "remaining", "concentration")
    reading = pump_reading(0, rate_ml_h=-5.0, remaining_ml=-1.0, implausible=bad)
    announcer.take(intake.take(reading))
    announcer.tick(clock.move(0.2))
    pump = next(b.pump for b in recorder.beds() if b.bed == "1")
    assert pump is not None
    assert (pump.rate_ml_h, pump.remaining_ml, pump.concentration_mg_ml) == (None, None, None)
    assert pump.implausible == bad


def test_nothing_is_acknowledged_that_is_not_on_disk(
    announcer: Announcer, intake: FakeIntake, recorder: Recorder, clock: ManualClock
) -> None:
    batch = intake.take(vitals(0))
    batch.heard[(MONITOR, BOOT)] = WardId("north")
    announcer.take(batch)
    announcer.tick(clock.move(0.2))
    assert recorder.acks() == []


def test_a_heartbeat_comes_once_a_second_and_at_once_when_the_lag_moves(
    announcer: Announcer, recorder: Recorder, clock: ManualClock
) -> None:
    said: list[tuple[float, float]] = []
    start = clock.now()
    for tenth in range(30):
        lag_s = 4.0 if 14 <= tenth < 16 else 0.1
        status = IngestStatus(
            state=LinkState.UP, worker=WorkerId("w"), boot=BootId("i"), lag_s=lag_s
        )
        before = len(recorder.said)
        announcer.beat(status, clock.now())
        if len(recorder.said) > before:
            said.append(((clock.now() - start).total_seconds(), lag_s))
        clock.move(0.1)
    assert said == [(0.0, 0.1), (1.0, 0.1), (1.4, 4.0), (1.6, 0.1), (2.6, 0.1)]


def test_an_ack_comes_at_most_once_a_second(
    announcer: Announcer, intake: FakeIntake, recorder: Recorder, clock: ManualClock
) -> None:
    for seq in range(30):
        intake.on_disk[(MONITOR, BOOT)] = Receipts(
            ward=WardId("north"), device=MONITOR, boot=BOOT, first=0, upto=seq
        )
        batch = intake.take(vitals(seq))
        batch.heard[(MONITOR, BOOT)] = WardId("north")
        announcer.take(batch)
        announcer.tick(clock.move(0.1))
    assert 2 <= len(recorder.acks()) <= 4


@pytest.mark.parametrize(
    ("gaps", "seq"),
    [(0, 5000), (3, 5000), (ACK_RANGES, 5000), (ACK_RANGES + 1, 2 * ACK_RANGES)],
)
def test_an_ack_never_claims_a_gap_it_does_not_name(gaps: int, seq: int) -> None:
    receipts = Receipts(
        ward=WardId("north"),
        device=MONITOR,
        boot=BOOT,
        first=0,
        upto=5000,
        missing=tuple((2 * n + 1, 2 * n + 1) for n in range(gaps)),
    )
    ack = ack_of(receipts)
    assert ack.seq == seq
    named = {n for low, high in ack.missing for n in range(low, high + 1)}
    missing = {n for low, high in receipts.missing for n in range(low, high + 1)}
    assert {n for n in missing if n <= ack.seq} == named


def test_on_connect_everything_is_said_and_gone_beds_are_emptied(
    announcer: Announcer, intake: FakeIntake, recorder: Recorder, clock: ManualClock
) -> None:
    intake.state = StreamState(wards={WardId("north"): {BedId("old"): Bed(bed=BedId("old"))}})
    announcer.say_everything(clock.now())
    assert ("hourglass/v1/north/bed/old/state", b"") in recorder.said
    assert {bed.bed for bed in recorder.beds()} == {"1", "2"}


def test_the_heartbeat_comes_once_a_second(
    announcer: Announcer, recorder: Recorder, clock: ManualClock
) -> None:
    beat: Callable[[], None] = lambda: announcer.beat(  # noqa: E731
        IngestStatus(state=LinkState.UP, worker=WorkerId("w"), boot=BootId("i")), clock.move(0.1)
    )
    for _ in range(50):
        beat()
    assert len([topic for topic, _ in recorder.said if topic.endswith("/status")]) == 5
