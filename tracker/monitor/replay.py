"""Replay: the rollout month by month, all months in one compact answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tracker.monitor.areas import boundary_key, province_names
from tracker.monitor.layers import NONE_YET, Area, Layer, Reading, class_of, together
from tracker.monitor.series import series
from tracker.sites import Site
from tracker.states import State

LONGEST = 240  # months
Rows = dict[str, list[Reading | None]]


def month_ends(first: date, last: date) -> list[date]:
    """The last day of each month from that of `first`, then `last`; the latest 240 at most."""
    ends: list[date] = []
    end = last
    while end >= first and len(ends) < LONGEST:
        ends.append(end)
        end = end.replace(day=1) - timedelta(days=1)
    return ends[::-1] or [last]


def replay(
    sites: Sequence[Site],
    layer: Layer,
    by: Area,
    days: Sequence[date],
    *,
    state: State | None = None,
    known_on: Any = None,
) -> dict[str, Any]:
    """For each of `days` and place the value and the class, as the map of that day has them.

    A place that the map of a day does not show has the class `none`. Readings repeat more often
    than not: they are given once, as [class, value, part, whole], and each day says which of
    them. `about` tells the names of a place and under which key its shape is found.
    """
    read = series(layer, sites, days, known_on)
    states = read if layer is Layer.STATE else series(Layer.STATE, sites, days, known_on)
    rows: Rows = {}
    for it in sites:
        seen = [it.selected_on <= day for day in days]
        if state is not None:
            same = [at.value == state.value for at in states[it.id]]
            seen = [all(both) for both in zip(seen, same, strict=True)]
        rows[it.slug] = [at if on else None for at, on in zip(read[it.id], seen, strict=True)]
    about = {it.slug: [it.name_ko, it.name_en, boundary_key(it)] for it in sites}
    if by is Area.PROVINCE:
        names = province_names()
        rows = _by_province(sites, rows, layer)
        about = {it: [names[it].province_ko, names[it].province_en, it] for it in rows}
    head = {"layer": layer.value, "by": by.value, "about": about}
    return head | {"months": [day.isoformat() for day in days]} | _packed(layer, rows)


def _by_province(sites: Sequence[Site], rows: Rows, layer: Layer) -> Rows:
    members: dict[str, list[list[Reading | None]]] = {}
    for it in sites:
        key = boundary_key(it)
        if key:
            members.setdefault(key[:2], []).append(rows[it.slug])
    return {
        stem: [
            together(layer, [it for it in month if it is not None]) if any(month) else None
            for month in zip(*of, strict=True)
        ]
        for stem, of in sorted(members.items())
    }


def _packed(layer: Layer, rows: Rows) -> dict[str, Any]:
    index: dict[Reading | None, int] = {}
    told = {
        slug: [index.setdefault(reading, len(index)) for reading in readings]
        for slug, readings in rows.items()
    }
    readings = [
        [NONE_YET, None, None, None]
        if it is None
        else [class_of(layer, it), it.told, it.part, it.whole]
        for it in index
    ]
    return {"readings": readings, "places": told}
