"""Routes of the handover pack of a site or a host: a page to print, PDF and HWPX."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from accounts.organisations import Organisation
from common.api import Route
from common.dated import dated
from common.db import db
from common.facts import When, WhenFilters
from common.papers import PAPER_TYPES, taken_away
from common.permissions import Can, refuse, requires
from common.resource import dates, one_of
from common.web import asked, for_machine
from tracker.coaching.handover import (
    Handover,
    host_handover,
    predecessor_left,
    site_handover,
)
from tracker.coaching.persons import note_read
from tracker.coaching.readers import reads_all
from tracker.views import SITES, bp

KINDS = ",".join(PAPER_TYPES)


class HandoverFilters(WhenFilters):
    """As of which day the pack is, and since when it tells changes."""

    since = fields.Date(load_default=None, metadata={"label": _l("Changes since")})


@bp.get("/sites/<slug>/handover")
@requires(Can.HAVE_ACCOUNT)
@dated
def site_pack(slug: str) -> ResponseReturnValue:
    """The handover pack of a site, for its own officers and the ministry."""
    return shown(of_site(slug), "site_pack_file", slug)


@bp.get(f"/sites/<slug>/handover.<any({KINDS}):kind>")
@requires(Can.HAVE_ACCOUNT)
@dated
def site_pack_file(slug: str, kind: str) -> ResponseReturnValue:
    """The same pack as PDF or HWPX."""
    return taken(kind, f"handover-{slug}", of_site(slug))


@bp.get("/organisations/<slug>/handover")
@requires(Can.HAVE_ACCOUNT)
@dated
def host_pack(slug: str) -> ResponseReturnValue:
    """The handover pack of a host, for its own people and the ministry."""
    return shown(of_host(slug), "host_pack_file", slug)


@bp.get(f"/organisations/<slug>/handover.<any({KINDS}):kind>")
@requires(Can.HAVE_ACCOUNT)
@dated
def host_pack_file(slug: str, kind: str) -> ResponseReturnValue:
    """The same pack as PDF or HWPX."""
    return taken(kind, f"handover-{slug}", of_host(slug))


def of_site(slug: str) -> Handover:
    """The pack of the site that `slug` names. Raises NotFound and Forbidden."""
    filters = asked(HandoverFilters())
    record = one_of(SITES, slug, **dates(filters))
    owner = record.municipality.organisation
    return site_handover(record, g.who, since(filters, owner))


def of_host(slug: str) -> Handover:
    """The pack of the organisation that `slug` names. Raises NotFound and Forbidden."""
    filters = asked(HandoverFilters())
    named = select(Organisation).where(Organisation.slug == slug)
    host = db.session.scalar(named) if slug.isprintable() else None
    if host is None:
        raise NotFound(_("There is no “%(slug)s” here. Look for it in the list.", slug=slug))
    begin = since(filters, host)
    return host_handover(host, g.who, begin, When.of(**dates(filters)))


def since(filters: dict[str, Any], owner: Organisation) -> datetime | date | None:
    """Since when changes are told. Raises Forbidden for who does not belong to `owner`."""
    if g.who.organisation_id != owner.id and not reads_all(g.who):
        refuse()
    return filters["since"] or predecessor_left(g.who, owner)


def shown(pack: Handover, files: str, slug: str) -> ResponseReturnValue:
    """The pack as a page; the look at its names is put on record."""
    if for_machine():
        raise NotFound(_("Handover packs are papers: take handover.pdf or handover.hwpx."))
    note_read(g.who, request.path, pack.persons)
    asked_for: dict[str, Any] = {name: it for name, it in request.args.items() if name != "lang"}
    links = [
        (it.upper(), url_for(f".{files}", slug=slug, kind=it, **asked_for)) for it in PAPER_TYPES
    ]
    return render_template("tracker/coaching/handover.html", pack=pack, files=links)


def taken(kind: str, name: str, pack: Handover) -> Response:
    """The pack as a file; the look at its names is put on record."""
    answer = taken_away(kind, name, pack.paper)
    note_read(g.who, request.path, pack.persons)
    return answer


ROUTES = [
    Route("get", f"/{whose}/{{slug}}/handover.{{kind}}", None, None, title, HandoverFilters)
    for whose, title in (
        ("sites", _l("The handover pack of a site")),
        ("organisations", _l("The handover pack of a host")),
    )
]
