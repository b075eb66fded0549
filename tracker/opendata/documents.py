"""Documents of OGC API - Features: landing, conformance, collections and their pages, as JSON.

Source: OGC 17-069r4, OGC API - Features - Part 1: Core corrigendum, clauses 7 and 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from flask_babel import gettext as _

from tracker.opendata.asking import begin_of
from tracker.opendata.collections import Collection, Extent, Feature, Page

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
CONFORMS_TO = [
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}"
    for name in ("core", "oas30", "geojson")
]
JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
Document = dict[str, Any]


@dataclass(frozen=True)
class Root:
    """Where the API stands, and what every link of an answer keeps: its language and its dates."""

    address: str
    kept: Mapping[str, str] = field(default_factory=dict)

    def to(self, path: str = "", **more: Any) -> str:
        """The address below the root, with what is kept and with `more`."""
        asked = dict(self.kept) | {name: it for name, it in more.items() if it is not None}
        return self.address + quote(path) + ("?" + urlencode(asked, safe=",/:") if asked else "")


def link(href: str, rel: str, kind: str, title: str) -> dict[str, str]:
    """One link of a document."""
    return {"href": href, "rel": rel, "type": kind, "title": title}


def landing(root: Root, docs: str) -> Document:
    """The first page: what there is and where; `docs` is the page that describes it for people."""
    return {
        "title": _("Hwaksan"),
        "description": _(
            "Smart-city solutions and their rollout: sites, deployments and installed units as of "
            "any day, with the source of each fact."
        ),
        "links": [
            *_both_forms(root, "", _("This document")),
            link(root.to("/api"), "service-desc", OPENAPI, _("Description of the API")),
            link(docs, "service-doc", HTML, _("What the columns mean")),
            link(root.to("/conformance"), "conformance", JSON, _("What this conforms to")),
            link(root.to("/collections"), "data", JSON, _("The collections")),
        ],
    }


def conformance() -> Document:
    """The classes of the standard that hold here."""
    return {"conformsTo": CONFORMS_TO}


def collections(root: Root, extents: Mapping[Collection, Extent]) -> Document:
    """All collections."""
    return {
        "links": _both_forms(root, "/collections", _("This document")),
        "collections": [collection(root, it, extent) for it, extent in extents.items()],
    }


def collection(root: Root, it: Collection, extent: Extent) -> Document:
    """One collection: what it holds, where and since when."""
    path = f"/collections/{it.name}"
    begin = begin_of(extent.begin) if extent.begin else None
    told: Document = {"temporal": {"interval": [[begin, None]], "trs": GREGORIAN}}
    if extent.box:
        told = {"spatial": {"bbox": [list(extent.box)], "crs": CRS84}} | told
    return {
        "id": it.name,
        "title": str(it.title),
        "description": str(it.text),
        "links": [
            *_both_forms(root, path, str(it.title)),
            link(root.to(f"{path}/items"), "items", GEOJSON, str(it.title)),
        ],
        "extent": told,
        "itemType": "feature",
        "crs": [CRS84],
    }


def items(root: Root, it: Collection, page: Page, asked: Mapping[str, Any]) -> Document:
    """A page of features, with the links to those beside it; `asked` is what it was asked for."""
    path = f"/collections/{it.name}"
    links = [
        link(root.to(f"{path}/items", **asked), "self", GEOJSON, _("This document")),
        link(root.to(path, f="html"), "alternate", HTML, str(it.title)),
        link(root.to(path), "collection", JSON, str(it.title)),
    ]
    rest = {name: value for name, value in asked.items() if name not in ("after", "before")}
    if page.features and page.has_next:
        following = root.to(f"{path}/items", **rest, after=page.features[-1]["id"])
        links.append(link(following, "next", GEOJSON, _("Next")))
    if page.features and page.has_previous:
        former = root.to(f"{path}/items", **rest, before=page.features[0]["id"])
        links.append(link(former, "prev", GEOJSON, _("Previous")))
    return {
        "type": "FeatureCollection",
        "timeStamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "numberMatched": page.matched,
        "numberReturned": len(page.features),
        "links": links,
        "features": page.features,
    }


def item(root: Root, it: Collection, feature: Feature, page: str) -> Document:
    """One feature; `page` is where people read of it."""
    path = f"/collections/{it.name}"
    return feature | {
        "links": [
            link(root.to(f"{path}/items/{feature['id']}"), "self", GEOJSON, _("This document")),
            link(page, "alternate", HTML, _("Page")),
            link(root.to(path), "collection", JSON, str(it.title)),
        ]
    }


def refusal(code: str, sentences: list[str]) -> Document:
    """What went wrong, in words."""
    return {"code": code, "description": " ".join(sentences)}


def _both_forms(root: Root, path: str, title: str) -> list[dict[str, str]]:
    return [
        link(root.to(path), "self", JSON, title),
        link(root.to(path, f="html"), "alternate", HTML, title),
    ]
