"""Recorded arrivals, and what people did meanwhile, taken up like live on the file's own clock."""

import heapq
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from ingest.intake import Intake
from ingest.mqtt import RawMessage
from ingest.people_file import PeoplesLine
from wire.arrivals import RecordedArrival

log = logging.getLogger(__name__)

PROGRESS_EVERY: Final = 50_000
_Item: TypeAlias = RecordedArrival | PeoplesLine


def take_recorded(
    intake: Intake,
    arrivals: Iterable[RecordedArrival],
    max_batch: int,
    people: Iterable[PeoplesLine] = (),
    append: Callable[[Sequence[PeoplesLine]], None] = lambda _lines: None,
) -> int:
    """Take up `arrivals`, and what `people` did, in order of time; returns how many arrived.

    `append` brings what people did at one moment into the record. Raises RecordUnavailable if the
    record refuses: what was committed before stays, and the same files can be given again, for
    nothing is stored twice.
    """
    taking = _Taking(intake, max_batch, append)
    streams: tuple[Iterable[_Item], ...] = (arrivals, people)
    for item in heapq.merge(*streams, key=_time_of):
        if isinstance(item, PeoplesLine):
            taking.take_act(item)
        else:
            taking.take_arrival(item)
    return taking.end()


def _time_of(item: _Item) -> datetime:
    return item.at if isinstance(item, PeoplesLine) else item.received_at


class _Taking:
    """The batch that is filled, and the file's clock: the latest time that was met.

    What people did at one moment is one batch, as it is when somebody signs a form of many items.
    """

    def __init__(
        self, intake: Intake, max_batch: int, append: Callable[[Sequence[PeoplesLine]], None]
    ) -> None:
        self._intake = intake
        self._max_batch = max_batch
        self._append = append
        self._batch: list[RawMessage] = []
        self._acts: list[PeoplesLine] = []
        self._now: datetime | None = None
        self._count = 0

    def take_arrival(self, arrival: RecordedArrival) -> None:
        self._take_acts()
        self._move(arrival.received_at)
        self._batch.append(
            RawMessage(
                topic=arrival.topic,
                payload=arrival.payload_bytes(),
                received_at=arrival.received_at,
                is_retained=arrival.retained,
            )
        )
        if len(self._batch) >= self._max_batch:
            self._flush()

    def take_act(self, line: PeoplesLine) -> None:
        if self._acts and self._acts[-1].at != line.at:
            self._take_acts()
        self._acts.append(line)

    def end(self) -> int:
        """Take up what is left, and lay the stream down; returns how many arrived."""
        self._take_acts()
        self._flush()
        if self._now is not None:
            self._intake.commit(self._intake.prepare_stop(self._now))
        return self._count

    def _take_acts(self) -> None:
        if not self._acts:
            return
        now = self._move(self._acts[-1].at)
        self._flush()
        self._append(self._acts)
        self._acts = []
        if self._intake.look_for_acts():
            self._intake.commit(self._intake.prepare_acts(now))

    def _move(self, to: datetime) -> datetime:
        if self._now is None:
            self._now = to
            self._intake.commit(self._intake.prepare_start(to))
        self._now = max(self._now, to)
        return self._now

    def _flush(self) -> None:
        if self._now is None or not self._batch:
            return
        self._intake.commit(self._intake.prepare(self._batch, self._now))
        before, self._count = self._count, self._count + len(self._batch)
        if before // PROGRESS_EVERY != self._count // PROGRESS_EVERY:
            log.info("%d arrivals, up to %s", self._count, self._now.isoformat())
        self._batch = []
