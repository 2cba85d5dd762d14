"""On duty, chairs handed over with a pump check, and who is told of what nobody answers."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from infusion.commands import Command, Refused
from infusion.duty.commands import BeginDuty, DutyAccepted, EndDuty, TakeChairs
from infusion.duty.decisions import decide_duty
from infusion.duty.events import ChairsTaken, DutyBegun, DutyEnded, DutyEvent, PumpRead
from infusion.duty.roster import Roster, roster_of
from tests.fixtures.clinic import START, two_beds
from tests.fixtures.session import ADA, NORA, OLGA, PAUL, PUMP
from vocabulary.ids import BedId, DeviceId, WardId

NORTH, ONE, TWO = WardId("north"), BedId("1"), BedId("2")
READ = PumpRead(
    bed=ONE, device=PUMP, rate_ml_h=Decimal(35), volume_ml=Decimal("12.4"), is_as_ordered=True
)


class Ward:
    """A ward's roster, driven through commands."""

    def __init__(self) -> None:
        self.now = START
        self.events: list[DutyEvent] = []

    @property
    def roster(self) -> Roster:
        return roster_of(self.events)

    def do(self, *commands: Command) -> "Ward":
        for command in commands:
            decision = decide_duty(NORTH, self.roster, command, self.now, two_beds())
            assert isinstance(decision, DutyAccepted), decision
            self.events.extend(decision.events)
            self.now += timedelta(minutes=1)
        return self

    def refuse(self, command: Command) -> Refused:
        decision = decide_duty(NORTH, self.roster, command, self.now, two_beds())
        assert isinstance(decision, Refused), decision
        assert decision.what_to_do
        return decision


def take(*beds: BedId, by: object = NORA, pumps: Sequence[PumpRead] = ()) -> TakeChairs:
    return TakeChairs(by=by, beds=beds, running={}, pumps=tuple(pumps))  # type: ignore[arg-type]


def kinds(events: Sequence[DutyEvent]) -> list[type[DutyEvent]]:
    return [type(event) for event in events]


def test_whoever_takes_chairs_is_on_duty_and_answers_for_them() -> None:
    ward = Ward().do(take(ONE, TWO))
    assert kinds(ward.events) == [DutyBegun, ChairsTaken]
    assert ward.roster.nurse_of(ONE) == ward.roster.nurse_of(TWO) == NORA
    assert ward.roster.chairs_of(NORA.account) == (ONE, TWO)
    ward.do(take(TWO, by=OLGA))
    assert (ward.roster.nurse_of(ONE), ward.roster.nurse_of(TWO)) == (NORA, OLGA)


def test_a_running_pump_is_read_before_its_chair_is_taken() -> None:
    ward = Ward()
    running = msgspec.structs.replace(take(ONE, TWO), running={ONE: (PUMP,)})
    refused = ward.refuse(running)
    assert refused.reason == "not read yet: pump-1 at 1"
    impossible = msgspec.structs.replace(READ, rate_ml_h=Decimal(-1))
    assert (
        "cannot show" in ward.refuse(msgspec.structs.replace(running, pumps=(impossible,))).reason
    )
    other = msgspec.structs.replace(READ, device=DeviceId("pump-2"))
    assert ward.refuse(msgspec.structs.replace(running, pumps=(other,))).reason == refused.reason
    ward.do(msgspec.structs.replace(running, pumps=(READ,)))
    taken = ward.events[-1]
    assert isinstance(taken, ChairsTaken)
    assert taken.pumps == (READ,)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (BeginDuty(by=ADA), "administrator may not be on duty"),
        (take(ONE, by=PAUL), "prescriber may not answer for a chair"),
        (take(), "no chair is chosen"),
        (take(BedId("9")), "the ward has no bed 9"),
        (EndDuty(by=NORA), "nobody of that name is on duty"),
    ],
)
def test_what_is_refused_says_why(command: Command, reason: str) -> None:
    assert Ward().refuse(command).reason == reason


def test_nobody_goes_and_leaves_chairs_with_nobody_without_a_reason() -> None:
    ward = Ward().do(take(ONE))
    assert ward.refuse(BeginDuty(by=NORA)).reason == "you are on duty since 14:00 UTC"
    assert ward.refuse(EndDuty(by=NORA)).reason == "nobody would answer for 1"
    ward.do(EndDuty(by=NORA, reason="ill"))
    assert ward.roster == Roster()
    ended = ward.events[-1]
    assert isinstance(ended, DutyEnded)
    assert ended.reason == "ill"


def test_who_forgot_to_go_off_duty_is_sent_home_by_another() -> None:
    ward = Ward().do(BeginDuty(by=NORA), EndDuty(by=OLGA, who=NORA.account))
    assert NORA.account not in ward.roster.on_duty
    assert ward.roster.of_role(NORA.role) == ()


def test_a_roster_is_the_fold_of_its_events_and_comes_back_from_json() -> None:
    ward = Ward().do(take(ONE, TWO), take(TWO, by=OLGA), BeginDuty(by=PAUL))
    payload = msgspec.json.encode(ward.events)
    again = msgspec.json.decode(payload, type=list[DutyEvent])
    assert roster_of(again) == ward.roster
    held = msgspec.json.decode(msgspec.json.encode(ward.roster), type=Roster)
    assert held == ward.roster
