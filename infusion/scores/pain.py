"""Pain as the patient rates it, 0 none to 10 the worst imaginable (numeric rating scale).

The bands are the customary ones: 1 to 3 mild, 4 to 6 moderate, 7 to 10 severe. Rest and movement
are rated apart.
"""

from datetime import datetime
from typing import Final

from infusion.scores.score import Score, banded, rated

SCALE: Final = "Pain"
VERSION: Final = "NRS 0 to 10"
_BANDS: Final = ((0, "none"), (3, "mild"), (6, "moderate"), (10, "severe"))
LEVELS: Final = {level: banded(level, _BANDS) for level in range(11)}


def pain(level: int | None, at: datetime) -> Score:
    """What the patient said at `at` (UTC)."""
    return rated(SCALE, VERSION, level, at, LEVELS)
