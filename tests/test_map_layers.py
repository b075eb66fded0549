"""Layers of the map: one reading behind page, list, file and month, at every date."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from fractions import Fraction

from sqlalchemy import select

from accounts.organisations import Organisation
from catalog.sources import Source
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
from tracker.municipalities import Municipality
from tracker.rollout import find_sites, site_records

DAYS = ("2023-12-31", "2025-03-31", "2026-06-30")
LISTED = re.compile(r'<li data-site="([\w-]+)" data-shade="(\w+)"')
DRAWN = re.compile(r"const it of (\[\[.*?\]\])\) window\.hsDraw")


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


def test_a_coached_site_is_linked_to_its_host(app, client, logged):
    logged()
    with app.app_context():
        host = db.session.scalars(select(Organisation).filter_by(slug="seongdong")).one()
        source = db.session.scalars(select(Source).limit(1)).one()
        hall = {"lat": 37.5, "lon": 127.0, "mark": "verified", "source": source}
        db.session.add(Municipality(slug="seongdong", organisation=host, **hall))
        db.session.commit()
    page = client.get("/map?links=1&lang=en").text
    assert re.search(r"Seongdong.*?</th><td>Sokcho-si</td><td>1</td><td>90</td>", page, re.DOTALL)
    assert re.search(r"of \[\[37\.\d+, 12\d\.\d+, 38\.\d+, 128\.\d+, 2\]\]", page)
    assert "map-links" not in client.get("/map").text
