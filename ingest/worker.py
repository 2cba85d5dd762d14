"""The worker's loop: read, commit, acknowledge, publish; all on one thread.

What is acknowledged is on disk, with what was concluded from it. While the record refuses, the
same batch is tried again and nothing is acknowledged; the connection is kept alive meanwhile.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from infusion.inputs import FromDevice
from infusion.stream import Arrival
from ingest.announcements import Announcer
from ingest.health import Metrics, WorkerHealth
from ingest.intake import Identity, Intake, Prepared
from ingest.mqtt import RawMessage
from record.store import RecordUnavailable
from vocabulary.states import LinkState
from wire.ingest_status import IngestStatus

log = logging.getLogger(__name__)

IDLE_POLL_S: Final = 0.05
WINDOW_PER_MESSAGE_S: Final = 0.00004
"""The wait for more grows with the last batch: none when idle, the longest allowed in a flood."""
RETRY_S: Final = (0.05, 0.1, 0.25, 0.5)
"""Pauses between tries of a refused commit; the last is repeated."""
LOOK_EVERY_S: Final = 0.05
"""With the poll's own wait, what people did is taken up at most 100 ms late (architecture)."""
LOOK_AGAIN_S: Final = 0.5
"""After a look that failed; the commits tell that the record is down."""
MAX_PENDING: Final = 20_000
"""Beyond this nothing more is read; the broker keeps what is not acknowledged."""
LAG_FORGOTTEN_S: Final = 2.0


class Connection(Protocol):
    """What the worker needs of the broker."""

    is_connected: bool

    def poll(self, timeout_s: float) -> list[RawMessage]:
        """What arrived within `timeout_s`."""

    def acknowledge(self, messages: list[RawMessage]) -> None:
        """Acknowledge in order of receipt."""

    def close(self) -> None:
        """Sign off."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How many messages one commit takes, and how long it waits for them at most, seconds."""

    max_batch: int
    window_max_s: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the loop tells how it is doing, and what tells it the time and when to stop."""

    identity: Identity
    now: Callable[[], datetime]
    beat: Callable[[], None]
    should_stop: Callable[[], bool]
    metrics: Metrics
    health: WorkerHealth


class Worker:
    """Turns until it is told to stop."""

    def __init__(
        self,
        connection: Connection,
        intake: Intake,
        announcer: Announcer,
        limits: BatchLimits,
        around: Surroundings,
    ) -> None:
        self._connection = connection
        self._intake = intake
        self._announcer = announcer
        self._limits = limits
        self._around = around
        self._pending: list[RawMessage] = []
        self._window_s = 0.0
        self._due_s = 0.0
        self._look_s = 0.0

    def run(self) -> None:
        """Take up the stream and turn until told to stop. Raises LeaseLost."""
        self._persist(lambda: self._intake.prepare_start(self._around.now()))
        while not self._around.should_stop():
            self.turn()
        if self._persist(lambda: self._intake.prepare_stop(self._around.now())):
            self._announcer.say_status(self._status(LinkState.DOWN))
        self._connection.close()

    def turn(self) -> None:
        """Wait a moment for messages, and do all that is due."""
        self._around.beat()
        self._read()
        now_s = time.monotonic()
        is_due = self._pending and (
            now_s >= self._due_s or len(self._pending) >= self._limits.max_batch
        )
        deadline = self._intake.deadline
        is_timer_due = deadline is not None and deadline <= self._around.now()
        if self._look_for_acts(now_s):
            self._persist(lambda: self._intake.prepare_acts(self._upto()))
        if is_due or is_timer_due:
            self._flush()
        self._speak()

    def _look_for_acts(self, now_s: float) -> bool:
        """Whether people did something; looked for when it is time to."""
        if now_s < self._look_s:
            return False
        self._look_s = now_s + LOOK_EVERY_S
        try:
            return self._intake.look_for_acts()
        except RecordUnavailable as refused:
            log.warning("the record cannot be looked into: %s", refused)
            self._look_s = time.monotonic() + LOOK_AGAIN_S
            return False

    def _read(self) -> None:
        if not self._pending:
            timeout_s = IDLE_POLL_S
        else:
            timeout_s = min(IDLE_POLL_S, max(0.0, self._due_s - time.monotonic()))
        received = self._connection.poll(timeout_s)
        if received and not self._pending:
            self._due_s = time.monotonic() + self._window_s
        self._pending += received
        self._around.health.received += len(received)

    def _flush(self) -> None:
        batch_messages = self._pending[: self._limits.max_batch]
        self._pending = self._pending[self._limits.max_batch :]
        self._window_s = min(self._limits.window_max_s, len(batch_messages) * WINDOW_PER_MESSAGE_S)
        if self._persist(lambda: self._intake.prepare(batch_messages, self._upto())):
            self._connection.acknowledge(batch_messages)

    def _upto(self) -> datetime:
        """Up to when all that was received is in the batch or before it."""
        return self._pending[0].received_at if self._pending else self._around.now()

    def _persist(self, prepare: Callable[[], Prepared]) -> bool:
        """Prepare a batch, once, and commit it, trying again while the record refuses.

        False if told to stop meanwhile: then nothing was stored, or the commit stands and the
        broker will bring the batch again.
        """
        health = self._around.health
        prepared: Prepared | None = None
        tries = 0
        while True:
            try:
                prepared = prepared or prepare()
                with self._around.metrics.commit_seconds.time():
                    self._intake.commit(prepared)
            except RecordUnavailable as refused:
                health.record_is(LinkState.DOWN, self._around.now(), str(refused))
                if self._around.should_stop():
                    return False
                self._keep_alive(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1
            else:
                health.record_is(LinkState.UP, self._around.now())
                self._count(prepared)
                self._announcer.take(prepared.batch, prepared.conclusions)
                return True

    def _keep_alive(self, pause_s: float) -> None:
        """Pause, with the connection and the heartbeat going on."""
        until_s = time.monotonic() + pause_s
        while (left_s := until_s - time.monotonic()) > 0:
            self._around.beat()
            if len(self._pending) < MAX_PENDING:
                received = self._connection.poll(min(left_s, IDLE_POLL_S))
                self._pending += received
                self._around.health.received += len(received)
            else:
                time.sleep(min(left_s, IDLE_POLL_S))
            self._speak()

    def _speak(self) -> None:
        now = self._around.now()
        health = self._around.health
        newest_at = health.newest_at
        if newest_at is not None and (now - newest_at).total_seconds() > LAG_FORGOTTEN_S:
            health.lag_s = 0.0
        metrics = self._around.metrics
        metrics.lag_seconds.set(health.lag_s)
        metrics.record_up.set(health.record is LinkState.UP)
        metrics.broker_up.set(self._connection.is_connected)
        # the lag before the numbers it is about: a screen must not show them as if they were new
        self._announcer.beat(self._status(LinkState.UP), now)
        self._announcer.tick(now)

    def _count(self, prepared: Prepared) -> None:
        batch, health, metrics = prepared.batch, self._around.health, self._around.metrics
        stored = sum(isinstance(item, FromDevice) for item in batch.inputs)
        refused = len(batch.quarantined) + len(batch.redelivered)
        health.stored += stored
        health.duplicates += batch.duplicates
        health.quarantined += refused
        health.late += batch.late
        metrics.messages.labels("stored").inc(stored)
        metrics.messages.labels("duplicate").inc(batch.duplicates)
        metrics.messages.labels("quarantined").inc(refused)
        metrics.late.inc(batch.late)
        metrics.batch_messages.observe(len(batch.raw))
        now = self._around.now()
        for item in reversed(batch.inputs):
            if isinstance(item, Arrival) and self._tells_lag(item):
                health.lag_s = max(0.0, (now - item.observed_at).total_seconds())
                health.newest_at = now
                break

    def _tells_lag(self, item: Arrival) -> bool:
        """Whether the age of a message is how far we are behind, and not its device's doing.

        Without a known clock a message is taken to be as old as its arrival, however long the
        broker held it.
        """
        is_direct = not (item.buffered or item.retained)
        return is_direct and self._intake.knows_clock(item.device, item.boot)

    def _status(self, state: LinkState) -> IngestStatus:
        health = self._around.health
        return IngestStatus(
            state=state,
            worker=self._around.identity.worker,
            boot=self._around.identity.boot,
            published_at=self._around.now(),
            record=health.record,
            record_since=health.record_since,
            record_detail=health.record_detail,
            lag_s=round(health.lag_s, 3),
            counters=health.counters(),
        )
