"""The timeline of a site: everything dated in one list, narrowed, as of a day, and as a file."""

from __future__ import annotations

import csv
import io

import pytest

pytestmark = pytest.mark.both_databases

SOKCHO = "/api/v1/sites/sokcho-2023/timeline"


def told(client, **asked: object) -> list[dict[str, object]]:
    return client.get(SOKCHO, query_string={"per_page": 200, **asked}).json["items"]


def test_it_holds_selection_plan_completion_and_money_newest_first(client):
    events = told(client, lang="en")
    assert [it["on"] for it in events] == sorted((it["on"] for it in events), reverse=True)
    texts = [it["text"] for it in events]
    for part in (
        "Selected",
        "Planned 29",
        "Installed 17",
        "National money: Committed KRW 2 billion",
    ):
        assert any(part in text for text in texts), part
    assert {it["kind"] for it in events} >= {"selection", "progress", "quantity", "money"}


def test_it_is_narrowed_by_kind_and_days(client):
    assert {it["kind"] for it in told(client, kind="quantity")} == {"quantity"}
    both = told(client, kind=["quantity", "selection"])
    assert {it["kind"] for it in both} == {"quantity", "selection"}
    some = told(client, begin="2025-01-01", end="2025-12-31")
    assert some
    assert all("2025-01-01" <= str(it["on"]) <= "2025-12-31" for it in some)


def test_it_stands_as_of_a_day_and_as_known_on_one(client, login):
    assert all(str(it["on"]) <= "2024-06-30" for it in told(client, as_of="2024-06-30"))
    assert told(client, as_of="2023-01-01") == []
    report = {"stage": "accepted", "value": 16, "on": "2025-03-20"}
    login("municipality").post("/api/v1/deployments/sokcho-2023-smart-pole/quantities", json=report)
    assert "16" in str(told(client, begin="2025-03-20", end="2025-03-20"))
    early = told(client, begin="2025-03-20", end="2025-03-20", known_on="2026-01-01")
    assert early == []


@pytest.mark.parametrize("asked", [{}, {"kind": "quantity"}, {"as_of": "2024-01-01"}])
def test_its_file_holds_the_same_rows(client, asked):
    file = client.get(f"{SOKCHO}.csv", query_string=asked).data.decode("utf-8-sig")
    rows = [(row["on"], row["text"]) for row in csv.DictReader(io.StringIO(file))]
    assert rows == [(it["on"], it["text"]) for it in told(client, **asked)]


def test_the_text_of_a_session_is_not_on_it(client, logged):
    logged()
    page = client.get("/sites/sokcho-2023/timeline").text
    assert "아무도 모르는" not in page
    assert any(it["kind"] == "coaching" for it in told(client))


def test_it_takes_the_same_statements_for_many_events(client, login, statements):
    with statements() as few:
        told(client)
    for day in range(1, 10):
        login("municipality").post(
            "/api/v1/deployments/sokcho-2023-smart-pole/quantities",
            json={"stage": "accepted", "value": day, "on": f"2025-04-0{day}"},
        )
    with statements() as many:
        told(client)
    assert len(few) == len(many)


def test_a_site_that_is_not_there_and_a_wrong_filter_are_refused(client):
    assert client.get("/api/v1/sites/nowhere/timeline").status_code == 404
    assert client.get(f"{SOKCHO}?kind=moon").status_code == 422
    assert client.get(f"{SOKCHO}?begin=2025-02-30").status_code == 422
