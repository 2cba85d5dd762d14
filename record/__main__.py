"""`python -m record`: the tables of the record, and the proof that nothing in it was changed.

migrate: bring the record to the schema of this version. verify: on a copy, offline, prove that
nothing was added, changed, removed or reordered, else name the first row and end with 1. heads:
the last event of every chain, to be kept elsewhere. compact: take out old samples
of no session and old refused messages. events: print what is in the chains. looks: who was shown
data of a patient, or what a person was shown.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from alembic.util import CommandError

from infusion.patient import PatientId
from record.chain_check import Report
from record.command_line import day
from record.database import Database
from record.faults import NotAsPinned, RecordUnavailable, SchemaOutdated
from record.heads import BadHeads, Head, heads_in, heads_on
from record.listing import events_of, in_json, in_words
from record.migrate import migrate
from record.retention import compact
from record.store import Record
from record.verify import UnknownSession, verify_all, verify_session
from vocabulary.ids import SessionId

PATIENCE_S = 30.0
"""A database server that starts at the same time as we do, or another writer of the same file, is
given this long."""
KEPT_DAYS: Final = 30
"""Samples that belong to no session and refused messages are kept this long (architecture)."""
TOLD_AT_MOST: Final = 20


def main() -> int:
    """Run the command; returns the exit code: 0 done, 1 it differs, 2 it could not be done."""
    arguments = _parser().parse_args()
    try:
        database = Database(arguments.url, PATIENCE_S)
        try:
            code: int = arguments.run(database, arguments)
        finally:
            database.close()
    except RecordUnavailable as problem:
        print(f"the record could not be {arguments.done}: {problem}", file=sys.stderr)
        return arguments.failed  # type: ignore[no-any-return]  # an int by `set_defaults`
    except CommandError as problem:
        print(
            f"the record is of another version of Hourglass ({problem}): "
            "install that version, or restore the backup made before it",
            file=sys.stderr,
        )
        return 1
    except (SchemaOutdated, UnknownSession, BadHeads) as problem:
        print(problem, file=sys.stderr)
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m record", description=__doc__)
    parser.add_argument("--url", default=_default_url(), help="database URL")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("migrate", help="create or upgrade the tables; nothing if current")
    make.set_defaults(run=_migrate, done="prepared", failed=1)
    check = commands.add_parser("verify", help="prove that nothing was changed; on a copy")
    which = check.add_mutually_exclusive_group(required=True)
    which.add_argument("session", nargs="?", help="the session whose chain is checked")
    which.add_argument("--all", action="store_true", help="every chain and every pinned row")
    check.add_argument("--heads", type=Path, help="heads that were kept elsewhere")
    check.set_defaults(run=_verify, done="read", failed=2)
    told = commands.add_parser("heads", help="print the heads of all chains, to be kept elsewhere")
    told.add_argument("--day", type=day, help="at the end of this day, UTC; default: yesterday")
    told.set_defaults(run=_print_heads, done="read", failed=2)
    clear = commands.add_parser("compact", help="take out old samples of no session, and refused")
    clear.add_argument(
        "--days", type=_number_of("days"), default=KEPT_DAYS, help=f"default: {KEPT_DAYS}"
    )
    clear.add_argument("--rehearse", action="store_true", help="count, and change nothing")
    clear.set_defaults(run=_compact, done="compacted", failed=2)
    events = commands.add_parser("events", help="print events in the order of the record")
    events.add_argument("--chain", help="of this chain only, such as session/ID")
    events.add_argument("--kind", action="append", default=[], help="of this kind; may be repeated")
    events.add_argument("--json", action="store_true", help="one JSON object a line, whole")
    events.set_defaults(run=_print_events, done="read", failed=2)
    looks = commands.add_parser("looks", help="print who was shown a patient's data, newest first")
    whose = looks.add_mutually_exclusive_group(required=True)
    whose.add_argument("--patient", help="by the id that is in the address of the patient's page")
    whose.add_argument("--by", help="what a person was shown, by login")
    looks.add_argument(
        "--most", type=_number_of("looks"), default=1000, help="so many at most; default: 1000"
    )
    looks.set_defaults(run=_print_looks, done="read", failed=2)
    return parser


def _number_of(things: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal():
            raise argparse.ArgumentTypeError(f"{text!r} is no number of {things}: write 0 or more")
        return int(text)

    return read


def _migrate(database: Database, _: argparse.Namespace) -> int:
    revision = migrate(database, PATIENCE_S)
    print(f"the record has schema {revision}")
    return 0


def _verify(database: Database, arguments: argparse.Namespace) -> int:
    database.check_schema()
    heads: list[Head] = []
    if arguments.heads is not None:
        heads = heads_in(arguments.heads)
    began_s = time.monotonic()
    if arguments.all:
        report = verify_all(database, heads)
    else:
        report = verify_session(database, SessionId(arguments.session), heads)
    return _tell(report, time.monotonic() - began_s, len(heads))


def _tell(report: Report, took_s: float, heads: int) -> int:
    looked = (
        f"{report.events} events in {report.chains} chains, {report.rows} rows pinned by digests, "
        f"{heads} heads, {took_s:.1f} s"
    )
    if report.unpinned:
        print(f"{report.unpinned} rows since the last digest are not pinned yet")
    if not report.differences:
        print(f"nothing was added, changed, removed or reordered: {looked}")
        return 0
    for difference in report.differences[:TOLD_AT_MOST]:
        print(f"DIFFERS: {difference}")
    left = len(report.differences) - TOLD_AT_MOST
    if left > 0:
        print(f"and {left} more")
    print(f"the record is not as it was written: {looked}")
    return 1


def _compact(database: Database, arguments: argparse.Namespace) -> int:
    database.check_schema()
    now = datetime.now(UTC)
    before = now - timedelta(days=arguments.days)
    try:
        done = compact(database, before, now, is_rehearsal=arguments.rehearse)
    except NotAsPinned as found:
        print(f"DIFFERS: {found}")
        return 1
    would = "would be " * arguments.rehearse
    print(
        f"{done.rows} rows of {done.minutes} pinned minutes and {done.refused} refused messages "
        f"{would}taken out"
    )
    return 0


def _print_heads(database: Database, arguments: argparse.Namespace) -> int:
    database.check_schema()
    until = arguments.day or (datetime.now(UTC) - timedelta(days=1)).date()
    heads = heads_on(database, until)
    print(
        f"# heads of {len(heads)} chains at the end of {until} UTC: keep them out of the database"
    )
    for head in heads:
        print(head)
    return 0


def _print_events(database: Database, arguments: argparse.Namespace) -> int:
    database.check_schema()
    shown = in_json if arguments.json else in_words
    for line in events_of(database, arguments.chain, arguments.kind):
        print(shown(line))
    return 0


def _print_looks(database: Database, arguments: argparse.Namespace) -> int:
    database.check_schema()
    audit = Record(database).audit
    if arguments.by is not None:
        looks = audit.by_account(arguments.by, arguments.most)
    else:
        looks = audit.of_patient(PatientId(arguments.patient), arguments.most)
    for look in looks:
        at, who, whose = look.at.isoformat(timespec="seconds"), look.by.account, look.patient
        print(f"{at}  {who:<16} {whose:<34} {look.page:<16} {look.session or ''}")
    if len(looks) == arguments.most:
        print(f"the newest {len(looks)} looks; --most N prints more", file=sys.stderr)
    return 0


def _default_url() -> str:
    """As config/settings.py has it; the record may not know that room."""
    folder = Path(os.environ.get("HOURGLASS_DATA_DIR") or "data").resolve()
    return os.environ.get("HOURGLASS_DATABASE_URL") or f"sqlite:///{folder / 'hourglass.sqlite3'}"


if __name__ == "__main__":
    sys.exit(main())
