"""People, logins and screens in both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from record.accounts import Account, Accounts, AccountTaken, KioskToken, OpenLogin
from record.store import open_record
from tests.fixtures.clinic import START
from vocabulary.ids import WardId
from vocabulary.roles import Audience, Role

NORA = Account(login="nora", printed_name="Nora Ü. Nurse", role=Role.NURSE, password_hash="$a$1")
PAUL = Account(
    login="paul",
    printed_name="Paul",
    role=Role.PRESCRIBER,
    password_hash="$a$2",
    pin_hash="$a$3",
    is_active=False,
)


@pytest.fixture
def accounts(database_url: str) -> Iterator[Accounts]:
    record = open_record(database_url)
    yield record.accounts
    record.close()


def test_an_account_is_found_as_it_was_added(accounts: Accounts) -> None:
    accounts.add(PAUL)
    accounts.add(NORA)
    assert accounts.find("nora") == NORA
    assert accounts.find("Nora") is None
    assert accounts.all() == [NORA, PAUL]


def test_a_login_name_is_given_once(accounts: Accounts) -> None:
    accounts.add(NORA)
    with pytest.raises(AccountTaken, match="nora"):
        accounts.add(Account(login="nora", printed_name="X", role=Role.NURSE, password_hash="y"))
    assert accounts.all() == [NORA]


def test_passwords_change_and_accounts_end(accounts: Accounts) -> None:
    accounts.add(NORA)
    assert accounts.set_password("nora", "$a$9", START)
    assert accounts.deactivate("nora", START)
    found = accounts.find("nora")
    assert found is not None
    assert (found.password_hash, found.is_active) == ("$a$9", False)
    assert not accounts.set_password("nobody", "x", START)
    assert not accounts.deactivate("nobody", START)


def test_a_new_password_ends_the_logins_of_its_account_and_no_other(accounts: Accounts) -> None:
    accounts.add(NORA)
    for digest, name in (("n1", "nora"), ("n2", "nora"), ("p1", "paul")):
        accounts.open_login(
            OpenLogin(id_digest=digest, account=name, created_at=START, last_seen_at=START)
        )
    accounts.set_password("nora", "$a$9", START)
    assert accounts.find_login("n1") is None
    assert accounts.find_login("n2") is None
    assert accounts.find_login("p1") is not None


def test_a_pin_is_given_and_taken_back(accounts: Accounts) -> None:
    accounts.add(NORA)
    assert accounts.set_pin("nora", "$a$pin")
    assert not accounts.set_pin("nobody", "$a$pin")
    found = accounts.find("nora")
    assert found is not None
    assert (found.pin_hash, found.password_hash) == ("$a$pin", NORA.password_hash)
    assert accounts.set_pin("nora", None)
    found = accounts.find("nora")
    assert found is not None
    assert found.pin_hash is None


def test_a_login_lasts_until_it_is_ended(accounts: Accounts) -> None:
    opened = OpenLogin(
        id_digest="d1",
        account="nora",
        created_at=START,
        last_seen_at=START,
        expires_at=START + timedelta(hours=12),
    )
    accounts.open_login(opened)
    assert accounts.find_login("d1") == opened
    later = START + timedelta(minutes=3)
    accounts.note_seen("d1", later)
    seen = accounts.find_login("d1")
    assert seen is not None
    assert seen.last_seen_at == later
    accounts.end_login("d1", later)
    assert accounts.find_login("d1") is None
    assert accounts.find_login("d2") is None


def test_a_screen_is_enrolled_until_its_token_is_taken_back(accounts: Accounts) -> None:
    token = KioskToken(
        digest="k1",
        ward=WardId("north"),
        label="Wall",
        audience=Audience.PUBLIC,
        created_at=START,
    )
    accounts.add_kiosk_token(token)
    assert accounts.find_kiosk_token("k1") == token
    assert accounts.revoke_kiosk_token("k1", START)
    assert not accounts.revoke_kiosk_token("k1", START)
    found = accounts.find_kiosk_token("k1")
    assert found is not None
    assert found.revoked_at == START
    assert list(accounts.kiosk_tokens()) == [found]
    assert accounts.find_kiosk_token("k2") is None
