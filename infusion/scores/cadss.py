"""CADSS, the Clinician-Administered Dissociative States Scale, as a number only.

The items are copyrighted (Bremner 1998), so none is here: only a total that was read off the
clinic's own form.
"""

from datetime import datetime
from typing import Final

from infusion.scores.score import Score, rated

SCALE: Final = "CADSS"
VERSION: Final = "23 subjective items, 0 to 92"
HIGHEST: Final = 92


def cadss_total(total: int | None, at: datetime) -> Score:
    """A total that was read off the clinic's own form at `at` (UTC)."""
    return rated(SCALE, VERSION, total, at, dict.fromkeys(range(HIGHEST + 1), "as entered"))
