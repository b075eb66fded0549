"""units and their inspections"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('installed_unit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('deployment_id', sa.Integer(), nullable=False),
    sa.Column('asset_number', sa.String(length=80), nullable=False),
    sa.Column('maker', sa.String(length=200), nullable=True),
    sa.Column('model', sa.String(length=200), nullable=True),
    sa.Column('serial', sa.String(length=200), nullable=True),
    sa.Column('address', sa.String(length=500), nullable=True),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.Column('lon', sa.Double(), nullable=True),
    sa.Column('installed_on', sa.Date(), nullable=False),
    sa.Column('accepted_on', sa.Date(), nullable=True),
    sa.Column('warranty_until', sa.Date(), nullable=True),
    sa.Column('removed_on', sa.Date(), nullable=True),
    sa.Column('guideline_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('removed_told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('condition', sa.Enum('working', 'faulty', 'missing', 'not_inspected', name='condition', native_enum=False, length=40), nullable=False),
    sa.Column('seen_on', sa.Date(), nullable=True),
    sa.CheckConstraint('(lat IS NULL) = (lon IS NULL)', name=op.f('ck_installed_unit_place')),
    sa.CheckConstraint('accepted_on IS NULL OR accepted_on >= installed_on', name=op.f('ck_installed_unit_accepted')),
    sa.CheckConstraint('removed_on IS NULL OR removed_on >= installed_on', name=op.f('ck_installed_unit_removed')),
    sa.ForeignKeyConstraint(['deployment_id'], ['deployment.id'], name=op.f('fk_installed_unit_deployment_id')),
    sa.ForeignKeyConstraint(['guideline_id'], ['guideline.id'], name=op.f('fk_installed_unit_guideline_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_installed_unit_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_installed_unit')),
    sa.UniqueConstraint('deployment_id', 'asset_number', name=op.f('uq_installed_unit_deployment_id_asset_number')),
    sa.UniqueConstraint('slug', name=op.f('uq_installed_unit_slug'))
    )
    with op.batch_alter_table('installed_unit', schema=None) as batch_op:
        batch_op.create_index('ix_installed_unit_cell', ['lat', 'lon', 'condition', 'installed_on', 'removed_on'], unique=False)
        batch_op.create_index('ix_installed_unit_count', ['deployment_id', 'condition', 'installed_on', 'removed_on', 'seen_on', 'warranty_until'], unique=False)

    op.create_table('inspection',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('result', sa.Enum('working', 'faulty', 'missing', name='result', native_enum=False, length=40), nullable=False),
    sa.Column('faults', sa.JSON(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('repaired', sa.Boolean(), nullable=False),
    sa.Column('repair_min', sa.Integer(), nullable=True),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('precision', sa.Enum('day', 'month', 'year', 'unknown', name='precision', native_enum=False, length=40), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('corrects_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("NOT repaired OR result = 'working'", name=op.f('ck_inspection_repair')),
    sa.CheckConstraint('repair_min BETWEEN 0 AND 525600', name=op.f('ck_inspection_duration')),
    sa.ForeignKeyConstraint(['corrects_id'], ['inspection.id'], name=op.f('fk_inspection_corrects_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_inspection_recorded_by_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['installed_unit.id'], name=op.f('fk_inspection_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspection')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_inspection_corrects_id')),
    sa.UniqueConstraint('key', name=op.f('uq_inspection_key'))
    )
    with op.batch_alter_table('inspection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inspection_on'), ['on'], unique=False)
        batch_op.create_index('ix_inspection_question', ['unit_id', 'on'], unique=False)

    op.create_table('unit_revision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('said', sa.JSON(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_unit_revision_recorded_by_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['installed_unit.id'], name=op.f('fk_unit_revision_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_revision'))
    )
    with op.batch_alter_table('unit_revision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_revision_unit_id'), ['unit_id'], unique=False)

    op.create_table('photo',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('inspection_id', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspection.id'], name=op.f('fk_photo_inspection_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_photo_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photo')),
    sa.UniqueConstraint('slug', name=op.f('uq_photo_slug'))
    )
    with op.batch_alter_table('photo', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_photo_inspection_id'), ['inspection_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('photo', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_photo_inspection_id'))

    op.drop_table('photo')
    with op.batch_alter_table('unit_revision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unit_revision_unit_id'))

    op.drop_table('unit_revision')
    with op.batch_alter_table('inspection', schema=None) as batch_op:
        batch_op.drop_index('ix_inspection_question')
        batch_op.drop_index(batch_op.f('ix_inspection_on'))

    op.drop_table('inspection')
    with op.batch_alter_table('installed_unit', schema=None) as batch_op:
        batch_op.drop_index('ix_installed_unit_count')
        batch_op.drop_index('ix_installed_unit_cell')

    op.drop_table('installed_unit')
