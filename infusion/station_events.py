"""What a station did beyond showing: notices sent on, self-tests, its own alarms. Times UTC.

Written by the dashboard into a ward's chain; the rules conclude nothing from them.
"""

from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias

import msgspec

from infusion.alarms.events import AlarmEnd
from infusion.patient import Person
from vocabulary.alarms import AlarmKind, AlarmPriority, OwnAlarmCode
from vocabulary.ids import BedId, SessionId, WardId

STATION: Final = "dashboard/"
"""How the author of such an event begins."""


class StationEvent(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What each of them has."""

    ward: WardId
    at: datetime


class NoticeDelivered(StationEvent, frozen=True, kw_only=True, tag=True):
    """The receiver took a notice. `tries`: how many it needed; `told_at`: when it was first due.

    `text`: what it said; empty in what was recorded before that was kept.
    """

    notice: str
    alarm: str
    bed: BedId | None
    what: str
    told_at: datetime
    tries: int
    text: str = ""


class NoticeGivenUp(StationEvent, frozen=True, kw_only=True, tag=True):
    """A notice was not taken in all its time; `why` the last try failed."""

    notice: str
    alarm: str
    bed: BedId | None
    what: str
    told_at: datetime
    tries: int
    why: str


class SelfTestLeg(str, Enum):
    """The legs of a self-test, in order: each is where the test alarm had to arrive."""

    BROKER = "broker"
    INGEST = "ingest"
    SCREEN = "screen"
    SPEAKER = "speaker"


class LegReached(msgspec.Struct, frozen=True, kw_only=True):
    """A leg and how long the test alarm took to it since it was published, seconds."""

    leg: SelfTestLeg
    after_s: float


class SelfTestFinished(StationEvent, frozen=True, kw_only=True, tag=True):
    """A test alarm went from a device to the speaker, or as far as `reached` says.

    `failed`: the first leg that it did not reach in time, None if it reached all. `painted_on`,
    `sounded_on`: how many screens of the ward told so.
    """

    test: str
    bed: BedId
    by: Person
    began_at: datetime
    reached: tuple[LegReached, ...]
    failed: SelfTestLeg | None
    painted_on: int
    sounded_on: int


class SelfTestHeard(StationEvent, frozen=True, kw_only=True, tag=True):
    """Whether a person heard the sound of a self-test."""

    test: str
    by: Person
    heard: bool


class OwnAlarmTransition(StationEvent, frozen=True, kw_only=True, tag=True):
    """What every transition of an alarm of the dashboard itself has; it concerns the whole ward.

    `alarm`: one alarm, from its first signal to its end. `since`: when it began, `at`: when it was
    shown. `value`, `limit`: where the condition has them, in the unit that the text says.
    """

    alarm: str
    code: OwnAlarmCode
    priority: AlarmPriority
    text: str
    value: float | None
    limit: float | None
    since: datetime
    version: str

    @property
    def bed(self) -> BedId | None:
        """No single one."""
        return None

    @property
    def session(self) -> SessionId | None:
        """No single one."""
        return None

    @property
    def kind(self) -> AlarmKind:
        """What it is about."""
        return AlarmKind.TECHNICAL

    @property
    def subject(self) -> str:
        """No single device."""
        return ""


class OwnAlarmRaised(OwnAlarmTransition, frozen=True, kw_only=True, tag=True):
    """A dashboard concluded it by itself."""


class OwnAlarmReturned(OwnAlarmTransition, frozen=True, kw_only=True, tag=True):
    """It is so again, so soon that it is the same alarm, for the `times`-th time.

    `sounds_again`: it was seen too long ago for that to hold.
    """

    times: int
    sounds_again: bool = False


class OwnAlarmHeardAgain(OwnAlarmTransition, frozen=True, kw_only=True, tag=True):
    """It came back after it was seen, and is still there a while later: nobody has seen that."""


class OwnAlarmEnded(OwnAlarmTransition, frozen=True, kw_only=True, tag=True):
    """It is over. UNKNOWN: while no dashboard looked, so `at` is when one looked again."""

    how: AlarmEnd


class OwnAlarmAcknowledged(StationEvent, frozen=True, kw_only=True, tag=True):
    """A person has seen an alarm of the dashboard itself that began at `since`.

    `at`: when they said so; it may be written later, when the record can be written again.
    """

    alarm: str
    text: str
    since: datetime
    by: Person


OwnAlarmEvent: TypeAlias = (
    OwnAlarmRaised | OwnAlarmReturned | OwnAlarmHeardAgain | OwnAlarmEnded | OwnAlarmAcknowledged
)
"""What became of the alarms of the dashboard itself."""
StationHappening: TypeAlias = (
    NoticeDelivered | NoticeGivenUp | SelfTestFinished | SelfTestHeard | OwnAlarmEvent
)
"""What a station writes into the chain of its ward."""
