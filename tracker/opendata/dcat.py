"""The catalogue of all that can be taken away, as DCAT 3 in JSON-LD.

Its context stands in it, so that nobody has to fetch one. Source: W3C Recommendation "Data Catalog
Vocabulary (DCAT) - Version 3", 22 August 2024.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, literal, select, union_all

from common.db import db
from common.facts import When
from common.locale import LANGUAGES
from common.resource import Resource
from tracker.opendata.asking import Box
from tracker.opendata.collections import COLLECTIONS, extent_of
from tracker.opendata.documents import CONFORMS_TO, OPENAPI
from tracker.opendata.lists import names_of
from tracker.sites import TrackOrAny

Node = dict[str, Any]
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
TONGUES = [{"@id": f"http://id.loc.gov/vocabulary/iso639-1/{code}"} for code in LANGUAGES]
MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "geojson": "application/geo+json",
}
NAME, ABOUT = _l("Hwaksan"), _l("Hwaksan: smart city solutions and the record of their rollout")
DATED = _l("As of any day: add ?as_of=2024-12-31 to the address, or another day.")
# The project states a licence of its program, and none of what it gathers.
RIGHTS = _l(
    "No licence of the data as a whole has been stated: it is not known. Each fact names its "
    "source, whose terms hold for it. Boundaries of municipalities: National Geographic "
    "Information Institute, Ministry of Land, Infrastructure and Transport, free use with "
    "attribution."
)
# Lists whose rows also tell facts that stand in other tables.
ALSO_OF = {
    "sites": ("progress", "quantities", "money", "populations", "coaching"),
    "deployments": ("progress", "quantities"),
    "units": ("inspections",),
    "municipalities": ("populations",),
}


@dataclass(frozen=True)
class Published:
    """What the catalogue tells: the lists with the addresses of their pages, and their extents."""

    lists: Sequence[tuple[Resource, str]]
    changed: Mapping[str, datetime]
    begins: Mapping[str, date]
    boxes: Mapping[str, Box]


def published(
    lists: Sequence[tuple[Resource, str]], kinds: Sequence[Resource], when: When
) -> Published:
    """What is published as of a date; a fixed number of statements."""
    changed, begins, boxes = last_changes(kinds), {}, {}
    for name, it in COLLECTIONS.items():
        extent = extent_of(it, when)
        if extent.begin:
            begins[name] = extent.begin
        if extent.box:
            boxes[name] = extent.box
    return Published(lists, changed, begins, boxes)


def last_changes(kinds: Sequence[Resource]) -> dict[str, datetime]:
    """When the newest row of each kind was recorded, in one statement; without those never told."""
    told = [
        select(literal(it.many), func.max(it.model.recorded_at))
        for it in kinds
        if hasattr(it.model, "recorded_at")
    ]
    own = {name: moment for name, moment in db.session.execute(union_all(*told)) if moment}
    found = {}
    for it in kinds:
        moments = [own[name] for name in (it.many, *ALSO_OF.get(it.many, ())) if name in own]
        if moments:
            found[it.many] = max(moments)
    return found


def catalogue(home: str, given: Published) -> Node:
    """The document, for an app that stands at `home`."""
    sets = [dataset(home, it, page, given) for it, page in given.lists]
    newest = max(given.changed.values(), default=None)
    return {
        "@context": CONTEXT,
        "@id": f"{home}/catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": in_both(NAME),
        "dct:description": in_both(ABOUT),
        "dct:publisher": {
            "@id": f"{home}/#publisher",
            "@type": "foaf:Agent",
            "foaf:name": in_both(NAME),
        },
        "foaf:homepage": {"@id": f"{home}/"},
        "dct:language": TONGUES,
        "dct:rights": {
            "@id": f"{home}/#rights",
            "@type": "dct:RightsStatement",
            "rdfs:label": in_both(RIGHTS),
        },
        **({"dct:modified": _moment(newest)} if newest else {}),
        **_where_and_when(given, "sites"),
        "dcat:dataset": sets,
        "dcat:service": [_ogc(home), _api(home)],
    }


def dataset(home: str, it: Resource, page: str, given: Published) -> Node:
    """One list."""
    address = f"{home}/{it.many}"
    is_dated = "as_of" in it.filters().fields
    # A list may begin narrowed to one track.
    every = "?track=any" if isinstance(it.filters().fields.get("track"), TrackOrAny) else ""
    files = [_file(f"{address}.{kind}{every}", kind) for kind in it.formats]
    if it.many in COLLECTIONS:
        files.append(_features(home, it.many))
    changed = given.changed.get(it.many)
    return {
        "@id": f"{home}/#{it.many}",
        "@type": "dcat:Dataset",
        "dct:identifier": it.many,
        "dct:title": in_both(lambda: names_of(it.many)[0]),
        "dct:description": in_both(lambda: _about(it.many, is_dated=is_dated)),
        "dct:publisher": {"@id": f"{home}/#publisher"},
        "dct:rights": {"@id": f"{home}/#rights"},
        "dct:language": TONGUES,
        "dcat:landingPage": {"@id": page},
        "foaf:page": {"@id": f"{home}/data/columns#{it.many}"},
        **({"dct:modified": _moment(changed)} if changed else {}),
        **_where_and_when(given, it.many),
        "dcat:distribution": files,
    }


def in_both(words: Any) -> list[Node]:
    """`words`, looked up or worked out, in Korean and in English."""
    told = []
    for code in LANGUAGES:
        with force_locale(code):
            told.append({"@language": code, "@value": str(words() if callable(words) else words)})
    return told


def _about(many: str, *, is_dated: bool) -> str:
    parts = [names_of(many)[1], str(DATED) if is_dated else ""]
    return ". ".join(filter(None, parts))


def _file(address: str, kind: str) -> Node:
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": kind.upper(),
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": _media(MEDIA[kind]),
    }


def _features(home: str, many: str) -> Node:
    address = f"{home}/ogc/collections/{many}"
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": "OGC API - Features",
        "dcat:accessURL": {"@id": f"{address}/items"},
        "dcat:accessService": {"@id": f"{home}/ogc"},
        "dcat:mediaType": _media(MEDIA["geojson"]),
    }


def _ogc(home: str) -> Node:
    served = [{"@id": f"{home}/#{name}"} for name in COLLECTIONS]
    return {
        "@id": f"{home}/ogc",
        "@type": "dcat:DataService",
        "dct:title": "OGC API - Features",
        "dct:conformsTo": [{"@id": name} for name in CONFORMS_TO],
        "dcat:endpointURL": {"@id": f"{home}/ogc"},
        "dcat:endpointDescription": {"@id": f"{home}/ogc/api"},
        "dct:format": OPENAPI,
        "dcat:servesDataset": served,
    }


def _api(home: str) -> Node:
    return {
        "@id": f"{home}/api/v1",
        "@type": "dcat:DataService",
        "dct:title": "API",
        "dcat:endpointURL": {"@id": f"{home}/api/v1"},
        "dcat:endpointDescription": {"@id": f"{home}/api/v1/openapi.json"},
    }


def _media(kind: str) -> Node:
    return {"@id": f"https://www.iana.org/assignments/media-types/{kind}"}


def _moment(moment: datetime) -> Node:
    return {"@type": "xsd:dateTime", "@value": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}


def _where_and_when(given: Published, many: str) -> Node:
    told: Node = {}
    if many in given.begins:
        begin = {"@type": "xsd:date", "@value": given.begins[many].isoformat()}
        told["dct:temporal"] = {"@type": "dct:PeriodOfTime", "dcat:startDate": begin}
    if many in given.boxes:
        told["dct:spatial"] = {"@type": "dct:Location", "dcat:bbox": _wkt(given.boxes[many])}
    return told


def _wkt(box: Box) -> Node:
    west, south, east, north = box
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    corners = ", ".join(f"{lon} {lat}" for lon, lat in ring)
    return {"@type": "geo:wktLiteral", "@value": f"POLYGON(({corners}))"}
