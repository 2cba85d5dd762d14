"""What people may ask of a session about observations: imperative, frozen."""

from datetime import datetime

from infusion.commands import Command
from infusion.observations.events import MissedCheck, NotObserved, ObservedItem
from vocabulary.ids import ObservationId


class RecordObservations(Command, frozen=True, kw_only=True):
    """Save a form of observations, made at `at`.

    `observation`: the form's own name, so that it is saved once. `due_items`, `due_at`: of the
    check it is for, as the screen knows it; without, all that the set asks. `seen`: how many forms
    of the session were saved when this one was opened, or looked at again. `judged_by`: another's
    name, if not `by` looked. `paper_reason`: why there was paper, if it is entered from paper.
    """

    observation: ObservationId
    set: str
    observed: tuple[ObservedItem, ...]
    seen: int
    not_observed: tuple[NotObserved, ...] = ()
    due_items: tuple[str, ...] = ()
    due_at: datetime | None = None
    judged_by: str = ""
    paper_reason: str = ""


class AmendObservation(Command, frozen=True, kw_only=True):
    """Put right what a form said. `seen_at`: when it really was."""

    observation: ObservationId
    reason: str
    observed: tuple[ObservedItem, ...] = ()
    withdrawn: tuple[str, ...] = ()
    seen_at: datetime | None = None


class WriteNote(Command, frozen=True, kw_only=True):
    """A person's own words."""

    text: str


class ExplainMissedChecks(Command, frozen=True, kw_only=True):
    """Why checks were not done: one reason for all."""

    checks: tuple[MissedCheck, ...]
    reason: str


class ChooseProfile(Command, frozen=True, kw_only=True):
    """Another schedule of checks, and why."""

    profile: str
    reason: str
