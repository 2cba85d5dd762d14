"""The signatures of a session in their chain, and how each is shown wherever it is printed."""

import hashlib

import msgspec

from infusion.session import Session
from infusion.session_events import AssociationCorrected, PreparationConfirmed
from infusion.sign_off_events import WasteWitnessed
from infusion.signature_events import (
    AddendumWritten,
    LateDataArrived,
    Meaning,
    SessionSigned,
    Signature,
)
from infusion.signature_line import SignatureLine


def signature_hash(signature: Signature) -> str:
    """The hash of a signature, hexadecimal: SHA-256 of its canonical JSON, its kind included."""
    return hashlib.sha256(msgspec.json.encode(signature, order="sorted")).hexdigest()


def last_hash(session: Session) -> str:
    """The hash that the next signature names; empty before the first."""
    return signature_hash(session.signatures[-1]) if session.signatures else ""


def addenda_of(session: Session) -> tuple[AddendumWritten, ...]:
    """The addenda, in their order."""
    return tuple(s for s in session.signatures if isinstance(s, AddendumWritten))


def late_data_waiting(session: Session) -> tuple[LateDataArrived, ...]:
    """What arrived after the seal and no addendum has taken up."""
    taken_up = max((addendum.takes_up for addendum in addenda_of(session)), default=0)
    return tuple(late for late in session.late if late.last_position > taken_up)


def corrections_waiting(session: Session) -> tuple[AssociationCorrected, ...]:
    """The corrections after the seal that no addendum has covered.

    One about something else covers none, although its signature stands under the new numbers too.
    """
    return session.corrected_since_sealed[session.corrections_answered :]


def current_seal(session: Session) -> str:
    """The hash of the content that is signed last; empty before the seal."""
    seals = [s.seal for s in session.signatures if isinstance(s, SessionSigned | AddendumWritten)]
    return seals[-1] if seals else ""


def signature_lines(session: Session) -> tuple[SignatureLine, ...]:
    """Every signature as it is printed, in the order they were given.

    A second person's check and the witness of the waste gave name and PIN; their word is over the
    event itself, which the record pins.
    """
    words = [(word.at, _word_line(word, Meaning.WITNESSED_WASTE)) for word in session.witnessed]
    if isinstance(session.ready, PreparationConfirmed):
        words.append((session.ready.at, _word_line(session.ready, Meaning.CHECKED)))
    words += [(signature.at, _line(signature)) for signature in session.signatures]
    return tuple(line for _, line in sorted(words, key=lambda word: word[0]))


def _line(signature: Signature) -> SignatureLine:
    exception = ""
    if isinstance(signature, SessionSigned) and signature.exceptions:
        exception = f"{'; '.join(signature.exceptions)}: {signature.reason}"
    return SignatureLine(
        printed_name=signature.by.printed_name,
        role=signature.by.role.value,
        at=signature.at,
        zone=signature.zone,
        meaning=signature.meaning.value,
        content_hash=signature.seal,
        signature_hash=signature_hash(signature),
        exception=exception,
    )


def _word_line(word: WasteWitnessed | PreparationConfirmed, meaning: Meaning) -> SignatureLine:
    content = hashlib.sha256(msgspec.json.encode(word, order="sorted")).hexdigest()
    return SignatureLine(
        printed_name=word.by.printed_name,
        role=word.by.role.value,
        at=word.at,
        zone="UTC",
        meaning=meaning.value,
        content_hash=content,
    )
