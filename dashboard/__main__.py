"""`python -m dashboard`: the screens and forms; and who may see them.

python -m dashboard                                   serve until told to stop
python -m dashboard account add LOGIN --role nurse --name "Nina Ott" --password-stdin
python -m dashboard account password LOGIN --password-stdin
python -m dashboard account pin LOGIN --pin-stdin     for the second person at a screen
python -m dashboard account list | deactivate LOGIN
python -m dashboard kiosk add --ward W --label L --audience public
python -m dashboard kiosk list | revoke ID
python -m dashboard token add --by LOGIN --ward W --label L     another system that reads /fhir/
python -m dashboard token list | revoke ID
"""

import argparse
import gc
import getpass
import ipaddress
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Thread
from typing import Final

import uvicorn

from config.clinic import read_clinic
from config.problems import BadConfiguration
from config.settings import Settings, read_settings
from dashboard.interface_commands import CannotBeDone, add_token_commands, run_token_command
from dashboard.passwords import WeakPassword, hash_password, hash_pin
from dashboard.screens import SCREENS
from dashboard.server import create_server
from dashboard.sessions import digest_of, new_token
from dashboard.shown import display_of, sounds_of
from dashboard.warming import warm
from record.accounts import Account, Accounts, AccountTaken, KioskToken
from record.store import Record, RecordUnavailable, SchemaOutdated, open_record
from vocabulary.ids import NAME_PATTERN, WardId
from vocabulary.roles import Audience, Role

log = logging.getLogger(__name__)

GRACE_S: Final = 2
"""Open screens are told to come back; whoever has not gone by then is cut off."""
PING_S: Final = 10.0
MAX_MESSAGE_BYTES: Final = 4096
"""Screens say nothing on `/live`; whoever says more than this is no screen."""
SHOWN_DIGEST: Final = 12
PEOPLES_ROLES: Final = [role.value for role in Role if role is not Role.DISPLAY]


class Stop(Exception):
    """The command cannot go on; the text says why and what to do."""


_TOLD: Final = (Stop, CannotBeDone)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        return _run(chosen, settings)
    except (
        BadConfiguration,
        CannotBeDone,
        Stop,
        SchemaOutdated,
        WeakPassword,
        AccountTaken,
    ) as problem:
        print(problem, file=sys.stderr)
    except RecordUnavailable as problem:
        print(f"the record does not answer: {problem}", file=sys.stderr)
    return 1


def check_host(settings: Settings) -> None:
    """Raises Stop where the demonstration, whose passwords are known, would leave this machine."""
    if settings.demonstration and not _is_loopback(settings.http_host):
        raise Stop(
            f"the demonstration has known passwords and binds to this machine only, not to"
            f" {settings.http_host}: unset HOURGLASS_HTTP_HOST, or HOURGLASS_DEMONSTRATION"
        )


def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    logging.basicConfig(
        level=settings.log_level.value if chosen.room is None else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    if chosen.room is None:
        check_host(settings)
    record = open_record(settings.database_url)
    try:
        if chosen.room == "account":
            _account(chosen, record.accounts)
        elif chosen.room == "kiosk":
            _kiosk(chosen, settings, record.accounts)
        elif chosen.room == "token":
            clinic = read_clinic(settings.config_dir)
            print("\n".join(run_token_command(chosen, clinic, record.accounts)))
        else:
            _serve(settings, record)
    finally:
        record.close()
    return 0


def _serve(settings: Settings, record: Record) -> None:
    """Serve until a signal ends it. One process: every screen shares one set of tiles."""
    display_of(settings.config_dir)  # a bad file stops the start, not the first page
    sounds_of(settings.config_dir)
    server = create_server(settings, read_clinic(settings.config_dir), record, SCREENS)
    gc.collect()
    gc.freeze()  # what is loaded stays for good: looking for garbage in it made pages wait
    Thread(target=warm, args=[server.services], name="warm up", daemon=True).start()
    log.info("serving on http://%s:%d", settings.http_host, settings.http_port)
    uvicorn.run(
        server.asgi,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        workers=1,
    )


def _account(chosen: argparse.Namespace, accounts: Accounts) -> None:
    if chosen.command == "list":
        for account in accounts.all():
            state = "active" if account.is_active else "inactive"
            print(f"{account.login}\t{account.role.value}\t{state}\t{account.printed_name}")
        return
    if chosen.command == "add":
        accounts.add(_new_account(chosen))
        print(f"{chosen.login} may log in as {chosen.role}")
    elif chosen.command == "password":
        _must_be(
            accounts.set_password(
                chosen.login, hash_password(_password(chosen)), datetime.now(UTC)
            ),
            chosen,
        )
        print(f"{chosen.login} has another password; open sessions go on until they end")
    elif chosen.command == "pin":
        _must_be(accounts.set_pin(chosen.login, hash_pin(_pin(chosen))), chosen)
        print(f"{chosen.login} has a PIN and can be the second person at a screen")
    else:
        _must_be(accounts.deactivate(chosen.login, datetime.now(UTC)), chosen)
        print(f"{chosen.login} may not log in any more; open sessions end within seconds")


def _new_account(chosen: argparse.Namespace) -> Account:
    if not NAME_PATTERN.fullmatch(chosen.login):
        raise Stop("a login is 1 to 64 of a-z A-Z 0-9 _ -")
    if not chosen.name.strip():
        raise Stop("--name is what signatures print: first and last name")
    return Account(
        login=chosen.login,
        printed_name=chosen.name.strip(),
        role=Role(chosen.role),
        password_hash=hash_password(_password(chosen)),
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


def _kiosk(chosen: argparse.Namespace, settings: Settings, accounts: Accounts) -> None:
    now = datetime.now(UTC)
    if chosen.command == "list":
        for kiosk in accounts.kiosk_tokens():
            state = "revoked" if kiosk.revoked_at else "holds"
            shown = (kiosk.digest[:SHOWN_DIGEST], kiosk.ward, kiosk.audience.value, state)
            print("\t".join((*shown, kiosk.label)))
    elif chosen.command == "add":
        known = [plan.ward for plan in read_clinic(settings.config_dir).wards]
        if chosen.ward not in known:
            raise Stop(f"there is no ward {chosen.ward!r}, only {', '.join(known)}")
        token = new_token()
        accounts.add_kiosk_token(
            KioskToken(
                digest=digest_of(token),
                ward=WardId(chosen.ward),
                label=chosen.label,
                audience=Audience(chosen.audience),
                created_at=now,
            )
        )
        print(f"{_address(settings)}/ward/{chosen.ward}?token={token}")
    else:
        digest = _digest_of_id(chosen.id, accounts)
        accounts.revoke_kiosk_token(digest, now)
        print(f"{chosen.id} is revoked; its screens close within seconds")


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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    rooms = parser.add_subparsers(dest="room", metavar="account | kiosk | token")
    _add_account_commands(rooms.add_parser("account", help="people who may log in"))
    _add_kiosk_commands(rooms.add_parser("kiosk", help="screens that open without a login"))
    add_token_commands(rooms.add_parser("token", help="systems that read sessions as FHIR"))
    return parser


def _add_account_commands(room: argparse.ArgumentParser) -> None:
    commands = room.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
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
    add.add_argument("--ward", required=True)
    add.add_argument("--label", required=True, help="where the screen hangs")
    add.add_argument("--audience", choices=[who.value for who in Audience], required=True)
    commands.add_parser("revoke").add_argument("id", help="as kiosk list shows it")


if __name__ == "__main__":
    sys.exit(main())
