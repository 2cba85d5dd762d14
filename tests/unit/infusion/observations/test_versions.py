"""What was put right of an observation stands beside what it said before."""

from datetime import timedelta

from infusion.observations.commands import AmendObservation
from infusion.observations.values import Level
from infusion.observations.versions import FormVersions, versions_of
from infusion.report.people import observation_lines
from tests.fixtures.observing import AWAKE, CLEAR, DROWSY, RR, Bedside
from tests.fixtures.session import OLGA


def amended_bedside() -> Bedside:
    bedside = Bedside().move_to(10).save(AWAKE, CLEAR, RR)
    [form] = bedside.driver.session.observations
    bedside.move_to(14).driver.do(
        AmendObservation(
            by=OLGA, observation=form.observation, observed=(DROWSY,), reason="typed wrong"
        )
    )
    bedside.move_to(16).driver.do(
        AmendObservation(
            by=OLGA,
            observation=form.observation,
            withdrawn=("rr",),
            reason="counted at another chair",
            seen_at=bedside.at(8),
        )
    )
    return bedside


def versions(bedside: Bedside) -> FormVersions:
    session = bedside.driver.session
    return versions_of(session.observations[0], session.amendments)


def test_each_version_of_an_item_says_who_when_and_why() -> None:
    bedside = amended_bedside()
    found = versions(bedside)
    sedation = found.of("sedation")
    assert sedation is not None
    assert [v.said and v.said.value for v in sedation.versions] == [Level(level=5), Level(level=3)]
    assert (sedation.now.by, sedation.now.reason) == (OLGA, "typed wrong")
    assert sedation.now.at == bedside.at(14)
    assert found.is_amended


def test_what_was_taken_back_stays_as_it_was_said() -> None:
    rr = versions(amended_bedside()).of("rr")
    assert rr is not None
    assert rr.now.said is None
    assert [v.said for v in rr.earlier] == [RR]


def test_a_time_that_was_put_right_keeps_the_one_before() -> None:
    bedside = amended_bedside()
    found = versions(bedside)
    assert [t.seen_at for t in found.times] == [bedside.at(10), bedside.at(8)]
    assert found.seen_at == bedside.at(8)


def test_what_was_never_amended_has_one_version() -> None:
    bedside = Bedside().move_to(10).save(AWAKE, CLEAR, RR)
    found = versions(bedside)
    assert not found.is_amended
    assert all(not item.earlier for item in found.items)


def test_the_report_names_what_stood_there_before() -> None:
    bedside = amended_bedside()
    driver = bedside.driver
    lines = observation_lines(driver.session, bedside.schedule, driver.clinic.observations)
    [line] = [line for line in lines if line.amended]
    told = [(a.label, a.was.partition(" ")[0], a.becomes.partition(" ")[0]) for a in line.amended]
    assert told[0][1:] == ("5", "3")
    assert ("14", "not") in [each[1:] for each in told]
    assert line.amended[-1].was_seen_at == line.amended[-1].seen_at + timedelta(minutes=2)  # type: ignore[operator]
