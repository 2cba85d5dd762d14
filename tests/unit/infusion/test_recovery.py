"""Going home: judged by what was observed and measured, question by question."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from infusion import care_commands as care
from infusion import commands as c
from infusion.answers import Choice, Number
from infusion.baseline import CuffPressure
from infusion.interventions.events import OxygenChanged
from infusion.observations.events import Basis, ObservationsRecorded, ObservedItem
from infusion.observations.values import Level, Pressure, Value
from infusion.recovery import Measured, readiness_of, recovery_of
from infusion.scores.cssrs import Triage
from infusion.scores.score import Given
from tests.fixtures.session import ADA, NORA, SESSION, Driver, infusing, recovering
from vocabulary.ids import ObservationId
from vocabulary.states import SessionState

MINUTE = timedelta(minutes=1)


def observed(driver: Driver, minutes_ago: float = 0, **values: Value) -> Driver:
    at = driver.now - minutes_ago * MINUTE
    number = sum(isinstance(event, ObservationsRecorded) for event in driver.events)
    return driver.take(
        ObservationsRecorded(
            session=SESSION, at=at, by=NORA, observation=ObservationId(f"o{number}"), set="whole",
            observed=tuple(
                ObservedItem(item=item, value=value, basis=Basis.JUDGED)
                for item, value in values.items()
            ),
        )
    )  # fmt: skip


def cuffs(now: datetime, *minutes_ago: float) -> tuple[CuffPressure, ...]:
    return tuple(
        CuffPressure(sys=124, dia=80, observed_at=now - minutes * MINUTE) for minutes in minutes_ago
    )


def well() -> Driver:
    """An hour after the stop, everything observed and answered."""
    driver = recovering().move(51)
    observed(
        driver, 1, sedation=Level(level=5), safety=Choice(option="none"),
        spo2=Number(value=97, unit="%"),  # type: ignore[arg-type]  # as good as a Decimal here
    )  # fmt: skip
    answers = {item.item: True for item in driver.clinic.discharge.items}
    return driver.do(care.AnswerHomeQuestions(by=NORA, answers=answers))


def told(driver: Driver, **measured: Any) -> str:
    plain: dict[str, Any] = {"cuffs": cuffs(driver.now, 14, 2)}
    return readiness_of(
        driver.session, Measured(**(plain | measured)), driver.now, driver.clinic
    ).text


def test_a_patient_who_is_well_may_go_home() -> None:
    driver = well()
    assert told(driver) == "ready"
    driver.do(c.Discharge(by=NORA, escort="Max"))
    assert driver.session.state is SessionState.DISCHARGED


def test_the_stay_counts_from_the_end_of_the_flow_that_keeps_the_vein_open() -> None:
    driver = well()
    flowed = driver.now - 50 * MINUTE
    assert told(driver, last_flow_at=flowed, cuffs=cuffs(driver.now, 14, 2)) == (
        "not yet because 10 min of the stay after the last drug are left"
    )
    assert recovery_of(driver.session, Measured(), driver.now).last_drug_at == (
        driver.session.drug_stopped_at
    )


def test_what_a_nurse_took_counts_beside_what_devices_told() -> None:
    driver = well()
    assert "1 of 2 BP readings" in told(driver, cuffs=cuffs(driver.now, 2))
    observed(driver, 8, bp=Pressure(sys=126, dia=82))
    assert told(driver, cuffs=cuffs(driver.now, 2)) == "ready"
    observed(driver, 0, bp=Pressure(sys=182, dia=82))
    assert "BP 182/82 is not under 160/100" in told(driver, cuffs=cuffs(driver.now, 2))


def test_a_device_reading_that_was_accepted_is_not_counted_twice() -> None:
    driver = well()
    observed(driver, 0, bp=Pressure(sys=124, dia=80))
    assert "1 of 2 BP readings" in told(driver, cuffs=cuffs(driver.now, 4))


def test_the_newer_of_monitor_and_nurse_tells_the_saturation() -> None:
    driver = well()
    low = Given(value=90.0, observed_at=driver.now)
    assert "SpO2 90 is under 94 on air" in told(driver, spo2=low)
    old = Given(value=90.0, observed_at=driver.now - 5 * MINUTE)
    assert told(driver, spo2=old) == "ready"


def test_oxygen_blocks_until_it_is_off() -> None:
    driver = well()
    driver.take(OxygenChanged(session=SESSION, at=driver.now - 9 * MINUTE, by=NORA, flow_l_min=2))
    assert "with oxygen, not on air" in told(driver)
    driver.take(OxygenChanged(session=SESSION, at=driver.now - 5 * MINUTE, by=NORA, flow_l_min=0))
    assert told(driver) == "ready"


@pytest.mark.parametrize(
    ("minutes_ago", "option", "why"),
    [
        (0.5, "high", "C-SSRS high"),
        (0.5, "moderate", ""),
        (100, "high", "C-SSRS high"),
        (100, "none", "the safety questions (C-SSRS) are not answered"),
    ],
)
def test_the_safety_screen_after_the_infusion_counts_and_a_high_one_before_it_blocks(
    minutes_ago: float, option: str, why: str
) -> None:
    driver = recovering().move(51)
    observed(driver, 1, sedation=Level(level=5), spo2=Number(value=97, unit="%"))  # type: ignore[arg-type]
    answers = {item.item: True for item in driver.clinic.discharge.items}
    driver.do(care.AnswerHomeQuestions(by=NORA, answers=answers))
    observed(driver, minutes_ago, safety=Choice(option=option))
    assert told(driver) == (f"not yet because {why}" if why else "ready")
    found = recovery_of(driver.session, Measured(), driver.now).safety
    if why != "the safety questions (C-SSRS) are not answered":
        assert found is not None
        assert found.triage is Triage(option)


def test_questions_are_answered_one_by_one_and_anew() -> None:
    driver = recovering().move(51)
    names = [item.item for item in driver.clinic.discharge.items]
    driver.do(care.AnswerHomeQuestions(by=NORA, answers={names[0]: False}))
    assert driver.session.home_answers == {names[0]: False}
    assert "not so: Stands and walks steadily" in told(driver)
    driver.do(care.AnswerHomeQuestions(by=NORA, answers={names[0]: True, names[1]: True}))
    assert driver.session.home_answers == dict.fromkeys(names, True)


def test_only_what_the_clinic_asks_is_answered_and_only_in_recovery() -> None:
    driver = recovering()
    assert (
        "is not asked"
        in driver.refuse(care.AnswerHomeQuestions(by=NORA, answers={"shoe_size": True})).reason
    )
    assert (
        "nothing is answered" in driver.refuse(care.AnswerHomeQuestions(by=NORA, answers={})).reason
    )
    assert (
        "administrator may not"
        in driver.refuse(care.AnswerHomeQuestions(by=ADA, answers={"steady": True})).reason
    )
    assert (
        "infusing"
        in infusing().refuse(care.AnswerHomeQuestions(by=NORA, answers={"steady": True})).reason
    )


def test_without_anything_known_everything_is_told() -> None:
    driver = recovering()
    found = readiness_of(driver.session, Measured(), driver.now, driver.clinic)
    assert [unmet.criterion.value for unmet in found.unmet] == [
        "stay", "pressure", "saturation", "sedation", "checklist", "checklist", "safety",
    ]  # fmt: skip
    nobody = readiness_of(driver.session, Measured(), driver.now, driver.clinic, escort="")
    assert nobody.reasons[-1] == "no escort is named"
