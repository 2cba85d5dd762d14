"""The score of stories that were watched live, in words, and whether the promises are kept."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from simulator.score.report import (
    broken_promises,
    faults_of,
    figure_lines,
    onset_text,
    story_lines,
)
from simulator.score.watched import Seen


def live_lines(seen: Sequence[Seen], allowance: timedelta) -> Iterator[str]:
    """What went wrong on the screen of each story, the figures, and what was allowed."""
    for one in seen:
        yield from story_lines(one.outcome.story, list(_faults(one, one.starts_at)))
        yield from (f"  ({trouble})" for trouble in one.troubles)
    yield from figure_lines([one.outcome for one in seen])
    if pieces := sum(one.pieces for one in seen):
        yield f"{pieces} times a speaker began for a signal that went on: no new one, but heard."
    yield (
        f"An alarm may be on its screen {allowance.total_seconds():g} s after it was due: 2 s are "
        "promised for raising it, the rest is for the way from ingest over broker and dashboard."
    )


def broken_live_promises(seen: Sequence[Seen]) -> list[str]:
    """What is not as it was promised, one sentence each; empty if all is well."""
    told = broken_promises([one.outcome for one in seen])
    if unshown := sum(len(one.unshown) for one in seen):
        told.append(f"{unshown} alarms of the record were never told to a screen")
    if unrecorded := sum(len(one.unrecorded) for one in seen):
        told.append(f"{unrecorded} alarms were shown otherwise than the record has them")
    return told


def _faults(one: Seen, start: datetime) -> Iterator[str]:
    yield from faults_of(one.outcome, start)
    yield from (f"UNSHOWN   {onset_text(onset, start)}" for onset in one.unshown)
    yield from (f"NO RECORD {onset_text(onset, start)}" for onset in one.unrecorded)
