"""How well the patient was watched: coverage, gaps with what explains them, alarms in groups."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from infusion.alarms.log import AlarmRecord
from infusion.association import Interval
from infusion.completeness import (
    Coverage,
    Missing,
    Span,
    coverage_of,
    explaining,
    infusing_s,
    is_over_limit,
    without,
)
from infusion.configuration import ClinicConfiguration, SignOffRules
from infusion.report.content import AlarmGroup, Completeness, GapLine
from infusion.report.material import KnownCause
from infusion.report.rows import AlarmLine
from infusion.report.trend import Numbers
from infusion.session import Session
from infusion.sign_off_events import AlarmsReviewed
from vocabulary.alarms import AlarmKind, AlarmPriority
from vocabulary.signals import SignalName

_ALWAYS = (SignalName.SPO2, SignalName.HR)
"""Watched in every session, so that a session without them has no coverage, not no line."""
_ORDER = (AlarmPriority.HIGH, AlarmPriority.MEDIUM, AlarmPriority.LOW)
_REVIEWED = frozenset({AlarmPriority.HIGH, AlarmPriority.MEDIUM})


def completeness_of(
    session: Session,
    numbers: Numbers,
    infusing: Sequence[Interval],
    causes: Sequence[KnownCause],
    configuration: ClinicConfiguration,
    watched: Span | None,
) -> Completeness:
    """Coverage of `watched`, from the first drug until the patient left; None before any drug."""
    if watched is None:
        return Completeness(
            coverage=(), gaps=(), cuffs=0, longest_without_cuff_s=None, arrived_late=0
        )
    coverage = tuple(
        coverage_of(
            signal,
            numbers.samples.get(signal, ()),
            watched,
            configuration.signals[signal].late_after_s,
        )
        for signal in SignalName
        if signal in _ALWAYS or signal in numbers.samples
    )
    spo2 = next(c for c in coverage if c.signal is SignalName.SPO2)
    cuffs = [c.at for c in numbers.cuffs if c.sys is not None and watched[0] <= c.at <= watched[1]]
    return Completeness(
        coverage=coverage,
        gaps=_gap_lines(session, spo2, infusing, causes, configuration.sign_off),
        cuffs=len(cuffs),
        longest_without_cuff_s=_longest((watched[0], *cuffs, watched[1])),
        arrived_late=numbers.arrived_late,
    )


def _longest(moments: Iterable[datetime]) -> float:
    return max((after - before).total_seconds() for before, after in pairwise(sorted(moments)))


def _gap_lines(
    session: Session,
    coverage: Coverage,
    infusing: Sequence[Interval],
    causes: Sequence[KnownCause],
    rules: SignOffRules,
) -> tuple[GapLine, ...]:
    """The gaps over the limit, each with what is left of it without a reason."""
    spans = [(i.since, i.until) for i in infusing if i.until is not None]
    return tuple(
        _gap_line(session, missing, spans, causes, rules)
        for missing in coverage.missing
        if is_over_limit(missing.gap, spans, rules)
    )


def _gap_line(
    session: Session,
    missing: Missing,
    infusing: Sequence[Span],
    causes: Sequence[KnownCause],
    rules: SignOffRules,
) -> GapLine:
    gap = missing.gap
    known = [c for c in causes if c.begins < gap.ends and gap.begins < c.ends]
    words = explaining(gap, session.gaps_explained)
    covers = [(c.begins, c.ends) for c in known] + [
        (said.begins, said.ends)
        for word in words
        for said in word.gaps
        if said.signal is gap.signal
    ]
    left = without(gap, covers)
    return GapLine(
        gap=gap,
        lasted_s=(gap.ends - gap.begins).total_seconds(),
        infusing_s=infusing_s(gap, infusing),
        told="" if missing.told is None else missing.told.value.replace("_", " "),
        causes=tuple(dict.fromkeys(c.text for c in known)),
        reasons=tuple(f"{word.reason} ({word.by.printed_name})" for word in words),
        open=tuple(piece for piece in left if is_over_limit(piece, infusing, rules)),
    )


def alarm_line(record: AlarmRecord) -> AlarmLine:
    """An alarm as its log has it, as a line."""
    by = record.acknowledged_by
    return AlarmLine(
        alarm=record.alarm,
        condition=record.code.value,
        priority=record.priority,
        text=record.text,
        began_at=record.raised_at,
        ended_at=record.over_at,
        answered_at=record.acknowledged_at,
        answered_by="" if by is None else by.printed_name,
        is_technical=record.kind is AlarmKind.TECHNICAL,
    )


def alarm_groups(
    alarms: Iterable[AlarmLine], reviews: Iterable[AlarmsReviewed]
) -> tuple[AlarmGroup, ...]:
    """Alarms by kind and priority, high first; low ones need no review."""
    last = {alarm: review for review in reviews for alarm in review.alarms}
    groups: dict[tuple[int, str], list[AlarmLine]] = {}
    for alarm in alarms:
        groups.setdefault((_ORDER.index(alarm.priority), alarm.condition), []).append(alarm)
    return tuple(_group(groups[key], last) for key in sorted(groups))


def _group(alarms: Sequence[AlarmLine], last: dict[str, AlarmsReviewed]) -> AlarmGroup:
    first = alarms[0]
    reviews = [last[a.alarm] for a in alarms if a.alarm in last]
    review = reviews[-1] if reviews else None
    return AlarmGroup(
        condition=first.condition,
        priority=first.priority,
        alarms=tuple(a.alarm for a in alarms),
        unreviewed=tuple(a.alarm for a in alarms if a.alarm not in last)
        if first.priority in _REVIEWED
        else (),
        verdict=None if review is None else review.verdict,
        review=review,
    )
