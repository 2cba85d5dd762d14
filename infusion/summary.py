"""What is kept in mind of a session: for the course, and for the card of the next one."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from infusion.patient import Indication
from vocabulary.ids import SessionId


class PeakPressure(msgspec.Struct, frozen=True, kw_only=True):
    """The highest cuff pressure of a session, mmHg, by its systolic."""

    sys: float
    dia: float
    observed_at: datetime


class SinceSigned(msgspec.Struct, frozen=True, kw_only=True):
    """A session was worked out anew after it was signed. `sealed_mg`: the dose that was signed."""

    sealed_mg: float | None
    is_covered: bool


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the course needs to know of one session that gave drug.

    `started_at`: first drug. `tolerated_rate_mg_kg_h`: the highest rate that had not to be
    lowered. None everywhere: not recorded, or cannot be computed. `recalculated`: what was signed
    is not what is shown here any more, and whether an addendum covers that.
    """

    session: SessionId
    indication: Indication
    started_at: datetime
    dose_mg: float | None = None
    dose_mg_per_kg: float | None = None
    peak: PeakPressure | None = None
    worst_dissociation: int | None = None
    highest_cadss: int | None = None
    tolerated_rate_mg_kg_h: float | None = None
    rescue_drugs: tuple[str, ...] = ()
    what_helped: str = ""
    pauses: int = 0
    ended_early: str = ""
    recalculated: SinceSigned | None = None


class LastTime(msgspec.Struct, frozen=True, kw_only=True):
    """The card beside a session: what happened last time, and how many days ago that was."""

    last: SessionSummary
    days_ago: int


def last_time(
    summaries: Iterable[SessionSummary], before: datetime, *, but: SessionId | None = None
) -> LastTime | None:
    """The card at a session that starts at `before`; None if there was no session with drug.

    `but`: the session itself, which is not its own last time.
    """
    earlier = [s for s in summaries if s.started_at < before and s.session != but]
    if not earlier:
        return None
    last = max(earlier, key=lambda s: (s.started_at, s.session))
    return LastTime(last=last, days_ago=(before - last.started_at).days)
