"""Open data: OGC API - Features, the catalogue of data, columns, and sites in plain words."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app import KINDS
from tracker.checklists.compliance_views import COMPLIANCE
from tracker.deployments import Unit
from tracker.opendata.asking import Box, begin_of, day_in_korea
from tracker.opendata.columns import columns_of, promised
from tracker.opendata.documents import CONFORMS_TO

DATES = ("2023-12-31", "2025-03-31", None)
SOKCHO = "128.4,38.1,128.7,38.3"
PUBLISHED = {it.many: it for it in (*KINDS.values(), COMPLIANCE) if it.find or it is COMPLIANCE}


def ask(client, path: str, status: int = 200, **asked: object):
    query = {name: value for name, value in asked.items() if value is not None}
    answer = client.get(f"/ogc{path}", query_string=query)
    assert answer.status_code == status, answer.text
    return answer


def follow(client, link: dict[str, str]):
    parts = urlsplit(link["href"])
    answer = client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200, link
    assert answer.content_type.partition(";")[0] == link["type"].partition(";")[0], link
    return answer.json if "json" in link["type"] else answer.text


def links(document: dict) -> dict[str, dict[str, str]]:
    return {it["rel"]: it for it in document["links"]}


def ids(document: dict) -> list[str]:
    return [it["id"] for it in document["features"]]


@pytest.fixture
def poles(load):
    """23 sample units in Sokcho, the last without a place."""
    rows = [
        {
            "deployment": "sokcho-2023-smart-pole",
            "asset_number": f"견본-{n:02}",
            "installed_on": f"2024-05-{n + 1:02}",
            "lat": 38.207 if n < 22 else "",
            "lon": 128.5918 if n < 22 else "",
        }
        for n in range(23)
    ]
    code, told = load("csv", rows)
    assert code == 0, told
    return rows


def test_every_document_says_only_what_is_true_and_leads_on(client):
    landing = ask(client, "").json
    told = {rel: follow(client, it) for rel, it in links(landing).items()}
    assert set(told) == {
        "self",
        "alternate",
        "service-desc",
        "service-doc",
        "conformance",
        "data",
    }
    assert told["conformance"] == {"conformsTo": CONFORMS_TO}
    assert [name.rpartition("/")[2] for name in CONFORMS_TO] == ["core", "oas30", "geojson"]
    assert told["service-desc"]["openapi"].startswith("3.0.")
    paths = told["service-desc"]["paths"]
    found = told["data"]["collections"]
    assert [it["id"] for it in found] == ["sites", "deployments", "units"]
    for it in found:
        path = f"/collections/{it['id']}"
        assert {path, f"{path}/items", f"{path}/items/{{featureId}}"} <= set(paths)
        assert it["crs"] == ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
        own = {rel: follow(client, link) for rel, link in links(it).items()}
        assert own["self"] == it
        assert own["items"]["numberMatched"] == len(own["items"]["features"])
    west, south, east, north = found[0]["extent"]["spatial"]["bbox"][0]
    assert 124 < west < east < 132
    assert 33 < south < north < 39
    # Selected on the 13th of April 2023 in Korea, where the day begins before it does in UTC.
    assert found[0]["extent"]["temporal"]["interval"] == [["2023-04-12T15:00:00Z", None]]
    assert "spatial" not in found[2]["extent"]  # no unit is known


def test_features_say_what_list_and_file_say_at_any_date(client, poles):
    for as_of in DATES:
        for name in ("sites", "deployments", "units"):
            features = ask(client, f"/collections/{name}/items", as_of=as_of, limit=1000).json
            asked = {"as_of": as_of} | ({"track": "any"} if name == "sites" else {})
            listed = client.get(f"/{name}.json", query_string=asked).json
            file = client.get(f"/{name}.geojson", query_string=asked).json
            by_slug = {it["slug"]: it for it in listed}
            assert {it["id"]: it["properties"] for it in features["features"]} == by_slug
            placed = {it["properties"]["slug"]: it["geometry"] for it in file["features"]}
            assert {it["id"]: it["geometry"] for it in features["features"]} == placed
            assert features["numberMatched"] == features["numberReturned"] == len(listed)
            if as_of:
                assert file["as_of"] == as_of
            for shape in filter(None, placed.values()):
                assert shapely.geometry.shape(shape).is_valid
    assert features["numberMatched"] == 23
    one = ask(client, "/collections/sites/items/sokcho-2023", as_of=DATES[0]).json
    assert one["properties"]["state"] == "planned"
    assert links(one)["collection"]["href"].endswith("/collections/sites?as_of=2023-12-31")
    assert "속초시" in follow(client, links(one)["alternate"])


def test_pages_lead_forth_and_back_and_hold_each_feature_once(client, poles):
    page = ask(client, "/collections/units/items", limit=5, lang="en").json
    pages = [page]
    while "next" in links(page):
        page = follow(client, links(page)["next"])
        pages.append(page)
    assert [len(it["features"]) for it in pages] == [5, 5, 5, 5, 3]
    assert {it["numberMatched"] for it in pages} == {23}
    walked = [slug for it in pages for slug in ids(it)]
    assert len(set(walked)) == 23
    assert "prev" not in links(pages[0])
    for former, later in reversed(list(pairwise(pages))):
        back = follow(client, links(later)["prev"])
        assert ids(back) == ids(former)
    assert "prev" not in links(back)
    assert ids(follow(client, links(back)["next"])) == ids(pages[1])


def test_a_box_with_many_features_gives_the_same_page(client, poles, monkeypatch):
    few = ask(client, "/collections/units/items", bbox=SOKCHO, limit=9).json
    monkeypatch.setattr("tracker.opendata.collections.MANY", 3)
    many = ask(client, "/collections/units/items", bbox=SOKCHO, limit=9).json
    assert ids(few) == ids(many)
    assert len(ids(few)) == 9


def test_a_box_and_a_span_narrow_the_features(client, poles):
    def count(name: str, **asked: object) -> int:
        return ask(client, f"/collections/{name}/items", **asked).json["numberMatched"]

    for name, inside in (("sites", 1), ("deployments", 4), ("units", 22)):
        assert count(name, bbox=SOKCHO) == inside
        assert count(name, bbox="-10,-10,10,10") == 0
        whole = count(name)
        assert count(name, bbox="-180,-90,180,90") == (22 if name == "units" else whole)
        assert count(name, bbox="128.4,38.1,0,128.7,38.3,100") == inside
        assert count(name, bbox="100,-90,-100,90") == count(name, bbox="-180,-90,180,90")
        assert count(name, datetime="../2023-04-12T14:59:59Z") == 0
    # The boundary counts, not the hall: a corner of Sokcho without it.
    assert count("sites", bbox="128.5,38.15,128.52,38.16") == 1
    assert count("sites", datetime="2023-04-12T15:00:00Z") > 0
    assert count("sites", datetime="2023-04-12T14:59:59Z") == 0
    assert count("units", datetime="2024-05-03/2024-05-07") == 5
    assert count("units", datetime="2024-05-21T00:00:00+09:00/..") == 3
    assert count("units", datetime="/2024-05-01") == 1
    assert count("units", as_of="2024-05-10") == 10
    assert count("units", known_on="2024-05-10") == 0
    assert len(ids(ask(client, "/collections/units/items", limit=100_000).json)) == 23


def test_what_is_wrong_is_refused_with_words(client):
    wrong = {
        "bbox": ["1,2,3", "a,b,c,d", "nan,1,2,3", "0,50,1,40", "-181,0,0,1", "0,0,1,91"],
        "datetime": ["2024-02-30", "2025-01-01/2024-01-01", "..", "a/b/c", "9999-12-31T23:59:59Z/"],
        "limit": ["0", "-1", "1.5", "many", "٣", "9" * 30],
        "as_of": ["2024-02-30"],
        "after": ["x" * 300, "\0"],
        "f": ["xml"],
        "lang": ["xx"],
        "moon": ["<script>"],
        "page": ["2"],
    }  # fmt: skip
    for name, values in wrong.items():
        for value in values:
            answer = ask(client, "/collections/sites/items", 400, **{"lang": "ko", name: value})
            assert answer.content_type == "application/json"
            assert name in answer.json["description"]
            assert any("가" <= letter <= "힣" for letter in answer.json["description"])
    twice = client.get("/ogc/collections/sites/items?limit=1&limit=2&lang=en")
    assert (twice.status_code, "once" in twice.json["description"]) == (400, True)
    assert ask(client, "/collections/moon/items", 404, lang="en").json["code"] == "NotFound"
    for slug in ("moon", "%00", "sokcho-2023'--"):
        assert client.get(f"/ogc/collections/units/items/{slug}").status_code == 404
    # A browser is answered with a page, in which what was typed is text.
    page = client.get("/ogc/collections?<b>=1", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert "&lt;b&gt;" in page.text
    assert "<b>" not in page.text
    hostile = client.get("/near?q=<script>alert(1)</script>")
    assert (hostile.status_code, "<script>alert" in hostile.text) == (200, False)
    assert client.get("/near?moon=1").status_code == 422


@given(st.dates(max_value=date(9999, 12, 30)))
def test_a_day_in_korea_survives_as_the_moment_at_which_it_begins(day):
    if day > date(1, 1, 1):
        assert day_in_korea(begin_of(day)) == day


@given(*[st.floats(-180, 180)] * 2)
def test_a_box_round_the_back_of_the_globe_is_two(west, east):
    parts = Box(west, -1, east, 1).parts()
    assert all(part.west <= part.east for part in parts)
    width = sum(part.east - part.west for part in parts)
    assert width == pytest.approx(east - west if west <= east else 360 - (west - east))


def test_a_published_column_never_goes_away_and_is_explained(app):
    told = {many: list(it.list_schema().fields) for many, it in PUBLISHED.items()}
    kept = promised()
    gone = {many: sorted(set(names) - set(told.get(many, ()))) for many, names in kept.items()}
    assert {many: names for many, names in gone.items() if names} == {}, "others rely on these"
    new = {many: sorted(set(names) - set(kept.get(many, ()))) for many, names in told.items()}
    sentence = "write them into tracker/opendata/columns.yaml, with their meaning"
    assert {many: names for many, names in new.items() if names} == {}, sentence
    for lang in ("ko", "en"):
        with app.test_request_context(f"/?lang={lang}"):
            found = {many: columns_of(it) for many, it in PUBLISHED.items()}
        mute = [(many, it.name) for many, own in found.items() for it in own if not it.meaning]
        assert mute == [], sentence
    named = {it.name: it for it in found["deployments"]}
    assert named["unit"].options == [unit.value for unit in Unit]
    assert named["planned_qty"].unit == "the unit of the row"
    assert named["note_ko"].meaning == "note (in Korean)"


def test_places_and_days_go_into_every_file_of_a_list_with_a_place(client):
    for many, field in (("municipalities", "lon"), ("deployments", "site"), ("sites", "round")):
        answer = client.get(f"/{many}.geojson?as_of=2024-12-31&known_on=2030-01-01")
        told = answer.json
        assert (told["as_of"], told["known_on"]) == ("2024-12-31", "2030-01-01")
        assert all(field in it["properties"] for it in told["features"])
        assert sum(it["geometry"] is not None for it in told["features"]) >= 8
        csv = client.get(f"/{many}.csv?as_of=2024-12-31").headers["Content-Disposition"]
        assert csv == f'attachment; filename="{many}-2024-12-31.csv"'
    assert client.get("/sources.csv").headers["Content-Disposition"].endswith('"sources.csv"')


def test_a_site_is_told_in_plain_words_as_of_a_day(client, login):
    def words(slug: str, **asked: str) -> str:
        answer = client.get(f"/sites/{slug}/plain", query_string=asked)
        assert answer.status_code == 200
        return " ".join(text_of(answer.text).split())

    now = words("sokcho-2023", lang="en")
    for sentence in (
        "It has been reported as finished. That it works has not been checked on record.",
        "The ministry selected it on 2023-04-13.",
        "The plan was 29 poles.",
        "On 2025-03-13 the count in place was 17 poles.",
        "How many of them work is not known.",
        "The state has promised KRW 2 billion.",
        "How much has been spent is not known here.",
        "The office of Sokcho-si that is in charge of smart city work.",
    ):
        assert sentence in now
    before = words("sokcho-2023", lang="en", as_of="2023-12-31")
    assert "The plan was 29 poles." in before
    assert "in place was" not in before
    assert "23 months" not in before
    assert "not been selected yet" in words("sokcho-2023", lang="en", as_of="2023-01-01")
    okcheon = words("okcheon-2023", lang="ko")
    assert "무엇이 들어서는지 확인되지 않았습니다." in okcheon
    assert client.get("/sites/moon/plain").status_code == 404
    near = client.get("/near?q=속초&lang=ko").text
    assert 'href="/sites/sokcho-2023/plain"' in near
    assert "okcheon-2023" not in near
    assert client.get("/near").text.count("/plain") == 14
    sent = login("municipality").post(
        "/api/v1/deployments/sokcho-2023-smart-pole/quantities",
        json={"stage": "working", "value": 16, "on": "2025-03-20"},
    )
    assert sent.status_code == 201, sent.text
    assert "On 2025-03-20 the count that worked was 16 poles." in words("sokcho-2023", lang="en")


def text_of(page: str) -> str:
    """The text of a page without its tags."""
    return re.sub(r"<[^>]*>", "", page.partition("<main")[2])
