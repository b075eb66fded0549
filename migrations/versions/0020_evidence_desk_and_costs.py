"""evidence desk and costs"""

from __future__ import annotations

import json
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('price_index',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('value', sa.Double(), nullable=False),
    sa.Column('mark', sa.Enum('verified', 'derived', 'unverified', 'not_found', 'conflict', 'reported', name='mark', native_enum=False, length=40), nullable=False),
    sa.Column('note_ko', sa.Text(), nullable=True),
    sa.Column('note_en', sa.Text(), nullable=True),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.Column('also_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("source_id IS NOT NULL OR mark IN ('not_found', 'reported')", name=op.f('ck_price_index_cited')),
    sa.CheckConstraint('value > 0', name=op.f('ck_price_index_above_zero')),
    sa.ForeignKeyConstraint(['also_id'], ['source.id'], name=op.f('fk_price_index_also_id')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_price_index_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_price_index')),
    sa.UniqueConstraint('slug', name=op.f('uq_price_index_slug')),
    sa.UniqueConstraint('year', name=op.f('uq_price_index_year'))
    )
    with op.batch_alter_table('price_index', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_price_index_source_id'), ['source_id'], unique=False)

    with op.batch_alter_table('cost', schema=None) as batch_op:
        batch_op.add_column(sa.Column('upkeep_won_per_year', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('lifetime_years', sa.Double(), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_cost_upkeep'), 'upkeep_won_per_year >= 0 AND lifetime_years > 0')

    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.add_column(sa.Column('measure_key', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('before_from', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('before_until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('after_from', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('after_until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('measured_by', sa.Enum('vendor', 'city', 'ministry', 'independent', name='measurer', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('interest_ko', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('interest_en', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('funder_ko', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('funder_en', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('measured_year', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('published_year', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('review_by', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('given_grade', sa.Enum('A', 'B', 'C', 'D', name='grade', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('compared', sa.Enum('times', 'groups', name='compared', native_enum=False, length=40), nullable=True))
        batch_op.add_column(sa.Column('before_of', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('after_of', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('before_exposure', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('after_exposure', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('exposure_unit_ko', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('exposure_unit_en', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('before_sd', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('after_sd', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('before_n', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('after_n', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('printed_change_pct', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('finding', sa.Enum('better', 'worse', 'open', 'failed', name='finding', native_enum=False, length=40), nullable=True))
        batch_op.create_index(batch_op.f('ix_evidence_measure_key'), ['measure_key'], unique=False)
        batch_op.create_check_constraint(batch_op.f('ck_evidence_before_counts'), 'before >= 0 OR before_sd IS NOT NULL')
        batch_op.create_check_constraint(batch_op.f('ck_evidence_after_counts'), 'after >= 0 OR after_sd IS NOT NULL')
        batch_op.create_check_constraint(batch_op.f('ck_evidence_parts_of_wholes'), 'before <= before_of AND after <= after_of')
        batch_op.create_check_constraint(batch_op.f('ck_evidence_exposures'), 'before_exposure > 0 AND after_exposure > 0')
        batch_op.create_check_constraint(batch_op.f('ck_evidence_before_period'), 'before_from <= before_until')
        batch_op.create_check_constraint(batch_op.f('ck_evidence_after_period'), 'after_from <= after_until')
        batch_op.create_check_constraint(batch_op.f('ck_evidence_interval'), 'given_low <= given_estimate AND given_estimate <= given_high')

    # What was graded by hand stays told as such; seeding and `flask regrade` apply the rubric.
    op.execute("UPDATE evidence SET given_grade = grade")
    _seeds_stay_known()

    with op.batch_alter_table('discrepancy', schema=None) as batch_op:
        batch_op.add_column(sa.Column('evidence_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_discrepancy_evidence_id'), ['evidence_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_discrepancy_evidence_id'), 'evidence', ['evidence_id'], ['id'])


def _seeds_stay_known() -> None:
    """A seed that nobody changed here is still known as such under the new name of its grade."""
    connection = op.get_bind()
    meta = sa.MetaData()
    evidence, solution, source, seeded = (
        sa.Table(name, meta, autoload_with=connection)
        for name in ("evidence", "solution", "source", "seeded")
    )
    names = {
        table.name: dict(connection.execute(sa.select(table.c.id, table.c.slug)).all())
        for table in (solution, source)
    }
    for row in connection.execute(sa.select(evidence)).mappings():
        told = dict(row)
        for name in ("id", "given_grade"):
            told.pop(name)
        told["solution"] = names["solution"].get(told.pop("solution_id"))
        for name in ("source", "also"):
            told[name] = names["source"].get(told.pop(f"{name}_id"))
        told = {name: value for name, value in told.items() if value is not None}
        for name in ("headline", "exposure_equal"):
            if name in told:
                told[name] = bool(told[name])
        old = _digest(told)
        if "grade" in told:
            told["given_grade"] = told.pop("grade")
        is_same = (seeded.c.kind == "evidence", seeded.c.name == row["slug"], seeded.c.thing == old)
        connection.execute(seeded.update().where(*is_same).values(thing=_digest(told)))


def _digest(told: dict[str, object]) -> str:
    return sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def downgrade() -> None:
    with op.batch_alter_table('discrepancy', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_discrepancy_evidence_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_discrepancy_evidence_id'))
        batch_op.drop_column('evidence_id')

    op.execute("UPDATE evidence SET grade = given_grade")
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_evidence_interval'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_evidence_after_period'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_evidence_before_period'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_evidence_exposures'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_evidence_parts_of_wholes'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_evidence_after_counts'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_evidence_before_counts'), type_='check')
        batch_op.drop_index(batch_op.f('ix_evidence_measure_key'))
        batch_op.drop_column('finding')
        batch_op.drop_column('printed_change_pct')
        batch_op.drop_column('after_n')
        batch_op.drop_column('before_n')
        batch_op.drop_column('after_sd')
        batch_op.drop_column('before_sd')
        batch_op.drop_column('exposure_unit_en')
        batch_op.drop_column('exposure_unit_ko')
        batch_op.drop_column('after_exposure')
        batch_op.drop_column('before_exposure')
        batch_op.drop_column('after_of')
        batch_op.drop_column('before_of')
        batch_op.drop_column('compared')
        batch_op.drop_column('given_grade')
        batch_op.drop_column('review_by')
        batch_op.drop_column('published_year')
        batch_op.drop_column('measured_year')
        batch_op.drop_column('funder_en')
        batch_op.drop_column('funder_ko')
        batch_op.drop_column('interest_en')
        batch_op.drop_column('interest_ko')
        batch_op.drop_column('measured_by')
        batch_op.drop_column('after_until')
        batch_op.drop_column('after_from')
        batch_op.drop_column('before_until')
        batch_op.drop_column('before_from')
        batch_op.drop_column('measure_key')

    with op.batch_alter_table('cost', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_cost_upkeep'), type_='check')
        batch_op.drop_column('lifetime_years')
        batch_op.drop_column('upkeep_won_per_year')

    with op.batch_alter_table('price_index', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_price_index_source_id'))

    op.drop_table('price_index')
