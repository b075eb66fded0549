"""The same everywhere: page, API and files of every list hold the same rows, as of any day."""

from __future__ import annotations

import csv
import io
import re

import pytest
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


@pytest.mark.either_database
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
