"""The parts of `protocol.yaml` about the session, its preparation and the course."""

from typing import Annotated

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
from infusion.configuration import AnswerKind, Measure, OutcomeMeasure
from infusion.patient import Indication
from vocabulary.roles import Role
from vocabulary.states import DeviceKind

_Role = Annotated[Role, FromText]
_SomeRoles = Annotated[list[_Role], Field(min_length=1)]
_Kinds = list[Annotated[DeviceKind, FromText]]
_Count = Annotated[int, Field(ge=1)]
_Percent = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class PeopleEntry(Form):
    """`people`: who may do what."""

    may_chart: _SomeRoles
    may_order: _SomeRoles
    may_override_hold: _SomeRoles
    may_sign: _SomeRoles
    may_co_sign: _SomeRoles
    may_authorise_discharge: _SomeRoles
    may_export: _SomeRoles


class TwoPersonEntry(Form):
    """`two_person`."""

    second_may_be: _SomeRoles
    device_kinds: _Kinds
    swap_within_min: Positive
    recalculation_percent: Positive


class SessionEntry(Form):
    """`session`."""

    required_devices: _Kinds
    back_entry_max_h: Positive
    still_running_after_s: Positive
    stay_after_drug_min: NotNegative


class SignOffEntry(Form):
    """`sign_off`."""

    gap_infusing_min: Positive
    gap_otherwise_min: Positive
    trend_step_s: Annotated[int, Field(ge=1, le=60)]


class ItemEntry(Form):
    """One question of a preparation block."""

    item: Annotated[str, Name]
    text: Sentence
    kind: Annotated[AnswerKind, FromText]
    required: bool
    roles: list[_Role] = Field(default_factory=list)
    options: list[Label] = Field(default_factory=list)
    accepts: list[Label] = Field(default_factory=list)
    unit: str = ""
    low: Finite | None = None
    high: Finite | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "ItemEntry":
        if (self.kind is AnswerKind.CHOICE) != bool(self.options):
            raise ValueError("options belong to a choice, and a choice needs them")
        if len(set(self.options)) < len(self.options):
            raise ValueError("an option is there twice")
        is_number = self.kind is AnswerKind.NUMBER
        if is_number != bool(self.unit) or is_number != (self.low is not None):
            raise ValueError("unit, low and high belong to a number, and a number needs them")
        check_range(self.low, self.high)
        return self

    @model_validator(mode="after")
    def _accepts_what_can_be_answered(self) -> "ItemEntry":
        possible = ["yes", "no"] if self.kind is AnswerKind.YES_NO else self.options
        for answer in self.accepts:
            if answer not in possible:
                told = ", ".join(possible) or "nothing: only a choice or yes_no has accepts"
                raise ValueError(f"accepts {answer!r}, which cannot be answered ({told})")
        return self


class BlockEntry(Form):
    """One block of `preparation`."""

    block: Annotated[str, Name]
    label: Label
    items: Annotated[list[ItemEntry], Field(min_length=1)]


class BaselineEntry(Form):
    """`baseline`."""

    required: Annotated[list[Annotated[Measure, FromText]], Field(min_length=1)]
    readings: Annotated[int, Field(ge=2)]
    window_min: Positive
    cuff_apart_min: NotNegative


class HoldEntry(Form):
    """`hold`: the pressure that holds the start."""

    above_sys: Positive
    above_dia: Positive
    readings: _Count
    apart_min: NotNegative

    @model_validator(mode="after")
    def _systolic_is_higher(self) -> "HoldEntry":
        if self.above_dia >= self.above_sys:
            raise ValueError(
                f"above_dia {self.above_dia:g} must be less than above_sys {self.above_sys:g}"
            )
        return self


class GapEntry(Form):
    """How far apart infusions should be, start to start."""

    early_before_h: NotNegative
    target_from_h: Positive
    target_to_h: Positive
    late_after_h: Positive

    @model_validator(mode="after")
    def _in_order(self) -> "GapEntry":
        hours = (self.early_before_h, self.target_from_h, self.target_to_h, self.late_after_h)
        if list(hours) != sorted(hours):
            raise ValueError("early_before_h, target_from_h, target_to_h, late_after_h must rise")
        return self


class FrequencyEntry(Form):
    """More than `sessions` in `days` is warned of."""

    sessions: _Count
    days: Positive
    advice: Sentence


class PoorResponseEntry(Form):
    """When to ask whether to go on."""

    after: _Count
    below_percent: _Percent


class OutcomeEntry(Form):
    """How a score is judged."""

    high: _Count
    response_fall_percent: _Percent
    remission_below: int | None


class CourseEntry(Form):
    """`course`."""

    acute_sessions: _Count
    hard_minimum_h: Positive
    acute: GapEntry
    maintenance: GapEntry
    review_after: list[_Count]
    poor_response: PoorResponseEntry
    frequency: list[FrequencyEntry]
    outcome_of: dict[Annotated[Indication, FromText], Annotated[OutcomeMeasure, FromText]]
    outcomes: dict[Annotated[OutcomeMeasure, FromText], OutcomeEntry]

    @model_validator(mode="after")
    def _every_indication_is_judged(self) -> "CourseEntry":
        for indication in Indication:
            measure = self.outcome_of.get(indication)
            if measure is None:
                raise ValueError(f"outcome_of.{indication.value} is missing")
            if measure not in self.outcomes:
                raise ValueError(f"outcomes.{measure.value} is missing")
        if self.acute.early_before_h < self.hard_minimum_h:
            raise ValueError("acute.early_before_h must not be less than hard_minimum_h")
        return self
