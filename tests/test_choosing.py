"""Choosing: search, facets, compare, selector, memo and coaches, and what they refuse."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from accounts.organisations import Organisation
from catalog.choosing.coaches import TownKind, kind_of, nearest
from catalog.choosing.search import near
from catalog.conditions import Bearing, Condition, Operator, SiteFact, Verdict, judge
from catalog.sources import Mark
from common.locale import haystack

MONEY = {"national_won": "2,000,000,000", "local_won": "2000000000"}
WISH = MONEY | {
    "problem": ["pedestrian-crashes:3", "waiting-for-buses:2", "icy-roads", "parking-shortage"],
    "population": "82000",
    "town_kind": "city",
    "lanes": "2",
    "owner_consent": "false",
}


@pytest.fixture
def choose(client):
    """`choose(lanes=2)`: what the selector answers to a wish."""
    return lambda **more: client.get("/api/v1/solutions/select", query_string=WISH | more)


def test_a_solution_answers_to_all_its_names_initials_words_and_typos(client):
    wanted = {
        "ㅅㅁㅌㅎㄷㅂㄷ": "smart-crosswalk",
        "zebra crossing": "smart-crosswalk",
        "crosswalk smart": "smart-crosswalk",
        "횡단보두": "smart-crosswalk",
        "crosswolk": "smart-crosswalk",
        "스마드폴": "smart-pole",
        "smrat pole": "smart-pole",
        "버스셜터": "smart-bus-shelter",
        "헬스캐어": "smart-healthcare-zone",
    }
    found = {
        q: [
            it["slug"]
            for it in client.get("/api/v1/solutions", query_string={"q": q}).json["items"]
        ]
        for q in wanted
    }
    assert {q: slug for q, slug in wanted.items() if slug not in found[q]} == {}
    for nonsense in ("달나라", "%%%%%", "there-is-none"):
        assert client.get("/api/v1/solutions", query_string={"q": nonsense}).json["total"] == 0
    assert "“횡단보두”" in client.get("/solutions?q=횡단보두").text


@given(st.text(max_size=12), st.lists(st.text(min_size=1, max_size=12), max_size=4))
def test_near_names_are_found_whatever_is_asked(q, names):
    known = tuple((n, haystack(name)) for n, name in enumerate(names))
    assert set(near(q, known)) <= set(range(len(names)))


def test_facets_count_what_each_value_leaves_under_the_other_filters(client):
    page = client.get("/solutions?problem=pedestrian-crashes&lang=en").text
    assert 'value="pedestrian-crashes" checked' in page
    told = client.get("/api/v1/solutions?problem=pedestrian-crashes&problem=dark-streets").json
    assert {it["slug"] for it in told["items"]} == {"smart-crosswalk", "smart-pole"}
    assert client.get("/api/v1/solutions?problem=moon").status_code == 422


def test_solutions_stand_side_by_side_with_what_differs_first(client):
    asked = "/solutions/compare?slug=smart-crosswalk&slug=smart-pole&slug=smart-crosswalk"
    told = client.get(f"/api/v1{asked}").json
    assert told["solutions"] == ["smart-crosswalk", "smart-pole"], "each once"
    assert all(row["differs"] for row in told["differing"])
    assert {"kind"} <= {row["key"] for row in told["alike"]}
    page = client.get(asked).text
    assert page.index('id="differences"') < page.index('id="alike"')
    five = "&".join(f"slug={slug}" for slug in ("smart-pole",) * 5)
    for wrong in (five, "slug=moon"):
        assert client.get(f"/api/v1/solutions/compare?{wrong}").status_code == 422
        refused = client.get(f"/solutions/compare?{wrong}")
        assert (refused.status_code, "hs-error" in refused.text) == (422, True)


def test_packages_fit_both_budgets_and_say_what_is_against_and_unknown(choose):
    told = choose().json
    assert told == choose().json, "same wish, same answer"
    for package in told["packages"]:
        assert package["national_won"] <= package["local_won"] <= 2_000_000_000
        assert package["national_won"] + package["local_won"] == package["cost_won"]
        assert sum(part["cost_won"] for part in package["parts"]) == package["cost_won"]
    by_slug = {it["solution"]: it for it in told["candidates"]}
    parking, ice = by_slug["smart-parking-sharing"], by_slug["road-ice-monitoring"]
    assert parking["standing"] == "ruled_out"
    assert [it["guideline_item"] for it in parking["broken"]] == ["PK-03"]
    assert ice["standing"] == "cost_not_known", "an unknown keeps an option"
    crosswalk = by_slug["smart-crosswalk"]
    assert "XW-28" in [it["guideline_item"] for it in crosswalk["broken"]]
    assert crosswalk["standing"] == "open_to_choice", "it rules out a part only"
    assert crosswalk["not_known"]
    assert crosswalk["peers"][0]["municipality"] == "sokcho", "nearest in population"
    assert [it["organisation"] for it in crosswalk["coaches"]] == ["seongdong"]
    there = choose(existing="smart-crosswalk").json["candidates"]
    assert {it["standing"] for it in there if it["solution"] == "smart-crosswalk"} == {
        "already_there"
    }


def test_where_nothing_fits_the_limit_and_the_missing_amount_are_named(choose, client):
    poor = {"national_won": "1000000", "local_won": "1000000"}
    told = choose(**poor).json
    assert told["packages"] == []
    first = told["shortfalls"][0]
    assert first["missing_money_won"] == first["cost_won"] - 2_000_000
    assert 'id="nothing"' in client.get("/solutions/select", query_string=WISH | poor).text
    assert client.get("/solutions/select/memo", query_string=WISH | poor).status_code == 404


def test_a_memo_is_a_page_and_a_sheet_of_the_same_package(client):
    page = client.get("/solutions/select/memo", query_string=WISH | {"lang": "en"}).text
    assert "Decision memo" in page
    sheet = client.get("/solutions/select/memo.xlsx", query_string=WISH | {"lang": "en"})
    book = load_workbook(io.BytesIO(sheet.data))
    names = [row[0].value for row in book["Package"].iter_rows(min_row=2)]
    told = client.get("/api/v1/solutions/select/memo", query_string=WISH).json["package"]
    assert len(names) == len(told["parts"])
    assert book["Sources"].max_row > 1
    assert all(name in page for name in names)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"national_won": "-1"}, "national_won"),
        ({"national_won": "0", "local_won": "0"}, "national_won"),
        ({"local_won": "1000000000"}, "local_won"),
        ({"upkeep_won": "many"}, "upkeep_won"),
        ({"population": "0"}, "population"),
        ({"population": "old"}, "population"),
        ({"problem": "pedestrian-crashes:9"}, "problem"),
        ({"problem": "moon"}, "problem"),
        ({"existing": "moon"}, "existing"),
        ({"wanted": "smart-pole:0"}, "wanted"),
        ({"lanes": "1e9"}, "lanes"),
        ({"sidewalk_m": "nan"}, "sidewalk_m"),
    ],
)
def test_a_wrong_wish_is_refused_beside_its_field_with_the_form_filled_in(
    choose, client, more, field
):
    told = choose(**more)
    assert (told.status_code, list(told.json["errors"])) == (422, [field])
    if field in ("population", "local_won", "problem"):
        page = client.get("/solutions/select", query_string=WISH | more)
        assert page.status_code == 422
        assert f'id="f-{field}-error"' in page.text
        assert 'value="2,000,000,000"' in page.text


def rule(fact: SiteFact, operator: Operator, value: float) -> Condition:
    return Condition(
        fact=fact, operator=operator, value=value, bearing=Bearing.WARNS, mark=Mark.VERIFIED
    )


def test_a_rule_is_kept_broken_or_not_known_and_a_text_is_for_a_person():
    lanes = rule(SiteFact.LANES, Operator.AT_LEAST, 4)
    speed = rule(SiteFact.SPEED, Operator.AT_MOST, 60)
    zone = rule(SiteFact.PROTECTED_ZONE, Operator.IS, 0)
    here = {SiteFact.LANES: 4.0, SiteFact.SPEED: 80.0}
    verdicts = [judge(it, here) for it in (lanes, speed, zone, Condition(mark=Mark.VERIFIED))]
    assert verdicts == [Verdict.KEPT, Verdict.BROKEN, Verdict.UNKNOWN, Verdict.TO_CHECK]


def test_coaches_of_the_same_kind_and_nearest_population_come_first():
    names = {"a": "가시", "b": "나군", "c": "다시", "d": "라시", "e": "마특별시"}
    bodies = [Organisation(slug=slug, name_ko=name, name_en=slug) for slug, name in names.items()]
    assert [kind_of(it) for it in bodies[:2]] == [TownKind.CITY, TownKind.COUNTY]
    assert kind_of(bodies[4]) is TownKind.METROPOLITAN
    residents = {"a": 500_000, "b": 80_000, "c": 90_000}
    found = nearest(bodies, lambda it: it, residents, population=80_000, kind=TownKind.CITY)
    assert [it.told.slug for it in found] == ["c", "a", "d", "b", "e"]
    assert [it.told.slug for it in nearest(bodies, lambda it: it, residents)] == list(names)
