"""The ground truth of a run, with absolute times: one JSON object a line.

`python -m simulator run STORY --truth FILE` writes it; the scorer, or anybody's own receiver, is
judged by it. Times are UTC.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

import msgspec

from simulator.faults import MS_PER_MIN
from simulator.scenario import Scenario
from simulator.story import AlarmEnd, ExpectedAlarm
from vocabulary.alarms import KIND_OF, AlarmCode, AlarmKind, AlarmPriority


class Verdict(str, Enum):
    """Whether an alarm must, may or must not be raised."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


class TrueAlarm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One alarm of a story as a correct receiver shows it.

    `holds_since` is when its condition begins; it is raised from `not_before` on, and at the
    latest `due_at`. By `over_by` it has ended or is latched. A forbidden one has no times.
    """

    story: str
    ward: str
    bed: str | None
    alarm: AlarmCode
    kind: AlarmKind
    verdict: Verdict
    ends_at: datetime
    priority: AlarmPriority | None = None
    holds_since: datetime | None = None
    not_before: datetime | None = None
    due_at: datetime | None = None
    over_by: datetime | None = None
    becomes: AlarmEnd | None = None


def truth_of(scenario: Scenario, ward: str, start_ms: int, end_ms: int) -> Iterator[TrueAlarm]:
    """What a correct receiver shows of a run from `start_ms` to `end_ms` (true ms)."""
    start, end = _time(start_ms), _time(end_ms)
    for expected in scenario.truth.raised:
        if start + _minutes(expected.at_min) < end:
            yield _expected(scenario.name, ward, expected, (start, end))
    for forbidden in scenario.truth.never:
        yield TrueAlarm(
            story=scenario.name,
            ward=ward,
            bed=forbidden.bed,
            alarm=forbidden.alarm,
            kind=KIND_OF[forbidden.alarm],
            verdict=Verdict.FORBIDDEN,
            ends_at=end,
        )


def write_truth(path: Path, alarms: Iterable[TrueAlarm]) -> int:
    """Write `alarms` to `path`; returns how many."""
    lines = [msgspec.json.encode(alarm) + b"\n" for alarm in alarms]
    path.write_bytes(b"".join(lines))
    return len(lines)


def _expected(
    story: str, ward: str, expected: ExpectedAlarm, run: tuple[datetime, datetime]
) -> TrueAlarm:
    holds_since = run[0] + _minutes(expected.at_min)
    over_by = None if expected.over_by_min is None else run[0] + _minutes(expected.over_by_min)
    return TrueAlarm(
        story=story,
        ward=ward,
        bed=expected.bed,
        alarm=expected.alarm,
        kind=KIND_OF[expected.alarm],
        verdict=Verdict.OPTIONAL if expected.optional else Verdict.REQUIRED,
        ends_at=run[1],
        priority=expected.priority,
        holds_since=holds_since,
        not_before=holds_since + timedelta(seconds=expected.not_before_s),
        due_at=holds_since + timedelta(seconds=expected.delay_s),
        over_by=over_by,
        becomes=None if over_by is None else expected.becomes,
    )


def _minutes(minutes: float) -> timedelta:
    return timedelta(milliseconds=round(minutes * MS_PER_MIN))


def _time(at_ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
