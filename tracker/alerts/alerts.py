"""Alerts: what a rule found as of a day, with the facts behind it, its owner and the next act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from marshmallow import fields

from accounts.organisations import Organisation
from common.facts import When
from common.schema import Choice, Ref, Schema
from tracker.alerts.rules import RULES, Rule, RuleName
from tracker.rollout import SiteRecord
from tracker.sites import Site


@dataclass(frozen=True)
class Ground:
    """What all rules stand on: the sites as of a day, and who answers for the catalog."""

    when: When
    sites: Sequence[SiteRecord]
    ministry: Organisation | None

    @cached_property
    def by_deployment(self) -> dict[int, tuple[SiteRecord, Any]]:
        """Each deployment under way with its site, by the deployment's id."""
        return {it.id: (site, it) for site in self.sites for it in site.deployments}


@dataclass(frozen=True)
class Known:
    """A fact behind an alert: what, how much in which unit, of which day, and where it stands."""

    what: str
    value: Any
    unit: str = ""
    on: date | None = None
    path: str = ""
    dated: bool = True  # whether the page at `path` takes the two dates
    precision: str = "day"  # how exactly `on` is known


class KnownSchema(Schema):
    """A fact behind an alert, as files and the API tell it."""

    what = fields.String()
    value = fields.Raw()
    unit = fields.String()
    on = fields.Date()
    precision = fields.String()
    path = fields.String()


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something that a rule found about a site, or about an entry of the catalog."""

    name: RuleName
    subject: str
    title: str
    says: str
    owner: Organisation
    act: str
    act_path: str
    facts: tuple[Known, ...]
    since: date | None = None
    by: date | None = None  # the day to act by, where there is one
    measure: float | None = None
    unit: str = ""
    record: SiteRecord | None = None

    @property
    def key(self) -> str:
        """What names it in addresses: the rule and what it is about."""
        return f"{self.name}:{self.subject}"

    @property
    def day(self) -> date | None:
        """The day that it stands for in calendars: the one to act by, else since when it is so."""
        return self.by or self.since

    @property
    def catalog(self) -> bool:
        """Whether it is about the catalog, and so no site's."""
        return self.record is None

    @property
    def rule(self) -> Rule:
        """The rule that gave it."""
        return RULES[self.name]

    @property
    def site(self) -> Site | None:
        """The site that it is about; None for an entry of the catalog."""
        return self.record.site if self.record else None


class AlertSchema(Schema):
    """The part of an alert that everybody who sees it is told."""

    key = fields.String()
    rule = Choice(RuleName, attribute="name")
    rule_version = fields.Integer(attribute="rule.version")
    site = Ref(Site)
    subject = fields.String()
    title = fields.String()
    says = fields.String()
    since = fields.Date()
    measure = fields.Float()
    unit = fields.String()
    owner = Ref(Organisation)
    next_act = fields.String(attribute="act")
    next_act_path = fields.String(attribute="act_path")
