"""What ingest notices of a device's messages has its place in the stream."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of this revision."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('messages_noticed',
    sa.Column('position', big_key, autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('ward', sa.Text(), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('missing', big_key, nullable=False),
    sa.Column('refused_per_min', big_key, nullable=False),
    sa.PrimaryKeyConstraint('position')
    )
