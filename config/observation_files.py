"""The parts of `protocol.yaml` about observations and their schedule."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.forms import (
    Finite,
    Form,
    FromText,
    Label,
    Name,
    NotNegative,
    Positive,
    Sentence,
    check_range,
)
from infusion.observations.rules import ItemKind
from infusion.observations.schedule_rules import Anchor, Trigger
from infusion.patient import Indication
from vocabulary.roles import Role
from vocabulary.signals import SignalName
from vocabulary.states import SessionState

_Name = Annotated[str, Name]
_Names = list[_Name]
_SomeNames = Annotated[list[_Name], Field(min_length=1)]
_Count = Annotated[int, Field(ge=1)]


class NormalEntry(Form):
    """What asks for no closer checks."""

    low: Finite | None = None
    high: Finite | None = None
    dia_low: Finite | None = None
    dia_high: Finite | None = None
    options: list[Label] = Field(default_factory=list)


class ObservationItemEntry(Form):
    """One item of `observations.items`."""

    item: _Name
    text: Sentence
    kind: Annotated[ItemKind, FromText]
    signal: Annotated[SignalName, FromText] | None = None
    scale: (
        Literal[
            "moaas", "rass", "dissociation", "nausea", "pain",
            "aldrete_activity", "aldrete_respiration", "aldrete_consciousness",
            "padss_walking", "padss_nausea", "padss_pain", "padss_bleeding",
        ]
        | None
    ) = None  # fmt: skip
    unit: str = ""
    low: Finite | None = None
    high: Finite | None = None
    options: list[Label] = Field(default_factory=list)
    none: str = ""
    after: str = ""
    normal: NormalEntry | None = None
    roles: list[Annotated[Role, FromText]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "ObservationItemEntry":
        if (self.kind is ItemKind.CHOICE) != bool(self.options):
            raise ValueError("options belong to a choice, and a choice needs them")
        if len(set(self.options)) < len(self.options):
            raise ValueError("an option is there twice")
        if (self.kind is ItemKind.PRESSURE) != (self.signal is SignalName.NIBP):
            raise ValueError("a pressure is filled in by the signal nibp, and by no other")
        has_range = self.low is not None and self.high is not None
        if self.kind is ItemKind.NUMBER:
            if self.signal is None and not (has_range and self.unit):
                raise ValueError("a number has a signal, or a unit, low and high")
        elif self.kind is ItemKind.SCALE:
            if has_range == (self.scale is not None):
                raise ValueError("a scale has either the name of one, or low and high")
        elif has_range or self.unit or self.scale:
            raise ValueError("unit, low, high and scale belong to numbers and scales")
        return self

    @model_validator(mode="after")
    def _has_a_range(self) -> "ObservationItemEntry":
        check_range(self.low, self.high)
        return self

    @model_validator(mode="after")
    def _only_devices_fill_in(self) -> "ObservationItemEntry":
        if self.signal is None:
            return self
        if self.kind not in {ItemKind.NUMBER, ItemKind.PRESSURE}:
            raise ValueError("what a nurse judges is never filled in: no signal here")
        if self.none or self.unit or self.low is not None:
            raise ValueError("unit and range are those of the signal, and it has no `none`")
        return self


class SetEntry(Form):
    """One form of `observations.sets`."""

    set: _Name
    label: Label
    asked: _SomeNames
    filled: _Names
    none_of_these: _Names = Field(default_factory=list)
    nurse_s: Positive
    scale: str = ""
    offered_in: list[Annotated[SessionState, FromText]] = Field(default_factory=list)


class AbsenceEntry(Form):
    """One reason of `observations.absences`."""

    reason: _Name
    text: Label
    never_for: _Names = Field(default_factory=list)
    needs_words: bool = False


class ObservationsEntry(Form):
    """`observations`."""

    device_value_max_min: Positive
    items: Annotated[list[ObservationItemEntry], Field(min_length=1)]
    sets: Annotated[list[SetEntry], Field(min_length=1)]
    absences: Annotated[list[AbsenceEntry], Field(min_length=1)]


class LineEntry(Form):
    """One line of the schedule."""

    anchor: Annotated[Anchor, FromText]
    items: _SomeNames
    window_min: NotNegative
    at_min: list[NotNegative] = Field(default_factory=list)
    every_min: Positive | None = None
    from_min: NotNegative | None = None
    until_min: Positive | None = None
    at_end: bool = False

    @model_validator(mode="after")
    def _has_its_times(self) -> "LineEntry":
        is_timed = bool(self.at_min) or self.every_min is not None or self.at_end
        if is_timed == (self.anchor is Anchor.BASELINE):
            raise ValueError("a line needs at_min, every_min or at_end; a baseline has none")
        if (self.every_min is None) != (self.from_min is None):
            raise ValueError("every_min and from_min belong together")
        if self.until_min is not None and self.every_min is None:
            raise ValueError("until_min belongs to every_min")
        if self.at_end and self.anchor is not Anchor.RECOVERY:
            raise ValueError("at_end belongs to the recovery")
        if self.every_min is not None and self.anchor is Anchor.RATE_CHANGE:
            raise ValueError("after a rate change name the times; closer checks come by themselves")
        return self


class ScoreTriggerEntry(Form):
    """A score that asks for closer checks."""

    scale: Label
    normal_low: int | None = None
    normal_high: int | None = None
    item_points: _Count | None = None
    but_not: list[Label] = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_a_limit(self) -> "ScoreTriggerEntry":
        if self.normal_low is None and self.normal_high is None and self.item_points is None:
            raise ValueError("name normal_low, normal_high or item_points")
        if self.but_not and self.item_points is None:
            raise ValueError("but_not belongs to item_points")
        return self


class CloserEntry(Form):
    """`schedule.closer`."""

    items: _SomeNames
    while_paused: _SomeNames
    every_min: Positive
    window_min: NotNegative
    normal_sets: _Count
    hold_min: dict[Annotated[Trigger, FromText], NotNegative]
    scores: list[ScoreTriggerEntry] = Field(default_factory=list)


class ProfileEntry(Form):
    """One profile, with the lines that only it has."""

    profile: _Name
    label: Label
    recovery_min: Positive
    lines: list[LineEntry] = Field(default_factory=list)


class ScheduleEntry(Form):
    """`schedule`."""

    early_min: NotNegative
    tail_min: NotNegative
    together_min: NotNegative
    lines: Annotated[list[LineEntry], Field(min_length=1)]
    closer: CloserEntry
    profiles: Annotated[list[ProfileEntry], Field(min_length=1)]
    profile_of: dict[Annotated[Indication, FromText], _Name]
