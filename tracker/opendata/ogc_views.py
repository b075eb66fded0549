"""Routes of OGC API - Features: what QGIS, GDAL and other programs for maps open as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, ParamSpec

from flask import Response, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError
from werkzeug.exceptions import NotFound

from common.dated import DATES, dated
from common.facts import When, today
from common.permissions import Can, requires
from common.resource import dates
from common.schema import Schema
from common.web import Refused, problem
from tracker.opendata import documents
from tracker.opendata.asking import AboutAsked, ItemsAsked, OneAsked
from tracker.opendata.collections import COLLECTIONS, Collection, extent_of, one_of, page_of
from tracker.opendata.documents import GEOJSON, HTML, JSON, OPENAPI, Root
from tracker.opendata.openapi import openapi
from tracker.pages import bp

P = ParamSpec("P")
KEPT = (*DATES, "lang", "f")
PAGES = {"sites": "tracker.site", "deployments": "tracker.deployment", "units": "tracker.unit"}


def ogc(view: Callable[P, ResponseReturnValue]) -> Callable[P, Response]:
    """A view of the API: refuses with 400 or 404 and words, and may be read from any page."""

    @wraps(view)
    def answered(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            answer = make_response(view(*args, **kwargs))
        except Refused as refused:
            answer = refuse(400, "InvalidParameterValue", dict(in_words(refused.errors)))
        except NotFound as unknown:
            answer = refuse(404, "NotFound", {"": str(unknown.description)})
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.vary.add("Accept")
        return answer

    return answered


def refuse(status: int, code: str, errors: Mapping[str, str]) -> Response:
    """The refusal, as a page to a browser."""
    if wants_page(request.args.get("f")):
        title = _("Some of this can't be taken; the list says what to change.")
        return make_response(problem(status, errors.get("") or title, errors))
    sentences = [f"{name}: {it}" if name else it for name, it in errors.items()]
    answer = jsonify(documents.refusal(code, sentences))
    answer.status_code = status
    return answer


def in_words(errors: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The name of each wrong parameter, with what to do."""
    for name, sentences in errors.items():
        yield name, " ".join(map(str, sentences))


def asked(schema: Schema) -> dict[str, Any]:
    """What the address asks for, checked: an unknown parameter is refused like a wrong one."""
    given = {name: values for name, values in request.args.lists() if any(values)}
    twice = {name: [_("Give this once.")] for name, values in given.items() if len(values) > 1}
    if twice:
        raise Refused(twice, given)
    try:
        checked: dict[str, Any] = schema.load({name: it[0] for name, it in given.items()})
    except ValidationError as error:
        raise Refused(error.messages_dict, given) from None
    return checked


def wants_page(form: str | None) -> bool:
    """Whether people ask: they say so in the address, or their browser does in `Accept`."""
    best = request.accept_mimetypes.best_match([JSON, GEOJSON, HTML], default=JSON)
    return form == "html" or (form is None and best == HTML)


def root() -> Root:
    """Where the API stands, as whoever asks sees it."""
    kept = {name: it for name in KEPT if (it := request.args.get(name)) and name != "f"}
    return Root(request.url_root.rstrip("/") + "/ogc", kept)


def named(name: str) -> Collection:
    """The collection `name`. Raises NotFound with the way on."""
    if name not in COLLECTIONS:
        raise NotFound(_("There is no such collection; see /ogc/collections."))
    return COLLECTIONS[name]


@bp.get("/ogc", strict_slashes=False)
@requires(Can.READ)
@dated
@ogc
def ogc_landing() -> ResponseReturnValue:
    """The first page of the API."""
    asked_for = asked(AboutAsked())
    document = documents.landing(root(), url_for("pages.columns", _external=True))
    if not wants_page(asked_for["f"]):
        return jsonify(document)
    return render_template(
        "opendata/ogc.html",
        item=document,
        kinds=COLLECTIONS.values(),
        address=root().address,
        conforms=documents.CONFORMS_TO,
    )


@bp.get("/ogc/conformance")
@requires(Can.READ)
@ogc
def ogc_conformance() -> ResponseReturnValue:
    """Which parts of the standard hold here."""
    asked(OneAsked())
    return jsonify(documents.conformance())


@bp.get("/ogc/api")
@requires(Can.READ)
@ogc
def ogc_api() -> ResponseReturnValue:
    """The API's own description."""
    asked(OneAsked())
    answer = jsonify(openapi(root().address))
    answer.content_type = OPENAPI
    return answer


@bp.get("/ogc/collections")
@requires(Can.READ)
@dated
@ogc
def ogc_collections() -> ResponseReturnValue:
    """All collections, with their extents as of a date."""
    asked_for = asked(AboutAsked())
    when = When.of(**dates(asked_for))
    extents = {it: extent_of(it, when) for it in COLLECTIONS.values()}
    if not wants_page(asked_for["f"]):
        return jsonify(documents.collections(root(), extents))
    return render_template("opendata/ogc_collections.html", extents=extents, today=today())


@bp.get("/ogc/collections/<name>")
@requires(Can.READ)
@dated
@ogc
def ogc_collection(name: str) -> ResponseReturnValue:
    """One collection."""
    it, asked_for = named(name), asked(AboutAsked())
    when = When.of(**dates(asked_for))
    extent = extent_of(it, when)
    if not wants_page(asked_for["f"]):
        return jsonify(documents.collection(root(), it, extent))
    return render_template(
        "opendata/ogc_collection.html",
        item=it,
        extent=extent,
        day=when.as_of,
        items=root().to(f"/collections/{name}/items", limit=1000),
        today=today(),
    )


@bp.get("/ogc/collections/<name>/items")
@requires(Can.READ)
@dated
@ogc
def ogc_items(name: str) -> ResponseReturnValue:
    """Features of a collection: those of a box and a span, page by page."""
    it, asked_for = named(name), asked(ItemsAsked())
    page = page_of(
        it,
        When.of(**dates(asked_for)),
        bbox=asked_for["bbox"],
        span=asked_for["datetime"],
        limit=asked_for["limit"],
        after=asked_for["after"],
        before=asked_for["before"],
    )
    own = {key: value for key, value in request.args.items() if value and key not in KEPT}
    return features(documents.items(root(), it, page, own))


@bp.get("/ogc/collections/<name>/items/<slug>")
@requires(Can.READ)
@dated
@ogc
def ogc_item(name: str, slug: str) -> ResponseReturnValue:
    """One feature."""
    it, asked_for = named(name), asked(OneAsked())
    found = one_of(it, slug, When.of(**dates(asked_for)))
    if found is None:
        raise NotFound(_("There is no “%(slug)s” here. Look for it in the list.", slug=slug))
    page = url_for(PAGES[name], slug=found["id"], _external=True)
    return features(documents.item(root(), it, found, page))


def features(document: dict[str, Any]) -> Response:
    """A document of features, as GeoJSON."""
    answer = jsonify(document)
    answer.mimetype = GEOJSON
    return answer
