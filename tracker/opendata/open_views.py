"""Routes of open data: downloads, columns, the catalogue of data, and sites in plain words."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

import catalog.views
from common.dated import dated
from common.db import db
from common.facts import When, WhenFilters, today
from common.permissions import Can, requires
from common.resource import Resource, dates, one_of
from common.schema import Schema, line
from common.web import asked
from tracker import views
from tracker.checklists import check_views
from tracker.checklists.compliance_views import COMPLIANCE
from tracker.opendata.columns import columns_of
from tracker.opendata.dcat import catalogue, published
from tracker.opendata.lists import names_of
from tracker.opendata.plain import how_far, how_many, ministry
from tracker.pages import bp
from tracker.rollout import WITH_TOWN, find_sites, site_records


class NearFilters(WhenFilters):
    """Where somebody looks for what is being built."""

    q = line(label=_l("Search"), load_default=None)


def lists() -> dict[str, list[Resource]]:
    """All published lists by half."""
    kinds = {"catalog": catalog.views.KINDS, "tracker": [*views.KINDS, *check_views.KINDS]}
    found = {half: [it for it in known if it.find] for half, known in kinds.items()}
    found["tracker"].append(COMPLIANCE)
    return found


@bp.get("/downloads")
@requires(Can.READ)
def downloads() -> ResponseReturnValue:
    """Everything that can be taken away, in one place."""
    asked(Schema())
    return render_template("catalog/downloads.html", lists=lists(), names_of=names_of)


@bp.get("/data/columns")
@requires(Can.READ)
def columns() -> ResponseReturnValue:
    """What each column of each list means, of which type and in which unit it is."""
    asked(Schema())
    found = {it.many: columns_of(it) for half in lists().values() for it in half}
    return render_template("opendata/columns.html", lists=found, names_of=names_of)


@bp.get("/catalog.jsonld")
@requires(Can.READ)
@dated
def catalog_document() -> ResponseReturnValue:
    """All that can be taken away, as other catalogues of data read it."""
    when = When.of(**asked(WhenFilters()))
    known = [
        (it, url_for(f"{half}.{it.many}", _external=True, as_of=None, known_on=None))
        for half, own in lists().items()
        for it in own
    ]
    kinds = [*catalog.views.KINDS, *views.KINDS, *check_views.KINDS]
    home = request.url_root.rstrip("/")
    told = catalogue(home, published(known, kinds, when))
    answer = Response(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    answer.mimetype = "application/ld+json"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@bp.get("/near")
@requires(Can.READ)
@dated
def near() -> ResponseReturnValue:
    """What is being built near somebody: a name to type, and all sites to choose from."""
    filters = asked(NearFilters())
    rows = db.session.scalars(find_sites(track=None, **filters).options(*WITH_TOWN)).all()
    records = site_records(rows, **dates(filters))
    return render_template(
        "opendata/near.html", records=records, asked=filters, how_far=how_far, today=today()
    )


@bp.get("/sites/<slug>/plain")
@requires(Can.READ)
@dated
def plain(slug: str) -> ResponseReturnValue:
    """A site in plain words: what, how many, how far, since when, how much, whom to ask."""
    when: dict[str, Any] = asked(WhenFilters())
    return render_template(
        "opendata/plain.html",
        item=one_of(views.SITES, slug, **when),
        how_far=how_far,
        how_many=how_many,
        ministry=db.session.scalar(ministry()),
        today=today(),
    )
