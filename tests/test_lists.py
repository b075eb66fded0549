"""Every list: its shape, its pages, its filters, its order, and what it refuses."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app import KINDS
from common.db import db
from tests.crowd import CROWD, ROWS, make_crowd

LISTS = [name for name, it in KINDS.items() if it.find is not None]
UNSEEDED = {"outcomes"}  # no real one is known: only what sites report stands there
SEEDED = [name for name in LISTS if name not in UNSEEDED]
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
    "coaching": ("kind", "moon", "visit"),
    "rounds": ("year", "moon", "2023"),
}


def find(client, many: str, **asked: object):
    return client.get(f"/api/v1/{many}", query_string=asked)


@pytest.mark.parametrize("many", LISTS)
def test_a_list_tells_its_items_pages_and_total(client, many):
    answer = find(client, many, per_page=2, page=1).json
    assert list(answer) == ["items", "page", "pages", "total"]
    assert len(answer["items"]) == min(2, answer["total"])
    assert answer["pages"] == -(-answer["total"] // 2)


@pytest.mark.parametrize("many", SEEDED)
def test_the_fields_of_a_row_stand_in_the_order_of_the_schema(client, many):
    row = find(client, many, per_page=1).json["items"][0]
    assert list(row) == list(KINDS[many].list_schema().fields)


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


@pytest.mark.parametrize("many", SEEDED)
def test_a_page_beyond_the_last_is_empty_and_says_so(client, many):
    answer = find(client, many, page=1000)
    assert (answer.status_code, answer.json["items"]) == (200, [])
    assert answer.json["total"] > 0


@pytest.mark.parametrize("many", LISTS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
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
    ],
)
def test_what_a_list_does_not_know_is_refused_by_name(client, many, name, value):
    answer = find(client, many, **{name: value})
    assert answer.status_code == 422
    assert answer.json["status"] == 422
    assert list(answer.json["errors"]) == [name]


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
    assert both == 243 + 19


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


@pytest.fixture
def crowd(app):
    """`crowd(300)`: that many more things in every list."""

    def make(count: int) -> None:
        with app.app_context():
            make_crowd(count)
            db.session.commit()
            for name in LISTS:
                total = select(func.count()).select_from(KINDS[name].model)
                assert (db.session.scalar(total) or 0) >= min(count, CROWD.get(name, ROWS)), name

    return make


def count_of(statements, person, address: str) -> int:
    with statements() as sent:
        answer = person.get(address)
    assert answer.status_code == 200, address
    return len(sent)


@pytest.mark.parametrize("face", ["/api/v1", ""])
def test_lists_and_files_ask_the_database_as_often_for_one_row_as_for_300(
    app, login, crowd, statements, face
):
    person = login("ministry")  # may read all, so that nothing is left out
    # A file is the same on both faces, so only the API's are taken.
    ends = [".csv", ".json", ".xlsx", "?per_page=200"] if face else ["?per_page=200"]
    addresses = [f"{face}/{many}{end}" for many in LISTS for end in ends]
    addresses += [f"{face}/dashboard"] + (["/api/v1/sites.geojson"] if face else ["/", "/map"])
    crowd(1)
    few = {address: count_of(statements, person, address) for address in addresses}
    crowd(ROWS)
    many_ = {address: count_of(statements, person, address) for address in addresses}
    assert {it: (few[it], many_[it]) for it in addresses if few[it] != many_[it]} == {}
