"""Places: where a site, a deployment or a municipality lies, as GeoJSON and in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, and_, or_, select

from common.db import db
from tracker.monitor.boundaries import place_of
from tracker.municipalities import Municipality, MunicipalityCode
from tracker.opendata.asking import Box

Geometry = dict[str, Any]


def hall_of(town: Municipality) -> Geometry | None:
    """The point of the municipality's hall; None where it is unknown."""
    if town.lat is None or town.lon is None:
        return None
    return {"type": "Point", "coordinates": [town.lon, town.lat]}


def site_place(record: Any) -> Geometry | None:
    """The place of the site's municipality."""
    return town_place(record.municipality)


def town_place(town: Municipality) -> Geometry | None:
    """The boundary of a municipality, else the point of its hall; None for unknown."""
    return place_of({it.code for it in town.codes}) or hall_of(town)


def deployment_place(record: Any) -> Geometry | None:
    """The hall of the municipality that deploys it: single places are those of its units."""
    return hall_of(record.site.municipality)


def within(lat: Any, lon: Any, box: Box) -> ColumnElement[bool]:
    """The condition that the point of two columns lies in `box`."""
    sides = [lon.between(part.west, part.east) for part in box.parts()]
    return and_(lat.between(box.south, box.north), or_(*sides))


def towns_that_meet(box: Box) -> list[int]:
    """The ids of the municipalities that `box` touches; one statement."""
    squares = [shapely.box(*part) for part in box.parts()]
    return [
        town
        for town, outline in outlines().items()
        if any(outline.intersects(square) for square in squares)
    ]


def outlines(ids: Sequence[int] | None = None) -> dict[int, BaseGeometry]:
    """The boundary, else the hall, of municipalities, by id; those with neither are left out."""
    town = Municipality
    query = select(town.id, town.lat, town.lon, MunicipalityCode.code).outerjoin(town.codes)
    if ids is not None:
        query = query.where(town.id.in_(ids))
    codes: dict[tuple[int, float | None, float | None], set[str]] = defaultdict(set)
    for row in db.session.execute(query):
        codes[row.id, row.lat, row.lon].update(filter(None, [row.code]))
    found = {key[0]: _outline(frozenset(known), *key[1:]) for key, known in codes.items()}
    return {key: outline for key, outline in found.items() if outline is not None}


@lru_cache(maxsize=300)
def _outline(codes: frozenset[str], lat: float | None, lon: float | None) -> BaseGeometry | None:
    boundary = place_of(set(codes))
    if boundary is not None:
        shape: BaseGeometry = shapely.geometry.shape(boundary)
        shapely.prepare(shape)
        return shape
    return None if lat is None or lon is None else shapely.Point(lon, lat)


def around(shapes: Iterable[BaseGeometry]) -> Box | None:
    """The smallest box round all `shapes`; None round nothing."""
    bounds = [shape.bounds for shape in shapes]
    if not bounds:
        return None
    west, south, east, north = zip(*bounds, strict=True)
    return Box(min(west), min(south), max(east), max(north))
