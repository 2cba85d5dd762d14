"""The record."""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Make the tables of this revision."""
    op.create_table('account',
    sa.Column('login', sa.Text(), nullable=False),
    sa.Column('printed_name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('pin_hash', sa.Text(), nullable=True),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('login')
    )
    op.create_table('device_alarm',
    sa.Column('position', BIG_KEY, autoincrement=False, nullable=False),
    sa.Column('ward', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('boot', sa.Text(), nullable=False),
    sa.Column('seq', BIG_KEY, nullable=False),
    sa.Column('device_time', sa.BigInteger(), nullable=False),
    sa.Column('observed_at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('buffered', sa.Boolean(), nullable=False),
    sa.Column('retained', sa.Boolean(), nullable=False),
    sa.Column('alarm', sa.Text(), nullable=False),
    sa.Column('phase', sa.Text(), nullable=False),
    sa.Column('priority', sa.Text(), nullable=False),
    sa.Column('alarm_id', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('position'),
    sa.UniqueConstraint('device', 'boot', 'seq', name='device_alarm_once')
    )
    op.create_index('device_alarm_trend', 'device_alarm', ['device', 'observed_at'], unique=False)

    op.create_table('device_clock',
    sa.Column('ward', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('boot', sa.Text(), nullable=False),
    sa.Column('offset_s', sa.Float(precision=53), nullable=False),
    sa.Column('measured_at', sa.BigInteger(), nullable=False),
    sa.UniqueConstraint('device', 'boot', name='device_clock_once')
    )
    op.create_table('device_event',
    sa.Column('position', BIG_KEY, autoincrement=False, nullable=False),
    sa.Column('ward', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('boot', sa.Text(), nullable=False),
    sa.Column('seq', BIG_KEY, nullable=False),
    sa.Column('device_time', sa.BigInteger(), nullable=False),
    sa.Column('observed_at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('buffered', sa.Boolean(), nullable=False),
    sa.Column('retained', sa.Boolean(), nullable=False),
    sa.Column('event', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('rate_from_ml_h', sa.Float(precision=53), nullable=True),
    sa.Column('rate_to_ml_h', sa.Float(precision=53), nullable=True),
    sa.Column('volume_ml', sa.Float(precision=53), nullable=True),
    sa.Column('counter', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('position'),
    sa.UniqueConstraint('device', 'boot', 'seq', name='device_event_once')
    )
    op.create_index('device_event_trend', 'device_event', ['device', 'observed_at'], unique=False)

    op.create_table('device_state',
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('device')
    )
    op.create_table('device_status',
    sa.Column('position', BIG_KEY, autoincrement=False, nullable=False),
    sa.Column('ward', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('boot', sa.Text(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('retained', sa.Boolean(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('device_time', sa.BigInteger(), nullable=True),
    sa.Column('make', sa.Text(), nullable=False),
    sa.Column('model', sa.Text(), nullable=False),
    sa.Column('serial', sa.Text(), nullable=False),
    sa.Column('firmware', sa.Text(), nullable=False),
    sa.Column('period_s', sa.Float(precision=53), nullable=False),
    sa.Column('simulated', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('position')
    )
    op.create_table('event',
    sa.Column('position', BIG_KEY, autoincrement=False, nullable=False),
    sa.Column('chain', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', BIG_KEY, nullable=False),
    sa.Column('recorded_at', BIG_KEY, nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('cause', BIG_KEY, nullable=True),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('previous_hash', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('position'),
    sa.UniqueConstraint('chain', 'previous_hash', name='event_unforked')
    )
    op.create_index('event_chain', 'event', ['chain', 'position'], unique=False)

    op.create_table('kiosk_token',
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('ward', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('audience', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('revoked_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('digest')
    )
    op.create_table('lease',
    sa.Column('wards', sa.Text(), nullable=False),
    sa.Column('holder', sa.Text(), nullable=False),
    sa.Column('epoch', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('wards')
    )
    op.create_table('login',
    sa.Column('id_digest', sa.Text(), nullable=False),
    sa.Column('account', sa.Text(), nullable=True),
    sa.Column('kiosk_token_digest', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=True),
    sa.Column('last_seen_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id_digest')
    )
    op.create_table('pump_reading',
    sa.Column('position', BIG_KEY, autoincrement=False, nullable=False),
    sa.Column('ward', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('boot', sa.Text(), nullable=False),
    sa.Column('seq', BIG_KEY, nullable=False),
    sa.Column('device_time', sa.BigInteger(), nullable=False),
    sa.Column('observed_at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('buffered', sa.Boolean(), nullable=False),
    sa.Column('retained', sa.Boolean(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('rate_ml_h', sa.Float(precision=53), nullable=False),
    sa.Column('volume_ml', sa.Float(precision=53), nullable=False),
    sa.Column('counter', sa.Text(), nullable=False),
    sa.Column('rate_set_ml_h', sa.Float(precision=53), nullable=True),
    sa.Column('remaining_ml', sa.Float(precision=53), nullable=True),
    sa.Column('drug', sa.Text(), nullable=True),
    sa.Column('concentration_mg_ml', sa.Float(precision=53), nullable=True),
    sa.Column('dose_rate_mg_kg_h', sa.Float(precision=53), nullable=True),
    sa.Column('weight_kg', sa.Float(precision=53), nullable=True),
    sa.Column('battery_percent', sa.Float(precision=53), nullable=True),
    sa.Column('on_mains', sa.Boolean(), nullable=True),
    sa.Column('implausible', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('position'),
    sa.UniqueConstraint('device', 'boot', 'seq', name='pump_reading_once')
    )
    op.create_index('pump_reading_trend', 'pump_reading', ['device', 'observed_at'], unique=False)

    op.create_table('quarantine',
    sa.Column('id', BIG_KEY, autoincrement=True, nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('ward', sa.Text(), nullable=True),
    sa.Column('device', sa.Text(), nullable=True),
    sa.Column('boot', sa.Text(), nullable=True),
    sa.Column('seq', BIG_KEY, nullable=True),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('quarantine_counts', 'quarantine', ['device', 'reason'], unique=False)
    op.create_index('quarantine_device', 'quarantine', ['device', 'id'], unique=False)
    op.create_index('quarantine_digest', 'quarantine', ['digest'], unique=False)

    op.create_table('receipts',
    sa.Column('ward', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('boot', sa.Text(), nullable=False),
    sa.Column('first', BIG_KEY, nullable=False),
    sa.Column('upto', BIG_KEY, nullable=False),
    sa.Column('missing', sa.Text(), nullable=True),
    sa.UniqueConstraint('device', 'boot', name='receipts_once')
    )
    op.create_table('snapshot',
    sa.Column('wards', sa.Text(), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('wards', 'position')
    )
    op.create_table('stream_position',
    sa.Column('id', BIG_KEY, autoincrement=False, nullable=False),
    sa.Column('next', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('stream_mark',
    sa.Column('position', BIG_KEY, autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', BIG_KEY, nullable=False),
    sa.Column('worker', sa.Text(), nullable=False),
    sa.Column('boot', sa.Text(), nullable=False),
    sa.Column('wards', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('position')
    )
    op.create_table('vitals',
    sa.Column('position', BIG_KEY, autoincrement=False, nullable=False),
    sa.Column('ward', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('boot', sa.Text(), nullable=False),
    sa.Column('seq', BIG_KEY, nullable=False),
    sa.Column('device_time', sa.BigInteger(), nullable=False),
    sa.Column('observed_at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('buffered', sa.Boolean(), nullable=False),
    sa.Column('retained', sa.Boolean(), nullable=False),
    sa.Column('hr', sa.Float(precision=53), nullable=True),
    sa.Column('pr', sa.Float(precision=53), nullable=True),
    sa.Column('spo2', sa.Float(precision=53), nullable=True),
    sa.Column('rr', sa.Float(precision=53), nullable=True),
    sa.Column('etco2', sa.Float(precision=53), nullable=True),
    sa.Column('temp', sa.Float(precision=53), nullable=True),
    sa.Column('nibp_sys', sa.Float(precision=53), nullable=True),
    sa.Column('nibp_dia', sa.Float(precision=53), nullable=True),
    sa.Column('nibp_map', sa.Float(precision=53), nullable=True),
    sa.Column('nibp_device_time', sa.BigInteger(), nullable=True),
    sa.Column('nibp_observed_at', sa.BigInteger(), nullable=True),
    sa.Column('invalid', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('position'),
    sa.UniqueConstraint('device', 'boot', 'seq', name='vitals_once')
    )
    op.create_index('vitals_trend', 'vitals', ['device', 'observed_at'], unique=False)

