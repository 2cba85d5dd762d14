"""A bedside device as the rules know it: its link, its boot, its clock and its power."""

from datetime import datetime

import msgspec

from vocabulary.ids import BootId, DeviceId, WardId
from vocabulary.states import DeviceKind, DeviceLink


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a device now. Times UTC; `clock_offset_s` is None until it is known.

    `link` is what Hourglass hears, not what a retained status claims; `missing` counts messages
    of the current boot that never came.
    """

    ward: WardId
    device: DeviceId
    link: DeviceLink
    link_since: datetime
    kind: DeviceKind | None = None
    boot: BootId | None = None
    former_boots: tuple[BootId, ...] = ()
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
