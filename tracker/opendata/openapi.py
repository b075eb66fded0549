"""The OpenAPI 3.0 document of /ogc: which addresses there are, and what each may be asked."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from tracker.opendata.asking import MOST, USUAL
from tracker.opendata.collections import COLLECTIONS, Collection
from tracker.opendata.documents import GEOJSON, HTML, JSON, OPENAPI, Document

VERSION = "1"


def openapi(address: str) -> Document:
    """The document, of the API that stands at `address`."""
    paths = {
        "/": _path(_("Landing page"), [*_ABOUT], JSON, HTML),
        "/conformance": _path(_("What this conforms to"), [*_ABOUT], JSON),
        "/api": _path(_("Description of the API"), [*_ABOUT], OPENAPI),
        "/collections": _path(_("The collections"), [*_ABOUT], JSON, HTML),
    }
    for it in COLLECTIONS.values():
        paths |= _of(it)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Hwaksan: OGC API - Features", "version": VERSION},
        "servers": [{"url": address}],
        "paths": paths,
        "components": {"parameters": _parameters(), "schemas": _schemas()},
    }


def _of(it: Collection) -> Document:
    path, name = f"/collections/{it.name}", str(it.title)
    slug = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
    items = ["bbox", "datetime", "limit", "after", "before"]
    return {
        path: _path(name, _ABOUT, JSON, HTML),
        f"{path}/items": _path(name, [*items, *_ABOUT], GEOJSON, schema="Features"),
        f"{path}/items/{{featureId}}": _path(
            name, _ABOUT, GEOJSON, schema="Feature", more=[slug], unknown=True
        ),
    }


_ABOUT = ["as_of", "known_on", "lang", "f"]


def _path(
    summary: str,
    parameters: list[str],
    *kinds: str,
    schema: str = "Document",
    more: list[Document] | None = None,
    unknown: bool = False,
) -> Document:
    fine = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    wrong = {JSON: {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    answers = {
        "200": {"description": _("Fine"), "content": dict.fromkeys(kinds, fine)},
        "400": {"description": _("A parameter is wrong or not known"), "content": wrong},
    }
    if unknown:
        answers["404"] = {"description": _("There is no such feature"), "content": wrong}
    given = [{"$ref": f"#/components/parameters/{name}"} for name in parameters]
    get = {"summary": summary, "parameters": [*(more or []), *given], "responses": answers}
    return {"get": get}


def _parameters() -> Document:
    day = {"type": "string", "format": "date"}
    number = {"type": "number"}
    box = {"type": "array", "minItems": 4, "maxItems": 6, "items": number}
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    told: dict[str, tuple[str, Document | None]] = {
        "bbox": (_("West, south, east and north in degrees, CRS84"), box),
        "datetime": (
            _("A day or a span: sites and deployments by selected_on, units by installed_on"),
            {"type": "string"},
        ),
        "limit": (_("How many features at most; more than the most is the most"), limit),
        "after": (_("Only features after this id; the links next and prev use it"), None),
        "before": (_("Only features before this id; the links next and prev use it"), None),
        "as_of": (_("The facts that held on this day; today without it"), day),
        "known_on": (_("Only what had been recorded by this day"), day),
        "lang": (_("Language of titles and refusals"), {"type": "string", "enum": ["ko", "en"]}),
        "f": (_("Form of the answer"), {"type": "string", "enum": ["json", "html"]}),
    }
    return {name: _parameter(name, *it) for name, it in told.items()}


def _parameter(name: str, text: str, schema: Document | None) -> Document:
    told: dict[str, Any] = {"name": name, "in": "query", "required": False, "description": text}
    listed = {"style": "form", "explode": False} if name in ("bbox", "datetime", "limit") else {}
    return told | listed | {"schema": schema or {"type": "string"}}


def _schemas() -> Document:
    text = {"type": "string"}
    feature = {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": text,
            "geometry": {"type": "object", "nullable": True},
            "properties": {"type": "object", "nullable": True},
        },
    }
    features = {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "timeStamp": {"type": "string", "format": "date-time"},
            "links": {"type": "array", "items": {"type": "object"}},
        },
    }
    refusal = {
        "type": "object",
        "required": ["code"],
        "properties": {"code": text, "description": text},
    }
    return {
        "Document": {"type": "object"},
        "Feature": feature,
        "Features": features,
        "Refusal": refusal,
    }
