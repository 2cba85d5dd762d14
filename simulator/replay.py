"""A recording of a real monitor, played back as a device of the contract."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from simulator.device import NEVER_MS, Body, Device, Identity
from simulator.ivy450c import read_ivy
from simulator.numerics_csv import read_numerics
from simulator.rows import BadRecording, Row
from simulator.seeds import seeded_stream
from simulator.transmission import Transmission
from simulator.ward import Station
from vocabulary.ids import DeviceId
from vocabulary.states import DeviceKind
from wire.topics import MessageKind

USUAL_PERIOD_S = 1.0


class RecordingFormat(str, Enum):
    """How a recording is written."""

    CSV = "csv"
    IVY = "ivy"


READERS: dict[RecordingFormat, Callable[[Path], Iterator[Row]]] = {
    RecordingFormat.CSV: read_numerics,
    RecordingFormat.IVY: read_ivy,
}


@dataclass(frozen=True, slots=True)
class Recording:
    """All rows of a recording; `every_s` replaces the recording's own spacing."""

    name: str
    rows: Sequence[Row]
    every_s: float | None = None

    @property
    def period_s(self) -> float:
        """How far apart two rows are played."""
        if self.every_s is not None:
            return self.every_s
        if len(self.rows) < 2:
            return USUAL_PERIOD_S
        return self.rows[1].at_s - self.rows[0].at_s

    @property
    def duration_ms(self) -> int:
        """From the first row to one period after the last."""
        return self.offset_ms(len(self.rows) - 1) + round(self.period_s * 1000)

    def offset_ms(self, number: int) -> int:
        """When row `number` is played, from the first one on."""
        if self.every_s is not None:
            return round(number * self.every_s * 1000)
        return round((self.rows[number].at_s - self.rows[0].at_s) * 1000)


class RecordedMonitor(Device):
    """Publishes the rows of a recording, each with the time at which it is played."""

    def __init__(self, identity: Identity, recording: Recording) -> None:
        super().__init__(identity, ())
        self._recording = recording
        self._number = 0

    def read(self, at_ms: int) -> list[tuple[MessageKind, Body]]:
        """The next row; a cuff reading was measured with it."""
        row = self._recording.rows[self._number]
        self._number += 1
        vitals = dict(row.vitals)
        cuff = vitals.get("nibp")
        if isinstance(cuff, dict):
            vitals["nibp"] = {**cuff, "time": self.device_time(at_ms)}
        return [*row.further, (MessageKind.VITALS, vitals)]

    def following_ms(self) -> int:
        """When the next row is due; never after the last."""
        if self._number + 1 >= len(self._recording.rows):
            return NEVER_MS
        return self.start_ms + self._recording.offset_ms(self._number + 1)


def read_recording(path: Path, format_: RecordingFormat | None, every_s: float | None) -> Recording:
    """Read all of `path`. Raises BadRecording naming what is wrong and where."""
    if format_ is None:
        format_ = RecordingFormat.CSV if path.suffix.lower() == ".csv" else RecordingFormat.IVY
    rows = list(READERS[format_](path))
    if not rows:
        raise BadRecording(f"{path}: no row in it")
    return Recording(path.name, rows, every_s)


def playback(recording: Recording, device: DeviceId, start_ms: int) -> Station:
    """The device that plays `recording` from `start_ms` (true ms since 1970) on."""
    identity = Identity(
        device=device,
        kind=DeviceKind.MONITOR,
        model=f"Replay of {recording.name}"[:256],
        seed=0,
        start_ms=start_ms,
        phase_ms=0,
        period_ms=max(1, round(recording.period_s * 1000)),
    )
    link = Transmission((), start_ms, seeded_stream(0, device, "link"))
    return Station(RecordedMonitor(identity, recording), link)
