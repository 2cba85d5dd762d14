"""What every scale gives: points for each item and why, or what it cannot be computed without."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Generic, TypeVar

import msgspec

from infusion.configuration import Freshness
from infusion.readings import CuffPressure, Reading, state_of
from vocabulary.states import ReadingState

T = TypeVar("T")


class Given(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One input: a value and when it was observed (UTC), or None and why it lacks."""

    value: T | None = None
    observed_at: datetime | None = None
    lacks: str = "missing"


class ItemPoints(msgspec.Struct, frozen=True, kw_only=True):
    """The points of one item, and why: what was found and which band of the scale that is."""

    item: str
    points: int
    why: str


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """An item that cannot be scored, and why: `missing`, `stale`, `20 min old` …"""

    item: str
    why: str


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A scale applied at `at` (UTC). `total` is None if anything lacks; nothing is ever assumed.

    `version`: which of the published forms. `meaning`: what the total says by the scale itself.
    `notes`: reported beside the score, not counted in it.
    """

    scale: str
    version: str
    at: datetime
    total: int | None
    items: tuple[ItemPoints, ...] = ()
    lacking: tuple[Lacking, ...] = ()
    meaning: str = ""
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line: `NEWS2 3`, or `NEWS2 cannot be computed: RR missing`."""
        if self.total is not None:
            return f"{self.scale} {self.total}"
        told = ", ".join(f"{lacking.item} {lacking.why}" for lacking in self.lacking)
        return f"{self.scale} cannot be computed: {told}"

    def points_of(self, item: str) -> int | None:
        """The points of one item; None if it was not scored."""
        return next((found.points for found in self.items if found.item == item), None)


class Tally:
    """Collects the items of one score at `at`; inputs count that are at most `window_s` old."""

    def __init__(self, at: datetime, window_s: float) -> None:
        self._at = at
        self._window = timedelta(seconds=window_s)
        self._items: list[ItemPoints] = []
        self._lacking: list[Lacking] = []

    def take(self, item: str, given: Given[T]) -> T | None:
        """The value of an input, if it counts; notes why not otherwise."""
        why = self._fault_of(given)
        if why:
            self.lack(item, why)
            return None
        return given.value

    def number(self, item: str, given: Given[float], decimals: int = 0) -> Decimal | None:
        """As `take`, of a number, rounded half up as it is shown on a screen."""
        value = self.take(item, given)
        if value is None:
            return None
        if not math.isfinite(value):
            self.lack(item, f"{value} is not a number")
            return None
        step = Decimal(1).scaleb(-decimals)
        return Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP)

    def choice(self, item: str, given: Given[int], wording: Mapping[int, str]) -> None:
        """Score an item for which a person chose one of the points in `wording`."""
        value = self.take(item, given)
        if value is None:
            return
        if value not in wording:
            self.lack(item, f"{value} is not on the scale ({min(wording)} to {max(wording)})")
            return
        self.add(item, value, wording[value])

    def add(self, item: str, points: int, why: str) -> None:
        """Give points for an item."""
        self._items.append(ItemPoints(item=item, points=points, why=why))

    def lack(self, item: str, why: str) -> None:
        """Note that an item cannot be scored."""
        self._lacking.append(Lacking(item=item, why=why))

    def score(self, scale: str, version: str) -> Score:
        """The score that the collected items make."""
        total = None if self._lacking else sum(item.points for item in self._items)
        return Score(
            scale=scale,
            version=version,
            at=self._at,
            total=total,
            items=tuple(self._items),
            lacking=tuple(self._lacking),
        )

    def _fault_of(self, given: Given[T]) -> str:
        if given.value is None:
            return given.lacks
        if given.observed_at is None:
            return "without a time"
        if given.observed_at > self._at:
            return f"observed later, at {given.observed_at:%H:%M:%S} UTC"
        age = self._at - given.observed_at
        if age > self._window:
            minutes = math.ceil(age.total_seconds() / 60)
            return f"{minutes} min old, over {self._window.total_seconds() / 60:g}"
        return ""


def rated(
    scale: str, version: str, value: int | None, at: datetime, wording: Mapping[int, str]
) -> Score:
    """The score of a scale with one item, which a person rates as one of `wording`."""
    tally = Tally(at, 0)
    tally.choice(scale, Given(value=value, observed_at=at), wording)
    found = tally.score(scale, version)
    return found if value is None else with_meaning(found, wording.get(value, ""))


def with_meaning(score: Score, meaning: str) -> Score:
    """`score` and what its total means; nothing without a total."""
    return score if score.total is None else msgspec.structs.replace(score, meaning=meaning)


def banded(value: int, bands: Sequence[tuple[int, str]]) -> str:
    """The word of the band that `value` is in; `bands` are (highest value, word), rising."""
    return next(word for high, word in bands if value <= high)


def given_signal(reading: Reading | None, now: datetime, freshness: Freshness) -> Given[float]:
    """A signal's reading as an input: only what is live or late at `now` has a value."""
    fault = _fault_of_reading(reading, now, freshness)
    if fault or reading is None or isinstance(reading.value, CuffPressure):
        return Given(lacks=fault or "missing")
    return Given(value=reading.value, observed_at=reading.observed_at)


def _fault_of_reading(reading: Reading | None, now: datetime, freshness: Freshness) -> str:
    state = state_of(reading, now, freshness)
    if reading is None or state is ReadingState.NEVER:
        return "missing"
    if state is ReadingState.INVALID:
        return "invalid" if reading.reason is None else reading.reason.value.replace("_", " ")
    return "stale" if state is ReadingState.STALE else ""
