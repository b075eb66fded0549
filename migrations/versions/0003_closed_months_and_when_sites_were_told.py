"""closed months and when sites were told"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('closing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_by_id', sa.Integer(), nullable=True),
    sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reopened_by_id', sa.Integer(), nullable=True),
    sa.Column('reopen_reason', sa.Text(), nullable=True),
    sa.CheckConstraint('(reopened_at IS NULL) = (reopen_reason IS NULL)', name=op.f('ck_closing_reopened')),
    sa.ForeignKeyConstraint(['closed_by_id'], ['account.id'], name=op.f('fk_closing_closed_by_id')),
    sa.ForeignKeyConstraint(['reopened_by_id'], ['account.id'], name=op.f('fk_closing_reopened_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_closing')),
    sa.UniqueConstraint('month', 'nth', name=op.f('uq_closing_month_nth'))
    )
    # What stands here already was told by now at the latest.
    moment = datetime.now(UTC)
    for name in ("deployment", "site"):
        with op.batch_alter_table(name) as batch_op:
            batch_op.add_column(sa.Column("recorded_at", sa.DateTime(timezone=True)))
        table = sa.table(name, sa.column("recorded_at", sa.DateTime(timezone=True)))
        op.execute(table.update().values(recorded_at=moment))
        with op.batch_alter_table(name) as batch_op:
            batch_op.alter_column("recorded_at", nullable=False)



def downgrade() -> None:
    with op.batch_alter_table('site', schema=None) as batch_op:
        batch_op.drop_column('recorded_at')

    with op.batch_alter_table('deployment', schema=None) as batch_op:
        batch_op.drop_column('recorded_at')

    op.drop_table('closing')
