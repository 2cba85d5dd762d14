"""The newest state of every bed, as it came, and its tile made once for all screens."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from infusion.configuration import WardPlan
from vocabulary.ids import BedId, WardId
from vocabulary.roles import Audience
from wire.bed_state import BedState

log = logging.getLogger(__name__)

TileMaker: TypeAlias = Callable[[BedState, Audience, float, bool], bytes]
"""`view_models.tile_frame`: state, audience, seconds since `published_at`, retained -> JSON."""

QUIET_AFTER_S: Final = 1.2
"""A bed that is silent for longer than its state's own period (1 s, coalesced over 0.1 s) ..."""
QUIET_REFRESH_S: Final = 0.5
"""... has its tile made anew this often, so that its ages and states keep moving on screen."""


@dataclass(frozen=True, slots=True)
class BedArrived:
    """What came on a bed's topic. `state` is None where the broker was told to forget it.

    `received_s` is monotonic, `received_at` UTC. `delay_s` is how long it was under way beyond
    the usual (see `delays`). `retained`: from the broker's memory, not news.
    """

    ward: WardId
    bed: BedId
    state: BedState | None
    received_s: float
    received_at: datetime
    delay_s: float = 0.0
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """The JSON of a tile, and when it was made (monotonic seconds)."""

    text: str
    made_s: float


@dataclass(slots=True)
class HeldBed:
    """A bed of the plan. `version` goes up whenever its tile is no longer what it was.

    `tiles` holds the newest for each audience, `made` the version it was made (or tried) for.
    """

    state: BedState | None = None
    arrived: BedArrived | None = None
    version: int = 0
    versioned_s: float = 0.0
    made: dict[Audience, int] = field(default_factory=dict)
    tiles: dict[Audience, Tile] = field(default_factory=dict)

    def elapsed_s(self, now_s: float) -> float:
        """How long ago, in seconds, the state was published.

        Counted from arrival, so that two hosts' clocks change no age; for a retained state the
        arrival says nothing, and the clocks are all there is.
        """
        if self.arrived is None or self.state is None:
            return 0.0
        since_arrival_s = max(0.0, now_s - self.arrived.received_s)
        if not self.arrived.retained:
            return self.arrived.delay_s + since_arrival_s
        held_before = self.arrived.received_at - self.state.published_at
        return max(0.0, held_before / timedelta(seconds=1)) + since_arrival_s


class Beds:
    """Every bed of the plan with the newest that is known of it. For the event loop only."""

    def __init__(self, wards: Iterable[WardPlan], make_tile: TileMaker) -> None:
        self._wards = {plan.ward: {bed.bed: HeldBed() for bed in plan.beds} for plan in wards}
        self._make_tile = make_tile
        self._changed = {ward: asyncio.Event() for ward in self._wards}
        self.made_tiles = 0

    def __contains__(self, ward: object) -> bool:
        return ward in self._wards

    @property
    def wards(self) -> tuple[WardId, ...]:
        """The wards of the plan."""
        return tuple(self._wards)

    def of(self, ward: WardId) -> dict[BedId, HeldBed]:
        """The beds of `ward` in the order of its plan. Raises KeyError if there is none."""
        return self._wards[ward]

    def states(self, ward: WardId) -> Iterator[BedState]:
        """The states that are known of the beds of `ward`."""
        return (held.state for held in self._wards[ward].values() if held.state is not None)

    def take(self, arrived: BedArrived) -> bool:
        """Hold what arrived if it is news; beds that are in no plan are nobody's business."""
        held = self._wards.get(arrived.ward, {}).get(arrived.bed)
        if held is None or not _is_news(held, arrived):
            return False
        held.state, held.arrived = arrived.state, arrived
        if arrived.state is None:
            held.tiles.clear()
        self._renew(held, arrived.received_s)
        self.announce(arrived.ward)
        return True

    def age(self, now_s: float) -> None:
        """Make the tiles of quiet beds due again, so that no number stays as it was."""
        for ward, beds in self._wards.items():
            quiet = [held for held in beds.values() if _is_due(held, now_s)]
            for held in quiet:
                self._renew(held, now_s)
            if quiet:
                self.announce(ward)

    def tile(self, held: HeldBed, audience: Audience, now_s: float) -> Tile | None:
        """The tile of a bed for `audience`, made at most once a version; None if not known.

        Where it cannot be made the last one stays, and its age in the frames grows.
        """
        if held.state is None or held.arrived is None:
            return None
        if held.made.get(audience) != held.version:
            held.made[audience] = held.version
            elapsed_s = held.elapsed_s(now_s)
            try:
                made = self._make_tile(held.state, audience, elapsed_s, held.arrived.retained)
            except Exception:  # one bed's trouble must not take the other beds from the screen
                log.exception("bed %s: its tile cannot be made, the last grows old", held.state.bed)
            else:
                held.tiles[audience] = Tile(made.decode(), now_s)
                self.made_tiles += 1
        return held.tiles.get(audience)

    def announce(self, ward: WardId) -> None:
        """Wake every screen of `ward`."""
        event, self._changed[ward] = self._changed[ward], asyncio.Event()
        event.set()

    def change(self, ward: WardId) -> asyncio.Event:
        """Set at the next change of `ward`; take it before looking at the beds."""
        return self._changed[ward]

    def _renew(self, held: HeldBed, now_s: float) -> None:
        held.version += 1
        held.versioned_s = now_s


def frame_entry(bed: BedId, tile: Tile | None, now_s: float) -> str:
    """One bed's part of a frame: `"1":{"held_ms":12,"tile":{…}}`."""
    if tile is None:
        return f'{json.dumps(bed)}:{{"held_ms":0,"tile":null}}'
    held_ms = max(0, round((now_s - tile.made_s) * 1000))
    return f'{json.dumps(bed)}:{{"held_ms":{held_ms},"tile":{tile.text}}}'


def _is_news(held: HeldBed, arrived: BedArrived) -> bool:
    """Whether what arrived says more than what is held.

    What comes live is always news, even where a clock was set back; how long it was under way is
    in `delay_s`. The broker gives its memory again after every reconnect: that is news only where
    it is newer than what is held.
    """
    if arrived.state is None or held.state is None:
        return arrived.state is not held.state
    return not arrived.retained or arrived.state.published_at > held.state.published_at


def _is_due(held: HeldBed, now_s: float) -> bool:
    if held.state is None or held.arrived is None:
        return False
    silent_s = now_s - held.arrived.received_s
    return silent_s >= QUIET_AFTER_S and now_s - held.versioned_s >= QUIET_REFRESH_S
