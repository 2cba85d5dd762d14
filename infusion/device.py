"""A bedside device as the rules know it: its link, its boot and its power."""

from datetime import datetime, timedelta

import msgspec

from infusion.configuration import DeviceRules
from infusion.stream import Arrival, DeviceStatusArrived, PumpReadingArrived
from vocabulary.ids import BootId, DeviceId, WardId
from vocabulary.states import DeviceKind, DeviceLink, DeviceState

_SAME_CLOCK_S = 1.0
"""An offset that moves by less is the same one: it trembles with every message."""
_RIVAL_AFTER = timedelta(seconds=5)
"""What a former boot measured so long after it was followed is of another device."""
_RIVAL_FOR = timedelta(seconds=60)
"""A device that shares its name is gone once it said nothing for so long."""
_OLD_NEWS = timedelta(minutes=1)
"""A status received so long before the newest word of its device is read a second time; less is a
clock of the server that was set back."""
FORMER_BOOTS_KEPT = 64
"""How many boots back a device's late messages are recognised as old news."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a device now. Times UTC; `clock_offset_s` is None until it is known.

    `link` is what Hourglass hears, not what a retained status claims; `missing` counts messages
    of the current boot that never came. Clock and missing are measured by ingest. `boot_since`:
    when the boot became the current one. `rival_at`: when another device spoke under this name
    last, None if none does.
    """

    ward: WardId
    device: DeviceId
    link: DeviceLink
    link_since: datetime
    kind: DeviceKind | None = None
    boot: BootId | None = None
    boot_since: datetime | None = None
    former_boots: tuple[BootId, ...] = ()
    rival_at: datetime | None = None
    make: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    period_s: float = 1.0
    simulated: bool = False
    last_received_at: datetime | None = None
    clock_offset_s: float | None = None
    battery_percent: float | None = None
    on_mains: bool | None = None
    missing: int = 0
    last_status: DeviceStatusArrived | None = None


class Boots(msgspec.Struct, frozen=True, kw_only=True):
    """Which boot of a device is the current one, and which were before it."""

    current: BootId | None = None
    former: tuple[BootId, ...] = ()

    def after(self, boot: BootId) -> "Boots":
        """The boots once a message of `boot` came that was not buffered.

        A boot becomes current with its first such message, and never again after another has.
        """
        if boot == self.current or boot in self.former:
            return self
        former = self.former if self.current is None else (*self.former, self.current)
        return Boots(current=boot, former=former[-FORMER_BOOTS_KEPT:])


def boots_of(device: Device | None) -> Boots:
    """The boots of a device, none if it is not known yet."""
    return Boots() if device is None else Boots(current=device.boot, former=device.former_boots)


def newcomer(ward: WardId, device: DeviceId, now: datetime) -> Device:
    """A device nobody has heard of before."""
    return Device(ward=ward, device=device, link=DeviceLink.UNKNOWN, link_since=now)


def hear(device: Device, arrival: Arrival) -> Device:
    """`device` after one of its numbered messages. What came late says nothing about now."""
    if arrival.retained:
        return device
    if arrival.boot != device.boot and not arrival.buffered:
        device = _hear_former(device, arrival.observed_at, arrival.received_at)
    elif device.rival_at is not None and arrival.received_at - device.rival_at > _RIVAL_FOR:
        device = msgspec.structs.replace(device, rival_at=None)
    if arrival.late or arrival.boot != device.boot:
        return msgspec.structs.replace(device, last_received_at=arrival.received_at)
    if device.link is DeviceLink.ONLINE:
        return msgspec.structs.replace(device, last_received_at=arrival.received_at)
    return msgspec.structs.replace(
        device,
        link=DeviceLink.ONLINE,
        link_since=arrival.received_at,
        last_received_at=arrival.received_at,
    )


def _hear_former(device: Device, observed_at: datetime, now: datetime) -> Device:
    """`device` after a word of a former boot that was not kept: what it measures now, it is not."""
    since = device.boot_since
    if since is None or observed_at - since <= _RIVAL_AFTER:
        return device
    return msgspec.structs.replace(device, rival_at=now)


def follow(device: Device, boots: Boots, now: datetime) -> Device:
    """`device` once another boot is the current one."""
    return msgspec.structs.replace(
        device, boot=boots.current, boot_since=now, former_boots=boots.former
    )


def read_power(device: Device, reading: PumpReadingArrived) -> Device:
    """`device` with the battery (%) and mains that a pump reading tells."""
    battery = None if "battery" in reading.implausible else reading.battery_percent
    if battery == device.battery_percent and reading.on_mains == device.on_mains:
        return device
    return msgspec.structs.replace(device, battery_percent=battery, on_mains=reading.on_mains)


def read_clock(device: Device, arrival: Arrival, limit_s: float) -> Device:
    """`device` with its clock's offset, to the second, as far as that is beyond the limit.

    The offset is the one that was taken out of the times of `arrival`.
    """
    if arrival.retained or arrival.boot != device.boot:
        return device
    offset_s = (arrival.observed_at - arrival.device_time).total_seconds()
    known_s = device.clock_offset_s
    if abs(offset_s) <= limit_s:
        return device if known_s is None else msgspec.structs.replace(device, clock_offset_s=None)
    if known_s is not None and abs(offset_s - known_s) < _SAME_CLOCK_S:
        return device
    return msgspec.structs.replace(device, clock_offset_s=float(round(offset_s)))


def is_old_news(device: Device, status: DeviceStatusArrived) -> bool:
    """Whether the device was heard long after `status`: recorded arrivals may be read again."""
    heard = [device.last_received_at]
    if device.last_status is not None:
        heard.append(device.last_status.received_at)
    newest = max((at for at in heard if at is not None), default=None)
    return newest is not None and newest - status.received_at > _OLD_NEWS


def take_status(device: Device, status: DeviceStatusArrived) -> Device:
    """`device` after a birth, a goodbye or a will.

    The will of a boot that is no longer current is ignored. A retained birth says who the device
    is, but not that it is there now.
    """
    device = msgspec.structs.replace(device, last_status=status)
    if status.boot != device.boot:
        return device
    if status.state is DeviceState.OFFLINE:
        return _linked(device, DeviceLink.OFFLINE, status.received_at)
    device = msgspec.structs.replace(
        device,
        kind=status.kind,
        make=status.make,
        model=status.model,
        serial=status.serial,
        firmware=status.firmware,
        period_s=status.period_s,
        simulated=status.simulated,
    )
    if status.state is DeviceState.SHUTDOWN:
        return _linked(device, DeviceLink.SHUTDOWN, status.received_at)
    if status.retained:
        return device
    device = msgspec.structs.replace(device, last_received_at=status.received_at)
    return _linked(device, DeviceLink.ONLINE, status.received_at)


def silent_at(device: Device, rules: DeviceRules) -> datetime | None:
    """When `device` counts as silent if it says nothing more, UTC; None if it is not online."""
    if device.link is not DeviceLink.ONLINE or device.last_received_at is None:
        return None
    allowed_s = max(rules.silent_after_s, 2 * device.period_s)
    return device.last_received_at + timedelta(seconds=allowed_s)


def fall_silent(device: Device) -> Device:
    """`device` once its time to speak has passed; silent since its last message."""
    return _linked(device, DeviceLink.SILENT, device.last_received_at or device.link_since)


def forget_link(device: Device, now: datetime) -> Device:
    """`device` when ingest starts: what it said before is no news until it speaks again."""
    if device.link in (DeviceLink.ONLINE, DeviceLink.SILENT):
        return _linked(device, DeviceLink.UNKNOWN, now)
    return device


def _linked(device: Device, link: DeviceLink, since: datetime) -> Device:
    if device.link is link:
        return device
    return msgspec.structs.replace(device, link=link, link_since=since)
