"""Narrowing: what the dashboard is asked for, and the sites and the level that answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from catalog.solutions import Solution
from common.db import db
from common.facts import When, WhenFilters
from common.schema import Ref
from tracker.deployments import Deployment
from tracker.monitor.drill import Drill, deployment_level, drill, nothing, record_of
from tracker.monitor.levels import LevelKind, province_key, province_of
from tracker.municipalities import Municipality
from tracker.rollout import WITH_TOWN, SiteRecord, find_sites, site_records
from tracker.rounds import Track
from tracker.sites import Site, TrackOrAny


class Province(fields.String):
    """The key of a province in which a municipality of the record lies."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        key = str(super()._deserialize(value, *args, **kwargs))
        towns = select(Municipality).options(selectinload(Municipality.codes))
        if key not in {province_key(it) for it in db.session.scalars(towns)}:
            raise ValidationError(
                _(
                    "No municipality here lies in a province with this key. Choose the province "
                    "on the dashboard; its address then names it."
                )
            )
        return key


class DashboardFilters(WhenFilters):
    """What the dashboard can be narrowed to, and the day that it is compared with."""

    track = TrackOrAny(Track, load_default=Track.DIFFUSION, metadata={"label": _l("Track")})
    solution = Ref(Solution, load_default=None, metadata={"label": _l("Solution")})
    province = Province(load_default=None, metadata={"label": _l("Province")})
    site = Ref(Site, load_default=None, metadata={"label": _l("Site")})
    deployment = Ref(Deployment, load_default=None, metadata={"label": _l("Deployment")})
    against = fields.Date(load_default=None, metadata={"label": _l("Compare with the day")})

    @validates_schema
    def lies_where_it_is_said_to(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A deployment is one of its site and its solution, a site one of its province."""
        it, site = values.get("deployment"), values.get("site")
        if it and site and it.site_id != site.id:
            raise ValidationError(
                _("This deployment belongs to another site; leave out one of the two."),
                "deployment",
            )
        if it and values.get("solution") and it.solution_id != values["solution"].id:
            raise ValidationError(
                _("This deployment is one of another solution; leave out one of the two."),
                "deployment",
            )
        site = site or (it.site if it else None)
        if site and values.get("province") and province_of(site) != values["province"]:
            raise ValidationError(
                _("This site lies in another province; leave out one of the two."), "site"
            )


def chosen(asked: Mapping[str, Any], when: When) -> list[SiteRecord]:
    """What is known by `when` of the sites that are asked for."""
    site, province = asked_site(asked), asked["province"]
    query = find_sites(
        track=None if site else asked["track"],
        solution=asked["solution"],
        as_of=when.as_of,
        known_on=when.known_on,
    )
    if site:
        query = query.where(Site.id == site.id)
    rows = db.session.scalars(query.options(*WITH_TOWN)).all()
    if province:
        rows = [it for it in rows if province_of(it) == province]
    return site_records(rows, when.as_of, when.known_on)


def asked_site(asked: Mapping[str, Any]) -> Site | None:
    """The site that is asked for, by itself or by one of its deployments."""
    it = asked["deployment"]
    site: Site | None = it.site if it else asked["site"]
    return site


def level(records: Sequence[SiteRecord], when: When, asked: Mapping[str, Any]) -> Drill:
    """The level that is asked for, of the sites in `records`."""
    known = record_of(records, when, asked["solution"])
    site, deployment = asked_site(asked), asked["deployment"]
    if deployment is not None:
        found = [it for site in records for it in site.deployments if it.id == deployment.id]
        if not found:
            names = deployment.slug, deployment.solution.name_ko, deployment.solution.name_en
            return Drill(nothing(LevelKind.DEPLOYMENT, names), [])
        return Drill(deployment_level(known, records[0], found[0]), [], records[0])
    if site is not None and not records:
        return Drill(nothing(LevelKind.SITE, (site.slug, site.name_ko, site.name_en)), [])
    return drill(known, asked["province"], records[0] if site else None)
