"""Builds the devices of a scenario: the same seed and start always give the same devices."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from simulator.cuff import Press
from simulator.delivery import Delivery
from simulator.device import Identity, SteppedDevice
from simulator.episodes import Episodes
from simulator.faults import MS_PER_MIN, Fault
from simulator.monitor import Bedside, Monitor
from simulator.occurrence import alarm_occurrences
from simulator.patient import Patient, Traits, draw_traits
from simulator.pharmacology import (
    Pharmacology,
    published_pharmacology,
    with_repeated_cuffs,
    without_chance,
)
from simulator.programme import plan_delivery
from simulator.pump import Pump
from simulator.scenario import AlarmSpec, Bed, MonitorSpec, PumpSpec, Scenario
from simulator.seeds import seeded_stream
from simulator.transmission import Transmission
from vocabulary.ids import DeviceId
from vocabulary.states import DeviceKind

SEATED_BEFORE_MS = 10 * MS_PER_MIN
"""The next patient sits down this long before a repeated infusion starts."""


@dataclass(frozen=True, slots=True)
class Station:
    """One device and what its link does to its messages."""

    device: SteppedDevice
    transmission: Transmission


@dataclass(frozen=True, slots=True)
class _Maker:
    scenario: Scenario
    seed: int
    start_ms: int
    pharmacology: Pharmacology

    def faults_of(self, device: str) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.scenario.faults if fault.device == device)

    def alarms_of(self, device: str) -> tuple[AlarmSpec, ...]:
        return tuple(alarm for alarm in self.scenario.alarms if alarm.device == device)

    def episodes_of(self, bed: Bed) -> Episodes:
        return Episodes((e for e in self.scenario.episodes if e.bed == bed.bed), self.start_ms)

    def presses_of(self, bed: Bed) -> tuple[Press, ...]:
        return tuple(
            Press(self.start_ms + round(cuff.at_min * MS_PER_MIN), cuff.off_mmhg, cuff.fails)
            for cuff in self.scenario.cuffs
            if cuff.bed == bed.bed
        )

    def identity(self, spec: MonitorSpec | PumpSpec, kind: DeviceKind, model: str) -> Identity:
        return Identity(
            device=DeviceId(spec.device),
            kind=kind,
            model=model,
            seed=self.seed,
            start_ms=self.start_ms,
            clock_offset_ms=round(spec.clock_offset_s * 1000),
            faults=self.faults_of(spec.device),
        )

    def stations_of(self, bed: Bed) -> list[Station]:
        pump_alarms = self.alarms_of(bed.pump.device) if bed.pump else ()
        delivery = plan_delivery(bed, pump_alarms, self.start_ms)
        stations = []
        if bed.monitor is not None:
            stations.append(self._monitor(bed, bed.monitor, delivery))
        if bed.pump is not None:
            identity = self.identity(bed.pump, DeviceKind.PUMP, "SimPump")
            stations.append(
                self._linked(
                    Pump(identity, bed.pump, delivery, bed.pump.weight_kg or bed.weight_kg),
                    identity,
                )
            )
        return stations

    def _monitor(self, bed: Bed, spec: MonitorSpec, delivery: Delivery) -> Station:
        identity = self.identity(spec, DeviceKind.MONITOR, "SimMonitor")
        bedside = Bedside(
            make_patient=lambda number: self._patient(bed, number),
            changes_ms=tuple(t - SEATED_BEFORE_MS for t in delivery.infusion_starts_ms[1:]),
            delivery=delivery,
            concentration_mg_ml=bed.pump.concentration_mg_ml if bed.pump else 0.0,
            has_etco2=spec.etco2,
            episodes=self.episodes_of(bed),
            presses=self.presses_of(bed),
        )
        monitor = Monitor(
            identity,
            bedside,
            self.pharmacology,
            alarm_occurrences(self.alarms_of(spec.device), self.start_ms),
            seeded_stream(self.seed, spec.device, "monitor"),
        )
        return self._linked(monitor, identity)

    def _patient(self, bed: Bed, number: int) -> Patient:
        random = seeded_stream(self.seed, "patient", bed.bed, number)
        drawn = draw_traits(self.pharmacology, bed.weight_kg, random)
        known = {
            name: value
            for name, value in msgspec.structs.asdict(bed.patient).items()
            if value is not None and number == 0
        }
        traits = Traits(**{**_fields(drawn), **known})
        return Patient(self.pharmacology, traits, random)

    def _linked(self, device: SteppedDevice, identity: Identity) -> Station:
        random = seeded_stream(self.seed, identity.device, "link")
        return Station(device, Transmission(identity.faults, identity.start_ms, random))


def _fields(traits: Traits) -> dict[str, float]:
    return {name: getattr(traits, name) for name in Traits.__dataclass_fields__}


def build_ward(scenario: Scenario, *, seed: int, start_ms: int) -> Sequence[Station]:
    """Every device of `scenario`, switched on at `start_ms` (true ms since 1970)."""
    pharmacology = published_pharmacology()
    if scenario.scripted:
        pharmacology = without_chance(pharmacology)
    if scenario.cuffs_repeated:
        pharmacology = with_repeated_cuffs(pharmacology)
    maker = _Maker(scenario, seed, start_ms, pharmacology)
    return [station for bed in scenario.beds for station in maker.stations_of(bed)]
