"""imports of workbooks and withdrawn facts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0050'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('exchange_import',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.Enum('quantities', 'money', name='exchangelist', native_enum=False, length=40), nullable=False),
    sa.Column('file_name', sa.String(length=500), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('state', sa.Enum('checked', 'accepted', 'undone', name='importstate', native_enum=False, length=40), nullable=False),
    sa.Column('sender_id', sa.Integer(), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['sender_id'], ['account.id'], name=op.f('fk_exchange_import_sender_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exchange_import')),
    sa.UniqueConstraint('slug', name=op.f('uq_exchange_import_slug'))
    )
    with op.batch_alter_table('exchange_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exchange_import_sender_id'), ['sender_id'], unique=False)

    op.create_table('withdrawal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('fact_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_withdrawal_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_withdrawal')),
    sa.UniqueConstraint('kind', 'fact_id', name=op.f('uq_withdrawal_kind_fact_id'))
    )
    op.create_table('exchange_cell',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=12), nullable=False),
    sa.Column('column', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('was', sa.Text(), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('stood', sa.Text(), nullable=True),
    sa.Column('taken', sa.Boolean(), nullable=False),
    sa.Column('fact', sa.String(length=80), nullable=True),
    sa.ForeignKeyConstraint(['import_id'], ['exchange_import.id'], name=op.f('fk_exchange_cell_import_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exchange_cell')),
    sa.UniqueConstraint('import_id', 'row', 'column', name=op.f('uq_exchange_cell_import_id_row_column'))
    )


def downgrade() -> None:
    op.drop_table('exchange_cell')
    op.drop_table('withdrawal')
    with op.batch_alter_table('exchange_import', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exchange_import_sender_id'))

    op.drop_table('exchange_import')
