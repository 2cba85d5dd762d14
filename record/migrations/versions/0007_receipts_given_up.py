"""Of a boot with more gaps than are kept the oldest are given up: how many messages those were."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns of this revision."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.add_column(
        'receipts', sa.Column('given_up', big_key, nullable=False, server_default='0')
    )
