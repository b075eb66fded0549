"""Drafts as the server sees them: sent a thousand times, saved once, and told where they stand."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from app import ROOT
from common.db import db
from common.receipts import Receipt
from tests.samples import SESSION, as_form
from tracker.coaching.log import CoachingSession

REPLAYS = 1000


def test_a_thousand_replays_of_one_draft_make_one_session(app, login):
    def rows() -> list[int]:
        with app.app_context():
            kinds = (CoachingSession, Receipt)
            return [db.session.scalar(select(func.count()).select_from(it)) or 0 for it in kinds]

    sessions, receipts = rows()
    coach, draft = login("coach"), as_form(SESSION) | {"idempotency_key": "of the draft"}
    sent = {"X-Draft": "1"}
    told = {
        (it.status_code, it.headers["Location"], it.data)
        for it in (coach.post("/coaching", data=draft, headers=sent) for _n in range(REPLAYS))
    }
    assert len(told) == 1
    [(status, where, body)] = told
    assert (status, body) == (204, b"")
    assert rows() == [sessions + 1, receipts + 1]
    page = coach.get(where).text  # the script that sent it has used up nothing
    assert "hs-saved" in page

    plain = coach.post("/coaching", data=draft)
    assert (plain.status_code, plain.headers["Location"]) == (303, where)
    other = coach.post("/coaching", data=draft | {"advice": "other"}, headers=sent)
    assert other.status_code == 422
    assert 'value="of the draft"' not in other.text
    stranger = app.test_client().post("/coaching", data=draft, headers=sent)
    assert stranger.status_code == 401
    assert rows() == [sessions + 1, receipts + 1]


def test_the_worker_keeps_files_that_are_there_and_no_page(client):
    answer = client.get("/service-worker.js")
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.mimetype == "text/javascript"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    files = re.findall(r'"(/[^"]+)"', answer.text.partition("FILES = ")[2].partition(";")[0])
    assert {"/static/drafts/form.js", "/static/forms.css", "/static/coaching.js"} <= set(files)
    assert all(it.startswith("/static/") and (ROOT / it[1:]).is_file() for it in files)
    manifest = client.get("/manifest.webmanifest?lang=en")
    assert manifest.mimetype == "application/manifest+json"
    assert manifest.json["start_url"] == "/"
