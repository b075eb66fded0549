"""what was seeded"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('seeded',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('row', sa.String(length=64), nullable=False),
    sa.Column('thing', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seeded')),
    sa.UniqueConstraint('kind', 'name', name=op.f('uq_seeded_kind_name'))
    )


def downgrade() -> None:
    op.drop_table('seeded')
