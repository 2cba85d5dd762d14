"""Alarms in `alarms.yaml`: what is shipped, and how bad numbers are told."""

from pathlib import Path

import pytest

from config.clinic import read_clinic
from infusion.alarms.rules import (
    Finding,
    LimitBasis,
    LimitRule,
    Side,
    lost_finding,
)
from infusion.alarms.signal_rules import EscalationTarget
from tests.fixtures.spoilt import change_in, refusal_of
from vocabulary.alarms import (
    KIND_OF,
    AlarmCode,
    AlarmKind,
    AlarmPriority,
    DeviceAlarmCode,
    Inactivation,
    LimitedMeasure,
)
from vocabulary.states import DeviceKind, SessionState

CONFIG = Path(__file__).resolve().parents[3] / "config"
RULES = read_clinic(CONFIG).alarms
LOW, MEDIUM, HIGH = AlarmPriority.LOW, AlarmPriority.MEDIUM, AlarmPriority.HIGH
INFUSING = SessionState.INFUSING


def change(config_dir: Path, old: str, new: str) -> None:
    change_in(config_dir / "alarms.yaml", old, new)


def refusal(config_dir: Path) -> list[str]:
    return refusal_of(config_dir, "alarms.yaml")


def written(rule: LimitRule) -> tuple[str, float, AlarmPriority, float]:
    sign = {
        (Side.ABOVE, False): ">",
        (Side.ABOVE, True): ">=",
        (Side.BELOW, False): "<",
        (Side.BELOW, True): "<=",
    }[rule.side, rule.is_inclusive]
    basis = {LimitBasis.FIXED: "", LimitBasis.BASELINE_PERCENT: "%", LimitBasis.BASELINE_BY: "+"}
    return sign + basis[rule.basis], rule.amount, rule.priority, rule.delay_s


SHEET = {
    "hr": {(">", 100, LOW, 10), (">", 110, MEDIUM, 10), ("<", 50, MEDIUM, 10),
           (">", 130, HIGH, 10), ("<", 40, HIGH, 10)},
    "spo2": {("<", 94, LOW, 30), ("<", 92, MEDIUM, 15), ("<", 90, HIGH, 10), ("<", 85, HIGH, 3)},
    "rr": {(">", 24, LOW, 30), ("<", 10, LOW, 30), ("<", 8, MEDIUM, 30), ("<=", 6, HIGH, 15)},
    "etco2": {(">", 50, LOW, 30), ("<", 30, LOW, 30), (">", 55, MEDIUM, 30), ("<", 25, MEDIUM, 30),
              (">+", 10, MEDIUM, 30)},
    "nibp_sys": {(">=", 165, MEDIUM, 0), (">=", 180, HIGH, 0), ("<=", 90, HIGH, 0),
                 (">%", 30, MEDIUM, 0)},
    "nibp_dia": {(">=", 100, MEDIUM, 0), (">=", 110, HIGH, 0), (">%", 30, MEDIUM, 0)},
    "nibp_map": {(">", 120, MEDIUM, 0), (">", 130, HIGH, 0), ("<", 60, HIGH, 0),
                 (">%", 30, MEDIUM, 0)},
    "moaas": {("<=", 3, MEDIUM, 0), ("<=", 2, HIGH, 0)},
    "rass": {(">=", 2, LOW, 0), (">=", 2, MEDIUM, 600), (">=", 3, HIGH, 0), ("<=", -2, LOW, 0),
             ("<=", -3, MEDIUM, 0), ("<=", -4, HIGH, 0)},
    "dissociation": {(">=", 7, LOW, 0)},
    "distress": {(">=", 7, MEDIUM, 0)},
    "nausea": {(">=", 1, LOW, 0), (">=", 3, MEDIUM, 0)},
    "news2_item": {(">=", 3, LOW, 0)},
    "news2": {(">=", 5, MEDIUM, 0), (">=", 7, HIGH, 0)},
}  # fmt: skip


@pytest.mark.parametrize("measure", SHEET)
def test_the_shipped_limits_are_those_of_the_fact_sheet(measure: str) -> None:
    assert {written(r) for r in RULES.limits if r.of.value == measure} == SHEET[measure]


def test_a_pressure_over_150_or_20_percent_is_no_alarm() -> None:
    pressures = {LimitedMeasure.NIBP_SYS, LimitedMeasure.NIBP_DIA, LimitedMeasure.NIBP_MAP}
    of_pressure = [rule for rule in RULES.limits if rule.of in pressures]
    assert all(rule.priority is not LOW for rule in of_pressure)
    relative = [rule for rule in of_pressure if rule.basis is LimitBasis.BASELINE_PERCENT]
    assert {rule.amount for rule in relative} == {30}


def test_no_limit_of_the_saturation_may_be_lowered_under_85() -> None:
    high = next(rule for rule in RULES.limits if rule.limit == "spo2_below_high")
    assert high.bounds is not None
    assert high.bounds.low == 85
    deep = next(rule for rule in RULES.limits if rule.limit == "spo2_deep")
    assert deep.bounds is None


def test_hysteresis_is_5_mmhg_3_beats_and_1_percent() -> None:
    assert RULES.clears[LimitedMeasure.NIBP_SYS].by == 5
    assert (RULES.clears[LimitedMeasure.HR].by, RULES.clears[LimitedMeasure.HR].for_s) == (3, 15)
    assert (RULES.clears[LimitedMeasure.SPO2].by, RULES.clears[LimitedMeasure.SPO2].for_s) == (
        1,
        15,
    )


def test_escalation_goes_to_the_second_nurse_after_a_minute_and_to_the_prescriber_after_two() -> (
    None
):
    steps = {
        priority: [(s.after_s, s.to) for s in rule.steps]
        for priority, rule in RULES.signals.escalation.items()
    }
    assert steps == {
        HIGH: [
            (30, EscalationTarget.RESPONSIBLE),
            (60, EscalationTarget.SECOND_NURSE),
            (120, EscalationTarget.PRESCRIBER),
        ],
        MEDIUM: [(120, EscalationTarget.RESPONSIBLE), (300, EscalationTarget.SECOND_NURSE)],
    }


def test_every_way_to_hold_signals_back_has_an_end() -> None:
    assert RULES.signals.longest_s == {
        Inactivation.AUDIO_PAUSED: 120,
        Inactivation.ALARM_PAUSED: 120,
        Inactivation.AUDIO_OFF: 1800,
    }
    assert RULES.off_monitor.limit_s == 600


def test_there_is_no_second_alert_within_60_s_and_nothing_of_the_patient_stays_seen() -> None:
    signals = RULES.signals
    assert signals.sounds_again_after_s == signals.returns_within_s == 60
    assert signals.stays_seen == (AlarmKind.TECHNICAL, AlarmKind.PROCEDURAL)


def test_every_alarm_of_a_device_has_a_place() -> None:
    assert set(RULES.relays) == set(DeviceAlarmCode)
    high = {code for code, rule in RULES.relays.items() if rule.priority is HIGH}
    assert {
        DeviceAlarmCode.OCCLUSION_DOWNSTREAM,
        DeviceAlarmCode.OCCLUSION_UPSTREAM,
        DeviceAlarmCode.AIR_IN_LINE,
        DeviceAlarmCode.DOOR_OPEN,
        DeviceAlarmCode.BATTERY_EMPTY,
    } < high
    ending = {code for code, rule in RULES.relays.items() if rule.code is AlarmCode.INFUSION_ENDING}
    assert ending == {DeviceAlarmCode.NEAR_END, DeviceAlarmCode.COMPLETE}


def test_a_lost_pump_is_at_most_medium_and_a_notice_of_the_end_silent() -> None:
    assert RULES.findings[lost_finding(DeviceKind.PUMP, is_infusing=True)].priority is MEDIUM
    assert RULES.findings[lost_finding(DeviceKind.PUMP, is_infusing=False)].priority is LOW
    assert RULES.findings[lost_finding(None, is_infusing=True)].priority is MEDIUM
    assert RULES.findings[Finding.INFUSION_ENDING].priority is LOW


def test_every_condition_is_of_one_kind() -> None:
    assert set(KIND_OF) == set(AlarmCode)
    assert KIND_OF[AlarmCode.SIGNAL_MISSING] is AlarmKind.TECHNICAL
    assert KIND_OF[AlarmCode.BP_HIGH] is AlarmKind.PHYSIOLOGICAL
    assert KIND_OF[AlarmCode.CHECK_OVERDUE] is AlarmKind.PROCEDURAL


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("below: 90, priority", "below: 93, priority", "is not within may_be 85 to 92"),
        ("below: 85, priority: high", "below: 95, priority: high", "reached before"),
        ("of: spo2, below: 85, ", "of: spo2, ", "exactly one of above, at_least"),
        ("{limit: spo2_deep, of", "{limit: hr_above_low, of", "is there twice"),
        ("  temp: {by: 0.2, for_s: 60}\n", "", "clear.temp: is missing"),
        ("  gap_open: {priority: low, delay_s: 30}\n", "", "findings.gap_open: is missing"),
        ("  asystole: {is: asystole, priority: high}\n", "", "device_alarms.asystole: is missing"),
        ("priority: medium, phases: [preparing, recovery]", "priority: medium, phases: [signed]",
         "phase 'signed' is not one of"),
        ("pump_lost_infusing: {priority: medium", "pump_lost_infusing: {priority: high",
         "at most medium"),
        ("check_overdue: {priority: medium", "check_overdue: {priority: high", "never high"),
        ("battery_empty_percent: 10", "battery_empty_percent: 30", "must rise"),
        ("    medium:\n      repeat_s", "    low:\n      repeat_s", "low alarms are silent"),
        ("{after_s: 300, to", "{after_s: 100, to", "each step comes after"),
        ("may_change_limits: [nurse", "may_change_limits: [display", "not a person"),
        ("audio_off_min: 30", "audio_off_min: 0", "greater than 0"),
        ("sounds_again_after_s: 60", "sounds_again_after_s: 61", "at most returns_within_s"),
        ("stays_seen: [technical,", "stays_seen: [physiological,", "'technical' or 'procedural'"),
        ("dose_percent: 105", "dose_percent: 99", "greater than or equal to 100"),
        ("{of: hr, by: 30,", "{of: temp, by: 30,", "only hr and spo2 have a trend"),
        ("limb: {item: cuff_limb", "limb: {item: cuff_limbs", "no item of the preparation"),
        ("stop_symptom: asks to stop", "stop_symptom: enough", "is not in symptoms"),
        ("{is: hr_high, priority: as_sent}", "{is: hr_high, priority: low, at_least: low}",
         "at_least goes with as_sent"),
        ("same: same arm", "same: left arm", "no option of cuff_limb"),
        ("hr: {by: 3, for_s: 15}", "hr: {by: 3, for_s: 15, why: x}", "no such key"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_place(
    config_dir: Path, old: str, new: str, told: str
) -> None:
    change(config_dir, old, new)
    problems = refusal(config_dir)
    assert any(told in problem for problem in problems), problems


def test_a_changed_limit_is_another_version(config_dir: Path) -> None:
    before = read_clinic(config_dir).version
    change(config_dir, "below: 90, priority", "below: 89, priority")
    after = read_clinic(config_dir)
    assert after.version != before
    limit = after.alarms.find_limit(RULES.limits[2].limit)
    assert limit is not None
    assert limit.amount == 89


def test_a_limit_holds_in_all_phases_in_the_chair_unless_it_says_otherwise() -> None:
    phases = {rule.limit: set(rule.phases) for rule in RULES.limits}
    assert len(phases[RULES.limits[0].limit]) == 4
    relative = next(r for r in RULES.limits if r.basis is LimitBasis.BASELINE_PERCENT)
    assert phases[relative.limit] == {INFUSING, SessionState.PAUSED, SessionState.RECOVERY}
