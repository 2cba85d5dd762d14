"""Who looked at a patient's data, and which systems may: events in a chain of the day.

One event a look, one for each token that is made or revoked; they change nothing.
"""

from datetime import date, datetime
from typing import Final, TypeAlias

import msgspec

from infusion.patient import AccountId, PatientId, Person
from vocabulary.ids import SessionId, WardId

AUDIT_CHAINS: Final = "audit/"
"""How the chain of a day's looks begins, and the author of each: apart from what people do."""


class PatientDataSeen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person was shown data of a patient, or took it out, at `at` (UTC).

    `page`: which page, export or interface. It carries no name of a patient.
    """

    at: datetime
    by: Person
    page: str
    patient: PatientId
    session: SessionId | None = None


class InterfaceDeed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was done about the token of another system at `at` (UTC), by `operator`.

    `operator`: as the machine knows them, since it is done at its command line. `token`: the
    beginning of its hash, as `python -m dashboard token list` shows it. `account`: in whose name
    it reads.
    """

    at: datetime
    operator: str
    token: str
    account: AccountId
    ward: WardId
    label: str


class InterfaceTokenMade(InterfaceDeed, frozen=True, kw_only=True, tag=True):
    """Another system may read these kinds of resources until `expires_at`."""

    kinds: tuple[str, ...]
    expires_at: datetime


class InterfaceTokenRevoked(InterfaceDeed, frozen=True, kw_only=True, tag=True):
    """It may read nothing any more."""


AccessHappening: TypeAlias = PatientDataSeen | InterfaceTokenMade | InterfaceTokenRevoked
"""What a chain of the audit trail holds."""
_SHOWN: Final = 12


def token_name(digest: str) -> str:
    """How a token is called where it is told of: the beginning of its hash."""
    return digest[:_SHOWN]


def audit_chain(day: date) -> str:
    """The chain of the audit trail of a day, UTC."""
    return f"{AUDIT_CHAINS}{day.isoformat()}"
