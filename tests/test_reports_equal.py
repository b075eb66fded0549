"""Reports say what pages and API say, to the digit, as of any day."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from catalog.sources import Source
from common.db import db
from tests.papers_made import sheets, shown, words_of

DAYS = ("2023-06-30", "2024-12-31", "2025-03-31")
SUMS = ("national_won", "local_won", "match_shortfall_won", "spent_won")
LEVEL = ("bac_won", "pv_won", "ev_won", "ac_won", "spi", "cpi")
REACHED = ("median_months_to_start", "working_qty", "counted_qty", "given_min", "agreed_min")
REACHED += ("items_met", "items_applicable")
MONEY = ("National money", "Local money", "Match lacking", "Spent")


def rows_of(book, title: str, cells: int) -> list[list[object]]:
    """The rows of the table that a sheet holds, without its head."""
    (sheet,) = (rows for name, rows in book.items() if name and title.startswith(name))
    return [row for row in sheet if len(row) == cells][1:]


def says_the_levels(book, levels) -> None:
    """Hold earned value and what was reached against the levels of the dashboard."""
    told = rows_of(book, "Schedule and cost against the first plan", 9)
    values = [[*row[1:6], row[7]] for row in told]
    for got, level in zip(values, levels, strict=True):
        wish = [level[name] for name in LEVEL]
        known = [None if str(it).startswith("No data") else pytest.approx(it) for it in got]
        assert known == wish
    known = [f"{it['spi_known']} of" for it in levels]
    assert [row[6][: len(words)] for row, words in zip(told, known, strict=True)] == known
    reached = rows_of(book, "Execution, coaching and guidelines", 8)
    assert [row[1:] for row in reached] == [[shown(it[name]) for name in REACHED] for it in levels]


def test_a_report_of_a_site_says_what_its_page_and_the_api_say_at_three_dates(
    login, made, sokcho_planned
):
    officer = login("municipality")
    for day in DAYS:
        order = {"month": None, "as_of": day}
        book = sheets(made(officer, file_type="xlsx", **order))
        told = officer.get(f"/api/v1/sites/sokcho-2023?as_of={day}").json
        figures = dict(row for row in book["Figures"][1:] if len(row) == 2)
        assert [figures[name] for name in MONEY] == [shown(told[it]) for it in SUMS]
        assert figures["Coaching sessions on record"] == told["sessions"]
        assert figures["Population"] == shown(told["population"])
        lines = [row for name, rows in book.items() if "Quantities" in name for row in rows]
        counts = [line[2:7] for line in lines if len(line) == 8][1:]
        stages = [f"{it}_qty" for it in ("planned", "revised", "installed", "accepted", "working")]
        assert counts == [[shown(it[stage]) for stage in stages] for it in told["deployments"]]
        levels = officer.get(f"/api/v1/dashboard?site=sokcho-2023&as_of={day}").json
        says_the_levels(book, [*levels["parts"], levels["level"]])
        warned = officer.get(f"/api/v1/alerts?site=sokcho-2023&as_of={day}&lang=en").json["items"]
        told_of = [row[2] for row in rows_of(book, "Open alerts", 5)]
        assert told_of == [it["says"] for it in warned if it["state"] == "open"]
        page = officer.get(f"/sites/sokcho-2023?as_of={day}&lang=en").text
        text = words_of(made(officer, file_type="hwpx", **order))
        for amount in (told["national_won"], told["spent_won"]):
            if amount is not None:
                words = f"KRW {amount // 10**9:,} billion"
                assert words in page
                assert words in text
        assert figures["State"] in page
        assert figures["State"] in text


def test_a_nationwide_report_says_what_the_dashboard_and_the_api_say(
    app, login, made, sokcho_planned
):
    ministry = login("ministry")
    for day in DAYS:
        order = {"site": None, "month": None, "as_of": day}
        book = sheets(made(ministry, file_type="xlsx", **order))
        told = ministry.get(f"/api/v1/dashboard?as_of={day}").json
        figures = dict(row for row in book["Figures"][1:] if len(row) == 2)
        assert [figures[name] for name in MONEY] == [shown(told[it]) for it in SUMS]
        assert figures["Sites"] == len(told["sites"])
        assert figures["Completion reported"] == told["completed"]
        assert figures["Coaching sessions on record"] == told["sessions"]
        assert figures["Open actions"] == told["open_actions"]
        lines = [row for row in book["Sites"] if len(row) == 9][1:]
        assert [line[2:6] for line in lines] == [
            [shown(it[name]) for name in SUMS] for it in told["sites"]
        ]
        states = {row[0]: row[1] for row in book["States"][3:]}
        assert list(states.values()) == list(told["states"].values())
        provinces = book["By province"][3:]
        assert sum(row[1] for row in provinces) == len(told["sites"])
        assert sum(row[3] for row in provinces) == told["national_won"]
        says_the_levels(book, [*told["parts"], told["level"]])
        assert len(rows_of(book, "Schedule and cost, site by site", 9)) == len(told["sites"])
        warned = ministry.get(f"/api/v1/alerts?as_of={day}&lang=en&per_page=200").json["items"]
        told_of = [row[2] for row in rows_of(book, "Open alerts", 5)]
        assert told_of == [it["says"] for it in warned if it["site"]]
        page = ministry.get(f"/dashboard?as_of={day}&lang=en").text
        text = words_of(made(ministry, file_type="hwpx", **order))
        words = f"KRW {told['national_won'] // 10**9:,} billion"
        assert words in page
        assert words in text
        with app.app_context():
            slugs = {it["source"] for it in told["sites"]}
            urls = db.session.scalars(select(Source.url).where(Source.slug.in_(slugs))).all()
        assert urls
        assert all(url in text for url in urls)
