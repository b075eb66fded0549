"""Excel both ways: a list is downloaded, edited, uploaded, accepted cell by cell, and undone."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from common.db import db, now
from common.facts import When, latest, with_corrected
from tests.samples import MONEY
from tracker.deployments import Deployment
from tracker.progress import Quantity

POLE = "sokcho-2023-smart-pole"
API = "/api/v1/exchange"
QUANTITIES = "/exchange/quantities.xlsx?lang=en"


def saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def edited(file: bytes, cells: dict[str, object]) -> bytes:
    """The workbook as Excel would give it back, some cells changed."""
    book = load_workbook(io.BytesIO(file))
    for address, value in cells.items():
        book.worksheets[0][address] = value
    return saved(book)


@pytest.fixture
def upload(officer):
    """`upload(file)`: the answer of the API to a workbook."""

    def sent(file: bytes, name: str = "수량.xlsx", who=officer):
        return who.post(f"{API}?lang=en", data={"file": (io.BytesIO(file), name)})

    return sent


def quantities(client, **when: str) -> dict[str, object]:
    told = client.get(f"/api/v1/deployments/{POLE}", query_string=when).json
    names = ("installed_qty", "accepted_qty", "working_qty")
    return {name: told[name] for name in names}


def standing(app, stage: str, known_on: datetime | None = None) -> Quantity:
    """The newest quantity of the pole, with what it corrects, as known at a moment."""
    with app.app_context():
        by = (Quantity.deployment_id, Quantity.stage)
        pole = select(Deployment.id).where(Deployment.slug == POLE).scalar_subquery()
        rows = latest(Quantity, by, When.of(None, known_on)).where(Quantity.deployment_id == pole)
        return db.session.scalars(
            rows.where(Quantity.stage == stage).options(with_corrected(Quantity))
        ).one()


def test_three_cells_go_out_come_back_are_accepted_and_undone(app, officer, upload, client):
    before = client.get("/deployments.json?as_of=2030-01-01").data
    file = officer.get(QUANTITIES).data
    nothing = upload(file)
    assert "No cell of this workbook was changed" in nothing.json["errors"]["file"][0]
    cells = {"G4": 18, "J4": "표본: 하나를 더 세웠다", "G5": 16, "H5": date(2025, 3, 20)}
    told = upload(edited(file, cells))
    assert told.status_code == 201, told.text
    found = {it["address"]: (it["was"], it["now"], it["said"]) for it in told.json["cells"]}
    assert found == {
        "G4": ("17", "17", "18"),
        "J4": ("완료 보고일 기준", "완료 보고일 기준", "표본: 하나를 더 세웠다"),
        "G5": ("", "", "16"),
        "H5": ("", "", "2025-03-20"),
    }
    assert told.json["errors"] == {}
    assert client.get("/deployments.json?as_of=2030-01-01").data == before, "nothing is changed yet"
    address = f"{API}/{told.json['slug']}"
    body = {"all": True, "seen": told.json["seen"]}
    answers = [officer.post(f"{address}/accept", json=body) for _ in range(2)]
    assert [it.status_code for it in answers] == [200, 200], "once, however often it is sent"
    assert answers[0].json["state"] == answers[1].json["state"] == "accepted"
    after = {"installed_qty": 18, "accepted_qty": 16, "working_qty": None}
    assert quantities(client) == after
    new = standing(app, "installed")
    assert (new.value, new.mark.value) == (18, "reported")
    assert new.corrects.key == f"{POLE}-installed-2025-03-13"
    between = now()
    undone = officer.post(f"{address}/undo")
    assert (undone.status_code, undone.json["state"]) == (200, "undone"), undone.text
    assert quantities(client) == {"installed_qty": 17, "accepted_qty": None, "working_qty": None}
    again = standing(app, "installed")
    assert again.corrects.key == new.key
    assert again.source_id is not None, "with its mark and source again"
    told_then = [standing(app, it, between).value for it in ("installed", "accepted")]
    assert told_then == [18, 16], "as known in between, the import still stands"
    assert officer.post(f"{address}/undo").json["state"] == "undone"
    dumped = app.test_cli_runner().invoke(args=["dump", "quantities"]).output
    assert new.key in dumped, "what was corrected stays on record"
    assert f"{told.json['slug']}-5" not in dumped, "what was withdrawn is not brought elsewhere"
    told_anew = {"stage": "accepted", "value": 15, "on": "2025-03-20"}
    sent = officer.post(f"/api/v1/deployments/{POLE}/quantities", json=told_anew)
    assert sent.status_code == 201, "a withdrawn fact stands in nobody's way"
    listed = officer.get(API).json["items"]
    assert [(it["file_name"], it["state"]) for it in listed] == [("수량.xlsx", "undone")]


def test_a_cell_that_somebody_changed_meanwhile_is_a_conflict(officer, upload, login, client):
    file = edited(officer.get(QUANTITIES).data, {"G4": 18, "G8": 9, "H8": date(2024, 5, 1)})
    meanwhile = {"stage": "installed", "value": 19, "on": "2025-03-13"}
    officer.post(f"/api/v1/deployments/{POLE}/quantities", json=meanwhile)
    told = upload(file).json
    cell = next(it for it in told["cells"] if it["address"] == "G4")
    assert (cell["was"], cell["now"], cell["said"]) == ("17", "19", "18")
    assert cell["standing"] == "conflict"
    address = f"{API}/{told['slug']}"
    page = officer.get(f"/exchange/{told['slug']}?lang=en").text
    assert "Changed meanwhile by somebody else" in page
    unseen = officer.post(f"{address}/accept", json={"cells": ["G4"]})
    assert unseen.status_code == 422
    assert "seen" in unseen.json["errors"]
    officer.post(f"/api/v1/deployments/{POLE}/quantities", json=meanwhile | {"value": 20})
    stale = officer.post(f"{address}/accept", json={"all": True, "seen": told["seen"]})
    assert stale.status_code == 409, "what was shown is not what would be changed"
    some = officer.post(f"{address}/accept", json={"cells": ["G8", "H8"]})
    assert some.status_code == 200, some.text
    taken = {it["address"]: it["taken"] for it in some.json["cells"]}
    assert taken == {"G4": False, "J4": False, "G8": True, "H8": True}
    # What is told since may stand on the import.
    crosswalk = "sokcho-2023-smart-crosswalk"
    newer = {"stage": "installed", "value": 9, "on": "2025-04-01", "note_ko": "표본"}
    sent = officer.post(f"/api/v1/deployments/{crosswalk}/quantities", json=newer)
    assert sent.status_code == 201, sent.text
    refused = officer.post(f"{address}/undo?lang=en")
    assert refused.status_code == 422
    assert "Since then" in refused.json["errors"]["G8"][0]
    for name in ("other_municipality", "ministry", "coach"):
        assert login(name).get(address).status_code in (403, 404)
    assert client.get(address).status_code == 401


def test_a_conflict_that_was_looked_at_can_be_taken_all_the_same(officer, upload, client):
    file = edited(officer.get(QUANTITIES).data, {"G4": 18})
    meanwhile = {"stage": "installed", "value": 19, "on": "2025-04-02", "note_ko": "표본: 다시 셈"}
    officer.post(f"/api/v1/deployments/{POLE}/quantities", json=meanwhile)
    told = upload(file, name="/\x07").json
    assert told["file_name"] == "workbook.xlsx"
    found = {it["address"]: (it["was"], it["now"], it["said"]) for it in told["cells"]}
    assert found["H4"] == ("2025-03-13", "2025-04-02", "2025-03-13"), "its day moved, too"
    assert {it["standing"] for it in told["cells"]} == {"conflict"}
    form = {"cells": ["G4"], "seen": told["seen"]}
    taken = officer.post(f"/exchange/{told['slug']}/accept", data=form)
    assert taken.status_code == 303
    assert quantities(client)["installed_qty"] == 18, "on the day that is on record now"
    gone = officer.post(f"{API}/{told['slug']}/accept", json={"cells": ["G4"], "seen": "x"})
    assert (gone.status_code, gone.json["state"]) == (200, "accepted")


def test_amounts_keep_the_rules_of_their_form_and_come_back_out_of_nothing(officer, upload, client):
    file = officer.get("/exchange/money.xlsx?lang=ko").data
    page = load_workbook(io.BytesIO(file)).worksheets[0]
    rows = {row[0].value: row[0].row for row in page.iter_rows() if row[0].value}
    received, spent = (rows[f"sokcho-2023/national/{it}"] for it in ("received", "spent"))
    day = date(2023, 7, 3)
    cells = {f"F{received}": MONEY["amount_won"], f"G{received}": day}
    cells |= {f"F{spent}": MONEY["amount_won"] + 1, f"G{spent}": day}
    told = upload(edited(file, cells)).json
    assert "no more may be spent" in told["errors"][f"F{spent}"][0]
    address = f"{API}/{told['slug']}"
    both = officer.post(f"{address}/accept", json={"all": True, "seen": told["seen"]})
    assert (both.status_code, set(both.json["errors"])) == (422, {f"F{spent}"})
    before = client.get("/api/v1/sites/sokcho-2023/money").json
    right = {"cells": [f"F{received}", f"G{received}"]}
    assert officer.post(f"{address}/accept", json=right).status_code == 200
    assert client.get("/api/v1/sites/sokcho-2023/money").json != before
    assert officer.post(f"{address}/undo").status_code == 200
    assert client.get("/api/v1/sites/sokcho-2023/money").json == before, "no zero, no unknown row"


def test_a_refused_workbook_leaves_nothing_behind(officer, upload):
    file = officer.get(QUANTITIES).data
    wrong = edited(file, {"G4": "=8+9", "H4": "2025-03-20"})
    answer = upload(wrong)
    assert (answer.status_code, set(answer.json["errors"])) == (422, {"G4", "H4"})
    hidden = {"B4": "sokcho-2023-smart-pole-planned-2023-04-14"}
    assert "hidden columns" in upload(edited(file, hidden)).json["errors"]["B4"][0]
    assert "no XLSX workbook" in upload(b"").json["errors"]["file"][0]
    page = officer.post("/exchange?lang=en", data={"file": (io.BytesIO(wrong), "a.xlsx")})
    assert page.status_code == 422
    assert "a formula" in page.text
    assert officer.post("/exchange", data={}).status_code == 422
    assert officer.get(API).json["total"] == 0, "nothing was kept"


def test_a_workbook_locks_what_is_not_edited_and_says_what_is_allowed(officer, login):
    korean = load_workbook(io.BytesIO(officer.get("/exchange/quantities.xlsx?lang=ko").data))
    page, guide = korean.worksheets
    assert page.protection.sheet
    assert page.freeze_panes == "G2"
    assert page["C2"].protection.locked
    assert not page["G2"].protection.locked
    assert page.column_dimensions["A"].hidden
    assert {str(it.sqref)[0] for it in page.data_validations.dataValidation} == set("GHIJ")
    assert page["C1"].value == "사업지"
    assert guide["A1"].value
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "d"}
    other = load_workbook(io.BytesIO(login("other_municipality").get(QUANTITIES).data))
    keys = [row[0] for row in list(other.worksheets[0].values)[1:]]
    assert keys
    assert all(key.startswith("boryeong-") for key in keys)
