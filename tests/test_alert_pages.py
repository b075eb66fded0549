"""Early warning on its pages: the inbox and its files, steps with a reason, and digests."""

from __future__ import annotations

import csv
import io
import re
import smtplib
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from common.db import db
from common.facts import When, today
from tests.crowd import make_crowd
from tracker.alerts.digest import DigestMail, week_of
from tracker.alerts.handling import AlertStep
from tracker.alerts.inbox import ground_of, ruled

SILENT = "silent_site:sokcho-2023"
STEPS = f"/api/v1/alerts/{SILENT}/steps"
WHY = "표본: 다음 주에 낸다 <script>alert(1)</script>\r\nBcc: x@example.org"
pytestmark = pytest.mark.usefixtures("reporting")
ACKNOWLEDGED = {"step": "acknowledged", "reason": WHY}


def test_page_file_and_api_tell_the_same_alerts_at_three_days(login):
    ministry = login("ministry")
    for asked in ({}, {"as_of": "2024-06-30"}, {"as_of": "2025-03-31", "known_on": "2026-12-31"}):
        told = ministry.get("/api/v1/alerts", query_string=asked | {"per_page": 200}).json
        keys = [it["key"] for it in told["items"]]
        assert keys
        page = ministry.get("/alerts", query_string=asked | {"per_page": 200}).text
        links = re.findall(r'class="hs-name" href="/alerts/([^"?]+)', page)
        assert [it.replace("%3A", ":") for it in links] == keys
        lines = ministry.get("/alerts.csv", query_string=asked).data.decode("utf-8-sig")
        assert [it["key"] for it in csv.DictReader(io.StringIO(lines))] == keys
        assert [it["key"] for it in ministry.get("/alerts.json", query_string=asked).json] == keys
    assert ministry.get("/api/v1/alerts?as_of=2023-04-12").json["total"] == 0


def test_one_finds_ones_own_first_and_the_count_tells_ones_own(login):
    officer, ministry = login("municipality"), login("ministry")
    items = officer.get("/api/v1/alerts").json["items"]
    sites = [it["site"] for it in items]
    own = sites.count("sokcho-2023")
    assert sites[:own] == ["sokcho-2023"] * own
    assert own >= 1
    assert officer.get("/api/v1/alerts/count").json == {"open": own}
    everything = ministry.get("/api/v1/alerts").json["total"]
    assert ministry.get("/alerts/count").json == {"open": everything}
    assert login("coach").get("/api/v1/alerts/count").json == {"open": 0}


def test_the_inbox_is_narrowed_and_refuses_what_it_does_not_know(login):
    ministry = login("ministry")

    def found(**asked):
        return ministry.get("/api/v1/alerts", query_string=asked)

    assert {it["rule"] for it in found(rule="silent_site").json["items"]} == {"silent_site"}
    assert {it["site"] for it in found(site="sokcho-2023").json["items"]} == {"sokcho-2023"}
    ko, en = (found(province=it).json for it in ("경기도", "Gyeonggi-do"))
    assert ko["items"]
    assert [it["key"] for it in ko["items"]] == [it["key"] for it in en["items"]]
    assert {it["province_en"] for it in ko["items"]} == {"Gyeonggi-do"}
    assert found(state="snoozed").json["total"] == 0
    for name, value in (("rule", "moon"), ("state", "moon"), ("province", "달"), ("site", "moon")):
        answer = found(**{name: value})
        assert (answer.status_code, list(answer.json["errors"])) == (422, [name])
    empty = ministry.get("/alerts?state=snoozed&lang=en")
    assert (empty.status_code, "without this" in empty.text) == (200, True)


def test_every_alert_opens_with_its_facts_rule_and_next_act(login):
    people = {"officer": login("municipality"), "ministry": login("ministry")}
    ministry = people["ministry"]
    seen = set()
    for it in ministry.get("/api/v1/alerts?per_page=200").json["items"]:
        if it["rule"] in seen:
            continue
        seen.add(it["rule"])
        page = ministry.get(f"/alerts/{it['key']}?lang=en")
        assert page.status_code == 200
        assert it["evidence"]
        for fact in it["evidence"]:
            if fact["path"]:
                assert ministry.get(fact["path"]).status_code == 200, fact
        if it["site"] == "sokcho-2023":
            assert people["officer"].get(it["next_act_path"]).status_code == 200, it
    assert len(seen) >= 3
    assert ministry.get("/alerts/moon:moon").status_code == 404
    assert ministry.get("/alerts/match_short:moon").status_code == 404


def test_the_rules_can_be_read_by_everybody_in_both_languages(client):
    rules = client.get("/api/v1/alerts/rules?lang=en").json["items"]
    english, korean = (client.get(f"/alerts/rules?lang={lang}").text for lang in ("en", "ko"))
    for rule in rules:
        assert rule["fires"] in english.replace("&#39;", "'")
        assert rule["fires"] not in korean
        assert all(str(it["value"]) in rule["fires"] for it in rule["thresholds"])


def test_a_step_with_a_reason_stays_and_is_read_by_owner_and_ministry_only(app, login):
    officer, ministry = login("municipality"), login("ministry")
    sent = officer.post(STEPS, json=ACKNOWLEDGED, headers={"Idempotency-Key": "a"})
    assert sent.status_code == 201, sent.text
    assert (
        officer.post(STEPS, json=ACKNOWLEDGED, headers={"Idempotency-Key": "a"}).json == sent.json
    )
    until = (today() + timedelta(days=30)).isoformat()
    snooze = {"step": "snoozed", "until": until, "reason": "표본"}
    assert ministry.post(STEPS, json=snooze).status_code == 201
    told = officer.get(f"/api/v1/alerts/{SILENT}").json
    assert (told["state"], told["until"], told["reason"]) == ("snoozed", until, "표본")
    assert [it["step"] for it in told["steps"]] == ["snoozed", "acknowledged"]
    assert [it["by"] for it in told["steps"]] == ["molit", "sokcho"]
    page = officer.get(f"/alerts/{SILENT}").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    for name in ("other_municipality", "coach", "operator"):
        other = login(name)
        hidden = other.get(f"/api/v1/alerts/{SILENT}").json
        told = (hidden["state"], hidden["reason"], hidden["steps"])
        assert told == ("snoozed", None, [])
        assert "표본: 다음" not in other.get(f"/alerts/{SILENT}").text
    assert ministry.post(STEPS, json={"step": "reopened", "reason": "표본"}).status_code == 201
    assert officer.get(f"/api/v1/alerts/{SILENT}").json["state"] == "open"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AlertStep)) == 3
    yesterday = (today() - timedelta(days=1)).isoformat()
    before = ministry.get(f"/api/v1/alerts/{SILENT}", query_string={"as_of": yesterday}).json
    assert (before["state"], before["steps"]) == ("open", []), "nobody had said anything then"


def test_what_was_said_of_an_alert_counts_until_it_arises_anew(app, login):
    officer = login("municipality")
    assert officer.post(STEPS, json=ACKNOWLEDGED).status_code == 201
    assert officer.get(f"/api/v1/alerts/{SILENT}").json["state"] == "acknowledged"
    with app.app_context():
        step = db.session.scalars(select(AlertStep)).one()
        step.on = date(2023, 5, 9)  # before the silence began to count
        db.session.commit()
    assert officer.get(f"/api/v1/alerts/{SILENT}").json["state"] == "open"


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_step_is_refused_with_a_sentence_beside_its_field(login, lang):
    officer, day = login("municipality"), today()
    for wrong, name in (
        ({"step": "acknowledged", "reason": "  "}, "reason"),
        ({"step": "moon", "reason": "x"}, "step"),
        ({"step": "snoozed", "reason": "x"}, "until"),
        ({"step": "snoozed", "until": day.isoformat(), "reason": "x"}, "until"),
        ({"step": "snoozed", "until": "2024-01-01", "reason": "x"}, "until"),
        (
            {"step": "snoozed", "until": (day + timedelta(366)).isoformat(), "reason": "x"},
            "until",
        ),
        ({"step": "acknowledged", "until": "2099-01-01", "reason": "x"}, "until"),
        ({"step": "acknowledged", "reason": "x" * 1001}, "reason"),
    ):
        answer = officer.post(f"{STEPS}?lang={lang}", json=wrong)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [name]), wrong
        assert any("가" <= it <= "힣" for it in str(answer.json["errors"])) == (lang == "ko")
    form = {"step": "snoozed", "until": "2024-01-01", "reason": "<b>쓰던 글"}
    page = officer.post(f"/alerts/{SILENT}/steps?lang={lang}", data=form)
    assert page.status_code == 422
    assert "&lt;b&gt;쓰던 글" in page.text
    assert 'id="f-until-error"' in page.text


def test_dashboard_and_site_show_a_few_to_those_whose_they_are(client, login):
    heading = 'id="alerts"'
    assert heading in login("ministry").get("/dashboard").text
    assert heading in login("municipality").get("/sites/sokcho-2023").text
    for person, path in (
        (client, "/dashboard"),
        (login("municipality"), "/dashboard"),
        (login("municipality"), "/sites/yangju-2023"),
        (login("ministry"), "/sites/sokcho-2023"),
        (client, "/sites/sokcho-2023"),
    ):
        assert heading not in person.get(path).text
    assert "data-alerts-of" not in client.get("/").text
    assert "data-alerts-of" in login("coach").get("/").text


def test_alerts_ask_the_database_as_often_for_1_site_as_for_300(app, login, statements):
    ministry, officer = login("ministry"), login("municipality")
    asked = [
        (ministry, "/alerts?per_page=200"),
        (ministry, "/api/v1/alerts.csv"),
        (ministry, "/alerts/count"),
        (ministry, "/dashboard"),
        (officer, "/sites/sokcho-2023"),
        (officer, f"/alerts/{SILENT}"),
    ]

    def counts() -> list[int]:
        numbers = []
        for person, path in asked:
            with statements() as sent:
                assert person.get(path).status_code == 200, path
            numbers.append(len(sent))
        return numbers

    few = []
    for rows in (1, 300):
        with app.app_context():
            make_crowd(rows)
            db.session.commit()
        few.append(counts())
    assert few[0] == few[1]
    with app.app_context():
        found = list(ruled(ground_of(When.of())))
        assert len(found) > 600
        assert len({it.key for it in found}) == len(found)


def run(app, *command):
    return app.test_cli_runner().invoke(args=list(command))


def mails(app) -> dict[str, DigestMail]:
    with app.app_context():
        return {it.organisation.slug: it for it in db.session.scalars(select(DigestMail))}


def test_a_digest_is_made_once_a_week_and_kept_where_no_mail_server_is_set(app, login):
    assert run(app, "digest").exit_code == 0
    made = mails(app)
    assert made["sokcho"].recipients == ["municipality@example.org"]
    assert made["sokcho"].week == week_of(today())
    assert made["sokcho"].sent_at is None
    assert f"/alerts/{SILENT}" in made["sokcho"].body
    assert "보고 없는 사업지" in made["sokcho"].body
    assert made["molit"].alerts == login("ministry").get("/api/v1/alerts").json["total"]
    assert made["molit"].recipients == ["ministry@example.org"], "the operator is not told"
    assert "0 mails made" in run(app, "digest").output
    assert len(mails(app)) == len(made)
    for name in ("ministry", "operator"):
        page = login(name).get("/outbox?lang=en")
        assert page.status_code == 200
        assert f"/alerts/{SILENT}" in page.text
        assert login(name).get("/api/v1/outbox").json["total"] == len(made)


class Server:
    """A mail server that keeps what it is given, or refuses it."""

    def __init__(self, *address, **_how):
        if Server.trouble:
            raise OSError(Server.trouble)
        Server.said.append(("connect", address))

    def __enter__(self):
        return self

    def __exit__(self, *_raised):
        pass

    def starttls(self, context):
        Server.said.append(("starttls", context.check_hostname))

    def login(self, name, password):
        Server.said.append(("login", name, password))

    def send_message(self, message):
        Server.said.append(("send", message))


def test_a_digest_is_sent_once_over_tls_and_again_only_if_it_was_not_taken(app, login, monkeypatch):
    for kind in ("SMTP", "SMTP_SSL"):
        monkeypatch.setattr(smtplib, kind, Server)
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://who:p%40ss@mail.example.org")
    monkeypatch.setitem(app.config, "MAIL_FROM", "hwaksan@example.org\r\nBcc: x@example.org")
    monkeypatch.setattr(Server, "said", [], raising=False)
    monkeypatch.setattr(Server, "trouble", "no route <b>", raising=False)
    failed = run(app, "digest")
    assert failed.exit_code == 1
    assert mails(app)["sokcho"].sent_at is None
    assert "no route &lt;b&gt;" in login("operator").get("/outbox").text
    Server.trouble = None
    assert run(app, "digest").exit_code == 0
    sent = [it[1] for it in Server.said if it[0] == "send"]
    assert [it[0] for it in Server.said[:4]] == ["connect", "starttls", "login", "send"]
    assert Server.said[1] == ("starttls", True)
    assert Server.said[2] == ("login", "who", "p@ss")
    assert {it["To"] for it in sent} == {
        it.recipients[0] for it in mails(app).values() if it.recipients
    }
    assert all(it["Bcc"] is None and "\n" not in it["From"] for it in sent)
    assert mails(app)["sokcho"].sent_at is not None
    run(app, "digest")
    assert len([it for it in Server.said if it[0] == "send"]) == len(sent)
    monkeypatch.setitem(app.config, "SMTP_URL", "http://mail.example.org")
    with app.app_context():
        for it in db.session.scalars(select(DigestMail)):
            it.sent_at = None
        db.session.commit()
    assert run(app, "digest").exit_code == 1
    assert "smtps://" in mails(app)["sokcho"].trouble


def test_a_reminder_is_sent_once_a_day_and_again_only_if_it_was_not_taken(app, logged, monkeypatch):
    monkeypatch.setattr(smtplib, "SMTP_SSL", Server)
    monkeypatch.setitem(app.config, "SMTP_URL", "smtps://mail.example.org")
    monkeypatch.setattr(Server, "said", [], raising=False)
    monkeypatch.setattr(Server, "trouble", "no route", raising=False)
    logged()
    assert run(app, "remind").exit_code == 1
    Server.trouble = None
    for _again in range(3):
        assert run(app, "remind").exit_code == 0
    sent = [it[1] for it in Server.said if it[0] == "send"]
    assert sorted(it["To"] for it in sent) == ["coach@example.org", "municipality@example.org"]
    run(app, "digest")  # of the same week, and still made: a reminder is no digest
    with app.app_context():
        kinds = [it.kind for it in db.session.scalars(select(DigestMail))]
    assert set(kinds) == {"digest", "reminder"}
