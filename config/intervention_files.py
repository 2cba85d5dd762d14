"""The parts of `protocol.yaml` about interventions and duty."""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from config.forms import Form, FromText, Label, Name, NotNegative, Positive, Sentence
from vocabulary.roles import Role

_Roles = Annotated[list[Annotated[Role, FromText]], Field(min_length=1)]
_Words = Annotated[list[Sentence], Field(min_length=1)]


def _as_written(value: object) -> object:
    """A number of the file as it stands there, so that 0.2 is exactly 0.2."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else value


_Dose = Annotated[Decimal, BeforeValidator(_as_written), Field(gt=0, allow_inf_nan=False)]


class RescueDrugEntry(Form):
    """One drug of the rescue list."""

    drug: Annotated[str, Name]
    label: Label
    unit: Label
    usual: _Dose
    low: _Dose
    high: _Dose
    routes: _Words

    @model_validator(mode="after")
    def _usual_is_usual(self) -> "RescueDrugEntry":
        if not self.low <= self.usual <= self.high:
            raise ValueError(f"usual {self.usual} must be from low {self.low} to high {self.high}")
        return self


class InterventionsEntry(Form):
    """`interventions`."""

    rescue_drugs: Annotated[list[RescueDrugEntry], Field(min_length=1)]
    oxygen_flows_l_min: Annotated[list[Positive], Field(min_length=1)]
    oxygen_max_l_min: Positive
    symptoms: _Words
    urgent_symptoms: list[Sentence]
    adverse_events: _Words
    grades: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
    stamps: _Words

    @model_validator(mode="after")
    def _fits_together(self) -> "InterventionsEntry":
        for symptom in self.urgent_symptoms:
            if symptom not in self.symptoms:
                raise ValueError(f"urgent_symptoms: {symptom!r} is not in symptoms")
        if max(self.oxygen_flows_l_min) > self.oxygen_max_l_min:
            raise ValueError("oxygen_flows_l_min: one is more than oxygen_max_l_min")
        return self


class DutyEntry(Form):
    """`duty`."""

    may_be_on_duty: _Roles
    may_take_chairs: _Roles
    needs_pump_check: bool
    ahead_min: Positive
    work_min: Positive
    stagger_step_min: Positive
    stagger_max_min: NotNegative
    free_share: Annotated[float, Field(gt=0, le=1)]

    @model_validator(mode="after")
    def _are_people(self) -> "DutyEntry":
        for role in (*self.may_be_on_duty, *self.may_take_chairs):
            if role is Role.DISPLAY:
                raise ValueError("'display' is a screen, not a person")
        for role in self.may_take_chairs:
            if role not in self.may_be_on_duty:
                raise ValueError(f"may_take_chairs: {role.value!r} is not in may_be_on_duty")
        return self
