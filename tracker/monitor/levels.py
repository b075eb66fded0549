"""Levels: country, province, site and deployment, and the figures that each of them has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from statistics import median
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from common.locale import name_values
from common.schema import Choice, Schema
from tracker.checklists.compliance import Counts
from tracker.coaching.agreements import AgreementRecord
from tracker.money.ledger import Fund, MoneyStage
from tracker.monitor.earned_schedule import EarnedSchedule
from tracker.monitor.in_time import in_time
from tracker.monitor.packages import Package
from tracker.monitor.performance import Index, Lacking, Performance, of_packages
from tracker.municipalities import Municipality
from tracker.plan.budgets import total
from tracker.progress import QuantityStage
from tracker.rollout import DeploymentRecord, SiteRecord, whole_months
from tracker.states import State


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
    packages: Sequence[Package]
    agreements: Sequence[AgreementRecord]
    items: Counts

    @cached_property
    def performance(self) -> Performance:
        """Its values and indices, its packages together."""
        return of_packages([it.now for it in self.packages])

    @cached_property
    def in_time(self) -> EarnedSchedule:
        """How far it is in months of the plan."""
        return in_time(self.packages)

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
    es_months = fields.Float(attribute="in_time.es_months")
    at_months = fields.Float(attribute="in_time.at_months")
    sv_t_months = fields.Float(attribute="in_time.sv_months")
    spi_t = fields.Float(attribute="in_time.spi_t")
    spi_t_known = fields.Integer(attribute="in_time.known")
    spi_t_unknown_because = Choice(Lacking, attribute="in_time.lacking")
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


def province_of(site: Any) -> str:
    """The key of the province of a site."""
    return province_key(site.municipality)


def province_key(town: Municipality) -> str:
    """The key of the province: the first two digits of the newest code of the municipality.

    It stays the same whatever day is asked about; the name is the one that held on that day.
    """
    codes = sorted(town.codes, key=lambda it: it.valid_from or date.min)
    return str(codes[-1].code[:2]) if codes else "unknown"
