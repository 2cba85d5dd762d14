"""`python -m dashboard token`: other systems that may read sessions."""

import argparse
import getpass
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from dashboard.sessions import digest_of, new_token
from exchange.fhir.parts import READ_ALONE
from infusion.access import token_name
from infusion.configuration import ClinicConfiguration
from record.accounts import Accounts, InterfaceToken
from record.store import Record
from vocabulary.ids import WardId

DAYS: Final = 365
"""A token that is forgotten ends by itself."""


class CannotBeDone(Exception):
    """The command cannot go on; the text says why and what to do."""


def add_token_commands(room: argparse.ArgumentParser) -> None:
    """The arguments of `token add`, `list` and `revoke`."""
    commands = room.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
    add = commands.add_parser("add", help="prints the token, once")
    add.add_argument("--by", required=True, metavar="LOGIN", help="in whose name it reads")
    add.add_argument("--ward", required=True, help="the only ward it may read")
    add.add_argument("--label", required=True, help="which system it is, for the audit trail")
    add.add_argument("--kind", action="append", choices=READ_ALONE, help="default: all of them")
    add.add_argument("--days", type=int, default=DAYS, help=f"it ends after; default: {DAYS}")
    commands.add_parser("revoke").add_argument("id", help="as token list shows it")


def run_token_command(
    chosen: argparse.Namespace, clinic: ClinicConfiguration, record: Record
) -> list[str]:
    """Make, list or take back a token; what is to be told. Raises CannotBeDone."""
    now = datetime.now(UTC)
    if chosen.command == "list":
        return _lines(record.accounts.interface_tokens(), now)
    if chosen.command == "add":
        return [_add(chosen, clinic, record, now)]
    digest = _digest_of(chosen.id, record.accounts)
    if not record.interfaces.revoke(digest, now, operator()):
        raise CannotBeDone(f"{chosen.id} is revoked already")
    return [f"{chosen.id} is revoked; nothing more is read by it"]


def operator() -> str:
    """Who types at this machine, for the audit trail."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"uid-{os.getuid()}"


def _add(
    chosen: argparse.Namespace, clinic: ClinicConfiguration, record: Record, now: datetime
) -> str:
    known = [plan.ward for plan in clinic.wards]
    if chosen.ward not in known:
        raise CannotBeDone(f"there is no ward {chosen.ward!r}, only {', '.join(known)}")
    may = clinic.sessions.people.may_export
    account = record.accounts.find(chosen.by)
    if account is None or not account.is_active or account.role not in may:
        roles = " or ".join(role.value for role in may)
        raise CannotBeDone(f"--by needs the login of an active {roles}: account list")
    if chosen.days < 1 or not chosen.label.strip():
        raise CannotBeDone("--days is 1 or more, and --label says which system it is")
    token = new_token()
    record.interfaces.make(
        InterfaceToken(
            digest=digest_of(token),
            account=account.login,
            ward=WardId(chosen.ward),
            label=chosen.label.strip(),
            kinds=tuple(chosen.kind or READ_ALONE),
            created_at=now,
            expires_at=now + timedelta(days=chosen.days),
        ),
        operator(),
    )
    return token


def _lines(tokens: Sequence[InterfaceToken], now: datetime) -> list[str]:
    return [
        "\t".join(
            (
                token_name(token.digest),
                token.ward,
                ",".join(token.kinds),
                _state(token, now),
                token.account,
                token.label,
            )
        )
        for token in tokens
    ]


def _state(token: InterfaceToken, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    is_over = token.expires_at <= now
    return f"{'ended' if is_over else 'holds until'} {token.expires_at:%Y-%m-%d}"


def _digest_of(shown: str, accounts: Accounts) -> str:
    found = [t.digest for t in accounts.interface_tokens() if t.digest.startswith(shown)]
    if len(found) != 1 or len(shown) < len(token_name(found[0])):
        raise CannotBeDone(f"there is no token {shown!r}: python -m dashboard token list")
    return found[0]
