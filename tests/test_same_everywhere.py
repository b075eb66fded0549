"""The same everywhere: page, API and files of every list hold the same rows, as of any day."""

from __future__ import annotations

import csv
import io
import re

from openpyxl import load_workbook

from app import KINDS
from common.db import db
from common.facts import today
from tests.crowd import make_crowd
from tracker.checklists.compliance_views import COMPLIANCE
from tracker.sites import TrackOrAny

LISTS = {it.many: it for it in (*KINDS.values(), COMPLIANCE) if it.find or it is COMPLIANCE}
DAYS = ("2023-12-31", "2025-03-31", today().isoformat())


def rows_of_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def rows_of_xlsx(data: bytes) -> list[dict[str, str]]:
    sheet = load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def shown_on(page: str) -> int:
    """The number that the bar above a list tells."""
    (bar,) = re.findall(r'<div class="hs-result">\s*<div><strong>(.*?)</strong>', page)
    return int(re.search(r"[\d,]+", bar)[0].replace(",", ""))


def test_page_api_and_files_of_every_list_hold_the_same_rows_at_three_days(app, login):
    with app.app_context():
        make_crowd(2)  # no list is empty
        db.session.commit()
    ministry, differ, seen = login("ministry"), [], 0
    for many, it in LISTS.items():
        fields = it.filters().fields
        days = [{"as_of": day} for day in DAYS] if "as_of" in fields else [{}]
        for asked in days:
            if isinstance(fields.get("track"), TrackOrAny):
                asked |= {"track": "any"}
            answer = ministry.get(f"/api/v1/{many}", query_string=asked | {"per_page": 200})
            assert answer.status_code == 200, (many, answer.text)
            told, total = answer.json["items"], answer.json["total"]
            rows = rows_of_csv(ministry.get(f"/{many}.csv", query_string=asked).data)
            names = list(it.list_schema().fields)
            by = next((one for one in ("slug", "key") if one in names), names[0])
            same = [row[by] for row in rows][:200] == [str(one[by]) for one in told]
            page = shown_on(ministry.get(f"/{many}", query_string=asked | {"per_page": 1}).text)
            if not (same and total == len(rows) == page):
                differ.append((many, asked, total, len(rows), page, same))
            seen += total
        # Files of one day are written from the same rows: the last day stands for all.
        book = rows_of_xlsx(ministry.get(f"/{many}.xlsx", query_string=asked).data)
        file = ministry.get(f"/{many}.json", query_string=asked).json
        if file[:200] != told or [str(row[by]) for row in book] != [str(row[by]) for row in file]:
            differ.append((many, asked, "files", len(book), len(file)))
        assert total, many
    assert differ == []
    assert seen > 1000


# What an address refuses: the part of it that is wrong, and the word that the answer names.
REFUSED = {
    422: [
        ("/map?layer=moon", "layer"),
        ("/map?by=moon", "by"),
        ("/map?as_of=2024-02-30", "as_of"),
        ("/map/units.json?bbox=1,2,3", "bbox"),
        ("/map/units.json?bbox=0,0,999,1", "bbox"),
        ("/map/units.json?bbox=127,37,126,38", "bbox"),
        ("/map/units.json?bbox=nan,33,127,38", "bbox"),
        ("/map/months.json?layer=moon", "layer"),
        ("/near?as_of=1", "as_of"),
        ("/near?lat=99", "lat"),
        ("/catalog.jsonld?as_of=x", "as_of"),
        ("/sites?page=0", "page"),
        ("/sites?per_page=201", "per_page"),
        ("/dashboard?against=x", "against"),
        ("/compliance?by=moon", "by"),
    ],
    400: [
        ("/ogc/collections/units/items?bbox=,,,", "bbox"),
        ("/ogc/collections/units/items?bbox=0,91,1,92", "bbox"),
        ("/ogc/collections/deployments/items?datetime=2025-01-01/2024-01-01", "datetime"),
        ("/ogc/collections/deployments/items?limit=0", "limit"),
        ("/ogc/collections/deployments/items?limit=-5", "limit"),
    ],
}
WITHOUT_FILTERS = ("/map", "/map/months.json", "/map/units.json", "/near", "/downloads")
WITHOUT_FILTERS += ("/data/columns", "/catalog.jsonld", "/dashboard", "/sites/sokcho-2023/plain")
OGC = ("", "/conformance", "/api", "/collections", "/collections/sites")
OGC += ("/collections/sites/items", "/collections/sites/items/sokcho-2023")


def test_what_an_address_does_not_know_is_refused_with_words(login):
    ministry = login("ministry")
    wrong = {422: list(REFUSED[422]), 400: list(REFUSED[400])}
    wrong[422] += [(f"/{many}{kind}?moon=1", "moon") for many in LISTS for kind in ("", ".csv")]
    wrong[422] += [(f"{address}?moon=1", "moon") for address in WITHOUT_FILTERS]
    wrong[400] += [(f"/ogc{address}?moon=1", "moon") for address in OGC]
    for status, addresses in wrong.items():
        for address, name in addresses:
            answer = ministry.get(address)
            assert answer.status_code == status, address
            words = str(answer.json) if answer.is_json else answer.text
            assert name in words, address
            assert any("가" <= letter <= "힣" for letter in words), address
