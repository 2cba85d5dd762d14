"""Forms of one scale give their score, with the reason of each point, or what it lacks."""

from decimal import Decimal

import pytest

from infusion.answers import Number
from infusion.interventions.commands import ChangeOxygen
from infusion.observations.events import Basis, ObservedItem
from infusion.observations.values import Level, Pressure
from infusion.scored import scores_of
from infusion.scores.score import Score
from tests.fixtures.observing import form, judged
from tests.fixtures.session import NORA, Driver, recovering
from vocabulary.states import SessionState

BP = ObservedItem(item="bp", value=Pressure(sys=128, dia=80), basis=Basis.TYPED)
SPO2 = ObservedItem(item="spo2", value=Number(value=Decimal(97), unit="%"), basis=Basis.TYPED)
HR = ObservedItem(item="hr", value=Number(value=Decimal(74), unit="/min"), basis=Basis.TYPED)
ALDRETE = tuple(
    judged(f"aldrete_{item}", Level(level=2))
    for item in ("activity", "respiration", "consciousness")
)
PADSS = tuple(
    judged(f"padss_{item}", Level(level=2)) for item in ("walking", "nausea", "pain", "bleeding")
)


def scored(driver: Driver, scale: str) -> Score:
    [*_, found] = [s for s in scores_of(driver.session, driver.clinic) if s.scale == scale]
    return found


def test_aldrete_counts_pressure_against_the_baseline_and_saturation_on_air() -> None:
    driver = recovering()
    driver.do(form(*ALDRETE, BP, SPO2, driver=driver, set="aldrete"))
    score = scored(driver, "Aldrete")
    assert (score.total, score.meaning) == (10, "may leave phase I")
    why = {item.item: item.why for item in score.items}
    assert why["Circulation"] == "128 mmHg is 5 % from 122 before the drug"
    assert why["SpO2"] == "97 % on air is over 92"


def test_aldrete_knows_of_oxygen() -> None:
    driver = recovering().do(ChangeOxygen(by=NORA, flow_l_min=2))
    driver.do(form(*ALDRETE, BP, SPO2, driver=driver, set="aldrete"))
    assert scored(driver, "Aldrete").points_of("SpO2") == 1


def test_what_lacks_is_named_and_nothing_is_guessed() -> None:
    driver = recovering()
    driver.do(form(*ALDRETE, BP, driver=driver, set="aldrete"))
    score = scored(driver, "Aldrete")
    assert score.total is None
    assert score.text == "Aldrete cannot be computed: SpO2 missing"


def test_a_pressure_that_is_too_old_does_not_count() -> None:
    driver = recovering()
    driver.do(form(BP, SPO2, driver=driver, due_items=("bp",)))
    driver.move(20).do(form(*ALDRETE, driver=driver, set="aldrete"))
    lacking = {item.item: item.why for item in scored(driver, "Aldrete").lacking}
    assert lacking == {"Circulation": "20 min old, over 15", "SpO2": "20 min old, over 15"}


def test_padss_counts_pressure_and_pulse_against_the_baseline() -> None:
    driver = recovering()
    driver.do(form(*PADSS, BP, HR, driver=driver, set="padss"))
    score = scored(driver, "PADSS")
    assert (score.total, score.meaning) == (10, "fit to go home")
    driver.move(1).do(form(*PADSS, BP, driver=driver, set="padss"))
    assert scored(driver, "PADSS").total == 10  # the pulse of a minute ago is still good


@pytest.mark.parametrize(
    ("item", "level", "scale", "meaning"),
    [
        ("rass", -1, "RASS", "drowsy: eye contact to voice for 10 s or longer"),
        ("cadss", 92, "CADSS", "as entered"),
        ("pain_moving", 7, "Pain on movement", "severe"),
    ],
)
def test_a_scale_of_one_item_is_its_own_score(
    item: str, level: int, scale: str, meaning: str
) -> None:
    driver = recovering()
    name = {"pain_moving": "pain"}.get(item, item)
    value = judged(item, Level(level=level))
    driver.do(form(value, driver=driver, set=name, due_items=(item,)))
    score = scored(driver, scale)
    assert (score.total, score.meaning) == (level, meaning)


def test_a_total_beyond_its_scale_is_refused() -> None:
    driver = recovering()
    refused = driver.refuse(form(judged("cadss", Level(level=93)), driver=driver, set="cadss"))
    assert refused.reason == "CADSS total is from 0 to 92"


def test_agitation_asks_for_closer_checks_and_calm_does_not() -> None:
    rules = recovering().clinic.observations
    rass = rules.find_item("rass")
    assert rass is not None
    assert rass.normal is not None
    assert (rass.normal.low, rass.normal.high) == (-2, 1)


def test_a_form_of_a_scale_is_offered_in_its_states() -> None:
    driver = recovering()
    padss = driver.clinic.observations.find_set("padss")
    assert padss is not None
    assert padss.is_offered(driver.session.state)
    assert not padss.is_offered(SessionState.INFUSING)
