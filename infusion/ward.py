"""One step of the ordered stream: (state, inputs) -> (state, conclusions).

The state is immutable for whoever holds it: a batch is taken up on a copy of what it touches, so
that nothing is concluded before it is stored. Time comes from the stream only. Deadlines that
pass between two inputs are taken up first, at the moment of the deadline.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from infusion.bed import Bed
from infusion.configuration import ClinicConfiguration
from infusion.device import (
    Device,
    boots_of,
    fall_silent,
    forget_link,
    hear,
    newcomer,
    read_power,
    silent_at,
    take_status,
)
from infusion.events import (
    DeviceBooted,
    DeviceLinkChanged,
    InfusionEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    IngestOutageEnded,
    WardEvent,
)
from infusion.pump import Delivery, DeliveryPhase, first_delivery, take_reading
from infusion.readings import newer, readings_in
from infusion.stream import (
    DeviceStatusArrived,
    IngestStarted,
    IngestStopped,
    NumberedArrival,
    PumpReadingArrived,
    StreamInput,
    VitalsArrived,
    moment_of,
)
from vocabulary.ids import BedId, BootId, DeviceId, WardId


class StreamState(msgspec.Struct, frozen=True, kw_only=True):
    """All that the rules know: how far the stream was taken up, every device, every bed.

    A device is known by its id throughout the clinic; beds by ward and bed.
    """

    position: int = 0
    now: datetime | None = None
    devices: dict[DeviceId, Device] = {}
    wards: dict[WardId, dict[BedId, Bed]] = {}


class Places:
    """Which bed a device stands at, by configuration."""

    def __init__(self, clinic: ClinicConfiguration) -> None:
        self._bed_of = {
            device: (ward.ward, bed.bed)
            for ward in clinic.wards
            for bed in ward.beds
            for device in bed.devices
        }
        self._devices_at = {
            (ward.ward, bed.bed): bed.devices for ward in clinic.wards for bed in ward.beds
        }

    def of(self, ward: WardId, device: DeviceId) -> BedId | None:
        """The bed of `ward` at which `device` stands; None if it is not assigned there."""
        place = self._bed_of.get(device)
        return place[1] if place is not None and place[0] == ward else None

    def at(self, ward: WardId, bed: BedId) -> tuple[DeviceId, ...]:
        """The devices that stand at a bed."""
        return self._devices_at.get((ward, bed), ())


class Rules:
    """A clinic's configuration and what follows from it alone."""

    def __init__(self, clinic: ClinicConfiguration) -> None:
        self.clinic = clinic
        self.places = Places(clinic)


def advance(
    state: StreamState, inputs: Iterable[StreamInput], until: datetime, rules: Rules
) -> tuple[StreamState, tuple[WardEvent, ...]]:
    """The state after `inputs` and every deadline up to `until`, and what was concluded."""
    draft = _Draft(state, rules)
    for item in inputs:
        draft.take(item)
    draft.pass_deadlines(until)
    return draft.finished(until)


def next_deadline(state: StreamState, rules: Rules) -> datetime | None:
    """When something will have to be concluded if nothing more arrives, UTC."""
    deadlines = (silent_at(device, rules.clinic.devices) for device in state.devices.values())
    return min((deadline for deadline in deadlines if deadline is not None), default=None)


class _Draft:
    """The state while one batch is taken up; copies what it changes, once."""

    def __init__(self, state: StreamState, rules: Rules) -> None:
        self._state = state
        self._rules = rules
        self._position = state.position
        self._devices = dict(state.devices)
        self._wards = dict(state.wards)
        self._beds_copied: set[tuple[WardId, BedId]] = set()
        self._wards_copied: set[WardId] = set()
        self._events: list[WardEvent] = []
        self._deadline = next_deadline(state, rules)
        self._cause: int | None = None

    def take(self, item: StreamInput) -> None:
        now = moment_of(item)
        if self._deadline is not None and self._deadline <= now:
            self.pass_deadlines(now)
        self._position = item.position
        self._cause = item.position
        if isinstance(item, IngestStarted):
            self._take_start(item)
        elif isinstance(item, DeviceStatusArrived):
            self._take_status(item)
        elif not isinstance(item, IngestStopped):
            self._take_numbered(item)

    def pass_deadlines(self, now: datetime) -> None:
        """Take up every deadline that has passed by `now`, in the order of the deadlines."""
        if self._deadline is None or self._deadline > now:
            return
        self._cause = None
        due = sorted(
            (deadline, device.device)
            for device in self._devices.values()
            if (deadline := silent_at(device, self._rules.clinic.devices)) is not None
            and deadline <= now
        )
        for deadline, name in due:
            self._replace_device(self._devices[name], fall_silent(self._devices[name]), deadline)
        self._deadline = next_deadline(
            msgspec.structs.replace(self._state, devices=self._devices), self._rules
        )

    def finished(self, until: datetime) -> tuple[StreamState, tuple[WardEvent, ...]]:
        now = until if self._state.now is None else max(until, self._state.now)
        state = StreamState(
            position=self._position, now=now, devices=self._devices, wards=self._wards
        )
        return state, tuple(self._events)

    def _take_start(self, start: IngestStarted) -> None:
        if self._state.now is not None:
            for ward in self._rules.clinic.wards:
                self._events.append(
                    IngestOutageEnded(
                        ward=ward.ward,
                        at=start.at,
                        cause=start.position,
                        worker=start.worker,
                        since=self._state.now,
                    )
                )
        for device in list(self._devices.values()):
            self._devices[device.device] = forget_link(device, start.at)

    def _take_status(self, status: DeviceStatusArrived) -> None:
        now = status.received_at
        device = self._known(status.ward, status.device, now)
        device = self._take_boot(device, status.boot, now)
        self._replace_device(device, take_status(device, status), now)

    def _take_numbered(self, arrival: NumberedArrival) -> None:
        now = arrival.received_at
        device = self._known(arrival.ward, arrival.device, now)
        if not arrival.buffered and not arrival.retained:
            device = self._take_boot(device, arrival.boot, now)
        heard = hear(device, arrival)
        if isinstance(arrival, PumpReadingArrived):
            heard = read_power(heard, arrival)
        self._replace_device(device, heard, now)
        bed = self._rules.places.of(arrival.ward, arrival.device)
        if bed is None:
            return
        if isinstance(arrival, VitalsArrived):
            self._take_vitals(self._draft_bed(arrival.ward, bed), arrival)
        elif isinstance(arrival, PumpReadingArrived):
            self._take_pump(self._draft_bed(arrival.ward, bed), arrival)

    def _take_vitals(self, bed: Bed, vitals: VitalsArrived) -> None:
        held = bed.readings
        for signal, reading in readings_in(vitals):
            held[signal] = newer(held.get(signal), reading)

    def _take_pump(self, bed: Bed, reading: PumpReadingArrived) -> None:
        before = bed.deliveries.get(reading.device)
        after = first_delivery(reading) if before is None else take_reading(before, reading)
        bed.deliveries[reading.device] = after
        was = DeliveryPhase.NOT_STARTED if before is None else before.phase
        if after.phase is not was:
            self._events.append(_phase_event(bed.bed, after, reading, was))

    def _known(self, ward: WardId, name: DeviceId, now: datetime) -> Device:
        device = self._devices.get(name)
        if device is None:
            return newcomer(ward, name, now)
        return device if device.ward == ward else msgspec.structs.replace(device, ward=ward)

    def _take_boot(self, device: Device, boot: BootId, now: datetime) -> Device:
        if boot == device.boot:
            return device
        boots = boots_of(device).after(boot)
        if boots.current == device.boot:
            return device
        self._events.append(
            DeviceBooted(
                ward=device.ward,
                at=now,
                cause=self._cause,
                device=device.device,
                boot=boot,
                previous=device.boot,
            )
        )
        return msgspec.structs.replace(device, boot=boots.current, former_boots=boots.former)

    def _replace_device(self, before: Device, after: Device, at: datetime) -> None:
        self._devices[after.device] = after
        if after.link is before.link:
            return
        self._events.append(
            DeviceLinkChanged(
                ward=after.ward,
                at=at,
                cause=self._cause,
                device=after.device,
                link=after.link,
                since=after.link_since,
            )
        )
        deadline = silent_at(after, self._rules.clinic.devices)
        if deadline is not None and (self._deadline is None or deadline < self._deadline):
            self._deadline = deadline

    def _draft_bed(self, ward: WardId, bed: BedId) -> Bed:
        if ward not in self._wards_copied:
            self._wards[ward] = dict(self._wards.get(ward, {}))
            self._wards_copied.add(ward)
        beds = self._wards[ward]
        if (ward, bed) not in self._beds_copied:
            held = beds.get(bed)
            beds[bed] = (
                Bed(bed=bed, readings={}, deliveries={})
                if held is None
                else Bed(bed=bed, readings=dict(held.readings), deliveries=dict(held.deliveries))
            )
            self._beds_copied.add((ward, bed))
        return beds[bed]


def _phase_event(
    bed: BedId, delivery: Delivery, reading: PumpReadingArrived, was: DeliveryPhase
) -> WardEvent:
    ward, at, cause = reading.ward, reading.received_at, reading.position
    device, observed_at = reading.device, reading.observed_at
    if delivery.phase is DeliveryPhase.RUNNING:
        if was is DeliveryPhase.NOT_STARTED or delivery.started_at == observed_at:
            return InfusionStarted(
                ward=ward, at=at, cause=cause, bed=bed, device=device,
                counter=reading.counter, observed_at=observed_at, rate_ml_h=reading.rate_ml_h,
            )  # fmt: skip
        return InfusionResumed(
            ward=ward, at=at, cause=cause, bed=bed, device=device,
            observed_at=observed_at, rate_ml_h=reading.rate_ml_h,
        )  # fmt: skip
    kind = InfusionPaused if delivery.phase is DeliveryPhase.INTERRUPTED else InfusionEnded
    return kind(
        ward=ward, at=at, cause=cause, bed=bed, device=device,
        observed_at=observed_at, volume_ml=delivery.volume_ml,
    )  # fmt: skip
