"""What a clinic configures, as the rules use it. `config` reads and validates the files."""

import msgspec

from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.signals import SignalName


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """How old a number may be: `late` is still shown, with its age; `stale` no longer counts."""

    late_after_s: float
    stale_after_s: float


class ClockRules(msgspec.Struct, frozen=True, kw_only=True):
    """How a device's clock is judged, in seconds.

    `window_s`: over how long the smallest of received minus device time is taken.
    `steady_s`, `steady_spread_s`: for how long arrivals must be that even before an offset
    counts as known. `limit_s`: an offset beyond it is shown as wrong. `live_within_s`: older on
    arrival than this is charted, never live.
    """

    window_s: float
    steady_s: float
    steady_spread_s: float
    limit_s: float
    live_within_s: float


class BedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A bed (or chair), what it is called on screens, and devices fixed to it."""

    bed: BedId
    label: str
    devices: tuple[DeviceId, ...] = ()


class WardPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A ward, what it is called on screens, and its beds in the order of the screen."""

    ward: WardId
    label: str
    beds: tuple[BedPlan, ...]


class DeviceRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which devices may speak, and when one counts as silent (seconds without a message)."""

    registered_only: bool
    registered: frozenset[DeviceId]
    silent_after_s: float


class ClinicConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """All that the rules need to know of one clinic, with the version it was read at."""

    version: str
    wards: tuple[WardPlan, ...]
    signals: dict[SignalName, Freshness]
    pump: Freshness
    clocks: ClockRules
    devices: DeviceRules
    planned_infusion_s: float
