"""How long the schedules of a ward take to be worked out, and what the checks ask of a nurse."""

import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from infusion.observations.rules import ObservationSet
from infusion.schedule import schedule_of
from tests.benchmarks.figures import Spread
from tests.fixtures.check_burden import Burden, hourly_burden, taps_of
from tests.fixtures.checks import observation_rules, schedule_rules
from tests.fixtures.clinic_site import clinic_site
from tests.fixtures.observing import FULL, Bedside
from tests.fixtures.session import infusing
from vocabulary.ids import SessionId

SESSIONS = 24
CHAIRS = 8


class Taps(NamedTuple):
    """A form, and how often a nurse taps on it when all is well."""

    form: ObservationSet
    taps: int


def bedside_at(minute: int) -> Bedside:
    """A session `minute` minutes after its first drug, every check done in time."""
    found = Bedside()
    for done in range(10, min(minute, 60) + 1, 10):
        found.move_to(done)
        found.save(*FULL, set="full") if done % 20 == 0 else found.save()
    found.cuffs(*range(1, minute, 5))
    if minute > 60:
        found.move_to(60).driver.ended()
        for done in range(65, minute, 5):
            found.move_to(done).save()
    return found.move_to(minute)


def measure_schedules(rounds: int) -> Spread:
    """CPU time of the schedules of 24 sessions at 24 moments of the two hours, from nothing.

    Every check was done in time.
    """
    ward = [bedside_at(5 * number + 3) for number in range(SESSIONS)]
    seconds = []
    for _ in range(rounds):
        began_s = time.process_time()
        for bedside in ward:
            driver = bedside.driver
            schedule_of(driver.session, bedside.evidence, driver.now, driver.clinic)
        seconds.append(time.process_time() - began_s)
    return Spread(seconds)


def measure_opening(times: int) -> Spread:
    """From asking for a form of observations to its last byte, with 24 sessions in the record."""
    with tempfile.TemporaryDirectory() as folder, clinic_site(Path(folder)) as site:
        events = infusing().events
        names = [SessionId(f"s{number}") for number in range(SESSIONS)]
        for name in names:
            site.take(name, [_of_session(event, name) for event in events])
        seconds = []
        for number in range(times + SESSIONS):
            path = f"/session/{names[number % SESSIONS]}/do/observe"
            began_s = time.perf_counter()
            assert site.get(path).status == 200
            seconds.append(time.perf_counter() - began_s)
        return Spread(seconds[SESSIONS:])


def _of_session(event: Any, name: SessionId) -> Any:
    return msgspec.structs.replace(event, session=name)


def count_taps() -> list[Taps]:
    """For each form of the shipped configuration."""
    rules = observation_rules()
    return [Taps(form, taps_of(form, rules)) for form in rules.sets]


def count_burden() -> dict[str, Burden]:
    """An hour of eight chairs, by profile."""
    return {
        plan.label: hourly_burden(plan, observation_rules(), 3600, CHAIRS)
        for plan in schedule_rules().profiles
    }
