"""actions calendars and persons"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('person_read',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('page', sa.String(length=200), nullable=False),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['account.id'], name=op.f('fk_person_read_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_read'))
    )
    with op.batch_alter_table('person_read', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_read_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_read_user_id'), ['user_id'], unique=False)

    op.create_table('calendar_address',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('scope', sa.Enum('mine', 'site', 'host', name='scope', native_enum=False, length=40), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=True),
    sa.Column('host_id', sa.Integer(), nullable=True),
    sa.Column('with_text', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['host_id'], ['organisation.id'], name=op.f('fk_calendar_address_host_id')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_calendar_address_site_id')),
    sa.ForeignKeyConstraint(['user_id'], ['account.id'], name=op.f('fk_calendar_address_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_address')),
    sa.UniqueConstraint('digest', name=op.f('uq_calendar_address_digest')),
    sa.UniqueConstraint('key', name=op.f('uq_calendar_address_key'))
    )
    with op.batch_alter_table('calendar_address', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_address_user_id'), ['user_id'], unique=False)

    op.create_table('session_person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('site', 'host', 'company', 'resident', 'other', name='personrole', native_enum=False, length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('organisation', sa.String(length=200), nullable=True),
    sa.Column('contact', sa.String(length=200), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['session_id'], ['coaching_session.id'], name=op.f('fk_session_person_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_person'))
    )
    with op.batch_alter_table('session_person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_session_person_session_id'), ['session_id'], unique=False)

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('signed_in_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('coaching_action', schema=None) as batch_op:
        batch_op.add_column(sa.Column('key', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('owner_role', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('dropped_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('drop_reason', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('sequence', sa.Integer(), nullable=True))

    # What is known of the actions there are: they were told with their session.
    told = "(SELECT s.recorded_at FROM coaching_session AS s WHERE s.id = coaching_action.session_id)"
    op.execute(f"UPDATE coaching_action SET key = 'step-' || id, sequence = 0, recorded_at = {told}")
    op.execute("UPDATE coaching_action SET closed_at = recorded_at WHERE done_on IS NOT NULL")

    with op.batch_alter_table('coaching_action', schema=None) as batch_op:
        batch_op.alter_column('key', existing_type=sa.String(length=80), nullable=False)
        batch_op.alter_column('recorded_at', existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column('sequence', existing_type=sa.Integer(), nullable=False)
        batch_op.create_index(batch_op.f('ix_coaching_action_due_on'), ['due_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_coaching_action_owner_id'), ['owner_id'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_coaching_action_key'), ['key'])
        batch_op.create_check_constraint(batch_op.f('ck_coaching_action_dropped'), '(dropped_on IS NULL) = (drop_reason IS NULL)')
        batch_op.create_check_constraint(batch_op.f('ck_coaching_action_one_end'), 'done_on IS NULL OR dropped_on IS NULL')


def downgrade() -> None:
    with op.batch_alter_table('coaching_action', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_coaching_action_one_end'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_coaching_action_dropped'), type_='check')
        batch_op.drop_constraint(batch_op.f('uq_coaching_action_key'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_coaching_action_owner_id'))
        batch_op.drop_index(batch_op.f('ix_coaching_action_due_on'))
        batch_op.drop_column('sequence')
        batch_op.drop_column('closed_at')
        batch_op.drop_column('recorded_at')
        batch_op.drop_column('drop_reason')
        batch_op.drop_column('dropped_on')
        batch_op.drop_column('owner_role')
        batch_op.drop_column('key')

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('signed_in_at')

    with op.batch_alter_table('session_person', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_session_person_session_id'))

    op.drop_table('session_person')
    with op.batch_alter_table('calendar_address', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calendar_address_user_id'))

    op.drop_table('calendar_address')
    with op.batch_alter_table('person_read', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_read_user_id'))
        batch_op.drop_index(batch_op.f('ix_person_read_at'))

    op.drop_table('person_read')
