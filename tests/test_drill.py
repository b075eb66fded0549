"""Levels of the dashboard: they add up, page and API say the same, and two days are compared."""

from __future__ import annotations

import re
from datetime import date

import pytest
from markupsafe import escape
from sqlalchemy import select

from catalog.sources import Source
from common.db import db
from tracker.deployments import Deployment
from tracker.plan.budgets import BudgetLine
from tracker.plan.milestones import Milestone
from tracker.progress import Quantity

REACHED = date(2024, 7, 1)
DAYS = ("2023-12-31", "2024-12-31", "2025-03-31")
SUMS = ("sites", "deployments", "bac_won", "pv_won", "ev_won", "ac_won", "spi_known", "cpi_known")
SUMS += ("committed_won", "spent_won", "match_shortfall_won", "working_qty", "given_min")
OF_SITES = (*SUMS, "items_applicable", "items_met")


@pytest.fixture
def told(client):
    """The dashboard as the API tells it."""
    return lambda **asked: client.get("/api/v1/dashboard", query_string=asked).json


@pytest.fixture
def planned(app):
    """A sample: the deployments of Sokcho with budgets, days and quantities."""
    with app.app_context():
        cited = {
            "mark": "verified",
            "source": db.session.scalars(select(Source).limit(1)).first(),
            "on": date(2023, 5, 1),
        }
        chosen = select(Deployment).where(Deployment.slug.startswith("sokcho-2023"))
        for n, it in enumerate(db.session.scalars(chosen).unique()):
            of = cited | {"deployment": it}
            rows = [
                BudgetLine(
                    key=f"b-{n}", fund="national", basis="planned", amount_won=1000 * (n + 1), **of
                ),
                Milestone(
                    key=f"m-{n}", kind="accepted", basis="baseline", due=date(2024, 6 + n, 1), **of
                ),
                Quantity(
                    key=f"p-{n}", stage="planned", value=10, **(of | {"on": date(2026, 1, 1)})
                ),
                Quantity(key=f"q-{n}", stage="planned", value=10, **of),
                Quantity(key=f"a-{n}", stage="accepted", value=5, **(of | {"on": REACHED})),
            ]
            db.session.add_all(rows)
        db.session.commit()


def added(rows: list[dict], name: str) -> int | None:
    known = [row[name] for row in rows if row[name] is not None]
    return sum(known) if known else None


def test_each_level_is_the_sum_of_the_level_below(told, planned):
    for day in DAYS:
        country = told(as_of=day)
        assert country["level"]["kind"] == "country"
        for name in OF_SITES:
            assert added(country["parts"], name) == country["level"][name], (day, name)
        for part in country["parts"] if day == DAYS[-1] else []:
            province = told(as_of=day, province=part["key"])
            assert province["level"] == part
            for name in OF_SITES:
                assert added(province["parts"], name) == part[name], (day, name)
    site = told(as_of="2024-12-31", site="sokcho-2023")
    assert {it["kind"] for it in site["parts"]} == {"deployment"}
    for name in ("bac_won", "pv_won", "ev_won", "items_applicable"):
        assert added(site["parts"], name) == site["level"][name]
    assert {it["cpi_unknown_because"] for it in site["parts"]} == {"split"}


def test_half_of_what_was_due_is_an_index_of_a_half(told, planned):
    level = told(as_of="2024-12-31", site="sokcho-2023")["level"]
    assert level["spi"] == 0.5
    assert level["sv_won"] == -level["bac_won"] // 2
    before = told(as_of="2024-05-31", site="sokcho-2023")["level"]
    assert (before["pv_won"], before["spi"]) == (0, None)


def test_without_a_plan_an_index_is_unknown_and_says_why(told):
    level = told(as_of="2025-03-31", site="okcheon-2023")["level"]
    assert (level["spi"], level["spi_unknown_because"]) == (None, "quantity")


def test_page_and_api_say_the_same_on_three_days(client, told, planned):
    for day in DAYS:
        page = client.get(f"/dashboard?lang=en&as_of={day}").text
        part = page.partition("Planned value, earned value and actual cost")[2].partition(
            "</table>"
        )
        ratios = re.findall(r"<strong>(\d+\.\d\d)</strong>", part[0])
        rows = told(as_of=day)
        levels = [*rows["parts"], rows["level"]]
        known = [
            it[name] for it in levels for name in ("spi", "cpi", "spi_t") if it[name] is not None
        ]
        assert ratios == [f"{it:.2f}" for it in known]


def test_two_days_are_compared_and_the_way_down_keeps_them(client, told):
    answer = told(as_of="2025-03-31", against="2023-12-31")
    then, now = told(as_of="2023-12-31")["level"], told(as_of="2025-03-31")["level"]
    for change in answer["changes"]:
        name = change["name"]
        assert (change["then"], change["now"]) == (then[name], now[name])
        known = None not in (then[name], now[name])
        assert change["difference"] == (now[name] - then[name] if known else None)
    page = client.get("/dashboard?lang=en&as_of=2025-03-31&against=2023-12-31&track=any").text
    down = next(it for it in re.findall(r'href="([^"]+)"', page) if "province=" in it)
    assert all(it in down for it in ("as_of=2025-03-31", "against=2023-12-31", "track=any"))
    exact = next(it for it in re.findall(r'href="([^"]+)"', page) if "known_on=" in it)
    assert "as_of=2025-03-31" in exact
    assert "EV ÷ PV" in client.get("/dashboard/methods?lang=en").text


WRONG = {
    "against": "2025-02-30",
    "site": "no-such",
    "solution": "no-such",
    "deployment": "no-such",
    "province": "99",
}
APART = {
    "deployment": "deployment=yangju-2023-smart-crosswalk&site=sokcho-2023",
    "site": "site=sokcho-2023&province=41",
}


def test_what_it_does_not_know_is_refused_in_words(client):
    asked = {name: f"{name}={value}" for name, value in WRONG.items()}
    asked["solution"] += "&province=51"
    for name, wrong in [*asked.items(), *APART.items()]:
        told = {}
        for lang in ("ko", "en"):
            answer = client.get(f"/api/v1/dashboard?lang={lang}&{wrong}")
            (told[lang],) = answer.json["errors"][name]
            page = client.get(f"/dashboard?lang={lang}&{wrong}")
            assert (answer.status_code, page.status_code) == (422, 422), wrong
            assert escape(told[lang]) in page.text
        assert told["ko"] != told["en"]


def test_a_level_before_its_selection_is_empty_and_says_what_it_is(told, client):
    for asked in ({"site": "sokcho-2023"}, {"deployment": "sokcho-2023-smart-pole"}):
        level = told(as_of="2020-01-01", **asked)["level"]
        assert (level["kind"], level["key"], level["sites"]) == (*asked.popitem(), 0)
    for day in ("0001-01-01", "2020-01-01", "9999-12-31"):
        page = client.get(f"/dashboard?deployment=sokcho-2023-smart-pole&as_of={day}")
        assert page.status_code == 200
        assert client.get(f"/api/v1/dashboard?as_of={day}").status_code == 200


def test_a_solution_narrows_the_figures_and_spending_is_not_split(told, planned):
    level = told(as_of="2024-12-31", solution="smart-pole")["level"]
    assert level["deployments"] == level["sites"]
    assert level["cpi"] is None
