"""Connections to SQLite or PostgreSQL, set up so that what is committed is on disk."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from record.faults import RecordUnavailable, SchemaOutdated, as_unavailable

MIGRATIONS: Final = Path(__file__).resolve().parent / "migrations"
BUSY_TIMEOUT_MS: Final = 250
"""How long SQLite waits for another writer; short, so that a caller's own loop keeps turning."""
POSTGRESQL_OPTIONS: Final = "-c lock_timeout=1500 -c statement_timeout=2000 -c timezone=UTC"
CONNECT_TIMEOUT_S: Final = 2


class Database:
    """One database by its URL: `writing` for what must be durable, `reading` for looking."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self._writer = _sqlite_engine(parsed, "BEGIN IMMEDIATE")
            self._reader = _sqlite_engine(parsed, "BEGIN")
        else:
            self._writer = self._reader = create_engine(
                parsed,
                connect_args={
                    "connect_timeout": CONNECT_TIMEOUT_S,
                    "options": POSTGRESQL_OPTIONS,
                },
                pool_pre_ping=True,
            )
        self.mark = "?" if self.is_sqlite else "%s"

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction; committed at the end, rolled back by any exception.

        Raises RecordUnavailable when the database refuses for now.
        """
        with as_unavailable(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction: one moment of the record. Raises RecordUnavailable."""
        with as_unavailable(), self._reader.begin() as connection:
            yield connection

    def check_schema(self) -> None:
        """Raises SchemaOutdated unless the tables are those of this version."""
        wanted = ScriptDirectory(str(MIGRATIONS)).get_current_head()
        with self.reading() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        if found != wanted:
            raise SchemaOutdated(
                f"the record has schema {found or 'none'}, this version needs {wanted}: "
                "run `python -m record migrate`"
            )

    def close(self) -> None:
        """Close every connection."""
        self._writer.dispose()
        self._reader.dispose()

    @property
    def migrating(self) -> Engine:
        """The engine that migrations run on."""
        return self._writer


def wait_for(database: Database, seconds: float) -> None:
    """Wait until the database answers, at most `seconds`. Raises RecordUnavailable after that."""
    until = time.monotonic() + seconds
    while True:
        try:
            with database.reading() as connection:
                connection.exec_driver_sql("SELECT 1")
        except RecordUnavailable:
            if time.monotonic() >= until:
                raise
            time.sleep(0.2)
        else:
            return


def alembic_configuration() -> Config:
    """Where alembic finds the migrations."""
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    return configuration


def _sqlite_engine(url: Any, begin: str) -> Engine:  # noqa: ANN401  # SQLAlchemy's URL
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401  # a driver's connection
        # transactions are begun by us: the driver would begin them deferred
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
