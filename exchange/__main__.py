"""`python -m exchange`: sessions out of the record, and the controlled-drug register."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tqdm import tqdm

from config.clinic import read_clinic
from config.display import Display, read_display
from config.problems import BadConfiguration, shown_fault
from config.settings import read_settings
from exchange.access import NotAllowed, Trail, exporter
from exchange.csv import CsvFiles
from exchange.loading import NoSuchSession, Shelf
from exchange.pdf import Letterhead
from exchange.register import register_table
from exchange.writing import Folder, Format
from infusion.fold import fold
from record.command_line import day
from record.store import RecordUnavailable, SchemaOutdated, open_record
from vocabulary.ids import SessionId


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        display = read_display(settings.config_dir)
        clinic = read_clinic(settings.config_dir)
        record = open_record(settings.database_url, settings.database_wait_s)
    except (BadConfiguration, RecordUnavailable, SchemaOutdated) as problem:
        print(problem, file=sys.stderr)
        return 1
    try:
        by = exporter(record, asked.by, clinic.sessions.people)
        shelf = Shelf(record, clinic)
        if asked.command == "register":
            return _register(shelf, asked, display, Trail(record, by, "register"))
        page = f"export {','.join(wanted.value for wanted in asked.format)}"
        return _export(shelf, asked, display, Trail(record, by, page))
    except NotAllowed as problem:
        print(problem, file=sys.stderr)
        return 1
    except RecordUnavailable as problem:
        print(f"the export broke off: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"the export broke off: {shown_fault(problem)}", file=sys.stderr)
        return 1
    finally:
        record.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m exchange", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    export = commands.add_parser("export", help="write sessions to a folder")
    export.add_argument("sessions", nargs="*", metavar="SESSION", help="the names of sessions")
    export.add_argument("--all", action="store_true", help="every session that was planned")
    export.add_argument(
        "--format",
        default="csv",
        type=_formats,
        help=f"one or more of {', '.join(f.value for f in Format)}, or all (csv if left out)",
    )
    register = commands.add_parser("register", help="write the controlled-drug register as CSV")
    for command in (export, register):
        command.add_argument("--by", required=True, metavar="LOGIN", help="who takes it out")
        command.add_argument("--to", required=True, type=Path, help="the folder to write to")
        command.add_argument("--since", type=day, help="from this day on, ISO 8601")
        command.add_argument("--until", type=day, help="up to this day, included")
    return parser


def _formats(text: str) -> tuple[Format, ...]:
    if text == "all":
        return tuple(Format)
    try:
        return tuple(Format(part.strip()) for part in text.split(","))
    except ValueError as error:
        known = ", ".join(f.value for f in Format)
        raise argparse.ArgumentTypeError(f"{error}; known are {known} and all") from error


def _export(shelf: Shelf, asked: argparse.Namespace, display: Display, trail: Trail) -> int:
    names = [SessionId(name) for name in asked.sessions]
    if asked.all:
        names = shelf.names(*_span(asked, display))
    if not names:
        why = "none was planned in that time" if asked.all else "name one, or use --all"
        print(f"no session to export: {why}", file=sys.stderr)
        return 1
    head = Letterhead(clinic=display.clinic, zone=display.time_zone)
    missing = []
    with Folder(asked.to, asked.format, head) as folder:
        for name in _progress(names):
            now = datetime.now(UTC)
            try:
                loaded = shelf.load(name, now)
            except NoSuchSession as problem:
                missing.append(str(problem))
                continue
            trail.note(loaded.report.patient.patient, name, now)
            folder.add(loaded, now)
    for sentence in missing:
        print(sentence, file=sys.stderr)
    print(f"{len(names) - len(missing)} of {len(names)} sessions written to {asked.to}")
    return 1 if missing else 0


def _register(shelf: Shelf, asked: argparse.Namespace, display: Display, trail: Trail) -> int:
    names = shelf.names(*_span(asked, display))
    chains = [shelf.events(name) for name in _progress(names)]
    for name, events in zip(names, chains, strict=True):
        trail.note(fold(events).patient.patient, name, datetime.now(UTC))
    table = register_table(chains)
    with CsvFiles(asked.to) as files:
        files.add((table,))
    print(f"{len(table.rows)} entries of {len(names)} sessions written to {asked.to}")
    return 0


def _span(asked: argparse.Namespace, display: Display) -> tuple[datetime | None, datetime | None]:
    """The days of the clinic that were asked for, as times."""
    zone = ZoneInfo(display.time_zone)

    def midnight(on: date | None) -> datetime | None:
        return None if on is None else datetime.combine(on, time(), tzinfo=zone)

    until = None if asked.until is None else asked.until + timedelta(days=1)
    return midnight(asked.since), midnight(until)


def _progress(names: Sequence[SessionId]) -> Iterator[SessionId]:
    """The names, with a bar on the way where somebody looks on."""
    yield from tqdm(names, unit="session", disable=None, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
