"""checklists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('guideline_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('deployment_id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('result', sa.Enum('meets', 'deviates', 'not_applicable', 'not_yet', name='checkresult', native_enum=False, length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('evidence', sa.Text(), nullable=True),
    sa.Column('link', sa.String(length=1000), nullable=True),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('precision', sa.Enum('day', 'month', 'year', 'unknown', name='precision', native_enum=False, length=40), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('corrects_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("result IN ('meets', 'not_yet') OR reason IS NOT NULL", name=op.f('ck_guideline_check_reason')),
    sa.ForeignKeyConstraint(['corrects_id'], ['guideline_check.id'], name=op.f('fk_guideline_check_corrects_id')),
    sa.ForeignKeyConstraint(['deployment_id'], ['deployment.id'], name=op.f('fk_guideline_check_deployment_id')),
    sa.ForeignKeyConstraint(['item_id'], ['guideline_item.id'], name=op.f('fk_guideline_check_item_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_guideline_check_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guideline_check')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_guideline_check_corrects_id')),
    sa.UniqueConstraint('key', name=op.f('uq_guideline_check_key'))
    )
    with op.batch_alter_table('guideline_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_guideline_check_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_guideline_check_on'), ['on'], unique=False)
        batch_op.create_index('ix_guideline_check_question', ['deployment_id', 'item_id', 'on'], unique=False)

    op.create_table('check_decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('check_id', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.Enum('approved', 'refused', name='verdict', native_enum=False, length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('precision', sa.Enum('day', 'month', 'year', 'unknown', name='precision', native_enum=False, length=40), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('corrects_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['check_id'], ['guideline_check.id'], name=op.f('fk_check_decision_check_id')),
    sa.ForeignKeyConstraint(['corrects_id'], ['check_decision.id'], name=op.f('fk_check_decision_corrects_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_check_decision_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_decision')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_check_decision_corrects_id')),
    sa.UniqueConstraint('key', name=op.f('uq_check_decision_key'))
    )
    with op.batch_alter_table('check_decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_check_decision_on'), ['on'], unique=False)
        batch_op.create_index('ix_check_decision_question', ['check_id', 'on'], unique=False)

    # Added in place: SQLite does not let go of a table that others point to.
    op.execute(
        'ALTER TABLE guideline ADD COLUMN replaces_id INTEGER '
        'CONSTRAINT fk_guideline_replaces_id REFERENCES guideline (id)'
    )
    op.create_index(op.f('ix_guideline_replaces_id'), 'guideline', ['replaces_id'])


def downgrade() -> None:
    op.drop_index(op.f('ix_guideline_replaces_id'), 'guideline')
    op.execute('ALTER TABLE guideline DROP COLUMN replaces_id')
    with op.batch_alter_table('check_decision', schema=None) as batch_op:
        batch_op.drop_index('ix_check_decision_question')
        batch_op.drop_index(batch_op.f('ix_check_decision_on'))

    op.drop_table('check_decision')
    with op.batch_alter_table('guideline_check', schema=None) as batch_op:
        batch_op.drop_index('ix_guideline_check_question')
        batch_op.drop_index(batch_op.f('ix_guideline_check_on'))
        batch_op.drop_index(batch_op.f('ix_guideline_check_item_id'))

    op.drop_table('guideline_check')
