"""Inspections: what may be told of a unit, what counts, and photos without what is not seen."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import date
from pathlib import Path

import pytest
from marshmallow import ValidationError
from PIL import Image, PngImagePlugin
from sqlalchemy import select

from common.db import db
from common.facts import When, latest
from tests.samples import INSPECTION
from tracker.register.faults import Condition, Fault, faults_of
from tracker.register.inspections import Inspection
from tracker.register.photos import LONGEST_SIDE, drawn_anew
from tracker.register.register import figures
from tracker.register.reliability import Times
from tracker.register.units import InstalledUnit

SECRET = b"Hidden Street 7, Sokcho"
WRONG = [
    ({"on": "2999-01-01"}, "on", "not come yet"),
    ({"on": "2024-05-19"}, "on", "installed on 2024-05-20"),
    ({"result": "gone"}, "result", "Choose one of"),
    ({"result": None}, "result", "fill it in"),
    ({"faults": []}, "faults", "Choose what is wrong"),
    ({"result": "working"}, "faults", "Only a faulty unit"),
    ({"faults": ["door"]}, "faults", "Choose one of"),
    ({"faults": ["bored"]}, "faults", "Choose one of"),
    ({"result": "missing", "faults": [], "repaired": True}, "repaired", "Choose faulty"),
    ({"repair_min": -1, "repaired": True}, "repair_min", "from 0"),
    ({"corrects": "there-is-none"}, "corrects", "check the slug"),
    ({"note": "가" * 2001}, "note", "at most 2000"),
]


@pytest.fixture
def told(client):
    """`told(unit)`: what everybody is told of a unit."""
    return lambda unit, asked="": client.get(f"/api/v1/units/{unit}{asked}").json


@pytest.mark.parametrize(("values", "name", "why"), WRONG)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    login, registered, told, values, name, why
):
    unit, officer = registered(), login("municipality")
    body = INSPECTION | values
    answer = officer.post(f"/api/v1/units/{unit}/inspections?lang=en", json=body)
    assert answer.status_code == 422
    assert why in str(answer.json["errors"][name])
    form = {key: value for key, value in body.items() if value not in (None, [])}
    page = officer.post(f"/units/{unit}/inspections?lang=en", data=form)
    assert page.status_code == 422
    assert why in page.text
    assert told(unit)["condition"] == "not_inspected"


def test_an_inspection_shows_from_its_day_on_and_as_it_was_known(registered, inspected, told):
    unit = registered()
    inspected(unit, on="2025-03-20")
    inspected(unit, on="2025-05-01", result="working", faults=[])
    found = {
        day: told(unit, f"?as_of={day}")["condition"]
        for day in ("2025-03-19", "2025-03-20", "2025-05-01")
    }
    assert list(found.values()) == ["not_inspected", "faulty", "working"]
    assert told(unit, "?known_on=2025-05-01")["condition"] == "not_inspected"
    assert told(unit)["seen_on"] == "2025-05-01"


def test_a_correction_replaces_what_it_corrects_and_both_are_kept(
    login, registered, inspected, told
):
    unit = registered()
    wrong = inspected(unit, result="missing", faults=[])
    inspected(unit, corrects=wrong)
    assert told(unit)["condition"] == "faulty"
    assert len(told(unit)["inspections"]) == 1
    officer = login("municipality")
    assert "<del>2025-03-20" in officer.get(f"/units/{unit}").text
    again = officer.post(f"/api/v1/units/{unit}/inspections", json=INSPECTION | {"corrects": wrong})
    assert list(again.json["errors"]) == ["corrects"]
    other = registered(asset_number="other")
    elsewhere = officer.post(
        f"/api/v1/units/{other}/inspections", json=INSPECTION | {"corrects": inspected(unit)}
    )
    assert list(elsewhere.json["errors"]) == ["corrects"]


def test_repaired_on_the_spot_is_a_fault_and_a_repair(registered, inspected, told):
    unit = registered()
    inspected(unit, repaired=True, repair_min=45)
    assert told(unit)["condition"] == "working"
    repair, fault = told(unit)["inspections"]
    assert (repair["repaired"], repair["repair_min"], repair["faults"]) == (True, 45, [])
    assert (fault["result"], fault["faults"]) == ("faulty", ["dark"])


def test_only_what_is_broken_is_repaired_and_not_before_it_was_found(login, registered, inspected):
    unit, officer = registered(), login("municipality")
    address = f"/api/v1/units/{unit}/repairs?lang=en"
    assert "Nothing is on record" in str(officer.post(address, json={"on": "2025-04-01"}).json)
    inspected(unit)
    early = officer.post(address, json={"on": "2025-03-19"})
    assert "found so on 2025-03-20" in str(early.json["errors"]["on"])
    assert officer.post(address, json={"on": "2025-03-25", "repair_min": 30}).status_code == 201


def test_an_inspection_is_counted_once_however_often_it_is_sent(login, registered, told):
    unit, officer = registered(), login("municipality")
    for _time in range(2):
        sent = officer.post(
            f"/api/v1/units/{unit}/inspections",
            json=INSPECTION,
            headers={"Idempotency-Key": "one"},
        )
        assert sent.status_code == 201
    assert len(told(unit)["inspections"]) == 1


def test_a_file_of_inspections_is_held_to_the_same_rules(app, registered, tmp_path, told):
    unit, path = registered(), tmp_path / "inspections.csv"
    head = "key,unit,on,result,faults\n"
    run = app.test_cli_runner()
    for row in (f"a,{unit},2025-03-20,faulty,door", "a,none,2025-03-20,working,"):
        path.write_text(head + row)
        assert run.invoke(args=["load", "inspections", str(path)]).exit_code == 1
    path.write_text(head + f"a,{unit},2025-03-20,faulty,dark | offline")
    done = run.invoke(args=["load", "inspections", str(path)])
    assert done.output == "1 added, 0 changed\n"
    assert told(unit)["condition"] == "faulty"
    assert told(unit)["faults"] == ["dark", "offline"]


def test_the_columns_of_a_unit_repeat_its_newest_inspection(app, registered, inspected):
    unit = registered()
    wrong = inspected(unit, on="2025-06-01", result="missing", faults=[])
    inspected(unit, on="2025-03-01", result="working", faults=[])
    inspected(unit, on="2025-05-01", corrects=wrong)
    with app.app_context():
        kept = db.session.scalars(select(InstalledUnit)).unique().one()
        newest = db.session.scalars(latest(Inspection, (Inspection.unit_id,), When.of())).one()
        assert (kept.condition, kept.seen_on) == (Condition(newest.result), newest.on)
        assert kept.seen_on == date(2025, 5, 1)


def test_the_figures_of_a_site_are_the_same_by_columns_and_by_facts(app, registered, inspected):
    units = [registered(asset_number=str(n)) for n in range(4)]
    inspected(units[0], on="2025-01-01")
    inspected(units[0], on="2025-01-11", result="working", faults=[])
    inspected(units[1], on="2025-01-01", result="working", faults=[])
    inspected(units[2], on="2025-01-21", result="missing", faults=[])
    with app.app_context():
        everything = InstalledUnit.id.is_not(None)
        today = figures(everything, When.of())
        past = figures(everything, When(date(2025, 1, 31)))
        assert (
            today.conditions
            == past.conditions
            == {
                Condition.WORKING: 2,
                Condition.FAULTY: 0,
                Condition.MISSING: 1,
                Condition.NOT_INSPECTED: 1,
            }
        )
        # By hand, to 31 January: unit 0 is down 10 days and up 20, unit 1 up 30, unit 2 down 10.
        assert past.times == Times(50, 20, (10,))
        assert past.times.availability == pytest.approx(50 / 70)
        assert past.times.mean_days_to_restoration == 10
        assert (past.working, past.inspected, past.units) == (2, 3, 4)


def test_a_fault_that_fits_only_another_solution_is_not_offered():
    assert Fault.DOOR in faults_of("smart-bus-shelter")
    assert Fault.DOOR not in faults_of("smart-crosswalk")
    assert Fault.WRONG_SIGNAL in faults_of("smart-crosswalk")
    assert set(faults_of("drt-bus")) == set(Fault), "a special solution may be anything"


def jpeg(size=(60, 40), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, "JPEG", **more)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is very large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_photo_is_kept_without_place_camera_comment_and_what_hides_behind_it():
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = SECRET.decode(), 6  # maker of the camera; turned by a quarter
    exif.get_ifd(0x8825)[2] = (38.0, 12.0, 0.0)  # where it was taken
    given = jpeg(exif=exif, comment=SECRET) + b"<script>" + SECRET
    kept = drawn_anew(given)
    assert SECRET in given
    assert SECRET not in kept.jpeg
    with Image.open(io.BytesIO(kept.jpeg)) as seen:
        assert dict(seen.getexif()) == {}
        assert set(seen.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert seen.size == (kept.width, kept.height) == (40, 60), "and stands upright"


def test_texts_of_a_png_and_its_transparency_go():
    told, out = PngImagePlugin.PngInfo(), io.BytesIO()
    told.add_text("Comment", SECRET.decode())
    Image.new("RGBA", (3000, 1000), (0, 0, 0, 0)).save(out, "PNG", pnginfo=told)
    kept = drawn_anew(out.getvalue())
    assert SECRET not in kept.jpeg
    assert kept.width == LONGEST_SIDE
    assert Image.open(io.BytesIO(kept.jpeg)).getpixel((0, 0)) == (255, 255, 255)


def test_a_photo_that_is_too_heavy_is_not_even_opened():
    with pytest.raises(ValidationError, match="10 MB"):
        drawn_anew(jpeg() + bytes(10 << 20))


BAD = {
    "no picture": (b"GIF89a not really", "JPEG, PNG or WebP"),
    "a page": (b"<html><script>x</script>", "JPEG, PNG or WebP"),
    "a drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "JPEG, PNG or WebP"),
    "empty": (b"", "JPEG, PNG or WebP"),
    "cut off": (jpeg((400, 400))[:900], "broken"),
    "a bomb": (png_that_claims(60_000, 60_000), "million pixels"),
    "a smaller bomb": (png_that_claims(9_000, 9_000), "million pixels"),
}


@pytest.mark.parametrize("what", list(BAD))
def test_what_is_no_photo_is_refused_and_the_form_keeps_what_was_written(
    login, registered, told, what
):
    data, why = BAD[what]
    unit = registered()
    form = INSPECTION | {"note": "적어 둔 말", "photos": (io.BytesIO(data), "a.jpg")}
    answer = login("municipality").post(f"/units/{unit}/inspections?lang=en", data=form)
    assert answer.status_code == 422
    assert why in answer.text
    assert "적어 둔 말" in answer.text
    assert told(unit)["inspections"] == []


def test_a_photo_is_for_the_site_and_the_ministry_only(app, login, client, registered, inspected):
    unit = registered()
    look = inspected(unit)
    officer = login("municipality")
    sent = {"photos": [(io.BytesIO(jpeg()), f"{n}.jpg") for n in range(2)]}
    names = officer.post(f"/api/v1/inspections/{look}/photos", data=sent).json["photos"]
    more = officer.post(
        f"/api/v1/inspections/{look}/photos", data=jpeg(), content_type="image/jpeg"
    )
    assert len(more.json["photos"]) == 3
    address = f"/photos/{names[0]}.jpg"
    seen = {
        name: login(name).get(address).status_code
        for name in ("municipality", "ministry", "other_municipality", "coach", "operator")
    }
    assert list(seen.values()) == [200, 200, 403, 403, 403]
    assert client.get(address).status_code == 401
    answer = officer.get(address)
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer.headers["Cache-Control"]
    assert names[0] not in client.get(f"/units/{unit}").text
    assert names[0] not in str(client.get(f"/api/v1/units/{unit}").json)
    assert "3 photos" in client.get(f"/units/{unit}?lang=en").text
    many = {"photos": [(io.BytesIO(jpeg()), f"{n}.jpg") for n in range(2)]}
    assert officer.post(f"/inspections/{look}/photos", data=many).status_code == 422
    kept = Path(app.instance_path) / "photos" / f"{names[0]}.jpg"
    assert kept.stat().st_size == len(answer.data)


@pytest.mark.parametrize("slug", ["..%2f..%2fhwaksan", "%00", "a" * 32])
def test_a_name_that_no_photo_has_is_not_found(login, slug):
    assert login("municipality").get(f"/photos/{slug}.jpg").status_code == 404
