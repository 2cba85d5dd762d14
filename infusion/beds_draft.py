"""The beds of all wards while one batch of the stream is taken up: what stands there unclaimed."""

from collections.abc import Callable, Mapping

from infusion.bed import Bed
from infusion.happenings import Concluded
from infusion.lone_pump import phase_event
from infusion.pump import DeliveryPhase, first_delivery, take_reading
from infusion.readings import newer, readings_in
from infusion.routing import Places
from infusion.stream import NumberedArrival, PumpReadingArrived, VitalsArrived
from vocabulary.ids import BedId, WardId


class BedsDraft:
    """What devices of no session told, at the beds to which they are fixed.

    Copies what it changes, once. `wards` is the state now.
    """

    def __init__(
        self,
        wards: Mapping[WardId, dict[BedId, Bed]],
        places: Places,
        conclude: Callable[[Concluded], None],
    ) -> None:
        self.wards = dict(wards)
        self._places = places
        self._conclude = conclude
        self._beds_copied: set[tuple[WardId, BedId]] = set()
        self._wards_copied: set[WardId] = set()

    def clear(self, ward: WardId, bed: BedId) -> None:
        """Whoever comes or goes sees nothing of the one before."""
        self._draft(ward, bed)
        self.wards[ward][bed] = Bed(bed=bed, readings={}, deliveries={})

    def take_arrival(self, arrival: NumberedArrival) -> BedId | None:
        """Take up what a device of no session told; the bed where a pump began or ended."""
        bed = self._places.of(arrival.ward, arrival.device)
        if bed is None:
            return None
        if isinstance(arrival, VitalsArrived):
            self._take_vitals(self._draft(arrival.ward, bed), arrival)
        elif isinstance(arrival, PumpReadingArrived):
            return self._take_pump(self._draft(arrival.ward, bed), arrival)
        return None

    def _take_vitals(self, bed: Bed, vitals: VitalsArrived) -> None:
        held = bed.readings
        for signal, reading in readings_in(vitals):
            held[signal] = newer(held.get(signal), reading)

    def _take_pump(self, bed: Bed, reading: PumpReadingArrived) -> BedId | None:
        before = bed.deliveries.get(reading.device)
        after = first_delivery(reading) if before is None else take_reading(before, reading)
        bed.deliveries[reading.device] = after
        was = DeliveryPhase.NOT_STARTED if before is None else before.phase
        if after.phase is was:
            return None
        self._conclude(phase_event(bed.bed, after, reading, was))
        return bed.bed

    def _draft(self, ward: WardId, bed: BedId) -> Bed:
        if ward not in self._wards_copied:
            self.wards[ward] = dict(self.wards.get(ward, {}))
            self._wards_copied.add(ward)
        beds = self.wards[ward]
        if (ward, bed) not in self._beds_copied:
            held = beds.get(bed)
            beds[bed] = (
                Bed(bed=bed, readings={}, deliveries={})
                if held is None
                else Bed(bed=bed, readings=dict(held.readings), deliveries=dict(held.deliveries))
            )
            self._beds_copied.add((ward, bed))
        return beds[bed]
