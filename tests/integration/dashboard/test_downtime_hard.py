"""The downtime pack as it fails for real: every process killed, a disk that is full."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboard.downtime import keeper as keeping
from dashboard.downtime.folder import COVER
from dashboard.shown import display_of
from tests.fixtures.clinic_site import CONFIG_DIR, clinic_site
from tests.fixtures.dashboard import eventually
from tests.fixtures.house import MOSQUITTO, House
from tests.fixtures.measured import DEMO
from tests.fixtures.processes import ROOT, wait_for
from tests.fixtures.running_hour import record_hour
from tests.fixtures.session import ANNA

ZONE = ZoneInfo(display_of(CONFIG_DIR).time_zone)
NAME = "sheet-demo-1-s1.html"
KILLS = 12
_WRITES_AGAIN_AND_AGAIN = """
import sys
from itertools import count
from pathlib import Path
from dashboard.downtime.folder import PackFolder

folder = PackFolder(Path(sys.argv[1]))
for number in count():
    folder.write("sheet-demo-1-s1.html", f"{number}\\n" * 4000 + "whole")
"""


def clock(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%H:%M}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Broker, ingest, devices and dashboard as they run in a clinic, with a folder for sheets."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    (tmp_path / "paper").mkdir()
    built = House(
        tmp_path, beds=2, ward=DEMO,
        HOURGLASS_DOWNTIME_DIR=str(tmp_path / "paper"), HOURGLASS_DOWNTIME_EVERY_S="10",
    )  # fmt: skip
    yield built
    built.close()


@pytest.mark.broker
def test_kill_9_of_everything_leaves_the_last_sheets_which_say_their_time(house: House) -> None:
    house.migrate()
    with clinic_site(house.folder, database_url=house.database_url) as site:
        record_hour(site)
    house.start()
    house.start_simulator()
    folder = house.folder / "paper"
    wait_for("the first sheets", (folder / COVER).exists)
    first = (folder / NAME).read_text()
    wait_for("newer sheets", lambda: (folder / NAME).read_text() != first)
    house.kill_broker()
    for room in (house.dashboard, house.ingest, house.simulator):
        house.kill(room)
        assert room.pid is None
    left = (folder / NAME).read_text()
    assert left.endswith("</html>")
    assert ANNA.name in left
    assert f'href="{NAME}"' in (folder / COVER).read_text()
    made = re.search(r'class="made"><strong>(\d\d:\d\d):\d\d</strong>', left)
    assert made is not None
    now = datetime.now(UTC)
    assert made.group(1) in {clock(now - timedelta(minutes=minutes)) for minutes in range(10)}


def test_a_writer_killed_at_any_moment_leaves_a_sheet_that_is_whole(tmp_path: Path) -> None:
    sheet = tmp_path / NAME
    for kill in range(KILLS):
        before = sheet.read_text() if kill else ""
        with subprocess.Popen(
            [sys.executable, "-c", _WRITES_AGAIN_AND_AGAIN, str(tmp_path)], cwd=ROOT
        ) as writer:
            try:
                wait_for("a newer sheet", lambda: sheet.exists() and sheet.read_text() != before)  # noqa: B023 - asked within the loop
            finally:
                writer.kill()
        lines = sheet.read_text().splitlines()
        assert (len(lines), lines[-1]) == (4001, "whole")
        assert len(set(lines[:-1])) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 96 KiB, which only root may mount."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(place)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode != 0:
        pytest.skip("no disk can be mounted here: it takes root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Write until not one byte more finds room; again, where somebody gave up what they had."""
    filler = disk / "holiday.mp4"
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(b"0" * 4096):
            pass
    return filler


def test_a_disk_that_is_really_full_is_told_on_every_screen_until_there_is_room(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "FIRST_AFTER_S", 0.0)
    monkeypatch.setattr(keeping, "BREATH_S", 0.0)
    sheet = small_disk / NAME
    with clinic_site(tmp_path, downtime_dir=small_disk, downtime_every_s=10) as site:
        record_hour(site)

        def told() -> list[str]:
            """What every screen is told."""
            with site.server.open_screen(site.cookie("nora"), ward=DEMO) as screen:
                return [alarm["text"] for alarm in json.loads(screen.recv(timeout=60))["own"]]

        eventually(sheet.exists, "there is no sheet")
        eventually((small_disk / COVER).exists, "there is no cover")
        filler = fill(small_disk)
        [text] = eventually(lambda: fill(small_disk) and told(), "no screen says so")
        assert re.fullmatch(
            r"downtime sheets are not written: No space left on device, "
            r"the last are \d min old",
            text,
        )
        last = sheet.read_text()
        assert last.endswith("</html>")
        eventually(
            lambda: sorted(f.name for f in small_disk.iterdir()) == [filler.name, COVER, NAME],
            "half a sheet stays",
        )
        filler.unlink()
        eventually(lambda: told() == [], "it is told although there is room")
        assert sheet.read_text() != last
