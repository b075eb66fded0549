"""alerts and digests"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0040'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('digest_mail',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('week', sa.Date(), nullable=False),
    sa.Column('recipients', sa.JSON(), nullable=False),
    sa.Column('subject', sa.String(length=500), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('alerts', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_digest_mail_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_digest_mail')),
    sa.UniqueConstraint('organisation_id', 'week', name=op.f('uq_digest_mail_organisation_id_week'))
    )
    with op.batch_alter_table('digest_mail', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_digest_mail_week'), ['week'], unique=False)

    op.create_table('alert_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('alert', sa.String(length=250), nullable=False),
    sa.Column('step', sa.Enum('acknowledged', 'snoozed', 'reopened', name='step', native_enum=False, length=40), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('precision', sa.Enum('day', 'month', 'year', 'unknown', name='precision', native_enum=False, length=40), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('corrects_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(step = 'snoozed') = (until IS NOT NULL)", name=op.f('ck_alert_step_until')),
    sa.ForeignKeyConstraint(['corrects_id'], ['alert_step.id'], name=op.f('fk_alert_step_corrects_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_alert_step_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert_step')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_alert_step_corrects_id')),
    sa.UniqueConstraint('key', name=op.f('uq_alert_step_key'))
    )
    with op.batch_alter_table('alert_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_alert_step_on'), ['on'], unique=False)
        batch_op.create_index('ix_alert_step_question', ['alert', 'on'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('alert_step', schema=None) as batch_op:
        batch_op.drop_index('ix_alert_step_question')
        batch_op.drop_index(batch_op.f('ix_alert_step_on'))

    op.drop_table('alert_step')
    with op.batch_alter_table('digest_mail', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_digest_mail_week'))

    op.drop_table('digest_mail')
