"""Signatures: who may give which, when, over what; and addenda to what is sealed."""

from datetime import datetime

import msgspec

from infusion import signing_commands as c
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.drug_account import preparers
from infusion.session import Session
from infusion.session_events import MadeReadyForSignOff
from infusion.signature_events import (
    AddendumWritten,
    Meaning,
    SessionSigned,
    SignatureAdded,
)
from infusion.signatures import (
    addenda_of,
    corrections_waiting,
    current_seal,
    last_hash,
    late_data_waiting,
)
from vocabulary.states import SessionState

_BEFORE_THE_SEAL = frozenset({Meaning.CHECKED, Meaning.DISCHARGE_AUTHORISED})


def make_ready(
    session: Session, command: c.MakeReadyForSignOff, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Once nothing is open."""
    if session.made_ready is not None:
        return Refused(reason="it is ready for sign-off already", what_to_do="sign it")
    if command.open_items:
        return Refused(
            reason=f"still open: {'; '.join(command.open_items)}", what_to_do="do these first"
        )
    event = MadeReadyForSignOff(session=session.id, at=at, by=command.by)
    return Accepted(events=(event,))


def sign(
    session: Session, command: c.SignSession, at: datetime, _: ClinicConfiguration
) -> Decision:
    """The nurse's signature, over what is open with exception at most."""
    refused = _refuse_unseen(command) or _refuse_open(session, command)
    if refused is not None:
        return refused
    event = SessionSigned(
        session=session.id,
        at=at,
        by=command.by,
        meaning=Meaning.PERFORMED,
        seal=command.seal,
        zone=command.zone,
        previous=last_hash(session),
        content_format=command.content_format,
        exceptions=_exceptions(session, command),
        reason=command.reason.strip(),
        samples=command.samples,
    )
    return Accepted(events=(event,))


def add_signature(
    session: Session, command: c.AddSignature, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """Checked and discharge authorised before the seal, reviewed after it, by somebody else."""
    refused = _refuse_unseen(command) or _refuse_meaning(session, command, configuration)
    if refused is not None:
        return refused
    event = SignatureAdded(
        session=session.id,
        at=at,
        by=command.by,
        meaning=command.meaning,
        seal=command.seal,
        zone=command.zone,
        previous=last_hash(session),
        version=len(addenda_of(session)),
    )
    return Accepted(events=(event,))


def write_addendum(
    session: Session, command: c.WriteAddendum, at: datetime, _: ClinicConfiguration
) -> Decision:
    """With a reason; what was sealed stays beside it."""
    refused = _refuse_unseen(command) or _refuse_addendum(session, command)
    if refused is not None:
        return refused
    late = late_data_waiting(session) if command.takes_up_late else ()
    is_asked = bool(corrections_waiting(session))
    event = AddendumWritten(
        session=session.id,
        at=at,
        by=command.by,
        meaning=Meaning.AMENDED,
        seal=command.seal,
        zone=command.zone,
        previous=last_hash(session),
        number=len(addenda_of(session)) + 1,
        reason=command.reason.strip(),
        concerns=command.concerns.strip(),
        text=command.text.strip(),
        was=command.was,
        becomes=command.becomes,
        takes_up=max((each.last_position for each in late), default=0),
        covers_recalculated=command.covers_recalculated if is_asked else msgspec.UNSET,
    )
    return Accepted(events=(event,))


def _refuse_unseen(command: c.Sign) -> Refused | None:
    if not command.seal or command.seen != command.seal:
        return Refused(
            reason="the session has changed since you looked at it",
            what_to_do="read what is new, then sign",
        )
    return None


def _refuse_open(session: Session, command: c.SignSession) -> Refused | None:
    if session.closed is None:
        return Refused(reason="the session is not discharged", what_to_do="discharge it first")
    if command.blocking:
        return Refused(
            reason=f"still open: {'; '.join(command.blocking)}", what_to_do="do these first"
        )
    exceptions = _exceptions(session, command)
    if exceptions and not command.reason.strip():
        return Refused(
            reason=f"signed with exception only: {'; '.join(exceptions)}",
            what_to_do="let another person witness, or enter the reason",
        )
    return None


def _exceptions(session: Session, command: c.SignSession) -> tuple[str, ...]:
    """What is open all the same; who came to prepare after they had witnessed is no witness."""
    both = {
        word.by.printed_name for word in session.witnessed if word.by.account in preparers(session)
    }
    told = (f"{name} both prepared and witnessed" for name in sorted(both))
    return (*command.exceptions, *told)


def _refuse_meaning(
    session: Session, command: c.AddSignature, configuration: ClinicConfiguration
) -> Refused | None:
    meaning, rules = command.meaning, configuration.sessions
    if meaning in _BEFORE_THE_SEAL:
        roles, is_time = rules.people.may_authorise_discharge, session.signed is None
        if meaning is Meaning.CHECKED:
            roles = rules.two_person.second_may_be
        when = "before the session is signed"
    elif meaning is Meaning.REVIEWED:
        roles, is_time = rules.people.may_co_sign, session.state is SessionState.SIGNED
        when = "after the nurse has signed"
    else:
        return Refused(
            reason=f"{meaning.value} is not signed here",
            what_to_do="sign the session, witness the waste, or write an addendum",
        )
    if not is_time:
        return Refused(reason=f"{meaning.value} is signed {when}", what_to_do="reload the page")
    if command.by.role not in roles:
        return Refused(
            reason=f"{command.by.role.value} may not sign {meaning.value}",
            what_to_do=f"ask a {' or '.join(role.value for role in roles)}",
        )
    return _refuse_again(session, command)


def _refuse_again(session: Session, command: c.AddSignature) -> Refused | None:
    by, version = command.by, len(addenda_of(session))
    if command.meaning is Meaning.REVIEWED and session.signed is not None:
        if by.account == session.signed.by.account:
            return Refused(
                reason=f"{by.printed_name} signed the session",
                what_to_do="another person reviews it",
            )
        if command.seal != current_seal(session):
            return Refused(
                reason="that is not what is sealed", what_to_do="reload the page, then sign"
            )
    given = {
        (word.by.account, word.meaning, word.version)
        for word in session.signatures
        if isinstance(word, SignatureAdded)
    }
    is_again = (by.account, command.meaning, version) in given
    if is_again and command.meaning is Meaning.REVIEWED:
        return Refused(
            reason=f"{by.printed_name} has signed this already", what_to_do="nothing is left to do"
        )
    return None


def _refuse_addendum(session: Session, command: c.WriteAddendum) -> Refused | None:
    if not command.reason.strip() or not command.concerns.strip():
        return Refused(
            reason="an addendum needs a reason and what it is about", what_to_do="enter both"
        )
    if not command.text.strip() and not command.becomes.strip():
        return Refused(reason="the addendum is empty", what_to_do="enter what is to be added")
    if command.takes_up_late and not late_data_waiting(session):
        return Refused(
            reason="no data has arrived since the last signature", what_to_do="reload the page"
        )
    if command.covers_recalculated and not corrections_waiting(session):
        return Refused(
            reason="nothing was recalculated since the last signature",
            what_to_do="reload the page",
        )
    return None
