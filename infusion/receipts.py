"""Which messages of a device's boot are on disk: repeats are known, gaps are counted."""

from bisect import bisect_right
from operator import itemgetter
from typing import Final

import msgspec

from vocabulary.ids import BootId, DeviceId, WardId

MOST_RANGES: Final = 1000
"""A device that leaves out every second number makes a range each time: it gets no more."""


class Receipts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All of a boot from `first` to `upto` but the ranges in `missing` (both ends included).

    With more ranges than are kept the oldest become one, and are given up: `given_up` messages of
    the first range never came, which of them is not known any more, and none is taken up now.
    """

    ward: WardId
    device: DeviceId
    boot: BootId
    first: int
    upto: int
    missing: tuple[tuple[int, int], ...] = ()
    given_up: int = 0

    def has(self, seq: int) -> bool:
        """Whether message `seq` is known to be on disk.

        Below `first` nothing is expected, so nothing is.
        """
        if not self.first <= seq <= self.upto:
            return False
        place = _range_at_or_below(self.missing, seq)
        return place < 0 or self.missing[place][1] < seq

    def missing_count(self) -> int:
        """How many messages are missing."""
        exact = self.missing[1:] if self.given_up else self.missing
        return self.given_up + sum(high - low + 1 for low, high in exact)

    def is_given_up(self, seq: int) -> bool:
        """Whether it is not known any more if `seq` came: it cannot be told from a repeat."""
        return bool(self.given_up) and self.missing[0][0] <= seq <= self.missing[0][1]

    def with_seq(self, seq: int) -> "Receipts":
        """These receipts and `seq`; unchanged if it was there already, or is given up."""
        if self.is_given_up(seq):
            return self
        return _bounded(self._grown(seq))

    def _grown(self, seq: int) -> "Receipts":
        if seq == self.upto + 1:
            return msgspec.structs.replace(self, upto=seq)
        if seq > self.upto:
            gap = (self.upto + 1, seq - 1)
            return msgspec.structs.replace(self, upto=seq, missing=(*self.missing, gap))
        if seq + 1 < self.first and self.given_up:
            widened = (seq + 1, self.missing[0][1])
            return msgspec.structs.replace(
                self,
                first=seq,
                missing=(widened, *self.missing[1:]),
                given_up=self.given_up + self.first - 1 - seq,
            )
        if seq < self.first:
            is_next = seq + 1 == self.first
            gaps = self.missing if is_next else ((seq + 1, self.first - 1), *self.missing)
            return msgspec.structs.replace(self, first=seq, missing=gaps)
        if self.has(seq):
            return self
        return msgspec.structs.replace(self, missing=_without(self.missing, seq))


def first_receipt(ward: WardId, device: DeviceId, boot: BootId, seq: int) -> Receipts:
    """The receipts of a boot of which `seq` is the first message ever seen."""
    return Receipts(ward=ward, device=device, boot=boot, first=seq, upto=seq)


def _bounded(receipts: Receipts) -> Receipts:
    """The same with the oldest ranges in one where there are too many."""
    over = len(receipts.missing) - MOST_RANGES
    if over <= 0:
        return receipts
    oldest, others = receipts.missing[: over + 1], receipts.missing[over + 1 :]
    never = receipts.missing_count() - sum(high - low + 1 for low, high in others)
    return msgspec.structs.replace(
        receipts, missing=((oldest[0][0], oldest[-1][1]), *others), given_up=never
    )


def _range_at_or_below(missing: tuple[tuple[int, int], ...], seq: int) -> int:
    """Where the last range that begins at or below `seq` is; -1 if there is none.

    The ranges are sorted, so that a device with thousands of gaps costs no more than others.
    """
    return bisect_right(missing, seq, key=itemgetter(0)) - 1


def _without(missing: tuple[tuple[int, int], ...], seq: int) -> tuple[tuple[int, int], ...]:
    place = _range_at_or_below(missing, seq)
    low, high = missing[place]
    left = ((low, seq - 1),) if low < seq else ()
    right = ((seq + 1, high),) if seq < high else ()
    return missing[:place] + left + right + missing[place + 1 :]
