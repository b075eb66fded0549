"""Units by file: what comes in, what is refused, long files, uploads, and what is taken away."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import load_workbook

from tests.bench.units import write as write_sample
from tests.samples import UNIT, as_form
from tests.unit_files import IDS, ROW, SEA, SEOUL, WRITERS, WRONG, as_csv, as_xlsx
from tracker.exchange.sheets import MOST_ROWS
from tracker.register.imports import CHUNK, TOLD_CELLS, TOLD_ROWS
from tracker.register.register import UnitToldSchema
from tracker.register.units import code_of

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("kind", list(WRITERS))
def test_the_same_units_come_in_by_every_kind_of_file(load, client, kind):
    rows = [UNIT, ROW | {"asset_number": "2"}]
    assert load(kind, rows) == (0, "2 added, 0 changed\n")
    assert load(kind, rows) == (0, "0 added, 0 changed\n"), "a second time changes nothing"
    first = client.get("/api/v1/units?q=견본-1").json["items"][0]
    assert {name: first[name] for name in UNIT} == UNIT
    assert first["slug"] == code_of(UNIT["deployment"], UNIT["asset_number"])


def test_a_number_in_a_cell_is_text_where_text_belongs(load, client):
    assert load("xlsx", [ROW | {"asset_number": 12, "serial": 3.5}])[0] == 0
    told = client.get("/api/v1/units").json["items"][0]
    assert (told["asset_number"], told["serial"]) == ("12", "3.5")


@pytest.mark.parametrize(("values", "name", "why"), WRONG, ids=IDS)
def test_json_form_and_file_refuse_the_same_with_the_same_words(
    login, load, count, values, name, why
):
    officer = login("municipality")
    by_json = officer.post("/api/v1/units?lang=en", json=UNIT | values)
    assert by_json.status_code == 422
    assert why in str(by_json.json["errors"][name])
    kept = {key: value for key, value in (UNIT | values).items() if value is not None}
    if name != "colour":  # a form has no such field
        by_form = officer.post("/units?site=sokcho-2023&lang=en", data=as_form(kept))
        assert by_form.status_code == 422
        assert why in by_form.text
    code, said = load("csv", [ROW, kept])
    assert (code, count()) == (1, 0)
    assert f"row 3, column {name}" in said
    assert why in said


def test_a_file_is_taken_as_a_whole_or_not_at_all(load, count):
    rows = [ROW | {"asset_number": str(n)} for n in range(CHUNK + 5)]
    rows[CHUNK + 1] |= SEA
    code, said = load("csv", rows)
    assert (code, count()) == (1, 0)
    assert f"row {CHUNK + 3}, column lat, value “38.2”: This place lies in the sea" in said


def test_the_first_wrong_rows_are_told_and_the_rest_counted(load):
    rows = [ROW | {"asset_number": str(n), "installed_on": "soon"} for n in range(TOLD_ROWS + 7)]
    said = load("csv", rows)[1]
    assert said.count("column installed_on") == TOLD_ROWS
    assert "7 more rows are wrong" in said


def test_a_unit_that_stands_twice_is_refused_with_its_first_row(load, count):
    code, said = load("csv", [ROW, ROW | {"asset_number": "2"}, ROW])
    assert (code, count()) == (1, 0)
    assert "row 4, column asset_number" in said
    assert "row 2 already" in said


def test_checking_changes_nothing(load, count):
    assert load("csv", [ROW], "--check") == (0, "1 added, 0 changed, nothing kept\n")
    assert count() == 0


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", "자산".encode("cp949")),
        ("a.csv", b"asset_number,asset_number\n1,2\n"),
        ("a.csv", b'asset_number\n"1\n'),
        ("a.xlsx", b"no workbook"),
        ("a.geojson", b"[]"),
        ("a.geojson", b'{"features": [{"type": '),
        ("a.geojson", b'{"features": [' + b"[" * 100_000),
        ("a.geojson", b'{"features": [1, null, {"properties": {}, "geometry": {"type": "Line"}}]}'),
        ("a.txt", b"x"),
    ],
)
def test_what_is_no_file_of_units_is_refused_in_words(app, count, tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    done = app.test_cli_runner().invoke(args=["load", "units", str(path)])
    assert (done.exit_code, count()) == (1, 0)
    assert isinstance(done.exception, SystemExit)
    assert "nothing was loaded" in done.output


def test_a_workbook_that_unpacks_to_a_gigabyte_is_refused(app, tmp_path):
    path = tmp_path / "bomb.xlsx"
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", bytes(300 << 20))
    done = app.test_cli_runner().invoke(args=["load", "units", str(path)])
    assert "too large" in done.output


def test_a_column_that_a_file_does_not_have_stays_and_a_blank_cell_clears(load, client, registered):
    slug = registered()
    row = {"deployment": UNIT["deployment"], "asset_number": "견본-1"}
    assert load("csv", [row | {"maker": ""}])[0] == 0
    told = client.get(f"/api/v1/units/{slug}").json
    assert (told["maker"], told["lat"]) == (None, UNIT["lat"])


def test_what_was_taken_away_can_be_brought_back(client, load, registered, tmp_path):
    registered()
    for kind in ("csv", "xlsx", "geojson"):
        path = tmp_path / f"back.{kind}"
        path.write_bytes(client.get(f"/units.{kind}").data)
        done = client.application.test_cli_runner().invoke(args=["load", "units", str(path)])
        assert done.output == "0 added, 0 changed\n"


def test_files_hold_exactly_what_the_list_shows(client, registered, inspected):
    inspected(registered())
    registered(asset_number="=HYPERLINK(1)", lat=None, lon=None)
    listed = client.get("/api/v1/units?site=sokcho-2023&sort=asset_number").json["items"]
    asked = "?site=sokcho-2023&sort=asset_number"
    assert client.get(f"/units.json{asked}").json == listed
    rows = list(
        csv.DictReader(io.StringIO(client.get(f"/units.csv{asked}").data.decode("utf-8-sig")))
    )
    assert list(rows[0]) == list(UnitToldSchema().fields) == list(listed[0])
    assert rows[0]["asset_number"] == "'=HYPERLINK(1)", "no formula"
    sheet = load_workbook(io.BytesIO(client.get(f"/units.xlsx{asked}").data)).active
    assert [row[2].value for row in sheet.iter_rows(min_row=2)] == ["=HYPERLINK(1)", "견본-1"]
    features = client.get(f"/units.geojson{asked}").json["features"]
    assert [it["properties"] for it in features] == listed
    assert features[0]["geometry"] is None
    assert features[1]["geometry"]["coordinates"] == [UNIT["lon"], UNIT["lat"]]
    assert len(client.get("/units.json?state=faulty").json) == 1


def test_the_site_uploads_checks_and_then_takes_a_file(login, count):
    officer, address = login("municipality"), "/sites/sokcho-2023/units/import"
    sent = {"file": (io.BytesIO(as_xlsx([ROW, ROW | {"asset_number": "2"}])), "units.xlsx")}
    checked = officer.post(address, data=sent)
    assert (checked.status_code, count()) == (200, 0), "a dry run"
    token = checked.text.split('name="token" value="')[1].split('"')[0]
    other = login("other_municipality").post(address, data={"token": token, "take": "true"})
    assert (other.status_code, count()) == (403, 0)
    form = {"token": token, "take": "true", "idempotency_key": "one"}
    assert officer.post(address, data=form).status_code == 303
    assert officer.post(address, data=form).status_code == 303, "and once only"
    assert count() == 2


def test_what_an_upload_changes_is_shown_cell_by_cell_before_it_is_taken(login, count, client):
    officer, address = login("municipality"), "/sites/sokcho-2023/units/import?lang=en"

    def send(face: str, rows: list[dict], **form: str):
        file = io.BytesIO(as_csv(rows))
        return officer.post(face + address, data=form | {"file": (file, "units.csv")})

    rows = [ROW | {"asset_number": str(number), "maker": "표본"} for number in range(3)]
    assert send("/api/v1", rows, take="true").json["cells"] == [], "what is new changes nothing"
    rows[1] |= {"maker": "", "address": "<b>표본길 1</b>"}
    told = send("/api/v1", rows).json
    assert (told["changed"], told["same"], told["changed_cells"]) == (1, 2, 2)
    cells = [(it["row"], it["asset_number"], it["column"], it["was"]) for it in told["cells"]]
    assert cells == [(3, "1", "maker", "표본"), (3, "1", "address", "")]
    page = send("", rows).text
    assert "&lt;b&gt;표본길 1&lt;/b&gt;" in page
    assert "cell by cell" in page
    some = [ROW | {"asset_number": str(it), "maker": "다른 표본"} for it in range(TOLD_CELLS + 5)]
    send("/api/v1", some, take="true")
    told = send("/api/v1", [it | {"maker": "또 다른 표본"} for it in some]).json
    assert (len(told["cells"]), told["changed_cells"]) == (TOLD_CELLS, TOLD_CELLS + 5)
    assert count() == TOLD_CELLS + 5


@pytest.mark.parametrize("face", ["", "/api/v1"])
def test_an_upload_with_a_wrong_row_says_which_and_changes_nothing(login, count, face):
    rows = [
        ROW,
        ROW | {"asset_number": "2"} | SEOUL,
        ROW | {"deployment": "boryeong-2023-smart-pole"},
    ]
    sent = {"file": (io.BytesIO(as_csv(rows)), "units.csv"), "take": "true"}
    answer = login("municipality").post(f"{face}/sites/sokcho-2023/units/import?lang=en", data=sent)
    assert (answer.status_code, count()) == (422, 0)
    told = answer.text if not face else str(answer.json)
    assert "row 3, column lat" in told
    assert "row 4, column deployment" in told
    assert "another site" in told


@pytest.mark.parametrize("token", ["../../hwaksan.db", "x", "0" * 32 + ".csv"])
def test_a_token_that_nobody_was_given_opens_no_file(login, token):
    form = {"token": token, "take": "true"}
    answer = login("municipality").post("/sites/sokcho-2023/units/import", data=form)
    assert answer.status_code == 422


def test_a_file_of_many_chunks_is_loaded_whole_and_is_too_long_to_edit_in_excel(
    app, tmp_path, count, login
):
    path, many = tmp_path / "many.csv", MOST_ROWS + 1
    write_sample(path, many)
    done = app.test_cli_runner().invoke(args=["load", "units", str(path)])
    assert (done.output.splitlines()[-1], count()) == (f"{many} added, 0 changed", many)
    refused = login("municipality").get("/exchange/inspections.xlsx?lang=en")
    assert refused.status_code == 422
    assert f"longer than the {MOST_ROWS} rows of a workbook" in refused.text


def test_files_wait_under_names_that_nobody_can_guess(login, app):
    sent = {"file": (io.BytesIO(as_csv([ROW])), "../../evil.csv")}
    assert (
        login("municipality").post("/sites/sokcho-2023/units/import", data=sent).status_code == 200
    )
    folder = Path(app.instance_path) / "uploads"
    assert all("evil" not in it.name for it in folder.iterdir())
