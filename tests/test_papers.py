"""Papers: minutes and handover packs, printed and as files that are opened again here."""

from __future__ import annotations

import io
import json
import zlib
from datetime import timedelta
from re import findall

import pytest
from flask_security import hash_password
from hwpx import HwpxDocument
from sqlalchemy import select

from accounts.users import User
from common.db import db, now
from common.facts import today
from tests.samples import SECRET_ADVICE, SECRET_STEP, SESSION

HOSTILE = (
    '#read("/etc/passwd") $x$ <script>alert(1)</script> &amp; ]] \\ {{ 7*7 }} *굵게* \u202e\x07 @a'
)
SHOWN = '#read("/etc/passwd") $x$ <script>alert(1)</script> &amp; ]] \\ {{ 7*7 }} *굵게*  @a'
PERSON = {"role": "site", "name": "표본 사람", "organisation": "표본과", "contact": "033-000-0000"}
PACK = "/sites/sokcho-2023/handover"


def words_of(hwpx: bytes) -> str:
    """All text of a HWPX document, tables included, as it is opened again."""
    return str(HwpxDocument.open(io.BytesIO(hwpx)).text.plain())


def streams(pdf: bytes) -> bytes:
    """What the packed streams of a PDF hold."""
    found = b""
    for packed in findall(rb"(?s)stream\r?\n(.*?)\r?\nendstream", pdf):
        try:
            found += zlib.decompress(packed)
        except zlib.error:
            found += packed
    return found


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_minutes_hold_hostile_text_as_text_on_the_page_and_in_both_files(login, logged, lang):
    steps = [{"what": HOSTILE, "owner": "sokcho", "due_on": "2025-03-01", "owner_role": HOSTILE}]
    slug = logged(question=HOSTILE, actions=steps, persons=[PERSON | {"name": HOSTILE[:99]}])
    officer = login("municipality")
    page = officer.get(f"/coaching/{slug}/minutes?lang={lang}").text
    assert "<script>alert" not in page
    assert "#read(&#34;/etc/passwd&#34;) $x$ &lt;script&gt;" in page
    hwpx = officer.get(f"/coaching/{slug}/minutes.hwpx?lang={lang}")
    assert hwpx.data[:2] == b"PK"
    text = words_of(hwpx.data)
    assert text.count(SHOWN) == 4, "question, step, role and name"
    assert SECRET_ADVICE in text
    assert {"ko": "나눈 조언", "en": "Advice given"}[lang] in text
    pdf = officer.get(f"/coaching/{slug}/minutes.pdf?lang={lang}")
    assert pdf.data[:5] == b"%PDF-"
    assert b"root:" not in streams(pdf.data), "no file of the machine was read"
    assert b"/StructTreeRoot" in pdf.data, "a reader of the screen can read it"
    assert f"/Lang({lang}".encode() in pdf.data


def test_minutes_are_for_those_who_may_read_the_text(login, client, logged):
    slug = logged("consultant")
    for person, status in (
        (client, 401),
        (login("coach"), 403),
        (login("operator"), 403),
        (login("other_municipality"), 403),
        (login("consultant"), 200),
        (login("ministry"), 200),
    ):
        for address in ("minutes", "minutes.pdf", "minutes.hwpx"):
            answer = person.get(f"/coaching/{slug}/{address}")
            assert answer.status_code == status, address
            assert SECRET_ADVICE.encode() not in answer.data or status == 200
    assert login("ministry").get("/coaching/nothing/minutes.pdf").status_code == 404


def test_a_pack_tells_state_actions_money_and_what_comes(login, logged):
    due = (today() + timedelta(days=30)).isoformat()
    steps = [
        {"what": SECRET_STEP, "owner": "sokcho", "due_on": due},
        {"what": "코치의 약속", "owner": "seongdong"},
    ]
    logged(actions=steps, persons=[PERSON])
    page = login("municipality").get(PACK).text
    parts = dict.fromkeys(
        ("남은 할 일", "다른 기관이 약속한 일", "예산 상황", "앞으로 90일", "참석자")
    )
    places = [page.index(f">{name}</h2>") for name in parts]
    assert places == sorted(places)
    mine, others, money, ahead, contacts = (
        page[begin:end] for begin, end in zip(places, [*places[1:], None], strict=True)
    )
    assert SECRET_STEP in mine
    assert "코치의 약속" not in mine
    assert "코치의 약속" in others
    assert "40억 원" in money
    assert SECRET_STEP in ahead
    assert "033-000-0000" in contacts
    host = login("coach").get("/organisations/seongdong/handover?lang=en").text
    assert host.index("코치의 약속") < host.index(SECRET_STEP), "what it owes comes first"
    text = words_of(login("municipality").get(f"{PACK}.hwpx").data)
    assert SECRET_STEP in text
    assert "033-000-0000" in text


def test_a_pack_tells_what_changed_since_the_predecessor_signed_in_last(app, login, house):
    officer = login("municipality")
    assert "기준이 되는 날을 알 수 없습니다" in officer.get(PACK).text
    with app.app_context():
        one = db.session.scalars(select(User).where(User.email == "municipality@example.org")).one()
        before = User(email="before@example.org", role=one.role, organisation=one.organisation)
        before.signed_in_at = now() - timedelta(hours=1)
        one.signed_in_at = now()
        db.session.add(before)
        db.session.commit()
    address = "/api/v1/deployments/sokcho-2023-smart-pole/quantities"
    told = {"stage": "accepted", "value": 16, "on": "2025-03-20", "note_ko": "표본"}
    assert officer.post(address, json=told).status_code == 201
    changes = officer.get(PACK).text.split("그 뒤에 기록된 것")[-1]
    assert "16" in changes
    assert "2025-03-20" in changes
    tomorrow = (today() + timedelta(days=1)).isoformat()
    none = officer.get(f"{PACK}?since={tomorrow}").text.split("그 뒤에 기록된 것")[-1]
    assert "없음" in none
    assert officer.get(f"{PACK}?since=yesterday").status_code == 422
    assert officer.get("/sites/boryeong-2023/handover").status_code == 403
    assert officer.get("/organisations/%00/handover").status_code == 404


def test_signing_in_is_remembered(app, house):
    with app.app_context():
        who = db.session.scalars(select(User).where(User.email == "coach@example.org")).one()
        who.password = hash_password("a password of a test")
        db.session.commit()
    sent = {"email": "coach@example.org", "password": "a password of a test"}
    assert app.test_client().post("/login", data=sent).status_code == 302
    with app.app_context():
        who = db.session.scalars(select(User).where(User.email == "coach@example.org")).one()
        assert who.signed_in_at > now() - timedelta(minutes=1)


def test_a_paper_of_what_is_not_known_says_so(login, logged):
    slug = logged(question=None, advice=None, actions=[], stage=None, solutions=[])
    text = words_of(login("coach").get(f"/coaching/{slug}/minutes.hwpx?lang=en").data)
    assert text.count("no record") >= 2
    assert "No data" in text
    assert json.dumps(SESSION["summary_en"]).strip('"') in text
