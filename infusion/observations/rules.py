"""What a clinic configures of observations: items, sets, reasons for leaving one out."""

from collections.abc import Collection
from enum import Enum

import msgspec

from vocabulary.roles import Role
from vocabulary.signals import SignalName
from vocabulary.states import SessionState


class ItemKind(str, Enum):
    """What an item is answered with. PRESSURE: the pressures of one cuff reading."""

    NUMBER = "number"
    SCALE = "scale"
    CHOICE = "choice"
    YES_NO = "yes_no"
    TEXT = "text"
    PRESSURE = "pressure"


class ScaleLevel(msgspec.Struct, frozen=True, kw_only=True):
    """One level of a scale, and what it means."""

    level: int
    text: str


class Normal(msgspec.Struct, frozen=True, kw_only=True):
    """What asks for no closer checks.

    `low`, `high`: of a number or a scale, of a pressure the systolic, both included; `dia_low`,
    `dia_high`: its diastolic. `options`: of a choice; `yes` and `no` of a yes_no. None, empty:
    no limit.
    """

    low: float | None = None
    high: float | None = None
    dia_low: float | None = None
    dia_high: float | None = None
    options: tuple[str, ...] = ()


class ObservationItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is observed.

    `signal`: a device fills it in; None: a nurse judges it, and nothing ever fills it in. `low`,
    `high` in `unit`: what can be typed at all. `after`: asked only after a yes to that item of the
    same form; empty: always. `none`: what "none of these" stands for. `normal`:
    None: no answer asks for closer checks. `roles`: who may answer, whoever may chart if empty.
    """

    item: str
    text: str
    kind: ItemKind
    signal: SignalName | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    levels: tuple[ScaleLevel, ...] = ()
    options: tuple[str, ...] = ()
    none: str = ""
    after: str = ""
    normal: Normal | None = None
    roles: tuple[Role, ...] = ()

    @property
    def is_judged(self) -> bool:
        """Whether only a person can tell."""
        return self.signal is None


class ObservationSet(msgspec.Struct, frozen=True, kw_only=True):
    """A form: items that are asked, items that devices fill in.

    `none_of_these`: of the asked ones, those that one tap may cover. `nurse_s`: how long a nurse
    needs for it at the chair, seconds. `scale`: the one whose form it is; empty: a check.
    `offered_in`: the states in which the bed page offers it; empty: all.
    """

    set: str
    label: str
    asked: tuple[str, ...]
    filled: tuple[str, ...]
    none_of_these: tuple[str, ...] = ()
    nurse_s: float = 0.0
    scale: str = ""
    offered_in: tuple[SessionState, ...] = ()

    def is_offered(self, state: SessionState) -> bool:
        """Whether a session in that state is offered the form."""
        return not self.offered_in or state in self.offered_in

    @property
    def items(self) -> tuple[str, ...]:
        """All items of the form, the asked ones first."""
        return (*self.asked, *self.filled)


class AbsenceReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why an item may be left out. `never_for`: items it never excuses before discharge.

    `needs_words`: counts only with a person's own words.
    """

    reason: str
    text: str
    never_for: tuple[str, ...] = ()
    needs_words: bool = False


class ObservationRules(msgspec.Struct, frozen=True, kw_only=True):
    """All items, the sets they are entered in (smallest first), the reasons for leaving one out.

    `device_value_max_s`: how long before it is charted for a device may have measured it, seconds.
    """

    items: tuple[ObservationItem, ...]
    sets: tuple[ObservationSet, ...]
    absences: tuple[AbsenceReason, ...]
    device_value_max_s: float

    def find_item(self, item: str) -> ObservationItem | None:
        """The item of that name."""
        return next((found for found in self.items if found.item == item), None)

    def find_set(self, name: str) -> ObservationSet | None:
        """The set of that name."""
        return next((found for found in self.sets if found.set == name), None)

    def find_absence(self, reason: str) -> AbsenceReason | None:
        """The reason of that name."""
        return next((found for found in self.absences if found.reason == reason), None)

    def set_for(self, items: Collection[str]) -> ObservationSet | None:
        """The smallest set in which all of these can be entered; None if there is none."""
        for found in self.sets:
            asked, filled = found.asked, found.filled
            for item in items:
                if item not in asked and item not in filled:
                    break
            else:
                return found
        return None
