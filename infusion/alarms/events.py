"""What the engine concludes, and what people do about it: past tense, frozen.

Every conclusion carries its reason: condition, value, limit, since when, and the version of the
configuration that was in force. Times UTC.
"""

from datetime import datetime
from enum import Enum
from typing import NewType, TypeAlias

import msgspec

from infusion.alarms.claims import Reason
from infusion.alarms.rules import LimitName
from infusion.alarms.signal_rules import EscalationTarget
from infusion.events import Conclusion
from infusion.patient import AccountId, Person
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority, Inactivation
from vocabulary.ids import BedId, SessionId, WardId

AlarmId = NewType("AlarmId", str)
"""One alarm of one bed, from its first signal to its end."""


class AlarmTransition(Conclusion, frozen=True, kw_only=True, tag=True):
    """What every transition of an alarm has.

    `priority`: as it is shown after the transition. `value`, `limit`, `since`: of the gravest
    reason; `subject`: the device it is about, if it is about one.
    """

    bed: BedId
    session: SessionId | None
    alarm: AlarmId
    code: AlarmCode
    kind: AlarmKind
    subject: str
    priority: AlarmPriority
    text: str
    value: float | None
    limit: float | None
    since: datetime
    version: str


class AlarmRaised(AlarmTransition, frozen=True, kw_only=True, tag=True):
    """A condition was so for its delay."""

    reasons: tuple[Reason, ...]


class AlarmChanged(AlarmTransition, frozen=True, kw_only=True, tag=True):
    """Its priority or its reasons are others. `sounds_again`: it is news, acknowledged or not.

    With nothing else: it came back after it was seen, and is still there a while later.
    """

    reasons: tuple[Reason, ...]
    was: AlarmPriority
    sounds_again: bool


class AlarmReturned(AlarmTransition, frozen=True, kw_only=True, tag=True):
    """The condition came back before it was forgotten: the same alarm, for the `times`-th time.

    `sounds_again`: it is news; else its signal goes on, or stays acknowledged.
    """

    reasons: tuple[Reason, ...]
    times: int
    sounds_again: bool = True


class AlarmLatched(AlarmTransition, frozen=True, kw_only=True, tag=True):
    """The condition is over and nobody has seen it: it is shown, silently, until somebody has."""


class AlarmEnd(str, Enum):
    """How an alarm came to its end.

    UNKNOWN: its device restarted and tells nothing of it, or nobody looked when it ended.
    """

    CLEARED = "cleared"
    SEEN = "seen"
    NOT_WATCHED = "not_watched"
    UNKNOWN = "unknown"


class AlarmEnded(AlarmTransition, frozen=True, kw_only=True, tag=True):
    """It is over, and was seen if it had to be."""

    how: AlarmEnd


class AlarmEscalated(AlarmTransition, frozen=True, kw_only=True, tag=True):
    """Nobody acknowledged it in time. `told`: who was on duty; nobody means the whole ward."""

    step: int
    to: EscalationTarget
    told: tuple[AccountId, ...]


class InactivationEnd(str, Enum):
    """Why signals are no longer held back, without a person's doing."""

    TIME_OVER = "time_over"
    BROKEN_THROUGH = "broken_through"
    OTHER_PATIENT = "other_patient"


class InactivationEnded(Conclusion, frozen=True, kw_only=True, tag=True):
    """Signals of a bed are as they were. `by_alarm`: the higher alarm that broke through."""

    bed: BedId
    session: SessionId | None
    inactivation: Inactivation
    how: InactivationEnd
    by_alarm: AlarmId | None = None


class OffMonitorOver(Conclusion, frozen=True, kw_only=True, tag=True):
    """Signals are back, or nobody is in the chair: the time off the monitor ended by itself."""

    bed: BedId
    session: SessionId | None
    since: datetime


AlarmEvent: TypeAlias = (
    AlarmRaised
    | AlarmChanged
    | AlarmReturned
    | AlarmLatched
    | AlarmEnded
    | AlarmEscalated
    | InactivationEnded
    | OffMonitorOver
)
"""What the engine concludes."""


class AlarmDeed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every deed at the alarms of a bed has; `session`: None with nobody in the chair."""

    ward: WardId
    bed: BedId
    session: SessionId | None
    at: datetime


class AlarmsAcknowledged(AlarmDeed, frozen=True, kw_only=True, tag=True):
    """A person has seen these alarms and takes care of them."""

    by: Person
    alarms: tuple[AlarmId, ...]


class SignalsHeldBack(AlarmDeed, frozen=True, kw_only=True, tag=True):
    """Signals of a bed are held back until `until`. `by`: None from a screen of the ward."""

    inactivation: Inactivation
    until: datetime
    by: Person | None
    screen: str = ""
    reason: str = ""


class SignalsResumed(AlarmDeed, frozen=True, kw_only=True, tag=True):
    """A person let the signals go on before their time."""

    by: Person | None
    screen: str = ""


class LimitChanged(AlarmDeed, frozen=True, kw_only=True, tag=True):
    """A limit is another for this session, or the clinic's own again (`amount` None)."""

    by: Person
    limit: LimitName
    before: float
    amount: float | None
    reason: str


class OffMonitorBegun(AlarmDeed, frozen=True, kw_only=True, tag=True):
    """The patient is off the monitor. `accompanied_by`: needed while the pump runs."""

    by: Person
    accompanied_by: str = ""


class OffMonitorEnded(AlarmDeed, frozen=True, kw_only=True, tag=True):
    """A person says that the patient is back."""

    by: Person


AlarmDeeds: TypeAlias = (
    AlarmsAcknowledged
    | SignalsHeldBack
    | SignalsResumed
    | LimitChanged
    | OffMonitorBegun
    | OffMonitorEnded
)
"""What people do at the alarms of a bed. Their review is `sign_off_events.AlarmsReviewed`."""
