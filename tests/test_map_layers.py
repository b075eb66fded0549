"""Layers of the map: one reading behind page, list, file and month, at every date."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from datetime import date
from fractions import Fraction

from common.db import db
from common.facts import When
from tests.crowd import make_crowd
from tracker.monitor.areas import places
from tracker.monitor.layers import (
    Area,
    Layer,
    Reading,
    class_of,
    classes_of,
    together,
)
from tracker.monitor.replay import month_ends, replay
from tracker.rollout import find_sites, site_records

DAYS = ("2023-12-31", "2025-03-31", "2026-06-30")
LISTED = re.compile(r'<li data-site="([\w-]+)" data-shade="(\w+)"')
DRAWN = re.compile(r"const it of (\[\[.*?\]\])\) window\.hsDraw")
OUTLINED = re.compile(r"const \[slug, key\] of (\[.*?\])\) \{")


def test_classes_hold_every_value_once_and_the_unknown_apart():
    for layer in (Layer.PROGRESS, Layer.COACHING):
        assert classes_of(layer) == ["5", "4", "3", "2", "1", "unknown"]
        assert class_of(layer, Reading()) == "unknown"
        assert class_of(layer, Reading(Fraction(0) if layer is Layer.PROGRESS else 0)) == "1"
    shares = {Fraction(1, 4): "2", Fraction(2499, 10000): "2", Fraction(9999, 10000): "4"}
    shares |= {Fraction(1): "5", Fraction(1, 10**6): "1"}
    for share, shade in shares.items():
        assert class_of(Layer.WORKING, Reading(share)) == shade
    assert Reading(Fraction(9999, 10000)).told == 99.9, "100 only where it is all"
    assert [class_of(Layer.COACHING, Reading(n)) for n in (59, 60, 299, 1200)] == list("1225")


def test_places_are_put_together_by_sums_and_not_by_means_of_means():
    two = [Reading(Fraction(1, 2), 1, 2), Reading(Fraction(1), 98, 98), Reading()]
    assert together(Layer.WORKING, two) == Reading(Fraction(99, 100), 99, 100)
    assert together(Layer.PROGRESS, two).value == (Fraction(1, 2) + 98) / 99
    assert together(Layer.EVIDENCE, [Reading("C", 1, 2), Reading("B", 1, 1)]).value == "B"
    assert together(Layer.COACHING, [Reading(), Reading(90, 1, 2)]) == Reading(90, 1, 2)
    states = [Reading("working"), Reading("withdrawn"), Reading("started")]
    assert together(Layer.STATE, states).value == "started"
    for layer in Layer:
        assert together(layer, [Reading()] if layer is not Layer.STATE else []).part is None


def test_months_and_days_say_what_the_records_say(app, registered, inspected, statements):
    """The readings of all days at once are those of each day, and the records' own."""
    first, other = registered(), registered(asset_number="견본-9")
    inspected(first, on="2024-07-01", result="working", faults=[])
    inspected(first, on="2025-02-01", result="faulty", faults=["dark"])
    inspected(other, on="2025-03-10", result="working", faults=[])
    with app.app_context():
        make_crowd(3)
        db.session.flush()
        days = [date.fromisoformat(day) for day in DAYS]
        sites = db.session.scalars(find_sites(as_of=days[-1], track=None)).all()
        for layer in Layer:
            for by in Area:
                told = replay(sites, layer, by, days)
                for n, day in enumerate(days):
                    rows = db.session.scalars(find_sites(as_of=day, track=None)).all()
                    records = site_records(rows, day)
                    there = places(records, layer, by, When(day))
                    again = {
                        slug: told["readings"][turns[n]] for slug, turns in told["places"].items()
                    }
                    assert {it.slug: [it.shade, it.value, it.part, it.whole] for it in there} == {
                        slug: it for slug, it in again.items() if it[0] != "none"
                    }, (layer, by, day)
                    if by is Area.MUNICIPALITY:
                        hold_against_records(layer, records, there)
        sokcho = places(
            [it for it in records if it.slug == "sokcho-2023"],
            Layer.WORKING,
            Area.MUNICIPALITY,
            When(days[1]),
        )
        assert [(it.part, it.whole, it.value) for it in sokcho] == [(1, 2, 50.0)]
        with statements() as few:
            replay(sites[:1], Layer.EXECUTION, Area.MUNICIPALITY, days[:1])
        with statements() as many:
            replay(sites, Layer.EXECUTION, Area.MUNICIPALITY, month_ends(days[0], days[-1]))
        assert len(few) == len(many)


def hold_against_records(layer, records, there):
    if layer is Layer.STATE:
        assert [it.value for it in there] == [it.state.value for it in records]
    if layer is Layer.EXECUTION:
        told = [it.account.execution for it in records]
        assert [it.value for it in there] == [it and float(it.percent) for it in told]


def test_the_months_end_where_the_days_do():
    first, last = date(2023, 11, 15), date(2024, 2, 29)
    assert month_ends(first, last) == [
        date(2023, 11, 30),
        date(2023, 12, 31),
        date(2024, 1, 31),
        last,
    ]
    assert month_ends(last, first) == [first]
    assert len(month_ends(date(1900, 1, 1), last)) == 240


def test_page_list_map_and_files_hold_the_same_rows_at_three_dates(client):
    for day in DAYS:
        for shown in (
            "layer=state",
            "layer=progress&sort=-value",
            "layer=evidence&by=province",
            "layer=execution&province=44",
        ):
            asked = f"{shown}&as_of={day}"
            page = client.get(f"/map?{asked}").text
            listed = LISTED.findall(page)
            drawn = [(slug, shade) for slug, _key, shade in json.loads(DRAWN.search(page)[1])]
            features = client.get(f"/map.geojson?{asked}").json["features"]
            told = [it["properties"] for it in features]
            twin = client.get(f"/api/v1/map.json?{asked}").json
            table = csv.DictReader(
                io.StringIO(client.get(f"/map.csv?{asked}").text.lstrip("\ufeff"))
            )
            assert listed == drawn == [(it["slug"], it["shade"]) for it in told], asked
            assert told == twin
            assert [(it["slug"], it["shade"]) for it in table] == listed
            assert listed, asked
            assert all(it["geometry"] for it in features)
    months = client.get("/map/months.json?layer=progress&state=started").json
    shown = {it[0] for it in months["readings"]}
    assert {"none", "unknown"} <= shown
    assert len(client.get("/map/months.json").data) < 10_000


def test_what_the_map_cannot_show_is_refused_in_words(client):
    for wrong in ("layer=moon", "by=street", "province=99", "sort=up", "links=maybe", "zoom=3"):
        answers = [client.get(f"{path}?{wrong}") for path in ("/map", "/api/v1/map.geojson")]
        assert [it.status_code for it in answers] == [422, 422], wrong
        assert answers[1].json["errors"]
    assert "hs-ways-out" in client.get("/map?province=43&solution=smart-pole").text


def test_who_went_before_and_who_coached_whom_say_the_same_on_page_map_and_files(
    app, client, logged
):
    """The real visit of Goryeong to Dalseo-gu, and a session that is logged here."""
    logged()
    page = client.get("/map?links=1&leaders=1&lang=en").text
    assert re.search(r"Seongdong.*?</th><td>Sokcho-si</td><td>1</td><td>90</td>", page, re.DOTALL)
    assert re.search(r"Dalseo-gu.*?</th><td>Goryeong-gun</td>", page, re.DOTALL)
    assert "not on the map: no place known" in page, "the association is no municipality"
    for asked in ("", "?solution=smart-pole", "?solution=smart-pole&as_of=2023-12-31"):
        shown = client.get(f"/map{asked}{'&' if asked else '?'}links=1&leaders=1").text
        told = client.get(f"/api/v1/map/leaders.json{asked}").json
        listed = re.findall(r'<a class="hs-name" href="/coaches/([\w-]+)', shown)
        assert listed == [it["slug"] for it in told]
        drawn = re.search(
            r"of (\[\[.*?\]\])\) \{\s+if \(!known\.has\(key\)\) continue;\s+const style", shown
        )
        assert [it[0] for it in json.loads(drawn[1])] == [it["slug"] for it in told if it["code"]]
        features = client.get(f"/map/leaders.geojson{asked}").json["features"]
        assert [it["properties"] for it in features] == told
        assert [it["geometry"] is None for it in features] == [it["code"] is None for it in told]
        links = client.get(f"/map/links.geojson{asked}").json["features"]
        lines = json.loads(re.search(r"d, weight\] of (\[.*?\])\) \{", shown)[1])
        assert sum(it["geometry"] is not None for it in links) == len(lines)
        assert [it["properties"] for it in links] == client.get(f"/map/links.json{asked}").json
    assert [(it["slug"], it["standing"]) for it in told] == [
        ("dalseo", "boundary"),
        ("seoul", "boundary"),
    ]
    early = client.get("/map/leaders.json?solution=smart-pole&as_of=2020-12-31").json
    assert [it["slug"] for it in early] == ["dalseo"], "Seoul began in 2021; Dalseo: not known"
    assert client.get("/map/leaders.csv?solution=moon").status_code == 422
    bare = client.get("/map").text
    assert "map-links" not in bare
    assert "map-leaders" not in bare


def test_pages_and_files_are_packed_and_kept(client):
    """What a browser that takes gzip gets: the same bytes, and files of a version for good."""
    packed = client.get("/map", headers={"Accept-Encoding": "gzip"})
    assert packed.content_encoding == "gzip"
    assert "Accept-Encoding" in packed.vary
    assert "hs-map" in gzip.decompress(packed.data).decode()
    sheet = re.search(r'href="(/static/map\.css\?v=\w+)"', client.get("/map").text)[1]
    small = client.get(sheet, headers={"Accept-Encoding": "gzip"})
    plain = client.get(sheet, buffered=True)
    assert gzip.decompress(small.data) == plain.data
    assert plain.cache_control.immutable
    assert small.get_etag() == (plain.get_etag()[0], True)
    again = {"Accept-Encoding": "gzip", "If-None-Match": small.headers["ETag"]}
    assert client.get(sheet, headers=again, buffered=True).status_code == 304
    for other in ("/static/map.css", "/static/map.css?v=0000000000"):
        assert not client.get(other, buffered=True).cache_control.immutable
    for wrong in ("/static/nothing.css?v=1", "/static/../app.py?v=1"):
        assert client.get(wrong, headers={"Accept-Encoding": "gzip"}).status_code == 404
    land = re.search(r'as="fetch" crossorigin href="(.*?)"', client.get("/map").text)[1]
    assert client.get(land).cache_control.immutable
