"""planned sessions and terms"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0054'
down_revision = '0052'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('coaching_agreement_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('agreement_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('what', sa.Enum('proposed', 'accepted', 'declined', 'decided', name='termsstate', native_enum=False, length=40), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('minutes BETWEEN 1 AND 100000', name=op.f('ck_coaching_agreement_step_minutes')),
    sa.ForeignKeyConstraint(['agreement_id'], ['coaching_agreement.id'], name=op.f('fk_coaching_agreement_step_agreement_id')),
    sa.ForeignKeyConstraint(['by_id'], ['account.id'], name=op.f('fk_coaching_agreement_step_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coaching_agreement_step')),
    sa.UniqueConstraint('agreement_id', 'place', name=op.f('uq_coaching_agreement_step_agreement_id_place'))
    )
    op.create_table('coaching_planned',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.Enum('coaching', 'consulting', 'living_lab', 'visit', name='sessionkind', native_enum=False, length=40), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('host_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('version >= 1', name=op.f('ck_coaching_planned_version')),
    sa.ForeignKeyConstraint(['host_id'], ['organisation.id'], name=op.f('fk_coaching_planned_host_id')),
    sa.ForeignKeyConstraint(['session_id'], ['coaching_session.id'], name=op.f('fk_coaching_planned_session_id')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_coaching_planned_site_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coaching_planned')),
    sa.UniqueConstraint('session_id', name=op.f('uq_coaching_planned_session_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_coaching_planned_slug'))
    )
    with op.batch_alter_table('coaching_planned', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coaching_planned_host_id'), ['host_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_coaching_planned_site_id'), ['site_id'], unique=False)

    op.create_table('coaching_planned_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('planned_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.Enum('planned', 'moved', 'cancelled', 'held', name='plannedstate', native_enum=False, length=40), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=False),
    sa.Column('began_at', sa.String(length=5), nullable=True),
    sa.Column('duration_min', sa.Integer(), nullable=True),
    sa.Column('mode', sa.Enum('in_person', 'online', 'phone', name='mode', native_enum=False, length=40), nullable=True),
    sa.Column('place', sa.String(length=500), nullable=True),
    sa.Column('topics', sa.JSON(), nullable=False),
    sa.Column('question', sa.Text(), nullable=True),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("what <> 'cancelled' OR comment IS NOT NULL", name=op.f('ck_coaching_planned_step_cancelled')),
    sa.CheckConstraint('duration_min BETWEEN 1 AND 1440', name=op.f('ck_coaching_planned_step_duration')),
    sa.ForeignKeyConstraint(['by_id'], ['account.id'], name=op.f('fk_coaching_planned_step_by_id')),
    sa.ForeignKeyConstraint(['planned_id'], ['coaching_planned.id'], name=op.f('fk_coaching_planned_step_planned_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coaching_planned_step'))
    )
    with op.batch_alter_table('coaching_planned_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coaching_planned_step_planned_id'), ['planned_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_coaching_planned_step_planned_on'), ['planned_on'], unique=False)

    # Mails made so far are digests.
    with op.batch_alter_table('digest_mail', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.Enum('digest', 'reminder', name='mailkind', native_enum=False, length=40), nullable=True))
    op.execute("UPDATE digest_mail SET kind = 'digest'")
    with op.batch_alter_table('digest_mail', schema=None) as batch_op:
        batch_op.alter_column('kind', existing_type=sa.String(length=40), nullable=False)
        batch_op.drop_constraint('uq_digest_mail_organisation_id_week', type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_digest_mail_organisation_id_kind_week'), ['organisation_id', 'kind', 'week'])


def downgrade() -> None:
    op.execute("DELETE FROM digest_mail WHERE kind <> 'digest'")
    with op.batch_alter_table('digest_mail', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_digest_mail_organisation_id_kind_week'), type_='unique')
        batch_op.create_unique_constraint('uq_digest_mail_organisation_id_week', ['organisation_id', 'week'])
        batch_op.drop_column('kind')

    with op.batch_alter_table('coaching_planned_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coaching_planned_step_planned_on'))
        batch_op.drop_index(batch_op.f('ix_coaching_planned_step_planned_id'))

    op.drop_table('coaching_planned_step')
    with op.batch_alter_table('coaching_planned', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coaching_planned_site_id'))
        batch_op.drop_index(batch_op.f('ix_coaching_planned_host_id'))

    op.drop_table('coaching_planned')
    op.drop_table('coaching_agreement_step')
