"""Every list: its shape, its pages, its filters, its order, and what it refuses."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import func, select

from app import KINDS, ROOT
from catalog.evidence import Evidence
from catalog.solutions import Solution
from catalog.sources import Mark
from common.db import db
from tests.crowd import CROWD, DAY, ROWS, make_crowd
from tracker.checklists.compliance_rows import By
from tracker.deployments import Deployment
from tracker.register.units import InstalledUnit

LISTS = [name for name, it in KINDS.items() if it.find is not None]
SORTS = [(name, sort) for name in LISTS for sort in KINDS[name].sorts]
# A filter of each list that takes a value, one that it refuses, and a good one.
WRONG = {
    "solutions": ("service_field", "moon", "transport"),
    "guidelines": ("status", "moon", "in_force"),
    "items": ("level", "moon", "must"),
    "evidence": ("grade", "Z", "A"),
    "indicators": ("kind", "moon", "rate"),
    "costs": ("solution", "no-such-thing", "smart-pole"),
    "discrepancies": ("solution", "no-such-thing", "smart-crosswalk"),
    "sites": ("as_of", "2025-02-30", "2025-02-28"),
    "deployments": ("state", "moon", "planned"),
    "money": ("stage", "moon", "spent"),
    "coaching": ("kind", "moon", "visit"),
    "rounds": ("year", "moon", "2023"),
    "checks": ("result", "moon", "deviates"),
    "milestones": ("kind", "moon", "installed"),
    "budgets": ("fund", "moon", "national"),
    "revisions": ("state", "moon", "proposed"),
    "reports": ("month", "2026-13", "2024-01"),
    "units": ("state", "moon", "not_inspected"),
    "agreements": ("as_of", "2025-02-30", "2025-02-28"),
    "requests": ("state", "moon", "asked"),
    "planned-sessions": ("state", "moon", "planned"),
}


@pytest.fixture(autouse=True)
def _some(request, app):
    """A few rows in a list that the seeds leave empty, for the tests that need some."""
    many = getattr(getattr(request.node, "callspec", None), "params", {}).get("many")
    if many in LISTS and not (ROOT / "seeds" / f"{many}.yaml").exists():
        with app.app_context():
            make_crowd(3)
            if many == "units":  # of which only one that was not inspected has a warranty
                pole = db.session.scalars(select(Deployment).limit(1)).unique().one()
                plain = {"deployment": pole, "asset_number": "1", "installed_on": DAY}
                db.session.add(InstalledUnit(slug="sample", warranty_until=DAY, **plain))
            db.session.commit()


def find(client, many: str, **asked: object):
    return client.get(f"/api/v1/{many}", query_string=asked)


@pytest.mark.parametrize("many", LISTS)
def test_a_list_tells_its_items_pages_and_total(client, many):
    answer = find(client, many, per_page=2, page=1).json
    assert list(answer) == ["items", "page", "pages", "total"]
    assert len(answer["items"]) == min(2, answer["total"])
    assert answer["pages"] == -(-answer["total"] // 2)


@pytest.mark.parametrize("many", LISTS)
def test_the_fields_of_a_row_stand_in_the_order_of_the_schema(client, many):
    row = find(client, many, per_page=1).json["items"][0]
    assert list(row) == list(KINDS[many].list_schema().fields)


@pytest.mark.both_databases
@pytest.mark.parametrize("many", LISTS)
def test_its_pages_hold_each_thing_once(client, many):
    whole = find(client, many, per_page=200).json
    by = KINDS[many].model.by
    size = max(1, whole["total"] // 3)
    parts = [
        it[by]
        for page in range(1, -(-whole["total"] // size) + 1)
        for it in find(client, many, per_page=size, page=page).json["items"]
    ]
    assert len(parts) == len(set(parts)) == whole["total"]
    assert parts[:200] == [it[by] for it in whole["items"]]


@pytest.mark.parametrize("many", LISTS)
def test_a_page_beyond_the_last_is_empty_and_says_so(client, many):
    answer = find(client, many, page=1000)
    assert (answer.status_code, answer.json["items"]) == (200, [])
    assert answer.json["total"] > 0


UNKNOWN = [
    ("page", "0"),
    ("page", "-1"),
    ("page", "x"),
    ("page", "1e9"),
    ("page", "99999999"),
    ("page", "١"),
    ("per_page", "0"),
    ("per_page", "201"),
    ("per_page", "many"),
    ("sort", "moon"),
    ("sort", "-"),
    ("no_such_filter", "1"),
    ("password", "x"),
]


@pytest.mark.parametrize("many", LISTS)
def test_what_a_list_does_not_know_is_refused_by_name(client, many):
    for name, value in UNKNOWN:
        answer = find(client, many, **{name: value})
        assert (answer.status_code, answer.json["status"]) == (422, 422), (name, value)
        assert list(answer.json["errors"]) == [name], value


@pytest.mark.parametrize("many", list(WRONG))
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_wrong_value_is_refused_in_the_readers_language(client, many, lang):
    name, value, _good = WRONG[many]
    answer = find(client, many, **{name: value, "lang": lang})
    assert answer.status_code == 422
    sentences = str(answer.json["errors"][name]) + answer.json["title"]
    is_korean = any("가" <= letter <= "힣" for letter in sentences)
    assert is_korean == (lang == "ko"), sentences


@pytest.mark.parametrize("many", list(WRONG))
def test_a_good_value_narrows_the_list(client, many):
    name, _wrong, good = WRONG[many]
    answer = find(client, many, **{name: good})
    assert answer.status_code == 200
    assert 0 < answer.json["total"] <= find(client, many).json["total"]


def test_a_filter_may_be_given_more_than_once(client):
    both = client.get("/api/v1/items?level=must&level=may").json["total"]
    assert both == 289 + 19


def test_a_blank_filter_is_no_filter(client):
    assert find(client, "solutions", q="", kind="", grade=" ").json["total"] == 22


@pytest.mark.parametrize(
    ("many", "asked"),
    [
        ("rounds", {"year": "9" * 30}),
        ("rounds", {"year": "-" + "9" * 30}),
        ("solutions", {"q": "%"}),
        ("solutions", {"q": "_"}),
        ("solutions", {"q": "\\"}),
        ("solutions", {"q": "'; DROP TABLE solution; --"}),
        ("solutions", {"q": "x" * 300}),
        ("sites", {"as_of": "0001-01-01"}),
        ("sites", {"as_of": "9999-12-31"}),
        ("sites", {"known_on": "9999-12-31"}),
        ("sites", {"known_on": "0001-01-01"}),
        ("sites", {"q": "😀"}),
        ("evidence", {"country": "\u0000"}),
    ],
)
def test_strange_values_are_answered_or_refused_and_never_break(client, many, asked):
    assert find(client, many, **asked).status_code in (200, 422)


@pytest.mark.parametrize("q", ["%", "_", "\\"])
def test_a_wildcard_in_a_search_is_an_ordinary_character(client, q):
    assert find(client, "solutions", q=q).json["total"] == 0


@pytest.mark.parametrize(
    ("q", "slug"), [("횡단", "smart-crosswalk"), ("ㅎㄷㅂㄷ", "smart-crosswalk")]
)
def test_a_search_finds_parts_of_names_and_initial_consonants(client, q, slug):
    assert slug in {it["slug"] for it in find(client, "solutions", q=q).json["items"]}


@pytest.mark.both_databases
@pytest.mark.parametrize(("many", "sort"), SORTS, ids=["-".join(pair) for pair in SORTS])
def test_a_list_is_sorted_both_ways_with_the_unknown_last(client, many, sort):
    up = [it.get(sort) for it in find(client, many, sort=sort, per_page=200).json["items"]]
    down = [it.get(sort) for it in find(client, many, sort=f"-{sort}", per_page=200).json["items"]]
    for values, backwards in ((up, False), (down, True)):
        known = [value for value in values if value is not None]
        assert values == known + [None] * (len(values) - len(known))
        if not any(letter >= "가" for letter in str(known)):
            assert known == sorted(known, reverse=backwards)
    if len(up) < 200:
        assert len(up) == len(down)


def test_solutions_stand_best_graded_first_and_then_by_name(client):
    rows = find(client, "solutions", per_page=200).json["items"]
    with client.application.app_context():
        by_name = db.session.scalars(select(Solution.slug).order_by(Solution.name_ko)).all()
        looked_for = select(Evidence).where(Evidence.headline, Evidence.mark == Mark.NOT_FOUND)
        not_found = {it.solution.slug for it in db.session.scalars(looked_for)}
    ranks = {it["slug"]: "Z" if it["slug"] in not_found else it["best_grade"] or "Z" for it in rows}
    assert list(ranks) == sorted(ranks, key=lambda slug: (ranks[slug], by_name.index(slug)))
    assert set(ranks.values()) == {"A", "B", "C", "D", "Z"}


def test_a_good_grade_of_its_parts_does_not_put_a_solution_first(client):
    rows = find(client, "solutions", per_page=200).json["items"]
    pole = next(it for it in rows if it["slug"] == "smart-pole")
    assert pole["best_grade"] == "A"  # a study of lamps, not of the pole
    assert rows.index(pole) > max(n for n, it in enumerate(rows) if it["best_grade"] == "D")


def test_page_and_files_of_solutions_stand_in_the_order_of_the_api(client):
    slugs = [it["slug"] for it in find(client, "solutions", per_page=200).json["items"]]
    page = client.get("/solutions?per_page=200").text
    links = re.findall(r'class="hs-name" href="/solutions/([a-z0-9-]+)"', page)
    assert links == slugs
    assert "근거 등급이 높은 순" in page
    assert "근거 등급이 높은 순" not in client.get("/solutions?sort=slug").text
    assert [it["slug"] for it in client.get("/solutions.json").json] == slugs
    lines = csv.DictReader(io.StringIO(client.get("/solutions.csv").data.decode("utf-8-sig")))
    assert [it["slug"] for it in lines] == slugs


def make(app, count: int) -> None:
    """`count` more things in every list."""
    with app.app_context():
        make_crowd(count)
        db.session.commit()
        for name in LISTS:
            total = select(func.count()).select_from(KINDS[name].model)
            assert (db.session.scalar(total) or 0) >= min(count, CROWD.get(name, ROWS)), name


def count_of(statements, person, address: str) -> int:
    with statements() as sent:
        answer = person.get(address)
    assert answer.status_code == 200, address
    return len(sent)


def test_pages_files_and_figures_ask_the_database_as_often_for_1_row_as_for_300(
    app, login, statements
):
    person = login("ministry")  # may read all, so that nothing is left out
    lists = [f"{face}/{many}?" for many in LISTS for face in ("", "/api/v1")]
    lists += [f"{face}/compliance?track=any&by={by}&" for by in By for face in ("", "/api/v1")]
    # All files of a list come from the same rows, and are the same on both faces.
    whole = [f"/api/v1/{many}.csv" for many in LISTS]
    whole += [
        "/api/v1/sites.geojson",
        "/api/v1/dashboard",
        "/dashboard",
        "/",
        "/map?links=1&leaders=1",
    ]
    whole += ["/dashboard?province=51", "/dashboard?track=any&against=2024-12-31"]
    whole += ["/dashboard/months.csv?track=any", "/dashboard?deployment=sokcho-2023-smart-pole"]
    whole += [f"/map?layer={layer}" for layer in ("working", "execution", "evidence")]
    whole += ["/map?by=province&layer=progress", "/map/months.json?layer=coaching"]
    whole += ["/map/leaders.csv", "/map/links.geojson"]
    whole += [
        f"/ogc/collections/{name}/items?limit=1000" for name in ("sites", "deployments", "units")
    ]
    whole += ["/ogc/collections/sites/items?bbox=120,30,135,40", "/ogc/collections", "/near"]
    whole += ["/catalog.jsonld", "/deployments.geojson", "/municipalities.geojson"]
    for face in ("", "/api/v1"):
        whole += [f"{face}/deployments/sokcho-2023-smart-pole/checklist"]
        whole += [f"{face}/guidelines/kwcag22"]
    make(app, 1)  # a kind without seeds has one as well
    few = {address: count_of(statements, person, address) for address in whole}
    make(app, ROWS)
    many_ = {address: count_of(statements, person, address) for address in whole}
    for address in lists:
        few[address], many_[address] = (
            count_of(statements, person, f"{address}per_page={rows}&page={page}")
            for rows, page in ((1, 2), (200, 1))
        )
    assert {it: (few[it], many_[it]) for it in few if few[it] != many_[it]} == {}
