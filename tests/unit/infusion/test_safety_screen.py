"""The answers to the safety questions make the triage; high keeps the patient here."""

import pytest

from infusion.answers import Choice, YesNo
from infusion.observations.commands import AmendObservation
from infusion.readiness import Criterion, readiness
from infusion.recovery import Measured, recovery_of
from infusion.scores.cssrs import Triage
from tests.fixtures.observing import form, judged, left_out
from tests.fixtures.session import NORA, Driver, recovering

ALL = ("1", "2", "3", "4", "5", "6_ever", "6_recent")


def answered(driver: Driver, **answers: str) -> Driver:
    """A form of the questions; a letter each: `y`, `n`."""
    said = [judged(f"cssrs_{n.lstrip('q')}", YesNo(is_yes=a == "y")) for n, a in answers.items()]
    return driver.do(form(*said, driver=driver, set="safety"))


def triage(driver: Driver) -> str:
    entry = driver.session.observed.latest("safety")
    assert entry is not None
    assert isinstance(entry.value, Choice)
    return entry.value.option


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"q1": "n", "q2": "n", "q6_ever": "n"}, "none"),
        ({"q1": "y", "q2": "n", "q6_ever": "n"}, "low"),
        ({"q1": "y", "q2": "y", "q3": "y", "q4": "n", "q5": "n", "q6_ever": "n"}, "moderate"),
        ({"q1": "n", "q2": "n", "q6_ever": "y", "q6_recent": "n"}, "moderate"),
        ({"q1": "n", "q2": "n", "q6_ever": "y", "q6_recent": "y"}, "high"),
        ({"q1": "y", "q2": "y", "q3": "n", "q4": "y", "q5": "n", "q6_ever": "n"}, "high"),
    ],
)
def test_the_triage_follows_from_the_answers(answers: dict[str, str], expected: str) -> None:
    assert triage(answered(recovering(), **answers)) == expected


def test_what_follows_a_no_is_not_asked_and_what_follows_a_yes_is() -> None:
    driver = recovering()
    short = [judged(f"cssrs_{n}", YesNo(is_yes=False)) for n in ("1", "2", "6_ever")]
    driver.do(form(*short, driver=driver, set="safety"))
    yes = [judged(f"cssrs_{n}", YesNo(is_yes=True)) for n in ("1", "2", "6_ever")]
    refused = driver.refuse(form(*yes, driver=driver, set="safety"))
    assert refused.reason == (
        "open: C-SSRS question 3, C-SSRS question 4, C-SSRS question 5, "
        "C-SSRS question 6, last 3 months"
    )


def test_answers_that_lack_give_no_screen() -> None:
    driver = recovering()
    one = judged("cssrs_1", YesNo(is_yes=True))
    absent = tuple(left_out(f"cssrs_{n}", "refused") for n in ALL[1:])
    driver.do(form(one, driver=driver, set="safety", not_observed=absent))
    assert driver.session.observed.latest("safety") is None


def test_a_high_one_keeps_the_patient_here() -> None:
    driver = answered(recovering(), q1="n", q2="n", q6_ever="y", q6_recent="y")
    recovery = recovery_of(driver.session, Measured(), driver.now)
    assert recovery.safety is not None
    assert recovery.safety.triage is Triage.HIGH
    found = readiness(recovery, driver.now, driver.clinic.discharge, 3600)
    assert Criterion.SAFETY in {unmet.criterion for unmet in found.unmet}


def test_an_amended_answer_amends_the_triage() -> None:
    driver = answered(recovering(), q1="n", q2="n", q6_ever="y", q6_recent="y")
    name = driver.session.observations[-1].observation
    no = judged("cssrs_6_recent", YesNo(is_yes=False))
    driver.move(1).do(
        AmendObservation(by=NORA, observation=name, observed=(no,), reason="typed wrong")
    )
    assert triage(driver) == "moderate"
    driver.move(1).do(
        AmendObservation(by=NORA, observation=name, withdrawn=("cssrs_1",), reason="not asked")
    )
    assert driver.session.observed.latest("safety") is None
