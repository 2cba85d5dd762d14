"""A story in its window: what must be shown, and how its screen compares with truth and record."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from simulator.recorded import EPOCH
from simulator.scenario import Scenario
from simulator.score.matching import SLACK, Outcome, judge
from simulator.score.raised import Onset, Sign
from simulator.score.screen import Screen, ShownOnset
from simulator.story import LiveWindow
from simulator.truth import TrueAlarm, truth_of
from simulator.ward import Station, build_ward

WAY_TO_SCREEN: Final = timedelta(seconds=1)
"""From ingest over broker and dashboard to a screen: sample to painted alarm is promised in 1 s."""
ALLOWANCE: Final = SLACK + WAY_TO_SCREEN
"""So long after it was due an alarm may be on its screen."""
SAME_MOMENT: Final = timedelta(milliseconds=100)
"""A screen is told when an alarm was first signalled in whole milliseconds."""


class Watched(NamedTuple):
    """A story, as it is named, when its minute 0 is (true ms since 1970), and what is watched."""

    name: str
    scenario: Scenario
    start_ms: int
    window: LiveWindow

    @property
    def starts_at(self) -> datetime:
        """Minute 0."""
        return EPOCH + timedelta(milliseconds=self.start_ms)

    @property
    def from_at(self) -> datetime:
        """When the window begins."""
        return self.starts_at + timedelta(minutes=self.window.from_min)

    @property
    def until(self) -> datetime:
        """When the window is over."""
        return self.from_at + timedelta(seconds=self.window.for_s)

    @property
    def monitored(self) -> list[str]:
        """The beds with a monitor."""
        return [bed.bed for bed in self.scenario.beds if bed.monitor]

    def stations(self, seed: int) -> Sequence[Station]:
        """Its devices, as they are switched on at minute 0."""
        return build_ward(self.scenario, seed=seed, start_ms=self.start_ms)

    def truth(self, allowance: timedelta) -> list[TrueAlarm]:
        """What must be shown within the window; how it ends only if that is within it, too."""
        ward, until_ms = self.scenario.ward, (self.until - EPOCH) // timedelta(milliseconds=1)
        return [
            alarm if alarm.over_by is None or alarm.over_by + allowance < self.until
            else msgspec.structs.replace(alarm, over_by=None, becomes=None)
            for alarm in truth_of(self.scenario, ward, self.start_ms, until_ms)
            if alarm.holds_since is None or alarm.holds_since >= self.from_at
        ]  # fmt: skip


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How a story went on its screen, and how that differs from the record.

    `unshown`: what the record raised and the screen was never told. `unrecorded`: the reverse, or
    with another priority or since another moment.
    `pieces`: how often a speaker began for a signal that only went on, as what flaps is heard.
    `troubles`: what the screen said of the house itself meanwhile.
    """

    starts_at: datetime
    outcome: Outcome
    unshown: tuple[Onset, ...]
    unrecorded: tuple[Onset, ...]
    pieces: int
    troubles: tuple[str, ...]


def seen(watched: Watched, screen: Screen, record: Iterable[Onset], allowance: timedelta) -> Seen:
    """How a story went on its screen within its window, and whether the record says the same."""
    shown = [
        onset
        for onset in screen.onsets
        if watched.from_at <= onset.at < watched.until
        and (onset.sign is not Sign.RAISED or onset.raised_at >= watched.from_at)
    ]
    own = [onset for onset in record if onset.ward == screen.ward]
    pieces = [onset for onset in shown if onset.is_audible and _goes_on(onset, own, allowance)]
    for onset in pieces:
        onset.sounds_again = False
    return Seen(
        starts_at=watched.starts_at,
        outcome=judge(watched.name, watched.truth(allowance), shown, watched.until, allowance),
        unshown=tuple(
            onset
            for onset in own
            if onset.sign in (Sign.RAISED, Sign.RISEN)
            and watched.from_at <= onset.at < watched.until - allowance
            and not screen.was_told(onset)
        ),
        unrecorded=tuple(onset for onset in shown if not _is_recorded(onset, own)),
        pieces=len(pieces),
        troubles=tuple(
            text for at, text in screen.troubles if watched.from_at <= at < watched.until
        ),
    )


def _is_recorded(shown: ShownOnset, record: Iterable[Onset]) -> bool:
    """Whether the record has this alarm: as urgent, and first signalled when the screen says."""
    own = [o for o in record if o.alarm_id == shown.alarm_id and o.alarm is shown.alarm]
    return any(onset.priority is shown.priority for onset in own) and any(
        onset.sign is Sign.RAISED and abs(onset.at - shown.raised_at) <= SAME_MOMENT
        for onset in own
    )


def _goes_on(shown: Onset, record: Iterable[Onset], allowance: timedelta) -> bool:
    """Whether an alarm came back whose signal, as the record has it, only went on."""
    return shown.sign is Sign.RETURNED and any(
        onset.alarm_id == shown.alarm_id
        and onset.sign is Sign.RETURNED
        and not onset.sounds_again
        and onset.at <= shown.at <= onset.at + allowance
        for onset in record
    )
