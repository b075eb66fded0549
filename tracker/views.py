"""Routes of the tracker: pages and their JSON twins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload, selectinload

from common.api import Route
from common.db import db
from common.facts import When, WhenFilters, latest, today
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import Resource, dates, mount, one_of
from common.rows import geojson
from common.web import Refused, asked, for_machine, read, reply, saved
from tracker import municipalities, outcome_facets, rounds
from tracker.boundaries import boundaries
from tracker.coaching import (
    CoachingSession,
    SessionFilters,
    SessionSchema,
    find_sessions,
)
from tracker.dashboard import FiguresSchema, figures, findings
from tracker.deployments import Deployment, DeploymentFilters, DeploymentSchema
from tracker.facets import (
    deployment_options,
    deployment_page,
    session_options,
    session_page,
    site_options,
    site_page,
)
from tracker.ledger import Money, MoneySchema
from tracker.maps import boundary_of
from tracker.municipalities import (
    Municipality,
    MunicipalityCode,
    MunicipalityCodeSchema,
    MunicipalityFilters,
    MunicipalitySchema,
    Population,
    PopulationSchema,
    WholeMunicipalitySchema,
    codes_on,
    find_municipalities,
)
from tracker.progress import (
    Progress,
    ProgressSchema,
    Quantity,
    QuantityReportSchema,
    QuantitySchema,
    report_quantity,
)
from tracker.rollout import (
    SiteRecord,
    deployment_records,
    find_deployments,
    find_sites,
    site_records,
)
from tracker.rounds import (
    Round,
    RoundFilters,
    RoundSchema,
    RoundStep,
    RoundStepSchema,
    Track,
    WholeRoundSchema,
    find_rounds,
)
from tracker.sites import Site, SiteFilters, SiteSchema, TrackOrAny, may_report
from tracker.told import (
    DeploymentToldSchema,
    SessionToldSchema,
    SiteToldSchema,
    WholeSiteSchema,
    session_records,
)

bp = Blueprint("tracker", __name__)


def round_facts(rounds: list[Round], _filters: Mapping[str, Any]) -> dict[str, Any]:
    """How many sites were selected in each of `rounds`."""
    ids = [it.id for it in rounds]
    counts = select(Site.round_id, func.count()).where(Site.round_id.in_(ids))
    return {"selected": dict(db.session.execute(counts.group_by(Site.round_id)).all())}


def round_page(it: Round) -> dict[str, Any]:
    """What only the page of a round shows: its sites, and the tracks of its year."""
    return {
        "sites": sites_where(Site.round_id == it.id),
        "tracks": db.session.scalars(find_rounds(year=it.year)).all(),
    }


def municipality_facts(towns: list[Municipality], _filters: Mapping[str, Any]) -> dict[str, Any]:
    """Today's code, newest population and sites of each of `towns`, by its id."""
    ids = [town.id for town in towns]
    newest = latest(Population, (Population.municipality_id,), When.of())
    people = db.session.scalars(newest.where(Population.municipality_id.in_(ids)))
    codes = db.session.scalars(codes_on(today()).where(MunicipalityCode.municipality_id.in_(ids)))
    sites = db.session.scalars(find_sites(track=None).where(Site.municipality_id.in_(ids)))
    by_town: dict[int, list[Site]] = {town: [] for town in ids}
    for site in sites:
        by_town[site.municipality_id].append(site)
    return {
        "people": {row.municipality_id: row for row in people},
        "codes": {row.municipality_id: row for row in codes},
        "sites": by_town,
    }


def municipality_page(town: Municipality) -> dict[str, Any]:
    """What only the page of a municipality shows: its sites in all rounds."""
    return {"sites": sites_where(Site.municipality_id == town.id)}


def sites_where(rule: ColumnElement[bool]) -> list[SiteRecord]:
    """What is known today of the sites that `rule` picks, whatever their track."""
    rows = db.session.scalars(find_sites(track=None).where(rule).options(*WITH_TOWN))
    return site_records(rows.all())


WITH_TOWN = (
    joinedload(Site.municipality).selectinload(Municipality.codes),
    joinedload(Site.municipality).joinedload(Municipality.organisation),
)
SITES = Resource(
    one="site",
    many="sites",
    model=Site,
    schema=SiteSchema,
    filters=SiteFilters,
    find=find_sites,
    tell=site_records,
    told=SiteToldSchema,
    whole=WholeSiteSchema,
    load=WITH_TOWN,
    load_whole=(
        joinedload(Site.municipality).selectinload(Municipality.populations),
        joinedload(Site.round).selectinload(Round.steps),
    ),
    extras=site_options,
    page_extras=site_page,
    sorts={"slug": Site.slug, "selected_on": Site.selected_on},
    place=boundary_of,
)
DEPLOYMENTS = Resource(
    one="deployment",
    many="deployments",
    model=Deployment,
    schema=DeploymentSchema,
    filters=DeploymentFilters,
    find=find_deployments,
    tell=deployment_records,
    told=DeploymentToldSchema,
    extras=deployment_options,
    page_extras=deployment_page,
    sorts={"slug": Deployment.slug},
)
COACHING = Resource(
    one="session",
    many="coaching",
    model=CoachingSession,
    schema=SessionSchema,
    filters=SessionFilters,
    find=find_sessions,
    tell=session_records,
    told=SessionToldSchema,
    load_whole=(selectinload(CoachingSession.revisions),),
    extras=session_options,
    page_extras=session_page,
    sorts={"slug": CoachingSession.slug, "held_on": CoachingSession.held_on},
)
MUNICIPALITIES = Resource(
    one="municipality",
    many="municipalities",
    model=Municipality,
    schema=MunicipalitySchema,
    filters=MunicipalityFilters,
    find=find_municipalities,
    as_they_stood=municipalities.as_they_stood,
    whole=WholeMunicipalitySchema,
    load=(selectinload(Municipality.codes), selectinload(Municipality.populations)),
    extras=municipality_facts,
    page_extras=municipality_page,
    sorts={"slug": Municipality.slug},
)
ROUNDS = Resource(
    one="round",
    many="rounds",
    model=Round,
    schema=RoundSchema,
    filters=RoundFilters,
    find=find_rounds,
    as_they_stood=rounds.as_they_stood,
    whole=WholeRoundSchema,
    load=(selectinload(Round.steps),),
    extras=round_facts,
    page_extras=round_page,
    sorts={"slug": Round.slug},
)

# In the order in which they are loaded: what is pointed to comes first.
KINDS = [
    MUNICIPALITIES,
    Resource(
        one="municipality-code",
        many="municipality-codes",
        model=MunicipalityCode,
        schema=MunicipalityCodeSchema,
    ),
    Resource(one="population", many="populations", model=Population, schema=PopulationSchema),
    ROUNDS,
    Resource(one="round-step", many="round-steps", model=RoundStep, schema=RoundStepSchema),
    SITES,
    DEPLOYMENTS,
    Resource(one="quantity", many="quantities", model=Quantity, schema=QuantitySchema),
    Resource(one="progress", many="progress", model=Progress, schema=ProgressSchema),
    Resource(one="money", many="money", model=Money, schema=MoneySchema),
    COACHING,
    *outcome_facets.KINDS,
]

for it in KINDS:
    if it.find is not None:
        mount(bp, it)


@bp.get("/map.geojson")
@requires(Can.READ)
def map_file() -> ResponseReturnValue:
    """The map's sites as GeoJSON, the same as `/sites.geojson`."""
    filters = asked(SiteFilters())
    rows = db.session.scalars(find_sites(**filters).options(*WITH_TOWN)).all()
    return geojson("map", SiteToldSchema(), site_records(rows, **dates(filters)), boundary_of)


@bp.get("/map/boundaries.json")
@requires(Can.READ)
def land() -> Response:
    """Boundaries of all municipalities and provinces; the browser may keep them."""
    known = boundaries()
    packed = bool(request.accept_encodings["gzip"])
    answer = Response(known.packed if packed else known.plain, mimetype="application/json")
    if packed:
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.set_etag(known.etag + "z" * packed)
    answer.cache_control.max_age = 86400
    return answer.make_conditional(request)  # type: ignore[return-value]


class DashboardFilters(WhenFilters):
    """What the dashboard can be narrowed to."""

    track = TrackOrAny(Track, load_default=Track.DIFFUSION, metadata={"label": _l("Track")})


@bp.get("/dashboard")
@requires(Can.READ)
def dashboard() -> ResponseReturnValue:
    """The figures of the round as of a date."""
    filters = asked(DashboardFilters())
    rows = db.session.scalars(find_sites(**filters).options(*WITH_TOWN)).all()
    records = site_records(rows, **dates(filters))
    found = figures(records, When.of(**dates(filters)))
    page = {"findings": findings(found), "today": today()}
    return reply("tracker/dashboard.html", FiguresSchema(), found, asked=filters, **page)


@bp.post("/deployments/<slug>/quantities")
@requires(Can.REPORT_QUANTITY)
@once
def add_quantity(slug: str) -> ResponseReturnValue:
    """Report a quantity of one's own site: a new dated fact."""
    record = one_of(DEPLOYMENTS, slug)
    if not may_report(g.who, record.site):
        refuse()
    try:
        values = read(QuantityReportSchema())
    except Refused as refused:
        if for_machine():
            raise
        kept = {"idempotency_key": request.form.get("idempotency_key", "")}
        page = deployment_page(record) | {
            "given": dict(refused.given) | kept,
            "errors": refused.errors,
        }
        return render_template(
            "tracker/deployment.html", item=record, it=DEPLOYMENTS, asked={}, **page
        ), 422
    fact = report_quantity(record.deployment, values, g.who)
    flash(_("Your report is saved. It shows from now on, with its day and your organisation."))
    # The form's address ends in the form; what is said after saving stands at the top.
    where = url_for(".deployment", slug=slug, _anchor=None if for_machine() else "top")
    return saved(QuantitySchema(), fact, where, new=True)


ROUTES = [
    Route(
        "get",
        "/dashboard",
        None,
        FiguresSchema,
        _l("The figures of a round"),
        DashboardFilters,
    ),
    Route("get", "/map.geojson", None, SiteToldSchema, _l("The sites of the map"), SiteFilters),
    Route(
        "post",
        "/deployments/{slug}/quantities",
        QuantityReportSchema,
        QuantitySchema,
        _l("Report a quantity of one's own site"),
    ),
]
