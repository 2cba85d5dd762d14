"""Help for any bed: called by whoever sees that it is needed, ended by a person, on record.

With a session the call is the session's, without one the ward's. Blocks; may raise
RecordUnavailable.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from dashboard.acting import Deed, Done, commanding, do, do_in_ward
from dashboard.context import Services
from infusion.bed_help import BedHelp, BedHelpCalled, BedHelpEnded, open_bed_help
from infusion.commands import Command, Refused
from infusion.decisions.permission import refusal_of
from infusion.happenings import PeoplesAct, session_chain, ward_chain
from infusion.interventions.commands import CallHelp, EndHelp
from infusion.interventions.effects import open_help
from infusion.patient import Person
from infusion.session import Session
from record.store import Record
from vocabulary.ids import BedId, WardId

LOOKED_BACK: Final = timedelta(days=1)
"""A call that nobody has ended for a day calls nobody any more."""

Bed = tuple[WardId, BedId]


def bed_help_events(record: Record, ward: WardId, now: datetime) -> list[object]:
    """The calls at beds without a session, and their ends, of the last day (UTC)."""
    kinds = get_args(BedHelp)
    end = now + timedelta(seconds=1)
    return list(record.chains.of_kinds(ward_chain(ward), kinds, now - LOOKED_BACK, end))


def call_help(parts: Services, by: Person, bed: Bed, token: str = "") -> Done | Refused:
    """Call for help at a bed. Who calls again while it is called is told that it is."""
    session = _session_at(parts, bed)
    if session is not None and refusal_of(
        session, CallHelp, by.role, parts.configuration.sessions
    ) is None:  # fmt: skip
        return _do_at_session(parts, by, session, CallHelp(by=by), token)

    def deciding(now: datetime) -> Sequence[PeoplesAct] | Refused:
        called = open_bed_help(bed_help_events(parts.record, bed[0], now)).get(bed[1])
        if called is not None:
            return Refused(
                reason=f"help is called since {called.at:%H:%M:%S} UTC", what_to_do="end it first"
            )
        return (BedHelpCalled(ward=bed[0], at=now, by=by, bed=bed[1]),)

    return do_in_ward(parts.record, bed[0], by, token, deciding)


def end_help(parts: Services, by: Person, bed: Bed, token: str = "") -> Done | Refused:
    """End what is called at a bed, with or without a session; only by a person."""
    session = _session_at(parts, bed)
    if session is not None and open_help(session) is not None:
        outcome = _do_at_session(parts, by, session, EndHelp(by=by), f"{token}s" if token else "")
        if isinstance(outcome, Refused) or not is_called_at_ward(parts, bed):
            return outcome

    def deciding(now: datetime) -> Sequence[PeoplesAct] | Refused:
        if bed[1] not in open_bed_help(bed_help_events(parts.record, bed[0], now)):
            return Refused(reason="nobody called for help", what_to_do="go on")
        return (BedHelpEnded(ward=bed[0], at=now, by=by, bed=bed[1]),)

    return do_in_ward(parts.record, bed[0], by, token, deciding)


def is_called_at_ward(parts: Services, bed: Bed) -> bool:
    """Whether help is called at a bed without a session."""
    now = datetime.now(UTC)
    return bed[1] in open_bed_help(bed_help_events(parts.record, bed[0], now))


def _session_at(parts: Services, bed: Bed) -> Session | None:
    return parts.shelf.open(bed[0]).at_bed(*bed)


def _do_at_session(
    parts: Services, by: Person, session: Session, command: Command, token: str
) -> Done | Refused:
    deed = Deed(
        chain=session_chain(session.id),
        by=by,
        token=token,
        decide=commanding(lambda *_: (command,), parts.configuration),
    )
    return do(parts.record, deed)
