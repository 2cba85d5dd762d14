"""Recorded arrivals taken up like live ones, on the file's own clock."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from ingest.intake import Intake
from ingest.mqtt import RawMessage
from wire.arrivals import RecordedArrival

log = logging.getLogger(__name__)

PROGRESS_EVERY: Final = 50_000


def take_recorded(intake: Intake, arrivals: Iterable[RecordedArrival], max_batch: int) -> int:
    """Take up `arrivals` in their order, as fast as the record allows; returns how many.

    Raises RecordUnavailable if the record refuses: what was committed before stays, and the same
    file can be given again, for nothing is stored twice.
    """
    count = 0
    last_at: datetime | None = None
    for batch in _in_batches(arrivals, max_batch):
        if last_at is None:
            intake.commit(intake.prepare_start(batch[0].received_at))
        latest = max(item.received_at for item in batch)
        last_at = latest if last_at is None else max(latest, last_at)
        intake.commit(intake.prepare(batch, last_at))
        if count // PROGRESS_EVERY != (count + len(batch)) // PROGRESS_EVERY:
            log.info("%d arrivals, up to %s", count + len(batch), last_at.isoformat())
        count += len(batch)
    if last_at is not None:
        intake.commit(intake.prepare_stop(last_at))
    return count


def _in_batches(arrivals: Iterable[RecordedArrival], max_batch: int) -> Iterator[list[RawMessage]]:
    batch: list[RawMessage] = []
    for arrival in arrivals:
        batch.append(
            RawMessage(
                topic=arrival.topic,
                payload=arrival.payload_bytes(),
                received_at=arrival.received_at,
                is_retained=arrival.retained,
            )
        )
        if len(batch) >= max_batch:
            yield batch
            batch = []
    if batch:
        yield batch
