"""Few alarms in ordinary hours, and real recordings: whatever alarms has its reason in them."""

import pytest

from config.clinic import read_clinic
from infusion.alarms.events import AlarmRaised
from infusion.alarms.state import AlarmBook
from simulator.score.report import MEDIAN_PER_H, P95_PER_H
from tests.benchmarks.burden import PROJECT, Burden, endings_line, measure_burden
from tests.benchmarks.recordings import Found, Source, alarms_of, books, sources, tally
from tests.conftest import SHARED_DATA
from vocabulary.alarms import AlarmCode, AlarmKind

pytestmark = [pytest.mark.timeout(2600), pytest.mark.xdist_group("score")]

PATIENTS = 6
ASKED_OF = ("as it is", "without delay", "the bare limits")
MIMIC = "MIMIC s00001"


@pytest.fixture(scope="module")
def burdens() -> dict[str, Burden]:
    return measure_burden(PATIENTS, seed=1, variants=ASKED_OF)


def test_ordinary_hours_keep_what_is_promised(burdens: dict[str, Burden]) -> None:
    found = burdens["as it is"]
    assert len(found.per_h) == PATIENTS
    assert found.median <= MEDIAN_PER_H
    assert found.p95 <= P95_PER_H


def test_delays_keep_most_of_the_bare_limits_alarms_away(burdens: dict[str, Burden]) -> None:
    heard = {name: sum(found.by_alarm.values()) for name, found in burdens.items()}
    assert heard["without delay"] >= 2 * heard["as it is"]
    assert heard["the bare limits"] >= 2 * heard["as it is"]


def test_a_normal_end_raises_one_notice(burdens: dict[str, Burden]) -> None:
    assert endings_line(burdens["as it is"]) == (
        f"The end of the infusion was announced once to {PATIENTS} of {PATIENTS} patients' nurses; "
        "other alarms of drug and pump: 0."
    )


@pytest.fixture(scope="module")
def book() -> AlarmBook:
    return AlarmBook(read_clinic(PROJECT / "config"))


@pytest.fixture(scope="module")
def recordings() -> list[Source]:
    if not SHARED_DATA.is_dir():
        pytest.skip("the recordings in ../shared/data are absent")
    return sources(SHARED_DATA)


@pytest.fixture(scope="module")
def found(recordings: list[Source], book: AlarmBook) -> dict[str, list[Found]]:
    return {source.name: alarms_of(source, book) for source in recordings}


def test_every_alarm_of_a_real_recording_is_explained_by_it(found: dict[str, list[Found]]) -> None:
    assert sum(len(alarms) for alarms in found.values()) > 1000
    assert [
        f"{name} at {alarm.at_s:.0f} s: {alarm.event.text}"
        for name, alarms in found.items()
        for alarm in alarms
        if not alarm.why
    ] == []


def test_an_alarm_of_a_real_recording_held_for_its_delay(
    found: dict[str, list[Found]], book: AlarmBook
) -> None:
    delay_s = {str(rule.limit): rule.delay_s for rule in book.rules.limits}
    raised = [alarm.event for alarm in found[MIMIC] if isinstance(alarm.event, AlarmRaised)]
    of_limits = [event for event in raised if event.reasons[0].key in delay_s]
    assert of_limits
    for event in of_limits:
        wanted = max(delay_s[reason.key] for reason in event.reasons)
        assert (event.at - event.since).total_seconds() >= wanted


def test_drop_outs_and_zeros_of_a_real_recording_are_technical_alarms_only(
    found: dict[str, list[Found]],
) -> None:
    alarms = [alarm.event for alarm in found[MIMIC]]
    lost = [event for event in alarms if event.kind is AlarmKind.TECHNICAL]
    assert {event.code for event in lost} == {AlarmCode.SIGNAL_MISSING}
    assert len(lost) > 10
    of_the_patient = [event for event in alarms if event.kind is AlarmKind.PHYSIOLOGICAL]
    assert len(lost) + len(of_the_patient) == len(alarms)
    assert all(reason.value for event in of_the_patient for reason in event.reasons)


def test_hysteresis_makes_real_recordings_quieter(recordings: list[Source]) -> None:
    cuffs = [source for source in recordings if source.name.startswith("eICU")]
    asked_of = ("as it is", "without hysteresis")
    with_it, without = (
        tally(cuffs, book).audible for name, book in books(PROJECT / "config") if name in asked_of
    )
    assert with_it < without
