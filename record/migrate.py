"""Bringing a database to the schema of this version, by alembic's revisions."""

from typing import Final

from alembic import command
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from record.connections import answering_within
from record.database import Database, alembic_configuration
from record.faults import as_unavailable

_MIGRATION_LOCK: Final = 0x4D696772
"""The key of PostgreSQL's advisory lock under which one process at a time migrates: "Migr"."""
LONGEST_MIGRATION_S: Final = 3600.0


def migrate(database: Database, patience_s: float) -> str:
    """Create or upgrade the tables; returns the revision.

    Raises RecordUnavailable, with nothing changed, if the database has not answered within
    `patience_s`.
    """
    database.make_folder()
    database.wait_for(patience_s)
    configuration = alembic_configuration()
    with (
        answering_within(LONGEST_MIGRATION_S),
        as_unavailable(),
        database.migrating.begin() as connection,
    ):
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
        revision = MigrationContext.configure(connection).get_current_revision()
    return revision or "none"
