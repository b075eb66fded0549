"""Pages for people only, without a JSON twin: home, map, search and the guide."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from catalog.grading.grades import Grade
from catalog.guidelines import find_guidelines
from catalog.solutions import find_solutions
from common.dated import dated
from common.db import db
from common.facts import When, WhenFilters
from common.permissions import Can, requires
from common.schema import line
from common.web import asked
from tracker.monitor.dashboard import figures
from tracker.monitor.maps import drawing
from tracker.monitor.performance import Lacking
from tracker.municipalities import find_municipalities
from tracker.rollout import WITH_TOWN, find_sites, site_records
from tracker.rounds import Round, Track
from tracker.states import State

bp = Blueprint("pages", __name__)

LATEST = 6


class SearchFilters(WhenFilters):
    """The words that are looked for."""

    q = line(load_default="")


@bp.get("/")
@requires(Can.READ)
@dated
def home() -> ResponseReturnValue:
    """What this is, where the round stands, and the way in for each reader."""
    asked_for = asked(WhenFilters())
    when = When.of(**asked_for)
    rows = db.session.scalars(find_sites(**asked_for).options(*WITH_TOWN)).all()
    records = site_records(rows, **asked_for)
    known = sorted(
        (fact for record in records for fact in record.progress),
        key=lambda fact: (fact.on, fact.id),
        reverse=True,
    )
    latest = [fact for fact in known if fact.precision == "day"][:LATEST]
    diffusion = db.session.scalar(select(Round).where(Round.track == Track.DIFFUSION))
    return render_template(
        "tracker/home.html",
        item=figures(records, when),
        drawing=drawing(records),
        latest=latest,
        round=diffusion,
    )


@bp.get("/search")
@requires(Can.READ)
@dated
def search() -> ResponseReturnValue:
    """Solutions, guidelines, sites and municipalities that answer to a word."""
    filters = asked(SearchFilters())
    q = filters["q"]
    found: dict[str, Any] = {}
    if q:
        found = {
            "solutions": db.session.scalars(find_solutions(q=q).limit(20)).all(),
            "guidelines": db.session.scalars(find_guidelines(q=q).limit(20)).all(),
            "sites": db.session.scalars(find_sites(**filters, track=None).limit(20)).all(),
            "municipalities": db.session.scalars(find_municipalities(q=q).limit(20)).all(),
        }
    return render_template("tracker/search.html", q=q, found=found)


@bp.get("/about")
@requires(Can.READ)
def about() -> ResponseReturnValue:
    """How to read this: the rules of the record, the marks, the grades and who may see what."""
    return render_template("tracker/about.html", grades=list(Grade), states=list(State))


@bp.get("/dashboard/methods")
@requires(Can.READ)
@dated
def methods() -> ResponseReturnValue:
    """How schedule and cost performance are worked out, with every formula."""
    asked(WhenFilters())
    return render_template("tracker/monitor/methods.html", reasons=list(Lacking))
