"""What a clinic configures of its alarms. Times in seconds; every number is from `alarms.yaml`."""

from enum import Enum
from typing import Final, NewType

import msgspec

from infusion.alarms.signal_rules import OffMonitorRules, SignalRules
from vocabulary.alarms import (
    AlarmCode,
    AlarmPriority,
    DeviceAlarmCode,
    LimitedMeasure,
)
from vocabulary.roles import Role
from vocabulary.states import DeviceKind, SessionState

LimitName = NewType("LimitName", str)
"""What a limit is called in the configuration, in the record and where it is changed."""

RANK: Final = {AlarmPriority.LOW: 1, AlarmPriority.MEDIUM: 2, AlarmPriority.HIGH: 3}
"""Priorities in order; higher is more urgent."""

IN_THE_CHAIR: Final = (
    SessionState.PREPARING,
    SessionState.INFUSING,
    SessionState.PAUSED,
    SessionState.RECOVERY,
)
"""The phases in which a patient is watched."""


class Side(str, Enum):
    """On which side of a limit a number is wrong."""

    ABOVE = "above"
    BELOW = "below"


class LimitBasis(str, Enum):
    """What a limit's amount counts from: zero, or the frozen baseline (percent, or its unit)."""

    FIXED = "fixed"
    BASELINE_PERCENT = "baseline_percent"
    BASELINE_BY = "baseline_by"


class Bounds(msgspec.Struct, frozen=True):
    """Within which a limit may be changed for one patient, both included."""

    low: float
    high: float


class LimitRule(msgspec.Struct, frozen=True, kw_only=True):
    """One limit of one measure.

    `amount`: in the unit of the measure, or percent of the baseline. `is_inclusive`: on the limit
    is beyond it. `bounds`: None means that nobody changes it for a patient.
    """

    limit: LimitName
    of: LimitedMeasure
    side: Side
    is_inclusive: bool
    basis: LimitBasis
    amount: float
    priority: AlarmPriority
    delay_s: float
    phases: tuple[SessionState, ...]
    bounds: Bounds | None = None


class ClearRule(msgspec.Struct, frozen=True):
    """How far inside its limit a number must be, and for how long, before an alarm is over."""

    by: float
    for_s: float


class TrendRule(msgspec.Struct, frozen=True, kw_only=True):
    """A change by `by` (in the unit of the measure) within `within_s` that stays for `delay_s`.

    It counts when it led at least `away` from the baseline.
    """

    of: LimitedMeasure
    by: float
    away: float
    within_s: float
    delay_s: float
    priority: AlarmPriority
    phases: tuple[SessionState, ...]


class LimbRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which item of the preparation tells on which limb the cuff is, by which of its options."""

    item: str
    same: str
    other: str


class CuffRules(msgspec.Struct, frozen=True, kw_only=True):
    """When a cuff reading counts, and what the cuff does to the oximeter on its limb.

    `repeat_within_s`: for the repeat of a first reading over a limit. From `at_once_sys` or
    `at_once_dia` (mmHg) on, and for `symptoms_for_s` after urgent symptoms, nothing is waited for.
    `hold_s`: at most so long a signal that is lost under the cuff is no alarm, and `settle_s` after
    the cuff is done. `never_held_below`: a SpO2 (%) under this counts even so.
    `holds_unknown_limb`: as if the limb were the same. `limb`: who says which it is.
    """

    repeat_within_s: float
    symptoms_for_s: float
    at_once_sys: float
    at_once_dia: float
    hold_s: float
    settle_s: float
    never_held_below: float
    holds_unknown_limb: bool
    limb: LimbRule


class MissingRule(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that is expected and without a value for `after_s`."""

    after_s: float
    priority: AlarmPriority
    phases: tuple[SessionState, ...]
    is_required: bool


class RelayRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a device's own alarm is here.

    `priority`: None takes the device's word, but never less than `at_least`.
    """

    code: AlarmCode
    priority: AlarmPriority | None
    at_least: AlarmPriority | None = None


class AspirationRule(msgspec.Struct, frozen=True):
    """Nausea from this grade on, with a MOAA/S of at most this."""

    nausea_from: float
    moaas_to: float


class Finding(str, Enum):
    """What rules find that is no limit of a measure; each has its priority and its times."""

    APNOEA = "apnoea"
    REPEAT_CUFF = "repeat_cuff"
    ASPIRATION_RISK = "aspiration_risk"
    ASKS_TO_STOP = "asks_to_stop"
    RATE_DIFFERS = "rate_differs"
    RATE_SLIPPED = "rate_slipped"
    RATE_OVER_LIMIT = "rate_over_limit"
    DOSE_OVER_ORDER = "dose_over_order"
    DOSE_OVER_SOFT_LIMIT = "dose_over_soft_limit"
    DOSE_OVER_LIMIT = "dose_over_limit"
    INFUSION_LONG = "infusion_long"
    INFUSION_OVER_SOFT_LIMIT = "infusion_over_soft_limit"
    INFUSION_OVER_LIMIT = "infusion_over_limit"
    INFUSION_ENDING = "infusion_ending"
    DELIVERY_AFTER_END = "delivery_after_end"
    RUNNING_UNCONFIRMED = "running_unconfirmed"
    STILL_RUNNING = "still_running"
    OTHER_DRUG = "other_drug"
    OTHER_CONCENTRATION = "other_concentration"
    OTHER_WEIGHT = "other_weight"
    OTHER_DOSE_RATE = "other_dose_rate"
    TWO_PUMPS_RUNNING = "two_pumps_running"
    DEVICE_CONFLICT = "device_conflict"
    MONITOR_LOST = "monitor_lost"
    PUMP_LOST = "pump_lost"
    PUMP_LOST_INFUSING = "pump_lost_infusing"
    BATTERY_LOW = "battery_low"
    BATTERY_EMPTY = "battery_empty"
    CLOCK_WRONG = "clock_wrong"
    GAP_OPEN = "gap_open"
    QUARANTINE_FLOOD = "quarantine_flood"
    OFF_MONITOR_LONG = "off_monitor_long"
    START_STEP_OPEN = "start_step_open"
    SECOND_PERSON_DUE = "second_person_due"
    CHECK_OVERDUE = "check_overdue"


class FindingRule(msgspec.Struct, frozen=True, kw_only=True):
    """How urgent a finding is, how long it must stay so, and how long not before it is over."""

    priority: AlarmPriority
    delay_s: float = 0.0
    clear_s: float = 0.0


class DeliveryNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """Dose in percent of the order, running time in percent past it, notice before the end.

    `ends_normally_from_percent`: an empty syringe after this share of the order is the end of the
    infusion. `setup_percent`: how far concentration and weight at the pump may be from the order.
    """

    dose_percent: float
    long_percent: float
    ending_before_s: float
    ends_normally_from_percent: float
    setup_percent: float


class TechnicalNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """Battery in percent, over when above `battery_clear_percent`; refused messages a minute.

    `late_alarm_s`: a device's alarm that was told late and did not end for so long still stands.
    `feed_*`: nothing is heard of so many beds for `feed_silent_s`: the cause is not at the bedside.
    After that all get `feed_settle_s` to come back.
    """

    battery_low_percent: float
    battery_empty_percent: float
    battery_clear_percent: float
    quarantined_per_min: int
    late_alarm_s: float
    feed_beds: int
    feed_silent_s: float
    feed_settle_s: float


class AlarmRules(msgspec.Struct, frozen=True, kw_only=True):
    """All that alarms are judged by.

    `stop_symptom`: what a patient who wants it to end is charted with. `judged`: which item of an
    observation is which scale. `overdue_after_s`: a check this late may become an alarm.
    """

    limits: tuple[LimitRule, ...]
    aspiration: AspirationRule
    stop_symptom: str
    judged: dict[str, LimitedMeasure]
    clears: dict[LimitedMeasure, ClearRule]
    trends: tuple[TrendRule, ...]
    cuff: CuffRules
    missing: dict[LimitedMeasure, MissingRule]
    findings: dict[Finding, FindingRule]
    relays: dict[DeviceAlarmCode, RelayRule]
    delivery: DeliveryNumbers
    technical: TechnicalNumbers
    signals: SignalRules
    off_monitor: OffMonitorRules
    overdue_after_s: float
    may_change_limits: tuple[Role, ...]

    def find_limit(self, limit: LimitName) -> LimitRule | None:
        """The limit of that name."""
        return next((rule for rule in self.limits if rule.limit == limit), None)


def lost_finding(kind: DeviceKind | None, *, is_infusing: bool) -> Finding:
    """Which finding a silent device is; one of unknown kind counts as a monitor."""
    if kind is not DeviceKind.PUMP:
        return Finding.MONITOR_LOST
    return Finding.PUMP_LOST_INFUSING if is_infusing else Finding.PUMP_LOST
