"""orders of reports"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0052'
down_revision = '0050'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('paper_order',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('operator', 'ministry', 'municipality', 'coach', 'consultant', name='role', native_enum=False, length=40), nullable=False),
    sa.Column('kind', sa.Enum('monthly', 'final', name='paperkind', native_enum=False, length=40), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=True),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('known_on', sa.Date(), nullable=True),
    sa.Column('language', sa.Enum('ko', 'en', name='paperlanguage', native_enum=False, length=40), nullable=False),
    sa.Column('file_type', sa.Enum('xlsx', 'pdf', 'hwpx', name='papertype', native_enum=False, length=40), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'working', 'done', 'failed', name='paperstate', native_enum=False, length=40), nullable=False),
    sa.Column('progress', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('data_version', sa.String(length=200), nullable=True),
    sa.Column('error', sa.String(length=500), nullable=True),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_paper_order_organisation_id')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_paper_order_site_id')),
    sa.ForeignKeyConstraint(['user_id'], ['account.id'], name=op.f('fk_paper_order_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_order')),
    sa.UniqueConstraint('slug', name=op.f('uq_paper_order_slug'))
    )
    with op.batch_alter_table('paper_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_paper_order_asked_at'), ['asked_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_paper_order_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_paper_order_user_id'), ['user_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('paper_order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_paper_order_user_id'))
        batch_op.drop_index(batch_op.f('ix_paper_order_organisation_id'))
        batch_op.drop_index(batch_op.f('ix_paper_order_asked_at'))

    op.drop_table('paper_order')
