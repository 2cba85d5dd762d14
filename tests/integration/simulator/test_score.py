"""Every story through the real receiver: the people, the record, ingest, and what it raised."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from simulator.scenario import packaged_stories

pytestmark = [pytest.mark.timeout(2600), pytest.mark.xdist_group("score")]

PROJECT = Path(__file__).parents[3]
WAIT_S = 2400


def score(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "simulator", "score", *arguments],
        cwd=PROJECT, capture_output=True, text=True, timeout=WAIT_S, check=False,
    )  # fmt: skip


def replay(folder: Path) -> "subprocess.CompletedProcess[str]":
    """The rules again over all that a run left in `folder`."""
    environment = {
        **os.environ,
        "HOURGLASS_CONFIG_DIR": str(folder / "config"),
        "HOURGLASS_DATA_DIR": str(folder / "data"),
    }
    return subprocess.run(
        [sys.executable, "-m", "ingest", "replay"],
        cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=WAIT_S, check=False,
    )  # fmt: skip


def test_every_story_raises_what_it_has_to_and_nothing_else_and_again_when_it_is_run_again(
    tmp_path: Path,
) -> None:
    figures = tmp_path / "figures.json"
    done = score("--json", str(figures), "--keep", str(tmp_path / "run"))
    assert done.returncode == 0, done.stdout + done.stderr
    scores = msgspec.json.decode(figures.read_bytes())["scores"]
    required = sum(kind["required"] for kind in scores)
    assert required >= 115
    assert max(kind["late_max_s"] for kind in scores if kind["late_max_s"] is not None) < 2
    again = replay(tmp_path / "run")
    assert again.returncode == 0, again.stdout + again.stderr
    chains = again.stdout.splitlines()
    assert all(line.endswith(" concluded again: equal") for line in chains), again.stdout
    assert sum(line.startswith("session/") for line in chains) >= len(packaged_stories())
    assert sum(line.startswith("ward/") for line in chains) == len(packaged_stories())


def test_ordinary_hours_disturb_a_patient_at_most_once_an_hour() -> None:
    done = score("--hours", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 patients of 1.50 h" in done.stdout


def test_a_receiver_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "wards.yaml").write_text("wards: []")
    done = score("normal", "--config", str(tmp_path))
    assert done.returncode == 2
    assert "demo people failed" in done.stderr
