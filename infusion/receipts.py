"""Which messages of a device's boot are on disk: repeats are known, gaps are counted."""

import msgspec

from vocabulary.ids import BootId, DeviceId, WardId


class Receipts(msgspec.Struct, frozen=True, kw_only=True):
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
        return not any(low <= seq <= high for low, high in self.missing)

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
            gaps = (
                ((seq + 1, self.first - 1), *self.missing)
                if seq + 1 < self.first
                else (self.missing)
            )
            return msgspec.structs.replace(self, first=seq, missing=gaps)
        if self.has(seq):
            return self
        return msgspec.structs.replace(self, missing=_without(self.missing, seq))


def first_receipt(ward: WardId, device: DeviceId, boot: BootId, seq: int) -> Receipts:
    """The receipts of a boot of which `seq` is the first message ever seen."""
    return Receipts(ward=ward, device=device, boot=boot, first=seq, upto=seq)


def _without(missing: tuple[tuple[int, int], ...], seq: int) -> tuple[tuple[int, int], ...]:
    left: list[tuple[int, int]] = []
    for low, high in missing:
        if not low <= seq <= high:
            left.append((low, high))
            continue
        if low < seq:
            left.append((low, seq - 1))
        if seq < high:
            left.append((seq + 1, high))
    return tuple(left)
