"""Files of units as people send them, and what is wrong with some of them."""

from __future__ import annotations

import csv
import io
import json

from openpyxl import Workbook

SEA, SEOUL = {"lat": 38.2, "lon": 128.7}, {"lat": 37.5, "lon": 127.0}
ROW = {"deployment": "sokcho-2023-smart-pole", "asset_number": "1", "installed_on": "2024-05-20"}
WRONG = [
    (SEA, "lat", "sea"),
    (SEOUL, "lat", "서초구"),
    ({"lat": 128.5918, "lon": 38.207}, "lat", "from 32 to 40"),
    ({"lon": None}, "lon", "both"),
    ({"lat": "NaN"}, "lat", "number"),
    ({"installed_on": "2023-04-12"}, "installed_on", "selected on 2023-04-13"),
    ({"installed_on": "2999-01-01"}, "installed_on", "not come yet"),
    ({"installed_on": None}, "installed_on", "fill it in"),
    ({"accepted_on": "2024-05-19"}, "accepted_on", "installed on 2024-05-20"),
    ({"removed_on": "2024-05-19"}, "removed_on", "installed on 2024-05-20"),
    ({"warranty_until": "2024-01-01"}, "warranty_until", "installed on 2024-05-20"),
    ({"asset_number": "a\tb"}, "asset_number", "one line"),
    ({"asset_number": "가" * 81}, "asset_number", "at most 80"),
    ({"deployment": "there-is-none"}, "deployment", "check the slug"),
    ({"guideline": "there-is-none"}, "guideline", "check the slug"),
    ({"colour": "red"}, "colour", "no such field"),
]
IDS = [f"{name}-{why}" for _values, name, why in WRONG]


def as_csv(rows) -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows) -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    book = Workbook()
    book.active.append(columns)
    for row in rows:
        book.active.append([row.get(name) for name in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_geojson(rows) -> bytes:
    features = []
    for row in rows:
        told = {name: value for name, value in row.items() if name not in ("lat", "lon")}
        point = {"type": "Point", "coordinates": [row.get("lon"), row.get("lat")]}
        shape = point if row.get("lat") is not None else None
        features.append({"type": "Feature", "geometry": shape, "properties": told})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


WRITERS = {"csv": as_csv, "xlsx": as_xlsx, "geojson": as_geojson}
