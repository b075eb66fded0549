"""plans and reports"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plan_revision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('lines', sa.JSON(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('proposed', 'approved', 'refused', name='revisionstate', native_enum=False, length=40), nullable=False),
    sa.Column('proposed_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decision_note', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('mark', sa.Enum('verified', 'derived', 'unverified', 'not_found', 'conflict', 'reported', name='mark', native_enum=False, length=40), nullable=False),
    sa.Column('note_ko', sa.Text(), nullable=True),
    sa.Column('note_en', sa.Text(), nullable=True),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.Column('also_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(state = 'proposed') = (decided_on IS NULL)", name=op.f('ck_plan_revision_decided')),
    sa.CheckConstraint("source_id IS NOT NULL OR mark IN ('not_found', 'reported')", name=op.f('ck_plan_revision_cited')),
    sa.ForeignKeyConstraint(['also_id'], ['source.id'], name=op.f('fk_plan_revision_also_id')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_plan_revision_decided_by_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_plan_revision_recorded_by_id')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_plan_revision_site_id')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_plan_revision_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_revision')),
    sa.UniqueConstraint('slug', name=op.f('uq_plan_revision_slug'))
    )
    with op.batch_alter_table('plan_revision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_revision_site_id'), ['site_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_revision_source_id'), ['source_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_revision_state'), ['state'], unique=False)

    op.create_table('report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('lines', sa.JSON(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('version >= 1', name=op.f('ck_report_version')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_report_site_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report')),
    sa.UniqueConstraint('site_id', 'month', name=op.f('uq_report_site_id_month')),
    sa.UniqueConstraint('slug', name=op.f('uq_report_slug'))
    )
    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_month'), ['month'], unique=False)

    op.create_table('budget_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('deployment_id', sa.Integer(), nullable=False),
    sa.Column('fund', sa.Enum('national', 'province', 'municipality', 'local', 'all', name='fund', native_enum=False, length=40), nullable=False),
    sa.Column('basis', sa.Enum('planned', 'revised', name='budgetbasis', native_enum=False, length=40), nullable=False),
    sa.Column('amount_won', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('precision', sa.Enum('day', 'month', 'year', 'unknown', name='precision', native_enum=False, length=40), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('corrects_id', sa.Integer(), nullable=True),
    sa.Column('mark', sa.Enum('verified', 'derived', 'unverified', 'not_found', 'conflict', 'reported', name='mark', native_enum=False, length=40), nullable=False),
    sa.Column('note_ko', sa.Text(), nullable=True),
    sa.Column('note_en', sa.Text(), nullable=True),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.Column('also_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("source_id IS NOT NULL OR mark IN ('not_found', 'reported')", name=op.f('ck_budget_line_cited')),
    sa.CheckConstraint('amount_won >= 0', name=op.f('ck_budget_line_amount')),
    sa.ForeignKeyConstraint(['also_id'], ['source.id'], name=op.f('fk_budget_line_also_id')),
    sa.ForeignKeyConstraint(['corrects_id'], ['budget_line.id'], name=op.f('fk_budget_line_corrects_id')),
    sa.ForeignKeyConstraint(['deployment_id'], ['deployment.id'], name=op.f('fk_budget_line_deployment_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_budget_line_recorded_by_id')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_budget_line_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_budget_line')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_budget_line_corrects_id')),
    sa.UniqueConstraint('key', name=op.f('uq_budget_line_key'))
    )
    with op.batch_alter_table('budget_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_budget_line_on'), ['on'], unique=False)
        batch_op.create_index('ix_budget_line_question', ['deployment_id', 'fund', 'basis', 'on'], unique=False)
        batch_op.create_index(batch_op.f('ix_budget_line_source_id'), ['source_id'], unique=False)

    op.create_table('milestone',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('deployment_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('agreement', 'design', 'procurement', 'start', 'installed', 'accepted', 'in_operation', name='milestonekind', native_enum=False, length=40), nullable=False),
    sa.Column('basis', sa.Enum('baseline', 'revised', 'forecast', 'actual', name='basis', native_enum=False, length=40), nullable=False),
    sa.Column('due', sa.Date(), nullable=False),
    sa.Column('due_precision', sa.Enum('day', 'month', 'year', 'unknown', name='precision', native_enum=False, length=40), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('precision', sa.Enum('day', 'month', 'year', 'unknown', name='precision', native_enum=False, length=40), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('corrects_id', sa.Integer(), nullable=True),
    sa.Column('mark', sa.Enum('verified', 'derived', 'unverified', 'not_found', 'conflict', 'reported', name='mark', native_enum=False, length=40), nullable=False),
    sa.Column('note_ko', sa.Text(), nullable=True),
    sa.Column('note_en', sa.Text(), nullable=True),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.Column('also_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("source_id IS NOT NULL OR mark IN ('not_found', 'reported')", name=op.f('ck_milestone_cited')),
    sa.ForeignKeyConstraint(['also_id'], ['source.id'], name=op.f('fk_milestone_also_id')),
    sa.ForeignKeyConstraint(['corrects_id'], ['milestone.id'], name=op.f('fk_milestone_corrects_id')),
    sa.ForeignKeyConstraint(['deployment_id'], ['deployment.id'], name=op.f('fk_milestone_deployment_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_milestone_recorded_by_id')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_milestone_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestone')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_milestone_corrects_id')),
    sa.UniqueConstraint('key', name=op.f('uq_milestone_key'))
    )
    with op.batch_alter_table('milestone', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_milestone_on'), ['on'], unique=False)
        batch_op.create_index('ix_milestone_question', ['deployment_id', 'kind', 'basis', 'on'], unique=False)
        batch_op.create_index(batch_op.f('ix_milestone_source_id'), ['source_id'], unique=False)

    op.create_table('report_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('what', sa.Enum('draft', 'submitted', 'returned', 'approved', name='reportstate', native_enum=False, length=40), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('said', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['account.id'], name=op.f('fk_report_step_by_id')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_step_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_step'))
    )
    with op.batch_alter_table('report_step', schema=None) as batch_op:
        batch_op.create_index('ix_report_step_question', ['report_id', 'recorded_at'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('report_step', schema=None) as batch_op:
        batch_op.drop_index('ix_report_step_question')

    op.drop_table('report_step')
    with op.batch_alter_table('milestone', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_milestone_source_id'))
        batch_op.drop_index('ix_milestone_question')
        batch_op.drop_index(batch_op.f('ix_milestone_on'))

    op.drop_table('milestone')
    with op.batch_alter_table('budget_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_budget_line_source_id'))
        batch_op.drop_index('ix_budget_line_question')
        batch_op.drop_index(batch_op.f('ix_budget_line_on'))

    op.drop_table('budget_line')
    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_report_month'))

    op.drop_table('report')
    with op.batch_alter_table('plan_revision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_revision_state'))
        batch_op.drop_index(batch_op.f('ix_plan_revision_source_id'))
        batch_op.drop_index(batch_op.f('ix_plan_revision_site_id'))

    op.drop_table('plan_revision')
