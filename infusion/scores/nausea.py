"""Nausea as a nurse grades it, 0 none to 3 vomiting. Our own short scale."""

from datetime import datetime
from typing import Final

from infusion.scores.score import Score, rated

SCALE: Final = "Nausea"
VERSION: Final = "0 to 3"
LEVELS: Final = {0: "none", 1: "mild", 2: "severe", 3: "vomiting"}


def nausea(level: int | None, at: datetime) -> Score:
    """The grade at `at` (UTC)."""
    return rated(SCALE, VERSION, level, at, LEVELS)
