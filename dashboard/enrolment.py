"""Who may log in, and which screens open without a login: by commands, typed or from a list."""

import argparse
import getpass
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from config.clinic import read_clinic
from config.settings import Settings
from dashboard.passwords import hash_password, hash_pin
from dashboard.sessions import digest_of, new_token
from record.accounts import Account, Accounts, KioskToken
from vocabulary.ids import NAME_PATTERN, WardId
from vocabulary.roles import Audience, Role

SHOWN_DIGEST: Final = 12
PEOPLES_ROLES: Final = [role.value for role in Role if role is not Role.DISPLAY]


class Stop(Exception):
    """The command cannot go on; the text says why and what to do."""


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a list of people; `name` is what signatures print. Without a PIN: nobody's
    second person at a screen."""

    login: str
    role: Role
    name: str
    password: str
    pin: str = ""


def add_commands(rooms: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `account` and `kiosk`, which `enrol` carries out."""
    _add_account_commands(rooms.add_parser("account", help="people who may log in"))
    _add_kiosk_commands(rooms.add_parser("kiosk", help="screens that open without a login"))


def enrol(chosen: argparse.Namespace, settings: Settings, accounts: Accounts) -> Iterator[str]:
    """Carry out a command, line by line of what it answers.

    Raises Stop, WeakPassword, AccountTaken, RecordUnavailable.
    """
    if chosen.room == "account":
        return _account(chosen, accounts)
    return _kiosk(chosen, settings, accounts)


def _account(chosen: argparse.Namespace, accounts: Accounts) -> Iterator[str]:
    if chosen.command == "list":
        for account in accounts.all():
            state = "active" if account.is_active else "inactive"
            yield f"{account.login}\t{account.role.value}\t{state}\t{account.printed_name}"
        return
    if chosen.command == "add":
        person = Person(
            login=chosen.login,
            role=Role(chosen.role),
            name=chosen.name,
            password=_password(chosen),
        )
        accounts.add(_account_of(person))
        yield f"{chosen.login} may log in as {chosen.role}"
    elif chosen.command == "load":
        people = list(_people_typed())
        accounts.load([_account_of(person) for person in people], datetime.now(UTC))
        yield f"{len(people)} people may log in"
    elif chosen.command == "password":
        _must_be(
            accounts.set_password(
                chosen.login, hash_password(_password(chosen)), datetime.now(UTC)
            ),
            chosen,
        )
        yield f"{chosen.login} has another password; open sessions go on until they end"
    elif chosen.command == "pin":
        _must_be(accounts.set_pin(chosen.login, hash_pin(_pin(chosen))), chosen)
        yield f"{chosen.login} has a PIN and can be the second person at a screen"
    else:
        _must_be(accounts.deactivate(chosen.login, datetime.now(UTC)), chosen)
        yield f"{chosen.login} may not log in any more; open sessions end within seconds"


def _people_typed() -> Iterator[Person]:
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            try:
                yield msgspec.json.decode(line, type=Person)
            except msgspec.MsgspecError as error:
                raise Stop(f"line {number}: {error}") from error


def _account_of(person: Person) -> Account:
    if not NAME_PATTERN.fullmatch(person.login):
        raise Stop("a login is 1 to 64 of a-z A-Z 0-9 _ -")
    if person.role is Role.DISPLAY:
        raise Stop(f"{person.login}: a screen is enrolled by python -m dashboard kiosk add")
    if not person.name.strip():
        raise Stop("--name is what signatures print: first and last name")
    return Account(
        login=person.login,
        printed_name=person.name.strip(),
        role=person.role,
        password_hash=hash_password(person.password),
        pin_hash=hash_pin(person.pin) if person.pin else None,
    )


def _password(chosen: argparse.Namespace) -> str:
    if chosen.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise Stop("the two passwords differ")
    return first


def _pin(chosen: argparse.Namespace) -> str:
    if chosen.pin_stdin:
        return sys.stdin.readline().strip()
    first = getpass.getpass("PIN: ")
    if first != getpass.getpass("Again: "):
        raise Stop("the two PINs differ")
    return first


def _must_be(is_there: bool, chosen: argparse.Namespace) -> None:  # noqa: FBT001 - what the record answered
    if not is_there:
        raise Stop(f"there is no account {chosen.login!r}: python -m dashboard account list")


def _kiosk(chosen: argparse.Namespace, settings: Settings, accounts: Accounts) -> Iterator[str]:
    now = datetime.now(UTC)
    if chosen.command == "list":
        for kiosk in accounts.kiosk_tokens():
            state = "revoked" if kiosk.revoked_at else "holds"
            shown = (kiosk.digest[:SHOWN_DIGEST], kiosk.ward, kiosk.audience.value, state)
            yield "\t".join((*shown, kiosk.label))
    elif chosen.command == "add":
        known = [plan.ward for plan in read_clinic(settings.config_dir).wards]
        for ward in chosen.ward:
            if ward not in known:
                raise Stop(f"there is no ward {ward!r}, only {', '.join(known)}")
        for ward in chosen.ward:
            token = new_token()
            accounts.add_kiosk_token(
                KioskToken(
                    digest=digest_of(token),
                    ward=WardId(ward),
                    label=chosen.label,
                    audience=Audience(chosen.audience),
                    created_at=now,
                )
            )
            yield f"{_address(settings)}/ward/{ward}?token={token}"
    else:
        digest = _digest_of_id(chosen.id, accounts)
        accounts.revoke_kiosk_token(digest, now)
        yield f"{chosen.id} is revoked; its screens close within seconds"


def _digest_of_id(shown: str, accounts: Accounts) -> str:
    found = [kiosk.digest for kiosk in accounts.kiosk_tokens() if kiosk.digest.startswith(shown)]
    if len(shown) < SHOWN_DIGEST or len(found) != 1:
        raise Stop(f"there is no screen {shown!r}: python -m dashboard kiosk list")
    return found[0]


def _address(settings: Settings) -> str:
    if settings.public_origins:
        return settings.public_origins[0]
    host = f"[{settings.http_host}]" if ":" in settings.http_host else settings.http_host
    return f"http://{host}:{settings.http_port}"


def _add_account_commands(room: argparse.ArgumentParser) -> None:
    commands = room.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
    commands.add_parser(
        "load", help="people from stdin, a JSON object a line; who is known gets another password"
    )
    pin = commands.add_parser("pin", help="of the second person at a screen")
    pin.add_argument("login")
    pin.add_argument("--pin-stdin", action="store_true")
    for name in ("add", "password", "deactivate"):
        command = commands.add_parser(name)
        command.add_argument("login")
        if name == "add":
            command.add_argument("--role", choices=PEOPLES_ROLES, required=True)
            command.add_argument("--name", required=True, help="as signatures print it")
        if name != "deactivate":
            command.add_argument("--password-stdin", action="store_true")


def _add_kiosk_commands(room: argparse.ArgumentParser) -> None:
    commands = room.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
    add = commands.add_parser("add", help="prints the address with its token, once")
    add.add_argument("--ward", required=True, nargs="+", help="of several, a screen each")
    add.add_argument("--label", required=True, help="where the screen hangs")
    add.add_argument("--audience", choices=[who.value for who in Audience], required=True)
    commands.add_parser("revoke").add_argument("id", help="as kiosk list shows it")
