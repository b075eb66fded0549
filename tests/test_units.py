"""The register: units in every door, what is refused, long files, labels, and what it tells."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from common.db import db
from common.facts import When
from tests.unit_files import ROW
from tracker.register.grounds import ground_of, whose
from tracker.register.register import months_from
from tracker.register.units import UnitRevision

pytestmark = pytest.mark.both_databases


def test_what_a_unit_said_before_is_kept_whoever_changes_it(app, login, load, registered):
    slug, officer = registered(), login("municipality")
    answer = officer.patch(f"/api/v1/units/{slug}", json={"maker": "다른 제조사"})
    assert (answer.status_code, answer.json["maker"]) == (200, "다른 제조사")
    assert load("csv", [ROW | {"asset_number": "견본-1", "maker": "셋째"}])[1] == (
        "0 added, 1 changed\n"
    )
    with app.app_context():
        said = [it.said["maker"] for it in db.session.scalars(select(UnitRevision))]
    assert said == ["견본 제조사", "다른 제조사"]
    page = officer.get(f"/units/{slug}").text
    assert all(maker in page for maker in (*said, "셋째"))


def test_units_stand_from_their_installation_to_their_removal(client, login, registered):
    slug = registered()
    login("municipality").patch(f"/api/v1/units/{slug}", json={"removed_on": "2025-01-01"})
    found = {
        day: client.get(f"/api/v1/units?as_of={day}").json["total"]
        for day in ("2024-05-19", "2024-05-20", "2024-12-31", "2025-01-01")
    }
    assert list(found.values()) == [0, 1, 1, 0]
    assert client.get("/api/v1/units?as_of=2024-12-31&known_on=2024-12-31").json["total"] == 0


def test_a_label_leads_to_the_unit_and_those_who_may_to_its_form(login, client, registered):
    slug = registered()
    sheet = login("municipality").get("/sites/sokcho-2023/labels")
    assert sheet.text.count('class="qrline"') == 1
    assert slug in sheet.text
    assert "http" not in sheet.text.split('class="hs-sheet"')[1].split("</ul>")[0]
    ways = {name: login(name).get(f"/u/{slug}").location for name in ("municipality", "ministry")}
    assert ways == {"municipality": f"/units/{slug}/inspect", "ministry": f"/units/{slug}"}
    stranger = client.get(f"/u/{slug.upper()}", follow_redirects=True)
    assert f"/login?next=/units/{slug}/inspect" in stranger.text, "the way back is kept"


@pytest.mark.parametrize("code", ["there-is-none", "%00", "<script>", "가" * 300])
def test_a_strange_code_leads_to_a_search_and_never_breaks(client, code):
    assert client.get(f"/u/{code}", follow_redirects=True).status_code in (200, 404, 422)


def test_hostile_text_of_a_unit_stays_text(login, registered):
    bad = '"><script>globalThis.x=1</script>${1}{{7*7}}'
    slug = registered(asset_number=bad, maker=bad, address=bad, serial=bad)
    officer = login("municipality")
    for address in (f"/units/{slug}", "/units", "/sites/sokcho-2023/labels", f"/units/{slug}/edit"):
        page = officer.get(address).text
        assert "<script>globalThis" not in page
        assert "49" not in page.split("globalThis.x=1")[1][:60]


def test_squares_of_the_map_count_their_units(client, load):
    rows = [ROW | {"asset_number": str(n), "lat": 38.207, "lon": 128.5918} for n in range(3)]
    load("csv", [*rows, ROW | {"asset_number": "far", "lat": 38.17, "lon": 128.55}])
    cells = client.get("/api/v1/map/units.json").json["cells"]
    assert sum(it["units"] for it in cells) == 4
    near = client.get("/map/units.json?bbox=128.5,38.1,128.65,38.25").json["cells"]
    assert [it["units"] for it in near] == [1, 3]
    assert client.get("/map/units.json?bbox=1,2,3").status_code == 422


def test_a_page_of_the_register_asks_the_database_as_often_for_5_units_as_for_500(
    load, client, statements
):
    asked = []
    for number in (5, 500):
        load("csv", [ROW | {"asset_number": str(n)} for n in range(number)])
        for address in ("/units?per_page=200", "/sites/sokcho-2023", "/map/units.json"):
            with statements() as sent:
                assert client.get(address).status_code == 200
            asked.append(len(sent))
    assert asked[:3] == asked[3:]


def test_the_ground_of_a_city_is_its_own_land_and_a_little_more():
    ground = ground_of(frozenset({"42210"}))
    assert ground.covers([38.207, 38.2, 37.5], [128.5918, 128.7, 127.0]).tolist() == [
        True,
        False,
        False,
    ]
    assert whose(38.207, 128.5918).endswith("속초시")
    assert whose(38.2, 128.7) is None
    assert ground_of(frozenset({"99999"})) is None


@pytest.mark.parametrize(
    ("day", "months", "there"),
    [
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2024, 1, 15), -1, date(2023, 12, 15)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(1, 1, 1), -5, date(1, 8, 1)),
        (date(9999, 12, 31), 2, date(9999, 2, 28)),
    ],
)
def test_months_are_counted_by_the_calendar(day, months, there):
    assert months_from(day, months) == there


def test_as_of_dates_reach_every_page_of_the_register(client, registered):
    slug = registered()
    for address in ("/units", f"/units/{slug}", "/sites/sokcho-2023", "/map/units.json"):
        for day in ("0001-01-01", "9999-12-31", When.of().as_of.isoformat()):
            assert client.get(f"{address}?as_of={day}&known_on={day}").status_code == 200
