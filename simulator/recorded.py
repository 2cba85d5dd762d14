"""A run into a file: what would have reached ingest and when, as fast as it can be written."""

import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from simulator.device import Measured, SteppedDevice, buffered
from simulator.seeds import seeded_stream
from simulator.transmission import Transmission
from simulator.ward import Station
from vocabulary.ids import WardId
from vocabulary.states import DeviceState
from wire.arrivals import RecordedArrival, record_arrival
from wire.topics import MessageKind, device_topic

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LEAST_DELAY_US = 1_500
MEAN_FURTHER_DELAY_US = 2_000
"""A hospital network: a few milliseconds from the device to ingest, seldom more."""
BURST_SPACING_US = 1_000

_Arriving = tuple[int, int, str, bytes]
"""When (true µs), its number at this device, topic, payload."""


def record_run(
    stations: Sequence[Station],
    ward: WardId,
    *,
    seed: int,
    end_ms: int,
    goodbye: bool = False,
) -> Iterator[RecordedArrival]:
    """Everything that arrives until `end_ms` (true ms), in order of arrival.

    With `goodbye` the devices are then shut down as planned; without, they are still on.
    """
    lines = [
        _DeviceRecording(station, ward, seed).arrivals(number, end_ms)
        for number, station in enumerate(stations)
    ]
    for received_us, _, _, topic, payload in heapq.merge(*lines):
        received_at = EPOCH + timedelta(microseconds=received_us)
        yield record_arrival(received_at, topic, payload)
    if goodbye:
        received_at = EPOCH + timedelta(milliseconds=end_ms, microseconds=LEAST_DELAY_US)
        for station in stations:
            topic = device_topic(ward, station.device.device, MessageKind.STATUS)
            payload = station.device.status(DeviceState.SHUTDOWN, end_ms)
            yield record_arrival(received_at, topic, payload)


class _DeviceRecording:
    def __init__(self, station: Station, ward: WardId, seed: int) -> None:
        self._device: SteppedDevice = station.device
        self._transmission: Transmission = station.transmission
        self._topics = {
            kind: device_topic(ward, station.device.device, kind) for kind in MessageKind
        }
        self._network: Random = seeded_stream(seed, station.device.device, "network")
        self._arriving: list[_Arriving] = []
        self._held: list[Measured] = []
        self._up_ms: float | None = None
        self._count = 0
        self._last_us = 0

    def arrivals(self, device: int, end_ms: int) -> Iterator[tuple[int, int, int, str, bytes]]:
        """In order of arrival; `device` breaks ties between devices."""
        self._say(DeviceState.ONLINE, self._device.start_ms)
        end_us = end_ms * 1000
        while (at_ms := min(self._device.next_ms, end_ms)) < end_ms:
            self._follow_link(at_ms)
            for message in self._device.step():
                self._take(message)
            # nothing that is still to be measured can arrive before now
            while self._arriving and self._arriving[0][0] <= at_ms * 1000:
                received_us, number, topic, payload = heapq.heappop(self._arriving)
                yield received_us, device, number, topic, payload
        self._follow_link(end_ms)
        while self._arriving and self._arriving[0][0] <= end_us:
            received_us, number, topic, payload = heapq.heappop(self._arriving)
            yield received_us, device, number, topic, payload

    def _take(self, message: Measured) -> None:
        leaves = self._transmission.leaves_ms(message.at_ms)
        if self._up_ms is not None:
            if message.seq is not None:
                self._held.append(message)
            return
        for leaves_ms in leaves:
            is_held_back = leaves_ms != message.at_ms
            self._send(leaves_ms * 1000, message.kind, message.payload, in_order=not is_held_back)

    def _follow_link(self, at_ms: int) -> None:
        """The broker's will when the link breaks; birth and burst when it is back."""
        if self._up_ms is not None and at_ms >= self._up_ms:
            up_ms, self._up_ms = int(self._up_ms), None
            self._say(DeviceState.ONLINE, up_ms)
            for number, message in enumerate(self._held, start=1):
                at_us = up_ms * 1000 + number * BURST_SPACING_US
                self._send(at_us, message.kind, buffered(message.payload), in_order=True)
            self._held.clear()
        if self._up_ms is None:
            down_until = self._transmission.down_until_ms(at_ms)
            if down_until is not None:
                self._up_ms = down_until
                self._say(DeviceState.OFFLINE, at_ms)

    def _say(self, state: DeviceState, at_ms: int) -> None:
        payload = self._device.status(state, at_ms)
        self._send(at_ms * 1000, MessageKind.STATUS, payload, in_order=True)

    def _send(self, leaves_us: int, kind: MessageKind, payload: bytes, *, in_order: bool) -> None:
        further = self._network.expovariate(1.0 / MEAN_FURTHER_DELAY_US)
        received_us = leaves_us + LEAST_DELAY_US + round(further)
        if in_order:
            received_us = max(received_us, self._last_us + 1)
            self._last_us = received_us
        self._count += 1
        heapq.heappush(self._arriving, (received_us, self._count, self._topics[kind], payload))
