"""Who may log in, who is logged in, which screens are enrolled, which systems may read.

State, not record. The record hashes no password: it stores what it is given. Session ids and
tokens are stored as digests, so that whoever reads the database can log in as nobody.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, select, update
from sqlalchemy.exc import IntegrityError

from record.columns import from_micros, to_micros
from record.database import Database
from record.schema import account, interface_token, kiosk_token, login
from vocabulary.ids import WardId
from vocabulary.roles import Audience, Role


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person: `printed_name` is what a signature prints."""

    login: str
    printed_name: str
    role: Role
    password_hash: str
    pin_hash: str | None = None
    is_active: bool = True


class OpenLogin(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is logged in, by a person's account or a screen's token. Times UTC."""

    id_digest: str
    created_at: datetime
    last_seen_at: datetime
    account: str | None = None
    kiosk_token_digest: str | None = None
    expires_at: datetime | None = None


class KioskToken(msgspec.Struct, frozen=True, kw_only=True):
    """A screen that may show one ward without a login. Times UTC."""

    digest: str
    ward: WardId
    label: str
    audience: Audience
    created_at: datetime
    revoked_at: datetime | None = None


class InterfaceToken(msgspec.Struct, frozen=True, kw_only=True):
    """Another system that may read the sessions of one ward in somebody's name. Times UTC.

    `kinds`: the FHIR resources that it may read.
    """

    digest: str
    account: str
    ward: WardId
    label: str
    kinds: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class AccountTaken(ValueError):
    """There is an account of that login name already."""


class Accounts:
    """Accounts, logins and tokens. Every method may raise RecordUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: Account) -> None:
        """Add a person. Raises AccountTaken."""
        try:
            with self._database.writing() as connection:
                connection.execute(account.insert().values(**_values(new)))
        except IntegrityError as error:
            raise AccountTaken(f"there is an account {new.login!r} already") from error

    def load(self, people: Sequence[Account], now: datetime) -> None:
        """Add people all at once, or none of them.

        Who is known already keeps role and name, gets the password and PIN, and is logged out.
        """
        with self._database.writing() as connection:
            for person in people:
                known = connection.execute(
                    update(account)
                    .where(account.c.login == person.login)
                    .values(password_hash=person.password_hash, pin_hash=person.pin_hash)
                ).rowcount
                if known:
                    _end_logins(connection, person.login, now)
                else:
                    connection.execute(account.insert().values(**_values(person)))

    def find(self, name: str) -> Account | None:
        """The account of a login name, active or not."""
        with self._database.reading() as connection:
            row = connection.execute(select(account).where(account.c.login == name)).first()
        return None if row is None else _account(row)

    def all(self) -> list[Account]:
        """Every account, by login name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(account).order_by(account.c.login)).all()
        return [_account(row) for row in rows]

    def set_password(self, name: str, password_hash: str, now: datetime) -> bool:
        """Give an account another password and end its logins; False if there is no such one."""
        return self._change(name, now, password_hash=password_hash)

    def set_pin(self, name: str, pin_hash: str | None) -> bool:
        """Give an account another PIN, or none; False if there is no such account."""
        with self._database.writing() as connection:
            changed = connection.execute(
                update(account).where(account.c.login == name).values(pin_hash=pin_hash)
            )
        return changed.rowcount == 1

    def deactivate(self, name: str, now: datetime) -> bool:
        """Keep an account from logging in and end its logins; False if there is no such one."""
        return self._change(name, now, is_active=False)

    def open_login(self, opened: OpenLogin) -> None:
        """Note that a browser is logged in."""
        values = {
            "id_digest": opened.id_digest,
            "account": opened.account,
            "kiosk_token_digest": opened.kiosk_token_digest,
            "created_at": to_micros(opened.created_at),
            "expires_at": None if opened.expires_at is None else to_micros(opened.expires_at),
            "last_seen_at": to_micros(opened.last_seen_at),
        }
        with self._database.writing() as connection:
            connection.execute(login.insert().values(**values))

    def find_login(self, id_digest: str) -> OpenLogin | None:
        """The login of a browser, unless it was ended."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(login).where(login.c.id_digest == id_digest, login.c.ended_at.is_(None))
            ).first()
        if row is None:
            return None
        return OpenLogin(
            id_digest=row.id_digest,
            account=row.account,
            kiosk_token_digest=row.kiosk_token_digest,
            created_at=from_micros(row.created_at),
            expires_at=None if row.expires_at is None else from_micros(row.expires_at),
            last_seen_at=from_micros(row.last_seen_at),
        )

    def note_seen(self, id_digest: str, now: datetime) -> None:
        """Note that a browser was used."""
        with self._database.writing() as connection:
            connection.execute(
                update(login)
                .where(login.c.id_digest == id_digest)
                .values(last_seen_at=to_micros(now))
            )

    def end_login(self, id_digest: str, now: datetime) -> None:
        """End the login of a browser."""
        with self._database.writing() as connection:
            connection.execute(
                update(login)
                .where(login.c.id_digest == id_digest, login.c.ended_at.is_(None))
                .values(ended_at=to_micros(now))
            )

    def add_kiosk_token(self, token: KioskToken) -> None:
        """Enrol a screen."""
        values = {
            "digest": token.digest,
            "ward": token.ward,
            "label": token.label,
            "audience": token.audience.value,
            "created_at": to_micros(token.created_at),
        }
        with self._database.writing() as connection:
            connection.execute(kiosk_token.insert().values(**values))

    def find_kiosk_token(self, digest: str) -> KioskToken | None:
        """The enrolled screen of a token, revoked or not."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(kiosk_token).where(kiosk_token.c.digest == digest)
            ).first()
        return None if row is None else _kiosk(row)

    def kiosk_tokens(self) -> Sequence[KioskToken]:
        """Every enrolled screen, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(kiosk_token).order_by(kiosk_token.c.created_at))
            return [_kiosk(row) for row in rows]

    def revoke_kiosk_token(self, digest: str, now: datetime) -> bool:
        """Take a screen's token back; False if there is none that holds."""
        return self._revoke(kiosk_token, digest, now)

    def find_interface_token(self, digest: str) -> InterfaceToken | None:
        """The system of a token, whether it still holds or not."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(interface_token).where(interface_token.c.digest == digest)
            ).first()
        return None if row is None else _interface(row)

    def interface_tokens(self) -> Sequence[InterfaceToken]:
        """Every system that was ever let read, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(interface_token).order_by(interface_token.c.created_at)
            )
            return [_interface(row) for row in rows]

    def _revoke(self, table: Table, digest: str, now: datetime) -> bool:
        with self._database.writing() as connection:
            changed = connection.execute(
                update(table)
                .where(table.c.digest == digest, table.c.revoked_at.is_(None))
                .values(revoked_at=to_micros(now))
            )
        return changed.rowcount == 1

    def _change(self, name: str, now: datetime, **values: str | bool) -> bool:
        with self._database.writing() as connection:
            changed = connection.execute(
                update(account).where(account.c.login == name).values(**values)
            )
            _end_logins(connection, name, now)
        return changed.rowcount == 1


def _end_logins(connection: Connection, name: str, now: datetime) -> None:
    connection.execute(
        update(login)
        .where(login.c.account == name, login.c.ended_at.is_(None))
        .values(ended_at=to_micros(now))
    )


def _values(new: Account) -> dict[str, object]:
    return {**msgspec.structs.asdict(new), "role": new.role.value}


def _account(row: Row[tuple[object, ...]]) -> Account:
    return msgspec.convert(_named(row), Account)


def _kiosk(row: Row[tuple[object, ...]]) -> KioskToken:
    return msgspec.convert(_timed(row), KioskToken)


def _interface(row: Row[tuple[object, ...]]) -> InterfaceToken:
    values = _timed(row)
    return msgspec.convert(values | {"kinds": values["kinds"].split(",")}, InterfaceToken)


def _timed(row: Row[Any]) -> dict[str, Any]:
    """A row by its columns, with the times of a token."""
    values = _named(row)
    for name in ("created_at", "expires_at", "revoked_at"):
        if values.get(name) is not None:
            values[name] = from_micros(values[name])
    return values


def _named(row: Row[Any]) -> dict[str, Any]:
    """A row by its columns, whose names SQLAlchemy gives as a kind of string of its own."""
    return {str(name): value for name, value in row._asdict().items()}
