"""What the device page says: every device of the clinic, and what was refused from it.

Made of what the record holds (who a device is), the newest bed states (whether it is heard now)
and the bed plan (where it stands). Times are shown by the clinic's clock.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Final

import msgspec

from dashboard.local_time import stamp_text
from dashboard.words import LINK_WORDS
from infusion.configuration import ClinicConfiguration
from infusion.device import Device
from infusion.stream import Quarantined
from vocabulary.ids import DeviceId
from vocabulary.states import DeviceLink
from wire.bed_state import BedState, DeviceView

PAYLOAD_SHOWN: Final = 120
"""Characters of a refused payload in its line; the whole is one click away."""
PAYLOAD_LIMIT: Final = 20_000
"""Characters of the whole: a little more than a message may have (16 KiB)."""
_HEARD: Final = "online"
_NOW: Final = "now"


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A device as its line says it. `is_placed`: it stands at a bed."""

    device: str
    place: str
    kind: str
    make: str
    serial: str
    firmware: str
    link: DeviceLink
    link_text: str
    link_since: str
    last_seen: str
    clock: str
    clock_over_limit: bool
    power: str
    missing: int
    refused: int
    is_placed: bool
    is_simulated: bool


class RefusedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A refused message as its line says it. `payload` is cut short, `whole` is not."""

    key: str
    time: str
    device: str
    topic: str
    reason: str
    detail: str
    payload: str
    whole: str


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """What was read for the page at one moment.

    `is_heard`: broker and ingest carry data, so what is known of the links is of now.
    """

    devices: tuple[Device, ...]
    states: tuple[BedState, ...]
    refused: Mapping[DeviceId | None, int]
    is_heard: bool


def device_rows(inventory: Inventory, clinic: ClinicConfiguration, zone: tzinfo) -> list[DeviceRow]:
    """Every device of the record, of the plan and of the bed states; those at no bed first."""
    recorded = {device.device: device for device in inventory.devices}
    seen = {view.device: view for state in inventory.states for view in state.devices}
    places = _places(inventory.states, clinic)
    names = sorted({*recorded, *seen, *places}, key=_natural)
    rows = [
        _row(name, recorded.get(name), seen.get(name), places.get(name), clinic, zone)
        for name in names
    ]
    rows = [
        msgspec.structs.replace(row, refused=inventory.refused.get(DeviceId(row.device), 0))
        for row in rows
    ]
    if not inventory.is_heard:
        rows = [_as_last_known(row) for row in rows]
    return sorted(rows, key=lambda row: row.is_placed)


def refused_rows(messages: Iterable[Quarantined], zone: tzinfo) -> list[RefusedRow]:
    """The refused messages in the order they are given in."""
    seen: Counter[str] = Counter()
    rows = []
    for message in messages:
        moment = f"{message.received_at:%Y%m%d%H%M%S%f}"
        rows.append(_refused_row(f"{moment}-{seen[moment]}", message, zone))
        seen[moment] += 1
    return rows


def clock_text(offset_s: float | None) -> str:
    """How a device's clock differs, from received minus sent in seconds: "+24 min ahead"."""
    if offset_s is None:
        return "not known"
    ahead_s = -offset_s
    side = "ahead" if ahead_s > 0 else "behind"
    size = abs(ahead_s)
    if size < 1:
        return "right"
    if size < 60:
        return f"{ahead_s:+.0f} s {side}"
    if size < 3600 * 2:
        return f"{ahead_s / 60:+.0f} min {side}"
    return f"{ahead_s / 3600:+.0f} h {side}"


def _places(states: Iterable[BedState], clinic: ClinicConfiguration) -> dict[DeviceId, str]:
    labels = {(plan.ward, bed.bed): f"{plan.label}, {bed.label}"
              for plan in clinic.wards for bed in plan.beds}  # fmt: skip
    fixed = {device: labels[plan.ward, bed.bed]
             for plan in clinic.wards for bed in plan.beds for device in bed.devices}  # fmt: skip
    associated = {
        view.device: labels.get((state.ward, state.bed), f"{state.ward}, {state.bed}")
        for state in states
        for view in state.devices
    }
    return fixed | associated


def _row(
    name: DeviceId,
    recorded: Device | None,
    seen: DeviceView | None,
    place: str | None,
    clinic: ClinicConfiguration,
    zone: tzinfo,
) -> DeviceRow:
    now = seen or _view_of(recorded)
    link = DeviceLink.UNKNOWN if now is None else now.link
    offset_s = None if now is None else now.clock_offset_s
    kind = None if now is None else now.kind or (recorded.kind if recorded else None)
    return DeviceRow(
        device=name,
        place=place or "at no bed",
        kind="" if kind is None else kind.value,
        make="" if recorded is None else f"{recorded.make} {recorded.model}".strip(),
        serial="" if recorded is None else recorded.serial,
        firmware="" if recorded is None else recorded.firmware,
        link=link,
        link_text=LINK_WORDS.get(link, _HEARD),
        link_since="" if now is None else stamp_text(now.link_since, zone),
        last_seen="never" if now is None else _seen_text(now, zone),
        clock=clock_text(offset_s),
        clock_over_limit=offset_s is not None and abs(offset_s) > clinic.clocks.limit_s,
        power="" if now is None else _power_text(now),
        missing=0 if now is None else now.missing,
        refused=0,
        is_placed=place is not None,
        is_simulated=any(source is not None and source.simulated for source in (recorded, seen)),
    )


def _as_last_known(row: DeviceRow) -> DeviceRow:
    return msgspec.structs.replace(
        row,
        link=DeviceLink.UNKNOWN,
        link_text=f"last known: {row.link_text}",
        last_seen="not known" if row.last_seen == _NOW else row.last_seen,
    )


def _view_of(device: Device | None) -> DeviceView | None:
    """What the record knows of a device at no bed, in the shape a bed's state has it."""
    if device is None:
        return None
    return DeviceView(
        device=device.device,
        kind=device.kind,
        link=device.link,
        link_since=device.link_since,
        last_received_at=device.last_received_at,
        clock_offset_s=device.clock_offset_s,
        battery_percent=device.battery_percent,
        on_mains=device.on_mains,
        missing=device.missing,
        simulated=device.simulated,
    )


def _seen_text(view: DeviceView, zone: tzinfo) -> str:
    if view.link is DeviceLink.ONLINE:
        return _NOW
    return "never" if view.last_received_at is None else stamp_text(view.last_received_at, zone)


def _power_text(view: DeviceView) -> str:
    battery = "" if view.battery_percent is None else f"{view.battery_percent:.0f} %"
    source = {True: "mains", False: "on battery", None: ""}[view.on_mains]
    return ", ".join(part for part in (battery, source) if part)


def _refused_row(key: str, message: Quarantined, zone: tzinfo) -> RefusedRow:
    whole = message.payload.decode("utf-8", "backslashreplace")
    if len(whole) > PAYLOAD_LIMIT:
        whole = f"{whole[:PAYLOAD_LIMIT]} … ({len(message.payload)} bytes in all)"
    cut = whole if len(whole) <= PAYLOAD_SHOWN else f"{whole[:PAYLOAD_SHOWN]}…"
    return RefusedRow(
        key=key,
        time=stamp_text(message.received_at, zone),
        device=message.device or "",
        topic=message.topic,
        reason=message.reason.value.replace("_", " "),
        detail=message.detail,
        payload=cut,
        whole=whole,
    )


def _natural(name: str) -> tuple[str, int, str]:
    """The order people count in: monitor-2 before monitor-10."""
    letters = name.rstrip("0123456789")
    number = name[len(letters) :]
    return (letters, int(number) if number else -1, name)
