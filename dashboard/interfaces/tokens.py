"""Systems that may read: a random token each, of which the record keeps the SHA-256 alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from dashboard.sessions import could_be_secret, digest_of
from infusion.configuration import PeopleRules
from infusion.patient import AccountId, Person
from record.accounts import Account, InterfaceToken
from vocabulary.ids import WardId


@dataclass(frozen=True, slots=True)
class Interface:
    """A system that reads the sessions of one ward in the name of `by`.

    `kinds`: the FHIR resources it may read. `label`: what the audit trail calls it.
    """

    key: str
    label: str
    by: Person
    ward: WardId
    kinds: tuple[str, ...]


class TokenBook(Protocol):
    """What is needed of `record.accounts.Accounts`. Both block; both raise RecordUnavailable."""

    def find(self, name: str) -> Account | None:
        """The account of a login name, active or not."""

    def find_interface_token(self, digest: str) -> InterfaceToken | None:
        """The system of a token, whether it still holds or not."""


_SCHEME: Final = "bearer "


class Interfaces:
    """Whose token it is. Looked up anew for each request, so that a revoked one ends at once."""

    def __init__(
        self,
        accounts: TokenBook,
        rules: PeopleRules,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._accounts = accounts
        self._rules = rules
        self._clock = clock

    async def find(self, authorization: str) -> Interface | None:
        """The system of an Authorization header; None if its token does not hold.

        It does not hold either when the person in whose name it reads has left, or may no longer
        export. Raises RecordUnavailable.
        """
        if not authorization.lower().startswith(_SCHEME):
            return None
        secret = authorization[len(_SCHEME) :].strip()
        if not could_be_secret(secret):
            return None
        return await asyncio.to_thread(self._look, digest_of(secret))

    def _look(self, digest: str) -> Interface | None:
        token = self._accounts.find_interface_token(digest)
        if token is None or token.revoked_at is not None or token.expires_at <= self._clock():
            return None
        account = self._accounts.find(token.account)
        if account is None or not account.is_active or account.role not in self._rules.may_export:
            return None
        by = Person(
            account=AccountId(account.login), printed_name=account.printed_name, role=account.role
        )
        return Interface(token.digest[:16], token.label, by, token.ward, token.kinds)
