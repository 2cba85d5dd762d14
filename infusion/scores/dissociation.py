"""How far away from body and surroundings the patient is, 0 not at all to 10 completely.

Our own rating by whoever watches; free of the copyrighted items of CADSS.
"""

from datetime import datetime
from typing import Final

from infusion.scores.score import Score, banded, rated

SCALE: Final = "Dissociation"
VERSION: Final = "clinician 0 to 10"
_BANDS: Final = ((0, "none"), (3, "slight"), (6, "marked"), (9, "strong"), (10, "complete"))
LEVELS: Final = {level: banded(level, _BANDS) for level in range(11)}


def dissociation(level: int | None, at: datetime) -> Score:
    """The rating at `at` (UTC)."""
    return rated(SCALE, VERSION, level, at, LEVELS)
