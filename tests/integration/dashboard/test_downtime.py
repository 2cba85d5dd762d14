"""The downtime pack: sheets that paper can take over from when everything else is dead."""

import asyncio
import errno
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.downtime import keeper as keeping
from dashboard.downtime.folder import COVER
from dashboard.downtime.keeper import TROUBLE, DowntimeKeeper
from dashboard.downtime.sheet import Heard
from dashboard.shown import display_of
from infusion.session_events import LeftBeforeReady
from tests.fixtures.clinic_site import CONFIG_DIR, Site, clinic_site
from tests.fixtures.dashboard import eventually
from tests.fixtures.measured import DEMO
from tests.fixtures.running_hour import record_hour
from tests.fixtures.session import ANNA, NORA
from vocabulary.alarms import AlarmPriority, SignalState
from vocabulary.ids import BedId, BootId, SessionId, WorkerId
from vocabulary.states import SessionState
from wire.bed_state import AlarmView, BedState, SessionView

ZONE = ZoneInfo(display_of(CONFIG_DIR).time_zone)
NAME = "sheet-demo-1-s1.html"
S1 = SessionId("s1")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BREATH_S", 0.0)
    monkeypatch.setattr(keeping, "FIRST_AFTER_S", 0.0)
    monkeypatch.setattr(keeping, "LOOK_EVERY_S", 0.02)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path) as running:
        record_hour(running)
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "paper"
    found.mkdir()
    return found


def heard_now(session: SessionId = S1) -> Heard:
    now = datetime.now(UTC)
    alarm = AlarmView(
        id="demo.1.1", priority=AlarmPriority.HIGH, text="SpO2 86 < 90",
        since=now - timedelta(minutes=2), signal_state=SignalState.ACTIVE,
    )  # fmt: skip
    state = BedState(
        ward=DEMO, bed=BedId("1"), published_at=now, worker=WorkerId("ingest-1"),
        ingest_boot=BootId("b1"), signals={}, alarms=(alarm,),
        session=SessionView(state=SessionState.INFUSING, id=session),
    )  # fmt: skip
    return Heard(state=state, at=now)


def keeper(site: Site, folder: Path, every_s: float = 180) -> DowntimeKeeper:
    return DowntimeKeeper(site.server.server.services, folder, every_s)


def clock(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%H:%M}"


def told(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<body>")[2]))


def test_a_sheet_says_all_that_paper_needs_and_when_it_was_made(site: Site, folder: Path) -> None:
    heard = heard_now()
    before = datetime.now(UTC)
    outcome = keeper(site, folder).write({(DEMO, BedId("1")): heard})
    assert (outcome.sheets, outcome.fault) == (1, "")
    page = (folder / NAME).read_text()
    words = told(page)
    made = re.search(r'class="made"><strong>(\d\d:\d\d:\d\d)</strong>', page)
    assert made is not None
    shown = {f"{(before + timedelta(seconds=s)).astimezone(ZONE):%H:%M:%S}" for s in range(300)}
    assert made.group(1) in shown
    assert "NOT LIVE" in words
    assert ANNA.name in words
    assert f"{ANNA.date_of_birth:%d %B %Y}" in words
    assert ANNA.identifier in words
    assert "ketamine 1 mg/mL, by Paul" in words
    assert "0.5 mg/kg/h = 35.0 mL/h" in words
    given = re.search(r"given ([\d.]+) of 35.0 mg", words)
    assert given is not None
    assert float(given.group(1)) == pytest.approx(11.67 + 10.5 + 7.0, abs=0.3)
    ends = re.search(r"ends about (\d\d:\d\d) if", words)
    assert ends is not None
    left = timedelta(minutes=(35 - float(given.group(1))) / 28 * 60)
    assert ends.group(1) in {clock(before + left + timedelta(minutes=m)) for m in range(-1, 6)}
    assert "!!! SpO2 86 &lt; 90, since" in page
    assert page.count("<tr>") >= 12
    row = r"<tr><td>(\d\d:\d\d)</td>"
    numbers = "<td>72</td><td>97</td><td>14</td><td>38</td>"
    lines = re.findall(rf"{row}{numbers}<td>(\d+/\d+), (\d\d:\d\d)</td>", page)
    assert len({at for at, _, _ in lines}) == len({cuff for _, _, cuff in lines}) >= 10
    assert re.search(r"highest BP so far \d+/\d+, \d\d:\d\d", words)
    assert "OVERDUE" in words
    assert "Sedation (MOAA/S)" in words
    assert "From paper, because" in words


def test_a_sheet_needs_nothing_from_elsewhere(site: Site, folder: Path) -> None:
    keeper(site, folder).write({})
    for file in (NAME, COVER):
        page = (folder / file).read_text()
        assert not re.search(r"<script|<link|<img|url\(|@import|https?://", page)
    assert f'href="{NAME}"' in (folder / COVER).read_text()
    assert "this bed was not heard" in (folder / NAME).read_text()


def test_the_alarms_of_somebody_else_are_not_on_the_sheet(site: Site, folder: Path) -> None:
    keeper(site, folder).write({(DEMO, BedId("1")): heard_now(SessionId("another"))})
    assert "SpO2 86" not in (folder / NAME).read_text()


def test_the_sheet_of_a_patient_who_left_is_removed_and_nothing_else(
    site: Site, folder: Path
) -> None:
    (folder / "notes.html").write_text("of somebody")
    (folder / f"{NAME}.part").write_text("half")
    keeper(site, folder).write({})
    assert sorted(f.name for f in folder.iterdir()) == [COVER, "notes.html", NAME]
    left = LeftBeforeReady(
        session=S1, at=datetime.now(UTC), by=NORA, reason="own wish", is_iv_removed=True,
        escort="", prescriber_told="Paul", call_back="",
    )  # fmt: skip
    site.take(S1, [left])
    keeper(site, folder).write({})
    assert sorted(f.name for f in folder.iterdir()) == [COVER, "notes.html"]
    assert "Nobody was in a chair" in (folder / COVER).read_text()


def test_a_full_disk_leaves_the_last_sheet_as_it_was(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping_it = keeper(site, folder)
    keeping_it.write({})
    before = (folder / NAME).read_text()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        keeping_it.write({})
    assert (folder / NAME).read_text() == before
    assert sorted(f.name for f in folder.iterdir()) == [COVER, NAME]


def test_a_missing_folder_is_told_on_every_screen_until_it_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "second"
    with clinic_site(tmp_path, downtime_dir=folder, downtime_every_s=10) as site:
        record_hour(site)

        def own() -> list[dict[str, Any]]:
            with site.server.open_screen(site.cookie("nora"), ward=DEMO) as screen:
                return list(json.loads(screen.recv(timeout=60))["own"])

        [alarm] = eventually(own, "no screen says so")
        assert alarm["priority"] == "low"
        assert alarm["text"] == "downtime sheets are not written: No such file or directory"
        assert re.search(
            r"^hourglass_downtime_failures_total [1-9]", site.get("/metrics").text, re.MULTILINE
        )
        folder.mkdir()
        eventually(lambda: (folder / NAME).exists() and own() == [], "the alarm stays")
        assert "hourglass_downtime_sheets 1.0" in site.get("/metrics").text


async def _keep(kept: DowntimeKeeper, until: Any) -> None:
    """Run a keeper until something is so."""
    running = asyncio.create_task(kept.run())
    deadline_s = time.monotonic() + 90
    while not until():
        assert time.monotonic() < deadline_s, "it does not come true"
        assert not running.done()
        await asyncio.sleep(0.02)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def test_a_disk_that_hangs_holds_up_nothing_but_the_sheets_and_is_told(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, go_on = Event(), Event()
    services = site.server.server.services

    def hang(_: int) -> None:
        stuck.set()
        assert go_on.wait(120)

    def alarms() -> list[str]:
        return [alarm.text for alarm in services.own_alarms.standing if alarm.id == TROUBLE]

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", hang)
        kept = keeper(site, folder, every_s=0.5)
        asyncio.run(_keep(kept, lambda: stuck.is_set() and alarms()))
        assert alarms() == ["downtime sheets are not written: the folder does not answer"]
        assert site.get("/worklist").status == 200
        go_on.set()
    asyncio.run(_keep(kept, lambda: not alarms()))
    assert (folder / NAME).exists()


def test_while_the_record_is_gone_the_last_sheets_stay_and_the_link_alone_is_told(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from record.faults import RecordUnavailable

    kept = keeper(site, folder)
    kept.write({})
    before = (folder / NAME).read_text()

    def gone() -> Any:
        raise RecordUnavailable("the disk is gone")

    monkeypatch.setattr(site.server.server.services.shelf, "open", gone)
    kept._round({})
    assert (folder / NAME).read_text() == before
    kept._tell(datetime.now(UTC))
    assert [a for a in site.server.server.services.own_alarms.standing if a.id == TROUBLE] == []
