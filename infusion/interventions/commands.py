"""What people may chart between the checks: imperative, frozen. Oxygen in L/min."""

from datetime import datetime
from decimal import Decimal

from infusion.commands import Command
from infusion.interventions.events import OrderedBy
from vocabulary.ids import AdverseEventId


class ChangeOxygen(Command, frozen=True, kw_only=True):
    """Give so much oxygen from now on; 0: no more."""

    flow_l_min: float


class GiveRescueDrug(Command, frozen=True, kw_only=True):
    """A drug was given. `is_listed` false: one that is not of the clinic's list."""

    drug: str
    dose: Decimal
    unit: str
    route: str
    ordered_by: OrderedBy
    prescriber: str = ""
    was_read_back: bool = False
    is_listed: bool = True
    reason: str = ""


class CallPrescriber(Command, frozen=True, kw_only=True):
    """A prescriber is called."""

    prescriber: str
    about: str = ""


class ChartAnswer(Command, frozen=True, kw_only=True):
    """A prescriber answered, or came."""

    prescriber: str
    words: str = ""


class ReportIvFailed(Command, frozen=True, kw_only=True):
    """The IV does not carry any more."""

    what: str


class ResiteIv(Command, frozen=True, kw_only=True):
    """The IV carries again, at this site."""

    site: str


class RecordAdverseEvent(Command, frozen=True, kw_only=True):
    """Something untoward began at `at`."""

    adverse: AdverseEventId
    what: str
    grade: int
    words: str = ""
    ended_at: datetime | None = None


class EndAdverseEvent(Command, frozen=True, kw_only=True):
    """It is over. `grade`: its worst."""

    adverse: AdverseEventId
    grade: int


class ReportSymptoms(Command, frozen=True, kw_only=True):
    """The patient tells of symptoms."""

    symptoms: tuple[str, ...]
    words: str = ""


class CallHelp(Command, frozen=True, kw_only=True):
    """Somebody is wanted at the chair now."""


class EndHelp(Command, frozen=True, kw_only=True):
    """Somebody came, or nobody is wanted any more."""


class BeginEmergency(Command, frozen=True, kw_only=True):
    """From now on nothing is asked, only stamped."""


class StampEmergency(Command, frozen=True, kw_only=True):
    """Something was done."""

    what: str


class EndEmergency(Command, frozen=True, kw_only=True):
    """The emergency is over."""
