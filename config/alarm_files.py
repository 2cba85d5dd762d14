"""`alarms.yaml`, as it is written."""

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from config.forms import Finite, Form, FromText, Name, NotNegative, Positive
from infusion.alarms.rules import (
    IN_THE_CHAIR,
    Finding,
    LimitBasis,
    LimitName,
    Side,
)
from infusion.alarms.signal_rules import EscalationTarget
from vocabulary.alarms import AlarmCode, AlarmPriority, DeviceAlarmCode, LimitedMeasure
from vocabulary.roles import Role
from vocabulary.states import SessionState

_Priority = Annotated[AlarmPriority, FromText]
_Measure = Annotated[LimitedMeasure, FromText]
_NotOfThePatient = Literal["technical", "procedural"]
_Percent = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
_PercentOrMore = Annotated[float, Field(ge=100, allow_inf_nan=False)]

COMPARISONS: Final[dict[str, tuple[Side, bool, LimitBasis]]] = {
    "above": (Side.ABOVE, False, LimitBasis.FIXED),
    "at_least": (Side.ABOVE, True, LimitBasis.FIXED),
    "below": (Side.BELOW, False, LimitBasis.FIXED),
    "at_most": (Side.BELOW, True, LimitBasis.FIXED),
    "above_baseline_percent": (Side.ABOVE, False, LimitBasis.BASELINE_PERCENT),
    "above_baseline_by": (Side.ABOVE, False, LimitBasis.BASELINE_BY),
}
"""How each way to write a limit is meant: side, whether on it is beyond it, what it counts from."""


def _watched_phases() -> list[SessionState]:
    return list(IN_THE_CHAIR)


class _WithPhases(Form):
    phases: Annotated[list[Annotated[SessionState, FromText]], Field(min_length=1)] = Field(
        default_factory=_watched_phases
    )

    @model_validator(mode="after")
    def _phases_in_the_chair(self) -> "_WithPhases":
        for phase in self.phases:
            if phase not in IN_THE_CHAIR:
                known = ", ".join(known.value for known in IN_THE_CHAIR)
                raise ValueError(f"phase {phase.value!r} is not one of {known}")
        return self


class LimitEntry(_WithPhases):
    """One of `limits`."""

    limit: Annotated[LimitName, Name]
    of: _Measure
    above: Finite | None = None
    at_least: Finite | None = None
    below: Finite | None = None
    at_most: Finite | None = None
    above_baseline_percent: Positive | None = None
    above_baseline_by: Positive | None = None
    priority: _Priority
    delay_s: NotNegative = 0.0
    may_be: Annotated[list[Finite], Field(min_length=2, max_length=2)] | None = None

    @property
    def comparison(self) -> tuple[str, float]:
        """How it compares, and with what."""
        return next(
            (name, amount) for name in COMPARISONS if (amount := getattr(self, name)) is not None
        )

    @model_validator(mode="after")
    def _one_comparison(self) -> "LimitEntry":
        written = [name for name in COMPARISONS if getattr(self, name) is not None]
        if len(written) != 1:
            raise ValueError(f"exactly one of {', '.join(COMPARISONS)}")
        if self.may_be is not None:
            low, high = self.may_be
            amount = self.comparison[1]
            if not low <= amount <= high:
                raise ValueError(f"{amount:g} is not within may_be {low:g} to {high:g}")
        return self


class ClearEntry(Form):
    """One of `clear`."""

    by: NotNegative
    for_s: NotNegative


class TrendEntry(_WithPhases):
    """One of `trends`."""

    of: _Measure
    by: Positive
    away: NotNegative
    within_s: Positive
    delay_s: NotNegative
    priority: _Priority

    @model_validator(mode="after")
    def _has_a_trend(self) -> "TrendEntry":
        if self.of not in (LimitedMeasure.HR, LimitedMeasure.SPO2):
            raise ValueError("only hr and spo2 have a trend")
        return self


class LimbEntry(Form):
    """`cuff.limb`."""

    item: str
    same: str
    other: str


class CuffEntry(Form):
    """`cuff`."""

    repeat_within_s: Positive
    symptoms_for_min: NotNegative
    at_once_sys: Positive
    at_once_dia: Positive
    hold_s: NotNegative
    settle_s: NotNegative
    never_held_below: Positive
    holds_unknown_limb: bool
    limb: LimbEntry


class MissingEntry(_WithPhases):
    """One of `missing`."""

    after_s: Positive
    priority: _Priority
    required: bool


class FindingEntry(Form):
    """One of `findings`."""

    priority: _Priority
    delay_s: NotNegative = 0.0
    clear_s: NotNegative = 0.0


class RelayEntry(Form):
    """One of `device_alarms`."""

    code: Annotated[AlarmCode, FromText] = Field(alias="is")
    priority: _Priority | Literal["as_sent"]
    at_least: _Priority | None = None

    @model_validator(mode="after")
    def _least_of_what_is_sent(self) -> "RelayEntry":
        if self.at_least is not None and self.priority != "as_sent":
            raise ValueError("at_least goes with as_sent")
        return self


class AspirationEntry(Form):
    """`aspiration`."""

    nausea_from: NotNegative
    moaas_to: NotNegative


class DeliveryEntry(Form):
    """`delivery`."""

    dose_percent: _PercentOrMore
    long_percent: NotNegative
    ending_before_min: NotNegative
    ends_normally_from_percent: _Percent
    setup_percent: NotNegative


class TechnicalEntry(Form):
    """`technical`."""

    battery_low_percent: _Percent
    battery_empty_percent: _Percent
    battery_clear_percent: _Percent
    quarantined_per_min: Annotated[int, Field(ge=1)]
    late_alarm_s: Positive
    feed_beds: Annotated[int, Field(ge=2)]
    feed_silent_s: Positive
    feed_settle_s: Positive

    @model_validator(mode="after")
    def _in_order(self) -> "TechnicalEntry":
        if not (
            self.battery_empty_percent <= self.battery_low_percent <= self.battery_clear_percent
        ):
            raise ValueError("battery_empty, battery_low, battery_clear must rise")
        return self


class StepEntry(Form):
    """One step of an escalation."""

    after_s: Positive
    to: Annotated[EscalationTarget, FromText]


class EscalationEntry(Form):
    """The escalation of one priority."""

    repeat_s: Positive | None = None
    steps: Annotated[list[StepEntry], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> "EscalationEntry":
        times = [step.after_s for step in self.steps]
        if times != sorted(set(times)):
            raise ValueError("each step comes after the one before it")
        return self


class SignalsEntry(Form):
    """`signals`."""

    audio_paused_s: Positive
    alarm_paused_s: Positive
    audio_off_min: Positive
    latching: list[_Priority]
    returns_within_s: NotNegative
    notice_returns_within_min: NotNegative
    sounds_again_after_s: NotNegative
    stays_seen: list[_NotOfThePatient]
    recent_min: NotNegative
    escalation: dict[_Priority, EscalationEntry]

    @model_validator(mode="after")
    def _low_is_silent(self) -> "SignalsEntry":
        if AlarmPriority.LOW in self.escalation:
            raise ValueError("low alarms are silent and are not escalated")
        return self

    @model_validator(mode="after")
    def _one_alarm_one_sound(self) -> "SignalsEntry":
        if self.sounds_again_after_s > self.returns_within_s:
            raise ValueError("sounds_again_after_s is at most returns_within_s")
        return self


class OffMonitorEntry(Form):
    """`off_monitor`."""

    limit_min: Positive
    back_s: NotNegative


class AlarmsFile(Form):
    """`alarms.yaml`."""

    limits: Annotated[list[LimitEntry], Field(min_length=1)]
    aspiration: AspirationEntry
    stop_symptom: str
    judged: dict[str, _Measure]
    clear: dict[_Measure, ClearEntry]
    trends: list[TrendEntry]
    cuff: CuffEntry
    missing: dict[_Measure, MissingEntry]
    findings: dict[Annotated[Finding, FromText], FindingEntry]
    device_alarms: dict[Annotated[DeviceAlarmCode, FromText], RelayEntry]
    delivery: DeliveryEntry
    technical: TechnicalEntry
    signals: SignalsEntry
    off_monitor: OffMonitorEntry
    overdue_after_min: NotNegative
    may_change_limits: Annotated[list[Annotated[Role, FromText]], Field(min_length=1)]
