"""What people have typed and not saved yet: so that it is there again, and others know of it.

State, not record: a draft is nobody's word until it is saved.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, delete, select

from record.columns import from_micros, to_micros
from record.database import Database
from record.schema import draft
from vocabulary.ids import SessionId


class FormDraft(msgspec.Struct, frozen=True, kw_only=True):
    """One person's draft of one form of a session. `typed`: field by field. `at`: UTC."""

    session: SessionId
    form: str
    account: str
    printed_name: str
    typed: dict[str, str]
    at: datetime


class Drafts:
    """Drafts of forms. Every method may raise RecordUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, kept: FormDraft, forget_after: timedelta) -> None:
        """Keep a draft in the place of the one before, and forget those that are too old."""
        values = {
            "session": kept.session,
            "form": kept.form,
            "account": kept.account,
            "printed_name": kept.printed_name,
            "typed": msgspec.json.encode(kept.typed).decode(),
            "at": to_micros(kept.at),
        }
        with self._database.writing() as connection:
            connection.execute(delete(draft).where(*_own(kept.session, kept.form, kept.account)))
            connection.execute(delete(draft).where(draft.c.at < to_micros(kept.at - forget_after)))
            connection.execute(draft.insert().values(**values))

    def of(self, session: SessionId, form: str) -> list[FormDraft]:
        """Everybody's drafts of a form, the newest first."""
        wanted = (
            select(draft)
            .where(draft.c.session == session, draft.c.form == form)
            .order_by(draft.c.at.desc())
        )
        with self._database.reading() as connection:
            return [_draft(row) for row in connection.execute(wanted)]

    def drop(self, session: SessionId, form: str, account: str) -> None:
        """Forget a draft: it was saved, or thrown away."""
        with self._database.writing() as connection:
            connection.execute(delete(draft).where(*_own(session, form, account)))


def _own(session: SessionId, form: str, account: str) -> tuple[Any, ...]:
    return draft.c.session == session, draft.c.form == form, draft.c.account == account


def _draft(row: Row[Any]) -> FormDraft:
    return FormDraft(
        session=SessionId(row.session),
        form=row.form,
        account=row.account,
        printed_name=row.printed_name,
        typed=msgspec.json.decode(row.typed, type=dict[str, str]),
        at=from_micros(row.at),
    )
