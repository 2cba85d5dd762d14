"""Two people take what only one can have, at the same instant: one has it, the other is told why.

Both have looked and found it free before either writes.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infusion.patient_events import PatientRegistered
from infusion.session_events import PreparationBegun
from record.act import Act, Part
from record.store import Record
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.dashboard import Answer
from tests.fixtures.measured import DEMO, know_devices
from tests.fixtures.session import ANNA, Driver, plan
from vocabulary.ids import BedId, DeviceId, SessionId

FIRST, SECOND = SessionId("s1"), SessionId("s2")


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    with clinic_site(tmp_path, database_url=database_url) as running:
        yield running


@pytest.fixture
def both_have_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two who are about to write wait for each other."""
    meeting, places = threading.Barrier(2, timeout=60), iter(range(2))
    write = Record.act_on_several

    def meet(record: Record, parts: list[Part], act: Act) -> list[int]:
        if next(places, None) is not None:
            meeting.wait()
        return write(record, parts, act)

    monkeypatch.setattr(Record, "act_on_several", meet)


def at_once(*deeds: Callable[[], Answer]) -> list[Answer]:
    """What each is answered, done at the same time."""
    answers: list[Answer | None] = [None] * len(deeds)

    def run(number: int) -> None:
        answers[number] = deeds[number]()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert None not in answers
    return [answer for answer in answers if answer is not None]


def planned(site: Site) -> None:
    site.know(ANNA)
    for session in (FIRST, SECOND):
        driver = Driver(datetime.now(UTC))
        driver.clinic = site.clinic
        driver.do(plan(ward=DEMO, planned_for=driver.now, session=session))
        site.take(session, driver.events)


def refused_of(answers: list[Answer]) -> Answer:
    assert sorted(answer.status for answer in answers) == [303, 422]
    return next(answer for answer in answers if answer.status == 422)


def happened(site: Site, kind: type[Any]) -> list[Any]:
    far = datetime(2100, 1, 1, tzinfo=UTC)
    found = site.record.chains.across([kind], datetime(2000, 1, 1, tzinfo=UTC), far)
    return [item.event for item in found]


@pytest.mark.usefixtures("both_have_looked")
def test_one_chair_is_taken_by_one_of_two_nurses(site: Site) -> None:
    planned(site)
    answers = at_once(
        lambda: site.send(f"/session/{FIRST}/do/begin", "nora", bed="1"),
        lambda: site.send(f"/session/{SECOND}/do/begin", "olga", bed="1"),
    )
    refused = refused_of(answers)
    assert "another patient&#39;s" in refused.text
    assert "choose another chair" in refused.text
    [begun] = happened(site, PreparationBegun)
    assert begun.bed == BedId("1")


@pytest.mark.usefixtures("both_have_looked")
def test_two_chairs_are_taken_by_both(site: Site) -> None:
    planned(site)
    answers = at_once(
        lambda: site.send(f"/session/{FIRST}/do/begin", "nora", bed="1"),
        lambda: site.send(f"/session/{SECOND}/do/begin", "olga", bed="2"),
    )
    assert [answer.status for answer in answers] == [303, 303]
    assert {event.bed for event in happened(site, PreparationBegun)} == {BedId("1"), BedId("2")}


def test_one_pump_is_associated_by_one_of_two_nurses(
    site: Site, request: pytest.FixtureRequest
) -> None:
    planned(site)
    know_devices(site.record, "pump-9")
    for session, bed in ((FIRST, "1"), (SECOND, "2")):
        assert site.send(f"/session/{session}/do/begin", bed=bed).status == 303
    request.getfixturevalue("both_have_looked")
    answers = at_once(
        lambda: site.send(f"/session/{FIRST}/do/associate", "nora", device="pump-9"),
        lambda: site.send(f"/session/{SECOND}/do/associate", "olga", device="pump-9"),
    )
    assert "pump-9 belongs to another session" in refused_of(answers).text
    holders = [
        session
        for session in (FIRST, SECOND)
        if any(a.device == DeviceId("pump-9") for a in site.session(session).associations)
    ]
    assert len(holders) == 1


@pytest.mark.usefixtures("both_have_looked")
def test_one_clinic_number_is_one_patients(site: Site) -> None:
    def register(as_: str, family: str) -> Answer:
        return site.send(
            "/patients/new", as_, number="K-77", family=family, given="Eva", born="1980-02-03"
        )

    answers = at_once(lambda: register("nora", "Adam"), lambda: register("olga", "Berg"))
    refused = refused_of(answers)
    [registered] = happened(site, PatientRegistered)
    assert f"number K-77 is {registered.identity.name}&#39;s" in refused.text
    assert "go on with that patient" in refused.text
