"""From request to approval: each step once, minutes that add up, and who sees which field."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.rights import PEOPLE
from tests.samples import HELP, PDF, SECRET_QUESTION, SESSION, TERMS, as_form
from tracker.coaching.materials import kind_of

REQUESTS, LOG = "/api/v1/requests", "/api/v1/coaching"
POLE = "sokcho-2023-smart-pole"
MORE = {
    "type": "consultation",
    "intensity": "moderate",
    "began_at": "14:30",
    "place": "견본 회의실",
    "topics": ["acceptance", "operation"],
    "people": [{"role": "officer", "count": 2}],
    "deployments": [POLE],
    "guideline_items": ["WA-01"],
    "moved": [{"to": f"milestone:{POLE}:accepted"}, {"to": "money:national:spent", "action": 1}],
    "advice_outcome": "adapted",
    "outcome_reason": "견본 까닭",
    "cost_won": 150_000,
}
PRIVATE = {
    "question",
    "advice",
    "place",
    "advice_outcome",
    "outcome_reason",
    "cost_won",
    "without_agreement",
    "satisfaction",
}


@pytest.fixture
def asked(login):
    """`asked()`: the address of a request of Sokcho to Seongdong."""

    def ask(**more: object) -> str:
        sent = login("municipality").post(REQUESTS, json=HELP | more)
        assert sent.status_code == 201, sent.text
        return f"{REQUESTS}/{sent.json['slug']}"

    return ask


def test_from_a_request_to_a_confirmed_session(login, client, asked):
    coach, officer, address = login("coach"), login("municipality"), asked()
    assert client.get(address).json["question"] is None, "words are the parties' alone"
    assert login("consultant").get(address).json["question"] is None
    assert coach.get(address).json["question"] == SECRET_QUESTION
    key = {"Idempotency-Key": "accepted once"}
    first, second = (coach.post(f"{address}/accept", json=TERMS, headers=key) for _ in range(2))
    assert (first.status_code, first.json) == (200, second.json)
    late = coach.post(f"{address}/decline", json={"version": 1, "comment": "늦음"})
    assert late.status_code == 409
    agreement = f"/api/v1/agreements/{first.json['agreement']}"
    session = SESSION | {"without_agreement": None, "duration_min": 90}
    slug = coach.post(LOG, json=session).json["slug"]
    told = client.get(agreement).json
    assert (told["given_min"], told["remaining_min"], told["overdrawn_min"]) == (90, 30, 0)
    coach.post(LOG, json=session | {"held_on": "2025-06-30", "actions": []})
    told = client.get(agreement).json
    assert (told["given_min"], told["remaining_min"], told["overdrawn_min"]) == (180, 0, 60)
    for page in (f"/agreements/{told['key']}", "/agreements", "/sites/sokcho-2023"):
        assert "60분 초과" in client.get(page).text, page
    assert "60분 초과" in client.get("/coaches/seongdong").text
    early = client.get(agreement, query_string={"as_of": "2025-01-15"})
    assert early.status_code in (200, 404), "agreed later than that"

    back = {"version": 1, "comment": "시간을 확인해 주세요"}
    assert officer.post(f"{LOG}/{slug}/return", json=back).json["review"] == "returned"
    mended = coach.patch(f"{LOG}/{slug}", json={"version": 1, "duration_min": 80})
    assert mended.json["review"] == "waiting", "what was changed waits again"
    assert officer.post(f"{LOG}/{slug}/confirm", json={"version": 1}).status_code == 409
    assert officer.post(f"{LOG}/{slug}/return", json={"version": 2}).status_code == 422
    wild = officer.post(f"{LOG}/{slug}/confirm", json={"version": 2, "satisfaction": 6})
    assert set(wild.json["errors"]) == {"satisfaction"}
    page = officer.post(f"/coaching/{slug}/confirm", data={"version": "1", "comment": "좋음"})
    assert page.status_code == 409
    assert "좋음" in page.text
    yes = officer.post(f"{LOG}/{slug}/confirm", json={"version": 2, "satisfaction": 5})
    assert (yes.json["review"], yes.json["satisfaction"]) == ("confirmed", 5)
    coach.post(f"{LOG}/{slug}/actions/1/done")
    assert client.get(f"{LOG}/{slug}").json["review"] == "confirmed", "next steps go on"
    assert "시간을 확인해" not in client.get(f"/coaching/{slug}").text
    assert "시간을 확인해" in officer.get(f"/coaching/{slug}").text


def test_every_role_sees_of_a_session_what_it_may(login, client, logged):
    slug = logged("coach", **MORE)
    login("municipality").post(f"{LOG}/{slug}/confirm", json={"version": 1, "satisfaction": 4})
    whole = login("coach").get(f"{LOG}/{slug}").json
    assert {name: whole[name] for name in MORE} == MORE
    for name in ("public", *PEOPLE):
        person = client if name == "public" else login(name)
        told = person.get(f"{LOG}/{slug}").json
        if name in ("coach", "municipality", "ministry"):
            assert {it: told[it] for it in PRIVATE} == {it: whole[it] for it in PRIVATE}, name
        else:
            assert {told[it] for it in PRIVATE} == {None}, name
        for it in set(whole) - PRIVATE - {"actions", "text_hidden"}:
            assert told[it] == whole[it], (name, it)
        page = person.get(f"/coaching/{slug}").text
        assert ("견본 회의실" in page) == (told["place"] is not None), name
        assert "무엇이 달라졌는지" in page
    form = as_form(SESSION | {k: v for k, v in MORE.items() if k not in ("people", "moved")})
    form |= {"people-0-role": "officer", "people-0-count": "2", "people-1-role": "expert"}
    form |= {"people-1-count": "", "moved-0-to": MORE["moved"][0]["to"], "moved-1-to": ""}
    sent = login("coach").post("/coaching", data=form)
    assert sent.status_code == 303
    by_form = login("coach").get(f"/api/v1{sent.location}").json
    assert by_form["people"] == MORE["people"]
    assert by_form["moved"] == MORE["moved"][:1]


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(login):
    coach = login("coach")
    wrong = {
        "without_agreement": {"without_agreement": None},
        "outcome_reason": {"advice_outcome": "declined"},
        "began_at": {"began_at": "25:00"},
        "deployments": {"deployments": ["uiwang-2023-smart-crosswalk"]},
        "moved": {"moved": [{"to": "milestone:uiwang-2023-smart-crosswalk:accepted"}]},
        "people": {"people": [{"role": "officer", "count": 1}, {"role": "officer", "count": 2}]},
        "cost_won": {"cost_won": -1},
        "topics": {"topics": ["moon"]},
    }
    for name, change in wrong.items():
        answer = coach.post(LOG, json=SESSION | change)
        assert (answer.status_code, set(answer.json["errors"])) == (422, {name}), name
    form = as_form(SESSION | {"without_agreement": None})
    page = coach.post("/coaching", data=form)
    assert page.status_code == 422
    assert SECRET_QUESTION in page.text
    assert 'name="without_agreement"' in page.text
    mine = login("municipality").post(
        LOG, json=SESSION | {"kind": "living_lab", "without_agreement": None}
    )
    assert mine.status_code == 201, "with itself a site needs no agreement"


def test_wrong_requests_are_refused_and_conflicts_are_told(login, asked):
    coach, officer = login("coach"), login("municipality")
    for change in ({"question": " "}, {"host": "sokcho"}, {"minutes_wished": 0}):
        answer = officer.post(REQUESTS, json=HELP | change)
        assert (answer.status_code, set(answer.json["errors"])) == (422, set(change))
    page = officer.post("/requests", data=as_form(HELP | {"minutes_wished": 0}))
    assert page.status_code == 422
    assert SECRET_QUESTION in page.text
    assert officer.post(REQUESTS, json=HELP | {"site": "boryeong-2023"}).status_code == 403
    one, two, own = asked(), asked(), asked(host=None)
    assert coach.post(f"{one}/accept", json=TERMS | {"minutes": 0}).status_code == 422
    assert coach.post(f"{one}/accept", json=TERMS | {"ends_on": "2024-01-01"}).status_code == 422
    assert coach.post(f"{one}/accept", json=TERMS | {"version": 7}).status_code == 409
    assert coach.post(f"{one}/accept", json=TERMS).status_code == 200
    taken = coach.post(f"{two}/accept", json=TERMS | {"begins_on": "2025-06-30"})
    assert taken.status_code == 409, "a session would count twice"
    no = {"version": 1, "comment": "견본: 이번 분기는 어려움"}
    assert coach.post(f"{two}/decline", json=no).json["state"] == "declined"
    assert login("consultant").get(own).json["question"] == SECRET_QUESTION, "open to every coach"
    assert coach.post(f"{own}/decline", json=no).status_code == 403
    assert login("consultant").post(f"{own}/accept", json=TERMS).status_code == 200
    assert coach.get(own).json["question"] is None, "once accepted it is no longer open"
    assert officer.post(f"{two}/withdraw", json=no | {"version": 2}).status_code == 409


def archive(*names: str, first: bytes = b"") -> bytes:
    """A ZIP file that holds files of these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, first)
    return out.getvalue()


def test_a_file_is_what_its_content_says():
    parts = "[Content_Types].xml"
    assert kind_of(PDF) == "pdf"
    assert kind_of(archive(parts, "word/document.xml")) == "docx"
    assert kind_of(archive(parts, "word/document.xml", "word/vbaProject.bin")) is None
    assert kind_of(archive("mimetype", "a.xml", first=b"application/hwp+zip")) == "hwpx"
    assert kind_of(archive("a.txt")) is None
    assert kind_of(b"PK\x03\x04 broken") is None
    assert kind_of(b"MZ\x90") is None
    assert kind_of(b"") is None


def test_files_are_checked_kept_and_given_to_the_parties_only(login, client, logged):
    slug, coach = logged("coach"), login("coach")
    address = f"{LOG}/{slug}/materials"

    def send(*files, page: bool = False):
        data = {"files": [(io.BytesIO(data), name) for name, data in files]}
        return coach.post(address.removeprefix("/api/v1") if page else address, data=data)

    for wrong in ([("a.docx", PDF)], [("a.exe", b"MZ")], [("a.pdf", b"")], [("a.pdf", PDF)] * 11):
        assert set(send(*wrong).json["errors"]) == {"files"}
    refused = send(("보고서.pdf", b"<script>"), page=True)
    assert refused.status_code == 422
    assert "이름과 내용이 다릅니다" in refused.text
    told = send(("../../견본 자료.pdf", PDF)).json["materials"]
    assert [(it["name"], it["kind"], it["size_bytes"]) for it in told] == [
        ("견본 자료.pdf", "pdf", len(PDF))
    ]
    file = f"/materials/{told[0]['slug']}"
    for name in ("coach", "municipality", "ministry"):
        answer = login(name).get(file)
        assert (answer.status_code, answer.data) == (200, PDF)
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client.get(file).status_code == 401
    assert login("consultant").get(file).status_code == 403
    assert client.get(f"{LOG}/{slug}").json["materials"] == []
