"""The audit trail: every look at a patient's data, appended before it is shown, never changed.

What is done about the tokens of other systems stands in it too (`record.interface_grants`).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy import select

from infusion.access import AUDIT_CHAINS, PatientDataSeen, audit_chain
from infusion.patient import PatientId
from record import schema
from record.database import Database
from record.transaction import Transaction

_KIND: Final = PatientDataSeen.__name__
_decoder: Final = msgspec.json.Decoder(PatientDataSeen)

Writing = Callable[[], AbstractContextManager[Transaction]]


class AuditTrail:
    """Notes looks and tells of them. Every method may raise RecordUnavailable."""

    def __init__(self, database: Database, write: Writing) -> None:
        self._database = database
        self._write = write

    def note(self, *looks: PatientDataSeen) -> None:
        """Note looks, durably; only after that may the data be shown."""
        now = datetime.now(UTC)
        with self._write() as transaction:
            for look in looks:
                author = f"{AUDIT_CHAINS}{look.by.account}"
                transaction.append(audit_chain(look.at.date()), [look], author, now)

    def of_patient(self, patient: PatientId, limit: int = 1000) -> list[PatientDataSeen]:
        """The last looks at a patient's data, newest first."""
        quoted = msgspec.json.encode(patient).decode()
        event = schema.event.c
        return self._find(event.payload.contains(f'"patient":{quoted}', autoescape=True), limit)

    def by_account(self, account: str, limit: int = 1000) -> list[PatientDataSeen]:
        """The last looks of a person, newest first."""
        return self._find(schema.event.c.author == f"{AUDIT_CHAINS}{account}", limit)

    def _find(self, condition: object, limit: int) -> list[PatientDataSeen]:
        event = schema.event.c
        wanted = (
            select(event.payload)
            .where(event.kind == _KIND, condition)  # type: ignore[arg-type]  # a clause
            .order_by(event.position.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [_decoder.decode(text) for text in connection.execute(wanted).scalars()]
