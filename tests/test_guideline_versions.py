"""Versions of a guideline: what a new one changed, whom it affects, and the list to fill in."""

from __future__ import annotations

import io
from types import SimpleNamespace

from openpyxl import load_workbook

from catalog.guidance.changes import ItemChange, changes_between, counts_of, kinds_of


def item(key: str, clause: str, text: str, continues=None, level="must", stage="plan"):
    told = {"text_ko": text, "condition_ko": None, "level": level, "stage": stage}
    return SimpleNamespace(key=key, clause=clause, continues=continues, **told)


def test_each_item_is_new_gone_reworded_moved_or_renumbered():
    a, b, c = item("A", "1", "가"), item("B", "2", "나"), item("C", "3", "다")
    new = [
        item("A2", "1.1", "가", a),
        item("B2", "2", "나 둘", b, level="should", stage="design"),
        item("D2", "4", "라"),
        item("E2", "5", "마", continues=item("X", "9", "of another text")),
    ]
    found = changes_between([a, b, c], new)
    assert [(it.key, [kind.value for kind in it.kinds]) for it in found] == [
        ("A2", ["renumbered"]),
        ("B2", ["level", "reworded", "stage"]),
        ("D2", ["added"]),
        ("E2", ["added"]),
        ("C", ["removed"]),
    ]
    assert counts_of(found)[ItemChange.ADDED] == 2
    assert kinds_of(a, item("A3", "1", "가", a)) == [ItemChange.SAME]


def test_kwcag_tells_its_three_versions_item_by_item(client):
    """22 items in 2.0, two more in 2.1; nine more in 2.2, and all others have other numbers."""
    texts = {it: client.get(f"/api/v1/guidelines/{it}").json for it in ("kwcag20", "kwcag21")}
    texts["kwcag22"] = client.get("/api/v1/guidelines/kwcag22").json
    assert [len(it["items"]) for it in texts.values()] == [22, 24, 33]
    kinds = {slug: [it["kinds"] for it in told["changes"]] for slug, told in texts.items()}
    assert kinds["kwcag20"] == []
    added = {
        slug: [it["after_clause"] for it in told["changes"] if it["kinds"] == ["added"]]
        for slug, told in texts.items()
    }
    assert added["kwcag21"] == ["1.3.5", "2.1.3"]
    assert added["kwcag22"] == [
        *("6.1.4", "6.4.4", "6.5.1", "6.5.2", "6.5.3", "6.5.4", "7.2.2", "7.3.3", "7.3.4"),
    ]
    assert [it for it in kinds["kwcag21"] if it not in (["added"], ["same"])] == [["reworded"]]
    assert all("renumbered" in it for it in kinds["kwcag22"] if it != ["added"])
    assert not [it for told in kinds.values() for it in told if "removed" in it]
    # The sites were selected in April 2023: 2.2 was in force then, and no older text binds.
    assert [len(it["held"]) for it in texts.values()] == [0, 0, 36]
    keys = client.get("/api/v1/items?solution=smart-pole&per_page=200").json["items"]
    found = {it["key"][:4] for it in keys}
    assert "WA-0" in found, "the version in force"
    assert not {"WA20", "WA21"} & found, "a checklist of today has no item of a replaced text"
    named = client.get("/api/v1/guidelines?solution=smart-pole&per_page=200").json["items"]
    assert [it["slug"] for it in named if "kwcag" in it["slug"]] == ["kwcag22"]
    page = client.get("/guidelines/kwcag21?lang=en").text
    assert "What changed from the version before" in page
    assert "background music" in page
    assert "What changed" not in client.get("/guidelines/kwcag20?lang=en").text


def test_the_checklist_opens_with_an_answer_to_choose_beside_each_item(client):
    answer = client.get("/guidelines/kwcag22/checklist.xlsx?lang=en")
    assert answer.headers["Content-Disposition"].endswith('"kwcag22-checklist.xlsx"')
    sheet = load_workbook(io.BytesIO(answer.data)).active
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert rows[0][:4] == ("Key", "Clause", "Requirement", "Level")
    assert len(rows) == 1 + 33
    assert rows[1][0] == "WA-01"
    rule = sheet.data_validations.dataValidation[0]
    assert rule.type == "list"
    assert rule.formula1 == '"Meets,Deviates,Not applicable,Not yet"'
    assert str(rule.sqref) == "H4:H36"
    korean = load_workbook(
        io.BytesIO(client.get("/guidelines/rta/checklist.xlsx?lang=ko").data)
    ).active
    assert korean["A3"].value == "번호"
    assert client.get("/guidelines/no-such-thing/checklist.xlsx").status_code == 404
    pending = client.get("/guidelines/molit-smart-crosswalk/checklist.xlsx")
    assert pending.status_code == 200, "a text without items is an empty list"
