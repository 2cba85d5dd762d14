"""Which messages of a device's boot are on disk: repeats are known, gaps are counted."""

from bisect import bisect_right
from operator import itemgetter

import msgspec

from vocabulary.ids import BootId, DeviceId, WardId


class Receipts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All of a boot from `first` to `upto` but the ranges in `missing` (both ends included)."""

    ward: WardId
    device: DeviceId
    boot: BootId
    first: int
    upto: int
    missing: tuple[tuple[int, int], ...] = ()

    def has(self, seq: int) -> bool:
        """Whether message `seq` is on disk. Below `first` nothing is expected, so nothing is."""
        if not self.first <= seq <= self.upto:
            return False
        place = _range_at_or_below(self.missing, seq)
        return place < 0 or self.missing[place][1] < seq

    def missing_count(self) -> int:
        """How many messages are missing."""
        return sum(high - low + 1 for low, high in self.missing)

    def with_seq(self, seq: int) -> "Receipts":
        """These receipts and `seq`; unchanged if it was there already."""
        if seq == self.upto + 1:
            return msgspec.structs.replace(self, upto=seq)
        if seq > self.upto:
            gap = (self.upto + 1, seq - 1)
            return msgspec.structs.replace(self, upto=seq, missing=(*self.missing, gap))
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
