"""From the logs of the pumps at a bed to what they delivered there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec

from infusion.delivered import (
    NANOLITRE,
    NOTHING,
    Delivered,
    Pause,
    RunMark,
    Segment,
    SegmentKind,
    spans_of,
)
from infusion.pump import DeliveryPhase
from infusion.pump_facts import STILL, Fact, Flow
from infusion.pump_log import PumpLog
from infusion.stretches import Stretch
from vocabulary.ids import CounterId, DeviceId
from vocabulary.states import StopReason


def delivered_by(logs: Sequence[PumpLog], marks: Sequence[RunMark] = ()) -> Delivered:
    """What the pumps of these logs delivered at the bed. Later marks win over earlier ones."""
    courses = [_course_of(log) for log in logs]
    lost = []
    for mark in marks:
        met = [_set_apart(course, mark) for course in courses if course.device == mark.device]
        if not any(met):
            lost.append(mark)
    segments = sorted(
        (segment for course in courses for segment in course.segments),
        key=lambda s: (s.begins, s.ends, s.device),
    )
    infusion = [s for s in segments if s.kind is SegmentKind.INFUSION]
    spans = spans_of(infusion)
    phase = _phase(infusion, courses)
    return Delivered(
        phase=phase,
        segments=tuple(segments),
        pauses=_pauses(spans, phase, courses),
        started_at=spans[0][0] if spans else None,
        running_s=_running_s(infusion),
        rate_ml_h=_rate(infusion),
        observed_at=_observed_at(infusion, courses),
        believed_for=min((c.believed_for for c in courses), default=timedelta(0)),
        lost_marks=tuple(lost),
    )


class _Course(msgspec.Struct):
    """One pump's part."""

    device: DeviceId
    segments: list[Segment]
    holds: list[Stretch]
    is_ended: bool
    observed_at: datetime | None
    believed_for: timedelta


def _course_of(log: PumpLog) -> _Course:
    course = _Course(
        device=log.device,
        segments=[],
        holds=[],
        is_ended=False,
        observed_at=None if log.last is None else log.last.at,
        believed_for=log.rules.believed_for,
    )
    first = log.first_measured()
    shown = {} if first is None else {first.counter: _ml(first.volume_ml)}
    for stretch in log.stretches():
        _take_stretch(course, stretch, _risen(shown, stretch))
    if log.last is not None:
        course.is_ended = _ends(course.is_ended, log.last.flow)
        if log.until is None:
            _keep_open(course, log.last)
    return course


def _risen(shown: dict[CounterId | None, Decimal], stretch: Stretch) -> Decimal | None:
    """How far the stretch raised its counter over the most it showed; None if it told nothing.

    A counter that appears later than the first began at zero.
    """
    if not stretch.is_measured:
        return None
    before = shown.get(stretch.counter, NOTHING)
    shown[stretch.counter] = max(before, _ml(stretch.volume_ml))
    return shown[stretch.counter] - before


def _ml(volume_ml: float | None) -> Decimal:
    return NOTHING if volume_ml is None else Decimal(repr(volume_ml)).quantize(NANOLITRE)


def _take_stretch(course: _Course, stretch: Stretch, risen_ml: Decimal | None) -> None:
    course.is_ended = _ends(course.is_ended, stretch.flow)
    if stretch.flow in STILL:
        course.holds.append(stretch)
        if not risen_ml:
            return
        if course.segments:  # the counter is read after the stop that it belongs to
            last = course.segments[-1]
            total = (last.volume_ml or NOTHING) + risen_ml
            course.segments[-1] = msgspec.structs.replace(last, volume_ml=total)
            return
    elif stretch.begins == stretch.ends and not risen_ml:
        return
    is_still = stretch.flow in STILL
    is_unheard = stretch.is_silent or is_still
    lasted = stretch.running if is_unheard else stretch.ends - stretch.begins
    course.segments.append(
        Segment(
            device=course.device,
            kind=SegmentKind.KVO if stretch.flow is Flow.KVO else SegmentKind.INFUSION,
            begins=stretch.begins,
            ends=stretch.ends,
            rate_ml_h=_rate_of(stretch.rate_ml_h),
            volume_ml=risen_ml,
            counter=stretch.counter,
            running_s=lasted.total_seconds() if stretch.flow is not Flow.KVO else 0.0,
            is_silent=is_unheard,
        )
    )


def _rate_of(rate_ml_h: float | None) -> Decimal | None:
    return None if rate_ml_h is None else Decimal(repr(rate_ml_h)).quantize(NANOLITRE)


def _ends(is_ended: bool, flow: Flow | None) -> bool:  # noqa: FBT001 - folds over flows
    """A pump that ended stays so until it infuses again, whatever it holds meanwhile."""
    if flow is Flow.INFUSING:
        return False
    return is_ended or flow is Flow.KVO or flow is Flow.ENDED


def _keep_open(course: _Course, last: Fact) -> None:
    """Mark the segment that still runs; one that just began has no length yet."""
    if last.flow is not Flow.INFUSING and last.flow is not Flow.KVO:
        return
    kind = SegmentKind.KVO if last.flow is Flow.KVO else SegmentKind.INFUSION
    rate = _rate_of(last.rate_ml_h)
    newest = course.segments[-1] if course.segments else None
    if (
        newest is not None
        and newest.ends == last.at
        and newest.kind is kind
        and newest.rate_ml_h == rate
        and not newest.is_silent
        and not last.is_start
    ):
        course.segments[-1] = msgspec.structs.replace(newest, is_open=True)
        return
    course.segments.append(
        Segment(
            device=course.device,
            kind=kind,
            begins=last.at,
            ends=last.at,
            rate_ml_h=rate,
            volume_ml=NOTHING,
            counter=last.counter,
            running_s=0.0,
            is_open=True,
        )
    )


def _set_apart(course: _Course, mark: RunMark) -> bool:
    """Give the segments of a mark's run its kind; False if it meets none."""
    run = _run_at(course, mark.begins)
    if run is None:
        return False
    begins, ends = run
    course.segments = [
        msgspec.structs.replace(segment, kind=mark.kind)
        if begins <= segment.begins and segment.ends <= ends
        else segment
        for segment in course.segments
    ]
    return True


def _run_at(course: _Course, moment: datetime) -> tuple[datetime, datetime] | None:
    """The run around `moment`, else one that begins soon after: late facts move its start."""
    runs: list[tuple[datetime, datetime]] = []
    for segment in course.segments:
        if runs and runs[-1][1] == segment.begins:
            runs[-1] = (runs[-1][0], segment.ends)
        else:
            runs.append((segment.begins, segment.ends))
    around = [run for run in runs if run[0] <= moment <= run[1]]
    soon = [run for run in runs if moment < run[0] <= moment + course.believed_for]
    return around[-1] if around else (soon[0] if soon else None)


def _running_s(infusion: list[Segment]) -> float:
    """Seconds of infusion; time in which two pumps ran counts once."""
    total = 0.0
    covered: datetime | None = None
    for segment in infusion:
        begins = segment.begins if covered is None else max(segment.begins, covered)
        total += max(0.0, min(segment.running_s, (segment.ends - begins).total_seconds()))
        covered = segment.ends if covered is None else max(covered, segment.ends)
    return total


def _rate(infusion: list[Segment]) -> Decimal | None:
    rates = [segment.rate_ml_h for segment in infusion if segment.is_open]
    known = [rate for rate in rates if rate is not None]
    return sum(known, NOTHING) if rates and len(known) == len(rates) else None


def _observed_at(infusion: list[Segment], courses: list[_Course]) -> datetime | None:
    """The newest fact; of the pump that runs, since another one that still talks says nothing."""
    running = [segment.ends for segment in infusion if segment.is_open]
    if running:
        return min(running)
    return max((c.observed_at for c in courses if c.observed_at is not None), default=None)


def _phase(infusion: list[Segment], courses: list[_Course]) -> DeliveryPhase:
    if not infusion:
        return DeliveryPhase.NOT_STARTED
    if any(segment.is_open for segment in infusion):
        return DeliveryPhase.RUNNING
    newest = max(infusion, key=lambda s: s.ends).device
    has_ended = any(course.is_ended for course in courses if course.device == newest)
    return DeliveryPhase.ENDED if has_ended else DeliveryPhase.INTERRUPTED


def _pauses(
    spans: list[tuple[datetime, datetime]], phase: DeliveryPhase, courses: list[_Course]
) -> tuple[Pause, ...]:
    gaps: list[tuple[datetime, datetime | None]] = [
        (before[1], after[0]) for before, after in pairwise(spans)
    ]
    if spans and phase is DeliveryPhase.INTERRUPTED:
        gaps.append((spans[-1][1], None))
    return tuple(
        Pause(begins=begins, ends=ends, reason=_reason(begins, ends, courses))
        for begins, ends in gaps
    )


def _reason(begins: datetime, ends: datetime | None, courses: list[_Course]) -> StopReason | None:
    told = [
        (hold.begins, hold.reason)
        for course in courses
        for hold in course.holds
        if hold.reason and hold.ends >= begins and (ends is None or hold.begins < ends)
    ]
    return min(told)[1] if told else None
