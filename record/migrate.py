"""Bringing a database to the schema of this version, by alembic's revisions."""

from alembic import command
from alembic.runtime.migration import MigrationContext

from record.database import Database, alembic_configuration, wait_for
from record.faults import as_unavailable


def migrate(database: Database, patience_s: float) -> str:
    """Create or upgrade the tables; returns the revision. Raises RecordUnavailable."""
    wait_for(database, patience_s)
    configuration = alembic_configuration()
    with as_unavailable(), database.migrating.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
        revision = MigrationContext.configure(connection).get_current_revision()
    return revision or "none"
