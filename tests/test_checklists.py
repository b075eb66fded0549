"""Checklists: what binds a deployment, its answers, decisions on deviations, and what blocks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from catalog.guidelines import Guideline, GuidelineStatus, Item
from catalog.sources import Source
from common.db import db
from common.facts import today
from tests.samples import ANSWERS
from tracker.checklists.checklists import Check
from tracker.deployments import Deployment
from tracker.plan.milestones import Milestone

POLE = "sokcho-2023-smart-pole"
PLACE = f"/api/v1/deployments/{POLE}"
PAGE, FORM = f"/deployments/{POLE}/checklist", f"/deployments/{POLE}/checks"
SELECTED = date(2023, 4, 13)
MEETS = {"item": "WA-01", "result": "meets"}


def text(status, began=None, replaced_by=()):
    it = Guideline(status=status, effective_on=began and date.fromisoformat(began))
    it.replaced_by = list(replaced_by)
    return it


IN, NOT = GuidelineStatus.IN_FORCE, GuidelineStatus.NOT_CURRENT


@pytest.mark.parametrize(
    ("guideline", "binds"),
    [
        (text(IN, "2022-12-28"), True),
        (text(IN, "2023-04-13"), True),
        (text(IN, "2023-04-14"), False),
        (text(IN), True),
        (text(NOT, "2019-01-01"), False),
        (text(NOT, "2019-01-01", [text(IN, "2023-04-14")]), True),
        (text(NOT, "2019-01-01", [text(IN, "2023-04-13")]), False),
        (text(NOT, "2019-01-01", [text(IN)]), False),
        (text(NOT, "2019-01-01", [text(GuidelineStatus.DRAFT, "2020-01-01")]), False),
        (text(IN, "2019-01-01", [text(GuidelineStatus.DRAFT, "2020-01-01")]), True),
        *[
            (text(status, "2019-01-01"), False)
            for status in GuidelineStatus
            if status not in (IN, NOT)
        ],
    ],
)
def test_a_text_binds_from_its_day_until_a_later_one_takes_effect(guideline, binds):
    assert guideline.bound_on(SELECTED) is binds


def test_the_editions_of_the_accessibility_guideline_stand_in_a_chain(client):
    chain = {it: client.get(f"/api/v1/guidelines/{it}").json for it in ("kwcag22", "kwcag21")}
    assert chain["kwcag22"]["replaces"] == "kwcag21"
    assert chain["kwcag21"]["replaces"] == "kwcag20"
    assert chain["kwcag21"]["replaced_by"] == ["kwcag22"]


def test_a_checklist_holds_what_bound_on_the_day_of_selection_and_names_the_rest(app, client):
    whole = client.get(f"{PLACE}/checklist").json
    found = {line["item"] for line in whole["items"]}
    with app.app_context():
        pole = db.session.scalars(select(Deployment).where(Deployment.slug == POLE)).one()
        items = db.session.scalars(select(Item)).all()
        about = [it for it in items if it.solution_id in (None, pole.solution_id)]
        assert found == {it.key for it in about if it.guideline.bound_on(SELECTED)}
        late = [it for it in about if it.guideline.came_after(SELECTED)]
        assert sum(whole["later"].values()) == len(late)
        assert set(whole["later"]) == {it.guideline.slug for it in late}
    assert len(found) == 45
    assert whole["selected_on"] == "2023-04-13"


def test_what_nobody_answered_is_not_yet_and_no_share_of_nothing_is_told(client):
    whole = client.get(f"{PLACE}/checklist").json
    assert {line["result"] for line in whole["items"]} == {"not_yet"}
    counts = whole["tally"]["all"]
    assert (counts["items"], counts["not_yet"], counts["unanswered"], counts["meets"]) == (
        45,
        45,
        45,
        0,
    )
    assert counts["met_share"] is None, "unknown is not zero"


def test_an_answer_shows_with_its_evidence_its_day_and_its_organisation(send, line_of, client):
    link = "https://example.org/report?a=1&b=2"
    answer = send({**MEETS, "evidence": "표본: 3쪽", "link": link})
    assert answer.status_code == 201
    line = line_of("WA-01")
    assert (line["result"], line["evidence"], line["link"]) == ("meets", "표본: 3쪽", link)
    assert (line["on"], line["answered_by"]) == ("2025-03-20", "sokcho")
    counts = client.get(f"{PLACE}/checklist").json["tally"]["all"]
    assert (counts["meets"], counts["not_yet"], counts["applicable"]) == (1, 44, 45)
    assert counts["met_share"] == pytest.approx(1 / 45)


WRONG = [
    ({"result": "deviates"}, "reason"),
    ({"result": "not_applicable", "reason": "  "}, "reason"),
    ({"result": "perhaps"}, "result"),
    ({"result": None}, "result"),
    ({"link": "javascript:alert(1)"}, "link"),
    ({"link": "ftp://example.org/a"}, "link"),
    ({"link": "https://example.org/a\njavascript:alert(1)"}, "link"),
    ({"link": "//example.org"}, "link"),
    ({"link": "https://example.org/" + "x" * 1000}, "link"),
    ({"item": "NO-SUCH"}, "item"),
    ({"item": "XW-01"}, "item"),
    ({"item": 7}, "item"),
    ({"evidence": "x" * 2001}, "evidence"),
    ({"evidence": "\x00"}, "evidence"),
    ({"moon": 1}, "moon"),
]


@pytest.mark.parametrize(("wrong", "name"), WRONG, ids=str)
def test_a_wrong_answer_is_refused_by_its_field_and_takes_the_good_ones_with_it(
    send, line_of, wrong, name
):
    answer = send({"item": "WA-02", "result": "meets"}, MEETS | wrong)
    assert answer.status_code == 422
    assert list(answer.json["errors"]["checks"]["1"]) == [name]
    assert line_of("WA-02")["result"] == "not_yet", "all or none"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"checks": [MEETS]}, "on"),
        ({"on": (today() + timedelta(1)).isoformat(), "checks": [MEETS]}, "on"),
        ({"on": "2025-02-30", "checks": [MEETS]}, "on"),
        ({"on": "2025-03-20"}, "checks"),
        ({"on": "2025-03-20", "checks": []}, "checks"),
        ({"on": "2025-03-20", "checks": "WA-01"}, "checks"),
        ({"on": "2025-03-20", "checks": [MEETS, MEETS]}, "checks"),
        ({"on": "2025-03-20", "checks": [7]}, "checks"),
        ({"on": "2025-03-20", "checks": [MEETS] * 201}, "checks"),
    ],
    ids=str,
)
def test_a_wrong_report_is_refused_in_words(officer, body, name):
    answer = officer.post(f"{PLACE}/checks", json=body)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [name]


def test_nobody_answers_for_another_site_nor_without_an_account(login, client):
    for person, status in (
        (login("other_municipality"), 403),
        (login("ministry"), 403),
        (login("coach"), 403),
        (login("operator"), 403),
        (client, 401),
    ):
        assert person.post(f"{PLACE}/checks", json=ANSWERS).status_code == status
    assert client.get("/api/v1/checks").json["total"] == 0


def test_the_same_key_counts_once(send, client):
    keys = {send(MEETS, **{"Idempotency-Key": "one"}).json["checks"][0]["key"] for _n in range(2)}
    assert len(keys) == 1
    assert client.get("/api/v1/checks").json["total"] == 1


def test_an_answer_for_the_same_day_corrects_and_one_for_a_later_day_follows(send, line_of, client):
    first = send(MEETS).json["checks"][0]["key"]
    second = send(MEETS | {"result": "not_yet"}).json["checks"][0]
    assert second["corrects"] == first
    later = send(MEETS, on="2025-04-01").json["checks"][0]
    assert later["corrects"] is None
    assert line_of("WA-01", as_of="2025-03-19")["result"] == "not_yet"
    assert line_of("WA-01", as_of="2025-03-19")["answer"] is None
    assert line_of("WA-01", as_of="2025-03-31")["answer"] == second["key"]
    assert line_of("WA-01", as_of="2025-04-01")["answer"] == later["key"]
    page = client.get(f"/checks/{later['key']}?lang=en").text
    assert second["key"] in page
    assert "Another answer stands now" in client.get(f"/checks/{second['key']}?lang=en").text


def test_page_json_and_files_agree_on_a_day_and_on_what_was_known(send, client, app):
    send(MEETS)
    old = {"as_of": "2025-03-31", "known_on": "2025-03-31"}
    for dates, result in (({"as_of": "2025-03-31"}, "meets"), (old, "not_yet")):
        asked = dates | {"stage": "accept", "lang": "en"}
        line = client.get(f"{PLACE}/checklist", query_string=asked).json["items"][0]
        in_file = client.get(f"/deployments/{POLE}/checklist.json", query_string=asked).json[0]
        in_csv = client.get(f"/deployments/{POLE}/checklist.csv", query_string=asked).text
        page = client.get(PAGE, query_string=asked).text
        listed = client.get("/api/v1/checks", query_string=dates)
        rows = client.get("/api/v1/compliance", query_string=dates | {"site": "sokcho-2023"})
        met = [row["meets"] for row in rows.json["items"] if row["key"] == POLE]
        assert line == in_file
        assert (line["item"], line["result"]) == ("WA-01", result)
        assert f",{result}," in in_csv.splitlines()[1]
        assert ("<strong>Meets</strong>" in page) is (result == "meets")
        # By that day nobody had told of the deployment itself.
        assert (listed.json["total"], met) == ((1, [1]) if result == "meets" else (0, []))


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "{{7*7}}", "</textarea><script>"])
def test_hostile_text_is_shown_as_text(send, client, officer, text):
    answer = {"result": "deviates", "reason": text, "evidence": text}
    key = send(MEETS | answer).json["checks"][0]["key"]
    for address in (PAGE, f"/checks/{key}", "/checks"):
        for person in (client, officer):
            page = person.get(address).text
            assert text not in page or text == "{{7*7}}"
            assert "49" not in page or "{{7*7}}" not in text or "{{7*7}}" in page


def test_an_address_that_is_a_script_is_no_link_even_if_it_got_in(send, app, client):
    key = send(MEETS).json["checks"][0]["key"]
    with app.app_context():
        db.session.scalars(select(Check)).one().link = "javascript:alert(1)"
        db.session.commit()
    for address in (PAGE, f"/checks/{key}", "/checks"):
        page = client.get(address).text
        assert "javascript:alert(1)" in page
        assert 'href="javascript:' not in page


def test_filters_of_a_checklist_narrow_it_and_a_wrong_one_is_refused(client, send):
    send(MEETS)
    for asked, number in (
        ({"stage": "accept"}, 33),
        ({"stage": ["plan", "privacy"]}, 7),
        ({"level": "may"}, 2),
        ({"result": "meets"}, 1),
        ({"result": "meets", "stage": "plan"}, 0),
    ):
        answer = client.get(f"{PLACE}/checklist", query_string=asked).json
        assert len(answer["items"]) == number
        assert answer["tally"]["all"]["items"] == 45, "the counts are of the whole"
        assert client.get(PAGE, query_string=asked).status_code == 200
    for asked in ({"stage": "moon"}, {"as_of": "x"}, {"moon": 1}):
        assert client.get(f"{PLACE}/checklist", query_string=asked).status_code == 422
    assert client.get("/api/v1/deployments/no/checklist").status_code == 404


def test_the_page_of_a_deployment_says_what_stands_in_the_way(client):
    page = client.get(f"/deployments/{POLE}?lang=en").text
    assert "43 must-items stand in the way" in page
    assert f"/deployments/{POLE}/checklist#WA-01" in page
    site = client.get("/sites/sokcho-2023?lang=en").text
    assert PAGE in site


def test_a_guideline_tells_who_is_held_against_it_and_who_was_selected_before(client, send):
    send(MEETS)
    whole = client.get("/api/v1/guidelines/kwcag22").json
    assert (len(whole["held"]), len(whole["earlier"])) == (36, 0)
    mine = next(it for it in whole["held"] if it["deployment"] == POLE)
    assert (mine["must_meets"], mine["must_items"], mine["selected_on"]) == (1, 33, "2023-04-13")
    later = client.get("/api/v1/guidelines/pipa").json
    assert (len(later["held"]), len(later["earlier"])) == (0, 36)
    pending = client.get("/api/v1/guidelines/molit-smart-pole").json
    assert (pending["held"], pending["earlier"]) == ([], [])
    assert "met by 1 of 36 deployments" in client.get("/guidelines/kwcag22?lang=en").text
    assert "36 deployments" in client.get("/guidelines/pipa?lang=en").text
    assert "met by 1 of 36" in client.get("/items?guideline=kwcag22&lang=en").text


def test_a_new_edition_shows_whom_it_leaves_with_the_older_one(app, client):
    with app.app_context():
        old = db.session.scalars(select(Guideline).where(Guideline.slug == "kwcag22")).one()
        source = db.session.scalars(select(Source).limit(1)).one()
        names = {
            "title_ko": "표본",
            "title_en": "Sample",
            "issuer_ko": "표본",
            "issuer_en": "Sample",
        }
        new = Guideline(
            slug="sample-edition",
            status=IN,
            effective_on=date(2024, 1, 1),
            replaces=old,
            mark="verified",
            source=source,
            **names,
        )
        same = {"level": "must", "stage": "accept", "mark": "verified", "source": source}
        db.session.add(Item(key="S-1", guideline=new, text_ko="표본", text_en="Sample", **same))
        db.session.commit()
    whole = client.get("/api/v1/guidelines/sample-edition").json
    assert (len(whole["held"]), len(whole["earlier"])) == (0, 36)
    assert "Korean Web Content" in client.get("/guidelines/sample-edition?lang=en").text
    assert len(client.get("/api/v1/guidelines/kwcag22").json["held"]) == 36, "they stay with it"
    with app.app_context():  # one of them was agreed only after the new edition took effect
        pole = db.session.scalars(select(Deployment).where(Deployment.slug == POLE)).unique().one()
        signed = {
            "kind": "agreement",
            "basis": "actual",
            "on": date(2024, 2, 1),
            "mark": "reported",
        }
        db.session.add(Milestone(key="signed", deployment=pole, due=date(2024, 2, 1), **signed))
        db.session.commit()
    mine = client.get("/api/v1/guidelines/sample-edition").json["held"]
    assert [(it["deployment"], it["agreed_on"]) for it in mine] == [(POLE, "2024-02-01")]
    assert len(client.get("/api/v1/guidelines/kwcag22").json["held"]) == 35
    assert client.get(f"/api/v1/deployments/{POLE}/checklist").json["agreed_on"] == "2024-02-01"


def test_a_checklist_asks_the_database_as_often_for_one_item_as_for_300(
    app, client, officer, statements
):
    def asked() -> list[int]:
        found = []
        for address in (
            PAGE,
            f"{PLACE}/checklist",
            f"/deployments/{POLE}",
        ):
            with statements() as sent:
                assert officer.get(address).status_code == 200
            found.append(len(sent))
        return found

    few = asked()
    with app.app_context():
        pole = db.session.scalars(select(Deployment).where(Deployment.slug == POLE)).one()
        text_ = db.session.scalars(select(Guideline).where(Guideline.slug == "kwcag22")).one()
        for n in range(300):
            item = Item(
                key=f"S-{n}",
                guideline=text_,
                text_ko="표본",
                text_en="Sample",
                level="must",
                stage="accept",
                mark="verified",
                source=text_.source,
            )
            db.session.add(item)
            check = {"deployment": pole, "item": item, "on": SELECTED, "reason": "표본"}
            db.session.add(Check(key=f"s-{n}", result="deviates", **check))
        db.session.commit()
    assert asked() == few
    assert len(client.get(f"{PLACE}/checklist").json["items"]) == 345
