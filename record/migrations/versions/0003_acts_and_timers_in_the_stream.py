"""Where people's acts and timers have their place in the stream."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of this revision."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('act_taken',
    sa.Column('position', big_key, autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('ward', sa.Text(), nullable=False),
    sa.Column('event_position', big_key, nullable=False),
    sa.Column('refusal', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('position'),
    sa.UniqueConstraint('event_position', name='act_taken_once')
    )
    op.create_table('timers_fell_due',
    sa.Column('position', big_key, autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('wards', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('position')
    )
