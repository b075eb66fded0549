"""Lists that go out to a spreadsheet and come back: states, answers, LibreOffice, statements."""

from __future__ import annotations

import io
from datetime import date

from openpyxl import load_workbook

from tests.doors import picture
from tests.libreoffice import edited_by_libreoffice
from tests.samples import DECISION, UNIT
from tests.test_exchange import API, QUANTITIES, edited, quantities, upload  # noqa: F401 - a fixture

ICE = "sokcho-2023-road-ice-monitoring"
STATES = "/exchange/states.xlsx?lang=en"
CHECKS = "/exchange/checks.xlsx?lang=en"
INSPECTIONS = "/exchange/inspections.xlsx?lang=en"
MANY = 100


def rows_of(file: bytes) -> dict[str, int]:
    """The number of each row by its hidden key."""
    page = load_workbook(io.BytesIO(file)).worksheets[0]
    return {row[0].value: row[0].row for row in page.iter_rows(min_row=2) if row[0].value}


def answers(rows, said: str = "Meets") -> dict[str, object]:
    """Cells that answer the checklist items of some rows."""
    day = date(2025, 3, 20)
    return {f"{it[0]}{row}": it[1] for row in rows for it in (("H", said), ("I", day))}


def test_states_come_back_by_the_rules_of_their_form(app, officer, upload, client):  # noqa: F811
    file = officer.get(STATES).data
    row = rows_of(file)[ICE]
    day = date(2025, 3, 20)
    cells = {
        f"E{row}": "Partly installed",
        f"F{row}": date(2024, 6, 30),
        f"G{row}": "표본: 두 곳에 세움",
    }
    cells |= {"E2": "Started", "F2": day, "G2": "표본: 뒤로", "E3": "Working, inspected", "F3": day}
    told = upload(edited(file, cells)).json
    assert told["kind"] == "states"
    assert "can't follow" in told["errors"]["E2"][0], told["errors"]
    assert "G3" in told["errors"], "without a reason"
    assert not any(it.endswith(str(row)) for it in told["errors"]), told["errors"]
    there = f"/api/v1/deployments/{ICE}?as_of=2024-07-01"
    before = client.get(there).json["state"]
    address, right = f"{API}/{told['slug']}", {"cells": [f"{it}{row}" for it in "EFG"]}
    assert officer.post(f"{address}/accept", json=right).status_code == 200
    assert client.get(there).json["state"] == "partly_installed" != before
    # The same day again is a correction; a new state wants a new reason.
    file = officer.get(STATES).data
    again = upload(edited(file, {f"E{row}": "Completion reported"})).json
    assert "must-items" in again["errors"][f"E{row}"][0], again
    assert "say what happened now" in again["errors"][f"G{row}"][0]
    mended = upload(edited(file, {f"G{row}": "표본: 한 곳에 세움"})).json
    assert mended["errors"] == {}
    sent = officer.post(f"{API}/{mended['slug']}/accept", json={"all": True})
    assert sent.status_code == 200, sent.text
    refused = officer.post(f"{address}/undo?lang=en")
    assert "Since then" in refused.json["errors"][f"E{row}"][0], "a newer import stands on it"
    undone = officer.post(f"{API}/{mended['slug']}/undo")
    assert undone.json["state"] == "undone"
    assert officer.post(f"{address}/undo").json["state"] == "undone", "then the first one, too"
    assert client.get(there).json["state"] == before
    dumped = app.test_cli_runner().invoke(args=["dump", "progress"]).output
    for it in (told, mended):
        assert it["slug"] not in dumped, "nothing of either is brought elsewhere"
    told_anew = {"state": "partly_installed", "on": "2024-06-30", "reason": "표본: 다시"}
    sent = officer.post(f"/api/v1/deployments/{ICE}/states", json=told_anew)
    assert sent.status_code == 201, "what was taken back stands in nobody's way"


def test_answers_come_back_some_are_taken_and_a_decision_keeps_them(officer, upload, login):  # noqa: F811
    file = officer.get(CHECKS).data
    cells = answers([2]) | answers([3, 4], "일탈") | {"J3": "표본: 영상이 없음", "L2": "example"}
    told = upload(edited(file, cells | {"H4": "Deviates", "H3": "Deviates"})).json
    assert set(told["errors"]) == {"J4", "L2"}, told["errors"]
    page = officer.get(f"/exchange/{told['slug']}?lang=ko").text
    assert "일탈" not in page
    assert "deviates" not in page, "told in words"
    address = f"{API}/{told['slug']}"
    some = {"cells": ["H2", "I2", "H3", "I3", "J3"]}
    assert officer.post(f"{address}/accept", json=some).status_code == 200
    listed = officer.get("/api/v1/checks?site=sokcho-2023").json["items"]
    assert sorted((it["item"], it["result"]) for it in listed) == [
        ("WA-01", "meets"),
        ("WA-02", "deviates"),
    ]
    check = next(it["key"] for it in listed if it["result"] == "deviates")
    decided = login("ministry").post(f"/api/v1/checks/{check}/decisions", json=DECISION)
    assert decided.status_code == 201, decided.text
    refused = officer.post(f"{address}/undo?lang=en")
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"H3"})
    assert "its decision would be lost" in refused.json["errors"]["H3"][0]


def told_in(rows, **columns: object) -> dict[str, object]:
    """The same cells in each of some rows."""
    return {f"{column}{row}": value for row in rows for column, value in columns.items()}


def test_an_import_asks_as_often_for_one_row_as_for_a_hundred(officer, upload, statements, load):  # noqa: F811
    day = date(2025, 3, 20)
    units = [UNIT | {"asset_number": f"견본-{it}"} for it in range(MANY + 1)]
    assert load("csv", units)[0] == 0
    said = {
        "checks": {"H": "Meets", "I": day},
        "quantities": {"G": 7, "H": day, "J": "표본"},
        "money": {"F": 1000, "G": date(2023, 12, 31), "I": "표본"},
        "states": {"E": "Working, inspected", "F": day, "G": "표본"},
        "inspections": {"G": "Faulty", "H": day, "I": "Off-line"},
    }

    def asked(call) -> int:
        with statements() as sent:
            assert call().status_code in (200, 201)
        return sum(it.lstrip().upper().startswith("SELECT") for it in sent)

    for kind, cells in said.items():
        file = officer.get(f"/exchange/{kind}.xlsx?lang=en").data
        rows = sorted(rows_of(file).values())[: MANY + 1]
        counts = []
        for some in (rows[:1], rows[1:]):
            edits, address = edited(file, told_in(some, **cells)), ""
            first = asked(lambda it=edits: upload(it))
            address = f"/exchange/{officer.get(API).json['items'][0]['slug']}"
            calls = [lambda it=address: officer.get(it)]
            if kind in ("checks", "inspections"):  # with all, their rules take every row
                taken = f"/api/v1{address}/accept"
                calls += [lambda it=taken: officer.post(it, json={"all": True})]
                calls += [lambda it=address: officer.post(f"/api/v1{it}/undo")]
            counts.append([first, *(asked(it) for it in calls)])
        assert counts[0] == counts[1], (kind, len(rows), counts)


def test_libreoffice_gives_back_what_is_read_accepted_and_undone(officer, upload, client, tmp_path):  # noqa: F811
    before = quantities(client)
    file = officer.get(QUANTITIES).data
    cells = {"G4": 18, "J4": "표본: 하나를 더 세웠다", "H5": date(2025, 3, 20)}
    back = edited_by_libreoffice(file, cells | {"G5": 16, "I5": "Yes"}, tmp_path)
    told = upload(back)
    assert told.status_code == 201, told.text
    found = {it["address"]: (it["was"], it["said"]) for it in told.json["cells"]}
    assert found == {
        "G4": ("17", "18"),
        "J4": ("완료 보고일 기준", "표본: 하나를 더 세웠다"),
        "G5": ("", "16"),
        "H5": ("", "2025-03-20"),
        "I5": ("false", "true"),
    }
    address = f"{API}/{told.json['slug']}"
    accepted = officer.post(f"{address}/accept", json={"all": True, "seen": told.json["seen"]})
    assert accepted.status_code == 200, accepted.text
    assert quantities(client) != before
    assert officer.post(f"{address}/undo").json["state"] == "undone"
    assert quantities(client) == before
    answer = upload(edited_by_libreoffice(file, cells, tmp_path, "ods"), "수량.ods")
    assert "OpenDocument" in answer.json["errors"]["file"][0]


def test_inspections_come_back_and_the_units_follow(
    officer,
    upload,  # noqa: F811
    registered,
    inspected,
    client,
):
    codes = [registered(asset_number=f"견본-{it}") for it in range(5)]
    inspected(codes[3], repaired="true", on="2025-03-20")
    look = inspected(codes[4], on="2025-03-20")
    photo = officer.post(f"/api/v1/inspections/{look}/photos", data=picture())
    assert photo.status_code == 201, photo.text
    file = officer.get(INSPECTIONS).data
    rows = [rows_of(file)[it] for it in codes]
    day = date(2025, 3, 20)
    cells = told_in(rows, G="Works", H=day) | told_in(
        rows[:1], G="Faulty", I="Dark, no power; Off-line\nOff-line", J="표본: 밤에 꺼져 있음"
    )
    told = upload(edited(file, cells | told_in(rows[3:], I=None, J="표본: 다시 적음"))).json
    assert set(told["errors"]) == {f"H{row}" for row in rows[3:]}, told
    for row in rows[3:]:
        assert "would be hidden" in told["errors"][f"H{row}"][0]
    said = {it["address"]: it["said"] for it in told["cells"]}
    assert said[f"I{rows[0]}"] == "dark; offline"
    assert "Dark, no power; Off-line" in officer.get(f"/exchange/{told['slug']}?lang=en").text

    def conditions() -> list[object]:
        listed = (client.get(f"/api/v1/units/{it}").json for it in codes[:3])
        return [(it["condition"], it["seen_on"]) for it in listed]

    address, before = f"{API}/{told['slug']}", conditions()
    assert before == [("not_inspected", None)] * 3
    taken = [it for it in said if int(it[1:]) in rows[:3]]
    assert officer.post(f"{address}/accept", json={"cells": taken}).status_code == 200
    assert conditions() == [("faulty", "2025-03-20")] + [("working", "2025-03-20")] * 2

    file = officer.get(INSPECTIONS).data
    works = told_in(rows[:1], G="Works", I=None)
    mended = upload(edited(file, works)).json
    assert mended["errors"] == {}, "the same day is a correction"
    assert officer.post(f"{API}/{mended['slug']}/accept", json={"all": True}).status_code == 200
    assert conditions()[0] == ("working", "2025-03-20")
    assert officer.post(f"{API}/{mended['slug']}/undo").json["state"] == "undone"
    assert conditions()[0] == ("faulty", "2025-03-20")

    wrong = told_in(rows[:1], I="No network") | told_in(rows[1:2], H=date(2024, 1, 1))
    refused = upload(edited(file, wrong)).json["errors"]
    assert "Choose one of: Dark, no power / " in refused[f"I{rows[0]}"][0], "before it is looked at"
    wrong |= told_in(rows[:1], I="Heating or cooling does not work")
    wrong |= told_in(rows[2:3], H=None, G="Faulty")
    refused = upload(edited(file, wrong)).json["errors"]
    assert "Camera gives no picture (camera)" in refused[f"I{rows[0]}"][0], refused
    assert "It was installed on" in refused[f"H{rows[1]}"][0]
    assert set(refused) == {f"I{rows[0]}", f"H{rows[1]}", f"H{rows[2]}"}

    assert officer.post(f"{address}/undo").json["state"] == "undone"
    assert conditions() == before
