"""One simulated device on the broker: measures, sends, keeps, and comes back by itself."""

import logging
import selectors
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec

from simulator.broker import Broker
from simulator.clock import present_ms
from simulator.connection import Connection, Endpoint
from simulator.control import Wish
from simulator.device import Measured
from simulator.outbox import Kept, Outbox
from simulator.ward import Station
from vocabulary.ids import WardId
from vocabulary.states import DeviceState
from wire.published import decode_ack
from wire.topics import MessageKind, ack_topic, device_topic

log = logging.getLogger(__name__)

LIVE_WITHIN_MS = 1000
"""What leaves within this time of being measured is live; later it is marked as buffered."""
ACK_WAIT_MS = 3000
"""How long a device with a past waits to be told what of it is stored already."""
STEPS_AT_ONCE = 200
"""How much of its past a device catches up on before the others have their turn again."""
ROOM_FOR_LIVE = 4
"""What is sent late leaves this much of the window to what is measured now."""
FIRST_RETRY_MS = 250
LONGEST_RETRY_MS = 5000


class Timers(Protocol):
    """Whoever calls back at a time (true ms since 1970)."""

    def at(self, due_ms: int, action: Callable[[int], None]) -> None:
        """Call `action` with the time, at `due_ms` or as soon after it as possible."""


class LiveDevice:
    """A device's station, its outbox and its connection."""

    def __init__(
        self,
        station: Station,
        ward: WardId,
        broker: Broker,
        selector: selectors.BaseSelector,
        timers: Timers,
    ) -> None:
        self.device = station.device
        self._transmission = station.transmission
        self._timers = timers
        name = self.device.device
        self._topics = {kind: device_topic(ward, name, kind) for kind in MessageKind}
        self.outbox = Outbox(self.device.boot)
        will = self.device.status(DeviceState.OFFLINE, self.device.start_ms)
        endpoint = Endpoint(name, self._topics[MessageKind.STATUS], will, ack_topic(ward, name))
        self.connection = Connection(broker, endpoint, selector, self)
        self.problem = ""
        self._is_stopped = False
        self._may_send = False
        self._retry_ms = FIRST_RETRY_MS
        self._next_try_ms = 0
        self._told_given_up = 0

    @property
    def should_be_up(self) -> bool:
        """Whether the device is meant to have a connection now."""
        return not self._is_stopped and self._transmission.down_until_ms(present_ms()) is None

    def begin(self, now_ms: int) -> None:
        """Measure, from the start up to the present and on, whatever becomes of the link."""
        self._tick(now_ms)

    def look(self, now_ms: int) -> None:
        """Follow the faults of the link, and try again to connect when it is time."""
        if not self.should_be_up:
            if self.connection.is_open:
                self.connection.drop()
                self.outbox.link_lost()
            self._next_try_ms = 0
        elif not self.connection.is_open and now_ms >= self._next_try_ms:
            self.connection.open()

    def look_after(self) -> None:
        """Once a second: keep the connection alive, send again what ingest still misses."""
        self.connection.keep_alive()
        for kept in self.outbox.due_again(time.monotonic()):
            if self.connection.room <= ROOM_FOR_LIVE:
                break
            self._send(kept)
        if self.outbox.given_up > self._told_given_up:
            log.warning(
                "%s: outbox full, %d of the oldest messages given up",
                self.device.device,
                self.outbox.given_up,
            )
            self._told_given_up = self.outbox.given_up

    def switch(self, wish: Wish, at_ms: int) -> int:
        """Stop or start the device; returns from when (true ms) it measures nothing, or again."""
        self._is_stopped = wish is Wish.STOP
        effective_ms = (
            self.device.switch_off(at_ms) if self._is_stopped else self.device.switch_on(at_ms)
        )
        self._next_try_ms = 0
        self.look(present_ms())
        return effective_ms

    def say_shutdown(self) -> None:
        """Announce a planned goodbye."""
        if self.connection.is_up:
            payload = self.device.status(DeviceState.SHUTDOWN, present_ms())
            self.connection.publish(self._topics[MessageKind.STATUS], payload, retain=True)

    def on_up(self) -> None:
        """The broker accepted us."""
        self.problem = ""
        self._retry_ms = FIRST_RETRY_MS
        now_ms = present_ms()
        payload = self.device.status(DeviceState.ONLINE, now_ms)
        self.connection.publish(self._topics[MessageKind.STATUS], payload, retain=True)
        if not self._may_send:
            has_past = now_ms - self.device.start_ms > LIVE_WITHIN_MS
            self._timers.at(now_ms + (ACK_WAIT_MS if has_past else 0), self._send_from_now)
        self._send_waiting()

    def on_down(self, reason: str) -> None:
        """No connection; try again later, and later still."""
        self.problem = reason
        self.outbox.link_lost()
        self._next_try_ms = present_ms() + self._retry_ms
        self._retry_ms = min(LONGEST_RETRY_MS, self._retry_ms * 2)

    def on_ack(self, payload: bytes) -> None:
        """Ingest says what is on disk."""
        try:
            ack = decode_ack(payload)
        except msgspec.MsgspecError as error:
            log.warning("%s: an ack that cannot be read: %s", self.device.device, error)
            return
        self.outbox.acknowledge(ack)
        self._send_from_now(present_ms())

    def on_published(self, seq: int) -> None:
        """The broker has it; there is room for another."""
        self.outbox.published(seq)
        self._send_waiting()

    def _send_from_now(self, _now: int) -> None:
        """Now it is known what is stored already, or nobody tells."""
        if self.connection.is_up:
            self._may_send = True
            self._send_waiting()

    def _tick(self, now_ms: int) -> None:
        for _ in range(STEPS_AT_ONCE):
            if self.device.next_ms > now_ms:
                break
            for message in self.device.step():
                self._take(message, now_ms)
        self._send_waiting()
        self._timers.at(max(now_ms, self.device.next_ms), self._tick)

    def _take(self, message: Measured, now_ms: int) -> None:
        topic = self._topics[message.kind]
        leaves_ms = self._transmission.leaves_ms(message.at_ms)
        if not leaves_ms:
            return
        is_live = (
            self._may_send and self.connection.is_up and now_ms - message.at_ms < LIVE_WITHIN_MS
        )
        if message.seq is None:
            if is_live:
                self.connection.publish(topic, message.payload)
            return
        kept = self.outbox.keep(message.seq, topic, message.payload)
        if kept is None:
            return
        if not is_live:
            self.outbox.wait(kept)
            return
        if leaves_ms[0] <= now_ms:
            self._send_live(kept)
        else:
            self._timers.at(leaves_ms[0], lambda _: self._send_live(kept))
        for again_ms in leaves_ms[1:]:
            self._timers.at(again_ms, partial(self._send_twice, message.seq))

    def _send_live(self, kept: Kept) -> None:
        if self.connection.room > 0:
            self._send(kept)
        else:
            self.outbox.wait(kept)

    def _send_twice(self, seq: int, _now: int) -> None:
        kept = self.outbox.get(seq)
        if kept is not None and self.connection.is_up:
            self.connection.publish(kept.topic, kept.payload)

    def _send_waiting(self) -> None:
        while self._may_send and self.connection.room > ROOM_FOR_LIVE:
            kept = self.outbox.next_waiting()
            if kept is None:
                return
            self._send(kept)

    def _send(self, kept: Kept) -> None:
        self.outbox.sent(kept, time.monotonic())
        self.connection.publish(kept.topic, kept.payload, seq=kept.seq)
