"""How complete the numbers of a session are: coverage of each signal, gaps, and what explains them.

A gap is time between two usable numbers that are further apart than the signal's freshness
allows. Time that a known cause or a person's reason covers is taken out of it; what is left over
the clinic's limit is open.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from infusion.configuration import SignOffRules
from infusion.sign_off_events import Gap, GapsExplained
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason

Span = tuple[datetime, datetime]


class Sample(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One number of a signal, or why there is none. `at` UTC."""

    at: datetime
    value: float | None
    reason: InvalidReason | None = None


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A gap, and what the device said of it most of the time; None if it said nothing."""

    gap: Gap
    told: InvalidReason | None


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the time from `begins` to `ends` (UTC) has numbers of a signal, in percent."""

    signal: SignalName
    begins: datetime
    ends: datetime
    percent: float
    missing: tuple[Missing, ...]


def coverage_of(
    signal: SignalName, samples: Iterable[Sample], window: Span, joined_within_s: float
) -> Coverage:
    """Coverage of a window by samples in order of time; closer than `joined_within_s` are one."""
    begins, ends = window
    joined = timedelta(seconds=joined_within_s)
    missing: list[Missing] = []
    told: Counter[InvalidReason] = Counter()
    last = begins
    for sample in samples:
        if not begins <= sample.at <= ends:
            continue
        if sample.value is None:
            told[sample.reason or InvalidReason.FAULT] += 1
            continue
        if sample.at - last > joined:
            missing.append(_missing(signal, last, sample.at, told))
        last = sample.at
        told.clear()
    if ends - last > joined:
        missing.append(_missing(signal, last, ends, told))
    lacking = sum(((m.gap.ends - m.gap.begins) for m in missing), timedelta(0))
    length = ends - begins
    percent = 100.0 if not length else 100 * (1 - lacking / length)
    return Coverage(
        signal=signal,
        begins=begins,
        ends=ends,
        percent=round(percent, 2),
        missing=tuple(missing),
    )


def _missing(
    signal: SignalName, begins: datetime, ends: datetime, told: Counter[InvalidReason]
) -> Missing:
    most = told.most_common(1)
    return Missing(
        gap=Gap(signal=signal, begins=begins, ends=ends), told=most[0][0] if most else None
    )


def is_over_limit(gap: Gap, infusing: Sequence[Span], rules: SignOffRules) -> bool:
    """Whether a gap is longer than the clinic lets pass, while infusing or otherwise."""
    lasted = (gap.ends - gap.begins).total_seconds()
    return infusing_s(gap, infusing) > rules.gap_infusing_s or lasted > rules.gap_otherwise_s


def infusing_s(gap: Gap, infusing: Sequence[Span]) -> float:
    """How much of a gap fell into the infusion, seconds."""
    shared = (min(gap.ends, ends) - max(gap.begins, begins) for begins, ends in infusing)
    return sum(max(part.total_seconds(), 0.0) for part in shared)


def without(gap: Gap, covers: Iterable[Span]) -> tuple[Gap, ...]:
    """What is left of a gap once the time of `covers` is taken out."""
    left = [gap]
    for begins, ends in covers:
        left = [part for piece in left for part in _outside(piece, begins, ends)]
    return tuple(left)


def explaining(gap: Gap, words: Iterable[GapsExplained]) -> tuple[GapsExplained, ...]:
    """The words of people that cover some of a gap."""
    return tuple(
        word
        for word in words
        if any(
            said.signal is gap.signal and said.begins < gap.ends and gap.begins < said.ends
            for said in word.gaps
        )
    )


def _outside(gap: Gap, begins: datetime, ends: datetime) -> list[Gap]:
    if ends <= gap.begins or begins >= gap.ends:
        return [gap]
    parts = []
    if gap.begins < begins:
        parts.append(msgspec.structs.replace(gap, ends=begins))
    if ends < gap.ends:
        parts.append(msgspec.structs.replace(gap, begins=ends))
    return parts
