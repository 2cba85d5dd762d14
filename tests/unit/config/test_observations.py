"""Observations, schedule, interventions and duty in `protocol.yaml`, typed a second time here."""

from decimal import Decimal
from pathlib import Path

import pytest

from config.clinic import read_clinic
from config.problems import BadConfiguration
from infusion.interventions.rules import RescueDrug
from infusion.observations.rules import AbsenceReason, ItemKind, Normal
from infusion.observations.schedule_rules import (
    Anchor,
    CloserRules,
    ScheduleLine,
    ScoreTrigger,
    Trigger,
)
from infusion.patient import Indication
from vocabulary.roles import Role
from vocabulary.signals import SignalName

SHIPPED = Path(__file__).resolve().parents[3] / "config"


def test_the_shipped_items_are_those_of_ketamine_and_none_that_is_judged_is_filled_in() -> None:
    rules = read_clinic(SHIPPED).observations
    judged = [item.item for item in rules.items if item.is_judged]
    assert judged == [
        "sedation", "airway", "dissociation", "perception", "nausea", "distress", "pain",
        "iv_site", "pump_check", "safety", "consciousness", "expected",
        "rass", "pain_moving", "cadss",
        "aldrete_activity", "aldrete_respiration", "aldrete_consciousness",
        "padss_walking", "padss_nausea", "padss_pain", "padss_bleeding",
        "cssrs_1", "cssrs_2", "cssrs_3", "cssrs_4", "cssrs_5", "cssrs_6_ever", "cssrs_6_recent",
    ]  # fmt: skip
    filled = {item.item: item.signal for item in rules.items if not item.is_judged}
    assert filled == {
        "bp": SignalName.NIBP, "hr": SignalName.HR, "spo2": SignalName.SPO2,
        "rr": SignalName.RR, "etco2": SignalName.ETCO2, "temp": SignalName.TEMP,
    }  # fmt: skip
    for form in rules.sets:
        assert set(form.asked) <= set(judged)
        assert set(form.filled) <= set(filled)


def test_the_shipped_scales_have_the_levels_of_the_published_ones() -> None:
    rules = read_clinic(SHIPPED).observations
    levels = {item.item: [level.level for level in item.levels] for item in rules.items}
    assert levels["sedation"] == [0, 1, 2, 3, 4, 5]
    assert levels["dissociation"] == levels["distress"] == levels["pain"] == list(range(11))
    assert levels["nausea"] == [0, 1, 2, 3]
    sedation = rules.find_item("sedation")
    assert sedation is not None
    assert sedation.kind is ItemKind.SCALE
    assert sedation.levels[-1].text == "prompt reply to name in an ordinary voice"
    assert sedation.normal == Normal(low=4)
    rr = rules.find_item("rr")
    assert rr is not None
    assert (rr.unit, rr.low, rr.high, rr.normal) == ("/min", 1, 150, Normal(low=8, high=24))
    bp = rules.find_item("bp")
    assert bp is not None
    assert bp.normal == Normal(low=91, high=164, dia_high=99)


def test_the_shipped_sets() -> None:
    rules = read_clinic(SHIPPED).observations
    checks = [form.set for form in rules.sets if not form.scale]
    assert checks == ["pump", "quick", "full", "full_pain", "whole"]
    scales = {form.set: form.scale for form in rules.sets if form.scale}
    assert scales == {
        "rass": "RASS", "aldrete": "Aldrete", "padss": "PADSS", "cadss": "CADSS", "pain": "Pain",
        "safety": "C-SSRS",
    }  # fmt: skip
    quick, full = rules.find_set("quick"), rules.find_set("full")
    assert quick is not None
    assert full is not None
    assert quick.asked == ("sedation", "airway")
    assert full.asked == (
        "sedation", "airway", "dissociation", "perception", "nausea", "distress", "iv_site",
    )  # fmt: skip
    assert full.none_of_these == ("nausea", "distress", "iv_site")
    assert rules.find_absence("asleep") == AbsenceReason(
        reason="asleep", text="Asleep", never_for=("sedation", "airway")
    )


def test_the_shipped_schedule() -> None:
    rules = read_clinic(SHIPPED).schedule
    standard = rules.find_profile("standard")
    assert standard is not None
    assert (standard.recovery_s, standard.early_s, standard.tail_s, standard.together_s) == (
        3600, 300, 300, 150,
    )  # fmt: skip
    assert standard.closer == CloserRules(
        items=("bp", "sedation", "airway"),
        while_paused=("bp", "sedation"),
        every_s=300,
        window_s=120,
        normal_sets=2,
        hold_s={
            Trigger.RATE_INCREASE: 900, Trigger.RESCUE_DRUG: 900, Trigger.EMERGENCY: 900,
            Trigger.FINDING: 0, Trigger.SCORE: 0, Trigger.OXYGEN: 0,
            Trigger.ADVERSE_EVENT: 0, Trigger.SYMPTOMS: 0,
        },
        scores=(
            ScoreTrigger(
                scale="NEWS2", normal_high=4, item_points=3, but_not=("Consciousness",)
            ),
        ),
    )  # fmt: skip
    bp = [line for line in standard.lines if "bp" in line.items]
    assert bp[:2] == [
        ScheduleLine(
            items=("bp",), anchor=Anchor.INFUSION, every_s=300, from_s=300, until_s=1200,
            window_s=120,
        ),
        ScheduleLine(
            items=("bp",), anchor=Anchor.INFUSION, every_s=600, from_s=1800, window_s=120
        ),
    ]  # fmt: skip
    assert bp[2] == ScheduleLine(
        items=("bp", "sedation"), anchor=Anchor.RECOVERY, at_s=(300, 600, 900), every_s=900,
        from_s=1800, window_s=180,
    )  # fmt: skip
    assert [p.recovery_s for p in rules.profiles] == [3600, 7200, 3600]
    assert rules.profile_of[Indication.CRPS] == "pain"
    assert rules.profile_of[Indication.DEPRESSION] == "standard"
    assert not any("pain" in line.items for line in standard.lines)


def test_the_shipped_interventions_and_duty() -> None:
    clinic = read_clinic(SHIPPED)
    rules = clinic.interventions
    assert rules.find_drug("midazolam") == RescueDrug(
        drug="midazolam", label="Midazolam", unit="mg", usual_dose=Decimal(1),
        low=Decimal("0.5"), high=Decimal(2), routes=("iv",),
    )  # fmt: skip
    assert rules.find_drug("glycopyrronium") is not None
    assert set(rules.urgent_symptoms) <= set(rules.symptoms)
    assert rules.grades == (1, 2, 3, 4, 5)
    duty = clinic.duty
    assert (duty.may_take_chairs, duty.needs_pump_check) == ((Role.NURSE,), True)
    assert (duty.ahead_s, duty.work_s, duty.stagger_step_s, duty.stagger_max_s) == (
        300, 3600, 60, 600,
    )  # fmt: skip


SEDATION = "{item: sedation, text: Sedation (MOAA/S), kind: scale, scale: moaas,"
BP_LINE = "{anchor: infusion, items: [bp], every_min: 5, from_min: 5, until_min: 20,"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("item: airway,", "item: sedation,",
         "observations.items[1].item: 'sedation' is there twice"),
        (SEDATION, SEDATION + " signal: hr,",
         "observations.items[0]: what a nurse judges is never filled in: no signal here"),
        (SEDATION, SEDATION + " low: 0, high: 3,",
         "observations.items[0]: a scale has either the name of one, or low and high"),
        ("kind: pressure, signal: nibp,", "kind: pressure, signal: hr,",
         "observations.items[12]: a pressure is filled in by the signal nibp, and by no other"),
        ("none: well", "none: fine",
         "observations.items[7].none: IV site is one of well, red, swollen, painful, leaking"),
        ('none: "0", normal: {high: 1}', 'none: "none", normal: {high: 1}',
         "observations.items[4].none: 'none' is no level of the scale"),
        ("normal: {options: [clear]}", "normal: {options: [free]}",
         "observations.items[1].normal: 'free' cannot be answered"),
        ("asked: [sedation, airway],\n       filled: [bp,",
         "asked: [sedation, airway, bp],\n       filled: [bp,",
         "observations.sets[1].asked: 'bp' is filled in by a device"),
        ("filled: [bp, hr, spo2, rr, etco2, temp], nurse_s: 45",
         "filled: [bp, pain], nurse_s: 45",
         "observations.sets[1].filled: 'pain' is judged, never filled in"),
        ("none_of_these: [nausea, distress, iv_site],", "none_of_these: [nausea, sedation],",
         "observations.sets[2].none_of_these: 'sedation' is not asked, or has no `none`"),
        ("never_for: [sedation, airway]}", "never_for: [aura]}",
         "observations.absences[0].never_for: there is no item 'aura'"),
        (BP_LINE, BP_LINE.replace("[bp]", "[pressure]"),
         "schedule.lines[1].items: there is no item 'pressure'"),
        (BP_LINE, BP_LINE.replace(" from_min: 5,", ""),
         "schedule.lines[1]: every_min and from_min belong together"),
        (BP_LINE, BP_LINE.replace("infusion", "baseline"),
         "schedule.lines[1]: a line needs at_min, every_min or at_end; a baseline has none"),
        ("{anchor: infusion, items: [dissociation, perception], at_min: [20, 40, 60],",
         "{anchor: infusion, items: [dissociation, perception], at_end: true,",
         "schedule.lines[4]: at_end belongs to the recovery"),
        ("depression: standard", "depression: none",
         "schedule.profile_of.depression: there is no profile 'none'"),
        ("    crps: pain\n", "", "schedule.profile_of.crps: is missing"),
        ("label: 60 min of recovery, recovery_min: 60", "label: Short, recovery_min: 30",
         ("schedule.profiles[0].recovery_min: 30 is less than session.stay_after_drug_min 60")),
        ("scale: NEWS2, normal_high: 4,", "scale: EWS, normal_high: 4,",
         "schedule.closer.scores[0].scale: 'EWS' is not one of NEWS2, MOAA/S,"),
        ("normal_high: 4, item_points: 3, but_not", "normal_high: 4, but_not",
         "schedule.closer.scores[0]: but_not belongs to item_points"),
        ("scale: NEWS2, normal_high: 4, item_points: 3, but_not: [Consciousness]", "scale: NEWS2",
         "schedule.closer.scores[0]: name normal_low, normal_high or item_points"),
        ("usual: 1, low: 0.5, high: 2, routes: [iv]}", "usual: 3, low: 0.5, high: 2, routes: [iv]}",
         "interventions.rescue_drugs[2]: usual 3 must be from low 0.5 to high 2"),
        ("drug: hydralazine,", "drug: labetalol,",
         "interventions.rescue_drugs[1].drug: 'labetalol' is there twice"),
        ("urgent_symptoms: [chest pain,", "urgent_symptoms: [sadness,",
         "interventions: urgent_symptoms: 'sadness' is not in symptoms"),
        ("oxygen_max_l_min: 25", "oxygen_max_l_min: 10",
         "interventions: oxygen_flows_l_min: one is more than oxygen_max_l_min"),
        ("may_take_chairs: [nurse]", "may_take_chairs: [administrator]",
         "duty: may_take_chairs: 'administrator' is not in may_be_on_duty"),
        ("may_be_on_duty: [nurse, prescriber]", "may_be_on_duty: [nurse, display]",
         "duty: 'display' is a screen, not a person"),
        ("after: cssrs_6_ever}", "after: sedation}",
         "observations.items[34].after: 'sedation' is no yes_no item"),
    ],
)  # fmt: skip
def test_a_bad_value_is_told_with_file_key_and_reason(
    protocol: Path, old: str, new: str, told: str
) -> None:
    text = protocol.read_text()
    assert old in text
    protocol.write_text(text.replace(old, new, 1))
    with pytest.raises(BadConfiguration) as caught:
        read_clinic(protocol.parent)
    assert f"config/protocol.yaml: {told}" in str(caught.value)
