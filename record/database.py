"""One database by its URL: the file of SQLite or the server of PostgreSQL."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from record.connections import WAIT_S, answering_within, postgresql_engine, sqlite_engine
from record.faults import RecordUnavailable, SchemaOutdated, as_unavailable

LONGEST_LOOK_S: Final = 3600.0
MIGRATIONS: Final = Path(__file__).resolve().parent / "migrations"


class Database:
    """`writing` for what must be durable, `reading` for looking. Safe to use from many threads.

    `wait_s`: how long it waits for another writer of SQLite before it refuses.
    """

    def __init__(self, url: str, wait_s: float = WAIT_S) -> None:
        parsed = _parsed(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._file: _File | None = None
        if self.is_sqlite:
            self._file = _File(Path(parsed.database or ""))
            self._writer = sqlite_engine(parsed, "BEGIN IMMEDIATE", wait_s)
            self._reader = sqlite_engine(parsed, "BEGIN", wait_s)
        else:
            self._writer = postgresql_engine(parsed)
            self._reader = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction; committed at the end, rolled back by any exception.

        Raises RecordUnavailable when the database refuses for now.
        """
        with as_unavailable(), self._writer.begin() as connection:
            self._check_file()
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction: one moment of the record. Raises RecordUnavailable."""
        with as_unavailable(), self._reader.begin() as connection:
            self._check_file()
            yield connection

    @contextmanager
    def reading_long(self) -> Iterator[Connection]:
        """As `reading`, for as long as it takes: for commands, never for a process that serves."""
        with answering_within(LONGEST_LOOK_S), self.reading() as connection:
            if not self.is_sqlite:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield connection

    def check_schema(self) -> None:
        """Raises SchemaOutdated unless the tables are those of this version.

        To look at a record that is not there makes none.
        """
        if self._file is not None:
            self._file.check_made()
        wanted = ScriptDirectory(str(MIGRATIONS)).get_current_head()
        with self.reading() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        if found != wanted:
            raise SchemaOutdated(
                f"the record has schema {found or 'none'}, this version needs {wanted}: "
                "run `python -m record migrate`"
            )

    def wait_for(self, seconds: float) -> None:
        """Wait until the database answers, at most `seconds`. Raises RecordUnavailable then."""
        until = time.monotonic() + seconds
        while True:
            try:
                with self.reading() as connection:
                    connection.exec_driver_sql("SELECT 1")
            except RecordUnavailable:
                # no file gets better by waiting for it
                if self.is_sqlite or time.monotonic() >= until:
                    raise
                time.sleep(0.2)
            else:
                return

    def make_folder(self) -> None:
        """Make the folder of a SQLite file. Raises RecordUnavailable."""
        if self._file is not None:
            self._file.make_folder()

    def close(self) -> None:
        """Close every connection."""
        self._writer.dispose()
        self._reader.dispose()

    @property
    def migrating(self) -> Engine:
        """The engine that migrations run on."""
        return self._writer

    def _check_file(self) -> None:
        if self._file is not None:
            self._file.check()


class _File:
    """The file of a SQLite database, which must stay the one that was opened.

    SQLite goes on writing into a file that was deleted or replaced under it, and nobody would
    ever read that again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

    def make_folder(self) -> None:
        """Make the folder that the file is in. Raises RecordUnavailable."""
        folder = self._path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordUnavailable(f"cannot make the folder {folder}: {error.strerror}") from error

    def check_made(self) -> None:
        """Raises SchemaOutdated if there is no file yet."""
        if not self._path.exists():
            raise SchemaOutdated(
                f"there is no record at {self._path}: `python -m record migrate` makes one"
            )

    def check(self) -> None:
        """Raises RecordUnavailable if the file at the path is not the one seen first."""
        try:
            found = self._path.stat()
        except OSError as error:
            raise RecordUnavailable(
                f"the database file {self._path} is gone: {error.strerror}"
            ) from error
        identity = (found.st_dev, found.st_ino)
        if self._opened is None:
            self._opened = identity
        elif identity != self._opened:
            raise RecordUnavailable(
                f"the database file {self._path} was replaced while it was open: restart"
            )


def alembic_configuration() -> Config:
    """Where alembic finds the migrations."""
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return configuration


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # the URL is not repeated: it may hold a password
        raise RecordUnavailable(
            "that is no database URL: write sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from error
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise RecordUnavailable(
            f"the record cannot be kept in {parsed.drivername}: "
            "write sqlite:///FILE or postgresql://USER@HOST/NAME"
        )
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise RecordUnavailable("the record needs a file: write sqlite:///FILE")
    return parsed
