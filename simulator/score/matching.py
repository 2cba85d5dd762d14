"""Which alarm that was raised is which of the truth, what is missing and what nobody asked for."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from simulator.score.raised import Onset, Sign
from simulator.story import AlarmEnd
from simulator.truth import TrueAlarm, Verdict

SLACK: Final = timedelta(seconds=2)
"""An alarm may come this much later than its delay, and be over this much later."""
DUPLICATE_WITHIN: Final = timedelta(seconds=60)
"""The same alarm raised again so soon is one too many."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm of the truth, and the onset that was it; None if it was missed."""

    expected: TrueAlarm
    onset: Onset | None

    @property
    def delay_s(self) -> float | None:
        """From the moment its condition held until it was raised, seconds."""
        if self.onset is None or self.expected.holds_since is None:
            return None
        return (self.onset.at - self.expected.holds_since).total_seconds()

    @property
    def late_s(self) -> float | None:
        """The same without the delay that is meant, seconds; below 0 if it was sooner."""
        if self.onset is None or self.expected.due_at is None:
            return None
        return (self.onset.at - self.expected.due_at).total_seconds()

    @property
    def is_over_as_told(self) -> bool:
        """Whether it had ended, or was latched, when it should have; true if nothing is told."""
        expected, onset = self.expected, self.onset
        if onset is None or expected.over_by is None:
            return True
        if onset.over_at is None or onset.over_at > expected.over_by + SLACK:
            return False
        return onset.is_latched == (expected.becomes is AlarmEnd.LATCHED)


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """The same alarm at the same bed raised twice within a minute."""

    first: Onset
    second: Onset


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a receiver did in one story: each alarm of the truth, and all that was too much."""

    story: str
    matches: tuple[Match, ...]
    unasked: tuple[Onset, ...]
    duplicates: tuple[Duplicate, ...]

    @property
    def missed(self) -> tuple[Match, ...]:
        """The required alarms that were not raised in time."""
        return tuple(
            m for m in self.matches if m.onset is None and m.expected.verdict is Verdict.REQUIRED
        )


def judge(
    story: str, truth: Sequence[TrueAlarm], onsets: Iterable[Onset], ends_at: datetime
) -> Outcome:
    """Compare what was raised in a story's ward with its truth.

    What comes after the story's end is not looked at: its devices are gone by then.
    """
    own = sorted((o for o in onsets if o.at < ends_at), key=lambda onset: onset.at)
    open_ = list(own)
    matches = []
    wanted = [alarm for alarm in truth if alarm.verdict is not Verdict.FORBIDDEN]
    wanted.sort(key=lambda alarm: (alarm.verdict is not Verdict.REQUIRED, alarm.holds_since))
    for expected in wanted:
        onset = next((o for o in open_ if _is_it(expected, o)), None)
        if onset is not None:
            open_.remove(onset)
        matches.append(Match(expected=expected, onset=onset))
    return Outcome(
        story=story,
        matches=tuple(matches),
        unasked=tuple(o for o in open_ if o.sign is not Sign.RETURNED),
        duplicates=tuple(_duplicates(own)),
    )


def _is_it(expected: TrueAlarm, onset: Onset) -> bool:
    if expected.not_before is None or expected.due_at is None:
        return False
    return (
        (expected.bed is None or expected.bed == onset.bed)
        and expected.alarm is onset.alarm
        and expected.priority is onset.priority
        and expected.not_before <= onset.at <= expected.due_at + SLACK
    )


def _duplicates(onsets: Sequence[Onset]) -> Iterable[Duplicate]:
    last: dict[tuple[object, ...], Onset] = {}
    for onset in onsets:
        if onset.sign is not Sign.RAISED:
            continue
        what = (onset.bed, onset.alarm)
        before = last.get(what)
        if before is not None and onset.at - before.at <= DUPLICATE_WITHIN:
            yield Duplicate(first=before, second=onset)
        last[what] = onset


def minutes_into(at: datetime, start: datetime) -> float:
    """The minute of a story in which something happened."""
    return (at - start).total_seconds() / 60
