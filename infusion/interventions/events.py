"""What people did to a patient between the checks: past tense, frozen, each with who and when."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from infusion.deeds import Deed
from vocabulary.ids import AdverseEventId


class OxygenChanged(Deed, frozen=True, kw_only=True, tag=True):
    """Oxygen was given from `at` on, L/min, or no longer (0)."""

    flow_l_min: float

    @property
    def is_on(self) -> bool:
        """Whether the patient breathes oxygen from now on."""
        return self.flow_l_min > 0


class OrderedBy(str, Enum):
    """On what ground a rescue drug was given."""

    STANDING = "standing order"
    VERBAL = "verbal order"
    PRESENT = "prescriber present"


class RescueDrugGiven(Deed, frozen=True, kw_only=True, tag=True):
    """A drug was given at `at`. `prescriber`: whose order it is; of a standing one, if known.

    `is_listed`: whether it is of the clinic's list. `reason`: why the dose is not a usual one.
    """

    drug: str
    dose: Decimal
    unit: str
    route: str
    ordered_by: OrderedBy
    prescriber: str = ""
    was_read_back: bool = False
    is_listed: bool = True
    reason: str = ""


class PrescriberCalled(Deed, frozen=True, kw_only=True, tag=True):
    """A prescriber was called, and about what."""

    prescriber: str
    about: str = ""


class PrescriberAnswered(Deed, frozen=True, kw_only=True, tag=True):
    """A prescriber answered, or came, and what they said."""

    prescriber: str
    words: str = ""


class IvFailed(Deed, frozen=True, kw_only=True, tag=True):
    """The IV does not carry any more: what was delivered since is uncertain."""

    what: str


class IvResited(Deed, frozen=True, kw_only=True, tag=True):
    """The IV carries again, at this site."""

    site: str


class AdverseEventRecorded(Deed, frozen=True, kw_only=True, tag=True):
    """Something untoward happened; it began at `at`. `ended_at`: if it is over already."""

    adverse: AdverseEventId
    what: str
    grade: int
    words: str = ""
    ended_at: datetime | None = None


class AdverseEventEnded(Deed, frozen=True, kw_only=True, tag=True):
    """It was over at `at`. `grade`: its worst."""

    adverse: AdverseEventId
    grade: int


class SymptomsReported(Deed, frozen=True, kw_only=True, tag=True):
    """The patient told of symptoms."""

    symptoms: tuple[str, ...]
    words: str = ""


class HelpCalled(Deed, frozen=True, kw_only=True, tag=True):
    """Somebody is wanted at the chair now. `by`: a person, or the screen where it was pressed."""


class HelpEnded(Deed, frozen=True, kw_only=True, tag=True):
    """Somebody came, or nobody is wanted any more."""


class EmergencyBegun(Deed, frozen=True, kw_only=True, tag=True):
    """An emergency: from here on nothing is asked, only stamped."""


class EmergencyStamped(Deed, frozen=True, kw_only=True, tag=True):
    """Something was done at `at`."""

    what: str


class EmergencyEnded(Deed, frozen=True, kw_only=True, tag=True):
    """The emergency is over."""


Intervention: TypeAlias = (
    OxygenChanged
    | RescueDrugGiven
    | PrescriberCalled
    | PrescriberAnswered
    | IvFailed
    | IvResited
    | AdverseEventRecorded
    | AdverseEventEnded
    | SymptomsReported
    | HelpCalled
    | HelpEnded
    | EmergencyBegun
    | EmergencyStamped
    | EmergencyEnded
)
