"""The parts of `protocol.yaml` about scores, recovery and going home."""

from typing import Annotated

from pydantic import Field, model_validator

from config.forms import Form, FromText, Name, NotNegative, Positive, Sentence
from infusion.scores.cssrs import Question, Triage

_Triage = Annotated[Triage, FromText]


class ScoresEntry(Form):
    """`scores`."""

    window_min: Positive
    cssrs: dict[Annotated[Question, FromText], _Triage]

    @model_validator(mode="after")
    def _every_question_has_its_triage(self) -> "ScoresEntry":
        for question in Question:
            if question not in self.cssrs:
                raise ValueError(f"cssrs.{question.value!r} is missing")
        return self


class DischargeItemEntry(Form):
    """One question before going home."""

    item: Annotated[str, Name]
    text: Sentence


class DischargeEntry(Form):
    """`discharge`."""

    cuff_percent: Positive
    cuff_under_sys: Positive
    cuff_under_dia: Positive
    cuff_readings: Annotated[int, Field(ge=1)]
    cuff_apart_min: NotNegative
    current_within_min: Positive
    spo2_from: Annotated[float, Field(gt=0, le=100)]
    spo2_points: NotNegative
    moaas_from: Annotated[int, Field(ge=0, le=5)]
    blocked_from: _Triage
    items: list[DischargeItemEntry]

    @model_validator(mode="after")
    def _systolic_is_higher(self) -> "DischargeEntry":
        if self.cuff_under_dia >= self.cuff_under_sys:
            raise ValueError(
                f"cuff_under_dia {self.cuff_under_dia:g} must be less than "
                f"cuff_under_sys {self.cuff_under_sys:g}"
            )
        if self.blocked_from is Triage.NONE:
            raise ValueError("blocked_from 'none' would keep everybody here")
        return self
