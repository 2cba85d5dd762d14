"""The score in figures and in words, and whether the promises are kept."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Final

import msgspec

from simulator.score.matching import Match, Outcome, minutes_into
from simulator.score.raised import Onset
from simulator.score.screen import ShownOnset
from simulator.truth import Verdict
from vocabulary.alarms import AlarmKind, AlarmPriority

MEDIUM_SHARE: Final = 0.98
"""So many of the medium alarms are raised in time, at least. High ones are all."""


class KindScore(msgspec.Struct, frozen=True, kw_only=True):
    """The score of one kind of alarm. Delays in seconds, from the moment the condition held.

    `late_max_s`: the latest beyond the delay that is meant. `to_screen`: from the sample that
    raised it until a screen had it, where screens were watched.
    """

    kind: AlarmKind
    required: int
    raised: int
    onsets: int
    unasked: int
    duplicates: int
    delay_median_s: float | None
    late_max_s: float | None
    to_screen_median_s: float | None = None
    to_screen_max_s: float | None = None

    @property
    def recall(self) -> float | None:
        """Of the alarms that were required, the share that was raised in time."""
        return None if self.required == 0 else self.raised / self.required

    @property
    def precision(self) -> float | None:
        """Of the alarms that were raised, the share that was asked for."""
        return None if self.onsets == 0 else (self.onsets - self.unasked) / self.onsets


def scores_of(outcomes: Sequence[Outcome]) -> list[KindScore]:
    """The score of each kind of alarm over all stories."""
    return [_score(kind, outcomes) for kind in AlarmKind]


def _score(kind: AlarmKind, outcomes: Sequence[Outcome]) -> KindScore:
    matches = [m for o in outcomes for m in o.matches if m.expected.kind is kind]
    required = [m for m in matches if m.expected.verdict is Verdict.REQUIRED]
    hits = [m for m in required if m.onset is not None]
    unasked = [onset for o in outcomes for onset in o.unasked if onset.kind is kind]
    delays = [m.delay_s for m in hits if m.delay_s is not None]
    lates = [m.late_s for m in hits if m.late_s is not None]
    ways = [m.onset.to_screen_s for m in matches if isinstance(m.onset, ShownOnset)]
    return KindScore(
        kind=kind,
        required=len(required),
        raised=len(hits),
        onsets=sum(m.onset is not None for m in matches) + len(unasked),
        unasked=len(unasked),
        duplicates=sum(d.second.kind is kind for o in outcomes for d in o.duplicates),
        delay_median_s=median(delays) if delays else None,
        late_max_s=max(lates, default=None),
        to_screen_median_s=median(ways) if ways else None,
        to_screen_max_s=max(ways, default=None),
    )


def broken_promises(outcomes: Sequence[Outcome]) -> list[str]:
    """What is not as it was promised, one sentence each; empty if all is well."""
    told = []
    missed = Counter(m.expected.priority for o in outcomes for m in o.missed)
    required = Counter(
        m.expected.priority
        for o in outcomes
        for m in o.matches
        if m.expected.verdict is Verdict.REQUIRED
    )
    if missed[AlarmPriority.HIGH]:
        told.append(f"{missed[AlarmPriority.HIGH]} high alarms were not raised in time")
    mediums = required[AlarmPriority.MEDIUM]
    if mediums and 1 - missed[AlarmPriority.MEDIUM] / mediums < MEDIUM_SHARE:
        told.append(f"{missed[AlarmPriority.MEDIUM]} of {mediums} medium alarms were missed")
    unasked = sum(len(o.unasked) for o in outcomes)
    if unasked:
        told.append(f"{unasked} alarms were raised that no story asks for")
    duplicates = sum(len(o.duplicates) for o in outcomes)
    if duplicates:
        told.append(f"{duplicates} alarms were heard a second time within a minute")
    unfinished = sum(not m.is_over_as_told for o in outcomes for m in o.matches)
    if unfinished:
        told.append(
            f"{unfinished} alarms were not over, or not latched, when they should have been"
        )
    return told


def report_lines(outcomes: Sequence[Outcome], start: datetime) -> Iterator[str]:
    """The report as people read it: what went wrong in each story, then the figures."""
    for outcome in outcomes:
        yield from story_lines(outcome.story, list(faults_of(outcome, start)))
    yield from figure_lines(outcomes)


def story_lines(story: str, faults: Sequence[str]) -> Iterator[str]:
    """What went wrong in one story."""
    yield f"{story}: {'as it should be' if not faults else ''}".rstrip()
    yield from (f"  {fault}" for fault in faults)


def figure_lines(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The figures of each kind of alarm as a table; the way to a screen where one was watched."""
    scores = scores_of(outcomes)
    has_screens = any(score.to_screen_max_s is not None for score in scores)
    yield ""
    yield (
        f"{'kind':<14}{'required':>9}{'raised':>8}{'recall':>8}{'unasked':>9}{'precision':>11}"
        f"{'duplicates':>12}{'delay':>9}{'late max':>10}"
        + (f"{'to screen':>11}{'at most':>9}" if has_screens else "")
    )
    for score in scores:
        yield (
            f"{score.kind.value:<14}{score.required:>9}{score.raised:>8}{_share(score.recall):>8}"
            f"{score.unasked:>9}{_share(score.precision):>11}{score.duplicates:>12}"
            f"{_seconds(score.delay_median_s):>9}{_seconds(score.late_max_s):>10}"
        ) + (
            f"{_seconds(score.to_screen_median_s, 2):>11}{_seconds(score.to_screen_max_s, 2):>9}"
            if has_screens
            else ""
        )


def faults_of(outcome: Outcome, start: datetime) -> Iterator[str]:
    """What went wrong in a story that began at `start`, a line each."""
    for match in outcome.missed:
        yield f"MISSED    {_expected(match, start)}"
    for match in outcome.matches:
        if not match.is_over_as_told:
            yield f"NOT OVER  {_expected(match, start)}{_over(match.onset, start)}"
    for onset in outcome.unasked:
        yield f"UNASKED   {onset_text(onset, start)}"
    for twice in outcome.duplicates:
        yield f"TWICE     {onset_text(twice.second, start)}"


def _expected(match: Match, start: datetime) -> str:
    expected = match.expected
    since, due = expected.holds_since or start, expected.due_at or start
    priority = "" if expected.priority is None else expected.priority.value
    return (
        f"{expected.alarm.value} ({priority}) at bed {expected.bed or '-'}: holds from minute "
        f"{minutes_into(since, start):.2f}, due by {minutes_into(due, start):.2f}"
    )


def _over(onset: Onset | None, start: datetime) -> str:
    if onset is None or onset.over_at is None:
        return ", goes on"
    how = "latched" if onset.is_latched else "ended"
    return f", {how} at minute {minutes_into(onset.over_at, start):.2f}"


def onset_text(onset: Onset, start: datetime) -> str:
    """An alarm that showed itself in a story that began at `start`, in words."""
    return (
        f"{onset.alarm.value} ({onset.priority.value}, {onset.sign.value}) at bed "
        f"{onset.bed or '-'}: minute {minutes_into(onset.at, start):.2f}: {onset.text}"
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _seconds(value: float | None, decimals: int = 1) -> str:
    return "-" if value is None else f"{value:.{decimals}f} s"


class Burden(msgspec.Struct, frozen=True, kw_only=True):
    """Audible alarms per patient-hour over ordinary hours."""

    patients: int
    hours: float
    median_per_h: float
    p95_per_h: float
    by_alarm: dict[str, int]


MEDIAN_PER_H: Final = 1.0
P95_PER_H: Final = 4.0
"""At most so many audible alarms per patient-hour."""


def burden_of(onsets: Iterable[Onset], beds: Sequence[tuple[str, str]], hours: float) -> Burden:
    """The burden of `beds` (ward and bed), each watched for so many hours."""
    audible = [onset for onset in onsets if onset.is_audible]
    counts = Counter((onset.ward, onset.bed) for onset in audible)
    rates = sorted(counts[bed] / hours for bed in beds)
    return Burden(
        patients=len(beds),
        hours=hours,
        median_per_h=median(rates),
        p95_per_h=rates[min(len(rates) - 1, int(0.95 * len(rates)))],
        by_alarm=dict(Counter(o.alarm.value for o in audible).most_common()),
    )
