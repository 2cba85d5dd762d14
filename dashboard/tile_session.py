"""The session on a tile: where it stands, for whom, and what is not as it should be."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from dashboard.tile import DeviceNote, SessionLine
from dashboard.words import LINK_WORDS
from vocabulary.roles import Audience
from vocabulary.states import DeviceLink, SessionState
from wire.bed_state import BedState, PumpView, RunningPumpView, SessionView

STEPS_SHOWN: Final = 4
"""Of what is open before the start; the number tells how many there are."""


class Moment(msgspec.Struct, frozen=True):
    """When a tile is made: `elapsed_s` after its state was published."""

    published_at: datetime
    elapsed_s: float
    is_retained: bool

    def age_s(self, since: datetime) -> float:
        """How long ago, in seconds, something at `since` was. Never negative."""
        age_s = (self.published_at - since).total_seconds() + self.elapsed_s
        return round(max(0.0, age_s), 2)

    def in_s(self, at: datetime) -> float:
        """Seconds from now to `at`; negative when it is over."""
        return round((at - self.published_at).total_seconds() - self.elapsed_s, 2)


def session_line(state: BedState, audience: Audience, moment: Moment) -> SessionLine | None:
    """Where the session stands. Who it is, and a person's words, are for staff."""
    session = state.session
    if session is None:
        return None
    is_counting = session.is_running and not moment.is_retained
    counted_on_s = _believed_s(state.pump, moment) if is_counting else 0.0
    line = SessionLine(
        state=session.state,
        running_s=round(session.running_s + counted_on_s, 2),
        is_counting=is_counting,
        planned_s=session.planned_s,
        state_age_s=None if session.state_since is None else moment.age_s(session.state_since),
        open_steps=len(session.open_steps) if session.state is SessionState.PREPARING else None,
    )
    if audience is not Audience.STAFF:
        return line
    return msgspec.structs.replace(
        line,
        series=_series(session),
        initials=session.initials or "",
        initials_shared=session.initials_shared,
        nurse=session.nurse or "",
        why=session.pause_reason if session.state is SessionState.PAUSED else "",
        # the questions are the patient's business, so they are for staff as well
        steps=_steps(session),
    )


def _steps(session: SessionView) -> tuple[str, ...]:
    """What is open before the start; in recovery whether the patient may go home, and why not."""
    shown = session.open_steps[:STEPS_SHOWN]
    if session.state is SessionState.PREPARING:
        return shown
    if session.state is not SessionState.RECOVERY:
        return ()
    return (f"not yet because {'; '.join(shown)}",) if shown else ("ready to go home",)


def notes(state: BedState, audience: Audience, moment: Moment) -> Iterator[DeviceNote]:
    """What is not as it should be at the bed, the gravest first."""
    session = state.session
    if session is not None:
        yield from _running("STILL RUNNING", session.still_running, moment)
    yield from _running("PUMP RUNNING, NOT CONFIRMED", state.unconfirmed, moment)
    for conflict in state.conflicts:
        yield DeviceNote(text=conflict.what)
    if state.dose is not None and state.dose.back_check and audience is Audience.STAFF:
        yield DeviceNote(text=state.dose.back_check)
    for device in state.devices:
        if device.link is not DeviceLink.ONLINE:
            kind = "device" if device.kind is None else device.kind.value
            yield DeviceNote(
                text=f"{kind} {LINK_WORDS[device.link]}", age_s=moment.age_s(device.link_since)
            )


def _running(word: str, pumps: tuple[RunningPumpView, ...], moment: Moment) -> Iterator[DeviceNote]:
    for pump in pumps:
        rate = "" if pump.rate_ml_h is None else f" {pump.rate_ml_h:.1f} mL/h"
        yield DeviceNote(text=f"{word}{rate}", age_s=moment.age_s(pump.since))


def _series(session: SessionView) -> str:
    if not session.number:
        return ""
    return f"{session.number}/{session.of}" if session.of else f"maintenance {session.number}"


def _believed_s(pump: PumpView | None, moment: Moment) -> float:
    """For how long after `published_at` minutes count on: a silent pump may do anything."""
    if pump is None or pump.times is None:
        return moment.elapsed_s
    age_then_s = moment.age_s(pump.times.fresh_since) - moment.elapsed_s
    return min(moment.elapsed_s, max(0.0, pump.times.stale_after_s - age_then_s))
