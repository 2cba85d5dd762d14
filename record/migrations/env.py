"""What alembic runs for each migration: on the connection it is given, in its transaction."""

from alembic import context

from record.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
