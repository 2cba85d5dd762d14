"""What people see at a bedside of a scenario: readings of the monitor, and what the pump does.

It is worked out from the same simulated devices whose messages ingest takes up, so that what
people chart fits what the devices told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from infusion.baseline import BaselineReading, CuffPressure
from infusion.configuration import Measure
from infusion.events import InfusionEnded, InfusionPaused, InfusionResumed, InfusionStarted
from infusion.observations.closer import RateStep
from infusion.runs import DeviceFact
from simulator.delivery import Delivery, Segment, counter_name
from simulator.device import Measured
from simulator.programme import plan_delivery
from simulator.scenario import Bed, Scenario
from simulator.ward import Station, build_ward
from vocabulary.ids import BedId, CounterId, DeviceId, WardId
from vocabulary.states import DeviceKind, PumpState
from wire.topics import MessageKind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEEN_AFTER = timedelta(seconds=2)
"""A pump tells once a second, and people read it on a screen a moment later."""
_NUMERICS = {
    "hr": Measure.HR,
    "spo2": Measure.SPO2,
    "rr": Measure.RR,
    "etco2": Measure.ETCO2,
    "temp": Measure.TEMP,
}
_PRESSURES = {
    "sys": Measure.NIBP_SYS,
    "dia": Measure.NIBP_DIA,
    "map": Measure.NIBP_MAP,
}


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario as it is played: from when, with which seed, in which ward."""

    scenario: Scenario
    ward: WardId
    start: datetime
    seed: int

    @property
    def start_ms(self) -> int:
        """Its minute 0, true ms since 1970."""
        return (self.start - EPOCH) // timedelta(milliseconds=1)

    def at(self, minutes: float) -> datetime:
        """The time of a minute of the scenario."""
        return self.start + timedelta(milliseconds=round(minutes * 60_000))

    def bed(self, bed: BedId) -> Bed | None:
        """The scenario's bed of that name."""
        return next((b for b in self.scenario.beds if b.bed == bed), None)


def pumps_of(played: Played) -> Mapping[DeviceId, Delivery]:
    """Every pump of the scenario, and its course."""
    return {
        DeviceId(bed.pump.device): delivery_of(played, bed)
        for bed in played.scenario.beds
        if bed.pump is not None
    }


def delivery_of(played: Played, bed: Bed) -> Delivery:
    """The course of the pump at a bed."""
    name = None if bed.pump is None else bed.pump.device
    alarms = tuple(alarm for alarm in played.scenario.alarms if alarm.device == name)
    return plan_delivery(bed, alarms, played.start_ms)


def pump_facts(played: Played, device: DeviceId, delivery: Delivery) -> Iterator[DeviceFact]:
    """What ingest will conclude from the readings of a pump, a moment after it happens."""
    was_started = False
    for before, segment in pairwise(delivery.segments):
        kind = _fact_of(before, segment, was_started=was_started)
        if kind is None:
            continue
        was_started = kind is not InfusionEnded
        yield _fact(kind, played, device, segment)


def _fact_of(before: Segment, after: Segment, *, was_started: bool) -> type[DeviceFact] | None:
    ran, runs = before.state is PumpState.INFUSING, after.state is PumpState.INFUSING
    if runs:
        if ran:
            return None
        return InfusionResumed if was_started else InfusionStarted
    if not was_started:
        return None
    is_full = after.to_infuse_ml is not None and after.volume_ml >= after.to_infuse_ml - 1e-6
    if after.state is PumpState.KVO or (after.state is PumpState.STOPPED and is_full):
        return InfusionEnded
    return InfusionPaused if ran else None


def _fact(kind: type[DeviceFact], played: Played, device: DeviceId, segment: Segment) -> DeviceFact:
    at = EPOCH + timedelta(milliseconds=segment.start_ms) + SEEN_AFTER
    fields: dict[str, Any] = {
        "ward": played.ward,
        "at": at,
        "cause": None,
        "bed": BedId(""),
        "device": device,
        "observed_at": at,
    }
    if kind is InfusionStarted:
        fields["counter"] = CounterId(counter_name(segment.counter))
    if kind is InfusionStarted or kind is InfusionResumed:
        fields["rate_ml_h"] = segment.rate_ml_h
    else:
        fields["volume_ml"] = segment.total_ml
    fact: DeviceFact = kind(**fields)
    return fact


class MonitorSeen:
    """What one monitor has shown up to the moment that people have reached."""

    def __init__(self, played: Played, device: DeviceId) -> None:
        self.numbers: dict[Measure, BaselineReading] = {}
        self.pressures: list[CuffPressure] = []
        self.readings: list[BaselineReading] = []
        self.device = device
        self._steps = _steps(_station(played, device))
        self._ahead: Measured | None = None

    def look(self, now: datetime) -> None:
        """Take in all that it shows until `now`; to be asked in order of time."""
        now_ms = (now - EPOCH) // timedelta(milliseconds=1)
        while self._ahead is None or self._ahead.at_ms <= now_ms:
            if self._ahead is not None:
                self._take(self._ahead)
            self._ahead = next(self._steps)

    def _take(self, measured: Measured) -> None:
        """The last number of each kind; a set for the baseline each time the cuff is done."""
        if measured.kind is not MessageKind.VITALS or measured.seq is None:
            return
        body = msgspec.json.decode(measured.payload)
        at = EPOCH + timedelta(milliseconds=measured.at_ms)
        for name, measure in _NUMERICS.items():
            if name in body:
                self.numbers[measure] = self._reading(measure, body[name], at)
        cuff = body.get("nibp")
        if cuff is None:
            return
        self.readings += self.numbers.values()
        self.readings += [self._reading(m, cuff[n], at) for n, m in _PRESSURES.items()]
        self.pressures.append(
            CuffPressure(sys=cuff["sys"], dia=cuff["dia"], observed_at=at, device=self.device)
        )

    def _reading(self, measure: Measure, value: float, at: datetime) -> BaselineReading:
        return BaselineReading(measure=measure, value=value, observed_at=at, device=self.device)


def rate_steps_of(delivery: Delivery, until: datetime) -> tuple[RateStep, ...]:
    """The changes of the rate at a pump, as far as they have happened."""
    found = []
    for before, after in pairwise(delivery.segments):
        at = EPOCH + timedelta(milliseconds=after.start_ms)
        is_change = before.state is after.state is PumpState.INFUSING
        if is_change and at <= until:
            found.append(RateStep(at=at, is_up=after.rate_ml_h > before.rate_ml_h))
    return tuple(found)


def _station(played: Played, device: DeviceId) -> Station:
    only = tuple(
        bed for bed in played.scenario.beds if bed.monitor and bed.monitor.device == device
    )
    scenario = msgspec.structs.replace(played.scenario, beds=only)
    stations = build_ward(scenario, seed=played.seed, start_ms=played.start_ms)
    return next(station for station in stations if station.device.device == device)


def _steps(station: Station) -> Iterator[Measured]:
    while True:
        yield from station.device.step()


def kinds_of(played: Played) -> Mapping[DeviceId, DeviceKind]:
    """Every device of the scenario, and what it is."""
    found = {}
    for bed in played.scenario.beds:
        if bed.monitor is not None:
            found[DeviceId(bed.monitor.device)] = DeviceKind.MONITOR
        if bed.pump is not None:
            found[DeviceId(bed.pump.device)] = DeviceKind.PUMP
    return found
