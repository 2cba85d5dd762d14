"""Lines of a session's report about what people and alarms did, as they are printed."""

from datetime import datetime
from enum import Enum

import msgspec

from infusion.observations.events import MissedCheck
from vocabulary.alarms import AlarmPriority


class CheckState(str, Enum):
    """What became of a check that was due."""

    DONE = "done"
    PARTIAL = "partial"
    LATE = "late"
    MISSED = "missed"


class ItemLine(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of an observation. `value`: as it is printed, `unit` apart.

    `device_value`: what a device told where a person typed over it; `is_from_device`: the value
    is the device's own.
    """

    item: str
    label: str
    value: str
    unit: str = ""
    is_from_device: bool = False
    device_value: str = ""


class AmendmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of one item before somebody put it right (UTC), and why.

    `was_seen_at`, `seen_at`: where the time of the whole form was put right; the words are empty
    then.
    """

    label: str
    was: str
    becomes: str
    by: str
    at: datetime
    reason: str
    was_seen_at: datetime | None = None
    seen_at: datetime | None = None


class ObservationLine(msgspec.Struct, frozen=True, kw_only=True):
    """A check: when it was due and done (UTC), by whom, what was found.

    `due_at` is None for one that nobody asked for. `entered_at` is set where it was entered
    later than it was seen. `reason`: why it is partial or missing. `missing`: what was not done.
    `amended`: what stood there before.
    """

    check: str
    label: str
    state: CheckState
    is_required: bool
    due_at: datetime | None = None
    done_at: datetime | None = None
    entered_at: datetime | None = None
    by: str = ""
    items: tuple[ItemLine, ...] = ()
    reason: str = ""
    missing: tuple[MissedCheck, ...] = ()
    amended: tuple[AmendmentLine, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is a required one that is missing, and nobody said why."""
        return self.is_required and self.state is CheckState.MISSED and not self.reason.strip()


class CheckCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many items were due, and what became of them. `by_device`: of those done in time."""

    due: int = 0
    done: int = 0
    by_device: int = 0
    late: int = 0
    excused: int = 0
    missed: int = 0


class ScoreLine(msgspec.Struct, frozen=True, kw_only=True):
    """A score and why. `value` is None where it cannot be computed; `explanation` says why."""

    scale: str
    at: datetime
    value: int | None
    explanation: str = ""
    by: str = ""


class InterventionLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to the patient, and an adverse event with its grade; `ends`: of its effect."""

    at: datetime
    kind: str
    text: str
    by: str
    ends: datetime | None = None
    grade: str = ""
    is_adverse_event: bool = False


class AlarmLine(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm from its onset to its end (UTC; None: it went on), and who answered when.

    `condition` names its kind, by which alarms are grouped; `text` carries value and limit.
    """

    alarm: str
    condition: str
    priority: AlarmPriority
    text: str
    began_at: datetime
    ended_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    is_technical: bool = False

    @property
    def response_s(self) -> float | None:
        """Seconds until somebody acknowledged it; None if nobody did."""
        if self.answered_at is None:
            return None
        return (self.answered_at - self.began_at).total_seconds()


class CriterionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion of discharge and how it stood when the patient left; None: not known."""

    text: str
    is_met: bool | None
