"""Audible alarms of ordinary hours, and what delay, hysteresis and the repeated cuff are worth.

The same patients go through the same limits, each time without one of the three.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

PROJECT = Path(__file__).parents[2]

Alarms = dict[str, Any]


def without_delay(alarms: Alarms) -> None:
    """Every limit is told at once."""
    for limit in (*alarms["limits"], *alarms["trends"]):
        limit["delay_s"] = 0


def without_hysteresis(alarms: Alarms) -> None:
    """An alarm is over as soon as the number is inside its limit, and the next one is another."""
    for clear in alarms["clear"].values():
        clear["by"] = clear["for_s"] = 0
    alarms["signals"]["returns_within_s"] = 0


def without_repeat(alarms: Alarms) -> None:
    """A cuff reading over a limit counts by itself."""
    alarms["cuff"]["at_once_sys"] = alarms["cuff"]["at_once_dia"] = 1


def without_any(alarms: Alarms) -> None:
    """The bare limits."""
    for change in (without_delay, without_hysteresis, without_repeat):
        change(alarms)


VARIANTS: dict[str, Callable[[Alarms], None]] = {
    "as it is": lambda _alarms: None,
    "without delay": without_delay,
    "without hysteresis": without_hysteresis,
    "without repeating the cuff": without_repeat,
    "the bare limits": without_any,
}


class Burden(NamedTuple):
    """Audible alarms per patient-hour."""

    median: float
    p95: float
    mean: float

    def __str__(self) -> str:
        return f"mean {self.mean:.2f}, median {self.median:.2f}, p95 {self.p95:.2f}"


def measure_burden(patients: int) -> Iterator[tuple[str, Burden]]:
    """The burden of so many patients for each variant of the configuration."""
    for name, change in VARIANTS.items():
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "config"
            shutil.copytree(PROJECT / "config", config)
            file = config / "alarms.yaml"
            alarms = yaml.safe_load(file.read_text())
            change(alarms)
            file.write_text(yaml.safe_dump(alarms, sort_keys=False))
            yield name, _score(config, patients, Path(folder) / "burden.json")


def _score(config: Path, patients: int, figures: Path) -> Burden:
    command = [
        sys.executable, "-m", "simulator", "score", "--hours", str(patients),
        "--config", str(config), "--json", str(figures),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if not figures.exists():
        raise RuntimeError(done.stderr)
    found = msgspec.json.decode(figures.read_bytes())
    mean = sum(found["by_alarm"].values()) / (found["patients"] * found["hours"])
    return Burden(found["median_per_h"], found["p95_per_h"], mean)
