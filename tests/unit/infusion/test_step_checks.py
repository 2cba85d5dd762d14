"""The checks before a step up: complete only if all were done, and normal only if all said so."""

import msgspec
import pytest

from infusion.observations.values import Level, Value
from infusion.step_checks import StepChecks, step_checks
from tests.fixtures.observing import AWAKE, CLEAR, DROWSY, Bedside, cuff, judged

WANTED = ("bp", "sedation", "dissociation")
CALM = judged("dissociation", Level(level=3))


def checks(bedside: Bedside, at: float, **cuff_fields: float) -> StepChecks:
    return step_checks(
        bedside.driver.session.observed,
        [cuff(bedside.at(16), **cuff_fields)],
        bedside.at(at),
        bedside.driver.clinic.observations,
        WANTED,
        300,
    )


def test_checks_are_complete_when_the_oldest_of_them_was_done() -> None:
    bedside = Bedside().move_to(15).save(AWAKE, CLEAR).move_to(18).save(AWAKE, CLEAR, CALM)
    found = checks(bedside, 19)
    assert found.complete_at == bedside.at(16)
    assert found.amiss == ()


def test_without_one_of_them_they_are_not_complete() -> None:
    bedside = Bedside().move_to(15).save(AWAKE, CLEAR)
    assert checks(bedside, 19).complete_at is None


@pytest.mark.parametrize(
    ("sedation", "dissociation", "sys", "amiss"),
    [
        (DROWSY, CALM, 122, ("Sedation (MOAA/S) 3",)),
        (AWAKE, judged("dissociation", Level(level=8)), 122, ("Dissociation 8",)),
        (AWAKE, CALM, 171, ("BP 171/78",)),
    ],
)
def test_what_is_not_normal_is_named_with_what_it_said(
    sedation: Value, dissociation: Value, sys: float, amiss: tuple[str, ...]
) -> None:
    bedside = Bedside().move_to(15).save(sedation, CLEAR, dissociation)
    assert checks(bedside, 19, sys=sys).amiss == amiss


def test_only_the_newest_counts_and_only_while_it_is_fresh() -> None:
    bedside = Bedside().move_to(14).save(DROWSY, CLEAR, CALM).move_to(17).save(AWAKE, CLEAR)
    assert checks(bedside, 19).amiss == ()
    old = Bedside().move_to(10).save(DROWSY, CLEAR, CALM)
    assert checks(old, 19).amiss == ()
    assert msgspec.structs.asdict(checks(old, 19))["complete_at"] == old.at(10)
