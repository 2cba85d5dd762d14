"""A simulated infusion pump: one reading a second of the course it was programmed with."""

from simulator.delivery import Delivery, counter_name
from simulator.device import Body, Device, Identity
from simulator.faults import MS_PER_MIN
from simulator.scenario import PumpSpec
from vocabulary.states import PumpState
from wire.topics import MessageKind

PROGRAMMED = frozenset({PumpState.INFUSING, PumpState.PAUSED, PumpState.KVO, PumpState.ALARM})


class Pump(Device):
    """Reports state, rates (mL/h), volumes (mL) and the dose rate (mg/kg/h)."""

    def __init__(
        self, identity: Identity, spec: PumpSpec, delivery: Delivery, weight_kg: float
    ) -> None:
        super().__init__(identity, delivery.occurrences)
        self._spec = spec
        self._delivery = delivery
        self._weight_kg = weight_kg

    def read(self, at_ms: int) -> list[tuple[MessageKind, Body]]:
        """One reading of the pump."""
        segment = self._delivery.at(at_ms)
        volume = segment.volume_ml + segment.delivered_ml(at_ms)
        body: Body = {
            "state": segment.state.value,
            "rate": round(segment.rate_ml_h, 3),
            "volume": round(volume, 3),
            "counter": counter_name(segment.counter),
            "battery": self._battery_percent(at_ms),
            "mains": self._spec.mains,
        }
        if segment.to_infuse_ml is not None:
            body["remaining"] = round(max(0.0, segment.to_infuse_ml - volume), 3)
            body["drug"] = self._spec.drug
            body["concentration"] = self._spec.concentration_mg_ml
            body["weight"] = self._weight_kg
        if segment.rate_set_ml_h is not None and segment.state in PROGRAMMED:
            body["rate_set"] = round(segment.rate_set_ml_h, 3)
            mg_h = segment.rate_ml_h * self._spec.concentration_mg_ml
            told = self._spec.dose_rate_factor
            body["dose_rate"] = round(told * mg_h / self._weight_kg, 4)
        return [(MessageKind.PUMP, body)]

    def _battery_percent(self, at_ms: int) -> int:
        if self._spec.mains:
            return round(self._spec.battery_percent)
        used = (at_ms - self.start_ms) / MS_PER_MIN * self._spec.battery_percent_per_min
        return max(1, round(self._spec.battery_percent - used))
