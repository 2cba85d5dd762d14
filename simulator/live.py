"""A live run: every device on its own connection, all in one thread, at speed 1."""

import heapq
import logging
import selectors
import time
from collections.abc import Callable, Mapping, Sequence

from simulator.broker import Broker
from simulator.clock import present_ms
from simulator.connection import Connection
from simulator.control import Desk
from simulator.gate import Gate
from simulator.live_device import LiveDevice
from simulator.ward import Station
from vocabulary.ids import WardId

log = logging.getLogger(__name__)

LOOK_MS = 100
LOOK_AFTER_MS = 1000
GOODBYE_S = 2.0


class LiveRun:
    """Runs the devices of wards against a broker until it is told to stop, or until `end_ms`.

    They measure from the first moment on, and look for the broker once `gate` lets them.
    """

    def __init__(
        self,
        wards: Mapping[WardId, Sequence[Station]],
        broker: Broker,
        desk: Desk,
        end_ms: int | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._broker = broker
        self._desk = desk
        self._end_ms = end_ms
        self._gate = gate
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._count = 0
        self._is_over = False
        self._told: tuple[int, str] | None = None
        self.devices = {
            station.device.device: LiveDevice(station, ward, broker, self._selector, self)
            for ward, stations in wards.items()
            for station in stations
        }

    def at(self, due_ms: int, action: Callable[[int], None]) -> None:
        """Call `action` with the time (true ms since 1970), at `due_ms` or soon after."""
        self._count += 1
        heapq.heappush(self._due, (due_ms, self._count, action))

    def stop(self) -> None:
        """Say goodbye and end, as soon as possible. May be called from a signal handler."""
        self._is_over = True

    def run(self) -> None:
        """Run until told to stop or until the end; then a planned goodbye."""
        self._desk.open()
        try:
            now_ms = present_ms()
            self._look(now_ms)
            for device in self.devices.values():
                device.begin(now_ms)
            self._look_after(now_ms)
            self.at(now_ms + LOOK_AFTER_MS, self._tell)
            if self._end_ms is not None:
                self.at(self._end_ms, lambda _: self.stop())
            while not self._is_over:
                self._turn(self._until_next_ms())
            self._say_goodbye()
        finally:
            self._desk.close()
            self._selector.close()

    def _until_next_ms(self) -> float:
        return max(0.0, self._due[0][0] - time.time_ns() / 1e6)

    def _turn(self, wait_ms: float) -> None:
        for key, events in self._selector.select(wait_ms / 1000):
            connection: Connection = key.data
            connection.handle(events)
        now_ms = present_ms()
        newest = self._count
        # what an action puts on for now has its turn after the sockets have had theirs
        while self._due and self._due[0][0] <= now_ms and self._due[0][1] <= newest:
            heapq.heappop(self._due)[2](present_ms())

    def _look(self, now_ms: int) -> None:
        for request in self._desk.new_requests():
            device = self.devices[request.device]
            effective_ms = device.switch(request.wish, request.at_ms)
            self._desk.answer(request, effective_ms)
        if self._gate is None or self._gate.is_open():
            for device in self.devices.values():
                device.look(now_ms)
        self.at(now_ms + LOOK_MS, self._look)

    def _look_after(self, now_ms: int) -> None:
        for device in self.devices.values():
            device.look_after()
        self.at(now_ms + LOOK_AFTER_MS, self._look_after)

    def _tell(self, now_ms: int) -> None:
        """Say on the log how the connections are, when it has changed."""
        waiting = [d for d in self.devices.values() if not d.connection.is_up and d.should_be_up]
        problem = next((device.problem for device in waiting if device.problem), "")
        told = (len(waiting), problem)
        if told != self._told:
            if waiting:
                log.warning(
                    "%d of %d devices without the broker %s (%s): trying again",
                    len(waiting), len(self.devices), self._broker, problem or "connecting",
                )  # fmt: skip
            else:
                log.info("all %d devices are on the broker %s", len(self.devices), self._broker)
            self._told = told
        self.at(now_ms + LOOK_AFTER_MS, self._tell)

    def _say_goodbye(self) -> None:
        open_ = [device.connection for device in self.devices.values() if device.connection.is_up]
        for device in self.devices.values():
            device.say_shutdown()
        deadline = time.monotonic() + GOODBYE_S
        while time.monotonic() < deadline and not all(c.is_quiet for c in open_):
            for key, events in self._selector.select(0.05):
                key.data.handle(events)
        for connection in open_:
            connection.say_goodbye()
        for device in self.devices.values():
            device.connection.drop()
