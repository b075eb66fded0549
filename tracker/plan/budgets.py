"""Budgets: what each deployment is to cost by fund, planned and revised, in whole KRW."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey, Index, Select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Model, Won, db
from common.facts import Fact, FactSchema, When, WhenFilters, latest
from common.locale import name_values
from common.rows import RowErrors
from common.schema import Choice, Ref, Whole, between
from tracker.deployments import Deployment
from tracker.fact_days import Fault, blame, same_subject, wrong_day
from tracker.money.ledger import Fund
from tracker.rounds import LARGEST_WON, Round, Track
from tracker.sites import Site, TrackOrAny

# Money is planned by source: local where its split is not known. Everything together is a sum.
FUNDS = (Fund.NATIONAL, Fund.PROVINCE, Fund.MUNICIPALITY, Fund.LOCAL)


class BudgetBasis(StrEnum):
    """Whether an amount is the first plan or a revised one; the newer never hides the older."""

    PLANNED = "planned"
    REVISED = "revised"


name_values({BudgetBasis.PLANNED: _l("First plan"), BudgetBasis.REVISED: _l("Revised plan")})


class BudgetLine(Fact, Cited, Model):
    """What one fund is to pay for a deployment, as planned from the day `on`."""

    __tablename__ = "budget_line"
    __table_args__ = (
        must_be_cited(),
        CheckConstraint("amount_won >= 0", name="amount"),
        Index("ix_budget_line_question", "deployment_id", "fund", "basis", "on"),
    )

    id: Mapped[Key]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    deployment: Mapped[Deployment] = relationship()
    fund: Mapped[Fund]
    basis: Mapped[BudgetBasis]
    amount_won: Mapped[Won]

    @property
    def subject(self) -> Any:
        """What the amount is about: a correction keeps it."""
        return self.deployment.slug, self.fund, self.basis


class BudgetSchema(FactSchema, CitedSchema):
    """A line of a budget as files and the API tell it."""

    model = BudgetLine

    deployment = Ref(Deployment, required=True, metadata={"label": _l("Deployment")})
    fund = Choice(Fund, required=True, metadata={"label": _l("Fund")})
    basis = Choice(BudgetBasis, required=True, metadata={"label": _l("First or revised plan")})
    amount_won = Whole(
        required=True,
        validate=between(0, LARGEST_WON),
        metadata={"label": _l("Amount"), "unit": _l("KRW")},
    )

    @validates_schema
    def names_its_fund(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A budget is told by source; the sum is worked out."""
        if values.get("fund") is Fund.ALL:
            raise ValidationError(
                _("A budget is told by fund; choose local where its split is not known."), "fund"
            )


class BudgetFilters(WhenFilters):
    """What the list of budget lines can be narrowed to."""

    track = TrackOrAny(Track, metadata={"label": _l("Track")})
    site = Ref(Site, metadata={"label": _l("Site")})
    deployment = Ref(Deployment, metadata={"label": _l("Deployment")})
    fund = fields.List(Choice(Fund), metadata={"label": _l("Fund")})
    basis = fields.List(Choice(BudgetBasis), metadata={"label": _l("First or revised plan")})


TOLD = (
    joinedload(BudgetLine.deployment).joinedload(Deployment.site),
    joinedload(BudgetLine.deployment).joinedload(Deployment.solution),
)


def find_budgets(
    *,
    track: Track | None = None,
    site: Site | None = None,
    deployment: Deployment | None = None,
    fund: list[Fund] | None = None,
    basis: list[BudgetBasis] | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[BudgetLine]:
    """The newest amount of each fund on each basis as of a date, deployment by deployment."""
    by = (BudgetLine.deployment_id, BudgetLine.fund, BudgetLine.basis)
    query = (
        latest(BudgetLine, by, When.of(as_of, known_on))
        .join(BudgetLine.deployment)
        .order_by(Deployment.site_id, Deployment.id, BudgetLine.fund, BudgetLine.id)
    )
    if track:
        query = query.join(Deployment.site).join(Site.round).where(Round.track == track)
    for column, wish in ((Deployment.site_id, site), (Deployment.id, deployment)):
        if wish:
            query = query.where(column == wish.id)
    if fund:
        query = query.where(BudgetLine.fund.in_(fund))
    if basis:
        query = query.where(BudgetLine.basis.in_(basis))
    return query


@dataclass(frozen=True)
class Budget:
    """The budget of one deployment as of a day; every amount in KRW, None for unknown."""

    rows: Mapping[tuple[Fund, BudgetBasis], BudgetLine]

    def counting(self, fund: Fund) -> BudgetLine | None:
        """The line of `fund` that counts: the revised one where there is one."""
        return self.rows.get((fund, BudgetBasis.REVISED)) or self.rows.get(
            (fund, BudgetBasis.PLANNED)
        )

    @property
    def lines(self) -> list[BudgetLine]:
        """The lines that count, fund by fund."""
        return [line for fund in FUNDS if (line := self.counting(fund)) is not None]

    @property
    def total_won(self) -> int | None:
        """All funds together."""
        return total(line.amount_won for line in self.lines)


def total(amounts: Iterable[int | None]) -> int | None:
    """The sum of the known `amounts`; None where none is known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def budgets_of(deployments: Sequence[int], when: When) -> dict[int, Budget]:
    """The budgets of the deployments with these ids."""
    rows: dict[int, dict[Any, BudgetLine]] = defaultdict(dict)
    query = find_budgets(as_of=when.as_of, known_on=when.known_on)
    for row in db.session.scalars(query.where(BudgetLine.deployment_id.in_(deployments))):
        rows[row.deployment_id][row.fund, row.basis] = row
    return {it: Budget(rows[it]) for it in deployments}


def budget_faults(new: Mapping[int, BudgetLine]) -> RowErrors:
    """What is wrong with new lines, by their place: for every door the same."""
    return blame(new, _faults)


def _faults(row: BudgetLine) -> Iterator[Fault]:
    yield from same_subject(row)
    yield from wrong_day(row.deployment.site, row, row.on, plan=True)
