"""What was observed, left out, put right and explained: past tense, frozen.

An observation is never changed: what is put right stands beside it.
"""

from datetime import datetime
from enum import Enum
from typing import TypeAlias

import msgspec

from infusion.deeds import Deed, SessionEvent
from infusion.observations.schedule_rules import SchedulePlan
from infusion.observations.values import Value
from vocabulary.ids import DeviceId, ObservationId


class Basis(str, Enum):
    """How a value came about.

    JUDGED: a person looked. DEVICE: a person accepted a device's. TYPED: a person read or counted
    what a device fills in otherwise. NONE_OF_THESE: one tap said so of several.
    """

    JUDGED = "judged"
    DEVICE = "device"
    TYPED = "typed"
    NONE_OF_THESE = "none_of_these"


class DeviceValue(msgspec.Struct, frozen=True, kw_only=True):
    """What a device said, and when it measured that (UTC)."""

    device: DeviceId
    value: Value
    observed_at: datetime


class ObservedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item and its value. `offered`: what a device said, kept when somebody typed over it."""

    item: str
    value: Value
    basis: Basis
    offered: DeviceValue | None = None


class NotObserved(msgspec.Struct, frozen=True, kw_only=True):
    """An item that was left out, and why. `words`: a person's own."""

    item: str
    reason: str
    words: str = ""


class ObservationsRecorded(Deed, frozen=True, kw_only=True, tag=True):
    """Items were observed at `at`, on one form.

    `due_at`: the check it was for, if any; `late_s`: how long after that, 0 within its window.
    `judged_by`: another's printed name, if not `by` looked. `entered_at`, `paper_reason`: from
    paper, when and why there was paper.
    """

    observation: ObservationId
    set: str
    observed: tuple[ObservedItem, ...]
    not_observed: tuple[NotObserved, ...] = ()
    due_at: datetime | None = None
    late_s: float = 0.0
    judged_by: str = ""
    entered_at: datetime | None = None
    paper_reason: str = ""


class ObservationAmended(Deed, frozen=True, kw_only=True, tag=True):
    """What an observation should have said; both stay. `seen_at`: when it really was, if wrong.

    `observed` takes the place of what was recorded of the same items, `withdrawn` are items that
    were not observed at all.
    """

    observation: ObservationId
    observed: tuple[ObservedItem, ...]
    withdrawn: tuple[str, ...]
    reason: str
    seen_at: datetime | None = None


class NoteWritten(Deed, frozen=True, kw_only=True, tag=True):
    """A person's own words about what was so at `at`."""

    text: str


class MissedCheck(msgspec.Struct, frozen=True, kw_only=True):
    """An item that was due then, and was not observed."""

    item: str
    due_at: datetime


class MissedChecksExplained(Deed, frozen=True, kw_only=True, tag=True):
    """Why these were not done: one reason for all."""

    checks: tuple[MissedCheck, ...]
    reason: str


class ProfileChosen(Deed, frozen=True, kw_only=True, tag=True):
    """Another schedule than the usual one of the indication holds, and why."""

    profile: str
    reason: str


class LaidOutCheck(msgspec.Struct, frozen=True, kw_only=True):
    """An item that will be due then, and how late it may be, seconds."""

    item: str
    due_at: datetime
    window_s: float


class ScheduleLaidOut(SessionEvent, frozen=True, kw_only=True, tag=True):
    """What is due from the start on, by the configuration of that time; nobody's deed.

    The plan holds for the whole session. The checks are those of an infusion that takes its
    planned time: a pause adds some, and what comes after the stop moves with it.
    """

    config_version: str
    plan: SchedulePlan
    planned_end: datetime
    checks: tuple[LaidOutCheck, ...]


ObservationEvent: TypeAlias = (
    ObservationsRecorded
    | ObservationAmended
    | NoteWritten
    | MissedChecksExplained
    | ProfileChosen
    | ScheduleLaidOut
)
