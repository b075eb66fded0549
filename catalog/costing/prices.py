"""Prices: the index by which amounts of different years are brought to the prices of one year."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate
from sqlalchemy import CheckConstraint, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Model, Slug, db
from common.schema import Schema, Whole, between, slug_field


class PriceIndex(Cited, Model):
    """The Korean consumer price index of one year, 2020 = 100."""

    __tablename__ = "price_index"
    __table_args__ = (must_be_cited(), CheckConstraint("value > 0", name="above_zero"))

    id: Mapped[Key]
    slug: Mapped[Slug]
    year: Mapped[int] = mapped_column(unique=True)
    value: Mapped[float]


class PriceIndexSchema(CitedSchema):
    """A yearly index as it is written down."""

    slug = slug_field()
    year = Whole(required=True, validate=between(1900, 2100), metadata={"label": _l("Year")})
    value = fields.Float(
        required=True,
        validate=validate.Range(min=0, min_inclusive=False, error=_l("Write a number above zero.")),
        metadata={"label": _l("Index, 2020 = 100")},
    )


class PriceIndexFilters(Schema):
    """What the list of yearly indices can be narrowed to."""

    year = Whole(load_default=None, metadata={"label": _l("Year")})


def find_price_indices(*, year: int | None = None) -> Select[PriceIndex]:
    """The index of each year on record, oldest first."""
    query = select(PriceIndex).order_by(PriceIndex.year)
    return query if year is None else query.where(PriceIndex.year == year)


def index_by_year() -> dict[int, float]:
    """The index of each year on record."""
    query = find_price_indices().with_only_columns(PriceIndex.year, PriceIndex.value)
    return dict(db.session.execute(query).all())


def newest(index: Mapping[int, float]) -> int | None:
    """The year to whose prices amounts are brought: the newest on record."""
    return max(index, default=None)


def at_prices_of(
    target: int | None, amount_won: int, year: int | None, index: Mapping[int, float]
) -> int | None:
    """`amount_won` of `year` at the prices of `target`; None where an index is not on record."""
    if target is None or year is None or year not in index or target not in index:
        return None
    return round(amount_won * index[target] / index[year])
