"""Rules of facts: quantities and changes of state at every door, refused or taken with a reason."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from common.db import db
from tests.samples import QUANTITY, REPORT, STATE, as_form
from tracker.progress import Progress, Quantity

pytestmark = pytest.mark.both_databases

POLE, CROSSWALK = "sokcho-2023-smart-pole", "sokcho-2023-smart-crosswalk"
SITE = "/api/v1/sites/sokcho-2023"
DAYS = ("2023-06-30", "2024-06-30", "2025-03-31")
HOSTILE = "<script>globalThis.x=1</script>{{7*7}}"


# Quantities: one validator for every door.

TOO_EARLY = {"stage": "installed", "value": 1, "on": "2023-04-12"}
TOO_LATE = {"stage": "installed", "value": 17, "on": "2099-01-01"}
TOO_MANY = {"stage": "accepted", "value": 18, "on": "2025-03-20"}
WORKS_TOO_MANY = {"stage": "working", "value": 18, "on": "2025-03-20"}
FEWER = {"stage": "installed", "value": 9, "on": "2025-04-01"}


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        (TOO_EARLY, "on", "2023-04-13"),
        (TOO_LATE, "on", "come yet"),
        (TOO_MANY, "value", "17 installed"),
        (WORKS_TOO_MANY, "value", "17 installed"),
        (FEWER, "value", "fewer than 17"),
    ],
)
def test_what_cannot_be_is_refused_at_every_door_and_changes_nothing(
    app, login, tmp_path, wrong, field, words
):
    officer, address = login("municipality"), f"/deployments/{POLE}/quantities?lang=en"
    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(Quantity))
    refused = officer.post(f"/api/v1{address}", json=wrong)
    assert refused.status_code == 422
    assert words in str(refused.json["errors"][field])
    page = officer.post(address, data=as_form(wrong))
    assert page.status_code == 422
    assert words in page.text
    file = tmp_path / "quantities.csv"
    head = "key,deployment,stage,value,on,mark"
    row = f"new,{POLE},{wrong['stage']},{wrong['value']},{wrong['on']},reported"
    file.write_text(f"{head}\n{row}\n", "utf-8")
    done = app.test_cli_runner().invoke(args=["load", "quantities", str(file)])
    assert done.exit_code != 0
    assert f"row 2, column {field}, value “{wrong[field]}”" in done.output
    assert words in done.output
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Quantity)) == before


@pytest.mark.parametrize(
    "real",
    [
        FEWER | {"note_ko": "두 기를 옮겼다."},
        {"stage": "planned", "value": 30, "on": "2023-03-01", "note_ko": "신청서의 계획"},
        {"stage": "revised", "value": 12, "on": "2099-01-01"},
        {"stage": "accepted", "value": 17, "on": "2025-03-13"},
    ],
)
def test_a_deviation_that_reality_allows_is_taken_with_a_note(login, real):
    answer = login("municipality").post(f"/api/v1/deployments/{POLE}/quantities", json=real)
    assert answer.status_code == 201, answer.text


def test_more_may_work_than_were_accepted_where_a_note_says_why(login):
    officer, address = login("municipality"), f"/api/v1/deployments/{POLE}/quantities"
    assert officer.post(address, json=QUANTITY).status_code == 201
    working = {"stage": "working", "value": 17, "on": "2025-03-21"}
    refused = officer.post(f"{address}?lang=en", json=working)
    assert "16 accepted" in str(refused.json["errors"]["value"])
    assert officer.post(address, json=working | {"note_ko": "시험 가동"}).status_code == 201


def test_a_limit_holds_for_days_to_come_and_for_corrections_too(login):
    officer, address = login("municipality"), f"/api/v1/deployments/{POLE}/quantities"
    assert officer.post(address, json=QUANTITY).status_code == 201  # 16 accepted on 2025-03-20
    less = {"stage": "installed", "value": 15, "on": "2025-03-13", "note_ko": "다시 셈"}
    refused = officer.post(f"{address}?lang=en", json=less)  # corrects the 17 of that day
    assert refused.status_code == 422
    assert "16 accepted" in str(refused.json["errors"]["value"])


def test_rows_of_a_file_are_judged_together_whatever_their_order(app, tmp_path):
    file = tmp_path / "quantities.csv"
    head = "key,deployment,stage,value,on,mark"
    drone = "boryeong-2023-disaster-drone"
    rows = [
        f"b,{drone},accepted,3,2025-02-02,reported",
        f"a,{drone},installed,3,2025-02-01,reported",
    ]
    file.write_text("\n".join([head, *rows, ""]), "utf-8")
    done = app.test_cli_runner().invoke(args=["load", "quantities", str(file)])
    assert done.exit_code == 0, done.output


def test_a_fact_of_a_closed_month_is_taken_and_a_report_of_it_is_not(login):
    closed = login("ministry").post("/api/v1/periods/2025-03/close", json={"reason": "마감"})
    assert closed.status_code == 201
    officer = login("municipality")
    told = officer.post(f"/api/v1/deployments/{POLE}/quantities", json=QUANTITY)
    assert told.status_code == 201
    refused = officer.post(f"{SITE}/reports/2025-03", json=REPORT)
    assert refused.status_code == 422
    assert "month" in refused.json["errors"]


def test_a_number_below_the_plan_is_a_part_until_the_site_reports_completion(login, client):
    officer = login("other_municipality")
    drone = "/api/v1/deployments/boryeong-2023-disaster-drone"
    plan = {"stage": "planned", "value": 4, "on": "2023-05-01"}
    part = {"stage": "installed", "value": 2, "on": "2024-05-01"}
    for body in (plan, part):
        assert officer.post(f"{drone}/quantities", json=body).status_code == 201
    states = [
        client.get(f"{drone}?as_of={on}").json["state"] for on in ("2024-06-30", "2025-03-31")
    ]
    assert states == ["partly_installed", "completion_reported"]


# Changes of state.


def test_a_change_of_state_carries_reason_person_and_day(login, client, settled):
    settled()
    answer = login("municipality").post(f"/api/v1/deployments/{POLE}/states", json=STATE)
    assert answer.status_code == 201
    assert answer.json["text_ko"] == STATE["reason"]
    assert (answer.json["on"], answer.json["mark"]) == ("2025-03-20", "reported")
    assert client.get(f"/api/v1/deployments/{POLE}").json["state"] == "working"
    page = client.get(f"/deployments/{POLE}?lang=en").text
    assert STATE["reason"] in page
    assert "Sokcho-si" in page


def test_must_items_block_a_state_until_they_are_settled(login, client, settled, send):
    officer, address = login("municipality"), f"/api/v1/deployments/{POLE}/states"
    refused = officer.post(f"{address}?lang=en", json=STATE)
    assert refused.status_code == 422
    assert "must-items of the checklist are open" in refused.json["errors"]["state"][0]
    settled()
    lines = client.get(f"/api/v1/deployments/{POLE}/checklist?level=must").json["items"]
    key = next(it["item"] for it in lines if it["stage"] == "accept")
    told = send({"item": key, "result": "deviates", "reason": "표본"}, on="2025-03-01")
    again = officer.post(f"{address}?lang=en", json=STATE).json["errors"]["state"][0]
    assert "1 must-items" in again
    assert key in again
    check = told.json["checks"][0]["key"]
    verdict = {"verdict": "approved", "reason": "표본", "on": "2025-03-02"}
    decided = login("ministry").post(f"/api/v1/checks/{check}/decisions", json=verdict)
    assert decided.status_code == 201, decided.text
    assert officer.post(address, json=STATE).status_code == 201


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_step_that_is_not_allowed_names_the_state_and_what_is(login, lang):
    officer = login("municipality")
    back = STATE | {"state": "started", "on": "2025-03-20"}
    refused = officer.post(f"/api/v1/deployments/{POLE}/states?lang={lang}", json=back)
    assert refused.status_code == 422
    words = {
        "en": ("Completion reported", "Working, inspected"),
        "ko": ("설치 완료 보고", "작동 확인"),
    }[lang]
    assert all(it in refused.json["errors"]["state"][0] for it in words)
    page = officer.post(f"/deployments/{POLE}/states?lang={lang}", data=as_form(back))
    assert page.status_code == 422
    assert words[0] in page.text
    assert STATE["reason"] in page.text, "what was written is still there"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on": "2099-01-01"}, "on"),
        ({"on": "2023-04-12"}, "on"),
        ({"state": "no_data"}, "state"),
        ({"state": "completion_reported"}, "state"),
        ({"reason": " "}, "reason"),
        ({"corrects": "no-such-fact"}, "corrects"),
        ({"corrects": "boryeong-2023-completion"}, "corrects"),
        ({"moon": "x"}, "moon"),
    ],
)
def test_a_wrong_change_of_state_is_refused_by_its_field(app, login, change, field):
    refused = login("municipality").post(f"/api/v1/deployments/{POLE}/states", json=STATE | change)
    assert refused.status_code == 422
    assert field in refused.json["errors"]
    with app.app_context():
        own = select(func.count()).select_from(Progress).where(Progress.mark == "reported")
        assert db.session.scalar(own) == 0


def test_only_the_correction_of_a_wrong_fact_goes_backward(login, client, settled):
    settled()
    officer, address = login("municipality"), f"/api/v1/deployments/{POLE}/states"
    wrong = officer.post(address, json=STATE).json["key"]
    back = {"state": "completion_reported", "on": "2025-03-20", "reason": "점검 전이었다."}
    assert officer.post(address, json=back).status_code == 422
    mended = officer.post(address, json=back | {"corrects": wrong})
    assert mended.status_code == 201, mended.text
    assert mended.json["corrects"] == wrong
    assert client.get(f"/api/v1/deployments/{POLE}").json["state"] == "completion_reported"


def test_a_file_of_progress_keeps_the_order_of_states(app, tmp_path):
    file = tmp_path / "progress.csv"
    head = "key,site,state,on,text_ko,text_en,mark"
    rows = ["later,boryeong-2023,started,2025-02-01,착수,Begun,reported"]
    file.write_text("\n".join([head, *rows, ""]), "utf-8")
    done = app.test_cli_runner().invoke(args=["load", "progress", str(file)])
    assert done.exit_code != 0
    assert "row 2, column state, value “started”" in done.output
    assert "boryeong-2023-completion" in done.output, "it names the fact to correct"
