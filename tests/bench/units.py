"""A file of many sample units inside Sokcho, to load and to look at the pages after it.

    python -m tests.bench.units 300000 /tmp/units.csv
    /usr/bin/time -v flask load units /tmp/units.csv

`test_many_units.py` beside it does the same and holds the figures against their bounds.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl import Workbook

from tracker.register.grounds import ground_of

SOKCHO = frozenset({"42210", "51210"})
WEST, SOUTH, EAST, NORTH = 128.43, 38.13, 128.61, 38.22
DEPLOYMENTS = ("sokcho-2023-smart-pole", "sokcho-2023-smart-crosswalk")
COLUMNS = (
    "deployment",
    "asset_number",
    "maker",
    "model",
    "serial",
    "address",
    "lat",
    "lon",
    "installed_on",
    "accepted_on",
    "warranty_until",
)


def places(count: int) -> Iterator[tuple[float, float]]:
    """`count` places on the ground of Sokcho, always the same ones."""
    ground, dice = ground_of(SOKCHO), np.random.default_rng(1)
    assert ground is not None
    left = count
    while left:
        # Rounded as the file will hold them: one on the very edge would fall off it.
        lats = dice.uniform(SOUTH, NORTH, 10_000).round(6)
        lons = dice.uniform(WEST, EAST, 10_000).round(6)
        on_it = ground.covers(lats, lons)
        for lat, lon in list(zip(lats[on_it], lons[on_it], strict=True))[:left]:
            left -= 1
            yield float(lat), float(lon)


def rows(count: int) -> Iterator[dict[str, Any]]:
    """`count` sample units."""
    dice = random.Random(1)  # noqa: S311 - samples
    for number, (lat, lon) in enumerate(places(count), start=1):
        year = dice.choice((2023, 2024, 2025))
        yield {
            "deployment": DEPLOYMENTS[number % 2],
            "asset_number": f"견본-{number:06}",
            "maker": f"견본 제조사 {number % 7}",
            "model": f"S-{number % 31}",
            "serial": f"SN{number:08}",
            "address": f"속초시 견본로 {number % 900}",
            "lat": lat,
            "lon": lon,
            "installed_on": f"{year}-{dice.randint(5, 12):02}-{dice.randint(1, 28):02}",
            "accepted_on": "",
            "warranty_until": f"{year + 3}-06-30",
        }


def write(path: Path, count: int) -> None:
    """A file of `count` sample units: CSV, XLSX or GeoJSON, as the name of `path` ends."""
    WRITERS[path.suffix](path, rows(count))


def as_csv(path: Path, units: Iterator[dict[str, Any]]) -> None:
    """One line a unit, opened clean by Excel."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(units)


def as_xlsx(path: Path, units: Iterator[dict[str, Any]]) -> None:
    """One sheet, one row a unit."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("units")
    sheet.append(COLUMNS)
    for unit in units:
        sheet.append([unit[name] for name in COLUMNS])
    book.save(path)


def as_geojson(path: Path, units: Iterator[dict[str, Any]]) -> None:
    """One feature a unit."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for number, unit in enumerate(units):
            point = {"type": "Point", "coordinates": [unit.pop("lon"), unit.pop("lat")]}
            feature = {"type": "Feature", "geometry": point, "properties": unit}
            file.write(f"{',' if number else ''}\n{json.dumps(feature, ensure_ascii=False)}")
        file.write("\n]}\n")


WRITERS = {".csv": as_csv, ".xlsx": as_xlsx, ".geojson": as_geojson}


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
