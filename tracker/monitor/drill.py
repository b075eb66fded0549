"""Drill: from the country down to a deployment; each level has the same figures, which add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from flask_babel import gettext as _

from catalog.solutions import Solution
from common.db import db
from common.facts import When
from tracker.checklists.adherence import entries_of
from tracker.checklists.compliance import Entry, count
from tracker.coaching.agreements import Agreement, AgreementRecord, agreement_records
from tracker.coaching.agreements import find_agreements as agreed
from tracker.monitor.levels import Level, LevelKind, province_of
from tracker.monitor.packages import Facts, Package, facts_of
from tracker.rollout import DeploymentRecord, SiteRecord

COUNTRY = ("all", "전국", "All sites")


@dataclass(frozen=True)
class Drill:
    """A level and the levels right below it; where one deployment is shown, it has a site above."""

    level: Level
    parts: Sequence[Level]
    site: SiteRecord | None = None

    @property
    def province_key(self) -> str | None:
        """The province of the site above, for the way up."""
        return province_of(self.site) if self.site else None


@dataclass(frozen=True)
class Record:
    """Everything that the figures of levels are made of; a fixed number of statements."""

    when: When
    sites: Sequence[SiteRecord]
    facts: Facts
    agreements: Mapping[int, Sequence[AgreementRecord]]
    entries: Mapping[int, Sequence[Entry]]
    solution: Solution | None = None
    packages: dict[int, Package] = field(default_factory=dict)

    def works_of(self, site: SiteRecord) -> list[DeploymentRecord]:
        """The deployments of `site` that were asked for."""
        wish = self.solution
        return [it for it in site.deployments if wish is None or it.solution_id == wish.id]

    def package(self, site: SiteRecord, it: DeploymentRecord | None = None) -> Package:
        """`site` with the deployments that were asked for, or one of them, as a piece of work."""
        alone = len(site.deployments) <= 1
        chosen = self.works_of(site) if it is None else [it]
        if it is not None:
            return Package(
                self.facts, site, chosen, is_site=False, alone=alone, as_of=self.when.as_of
            )
        # Country and province ask for the same sites.
        if site.id not in self.packages:
            self.packages[site.id] = Package(
                self.facts, site, chosen, is_site=True, alone=alone, as_of=self.when.as_of
            )
        return self.packages[site.id]


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
        packages=[known.package(it) for it in sites],
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
        packages=[known.package(site, it)],
        agreements=[],
        items=count(known.entries.get(it.id, [])),
    )


def site_level(known: Record, site: SiteRecord) -> Level:
    """The figures of one site."""
    return level_of(known, [site], LevelKind.SITE, (site.slug, site.name_ko, site.name_en))


def nothing(kind: LevelKind, named: tuple[str, str, str]) -> Level:
    """A level of which nothing was known yet."""
    return Level(
        kind, *named, sites=[], deployments=[], packages=[], agreements=[], items=count([])
    )


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
    return Record(when, sites, facts_of(sites, when), agreements, entries, solution)


def _names(sites: Iterable[SiteRecord]) -> tuple[str, str]:
    code = next((it.code for it in sites if it.code), None)
    return (code.province_ko, code.province_en) if code else (_("unknown"), _("unknown"))
