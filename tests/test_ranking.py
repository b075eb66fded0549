"""The ranking of coaches: its formula followed by hand, stable, and held against real sites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from accounts.organisations import Organisation
from common.db import db
from common.facts import When
from tests.rights import PEOPLE
from tracker.coaching.directory import coach_records, find_coaches, need_of, rank_for
from tracker.coaching.ranking import WEIGHTS, Need, Offer, kilometres, ranked
from tracker.rollout import site_records
from tracker.sites import Site

SEOUL, BUSAN = (37.5665, 126.9780), (35.1796, 129.0756)
TOWN = Need(frozenset({"a", "b"}), 80_000, "si", "강원특별자치도", SEOUL)


def test_a_known_distance_is_found():
    assert kilometres(SEOUL, BUSAN) == pytest.approx(325, abs=1)
    assert kilometres(SEOUL, SEOUL) == 0


def test_the_points_are_those_worked_out_by_hand():
    offer = Offer(
        "x",
        {"a": 2021},
        population=80_000,
        kind="si",
        province="경기도",
        place=SEOUL,
        capacity_min=600,
        due_min=150.0,
    )
    [rank] = ranked(TOWN, [offer], 2025)
    values = [it.value for it in rank.parts]
    # breadth 1/2, 4 years; population 1, kind 1, province 0, shared 1/2; 0 km; 450 of 600 free.
    assert values == pytest.approx([0.75 * 0.9, 2.5 / 4, 1.0, 0.75])
    assert rank.points == pytest.approx(27 + 15.625 + 20 + 11.25, abs=0.06)
    assert rank.known_weight == 100


def test_unknown_is_the_middle_and_says_so():
    [rank] = ranked(Need(), [Offer("x", compared=False)], 2025)
    assert [it.value for it in rank.parts] == [None] * 4
    assert (rank.points, rank.known_weight, sum(WEIGHTS.values())) == (50.0, 0, 100)


offers = st.builds(
    Offer,
    slug=st.text("abcdef", min_size=1, max_size=4),
    since=st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(1990, 2030)),
    compared=st.booleans(),
    population=st.none() | st.integers(1, 10**7),
    kind=st.sampled_from([None, "si", "gun"]),
    province=st.sampled_from([None, "경기도"]),
    place=st.sampled_from([None, SEOUL, BUSAN]),
    capacity_min=st.none() | st.integers(0, 5000),
    due_min=st.floats(0, 10_000),
)


@given(st.lists(offers, max_size=6, unique_by=lambda it: it.slug), st.randoms())
def test_the_order_is_stable_whatever_the_order_they_come_in(some, chance):
    shuffled = chance.sample(some, len(some))
    one, other = ranked(TOWN, some, 2025), ranked(TOWN, shuffled, 2025)
    assert [it.slug for it in one] == [it.slug for it in other]
    assert all(0 <= it.points <= 100 for it in one)
    assert [it.points for it in one] == sorted((it.points for it in one), reverse=True)


def test_the_real_leading_bodies_are_ranked_for_the_real_sites(app, client):
    with app.test_request_context():
        records = coach_records(db.session.scalars(find_coaches()).all(), When.of())
        sites = db.session.scalars(select(Site).where(Site.slug.endswith("-2023"))).all()
        best = {
            it.site.slug: [one.slug for one in rank_for(need_of(it), records)]
            for it in site_records(sites)
        }
        towns = db.session.scalars(select(Organisation).where(Organisation.slug.in_(("sokcho",))))
        [sokcho] = coach_records(towns.all(), When.of())
        [goryeong] = site_records([it for it in sites if it.slug == "goryeong-2023"])
        [near] = rank_for(need_of(goryeong), [sokcho])
    assert all(set(it) == {one.slug for one in records} for it in best.values())
    assert len(records) == 8
    [far] = [it.figures["km"] for it in near.rank.parts if it.name == "distance"]
    assert 240 < far < 290, "from the hall of Sokcho to that of Goryeong"
    ask = {"site": "sokcho-2023", "solution": "smart-crosswalk", "lang": "en"}
    rows = client.get("/api/v1/coaches", query_string=ask).json["items"]
    assert [it["slug"] for it in rows] == ["seongdong"]
    assert rows[0]["reasons"][0].startswith("Experience: 1 of 1 solutions, up to ")
    assert rows[0]["reasons"][2].startswith("Distance: not known")
    assert rows[0]["capacity_min"] is None
    page = client.get("/coaches", query_string=ask)
    assert "Experience: 1 of 1 solutions" in page.text
    assert client.get("/coaches.csv", query_string=ask).text.count("seongdong") == 1
    known = client.get("/api/v1/coaches", query_string={"site": "uiwang-2023"}).json
    again = client.get("/api/v1/coaches", query_string={"site": "uiwang-2023", "per_page": 3}).json
    assert known["items"][:3] == again["items"]
    assert known["total"] == again["total"] == 8


def test_an_office_tells_of_itself_and_what_it_said_before_stays(login, client):
    told = {"reach_ko": "견본: 스마트도시과", "languages": ["ko", "en"], "capacity_min": 600}
    coach = login("coach")
    assert coach.post("/api/v1/coaches/seongdong/office", json=told).status_code == 201
    assert client.get("/api/v1/coaches?language=en").json["items"][0]["capacity_min"] == 600
    before = client.get("/api/v1/coaches/seongdong?known_on=2025-01-01").json
    assert (before["capacity_min"], before["office"]) == (None, None)
    empty = coach.post("/coaches/seongdong/office", data={"capacity_min": ""})
    assert empty.status_code == 422
    wrong = coach.post("/api/v1/coaches/seongdong/office", json={"capacity_min": -1})
    assert set(wrong.json["errors"]) == {"capacity_min"}
    assert PEOPLE["coach"][1] == "seongdong"
