"""What ingest tells of itself: its heartbeat, and what of a device is on disk."""

import msgspec

from vocabulary.ids import BootId, WorkerId
from vocabulary.states import LinkState
from wire.fields import AwareTime, Sequence


class IngestCounters(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker has done since its start, in messages."""

    received: int = 0
    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    late: int = 0


class IngestStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Heartbeat of an ingest worker, once a second and retained; `down` is its will.

    `lag_s` is how old the newest message on disk was when it got there, from its arrival at
    ingest plus what the broker held back; `record` is whether the last commit succeeded.
    """

    state: LinkState
    worker: WorkerId
    boot: BootId
    published_at: AwareTime | None = None
    record: LinkState = LinkState.UP
    record_since: AwareTime | None = None
    record_detail: str = ""
    lag_s: float = 0.0
    counters: IngestCounters = IngestCounters()


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """What of a device's boot is on disk: all up to `seq` but the ranges named (both ends)."""

    boot: BootId
    seq: Sequence
    missing: tuple[tuple[Sequence, Sequence], ...] = ()
