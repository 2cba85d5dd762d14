"""Stories in real time through a whole Hourglass, with a real broker, judged at its screens.

How late an alarm may be is judged leniently here, since other tests run beside it; whether it is
there at all, how urgent, and whether it is told once, is judged strictly.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import yaml

from tests.fixtures.mosquitto import MOSQUITTO

pytestmark = [
    pytest.mark.broker,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed"),
]

PROJECT = Path(__file__).parents[3]
STORIES = ("desaturation_deep", "desaturation_short", "tenfold", "still_running", "duplicates")
LENIENT = ("--allow-s", "15")
WAIT_S = 1200


class Score:
    """`python -m simulator score --live`, while it runs and once it is over."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        folder.mkdir()
        with (folder / "score.log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "simulator", "score", "--live", *arguments,
                    "--keep", str(folder / "kept"), "--json", str(folder / "figures.json"),
                ],
                cwd=PROJECT, stdout=log, stderr=log,
            )  # fmt: skip

    def ended(self, within_s: float = WAIT_S) -> int:
        """Wait for its end; returns the exit code."""
        return self.process.wait(within_s)

    @property
    def said(self) -> str:
        """All that it said."""
        return (self.folder / "score.log").read_text()

    def left_behind(self) -> dict[int, str]:
        """The processes that still live in its data folder, by id, and their commands (Linux)."""
        mark = f"HOURGLASS_DATA_DIR={self.folder / 'kept'}".encode()
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes():
                    found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue  # it has ended meanwhile, or is somebody else's
        return found

    def close(self) -> None:
        """Leave nothing running."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(120)


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Score, Score]]:
    """A house as it is with five stories, and beside it one with a broken rule."""
    folder = tmp_path_factory.mktemp("live")
    config = folder / "config"
    config.mkdir()
    for file in (PROJECT / "config").glob("*.yaml"):
        shutil.copy(file, config)
    rules = yaml.safe_load((config / "alarms.yaml").read_text())
    [deep] = [limit for limit in rules["limits"] if limit["limit"] == "spo2_deep"]
    deep["delay_s"] += 30
    (config / "alarms.yaml").write_text(yaml.safe_dump(rules, sort_keys=False))
    whole = Score(folder / "whole", *STORIES, *LENIENT)
    broken = Score(folder / "broken", "desaturation_deep", *LENIENT, "--config", str(config))
    yield whole, broken
    whole.close()
    broken.close()


def test_screens_are_told_what_the_stories_ask_for_and_nothing_else(
    scores: tuple[Score, Score],
) -> None:
    score, _ = scores
    assert score.ended() == 0, score.said
    for story in STORIES:
        assert f"{story}: as it should be" in score.said
    figures = msgspec.json.decode((score.folder / "figures.json").read_bytes())
    assert figures["broken"] == []
    assert sum(kind["required"] for kind in figures["scores"]) == 3
    ways = [kind["to_screen_max_s"] for kind in figures["scores"] if kind["required"]]
    assert all(0 < way < 15 for way in ways)
    assert score.left_behind() == {}


def test_a_house_that_raises_too_late_is_told_so(scores: tuple[Score, Score]) -> None:
    _, score = scores
    assert score.ended() == 1, score.said
    assert "MISSED    spo2_low (high) at bed 1" in score.said
    assert "NOT KEPT: 1 high alarms were not raised in time" in score.said
    assert score.left_behind() == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_score_that_is_ended_leaves_nothing_behind(
    tmp_path: Path, wait_until: Callable[..., None], number: signal.Signals
) -> None:
    score = Score(tmp_path / "one", "desaturation_deep", "--lead-s", "300")
    try:
        wait_until(lambda: "devices are on the broker" in score.said, 300)
        assert len(score.left_behind()) >= 3
        score.process.send_signal(number)
        assert score.ended(180) == (130 if number is not signal.SIGKILL else -signal.SIGKILL)
        wait_until(lambda: score.left_behind() == {}, 90)
    finally:
        score.close()


def test_a_house_of_which_a_part_dies_is_told_with_its_last_words(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    score = Score(tmp_path / "one", "desaturation_deep", "--lead-s", "300")
    try:
        wait_until(lambda: "devices are on the broker" in score.said, 300)
        [ingest] = [pid for pid, said in score.left_behind().items() if "-m ingest" in said]
        os.kill(ingest, signal.SIGKILL)
        assert score.ended() == 2
        assert "ingest ended" in score.said
        wait_until(lambda: score.left_behind() == {}, 90)
    finally:
        score.close()


def test_a_story_that_has_no_live_part_is_refused(tmp_path: Path) -> None:
    score = Score(tmp_path / "one", "overdose")
    assert score.ended() == 2
    assert "overdose has no part that can be watched live" in score.said
    assert not (score.folder / "kept" / "data").exists(), "and no house was opened for it"
