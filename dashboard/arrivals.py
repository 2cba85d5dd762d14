"""What arrives from the broker, read and checked: bed states and ingest's heartbeats."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from dashboard.beds import BedArrived
from dashboard.delays import Delays
from vocabulary.ids import WardId, WorkerId
from wire.ingest_status import IngestStatus
from wire.published import decode_bed_state, decode_ingest_status
from wire.topics import BedTopic, WorkerTopic, parse_bed_topic, parse_worker_topic

_REMEMBERED_RUNS: Final = 64


@dataclass(frozen=True, slots=True)
class WorkerHeard:
    """A heartbeat of an ingest worker, or its will. Times as in BedArrived."""

    ward: WardId
    worker: WorkerId
    status: IngestStatus
    received_s: float
    received_at: datetime
    retained: bool = False


Arrived: TypeAlias = BedArrived | WorkerHeard


class Arrivals:
    """Reads what arrives, one message after the other."""

    def __init__(self) -> None:
        self._delays: dict[str, Delays] = {}

    def read(self, topic: str, payload: bytes, now_s: float, *, retained: bool) -> Arrived | None:
        """What a message says; None if it is nothing to us. `now_s` is monotonic.

        Raises msgspec.MsgspecError, ValueError or OverflowError where it cannot be believed.
        """
        if (bed := parse_bed_topic(topic)) is not None:
            return self._read_bed(bed, payload, now_s, retained=retained)
        worker = parse_worker_topic(topic)
        if worker is None or not payload:
            return None
        return _read_worker(worker, payload, now_s, retained=retained)

    def _read_bed(
        self, bed: BedTopic, payload: bytes, now_s: float, *, retained: bool
    ) -> BedArrived:
        now = datetime.now(UTC)
        if not payload:
            return BedArrived(bed.ward, bed.bed, None, now_s, now, retained=retained)
        state = decode_bed_state(payload)
        if (state.ward, state.bed) != (bed.ward, bed.bed):
            raise ValueError(f"a state of bed {state.bed!r} on the topic of bed {bed.bed!r}")
        delay_s = 0.0
        if not retained:
            run = self._delays_of(f"{state.worker} {state.ingest_boot}")
            delay_s = run.delay_s(state.published_at, now, now_s)
        return BedArrived(bed.ward, bed.bed, state, now_s, now, delay_s=delay_s, retained=retained)

    def _delays_of(self, run: str) -> Delays:
        if run not in self._delays:
            while len(self._delays) >= _REMEMBERED_RUNS:
                del self._delays[next(iter(self._delays))]
            self._delays[run] = Delays()
        return self._delays[run]


def _read_worker(
    worker: WorkerTopic, payload: bytes, now_s: float, *, retained: bool
) -> WorkerHeard:
    status = decode_ingest_status(payload)
    if status.worker != worker.worker:
        raise ValueError(f"a status of {status.worker!r} on the topic of {worker.worker!r}")
    now = datetime.now(UTC)
    return WorkerHeard(worker.ward, worker.worker, status, now_s, now, retained=retained)
