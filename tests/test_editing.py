"""Editing: a change of the catalog is proposed, returned, mended and published, and all is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import ROOT
from catalog.editing.differences import Part, changed_fields, words
from catalog.editing.kinds import KINDS, in_words, label_of
from catalog.editing.versions import Said, out_of_date
from catalog.solutions import Solution
from common.db import db
from common.rows import rows_of
from common.seeding import seed

POLE = {"about": "solution", "entry": "smart-pole"}
PROBLEM = "표본: 달라진 문제"
KINDS_TO_ADD = {
    "condition": {
        "key": "sample-condition",
        "solution": "smart-pole",
        "kind": "site",
        "text_ko": "표본 조건",
        "text_en": "Sample condition",
        "mark": "reported",
    },
    "cost": {
        "slug": "sample-cost",
        "solution": "smart-pole",
        "item_ko": "표본",
        "item_en": "Sample",
        "low_won": "1000",
        "high_won": "2000",
        "mark": "reported",
    },
    "evidence": {
        "slug": "sample-evidence",
        "solution": "smart-pole",
        "kind": "outcome",
        "measure_ko": "표본",
        "measure_en": "Sample",
        "result_ko": "표본",
        "result_en": "Sample",
        "mark": "reported",
    },
    "item": {
        "key": "SAMPLE-01",
        "guideline": "kwcag22",
        "text_ko": "표본",
        "text_en": "Sample",
        "level": "must",
        "stage": "plan",
        "mark": "reported",
    },
}


@pytest.fixture
def propose(login):
    """`propose({...}, who="coach")`: the proposal that was made, submitted."""

    def send(changes: dict, who: str = "municipality", **more: object):
        body = POLE | {"changes": changes, "submit": True} | more
        answer = login(who).post("/api/v1/proposals", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json

    return send


@pytest.fixture
def decide(login):
    """`decide(slug, "published")`: the answer to the ministry's decision."""

    def send(slug: str, state: str = "published", **more: object):
        body = {"state": state, **more}
        return login("ministry").post(f"/api/v1/proposals/{slug}/decision", json=body)

    return send


@given(before=st.text(max_size=60), after=st.text(max_size=60))
def test_the_pieces_of_a_difference_make_both_texts(before, after):
    parts = words(before, after)
    kept = {Part.SAME, Part.REMOVED}, {Part.SAME, Part.ADDED}
    made = ["".join(it.text for it in parts if it.part in some) for some in kept]
    assert made == [before, after]
    assert bool(before != after) == any(it.part is not Part.SAME for it in parts)


def test_a_difference_is_told_word_by_word_and_field_by_field():
    parts = words("18 m 이상의 기둥", "20 m 이상의 기둥")
    assert [(it.part.value, it.text) for it in parts] == [
        ("removed", "18"),
        ("added", "20"),
        ("same", " m 이상의 기둥"),
    ]
    changes = changed_fields({"a": 1, "b": ["x", "y"]}, {"a": 2, "b": ["y", "x"], "c": None})
    assert [(it.name, it.before, it.after) for it in changes] == [("a", 1, 2)]


def test_english_is_out_of_date_when_the_korean_changed_after_it():
    def history(*pairs, confirmed=()):
        return [
            Said({"text_ko": ko, "text_en": en}, ["text"] if place in confirmed else [])
            for place, (ko, en) in enumerate(pairs)
        ]

    assert out_of_date(["text"], history(("가", "a"), ("나", "a"))) == ["text"]
    assert out_of_date(["text"], history(("가", "a"), ("나", "b"))) == []
    assert out_of_date(["text"], history(("가", "a"), ("나", "a"), ("나", "b"))) == []
    assert (
        out_of_date(["text"], history(("가", "a"), ("나", "a"), ("나", "a"), confirmed=[2])) == []
    )
    assert out_of_date(["text"], history(("가", "a"), ("가", "b"), ("나", "b"))) == ["text"]
    assert out_of_date(["text"], history(("가", None), ("나", None))) == [], (
        "that is missing, not old"
    )
    assert out_of_date(["text"], []) == []


def test_every_field_of_every_kind_has_a_label_and_words(app):
    with app.test_request_context("/?lang=en"):
        bare = [
            (kind.one, name)
            for kind in KINDS.values()
            for name in kind.names()
            if label_of(kind, name) == name
        ]
        assert bare == []
        assert in_words(KINDS["solution"], "kind", "special") == "Local special solution"
        assert in_words(KINDS["solution"], "aliases", ["a", "b"]) == "a\nb"
        assert in_words(KINDS["cost"], "approximate", value=False) == "no"


def test_a_change_is_returned_mended_published_and_kept_as_versions(
    propose, decide, login, client, app
):
    before = client.get("/api/v1/solutions/smart-pole").json
    made = propose({"problem_ko": PROBLEM, "aliases": ["표본 기둥"]}, comment="까닭")
    address = f"/api/v1/proposals/{made['slug']}"
    assert made["state"] == "submitted"
    assert made["changes"] == {"problem_ko": PROBLEM, "aliases": ["표본 기둥"]}
    for who in (client, login("other_municipality"), login("coach"), login("operator")):
        for page in ("/solutions/smart-pole", "/entries/solution/smart-pole", "/search?q=표본"):
            assert PROBLEM not in who.get(page).text, "nobody reads what is not published"
        assert who.get(address).status_code in (401, 403, 404)
    assert client.get("/api/v1/solutions/smart-pole").json == before

    assert decide(made["slug"], "returned").json["errors"]["comment"]
    assert decide(made["slug"], "returned", comment="영문도 고쳐 주세요").status_code == 200
    officer = login("municipality")
    mended = {"changes": {"problem_ko": PROBLEM + " 둘"}, "about": "solution", "submit": True}
    again = officer.post(f"{address}/changes", json=mended)
    assert (again.status_code, again.json["state"]) == (200, "submitted"), again.text
    assert officer.post(f"{address}/changes", json=mended).status_code == 409, "it is submitted"
    assert decide(made["slug"]).json["state"] == "published"
    assert decide(made["slug"]).status_code == 409

    told = client.get("/api/v1/entries/solution/smart-pole").json
    assert [it["number"] for it in told["versions"]] == [2, 1]
    assert [it["name"] for it in told["versions"][0]["changes"]] == ["problem_ko"]
    assert told["versions"][1]["recorded_by"] is None, "it stood before anything was published"
    assert told["old_english"] == ["problem"]
    assert (
        "English that is up to date"
        in client.get("/api/v1/entries/solution/smart-pole?lang=en").json["completeness"]["missing"]
    )
    assert "English out of date" in client.get("/solutions/smart-pole?lang=en").text
    page = client.get("/entries/solution/smart-pole?lang=en").text
    assert "<ins>" in page
    assert "English out of date" in page
    steps = officer.get(address).json["steps"]
    assert [it["state"] for it in steps] == ["submitted", "returned", "submitted", "published"]

    confirmed = propose({}, "ministry", still_right=["problem"])
    assert decide(confirmed["slug"]).status_code == 200
    assert client.get("/api/v1/entries/solution/smart-pole").json["old_english"] == []
    earlier = client.get("/api/v1/entries/solution/smart-pole?known_on=2020-01-01").json
    assert earlier["versions"] == []

    with app.app_context():
        seed_again()
        pole = db.session.scalars(db.select(Solution).filter_by(slug="smart-pole")).one()
        assert pole.problem_ko == PROBLEM + " 둘", "the seeds never overwrite what was published"


def seed_again() -> None:
    """Load a newer seed of the solutions, the way a release does."""
    from app import KINDS as ALL

    rows = rows_of(ROOT / "seeds" / "solutions.yaml")
    changed = {
        place: row | {"problem_ko": "새 판의 문제"} if row["slug"] == "smart-pole" else row
        for place, row in rows.items()
    }
    counts = seed(ALL["solutions"], changed)
    assert (counts.changed, counts.kept) == (0, 1)


def test_what_was_published_meanwhile_is_shown_beside_it_and_nothing_is_lost(
    propose, decide, login, client
):
    mine = propose({"problem_ko": "표본: 내 글", "parts_ko": ["표본 부품"]})
    other = propose({"problem_ko": "표본: 다른 글"}, "coach")
    beside = propose({"problem_en": "Sample: another field"}, "consultant")
    officer = login("municipality")
    form = officer.get("/proposals/new?about=solution&entry=smart-pole").text
    seen = form.split('name="seen" value="')[1].split('"')[0]
    assert decide(other["slug"]).status_code == 200
    assert decide(beside["slug"]).status_code == 200, "another field is in nobody's way"

    refused = decide(mine["slug"])
    assert refused.status_code == 409
    assert refused.json["errors"] == {
        "problem_ko": {"stands": "표본: 다른 글", "proposed": "표본: 내 글"}
    }
    page = login("ministry").post(
        f"/proposals/{mine['slug']}/decision", data={"state": "published"}
    )
    assert page.status_code == 409
    assert "표본: 다른 글" in page.text
    assert "표본: 내 글" in page.text

    late = POLE | {"changes": {"problem_ko": "표본: 늦은 글"}, "seen": seen}
    told = officer.post("/api/v1/proposals", json=late)
    assert told.status_code == 409
    assert told.json["errors"]["problem_ko"]["proposed"] == "표본: 늦은 글"
    fields = {
        "about": "solution",
        "entry": "smart-pole",
        "seen": seen,
        "problem_ko": "표본: 늦은 글",
    }
    shown = officer.post("/proposals", data=fields)
    assert shown.status_code == 409
    assert "표본: 늦은 글</textarea>" in shown.text, "the form is still filled in"

    assert decide(mine["slug"], "returned", comment="다시").status_code == 200
    assert "표본: 다른 글" in officer.get(f"/proposals/{mine['slug']}/edit").text
    anew = {"about": "solution", "changes": {"problem_ko": "표본: 둘 다"}, "submit": True}
    officer.post(f"/api/v1/proposals/{mine['slug']}/changes", json=anew)
    assert decide(mine["slug"]).status_code == 200
    pole = client.get("/api/v1/solutions/smart-pole").json
    assert (pole["problem_ko"], pole["problem_en"]) == ("표본: 둘 다", "Sample: another field")


def test_new_entries_of_each_kind_go_the_same_way(propose, decide, client):
    for about, content in KINDS_TO_ADD.items():
        made = propose(content, "consultant", about=about, entry=None)
        name = content.get("slug") or content["key"]
        address = f"/api/v1/entries/{about}/{name}"
        assert client.get(address).status_code == 404
        assert decide(made["slug"]).status_code == 200, about
        assert client.get(address).json["versions"][0]["number"] == 1
        assert client.get(f"/entries/{about}/{name}").status_code == 200


def test_bad_input_is_refused_beside_its_field_with_the_form_filled_in(login, client):
    officer = login("municipality")

    def send(changes, **more):
        return officer.post("/api/v1/proposals", json=POLE | {"changes": changes} | more)

    assert "mark" in send({"mark": "unverified"}).json["errors"]
    assert "source" in send({"source": "no-such-source"}).json["errors"]
    assert "moon" in send({"moon": 1}).json["errors"]
    assert "slug" in send({"slug": "another-name"}).json["errors"]
    assert "changes" in send({}).json["errors"]
    assert "still_right" in send({}, still_right=["moon"]).json["errors"]
    assert "about" in send({}, about="account").json["errors"]
    assert send({}, entry="no-such-thing").status_code == 404
    for changes in ("x", [1], None, {"aliases": "x"}, {"aliases": [{"a": 1}]}, {"name_ko": "\x00"}):
        assert send(changes).status_code == 422, changes
    cost = {
        "about": "cost",
        "slug": "sample-cost",
        "solution": "smart-pole",
        "item_ko": "표본",
        "item_en": "Sample",
        "low_won": "2000",
        "high_won": "-5",
        "mark": "reported",
    }
    page = officer.post("/proposals?lang=en", data=cost)
    assert page.status_code == 422
    assert 'id="f-high_won-error"' in page.text
    assert 'name="low_won" value="2000"' in page.text.replace("\n", " ").replace("  ", " ") or (
        'value="2000"' in page.text
    )
    taken = officer.post(
        "/api/v1/proposals",
        json={"about": "source", "changes": {"slug": "websoul-wa-guide", "name_ko": "가"}},
    )
    assert taken.status_code == 422
    for address in ("/entries/account/x", "/entries/solution/x", "/proposals/new?about=x"):
        assert officer.get(address).status_code == 404


def test_a_list_tells_what_is_missing_and_can_be_narrowed_to_it(client):
    whole = client.get("/api/v1/solutions?per_page=200").json["items"]
    lacking = [it["slug"] for it in whole if "unit_cost" in it["missing"]]
    found = client.get("/api/v1/solutions?missing=unit_cost&per_page=200").json["items"]
    assert sorted(it["slug"] for it in found) == sorted(lacking) != []
    assert {it["completeness"] for it in whole} != {100}
    assert "unit_cost" in client.get("/solutions.csv").text
    assert client.get("/solutions?missing=moon").status_code == 422
    page = client.get("/solutions?missing=unit_cost&lang=en").text
    assert 'value="unit_cost" checked' in page


def test_a_list_of_proposals_is_ones_own_and_asks_as_much_for_many_as_for_one(
    propose, login, statements
):
    def asked(who: str) -> tuple[int, int]:
        person = login(who)
        counts = set()
        for face in ("/proposals", "/api/v1/proposals"):
            person.get(face)
            with statements() as sent:
                answer = person.get(face)
            counts.add(len(sent))
        return answer.json["total"], max(counts)

    propose({"problem_ko": "표본"})
    one = asked("municipality")
    for place in range(4):
        propose({"problem_ko": f"표본 {place}"}, "municipality" if place else "coach")
    assert (one[0], asked("municipality")[0], asked("coach")[0]) == (1, 4, 1)
    assert asked("ministry")[0] == 5
    assert asked("municipality")[1] == one[1]
    listed = login("ministry").get("/api/v1/proposals?state=draft&state=submitted&about=solution")
    assert listed.json["total"] == 5
    assert login("ministry").get("/api/v1/proposals?state=moon").status_code == 422
