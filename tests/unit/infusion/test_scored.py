"""The scores of a session follow from what was observed, each with its reason."""

from datetime import timedelta
from decimal import Decimal

from infusion.answers import Choice, Number, YesNo
from infusion.interventions.events import OxygenChanged
from infusion.observations.events import Basis, ObservationsRecorded, ObservedItem
from infusion.observations.values import Level, Pressure, Value
from infusion.scored import scores_of
from infusion.scores.score import Score
from tests.fixtures.session import NORA, SESSION, Driver, infusing
from vocabulary.ids import ObservationId

MINUTE = timedelta(minutes=1)


def observed(driver: Driver, minutes_ago: float, **values: Value) -> Driver:
    number = sum(isinstance(event, ObservationsRecorded) for event in driver.events)
    return driver.take(
        ObservationsRecorded(
            session=SESSION, at=driver.now - minutes_ago * MINUTE, by=NORA,
            observation=ObservationId(f"o{number}"), set="whole",
            observed=tuple(
                ObservedItem(item=item, value=value, basis=Basis.JUDGED)
                for item, value in values.items()
            ),
        )
    )  # fmt: skip


def number(value: float, unit: str = "/min") -> Number:
    return Number(value=Decimal(str(value)), unit=unit)


def scores(driver: Driver) -> list[Score]:
    return list(scores_of(driver.session, driver.clinic))


WELL = {
    "rr": number(14), "spo2": number(97, "%"), "hr": number(72), "temp": number(36.8, "Cel"),
    "bp": Pressure(sys=128, dia=80),
}  # fmt: skip


def test_each_scale_that_was_observed_is_a_score() -> None:
    driver = observed(
        infusing(), 5, sedation=Level(level=4), dissociation=Level(level=6), nausea=Level(level=1),
        pain=Level(level=7), airway=Choice(option="clear"),
    )  # fmt: skip
    assert [(score.scale, score.total) for score in scores(driver)] == [
        ("MOAA/S", 4), ("Dissociation", 6), ("Nausea", 1), ("Pain", 7),
    ]  # fmt: skip


def test_news2_is_worked_out_where_consciousness_was_observed() -> None:
    driver = observed(infusing(), 5, **WELL)
    assert scores(driver) == []
    observed(driver, 2, consciousness=Choice(option="alert"))
    (score,) = scores(driver)
    assert (score.text, score.at) == ("NEWS2 0", driver.now - 2 * MINUTE)


def test_confusion_counts_in_news2_and_what_was_expected_is_said_beside() -> None:
    driver = observed(infusing(), 5, **WELL)
    observed(driver, 2, consciousness=Choice(option="new confusion"), expected=YesNo(is_yes=True))
    (score,) = scores(driver)
    assert (score.total, score.notes) == (3, ("dissociation is expected",))


def test_news2_without_an_input_or_with_an_old_one_says_which() -> None:
    driver = observed(infusing(), 30, **WELL)
    observed(driver, 10, rr=number(14), bp=Pressure(sys=128, dia=80))
    observed(driver, 0, consciousness=Choice(option="alert"), spo2=number(97, "%"))
    (score,) = scores(driver)
    assert score.total is None
    assert score.text == (
        "NEWS2 cannot be computed: HR 30 min old, over 15, Temp 30 min old, over 15"
    )


def test_oxygen_counts_while_it_flows() -> None:
    driver = infusing()
    driver.take(OxygenChanged(session=SESSION, at=driver.now - 9 * MINUTE, by=NORA, flow_l_min=2))
    observed(driver, 5, consciousness=Choice(option="alert"), **WELL)
    driver.take(OxygenChanged(session=SESSION, at=driver.now - 3 * MINUTE, by=NORA, flow_l_min=0))
    observed(driver, 1, consciousness=Choice(option="alert"))
    assert [score.total for score in scores(driver)] == [2, 0]
