"""Devices and beds that contradict each other, and devices that stand nowhere."""

from collections.abc import Collection, Mapping
from enum import Enum

import msgspec

from vocabulary.ids import BedId, DeviceId


class ConflictKind(str, Enum):
    """What cannot be right about devices and beds."""

    DEVICE_AT_TWO_BEDS = "one device at two beds"
    TWO_PUMPS_RUNNING = "two pumps running at one bed"


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Devices and beds that contradict each other."""

    kind: ConflictKind
    beds: tuple[BedId, ...]
    devices: tuple[DeviceId, ...]


def conflicts(
    devices_of_bed: Mapping[BedId, Collection[DeviceId]], running_pumps: Collection[DeviceId]
) -> tuple[Conflict, ...]:
    """What contradicts itself in a ward, in the order of devices and of beds."""
    beds_of: dict[DeviceId, list[BedId]] = {}
    for bed, devices in devices_of_bed.items():
        for device in set(devices):
            beds_of.setdefault(device, []).append(bed)
    twice = [
        Conflict(kind=ConflictKind.DEVICE_AT_TWO_BEDS, beds=tuple(sorted(beds)), devices=(device,))
        for device, beds in sorted(beds_of.items())
        if len(beds) > 1
    ]
    both = [
        Conflict(kind=ConflictKind.TWO_PUMPS_RUNNING, beds=(bed,), devices=tuple(sorted(running)))
        for bed, devices in sorted(devices_of_bed.items())
        if len(running := set(devices) & set(running_pumps)) > 1
    ]
    return (*twice, *both)
