"""The stretches of a session that the schedule goes by: infusing, paused, recovery."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import msgspec

from infusion.runs import PumpRun
from infusion.session import Session
from vocabulary.states import SessionState


class Phase(str, Enum):
    """What a stretch is."""

    INFUSING = "infusing"
    PAUSED = "paused"
    RECOVERY = "recovery"


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` until `until` (None: on and on), UTC.

    Recovery counts from the stop; `known_at` is when it was known to be the end.
    """

    phase: Phase
    since: datetime
    until: datetime | None
    known_at: datetime | None = None


class _Flow(msgspec.Struct, frozen=True, kw_only=True):
    """Delivery of one pump after another without a break. `ended_at`: when a pump said so."""

    since: datetime
    until: datetime | None
    ended_at: datetime | None


def stretches_of(session: Session) -> tuple[Stretch, ...]:
    """All stretches in order of time, until the patient left.

    A pause that turned out to be the end is both: the recovery counts from the stop, and the
    pause lasted until somebody knew.
    """
    flows = _flows(session.drug_runs)
    found: list[Stretch] = []
    for number, flow in enumerate(flows):
        found.append(Stretch(phase=Phase.INFUSING, since=flow.since, until=flow.until))
        if flow.until is None:
            break
        following = flows[number + 1].since if number + 1 < len(flows) else None
        found.extend(_after(session, flow, flow.until, following))
    return _cut(found, _left_at(session))


def _after(
    session: Session, flow: _Flow, stopped_at: datetime, following: datetime | None
) -> list[Stretch]:
    """What a stop was: a pause, the end, or first one and then the other."""
    over_at = _over_at(session, flow, stopped_at, following)
    if over_at is None:
        return [Stretch(phase=Phase.PAUSED, since=stopped_at, until=following)]
    found = []
    if over_at > stopped_at:
        found.append(Stretch(phase=Phase.PAUSED, since=stopped_at, until=over_at))
    found.append(Stretch(phase=Phase.RECOVERY, since=stopped_at, until=following, known_at=over_at))
    return found


def _over_at(
    session: Session, flow: _Flow, stopped_at: datetime, following: datetime | None
) -> datetime | None:
    """When it was known that the infusion is over; None while it may go on, or did."""
    words = [flow.ended_at, None if session.closed is None else session.closed.at]
    early = session.last_early_end
    if early is not None and early.at >= flow.since:
        words.append(early.at)
    known = [max(at, stopped_at) for at in words if at is not None]
    over = [at for at in known if following is None or at < following]
    if over:
        return min(over)
    is_over = following is None and session.state not in {
        SessionState.INFUSING,
        SessionState.PAUSED,
    }
    return stopped_at if is_over else None


def _flows(runs: Sequence[PumpRun]) -> list[_Flow]:
    flows: list[_Flow] = []
    for run in runs:
        fresh = _Flow(since=run.began_at, until=run.stopped_at, ended_at=run.ended_at)
        last = flows[-1] if flows else None
        if last is not None and (last.until is None or run.began_at <= last.until):
            flows[-1] = _joined(last, fresh)
        else:
            flows.append(fresh)
    return flows


def _joined(one: _Flow, other: _Flow) -> _Flow:
    if one.until is None or other.until is None:
        return _Flow(since=one.since, until=None, ended_at=None)
    later = one if one.until >= other.until else other
    return _Flow(since=one.since, until=later.until, ended_at=later.ended_at)


def _left_at(session: Session) -> datetime | None:
    return None if session.closed is None else session.closed.at


def _cut(stretches: Sequence[Stretch], at: datetime | None) -> tuple[Stretch, ...]:
    if at is None:
        return tuple(stretches)
    return tuple(
        msgspec.structs.replace(
            stretch, until=at if stretch.until is None else min(stretch.until, at)
        )
        for stretch in stretches
        if stretch.since <= at
    )
