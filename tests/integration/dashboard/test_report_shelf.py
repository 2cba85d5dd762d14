"""Reports that are kept: the same object while nothing changed, and never an old one."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from dashboard import unsigned
from dashboard.context import asking
from dashboard.report_shelf import Reported
from dashboard.sessions import person
from dashboard.sign_off.page import picture_of
from dashboard.sign_off.scene import sign_off_scene
from dashboard.trends.reading import draw
from dashboard.unsigned import UnsignedCount
from exchange.loading import Shelf
from infusion.events import IngestOutageEnded
from infusion.happenings import session_chain, ward_chain
from infusion.session import Session
from infusion.signature_events import LateDataArrived
from tests.fixtures.clinic import two_beds
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.recorded import put
from tests.fixtures.session import MONITOR, NORA, SESSION, infusing
from tests.fixtures.whole_session import accounted, driver
from vocabulary.ids import BootId, SessionId, WorkerId

NAME = SessionId(SESSION)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A session that is over and accounted for; nobody but the test has its report made."""

    async def never_look(_: UnsignedCount) -> None:
        await asyncio.Event().wait()

    with ExitStack() as sites:
        with monkeypatch.context() as starting:
            starting.setattr(UnsignedCount, "run", never_look)
            running = sites.enter_context(clinic_site(tmp_path, clinic=two_beds()))
        put(running.record, accounted(driver()))
        yield running


def load(site: Site, name: str = SESSION) -> Reported:
    return site.server.server.services.reports.load(SessionId(name), datetime.now(UTC))


def anew(site: Site, name: str = SESSION) -> Any:
    """The report as it is made from nothing."""
    return Shelf(site.record, site.clinic).load(SessionId(name), datetime.now(UTC)).report


def the_session(site: Site) -> Session:
    return load(site).known.session


def add_an_event(site: Site) -> None:
    at = datetime.now(UTC)
    late = LateDataArrived(
        session=NAME, at=at, device=MONITOR, since=at, until=at, rows=1, hash="",
        first_position=1, last_position=1,
    )  # fmt: skip
    site.take(NAME, [late], author="ingest/north")


def add_a_late_sample(site: Site) -> None:
    first = load(site).rows.vitals[1000]
    at = first.observed_at + timedelta(milliseconds=500)
    late = msgspec.structs.replace(
        first, boot=BootId("late"), seq=1, position=site.record.reserve_positions(1), late=True,
        observed_at=at, device_time=at, hr=201.0,
    )  # fmt: skip
    with site.record.write() as transaction:
        transaction.store([late])


def add_a_status(site: Site) -> None:
    """The monitor said who it is before the patient left; it is stored only now."""
    last = load(site).rows.statuses[-1]
    told = msgspec.structs.replace(
        last, position=site.record.reserve_positions(1), firmware="9.9.9"
    )
    with site.record.write() as transaction:
        transaction.store([told])


def add_a_cause(site: Site) -> None:
    session = the_session(site)
    assert session.started_at is not None
    begins = session.started_at + timedelta(minutes=10)
    down = IngestOutageEnded(
        ward=session.plan.ward, at=begins + timedelta(minutes=3), since=begins, cause=1,
        worker=WorkerId("ingest-1"),
    )  # fmt: skip
    with site.record.write() as transaction:
        transaction.append(ward_chain(session.plan.ward), [down], "ingest/north", down.at)


def test_a_report_is_kept_while_nothing_changed(site: Site) -> None:
    assert load(site) is load(site)


@pytest.mark.parametrize("change", [add_an_event, add_a_late_sample, add_a_cause, add_a_status])
def test_whatever_it_was_made_from_changes_it(site: Site, change: Callable[[Site], None]) -> None:
    before = load(site)
    change(site)
    after = load(site)
    assert after is not before
    assert after.export.report == anew(site)
    assert after.content != before.content or change not in (add_a_late_sample, add_a_status)


def test_a_session_that_goes_on_is_made_anew_each_time(site: Site) -> None:
    put(site.record, infusing(), "goes-on")
    assert load(site, "goes-on") is not load(site, "goes-on")


def test_no_more_than_a_few_are_kept(site: Site) -> None:
    first = load(site)
    for number in range(1, 5):
        put(site.record, accounted(driver()), f"more-{number}", days=number)
        load(site, f"more-{number}")
    assert load(site) is not first
    assert load(site).export.report == first.export.report


def test_a_session_that_is_over_has_its_report_before_anybody_asks(site: Site) -> None:
    parts = site.server.server.services
    asked: list[SessionId] = []

    def noting(name: SessionId, now: datetime) -> Reported:
        asked.append(name)
        return parts.reports.load(name, now)

    # not that of the server, which looks when it likes
    noted: Any = SimpleNamespace(load=noting)
    count = UnsignedCount(parts.shelf, noted)
    count.look()
    count.look()
    assert asked == [NAME], "once, not at every look"


@pytest.mark.expects_errors
def test_a_report_that_cannot_be_made_does_not_stop_the_count(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = site.server.server.services

    def failing(name: SessionId, now: datetime) -> Reported:
        raise ValueError(name, now)

    monkeypatch.setattr(parts.reports, "load", failing)
    monkeypatch.setattr(unsigned, "LOOK_EVERY_S", 0.01)
    count = UnsignedCount(parts.shelf, parts.reports)

    async def run_a_while() -> bool:
        task = asyncio.create_task(count.run())
        for _ in range(9000):
            await asyncio.sleep(0.01)
            if '"count":1' in count.text(site.clinic.wards[0].ward):
                break
        await asyncio.sleep(0.1)
        is_running = not task.done()
        task.cancel()
        return is_running

    assert asyncio.run(run_a_while())
    assert '"count":1' in count.text(site.clinic.wards[0].ward)


def test_the_picture_of_what_was_read_is_the_picture_of_the_record(site: Site) -> None:
    parts = site.server.server.services
    account = site.record.accounts.find("nora")
    assert account is not None
    with asking(parts, person(account)):
        scene = sign_off_scene(parts, NORA, NAME)
        assert scene is not None
        drawn = picture_of(scene)
        assert drawn.figure == draw(parts, scene.session, scene.now).figure
        assert picture_of(scene) is drawn
    assert site.record.chains.head(session_chain(NAME)) > 0
