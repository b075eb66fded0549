"""requests, agreements and the details of sessions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('coach_office',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('reach_ko', sa.String(length=500), nullable=True),
    sa.Column('reach_en', sa.String(length=500), nullable=True),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('capacity_min', sa.Integer(), nullable=True),
    sa.Column('capacity_sessions', sa.Integer(), nullable=True),
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
    sa.CheckConstraint("source_id IS NOT NULL OR mark IN ('not_found', 'reported')", name=op.f('ck_coach_office_cited')),
    sa.CheckConstraint('capacity_min BETWEEN 0 AND 43200', name=op.f('ck_coach_office_capacity')),
    sa.CheckConstraint('capacity_sessions BETWEEN 0 AND 1000', name=op.f('ck_coach_office_sessions')),
    sa.ForeignKeyConstraint(['also_id'], ['source.id'], name=op.f('fk_coach_office_also_id')),
    sa.ForeignKeyConstraint(['corrects_id'], ['coach_office.id'], name=op.f('fk_coach_office_corrects_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_coach_office_organisation_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_coach_office_recorded_by_id')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_coach_office_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coach_office')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_coach_office_corrects_id')),
    sa.UniqueConstraint('key', name=op.f('uq_coach_office_key'))
    )
    with op.batch_alter_table('coach_office', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coach_office_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_coach_office_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_coach_office_source_id'), ['source_id'], unique=False)

    op.create_table('coaching_agreement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('host_id', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('begins_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('precision', sa.Enum('day', 'month', 'year', 'unknown', name='precision', native_enum=False, length=40), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('corrects_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('begins_on <= ends_on', name=op.f('ck_coaching_agreement_period')),
    sa.CheckConstraint('minutes BETWEEN 1 AND 100000', name=op.f('ck_coaching_agreement_minutes')),
    sa.ForeignKeyConstraint(['corrects_id'], ['coaching_agreement.id'], name=op.f('fk_coaching_agreement_corrects_id')),
    sa.ForeignKeyConstraint(['host_id'], ['organisation.id'], name=op.f('fk_coaching_agreement_host_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_coaching_agreement_recorded_by_id')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_coaching_agreement_site_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coaching_agreement')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_coaching_agreement_corrects_id')),
    sa.UniqueConstraint('key', name=op.f('uq_coaching_agreement_key'))
    )
    with op.batch_alter_table('coaching_agreement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coaching_agreement_host_id'), ['host_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_coaching_agreement_on'), ['on'], unique=False)
        batch_op.create_index('ix_coaching_agreement_question', ['site_id', 'host_id', 'on'], unique=False)

    op.create_table('coaching_material',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=200), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('size_bytes > 0', name=op.f('ck_coaching_material_size')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_coaching_material_recorded_by_id')),
    sa.ForeignKeyConstraint(['session_id'], ['coaching_session.id'], name=op.f('fk_coaching_material_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coaching_material')),
    sa.UniqueConstraint('slug', name=op.f('uq_coaching_material_slug'))
    )
    with op.batch_alter_table('coaching_material', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coaching_material_session_id'), ['session_id'], unique=False)

    op.create_table('coaching_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('host_id', sa.Integer(), nullable=True),
    sa.Column('solution_id', sa.Integer(), nullable=True),
    sa.Column('topics', sa.JSON(), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('minutes_wished', sa.Integer(), nullable=True),
    sa.Column('agreement_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('minutes_wished BETWEEN 1 AND 100000', name=op.f('ck_coaching_request_minutes')),
    sa.CheckConstraint('version >= 1', name=op.f('ck_coaching_request_version')),
    sa.ForeignKeyConstraint(['agreement_id'], ['coaching_agreement.id'], name=op.f('fk_coaching_request_agreement_id')),
    sa.ForeignKeyConstraint(['host_id'], ['organisation.id'], name=op.f('fk_coaching_request_host_id')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_coaching_request_site_id')),
    sa.ForeignKeyConstraint(['solution_id'], ['solution.id'], name=op.f('fk_coaching_request_solution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coaching_request')),
    sa.UniqueConstraint('slug', name=op.f('uq_coaching_request_slug'))
    )
    with op.batch_alter_table('coaching_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coaching_request_host_id'), ['host_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_coaching_request_site_id'), ['site_id'], unique=False)

    op.create_table('coaching_session_deployment',
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('deployment_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['deployment_id'], ['deployment.id'], name=op.f('fk_coaching_session_deployment_deployment_id')),
    sa.ForeignKeyConstraint(['session_id'], ['coaching_session.id'], name=op.f('fk_coaching_session_deployment_session_id')),
    sa.PrimaryKeyConstraint('session_id', 'deployment_id', name=op.f('pk_coaching_session_deployment'))
    )
    with op.batch_alter_table('coaching_session_deployment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coaching_session_deployment_deployment_id'), ['deployment_id'], unique=False)

    op.create_table('coaching_session_item',
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['guideline_item.id'], name=op.f('fk_coaching_session_item_item_id')),
    sa.ForeignKeyConstraint(['session_id'], ['coaching_session.id'], name=op.f('fk_coaching_session_item_session_id')),
    sa.PrimaryKeyConstraint('session_id', 'item_id', name=op.f('pk_coaching_session_item'))
    )
    with op.batch_alter_table('coaching_session_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coaching_session_item_item_id'), ['item_id'], unique=False)

    op.create_table('coaching_session_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.Enum('waiting', 'confirmed', 'returned', name='review', native_enum=False, length=40), nullable=False),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('satisfaction', sa.Integer(), nullable=True),
    sa.Column('said', sa.JSON(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('satisfaction BETWEEN 1 AND 5', name=op.f('ck_coaching_session_step_satisfaction')),
    sa.ForeignKeyConstraint(['by_id'], ['account.id'], name=op.f('fk_coaching_session_step_by_id')),
    sa.ForeignKeyConstraint(['session_id'], ['coaching_session.id'], name=op.f('fk_coaching_session_step_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coaching_session_step'))
    )
    with op.batch_alter_table('coaching_session_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coaching_session_step_session_id'), ['session_id'], unique=False)

    op.create_table('coaching_request_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.Enum('asked', 'accepted', 'declined', 'withdrawn', name='requeststate', native_enum=False, length=40), nullable=False),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['account.id'], name=op.f('fk_coaching_request_step_by_id')),
    sa.ForeignKeyConstraint(['request_id'], ['coaching_request.id'], name=op.f('fk_coaching_request_step_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coaching_request_step'))
    )
    with op.batch_alter_table('coaching_request_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coaching_request_step_request_id'), ['request_id'], unique=False)

    with op.batch_alter_table('coaching_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('type', sa.Enum('consultation', 'coordination', 'monitoring', 'resource', name='sessiontype', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('intensity', sa.Enum('light', 'moderate', 'intensive', name='intensity', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('began_at', sa.String(length=5), nullable=True))
        batch_op.add_column(sa.Column('place', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('topics', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('people', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('moved', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('advice_outcome', sa.Enum('open', 'adopted', 'adapted', 'declined', name='adviceoutcome', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('outcome_reason', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('cost_won', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('without_agreement', sa.Text(), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_coaching_session_cost'), 'cost_won >= 0')
        batch_op.create_check_constraint(batch_op.f('ck_coaching_session_declined'), "advice_outcome <> 'declined' OR outcome_reason IS NOT NULL")

    # Sessions that are there already name none; new ones say so themselves.
    with op.batch_alter_table('coaching_session', schema=None) as batch_op:
        for name in ('topics', 'people', 'moved'):
            batch_op.alter_column(name, existing_type=sa.JSON(), existing_nullable=False, server_default=None)

    with op.batch_alter_table('experience', schema=None) as batch_op:
        batch_op.add_column(sa.Column('quantity', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('quantity_ko', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('quantity_en', sa.String(length=500), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('experience', schema=None) as batch_op:
        batch_op.drop_column('quantity_en')
        batch_op.drop_column('quantity_ko')
        batch_op.drop_column('quantity')

    with op.batch_alter_table('coaching_session', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_coaching_session_declined'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_coaching_session_cost'), type_='check')
        batch_op.drop_column('without_agreement')
        batch_op.drop_column('cost_won')
        batch_op.drop_column('outcome_reason')
        batch_op.drop_column('advice_outcome')
        batch_op.drop_column('moved')
        batch_op.drop_column('people')
        batch_op.drop_column('topics')
        batch_op.drop_column('place')
        batch_op.drop_column('began_at')
        batch_op.drop_column('intensity')
        batch_op.drop_column('type')

    with op.batch_alter_table('coaching_request_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coaching_request_step_request_id'))

    op.drop_table('coaching_request_step')
    with op.batch_alter_table('coaching_session_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coaching_session_step_session_id'))

    op.drop_table('coaching_session_step')
    with op.batch_alter_table('coaching_session_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coaching_session_item_item_id'))

    op.drop_table('coaching_session_item')
    with op.batch_alter_table('coaching_session_deployment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coaching_session_deployment_deployment_id'))

    op.drop_table('coaching_session_deployment')
    with op.batch_alter_table('coaching_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coaching_request_site_id'))
        batch_op.drop_index(batch_op.f('ix_coaching_request_host_id'))

    op.drop_table('coaching_request')
    with op.batch_alter_table('coaching_material', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coaching_material_session_id'))

    op.drop_table('coaching_material')
    with op.batch_alter_table('coaching_agreement', schema=None) as batch_op:
        batch_op.drop_index('ix_coaching_agreement_question')
        batch_op.drop_index(batch_op.f('ix_coaching_agreement_on'))
        batch_op.drop_index(batch_op.f('ix_coaching_agreement_host_id'))

    op.drop_table('coaching_agreement')
    with op.batch_alter_table('coach_office', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coach_office_source_id'))
        batch_op.drop_index(batch_op.f('ix_coach_office_organisation_id'))
        batch_op.drop_index(batch_op.f('ix_coach_office_on'))

    op.drop_table('coach_office')
