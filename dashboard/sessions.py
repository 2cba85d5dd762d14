"""Who is logged in: server-side sessions, looked up by a random id that only the browser holds.

The record keeps the SHA-256 of each id and of each kiosk token, so that whoever reads the
database can log in as nobody. An answer is remembered for a moment; when the record does not
answer, an open session stays as it was last known, so that a wall screen outlives its database.
"""

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from typing_extensions import TypeIs

from dashboard.context import Login
from record.accounts import Account, KioskToken, OpenLogin
from record.faults import RecordUnavailable
from vocabulary.ids import WardId
from vocabulary.roles import Audience, Role

log = logging.getLogger(__name__)

COOKIE: Final = "hourglass"
ID_BYTES: Final = 32
IDLE_LIMIT: Final = timedelta(minutes=30)
"""A person who left a ward PC alone: OWASP's range for high-value applications ends at 30 min."""
LONGEST: Final = timedelta(hours=12)
"""A person's session ends with the longest shift. A screen's lives as long as its token."""
USE_NOTED_EVERY: Final = timedelta(minutes=1)
REMEMBERED_S: Final = 2.0
_MOST_REMEMBERED: Final = 4096


class AccountBook(Protocol):
    """What sessions need of `record.accounts.Accounts`. All block; all raise RecordUnavailable."""

    def find(self, name: str) -> Account | None:
        """The account of a login name, active or not."""

    def open_login(self, opened: OpenLogin) -> None:
        """Note that a browser is logged in."""

    def find_login(self, id_digest: str) -> OpenLogin | None:
        """The login of a browser, unless it was ended."""

    def note_seen(self, id_digest: str, now: datetime) -> None:
        """Note that a browser was used."""

    def end_login(self, id_digest: str, now: datetime) -> None:
        """End the login of a browser."""

    def find_kiosk_token(self, digest: str) -> KioskToken | None:
        """The enrolled screen of a token, revoked or not."""


@dataclass(frozen=True, slots=True)
class Session:
    """An open session and who holds it. Times UTC; a screen's has no end."""

    login: Login
    used_at: datetime
    ends_at: datetime | None

    def is_over(self, now: datetime) -> bool:
        """Whether a person was idle or logged in for too long; screens stay."""
        if self.login.role is Role.DISPLAY:
            return False
        return now - self.used_at > IDLE_LIMIT or (self.ends_at is not None and now > self.ends_at)


@dataclass(frozen=True, slots=True)
class _Remembered:
    session: Session | None
    looked_s: float


class Sessions:
    """The sessions of all browsers. For the event loop only; the record is asked in threads."""

    def __init__(
        self,
        accounts: AccountBook,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        self._monotonic = monotonic
        self._remembered: dict[str, _Remembered] = {}
        self._used: dict[str, datetime] = {}

    async def find(self, session: str | None) -> Login | None:
        """Whose session this is; None if there is none. Raises RecordUnavailable."""
        if not could_be_secret(session):
            return None
        found = await self._look(digest_of(session))
        return None if found is None else found.login

    async def use(self, session: str) -> None:
        """Note that a person did something, at most once a minute."""
        digest = digest_of(session)
        now = self._clock()
        if digest in self._used and now - self._used[digest] < USE_NOTED_EVERY:
            return
        self._used[digest] = now
        _forget_oldest(self._used)
        try:
            await asyncio.to_thread(self._accounts.note_seen, digest, now)
        except RecordUnavailable as error:
            log.warning("a session's use could not be noted: %s", error)
        else:
            self._remembered.pop(digest, None)

    async def is_gone(self, session: str) -> bool:
        """Whether an open screen must close; never because the record does not answer."""
        try:
            return await self.find(session) is None
        except RecordUnavailable:
            return False

    async def account(self, login: str) -> Account | None:
        """The active account of that login name. Raises RecordUnavailable."""
        account = await asyncio.to_thread(self._accounts.find, login)
        return account if account is not None and account.is_active else None

    async def open_for_person(self, account: Account) -> str:
        """Begin a session; its id is for the cookie alone. Raises RecordUnavailable."""
        now = self._clock()
        return await self._open(
            lambda digest: OpenLogin(
                id_digest=digest,
                created_at=now,
                last_seen_at=now,
                account=account.login,
                expires_at=now + LONGEST,
            )
        )

    async def open_for_screen(self, token: str, ward: WardId) -> str | None:
        """Begin the session of a screen that showed `token`; None if it does not hold for `ward`.

        Raises RecordUnavailable.
        """
        if not could_be_secret(token):
            return None
        kiosk = await asyncio.to_thread(self._accounts.find_kiosk_token, digest_of(token))
        if kiosk is None or kiosk.revoked_at is not None or kiosk.ward != ward:
            return None
        now = self._clock()
        return await self._open(
            lambda digest: OpenLogin(
                id_digest=digest,
                created_at=now,
                last_seen_at=now,
                kiosk_token_digest=kiosk.digest,
            )
        )

    async def close(self, session: str | None) -> None:
        """End a session, if it is one. Raises RecordUnavailable."""
        if not could_be_secret(session):
            return
        digest = digest_of(session)
        await asyncio.to_thread(self._accounts.end_login, digest, self._clock())
        self._remembered[digest] = _Remembered(None, self._monotonic())

    async def _open(self, opened: Callable[[str], OpenLogin]) -> str:
        session = secrets.token_urlsafe(ID_BYTES)
        await asyncio.to_thread(self._accounts.open_login, opened(digest_of(session)))
        return session

    async def _look(self, digest: str) -> Session | None:
        remembered = self._remembered.get(digest)
        now_s = self._monotonic()
        if remembered is None or now_s - remembered.looked_s > REMEMBERED_S:
            remembered = await self._ask(digest, now_s, remembered)
        session = remembered.session
        return None if session is None or session.is_over(self._clock()) else session

    async def _ask(self, digest: str, now_s: float, known: _Remembered | None) -> _Remembered:
        try:
            found = await asyncio.to_thread(_session_of, self._accounts, digest)
        except RecordUnavailable:
            if known is None or known.session is None:
                raise
            return known
        remembered = self._remembered[digest] = _Remembered(found, now_s)
        _forget_oldest(self._remembered)
        return remembered


def digest_of(secret: str) -> str:
    """What the record keeps of a session id or a token: its SHA-256, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_token() -> str:
    """A new kiosk token, 256 bits."""
    return secrets.token_urlsafe(ID_BYTES)


def person(account: Account) -> Login:
    """The login of a person: people are staff."""
    return Login(
        key=f"person {account.login}",
        role=account.role,
        audience=Audience.STAFF,
        name=account.printed_name,
        account=account.login,
    )


def screen(kiosk: KioskToken) -> Login:
    """The login of an enrolled screen."""
    return Login(
        key=f"screen {kiosk.digest[:16]}",
        role=Role.DISPLAY,
        audience=kiosk.audience,
        name=kiosk.label,
        ward=kiosk.ward,
    )


def _session_of(accounts: AccountBook, digest: str) -> Session | None:
    """The session in the record, of an active account or of a screen whose token holds."""
    opened = accounts.find_login(digest)
    if opened is None:
        return None
    if opened.account is not None:
        account = accounts.find(opened.account)
        if account is None or not account.is_active:
            return None
        return Session(person(account), opened.last_seen_at, opened.expires_at)
    kiosk = accounts.find_kiosk_token(opened.kiosk_token_digest or "")
    if kiosk is None or kiosk.revoked_at is not None:
        return None
    return Session(screen(kiosk), opened.last_seen_at, opened.expires_at)


def could_be_secret(secret: str | None) -> TypeIs[str]:
    """Whether this can be one of our ids at all; others never reach the record."""
    return secret is not None and 20 <= len(secret) <= 128 and secret.isascii()


def _forget_oldest(kept: dict[str, Any]) -> None:
    while len(kept) > _MOST_REMEMBERED:
        del kept[next(iter(kept))]
