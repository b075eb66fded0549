"""Charts of the dashboard: months, milestones, money and outcomes, the same through every door."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.planning import planned_work
from tests.reporting import AFTER, BEFORE
from tracker.money.account import Account
from tracker.money.ledger import Fund, Money, MoneyStage
from tracker.monitor.curves import days_of
from tracker.monitor.funding import sources

DAYS = ("2023-12-31", "2024-09-15", "2025-03-31")
LEVELS = ("track=any", "province=51", "site=sokcho-2023", "deployment=sokcho-2023-smart-pole")
NAMES = ("pv_won", "ev_won", "ac_won")
won = st.none() | st.integers(0, 10**12)


@pytest.fixture
def told(client):
    """The dashboard as the API tells it."""
    return lambda asked: client.get(f"/api/v1/dashboard?{asked}").json


@pytest.fixture
def work(app):
    """A sample: the plan and the progress of Sokcho."""
    planned_work(app)


def test_a_month_says_what_the_level_says_as_of_its_day(told, work):
    for asked in LEVELS:
        months = {it["on"]: it for it in told(f"{asked}&as_of={DAYS[-1]}")["curves"]["months"]}
        for day in ("2023-12-31", "2024-06-30", "2025-03-31"):
            level = told(f"{asked}&as_of={day}")["level"]
            assert {it: months[day][it] for it in NAMES} == {it: level[it] for it in NAMES}, asked
    site = told(f"site=sokcho-2023&as_of={DAYS[-1]}")
    assert site["level"]["ev_won"] == 4 * site["level"]["bac_won"] // 10
    assert site["level"]["spi_t"] < 1
    assert site["level"]["sv_t_months"] == pytest.approx(
        site["level"]["es_months"] - site["level"]["at_months"]
    )


def test_the_forecast_goes_on_from_what_is_earned_to_all_of_it(told, work):
    found = told(f"site=sokcho-2023&as_of={DAYS[-1]}")
    level, months = found["level"], found["curves"]["months"]
    ahead = [it for it in months if it["on"] >= DAYS[-1]]
    hopes = [it["forecast_won"] for it in ahead]
    assert hopes[0] == level["ev_won"]
    assert hopes == sorted(hopes)
    assert hopes[-1] == level["bac_won"]
    assert {(it["ev_won"], it["ac_won"]) for it in ahead[1:]} == {(None, None)}
    last = found["curves"]["milestones"][-1]
    assert last["expected"] == last["planned"] == level["deployments"]
    assert last["reached"] is None  # nobody told of one


def numbers(page: str, table: str) -> list[list[int | None]]:
    """The rows of the table that a chart is drawn from, as its script reads them."""
    part = (
        page.partition(f'data-chart="{table}"')[2].partition("<table")[2].partition("</table>")[0]
    )
    heads = re.findall(r"<th scope=\"col\"[^>]*data-tone[^>]*>", part)
    body = part.partition("<tbody>")[2]
    found = []
    for row in body.split("<tr>")[1:]:
        cells = re.findall(r"<td([^>]*)>", row)[: len(heads)]
        values = [re.search(r'data-value="(\d+)"', cell) for cell in cells]
        found.append([int(it[1]) if it else None for it in values])
    return found


def test_page_api_and_files_say_the_same_on_three_days(client, told, work):
    for day in DAYS:
        asked = f"province=51&as_of={day}"
        api = told(asked)
        page = client.get(f"/dashboard?lang=en&{asked}").text
        months = api["curves"]["months"]
        shown = [it for it in NAMES if any(row[it] is not None for row in months)]
        if api["level"]["ev_won"] is not None:
            shown.append("forecast_won")
        assert numbers(page, "months") == [[row[it] for it in shown] for row in months]
        stages = [it for it in api["funding"] if it["told_won"] is not None]
        rows = [row for row in numbers(page, "stages") if any(it is not None for it in row)]
        assert [sum(it or 0 for it in row) for row in rows] == [it["told_won"] for it in stages]
        tables = {
            "levels": [*api["parts"], api["level"]],
            "months": months,
            "milestones": api["curves"]["milestones"],
            "funding": api["funding"],
            "results": api["results"],
        }
        for name, expected in tables.items():
            if day != DAYS[1]:  # each file is asked for in one form a day, for speed
                sheet = client.get(f"/dashboard/{name}.csv?{asked}").data.decode("utf-8-sig")
                lines = list(csv.DictReader(io.StringIO(sheet)))
                assert [amounts(it) for it in lines] == [amounts(it) for it in expected]
            else:
                assert client.get(f"/dashboard/{name}.json?{asked}").json == expected


def amounts(row: dict[str, object]) -> dict[str, str]:
    """The amounts of a row as a file writes them."""
    told = {key: it for key, it in row.items() if key.endswith("_won")}
    return {key: "" if it is None else str(it) for key, it in told.items()}


def test_money_by_source_is_the_ledger_to_the_won(told, work):
    for asked in LEVELS[:3]:
        found = told(f"{asked}&as_of={DAYS[-1]}")
        by_stage = {it["stage"]: it for it in found["funding"]}
        for stage in ("committed", "received", "spent"):
            assert by_stage[stage]["whole_won"] == found["level"][f"{stage}_won"]


@given(st.dictionaries(st.sampled_from(list(Fund)), st.integers(0, 10**12)))
def test_sources_add_up_to_all_that_was_told(amounts):
    rows = {
        (fund, MoneyStage.SPENT): Money(fund=fund, stage=MoneyStage.SPENT, amount_won=amount)
        for fund, amount in amounts.items()
    }
    account = Account(rows)
    parts = sources(account, MoneyStage.SPENT)
    if not amounts:
        assert parts == {}
        return
    told = amounts.get(Fund.ALL)
    whole = account.total(MoneyStage.SPENT)
    assert sum(parts.values()) == (account.at_least(Fund.ALL, MoneyStage.SPENT) or 0)
    assert whole is None or sum(parts.values()) == whole
    assert told is None or sum(parts.values()) == told


def test_outcomes_stand_with_their_interval_and_are_not_pooled(approved, client, told):
    approved(BEFORE)
    approved(AFTER)
    for asked in ("track=any", "deployment=sokcho-2023-smart-crosswalk"):
        [one] = told(asked)["results"]
        assert [round(one[it], 2) for it in ("estimate", "low", "high")] == [0.47, 0.19, 1.10]
    page = unescape(client.get("/dashboard?site=sokcho-2023&lang=en").text)
    part = page.partition('id="outcomes"')[2].partition("</section>")[0]
    assert "Nothing is pooled" in part
    assert "0.47× [0.19, 1.10]" in part
    assert told("site=boryeong-2023")["results"] == []


def test_the_page_says_why_little_is_known_and_keeps_its_narrowing(client):
    page = client.get("/dashboard?lang=en&as_of=2025-03-31&solution=smart-pole").text
    assert "Not known here on this day: " in page
    assert "They appear as soon as a site tells its budget" in page
    assert '<option value="smart-pole" selected>' in page
    links = re.findall(r'href="([^"]*/dashboard[^"]*)"', page)
    kept = [it for it in links if "as_of=2025-03-31" in it and "solution=smart-pole" in it]
    assert any("province=" in it for it in kept)
    assert any("/dashboard/months.csv" in it for it in kept)
    for address in ("/sites/sokcho-2023", "/deployments/sokcho-2023-smart-pole"):
        assert re.search(r'href="/dashboard\?(site|deployment)=sokcho', client.get(address).text)
    down = client.get("/dashboard?lang=en&deployment=sokcho-2023-smart-pole").text
    crumbs = down.partition('class="hs-crumbs"')[2].partition("</nav>")[0]
    assert ["province=51" in crumbs, "site=sokcho-2023" in crumbs] == [True, True]


def test_days_end_with_the_day_that_is_asked_about_or_the_plan():
    days = days_of(date(2024, 1, 10), date(2024, 3, 15), date(2024, 4, 2))
    assert [it.isoformat() for it in days] == [
        "2024-01-31",
        "2024-02-29",
        "2024-03-15",
        "2024-03-31",
        "2024-04-30",
    ]
    far = days_of(date(1990, 1, 1), date(2024, 3, 31), date(9999, 12, 31))
    assert len(far) == 120 + 1 + 36
    assert json.dumps([it.isoformat() for it in far]) == json.dumps(
        sorted(it.isoformat() for it in far)
    )
