"""Readiness in one line: each criterion turns it, at its edge."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from infusion.baseline import CuffPressure
from infusion.readiness import Criterion, Readiness, Recovery, readiness
from infusion.scores.cssrs import Question, SuicideScreen, Triage, screen
from infusion.scores.score import Given
from tests.fixtures.clinic import START
from tests.fixtures.recovery import discharge_rules, score_rules

NOW = START + timedelta(minutes=60)
STAY_S = 3600


def seen(value: Any, minutes_ago: float = 1) -> Given[Any]:
    return Given(value=value, observed_at=NOW - timedelta(minutes=minutes_ago))


def cuff(sys: float, dia: float, minutes_ago: float) -> CuffPressure:
    return CuffPressure(sys=sys, dia=dia, observed_at=NOW - timedelta(minutes=minutes_ago))


ALL_NO = dict.fromkeys((Question.ONE, Question.TWO, Question.SIX_EVER), False)
CALM = screen(ALL_NO, NOW, score_rules().cssrs)
WELL = Recovery(
    last_drug_at=START,
    cuffs=(cuff(128, 82, 16), cuff(126, 80, 1)),
    baseline_sys=120,
    baseline_dia=80,
    spo2=seen(96.0, 0),
    baseline_spo2=98,
    on_oxygen=False,
    moaas=seen(5),
    answers={"steady": True, "advice": True},
    safety=CALM,
    escort="Max Muster",
)


def judged(now: datetime = NOW, **changes: Any) -> Readiness:
    return readiness(msgspec.structs.replace(WELL, **changes), now, discharge_rules(), STAY_S)


def test_when_all_is_met_the_line_says_ready() -> None:
    found = judged()
    assert found.unmet == ()
    assert found.text == "ready"
    assert found.reasons == ()
    assert found.stay_until == NOW


@pytest.mark.parametrize(
    ("changes", "criterion", "why"),
    [
        ({"is_delivering": True}, Criterion.PUMP_STILL, "the pump still delivers"),
        ({"last_drug_at": START + timedelta(seconds=1)}, Criterion.STAY,
         "1 min of the stay after the last drug are left"),
        ({"cuffs": (cuff(128, 82, 16), cuff(160, 80, 1))}, Criterion.PRESSURE,
         "BP 160/80 is not under 160/100"),
        ({"cuffs": (cuff(128, 82, 16), cuff(130, 100, 1))}, Criterion.PRESSURE,
         "BP 130/100 is not under 160/100"),
        ({"cuffs": (cuff(145, 80, 16), cuff(130, 80, 1))}, Criterion.PRESSURE,
         "BP 145/80 is 21 % from the baseline 120/80, over 20"),
        ({"cuffs": (cuff(130, 80, 16), cuff(95, 80, 1))}, Criterion.PRESSURE,
         "BP 95/80 is 21 % from the baseline 120/80, over 20"),
        ({"cuffs": (cuff(130, 80, 16), cuff(130, 97, 1))}, Criterion.PRESSURE,
         "BP 130/97 is 21 % from the baseline 120/80, over 20"),
        ({"cuffs": (cuff(130, 80, 1),)}, Criterion.PRESSURE,
         "1 of 2 BP readings since the last drug"),
        ({"cuffs": (cuff(130, 80, 2), cuff(130, 80, 1))}, Criterion.PRESSURE,
         "1 of 2 BP readings since the last drug"),
        ({"cuffs": (cuff(130, 80, 61), cuff(130, 80, 1))}, Criterion.PRESSURE,
         "1 of 2 BP readings since the last drug"),
        ({"cuffs": (cuff(130, 80, 30), cuff(130, 80, 16))}, Criterion.PRESSURE,
         "BP is 16 min old"),
        ({"baseline_sys": None}, Criterion.PRESSURE, "there is no baseline BP"),
        ({"spo2": seen(93.0), "baseline_spo2": 96}, Criterion.SATURATION,
         "SpO2 93 is under 94 on air, and baseline 96"),
        ({"spo2": seen(93.0), "baseline_spo2": None}, Criterion.SATURATION,
         "SpO2 93 is under 94 on air, and there is no baseline"),
        ({"spo2": seen(99.0), "on_oxygen": True}, Criterion.SATURATION,
         "SpO2 99 is with oxygen, not on air"),
        ({"on_oxygen": None}, Criterion.SATURATION, "it is not known whether SpO2 is on air"),
        ({"spo2": Given(lacks="sensor off")}, Criterion.SATURATION, "SpO2 sensor off"),
        ({"spo2": seen(97.0, 16)}, Criterion.SATURATION, "SpO2 is 16 min old"),
        ({"moaas": seen(4)}, Criterion.SEDATION, "MOAA/S 4 is under 5"),
        ({"moaas": seen(5, 20)}, Criterion.SEDATION, "MOAA/S is 20 min old"),
        ({"moaas": Given()}, Criterion.SEDATION, "MOAA/S missing"),
        ({"answers": {"advice": True}}, Criterion.CHECKLIST,
         "not answered: Stands and walks steadily"),
        ({"answers": {"steady": False, "advice": True}}, Criterion.CHECKLIST,
         "not so: Stands and walks steadily"),
        ({"safety": None}, Criterion.SAFETY, "the safety questions (C-SSRS) are not answered"),
        ({"safety": SuicideScreen(at=NOW, triage=Triage.HIGH, because=("question 4",))},
         Criterion.SAFETY, "C-SSRS high: question 4"),
        ({"safety": SuicideScreen(at=NOW, triage=None, lacking=("question 6, ever",))},
         Criterion.SAFETY, "C-SSRS cannot be computed: question 6, ever missing"),
        ({"escort": " "}, Criterion.ESCORT, "no escort is named"),
    ],
)  # fmt: skip
def test_each_criterion_alone_turns_the_line(
    changes: dict[str, Any], criterion: Criterion, why: str
) -> None:
    found = judged(**changes)
    assert [(unmet.criterion, unmet.why) for unmet in found.unmet] == [(criterion, why)]
    assert found.text == f"not yet because {why}"


@pytest.mark.parametrize(
    "changes",
    [
        {"cuffs": (cuff(144, 96, 3), cuff(96, 64, 1))},
        {"cuffs": (cuff(200, 120, 59), cuff(130, 80, 15), cuff(130, 80, 13))},
        {"spo2": seen(94.0), "baseline_spo2": 99},
        {"spo2": seen(91.0), "baseline_spo2": 93},
        {"spo2": seen(90.0), "baseline_spo2": 92, "on_oxygen": True, "was_on_oxygen": True},
        {"safety": SuicideScreen(at=NOW, triage=Triage.MODERATE, because=("question 3",))},
        {"moaas": seen(5, 15)},
    ],
)
def test_what_is_just_enough_is_ready(changes: dict[str, Any]) -> None:
    assert judged(**changes).text == "ready"


def test_the_stay_counts_from_the_last_drug_and_ends_to_the_second() -> None:
    kvo_until = START + timedelta(minutes=7)
    before = judged(kvo_until + timedelta(seconds=3599), last_drug_at=kvo_until,
                    cuffs=(cuff(128, 82, -1), cuff(126, 80, -6)), spo2=seen(96.0, -6),
                    moaas=seen(5, -6))  # fmt: skip
    assert before.text == "not yet because 1 min of the stay after the last drug are left"
    assert before.stay_until == kvo_until + timedelta(hours=1)
    unknown = judged(last_drug_at=None)
    assert "it is not known when the last drug ended" in unknown.reasons
    assert unknown.stay_until is None


def test_all_that_is_open_stands_in_one_line() -> None:
    found = judged(moaas=seen(4), escort="", answers={})
    assert found.text == (
        "not yet because MOAA/S 4 is under 5; not answered: Stands and walks steadily; "
        "not answered: Told: no driving until tomorrow; no escort is named"
    )
