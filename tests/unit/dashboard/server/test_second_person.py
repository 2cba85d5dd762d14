"""The second person at a screen: name and PIN, guessed at only slowly, never logged in."""

import pytest

from dashboard.attempts import PER_LOGIN, WINDOW_S
from dashboard.passwords import WeakPassword, hash_pin
from dashboard.second_person import SecondPersons, possible_seconds
from infusion.commands import Refused
from infusion.patient import AccountId, Person
from record.accounts import Account
from tests.fixtures.clinic_site import PINS, account
from tests.fixtures.dashboard import PASSWORD
from tests.fixtures.session import NORA
from vocabulary.roles import Role


class Shelf:
    def __init__(self, *accounts: Account) -> None:
        self.accounts = {a.login: a for a in accounts}

    def find(self, name: str) -> Account | None:
        return self.accounts.get(name)

    def all(self) -> list[Account]:
        return list(self.accounts.values())


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def seconds(now: list[float]) -> SecondPersons:
    shelf = Shelf(account("nora"), account("olga"), account("ada"))
    return SecondPersons(shelf, monotonic=lambda: now[0])  # type: ignore[arg-type] # stands in


def test_name_and_pin_tell_who_it_is(seconds: SecondPersons) -> None:
    olga = seconds.check("olga", PINS["olga"], NORA)
    assert olga == Person(account=AccountId("olga"), printed_name="Olga Nurse", role=Role.NURSE)


@pytest.mark.parametrize(
    ("name", "pin"),
    [
        ("olga", "000001"),
        ("nobody", PINS["olga"]),
        ("ada", ""),
        ("olga", ""),
        ("nora", PINS["nora"]),
    ],
)
def test_whoever_does_not_fit_is_nobody(seconds: SecondPersons, name: str, pin: str) -> None:
    assert isinstance(seconds.check(name, pin, NORA), Refused)


def test_guessing_a_pin_has_to_wait_and_the_right_one_waits_too(
    seconds: SecondPersons, now: list[float]
) -> None:
    for guess in range(PER_LOGIN):
        assert isinstance(seconds.check("olga", f"{guess:06}", NORA), Refused)
    refused = seconds.check("olga", PINS["olga"], NORA)
    assert isinstance(refused, Refused)
    assert "too many" in refused.reason
    now[0] += 301
    assert isinstance(seconds.check("olga", PINS["olga"], NORA), Person)


def test_only_people_with_a_pin_and_a_role_are_offered() -> None:
    shelf = Shelf(account("nora"), account("olga"), account("paul"), account("ada"))
    found = possible_seconds(shelf, (Role.NURSE, Role.ADMINISTRATOR), NORA.account)  # type: ignore[arg-type] # stands in
    assert [a.login for a in found] == ["olga"]


@pytest.mark.parametrize(
    "pin", ["", "12345", "1" * 13, "12a456", "111111", "123456", "987654", "²²²²²²"]
)
def test_a_pin_that_is_easily_guessed_is_not_taken(pin: str) -> None:
    with pytest.raises(WeakPassword):
        hash_pin(pin)


def test_a_signature_takes_the_own_password_and_guessing_has_to_wait(
    seconds: SecondPersons, now: list[float]
) -> None:
    assert seconds.check_again(NORA, PASSWORD) is None
    for _ in range(PER_LOGIN):
        wrong = seconds.check_again(NORA, "guess")
        assert wrong is not None
        assert "password is wrong" in wrong.reason
    waiting = seconds.check_again(NORA, PASSWORD)
    assert waiting is not None
    assert "too many" in waiting.reason
    now[0] += WINDOW_S + 1
    assert seconds.check_again(NORA, PASSWORD) is None
