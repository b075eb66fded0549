"""Levels: country, provinces, sites and deployments, each with the same figures, which add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from statistics import median
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields

from catalog.solutions import Solution
from common.db import db
from common.facts import When
from common.locale import name_values
from common.schema import Choice, Schema
from tracker.checklists.adherence import entries_of
from tracker.checklists.compliance import Counts, Entry, count
from tracker.coaching.agreements import Agreement, AgreementRecord, agreement_records
from tracker.coaching.agreements import find_agreements as agreed
from tracker.money.ledger import Fund, MoneyStage
from tracker.monitor.performance import (
    Index,
    Lacking,
    Performance,
    Value,
    Values,
    Work,
    of_packages,
    unsplit,
    whole,
)
from tracker.plan.budgets import Budget, BudgetBasis, budgets_of, total
from tracker.plan.milestones import Basis, Dues, MilestoneKind, milestones_of
from tracker.progress import QuantityStage
from tracker.rollout import DeploymentRecord, SiteRecord, whole_months
from tracker.states import State

SOURCES = (Fund.NATIONAL, Fund.LOCAL, Fund.ALL)
STAGES = (MoneyStage.COMMITTED, MoneyStage.RECEIVED, MoneyStage.SPENT)
COUNTRY = ("all", "전국", "All sites")
# The milestone that counts as the end of the work, and the quantity that it is held against.
ENDS = (
    (MilestoneKind.ACCEPTED, QuantityStage.ACCEPTED),
    (MilestoneKind.INSTALLED, QuantityStage.INSTALLED),
)


class LevelKind(StrEnum):
    """What a level stands for."""

    COUNTRY = "country"
    PROVINCE = "province"
    SITE = "site"
    DEPLOYMENT = "deployment"


name_values(
    {
        LevelKind.COUNTRY: _l("All sites"),
        LevelKind.PROVINCE: _l("Province"),
        LevelKind.SITE: _l("Site"),
        LevelKind.DEPLOYMENT: _l("Deployment"),
    }
)


@dataclass(frozen=True)
class Level:
    """The figures of a level; None for unknown. Sums say of how many sites they are known."""

    kind: LevelKind
    key: str
    name_ko: str
    name_en: str
    sites: Sequence[SiteRecord]
    deployments: Sequence[DeploymentRecord]
    performance: Performance
    agreements: Sequence[AgreementRecord]
    items: Counts

    def money(self, fund: Fund, stage: MoneyStage) -> tuple[int | None, int]:
        """What the sites that told it reached, and how many told it."""
        told = [it.account.whole(fund, stage) for it in self.sites]
        return total(told), sum(it is not None for it in told)

    @property
    def province_key(self) -> str | None:
        """The province of its first site, for the way up."""
        return province_of(self.sites[0]) if self.sites else None

    @property
    def match_shortfall_won(self) -> int | None:
        """What local money lacks, where it is known."""
        return total(it.account.match_shortfall_won for it in self.sites)

    @property
    def months_to_start(self) -> list[int]:
        """Whole months from selection to the first sign of work, where one is on record."""
        begun = (State.STARTED.rank, State.WORKING.rank)
        found = []
        for it in self.sites:
            days = [fact.on for fact in it.progress if begun[0] <= fact.state.rank <= begun[1]]
            if days:
                found.append(whole_months(it.selected_on, min(days)))
        return sorted(found)

    @property
    def median_months_to_start(self) -> float | None:
        """The middle of them; None for none."""
        return median(self.months_to_start) if self.months_to_start else None

    @property
    def working(self) -> Index:
        """Working units of the installed ones, where both were counted."""
        pairs = [
            (working, installed)
            for it in self.deployments
            if (working := it.quantity(QuantityStage.WORKING)) is not None
            and (installed := it.quantity(QuantityStage.INSTALLED)) is not None
        ]
        return Index(sum(a for a, _b in pairs), sum(b for _a, b in pairs), len(pairs))

    @property
    def agreed_min(self) -> int | None:
        """Minutes of coaching agreed; None where nothing is agreed."""
        return sum(it.agreed_min for it in self.agreements) if self.agreements else None

    @property
    def given_min(self) -> int | None:
        """Minutes given of what is agreed."""
        return sum(it.given_min for it in self.agreements) if self.agreements else None

    def __getattr__(self, name: str) -> Any:
        if name in ("bac_won", "pv_won", "ev_won", "ac_won", "spi", "cpi", "schedule", "cost"):
            return getattr(self.performance, name)
        raise AttributeError(name)


def _money(fund: Fund, stage: MoneyStage) -> fields.Function:
    return fields.Function(lambda it: it.money(fund, stage)[0])


class LevelSchema(Schema):
    """The figures of a level as the API tells them."""

    kind = Choice(LevelKind)
    key = fields.String()
    name_ko = fields.String()
    name_en = fields.String()
    sites = fields.Function(lambda it: len(it.sites))
    deployments = fields.Function(lambda it: len(it.deployments))
    bac_won = fields.Integer()
    pv_won = fields.Integer()
    ev_won = fields.Integer()
    ac_won = fields.Integer()
    sv_won = fields.Integer(attribute="schedule.difference_won")
    cv_won = fields.Integer(attribute="cost.difference_won")
    spi = fields.Float()
    cpi = fields.Float()
    spi_known = fields.Integer(attribute="schedule.known")
    cpi_known = fields.Integer(attribute="cost.known")
    spi_unknown_because = Choice(Lacking, attribute="schedule.lacking")
    cpi_unknown_because = Choice(Lacking, attribute="cost.lacking")
    committed_won = _money(Fund.ALL, MoneyStage.COMMITTED)
    received_won = _money(Fund.ALL, MoneyStage.RECEIVED)
    spent_won = _money(Fund.ALL, MoneyStage.SPENT)
    match_shortfall_won = fields.Integer()
    median_months_to_start = fields.Float()
    working_qty = fields.Function(lambda it: it.working.part_won if it.working.known else None)
    counted_qty = fields.Function(lambda it: it.working.whole_won if it.working.known else None)
    agreed_min = fields.Integer()
    given_min = fields.Integer()
    items_applicable = fields.Integer(attribute="items.applicable")
    items_met = fields.Function(  # what nobody answered is unknown, not 0
        lambda it: None if it.items.met_share is None else it.items.meets
    )
    items_met_share = fields.Float(attribute="items.met_share")


@dataclass(frozen=True)
class Drill:
    """A level and the levels right below it."""

    level: Level
    parts: Sequence[Level]


@dataclass(frozen=True)
class Record:
    """Everything that the figures of levels are made of; a fixed number of statements."""

    when: When
    sites: Sequence[SiteRecord]
    works: Mapping[int, Work]
    agreements: Mapping[int, Sequence[AgreementRecord]]
    entries: Mapping[int, Sequence[Entry]]
    solution: Solution | None = None

    def works_of(self, site: SiteRecord) -> list[DeploymentRecord]:
        """The deployments of `site` that were asked for."""
        wish = self.solution
        return [it for it in site.deployments if wish is None or it.solution_id == wish.id]

    def of_site(self, site: SiteRecord) -> Values:
        """The values of a site: of its deployments, else of its committed money as one budget."""
        works = [self.works[it.id] for it in self.works_of(site)]
        spent = site.account.spent_won
        ac = Value(spent, Lacking.SPENDING if spent is None else None)
        if self.solution is not None and len(site.deployments) > 1:
            ac = Value(None, Lacking.SPLIT)
        if works and (self.solution is not None or all(it.budget_won is not None for it in works)):
            bac, pv, ev = (
                whole([getattr(it, name) for it in works])
                for name in ("budget", "planned", "earned")
            )
            return Values(bac, pv, ev, ac)
        agreed_won = site.account.committed_won
        return Values(Work(agreed_won, None, None, None).budget, *unsplit(agreed_won, works), ac)

    def of_deployment(self, site: SiteRecord, it: DeploymentRecord) -> Values:
        """The values of a deployment; spending is told by site, so that one of several has none."""
        work = self.works[it.id]
        if len(site.deployments) == 1:
            return self.of_site(site)
        return Values(work.budget, work.planned, work.earned, Value(None, Lacking.SPLIT))


def level_of(
    known: Record, sites: Sequence[SiteRecord], kind: LevelKind, named: tuple[str, str, str]
) -> Level:
    """The figures of `sites` together; `named`: key, name in Korean, name in English."""
    deployments = [it for site in sites for it in known.works_of(site)]
    return Level(
        kind,
        *named,
        sites=sites,
        deployments=deployments,
        performance=of_packages([known.of_site(it) for it in sites]),
        agreements=[row for it in sites for row in known.agreements.get(it.id, [])],
        items=count(entry for it in deployments for entry in known.entries.get(it.id, [])),
    )


def deployment_level(known: Record, site: SiteRecord, it: DeploymentRecord) -> Level:
    """The figures of one deployment; money and coaching are told by site."""
    return Level(
        LevelKind.DEPLOYMENT,
        it.slug,
        it.solution.name_ko,
        it.solution.name_en,
        sites=[],
        deployments=[it],
        performance=of_packages([known.of_deployment(site, it)]),
        agreements=[],
        items=count(known.entries.get(it.id, [])),
    )


def site_level(known: Record, site: SiteRecord) -> Level:
    """The figures of one site."""
    return level_of(known, [site], LevelKind.SITE, (site.slug, site.name_ko, site.name_en))


def province_of(site: Any) -> str:
    """The key of the province: the first two digits of the newest code of the municipality.

    It stays the same whatever day is asked about; the name is the one that held on that day.
    """
    codes = sorted(site.municipality.codes, key=lambda it: it.valid_from or date.min)
    return str(codes[-1].code[:2]) if codes else "unknown"


def drill(known: Record, province: str | None = None, site: SiteRecord | None = None) -> Drill:
    """The country by provinces, a province by sites, or a site by its deployments."""
    if site is not None:
        level = site_level(known, site)
        return Drill(level, [deployment_level(known, site, it) for it in known.works_of(site)])
    if province is not None:
        sites = [it for it in known.sites if province_of(it) == province]
        level = level_of(known, sites, LevelKind.PROVINCE, (province, *_names(sites)))
        return Drill(level, [site_level(known, it) for it in sites])
    groups = groupby(sorted(known.sites, key=province_of), key=province_of)
    split = [(key, list(rows)) for key, rows in groups]
    parts = [level_of(known, rows, LevelKind.PROVINCE, (key, *_names(rows))) for key, rows in split]
    return Drill(level_of(known, known.sites, LevelKind.COUNTRY, COUNTRY), parts)


def record_of(sites: Sequence[SiteRecord], when: When, solution: Solution | None = None) -> Record:
    """What is known of `sites` for the figures of their levels."""
    deployments = [it for site in sites for it in site.deployments]
    ids = [it.id for it in deployments]
    budgets, dues = budgets_of(ids, when), milestones_of(ids, when)
    rows = db.session.scalars(
        agreed(as_of=when.as_of, known_on=when.known_on).where(
            Agreement.site_id.in_([it.id for it in sites])
        )
    ).all()
    agreements: dict[int, list[AgreementRecord]] = {}
    for row in agreement_records(rows, when.as_of, when.known_on):
        agreements.setdefault(row.site_id, []).append(row)
    entries: dict[int, list[Entry]] = {}
    for entry in entries_of([it.deployment for it in deployments], when):
        entries.setdefault(entry.deployment.id, []).append(entry)
    works = {it.id: work_of(it, budgets[it.id], dues.get(it.id, {}), when) for it in deployments}
    return Record(when, sites, works, agreements, entries, solution)


def work_of(
    it: DeploymentRecord, budget: Budget, dues: Mapping[MilestoneKind, Dues], when: When
) -> Work:
    """A deployment as a piece of work, by its first plan: revising a plan is no progress."""
    first = [row.amount_won for (_f, on), row in budget.rows.items() if on is BudgetBasis.PLANNED]
    kind, stage = next((end for end in ENDS if Basis.BASELINE in dues.get(end[0], {})), ENDS[1])
    plan = dues.get(kind, {}).get(Basis.BASELINE)
    return Work(
        total(first),
        plan.due <= when.as_of if plan else None,
        it.quantity(QuantityStage.PLANNED),
        it.quantity(stage),
    )


def _names(sites: Iterable[SiteRecord]) -> tuple[str, str]:
    code = next((it.code for it in sites if it.code), None)
    return (code.province_ko, code.province_en) if code else (_("unknown"), _("unknown"))
