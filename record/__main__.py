"""`python -m record migrate`: bring the record to the schema of this version."""

import argparse
import os
import sys
from pathlib import Path

from alembic.util import CommandError

from record.database import Database
from record.faults import RecordUnavailable
from record.migrate import migrate

PATIENCE_S = 30.0
"""A database server that starts at the same time as we do is given this long to answer."""


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m record", description=__doc__)
    parser.add_argument("--url", default=_default_url(), help="database URL")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="create or upgrade the tables; does nothing if current")
    arguments = parser.parse_args()
    try:
        database = Database(arguments.url)
        try:
            revision = migrate(database, PATIENCE_S)
        finally:
            database.close()
    except RecordUnavailable as problem:
        print(f"the record could not be prepared: {problem}", file=sys.stderr)
        return 1
    except CommandError as problem:
        print(
            f"the record is of another version of Hourglass ({problem}): "
            "install that version, or restore the backup made before it",
            file=sys.stderr,
        )
        return 1
    print(f"the record has schema {revision}")
    return 0


def _default_url() -> str:
    """As config/settings.py has it; the record may not know that room."""
    folder = Path(os.environ.get("HOURGLASS_DATA_DIR") or "data").resolve()
    return os.environ.get("HOURGLASS_DATABASE_URL") or f"sqlite:///{folder / 'hourglass.sqlite3'}"


if __name__ == "__main__":
    sys.exit(main())
