"""Who a word in the record is from: a second person by name and PIN, a signature by password.

A second person is never logged in by it.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from dashboard.attempts import Attempt, Attempts
from dashboard.forms.fields import ChoiceField, Field, PinField
from dashboard.passwords import is_password
from infusion.commands import Refused
from infusion.patient import AccountId, Person
from record.accounts import Account, Accounts
from vocabulary.roles import Role

SECOND: Final = "second"
PIN: Final = "pin"
NOBODY: Final = Refused(
    reason="name and PIN of the second person do not fit",
    what_to_do="choose the name and type the PIN again; "
    "a new PIN gives the administrator: python -m dashboard account pin",
)


def person_of(account: Account) -> Person:
    """A person as events name them."""
    return Person(
        account=AccountId(account.login), printed_name=account.printed_name, role=account.role
    )


def possible_seconds(
    accounts: Accounts, roles: tuple[Role, ...], but: AccountId
) -> tuple[Account, ...]:
    """Who may be second to `but`: active, with a PIN, in one of these roles; by name. Blocks."""
    found = [
        account
        for account in accounts.all()
        if account.is_active
        and account.pin_hash is not None
        and account.role in roles
        and account.login != but
    ]
    return tuple(sorted(found, key=lambda account: account.printed_name))


def second_fields(seconds: tuple[Account, ...]) -> tuple[Field, ...]:
    """The two fields of a second person."""
    options = [(a.login, f"{a.printed_name}, {a.role.value}") for a in seconds]
    return (
        ChoiceField(
            name=SECOND,
            label="Second person",
            options=options,
            as_list=True,
            hint="" if options else "Nobody else has a PIN: confirm alone, or ask for one.",
        ),
        PinField(name=PIN, label="PIN of the second person"),
    )


@dataclass(slots=True)
class SecondPersons:
    """Looks at names, PINs and passwords, as often as `Attempts` allows. Blocks; safe for several
    threads as far as counting goes: a guess too many now and then gains nobody a PIN.
    """

    accounts: Accounts
    monotonic: Callable[[], float] = time.monotonic
    attempts: Attempts = field(default_factory=Attempts)

    def check(self, name: str, pin: str, at_screen_of: Person) -> Person | Refused:
        """The person of that name and PIN, or why it is nobody. Raises RecordUnavailable."""
        if name == at_screen_of.account:
            return Refused(
                reason=f"{at_screen_of.printed_name} is logged in here",
                what_to_do="a second person confirms, by name and PIN",
            )
        attempt = Attempt(f"pin {name}", f"pin at {at_screen_of.account}")
        wait_s = self.attempts.wait_s(attempt, self.monotonic())
        if wait_s > 0:
            return Refused(
                reason="too many wrong PINs",
                what_to_do=f"wait {wait_s / 60:.0f} min, or ask another second person",
            )
        self.attempts.failed(attempt, self.monotonic())  # before the hash, see `log_in`
        account = self.accounts.find(name)
        is_usable = account is not None and account.is_active
        is_right = is_password(pin, account.pin_hash if account and is_usable else None)
        if account is None or not is_right:
            return NOBODY
        self.attempts.succeeded(attempt)
        return person_of(account)

    def check_again(self, by: Person, password: str) -> Refused | None:
        """Whether it is the password of who is logged in, as every signature asks anew.

        None if it is. Raises RecordUnavailable.
        """
        attempt = Attempt(f"signature {by.account}", f"signature at {by.account}")
        wait_s = self.attempts.wait_s(attempt, self.monotonic())
        if wait_s > 0:
            return Refused(
                reason="too many wrong passwords",
                what_to_do=f"wait {math.ceil(wait_s / 60)} min, then sign",
            )
        self.attempts.failed(attempt, self.monotonic())
        account = self.accounts.find(by.account)
        is_usable = account is not None and account.is_active
        if not is_password(password, account.password_hash if account and is_usable else None):
            return Refused(
                reason="the password is wrong", what_to_do="type your own password again"
            )
        self.attempts.succeeded(attempt)
        return None
