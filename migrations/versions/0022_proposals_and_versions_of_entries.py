"""Proposals and versions of entries"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('proposal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('entry', sa.String(length=80), nullable=False),
    sa.Column('is_new', sa.Boolean(), nullable=False),
    sa.Column('base', sa.JSON(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('still_right', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'returned', 'published', name='proposalstate', native_enum=False, length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_proposal_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal')),
    sa.UniqueConstraint('slug', name=op.f('uq_proposal_slug'))
    )
    with op.batch_alter_table('proposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proposal_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposal_state'), ['state'], unique=False)

    op.create_table('entry_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('still_right', sa.JSON(), nullable=False),
    sa.Column('proposal_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_entry_version_proposal_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_entry_version_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry_version')),
    sa.UniqueConstraint('kind', 'name', 'number', name=op.f('uq_entry_version_kind_name_number'))
    )
    op.create_table('proposal_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('proposal_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'returned', 'published', name='proposalstate', native_enum=False, length=40), nullable=False),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_proposal_step_proposal_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_proposal_step_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal_step'))
    )
    with op.batch_alter_table('proposal_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proposal_step_proposal_id'), ['proposal_id'], unique=False)

    with op.batch_alter_table('guideline_item', schema=None) as batch_op:
        batch_op.add_column(sa.Column('continues_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_guideline_item_continues_id'), ['continues_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_guideline_item_continues_id'), 'guideline_item', ['continues_id'], ['id'])



def downgrade() -> None:
    with op.batch_alter_table('guideline_item', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_guideline_item_continues_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_guideline_item_continues_id'))
        batch_op.drop_column('continues_id')

    with op.batch_alter_table('proposal_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_proposal_step_proposal_id'))

    op.drop_table('proposal_step')
    op.drop_table('entry_version')
    with op.batch_alter_table('proposal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_proposal_state'))
        batch_op.drop_index(batch_op.f('ix_proposal_organisation_id'))

    op.drop_table('proposal')
