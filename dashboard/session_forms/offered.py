"""What devices offer to a form of observations, and how it travels through the page and back."""

import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from dashboard.session_forms.session_form import Scene
from infusion.answers import Number
from infusion.observations.events import DeviceValue
from infusion.observations.rules import ItemKind, ObservationItem, ObservationSet
from infusion.observations.values import Pressure
from vocabulary.ids import DeviceId
from vocabulary.signals import SIGNALS
from vocabulary.states import ReadingState
from wire.bed_state import BedState, NibpValue, SignalView

_BELIEVED: Final = (ReadingState.LIVE, ReadingState.LATE)
_LIMIT: Final = 400
_HEARD_WITHIN_S: Final = 10
"""A bed's state comes every second; what is older offers nothing."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One device's value as it stands in a form: as numbers, and as what will be kept of it."""

    shown: tuple[str, ...]
    value: DeviceValue

    @property
    def observed_at(self) -> datetime:
        """When the device measured it, UTC."""
        return self.value.observed_at


def offers_of(scene: Scene, form: ObservationSet) -> dict[str, Offer]:
    """What the devices at the bed say now, by item; a value that is stale or bad is not offered."""
    state = _bed_state(scene)
    if state is None:
        return {}
    found = {}
    for name in form.filled:
        item = scene.parts.configuration.observations.find_item(name)
        view = None if item is None or item.signal is None else state.signals.get(item.signal)
        offer = None if item is None or view is None else _offer(item, view)
        if offer is not None:
            found[name] = offer
    return found


def packed(value: DeviceValue) -> str:
    """What a page carries of a device's value."""
    return msgspec.json.encode(value).decode()


def offer_in(words: str, item: ObservationItem) -> DeviceValue | None:
    """What the page carried; None if there was nothing, or nothing of this item."""
    if not words or len(words) > _LIMIT:
        return None
    try:
        found = msgspec.json.decode(words, type=DeviceValue)
    except msgspec.MsgspecError:
        return None
    wanted = Pressure if item.kind is ItemKind.PRESSURE else Number
    return found if isinstance(found.value, wanted) else None


def _bed_state(scene: Scene) -> BedState | None:
    """The newest state of the session's bed; None if none came lately, or it is of another's.

    What the broker remembered is no news: how old it is, two clocks would have to agree on.
    """
    ward, bed, beds = scene.session.plan.ward, scene.session.bed, scene.parts.beds
    held = beds.of(ward).get(bed) if bed is not None and ward in beds else None
    if held is None or held.arrived is None or held.arrived.retained:
        return None
    if held.elapsed_s(time.monotonic()) > _HEARD_WITHIN_S:
        return None
    state = held.state
    of = None if state is None or state.session is None else state.session.id
    return state if of == scene.session.id else None


def _offer(item: ObservationItem, view: SignalView) -> Offer | None:
    if view.state not in _BELIEVED or view.times is None or view.value is None:
        return None
    device = view.device or DeviceId("")
    at = view.times.observed_at
    if isinstance(view.value, NibpValue):
        pressure = Pressure(sys=view.value.sys, dia=view.value.dia, map=view.value.map)
        shown = (f"{pressure.sys:.0f}", f"{pressure.dia:.0f}")
        value = DeviceValue(device=device, value=pressure, observed_at=at)
        return Offer(shown, value)
    decimals = 0 if item.signal is None else SIGNALS[item.signal].decimals
    number = f"{view.value:.{decimals}f}"
    kept = Number(value=Decimal(number), unit=item.unit)
    return Offer((number,), DeviceValue(device=device, value=kept, observed_at=at))
