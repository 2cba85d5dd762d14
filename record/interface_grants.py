"""Letting another system read, and taking that back: each with its word in the audit trail.

The row of the token and the event are written together or not at all.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import msgspec
from sqlalchemy import select, update

from infusion.access import (
    AUDIT_CHAINS,
    InterfaceTokenMade,
    InterfaceTokenRevoked,
    audit_chain,
    token_name,
)
from infusion.patient import AccountId
from record.accounts import InterfaceToken
from record.columns import to_micros
from record.schema import interface_token
from record.transaction import Transaction
from vocabulary.ids import WardId

Writing = Callable[[], AbstractContextManager[Transaction]]


class InterfaceGrants:
    """Makes and revokes the tokens of other systems. Every method may raise RecordUnavailable.

    `operator`: who did it, as the machine knows them.
    """

    def __init__(self, write: Writing) -> None:
        self._write = write

    def make(self, token: InterfaceToken, operator: str) -> None:
        """Let another system read from now on."""
        values = msgspec.structs.asdict(token) | {
            "kinds": ",".join(token.kinds),
            "created_at": to_micros(token.created_at),
            "expires_at": to_micros(token.expires_at),
        }
        made = InterfaceTokenMade(
            at=token.created_at,
            operator=operator,
            token=token_name(token.digest),
            account=AccountId(token.account),
            ward=token.ward,
            label=token.label,
            kinds=token.kinds,
            expires_at=token.expires_at,
        )
        with self._write() as transaction:
            transaction.connection.execute(interface_token.insert().values(**values))
            _note(transaction, made)

    def revoke(self, digest: str, now: datetime, operator: str) -> bool:
        """Take a system's token back; False, and no word of it, if there is none that holds."""
        column = interface_token.c
        held = (column.digest == digest) & column.revoked_at.is_(None)
        with self._write() as transaction:
            connection = transaction.connection
            row = connection.execute(
                select(column.account, column.ward, column.label).where(held)
            ).first()
            if row is None:
                return False
            connection.execute(
                update(interface_token).where(held).values(revoked_at=to_micros(now))
            )
            revoked = InterfaceTokenRevoked(
                at=now,
                operator=operator,
                token=token_name(digest),
                account=AccountId(row.account),
                ward=WardId(row.ward),
                label=row.label,
            )
            _note(transaction, revoked)
        return True


def _note(transaction: Transaction, deed: InterfaceTokenMade | InterfaceTokenRevoked) -> None:
    author = f"{AUDIT_CHAINS}{deed.operator}"
    transaction.append(audit_chain(deed.at.date()), [deed], author, deed.at)
