"""outcomes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('indicator',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('solution_id', sa.Integer(), nullable=True),
    sa.Column('name_ko', sa.String(length=500), nullable=False),
    sa.Column('name_en', sa.String(length=500), nullable=False),
    sa.Column('kind', sa.Enum('rate', 'proportion', 'mean', name='indicatorkind', native_enum=False, length=40), nullable=False),
    sa.Column('of_use', sa.Boolean(), nullable=False),
    sa.Column('counting', sa.JSON(), nullable=False),
    sa.Column('numerator_ko', sa.String(length=500), nullable=False),
    sa.Column('numerator_en', sa.String(length=500), nullable=False),
    sa.Column('denominator_ko', sa.String(length=500), nullable=True),
    sa.Column('denominator_en', sa.String(length=500), nullable=True),
    sa.Column('unit_ko', sa.String(length=200), nullable=False),
    sa.Column('unit_en', sa.String(length=200), nullable=False),
    sa.Column('better', sa.Enum('up', 'down', name='better', native_enum=False, length=40), nullable=True),
    sa.Column('u4ssc', sa.String(length=200), nullable=True),
    sa.Column('iso37122', sa.String(length=200), nullable=True),
    sa.Column('plausible_low', sa.Double(), nullable=True),
    sa.Column('plausible_high', sa.Double(), nullable=True),
    sa.Column('mark', sa.Enum('verified', 'derived', 'unverified', 'not_found', 'conflict', 'reported', name='mark', native_enum=False, length=40), nullable=False),
    sa.Column('note_ko', sa.Text(), nullable=True),
    sa.Column('note_en', sa.Text(), nullable=True),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.Column('also_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("source_id IS NOT NULL OR mark IN ('not_found', 'reported')", name=op.f('ck_indicator_cited')),
    sa.CheckConstraint('plausible_low <= plausible_high', name=op.f('ck_indicator_range')),
    sa.ForeignKeyConstraint(['also_id'], ['source.id'], name=op.f('fk_indicator_also_id')),
    sa.ForeignKeyConstraint(['solution_id'], ['solution.id'], name=op.f('fk_indicator_solution_id')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_indicator_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator')),
    sa.UniqueConstraint('id', 'of_use', name=op.f('uq_indicator_id_of_use')),
    sa.UniqueConstraint('slug', name=op.f('uq_indicator_slug'))
    )
    with op.batch_alter_table('indicator', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_indicator_solution_id'), ['solution_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_indicator_source_id'), ['source_id'], unique=False)

    op.create_table('outcome',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('thread', sa.String(length=80), nullable=False),
    sa.Column('deployment_id', sa.Integer(), nullable=False),
    sa.Column('indicator_id', sa.Integer(), nullable=False),
    sa.Column('of_use', sa.Boolean(), nullable=False),
    sa.Column('kind', sa.Enum('baseline', 'target', 'measurement', name='outcomekind', native_enum=False, length=40), nullable=False),
    sa.Column('begins_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('counting', sa.Enum('use', 'exposure', 'passing_by', 'survey', 'events', 'claim', 'measurement', name='counting', native_enum=False, length=40), nullable=False),
    sa.Column('numerator', sa.BigInteger(), nullable=True),
    sa.Column('denominator', sa.Double(), nullable=True),
    sa.Column('mean', sa.Double(), nullable=True),
    sa.Column('sd', sa.Double(), nullable=True),
    sa.Column('n', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
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
    sa.CheckConstraint("of_use IS NOT TRUE OR counting != 'passing_by'", name=op.f('ck_outcome_passing_by_is_no_use')),
    sa.CheckConstraint("source_id IS NOT NULL OR mark IN ('not_found', 'reported')", name=op.f('ck_outcome_cited')),
    sa.CheckConstraint('begins_on <= ends_on', name=op.f('ck_outcome_period')),
    sa.CheckConstraint('numerator >= 0 AND denominator > 0', name=op.f('ck_outcome_counts')),
    sa.CheckConstraint('numerator IS NOT NULL OR mean IS NOT NULL', name=op.f('ck_outcome_told')),
    sa.CheckConstraint('sd >= 0 AND n >= 1', name=op.f('ck_outcome_spread')),
    sa.ForeignKeyConstraint(['also_id'], ['source.id'], name=op.f('fk_outcome_also_id')),
    sa.ForeignKeyConstraint(['corrects_id'], ['outcome.id'], name=op.f('fk_outcome_corrects_id')),
    sa.ForeignKeyConstraint(['deployment_id'], ['deployment.id'], name=op.f('fk_outcome_deployment_id')),
    sa.ForeignKeyConstraint(['indicator_id', 'of_use'], ['indicator.id', 'indicator.of_use'], name=op.f('fk_outcome_indicator_id_of_use')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_outcome_recorded_by_id')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_outcome_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcome')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_outcome_corrects_id')),
    sa.UniqueConstraint('key', name=op.f('uq_outcome_key'))
    )
    with op.batch_alter_table('outcome', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outcome_on'), ['on'], unique=False)
        batch_op.create_index('ix_outcome_question', ['deployment_id', 'indicator_id', 'kind', 'on'], unique=False)
        batch_op.create_index(batch_op.f('ix_outcome_source_id'), ['source_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outcome_thread'), ['thread'], unique=False)

    op.create_table('outcome_part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('outcome_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('by', sa.Enum('age', 'sex', 'time_of_day', 'day_of_week', 'place', 'other', name='brokendownby', native_enum=False, length=40), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('numerator', sa.BigInteger(), nullable=False),
    sa.Column('denominator', sa.Double(), nullable=True),
    sa.CheckConstraint('numerator >= 0 AND denominator >= 0', name=op.f('ck_outcome_part_counts')),
    sa.ForeignKeyConstraint(['outcome_id'], ['outcome.id'], name=op.f('fk_outcome_part_outcome_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcome_part'))
    )
    with op.batch_alter_table('outcome_part', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outcome_part_outcome_id'), ['outcome_id'], unique=False)

    op.create_table('outcome_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('outcome_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'returned', 'approved', name='reviewstate', native_enum=False, length=40), nullable=False),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('rules', sa.JSON(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['outcome_id'], ['outcome.id'], name=op.f('fk_outcome_step_outcome_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_outcome_step_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcome_step')),
    sa.UniqueConstraint('key', name=op.f('uq_outcome_step_key'))
    )
    with op.batch_alter_table('outcome_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outcome_step_outcome_id'), ['outcome_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('outcome_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outcome_step_outcome_id'))

    op.drop_table('outcome_step')
    with op.batch_alter_table('outcome_part', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outcome_part_outcome_id'))

    op.drop_table('outcome_part')
    with op.batch_alter_table('outcome', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outcome_thread'))
        batch_op.drop_index(batch_op.f('ix_outcome_source_id'))
        batch_op.drop_index('ix_outcome_question')
        batch_op.drop_index(batch_op.f('ix_outcome_on'))

    op.drop_table('outcome')
    with op.batch_alter_table('indicator', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_indicator_source_id'))
        batch_op.drop_index(batch_op.f('ix_indicator_solution_id'))

    op.drop_table('indicator')
