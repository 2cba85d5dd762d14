"""Who is logged in."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.sessions import (
    IDLE_LIMIT,
    LONGEST,
    REMEMBERED_S,
    Sessions,
    digest_of,
)
from record.faults import RecordUnavailable
from tests.fixtures.clinic import START
from tests.fixtures.dashboard import (
    KIOSK_TOKEN,
    NORTH,
    SOUTH,
    MemoryAccounts,
    a_store,
    kiosk,
)


class Clocks:
    """Both clocks, moved together by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.now_s - 100)

    def monotonic(self) -> float:
        return self.now_s

    def move(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def store() -> MemoryAccounts:
    return a_store()


@pytest.fixture
def sessions(store: MemoryAccounts, clocks: Clocks) -> Sessions:
    return Sessions(store, clock=clocks.now, monotonic=clocks.monotonic)


def open_nina(sessions: Sessions, store: MemoryAccounts) -> str:
    return asyncio.run(sessions.open_for_person(store.accounts["nina"]))


def find(sessions: Sessions, session: str | None) -> str | None:
    login = asyncio.run(sessions.find(session))
    return None if login is None else login.name


def test_a_session_is_known_by_its_id_which_the_record_never_holds(
    sessions: Sessions, store: MemoryAccounts
) -> None:
    session = open_nina(sessions, store)
    assert len(session) >= 43
    assert find(sessions, session) == "Nina"
    assert set(store.logins) == {digest_of(session)}


@pytest.mark.parametrize("session", [None, "", "short", "x" * 43, "ü" * 43, "x" * 4000])
def test_anything_else_is_nobody(sessions: Sessions, session: str | None) -> None:
    assert find(sessions, session) is None


def test_the_record_is_asked_once_in_a_while(
    sessions: Sessions, store: MemoryAccounts, clocks: Clocks
) -> None:
    session = open_nina(sessions, store)
    for _ in range(10):
        find(sessions, session)
    assert store.looks == 1
    clocks.move(REMEMBERED_S + 0.1)
    find(sessions, session)
    assert store.looks == 2


def test_a_session_revoked_elsewhere_is_gone_within_seconds(
    sessions: Sessions, store: MemoryAccounts, clocks: Clocks
) -> None:
    session = open_nina(sessions, store)
    find(sessions, session)
    store.logins.clear()
    clocks.move(REMEMBERED_S + 0.1)
    assert asyncio.run(sessions.is_gone(session))


def test_logging_out_ends_a_session_at_once(sessions: Sessions, store: MemoryAccounts) -> None:
    session = open_nina(sessions, store)
    find(sessions, session)
    asyncio.run(sessions.close(session))
    assert find(sessions, session) is None


def test_a_person_who_is_idle_is_logged_out(
    sessions: Sessions, store: MemoryAccounts, clocks: Clocks
) -> None:
    session = open_nina(sessions, store)
    clocks.move(IDLE_LIMIT.total_seconds())
    assert find(sessions, session) == "Nina"
    clocks.move(1)
    assert find(sessions, session) is None


def test_a_person_who_does_something_stays_until_the_longest_shift_ends(
    sessions: Sessions, store: MemoryAccounts, clocks: Clocks
) -> None:
    session = open_nina(sessions, store)
    while clocks.now() - START < LONGEST - timedelta(minutes=20):
        clocks.move(20 * 60)
        assert find(sessions, session) == "Nina"
        asyncio.run(sessions.use(session))
    clocks.move(20 * 60 + 1)
    assert find(sessions, session) is None


def test_a_screen_stays_for_months(
    sessions: Sessions, store: MemoryAccounts, clocks: Clocks
) -> None:
    session = asyncio.run(sessions.open_for_screen(KIOSK_TOKEN, NORTH))
    clocks.move(100 * 24 * 3600)
    assert find(sessions, session) == "Wall"


@pytest.mark.parametrize(
    ("token", "ward"), [(KIOSK_TOKEN, SOUTH), ("x" * 43, NORTH), ("", NORTH), ("ü" * 30, NORTH)]
)
def test_a_token_opens_its_own_ward_alone(sessions: Sessions, token: str, ward: str) -> None:
    assert asyncio.run(sessions.open_for_screen(token, NORTH if ward == NORTH else SOUTH)) is None


def test_an_open_screen_outlives_a_record_that_does_not_answer(
    sessions: Sessions, store: MemoryAccounts, clocks: Clocks
) -> None:
    session = store.enter("wall-screen-session-id-0001", kiosk())
    assert find(sessions, session) == "Wall"
    store.is_gone = True
    clocks.move(3600)
    assert not asyncio.run(sessions.is_gone(session))


def test_a_stranger_is_not_let_in_while_the_record_does_not_answer(
    sessions: Sessions, store: MemoryAccounts
) -> None:
    store.is_gone = True
    with pytest.raises(RecordUnavailable):
        find(sessions, "x" * 43)


def test_use_is_noted_once_a_minute(
    sessions: Sessions, store: MemoryAccounts, clocks: Clocks
) -> None:
    session = open_nina(sessions, store)
    asyncio.run(sessions.use(session))
    clocks.move(30)
    asyncio.run(sessions.use(session))
    assert store.logins[digest_of(session)].last_seen_at == START
    clocks.move(31)
    asyncio.run(sessions.use(session))
    assert store.logins[digest_of(session)].last_seen_at == START + timedelta(seconds=61)
    assert clocks.now().tzinfo is UTC


def test_a_person_at_work_goes_on_while_the_record_does_not_answer(
    sessions: Sessions, store: MemoryAccounts, clocks: Clocks
) -> None:
    session = open_nina(sessions, store)
    assert find(sessions, session) == "Nina"
    store.is_gone = True
    clocks.move(61)
    asyncio.run(sessions.use(session))
    assert find(sessions, session) == "Nina"
