"""Routes of the tracker: pages and their JSON twins."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload, selectinload

from common.api import Route
from common.dated import dated
from common.facts import today
from common.permissions import Can, allowed, requires
from common.resource import Resource, dates, mount
from common.web import asked, reply
from tracker import municipalities, rounds
from tracker.alerts.inbox import brief
from tracker.coaching.kinds import COACHING_KINDS
from tracker.coaching.log import (
    CoachingSession,
    SessionFilters,
    SessionSchema,
    find_sessions,
)
from tracker.coaching.promises import escalated
from tracker.coaching.readers import reads_all
from tracker.deployments import Deployment, DeploymentFilters, DeploymentSchema
from tracker.facets import (
    deployment_options,
    deployment_page,
    money_options,
    municipality_facts,
    municipality_page,
    round_facts,
    round_page,
    session_options,
    session_page,
    site_options,
    site_page,
)
from tracker.money.ledger import Money, MoneyFilters, MoneySchema, find_money
from tracker.money.rules import objections
from tracker.money.told import MoneyToldSchema
from tracker.monitor.compare import DashboardSchema, dashboard_of
from tracker.monitor.dashboard import findings
from tracker.monitor.narrowing import DashboardFilters
from tracker.municipalities import (
    Municipality,
    MunicipalityCode,
    MunicipalityCodeSchema,
    MunicipalityFilters,
    MunicipalitySchema,
    Population,
    PopulationSchema,
    WholeMunicipalitySchema,
    find_municipalities,
)
from tracker.opendata.places import deployment_place, site_place, town_place
from tracker.outcomes import facets as outcome_facets
from tracker.plan.kinds import PLAN_KINDS
from tracker.progress import (
    Progress,
    ProgressSchema,
    Quantity,
    QuantitySchema,
)
from tracker.quantity_rules import quantity_faults
from tracker.register.facets import UNIT_KINDS
from tracker.reports.reporting import reporting
from tracker.rollout import (
    WITH_TOWN,
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
    WholeRoundSchema,
    find_rounds,
)
from tracker.sites import Site, SiteFilters, SiteSchema
from tracker.state_rules import progress_faults
from tracker.told import (
    DeploymentToldSchema,
    SessionToldSchema,
    SiteToldSchema,
    WholeSiteSchema,
    session_records,
)

bp = Blueprint("tracker", __name__)


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
    place=site_place,
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
    place=deployment_place,
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
    place=town_place,
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
MONEY = Resource(
    one="amount",
    many="money",
    model=Money,
    schema=MoneySchema,
    filters=MoneyFilters,
    find=find_money,
    told=MoneyToldSchema,
    load=(joinedload(Money.site).options(*WITH_TOWN),),
    extras=money_options,
    alone=False,
    sorts={"key": Money.key, "on": Money.on, "amount_won": Money.amount_won},
    together=objections,
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
    Resource(
        one="quantity",
        many="quantities",
        model=Quantity,
        schema=QuantitySchema,
        together=quantity_faults,
    ),
    Resource(
        one="progress",
        many="progress",
        model=Progress,
        schema=ProgressSchema,
        together=progress_faults,
    ),
    MONEY,
    COACHING,
    *COACHING_KINDS,
    *PLAN_KINDS,
    *UNIT_KINDS,
    *outcome_facets.KINDS,
]

for it in KINDS:
    if it.find is not None:
        mount(bp, it)


@bp.get("/dashboard")
@requires(Can.READ)
@dated
def dashboard() -> ResponseReturnValue:
    """The figures of the round, of a province or of a site as of a date."""
    filters = asked(DashboardFilters())
    found = dashboard_of(filters)

    def beside() -> dict[str, Any]:
        late = escalated() if reads_all(g.who) else 0
        watches = allowed(Can.HANDLE_ALL_ALERTS)
        return {
            "findings": findings(found.figures),
            "reporting": reporting(track=filters["track"], **dates(filters)),
            "today": today(),
            "escalated": late,
            "alerts": brief(found.when, g.who, found.sites) if watches else None,
        }

    return reply("tracker/dashboard.html", DashboardSchema(), found, beside, asked=filters)


ROUTES = [
    Route(
        "get",
        "/dashboard",
        None,
        DashboardSchema,
        _l("The figures of a round"),
        DashboardFilters,
    ),
]
