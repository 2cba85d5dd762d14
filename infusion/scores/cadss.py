"""CADSS, the Clinician-Administered Dissociative States Scale, as numbers only.

The items are copyrighted (Bremner 1998), so none is here: a total that was read off the clinic's
own form, or points by item number. CADSS-6 (Rodrigues et al., J Affect Disord 2021;282:160) takes
six of the 23 items; its authors call it unvalidated.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from infusion.scores.score import Given, Score, Tally, rated

SCALE: Final = "CADSS"
VERSION: Final = "23 subjective items, 0 to 92"
SHORT_SCALE: Final = "CADSS-6"
SHORT_VERSION: Final = "Rodrigues 2021, items 1, 2, 6, 7, 15, 22"
ITEMS: Final = tuple(range(1, 24))
SHORT_ITEMS: Final = (1, 2, 6, 7, 15, 22)
HIGHEST: Final = 92
_POINTS: Final = {points: f"{points} of 4" for points in range(5)}


def cadss_total(total: int | None, at: datetime) -> Score:
    """A total that was read off the clinic's own form at `at` (UTC)."""
    return rated(SCALE, VERSION, total, at, dict.fromkeys(range(HIGHEST + 1), "as entered"))


def cadss(points: Mapping[int, int], at: datetime) -> Score:
    """The sum of the points of all 23 items, by number."""
    return _sum(SCALE, VERSION, ITEMS, points, at)


def cadss6(points: Mapping[int, int], at: datetime) -> Score:
    """The sum of the points of the six items, by the number they have among the 23."""
    return _sum(SHORT_SCALE, SHORT_VERSION, SHORT_ITEMS, points, at)


def _sum(
    scale: str, version: str, items: Sequence[int], points: Mapping[int, int], at: datetime
) -> Score:
    tally = Tally(at, 0)
    for number in items:
        tally.choice(f"item {number}", Given(value=points.get(number), observed_at=at), _POINTS)
    return tally.score(scale, version)
