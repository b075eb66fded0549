"""problems and rules of conditions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = "0022"
branch_labels = None
depends_on = None


WHOLE_RULE = "(fact IS NULL) = (operator IS NULL) AND (fact IS NULL) = (value IS NULL) AND (fact IS NULL) = (bearing IS NULL)"


def upgrade() -> None:
    op.create_table('problem',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('name_ko', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_problem')),
    sa.UniqueConstraint('slug', name=op.f('uq_problem_slug'))
    )
    op.create_table('problem_solution',
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('solution_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_problem_solution_problem_id')),
    sa.ForeignKeyConstraint(['solution_id'], ['solution.id'], name=op.f('fk_problem_solution_solution_id')),
    sa.PrimaryKeyConstraint('problem_id', 'solution_id', name=op.f('pk_problem_solution'))
    )
    with op.batch_alter_table('problem_solution', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_problem_solution_solution_id'), ['solution_id'], unique=False)

    with op.batch_alter_table('condition', schema=None) as batch_op:
        batch_op.add_column(sa.Column('fact', sa.Enum('lanes', 'speed_kmh', 'protected_zone', 'arterial', 'crossing_distance_m', 'gate_distance_m', 'sidewalk_m', 'owner_consent', 'new_power', 'new_network', 'shifts', 'ice_crashes', 'population', name='sitefact', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('operator', sa.Enum('at_least', 'at_most', 'is', name='operator', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('value', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('bearing', sa.Enum('excludes', 'excludes_part', 'warns', name='bearing', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('item_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_condition_item_id'), ['item_id'], unique=False)
        batch_op.create_check_constraint(batch_op.f('ck_condition_whole_rule'), WHOLE_RULE)
        batch_op.create_foreign_key(batch_op.f('fk_condition_item_id'), 'guideline_item', ['item_id'], ['id'])



def downgrade() -> None:
    with op.batch_alter_table('condition', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_condition_whole_rule'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_condition_item_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_condition_item_id'))
        batch_op.drop_column('item_id')
        batch_op.drop_column('bearing')
        batch_op.drop_column('value')
        batch_op.drop_column('operator')
        batch_op.drop_column('fact')

    with op.batch_alter_table('problem_solution', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_problem_solution_solution_id'))

    op.drop_table('problem_solution')
    op.drop_table('problem')
