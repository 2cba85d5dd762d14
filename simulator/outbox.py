"""What a device keeps until ingest says that it is on disk.

A message is kept from when it was measured until `…/ack/{device}` names it. What could not be
sent then is sent later, marked as buffered. What ingest names as missing is sent again unchanged:
at once after a reconnect, else 10 s after it was last sent, at most three times.
The memory is bounded: when it is full the oldest message is given up and counted, and ingest will
show the gap.
"""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

from simulator.device import buffered
from vocabulary.ids import BootId
from wire.ingest_status import Ack

CAPACITY = 7200
"""Two hours of one message a second, about 3 MB a device."""
SEND_AGAIN_AFTER_S = 10.0
SEND_AGAIN_AT_MOST = 3


@dataclass(slots=True)
class Kept:
    """One message that is not known to be on disk. Times are monotonic seconds."""

    seq: int
    topic: str
    payload: bytes
    sent_at_s: float | None = None
    was_published: bool = False
    sent_again: int = 0


class Outbox:
    """The messages of one boot of a device, in the order of seq."""

    def __init__(self, boot: BootId, *, capacity: int = CAPACITY) -> None:
        self.boot = boot
        self.given_up = 0
        self._capacity = capacity
        self._kept: dict[int, Kept] = {}
        self._waiting: deque[int] = deque()
        self._stored_up_to = -1
        self._missing: tuple[tuple[int, int], ...] = ()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, seq: int, topic: str, payload: bytes) -> Kept | None:
        """Keep a message that was just measured; None if ingest has it already."""
        if seq <= self._stored_up_to and not self._is_missing(seq):
            return None
        kept = Kept(seq, topic, payload)
        self._kept[seq] = kept
        if len(self._kept) > self._capacity:
            del self._kept[next(iter(self._kept))]
            self.given_up += 1
        return kept

    def wait(self, kept: Kept) -> None:
        """It cannot be sent now; its turn comes when the link is there."""
        self._waiting.append(kept.seq)

    def get(self, seq: int) -> Kept | None:
        """The message with `seq`, if it is still kept."""
        return self._kept.get(seq)

    def next_waiting(self) -> Kept | None:
        """The next message to send late, marked as buffered unless it was sent before."""
        while self._waiting:
            kept = self._kept.get(self._waiting.popleft())
            if kept is None:
                continue
            if kept.sent_at_s is None:
                kept.payload = buffered(kept.payload)
            return kept
        return None

    def sent(self, kept: Kept, now_s: float) -> None:
        """It was handed to the link; if the broker had it before, it was sent again."""
        kept.sent_at_s = now_s
        if kept.was_published:
            kept.was_published = False
            kept.sent_again += 1

    def published(self, seq: int) -> None:
        """The broker has it; that is not yet ingest's disk."""
        kept = self._kept.get(seq)
        if kept is not None:
            kept.was_published = True

    def link_lost(self) -> None:
        """What the broker did not confirm goes again, unchanged; what is missing goes at once."""
        unconfirmed = [
            kept.seq
            for kept in self._kept.values()
            if kept.sent_at_s is not None and not kept.was_published
        ]
        waiting = set(self._waiting)
        self._waiting.extendleft(seq for seq in reversed(unconfirmed) if seq not in waiting)
        for kept in self._kept.values():
            if kept.was_published:
                kept.sent_at_s = float("-inf")

    def acknowledge(self, ack: Ack) -> None:
        """Let go of what is on disk. An ack for another boot is not for us."""
        if ack.boot != self.boot or ack.seq < self._stored_up_to:
            return
        self._stored_up_to = ack.seq
        self._missing = tuple(sorted(ack.missing))
        stored = []
        for seq in self._kept:
            if seq > ack.seq:
                break
            if not self._is_missing(seq):
                stored.append(seq)
        for seq in stored:
            del self._kept[seq]

    def due_again(self, now_s: float) -> list[Kept]:
        """What ingest still misses although the broker had it."""
        due = []
        for seq, kept in self._kept.items():
            if seq > self._stored_up_to:
                break
            if (
                kept.sent_at_s is not None
                and kept.was_published
                and kept.sent_again < SEND_AGAIN_AT_MOST
                and now_s - kept.sent_at_s >= SEND_AGAIN_AFTER_S
                and self._is_missing(seq)
            ):
                due.append(kept)
        return due

    def _is_missing(self, seq: int) -> bool:
        at = bisect_right(self._missing, seq, key=lambda ends: ends[0])
        return at > 0 and seq <= self._missing[at - 1][1]
