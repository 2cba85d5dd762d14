"""Which alarm that was raised is which of the truth, what is missing and what nobody asked for."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from simulator.score.raised import Onset, Sign
from simulator.story import AlarmEnd
from simulator.truth import TrueAlarm, Verdict
from vocabulary.alarms import AlarmKind

SLACK: Final = timedelta(seconds=2)
"""An alarm may come this much later than its delay, and be over this much later."""
DUPLICATE_WITHIN: Final = timedelta(seconds=60)
"""What is heard of the same thing again so soon is once too often, unless it is more urgent."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm of the truth, and the onset that was it; None if it was missed."""

    expected: TrueAlarm
    onset: Onset | None
    slack: timedelta = SLACK

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
        if onset.over_at is None or onset.over_at > expected.over_by + self.slack:
            return False
        return onset.is_latched == (expected.becomes is AlarmEnd.LATCHED)


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """The same thing at the same bed heard twice within a minute."""

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
    story: str,
    truth: Sequence[TrueAlarm],
    onsets: Iterable[Onset],
    ends_at: datetime,
    slack: timedelta = SLACK,
) -> Outcome:
    """Compare what was raised in a story's ward with its truth, `slack` after it was due at most.

    What comes after the story's end is not looked at: its devices are gone by then.
    """
    own = sorted((o for o in onsets if o.at < ends_at), key=lambda onset: onset.at)
    open_ = list(own)
    matches = []
    wanted = [alarm for alarm in truth if alarm.verdict is not Verdict.FORBIDDEN]
    wanted.sort(key=lambda alarm: (alarm.verdict is not Verdict.REQUIRED, alarm.holds_since))
    for expected in wanted:
        onset = next((o for o in open_ if _is_it(expected, o, slack)), None)
        if onset is not None:
            open_.remove(onset)
        matches.append(Match(expected=expected, onset=onset, slack=slack))
    return Outcome(
        story=story,
        matches=tuple(matches),
        unasked=tuple(o for o in open_ if o.sign not in _THE_SAME),
        duplicates=tuple(_duplicates(own)),
    )


_THE_SAME: Final = (Sign.RETURNED, Sign.RENEWED)
"""An alarm that was there before; that it is heard again so soon is told apart."""


def _is_it(expected: TrueAlarm, onset: Onset, slack: timedelta) -> bool:
    if expected.not_before is None or expected.due_at is None:
        return False
    return (
        (expected.bed is None or expected.bed == onset.bed)
        and expected.alarm is onset.alarm
        and expected.priority is onset.priority
        and expected.not_before <= onset.at <= expected.due_at + slack
    )


def _duplicates(onsets: Sequence[Onset]) -> Iterable[Duplicate]:
    """Each onset that is heard too soon after the last one of the same thing.

    Two devices that trouble are two things; a patient's heart rate is one, whoever tells of it.
    """
    last: dict[tuple[object, ...], Onset] = {}
    for onset in onsets:
        if not onset.is_audible and onset.sign is not Sign.RAISED:
            continue
        subject = onset.subject if onset.kind is AlarmKind.TECHNICAL else ""
        what = (onset.bed, onset.alarm, subject)
        before = last.get(what)
        if (
            before is not None
            and onset.at - before.at <= DUPLICATE_WITHIN
            and onset.urgency <= before.urgency
        ):
            yield Duplicate(first=before, second=onset)
        last[what] = onset


def minutes_into(at: datetime, start: datetime) -> float:
    """The minute of a story in which something happened."""
    return (at - start).total_seconds() / 60
