"""The numbers of a session as its report draws and exports them, by time of measurement."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter

import msgspec

from infusion.association import is_within
from infusion.completeness import Sample, Span
from infusion.session import Session
from infusion.stream import VitalsArrived
from vocabulary.ids import DeviceId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind, InvalidReason

CONTINUOUS = tuple(signal for signal in SignalName if signal is not SignalName.NIBP)


class CuffLine(msgspec.Struct, frozen=True, kw_only=True):
    """One cuff reading, mmHg; its numbers are None if it failed, with the reason. `at` UTC."""

    at: datetime
    device: DeviceId
    sys: float | None
    dia: float | None
    map: float | None
    reason: InvalidReason | None = None


class TrendLine(msgspec.Struct, frozen=True, kw_only=True):
    """A signal as medians of `step_s` seconds from `begins` (UTC) on; None where it has no number.

    Units as in `vocabulary.signals`.
    """

    signal: SignalName
    begins: datetime
    step_s: int
    values: tuple[float | None, ...]

    def moment(self, index: int) -> datetime:
        """The middle of a step, UTC."""
        return self.begins + timedelta(seconds=self.step_s * (index + 0.5))


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """What the session's monitors measured, each signal in order of time."""

    samples: Mapping[SignalName, Sequence[Sample]]
    cuffs: tuple[CuffLine, ...]
    arrived_late: int


def numbers_of(session: Session, vitals: Iterable[VitalsArrived], window: Span) -> Numbers:
    """What was measured in a window while each monitor was the session's."""
    ours = {
        held.device: held.intervals
        for held in session.associations
        if held.kind is DeviceKind.MONITOR
    }
    begins, ends = window
    samples: dict[SignalName, list[Sample]] = {signal: [] for signal in CONTINUOUS}
    cuffs: dict[tuple[DeviceId, datetime], CuffLine] = {}
    late = 0
    for item in sorted(vitals, key=attrgetter("observed_at")):
        at = item.observed_at
        intervals = ours.get(item.device)
        if intervals is None or not begins <= at <= ends:
            continue
        if not is_within(intervals, at):
            continue
        late += item.late
        _take(samples, item)
        if item.nibp_sys is not None or item.invalid:
            _take_cuff(cuffs, item, begins)
    return Numbers(
        samples={signal: found for signal, found in samples.items() if found},
        cuffs=tuple(sorted(cuffs.values(), key=lambda cuff: (cuff.at, cuff.device))),
        arrived_late=late,
    )


def _take(samples: dict[SignalName, list[Sample]], item: VitalsArrived) -> None:
    at, invalid = item.observed_at, item.invalid
    values = (item.hr, item.pr, item.spo2, item.rr, item.etco2, item.temp)
    for signal, value in zip(CONTINUOUS, values, strict=True):
        reason = invalid.get(signal) if invalid else None
        if reason is not None:
            samples[signal].append(Sample(at, None, reason))
        elif value is not None:
            samples[signal].append(Sample(at, value, None))


def _take_cuff(
    cuffs: dict[tuple[DeviceId, datetime], CuffLine], item: VitalsArrived, begins: datetime
) -> None:
    """A cuff reading, once: a monitor sends its last one again with every set."""
    reason = item.invalid.get(SignalName.NIBP)
    if item.nibp_sys is None and reason is None:
        return
    at = min(item.nibp_observed_at or item.observed_at, item.received_at)
    if at < begins or (item.device, at) in cuffs:
        return
    is_good = reason is None and item.nibp_dia is not None
    cuffs[item.device, at] = CuffLine(
        at=at,
        device=item.device,
        sys=item.nibp_sys if is_good else None,
        dia=item.nibp_dia if is_good else None,
        map=item.nibp_map if is_good else None,
        reason=reason,
    )


def _median(values: list[float]) -> float:
    """As `statistics.median`, without its tests of each number."""
    values.sort()
    middle, is_odd = divmod(len(values), 2)
    return values[middle] if is_odd else (values[middle - 1] + values[middle]) / 2


def trend_of(signal: SignalName, samples: Iterable[Sample], window: Span, step_s: int) -> TrendLine:
    """Medians of the numbers in each step of a window."""
    begins, ends = window
    steps = max(0, -(-int((ends - begins).total_seconds()) // step_s))
    found: list[list[float]] = [[] for _ in range(steps)]
    step = timedelta(seconds=step_s)
    index, opens, closes = -1, begins, begins  # of the step of the last one: most are in it too
    for sample in samples:
        at, value = sample.at, sample.value
        if value is None:
            continue
        if not opens <= at < closes:
            index = (at - begins) // step
            opens = begins + index * step
            closes = opens + step
        if 0 <= index < steps:
            found[index].append(value)
    return TrendLine(
        signal=signal,
        begins=begins,
        step_s=step_s,
        values=tuple(round(float(_median(values)), 1) if values else None for values in found),
    )
