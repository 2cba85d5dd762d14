"""Who takes sessions out, and the audit trail of it."""

from datetime import datetime

from infusion.access import PatientDataSeen
from infusion.configuration import PeopleRules
from infusion.patient import AccountId, PatientId, Person
from record.store import Record
from vocabulary.ids import SessionId


class NotAllowed(PermissionError):
    """Somebody who may not take anything out; the text says who may."""


def exporter(record: Record, login: str, rules: PeopleRules) -> Person:
    """The person of a login who may export. Raises NotAllowed, RecordUnavailable."""
    account = record.accounts.find(login)
    if account is None or not account.is_active:
        raise NotAllowed(f"there is no account {login!r}: give the login of who takes it out")
    if account.role not in rules.may_export:
        allowed = " or ".join(role.value for role in rules.may_export)
        raise NotAllowed(f"{account.role.value} may not export: ask a {allowed}")
    return Person(
        account=AccountId(account.login), printed_name=account.printed_name, role=account.role
    )


class Trail:
    """Notes each look of one export, durably, before anything of it is written."""

    def __init__(self, record: Record, by: Person, page: str) -> None:
        self._record = record
        self._by = by
        self._page = page

    def note(self, patient: PatientId, session: SessionId, now: datetime) -> None:
        """Note that data of a patient is taken out at `now` (UTC)."""
        look = PatientDataSeen(
            at=now, by=self._by, page=self._page, patient=patient, session=session
        )
        self._record.audit.note(look)
