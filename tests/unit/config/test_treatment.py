"""Session, preparation and course in `protocol.yaml`: what it says, and how bad ones are told."""

from pathlib import Path

import msgspec
import pytest

from config.clinic import read_clinic
from config.problems import BadConfiguration
from infusion.configuration import (
    AnswerKind,
    BaselineRules,
    GapRules,
    HoldRules,
    Measure,
    OutcomeMeasure,
    OutcomeRules,
    PreparationItem,
)
from infusion.patient import Indication
from tests.fixtures.treatment import course_rules, session_rules
from vocabulary.roles import Role
from vocabulary.states import DeviceKind

SHIPPED = Path(__file__).resolve().parents[3] / "config"


def test_the_shipped_numbers_of_the_session_are_those_of_the_protocol() -> None:
    rules = read_clinic(SHIPPED).sessions
    assert rules.hold == HoldRules(above_sys=140, above_dia=90, readings=2, apart_s=120)
    assert rules.baseline == BaselineRules(
        required=(
            Measure.HR, Measure.SPO2, Measure.RR, Measure.NIBP_SYS, Measure.NIBP_DIA,
        ),
        readings=2,
        window_s=900,
        cuff_apart_s=120,
    )  # fmt: skip
    assert rules.two_person.swap_within_s == 600
    assert rules.two_person.recalculation_percent == 2
    assert rules.two_person.device_kinds == (DeviceKind.PUMP,)
    assert rules.still_running_after_s == 15
    assert rules.stay_after_drug_s == 3600
    assert rules.people.may_override_hold == (Role.PRESCRIBER,)
    assert rules.required_devices == (DeviceKind.MONITOR, DeviceKind.PUMP)


def test_the_shipped_course_is_that_of_the_tests() -> None:
    shipped, ours = read_clinic(SHIPPED).course, course_rules()
    assert msgspec.structs.replace(shipped, frequency=()) == msgspec.structs.replace(
        ours, frequency=()
    )
    assert [(rule.sessions, rule.days) for rule in shipped.frequency] == [(12, 28), (30, 365)]
    assert shipped.acute == GapRules(
        early_before_h=44, target_from_h=48, target_to_h=96, late_after_h=168
    )
    assert shipped.maintenance.target_from_h == 21 * 24
    assert shipped.maintenance.target_to_h == 35 * 24
    assert shipped.outcome_of[Indication.CRPS] is OutcomeMeasure.PAIN_NRS
    assert shipped.outcomes[OutcomeMeasure.PHQ9] == OutcomeRules(
        high=27, response_fall_percent=50, remission_below=5
    )
    assert shipped.outcomes[OutcomeMeasure.PAIN_NRS].remission_below is None


def test_the_shipped_preparation_asks_what_has_to_be_asked() -> None:
    rules = read_clinic(SHIPPED).sessions
    items = {item.item: item for block in rules.blocks for item in block.items}
    required = {name for name, item in items.items() if item.is_required}
    assert {
        "consent", "allergies", "cautions", "pregnancy", "substance_use", "substance_use_seen",
        "antihypertensives", "benzodiazepines", "last_food", "bladder", "iv_site", "oxygen",
        "suction", "rescue_drugs", "prescriber_phone", "escort",
    } <= required  # fmt: skip
    assert items["substance_use_seen"].roles == (Role.PRESCRIBER,)
    assert items["oxygen"].accepts == ("yes",)
    assert items["last_food"].kind is AnswerKind.TIME
    assert rules.find_item("nothing") is None


def test_a_number_item_has_its_unit_and_range(protocol: Path) -> None:
    old = "      - {item: oxygen,"
    new = (
        "      - {item: glucose, text: Glucose, kind: number, required: false,\n"
        "         unit: mmol/L, low: 1, high: 40}\n"
    )
    change(protocol, old, new + old)
    found = read_clinic(protocol.parent).sessions.find_item("glucose")
    assert found == PreparationItem(
        item="glucose",
        text="Glucose",
        kind=AnswerKind.NUMBER,
        is_required=False,
        unit="mmol/L",
        low=1,
        high=40,
    )
    assert found == msgspec.structs.replace(session_rules().blocks[1].items[2])


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


OXYGEN = "{item: oxygen, text: Oxygen ready, kind: yes_no,"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "may_order: [prescriber]", "may_order: [doctor]",
            ("people.may_order[0]: should be 'display', 'nurse', 'prescriber', 'pharmacist', "
            "'assistant' or 'administrator', not 'doctor'"),
        ),
        (
            "second_may_be: [nurse, prescriber]", "second_may_be: [display]",
            "two_person.second_may_be: 'display' is a screen, not a person",
        ),
        (
            "second_may_be: [nurse, prescriber]", "second_may_be: []",
            ("two_person.second_may_be: List should have at least 1 item after "
            "validation, not 0"),
        ),
        (
            "swap_within_min: 10", "swap_within_min: 0",
            "two_person.swap_within_min: should be greater than 0, not 0",
        ),
        (
            "item: suction,", "item: oxygen,",
            "preparation[2].items[2].item: 'oxygen' is there twice",
        ),
        (
            "block: chair", "block: today",
            "preparation[2].block: 'today' is there twice",
        ),
        (
            "roles: [prescriber], accepts", "roles: [administrator], accepts",
            ("preparation[0].items[5].roles: 'administrator' is not in "
            "people.may_chart"),
        ),
        (
            OXYGEN, "{item: oxygen, text: Oxygen ready, kind: choice,",
            ("preparation[2].items[1]: options belong to a choice, and a choice needs "
            "them"),
        ),
        (
            OXYGEN, "{item: oxygen, text: Oxygen ready, kind: number,",
            ("preparation[2].items[1]: unit, low and high belong to a number, and a "
            "number needs them"),
        ),
        (
            OXYGEN, "{item: oxygen, text: Oxygen ready, kind: number, unit: L, low: 9, high: 3,",
            "preparation[2].items[1]: low 9 must be less than high 3",
        ),
        (
            'Bladder emptied, kind: yes_no, required: true, accepts: ["yes"]',
            'Bladder emptied, kind: yes_no, required: true, accepts: ["sure"]',
            ("preparation[1].items[5]: accepts 'sure', which cannot be answered "
            "(yes, no)"),
        ),
        (
            "  required: [hr, spo2,", "  required: [hr, pulse,",
            ("baseline.required[1]: should be 'hr', 'spo2', 'rr', 'etco2', 'temp', "
            "'nibp_sys', 'nibp_dia' or 'nibp_map', not 'pulse'"),
        ),
        (
            "  readings: 2\n  # Source: default schedule",
            "  readings: 1\n  # Source: default schedule",
            "baseline.readings: should be greater than or equal to 2, not 1",
        ),
        (
            "above_dia: 90", "above_dia: 140",
            "hold: above_dia 140 must be less than above_sys 140",
        ),
        (
            "target_to_h: 96", "target_to_h: 40",
            ("course.acute: early_before_h, target_from_h, target_to_h, late_after_h "
            "must rise"),
        ),
        (
            "hard_minimum_h: 24", "hard_minimum_h: 48",
            "course: acute.early_before_h must not be less than hard_minimum_h",
        ),
        (
            "    crps: pain_nrs\n", "",
            "course: outcome_of.crps is missing",
        ),
        (
            "below_percent: 20", "below_percent: 120",
            ("course.poor_response.below_percent: should be less than or equal to 100, "
            "not 120"),
        ),
        ("hold:\n", "holt:\n", "hold: is missing\nconfig/protocol.yaml: holt: no such key"),
    ],
)  # fmt: skip
def test_a_bad_value_is_told_with_file_key_and_reason(
    protocol: Path, old: str, new: str, told: str
) -> None:
    change(protocol, old, new)
    with pytest.raises(BadConfiguration) as caught:
        read_clinic(protocol.parent)
    assert f"config/protocol.yaml: {told}" in str(caught.value)
