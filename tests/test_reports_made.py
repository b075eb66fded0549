"""Reports: made in the background, the same figures in every file, and only for who asked."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

from openpyxl import load_workbook
from sqlalchemy import select, update

from app import ROOT
from common.cli import complaints
from common.db import db, now
from common.facts import today
from common.papers import Figure, Paper, Part, as_hwpx, as_pdf, as_xlsx
from tests.crowd import make_crowd
from tests.papers_made import API, asked, words_of, worked_off
from tests.samples import PAPER, SECRET_STEP, as_form
from tracker.papers import making
from tracker.papers.orders import PaperOrder, folder, told


def test_all_kinds_hold_one_description_and_no_text_is_a_formula():
    hostile = '=HYPERLINK("http://x") #read("/etc/passwd") <b>'
    paper = Paper(
        hostile,
        "below",
        [
            Part("[a]:*?/\\'" * 9, facts=[(hostile, Figure("KRW 4 billion", 4 * 10**9))]),
            Part("table", head=["h"], rows=[[hostile], [Figure("no number")]]),
            Part("none", empty="empty"),
        ],
    )
    book = load_workbook(io.BytesIO(as_xlsx(paper)))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s", "n"}
    values = [cell.value for cell in cells]
    assert values.count(hostile) == 3
    assert {4 * 10**9, "no number", "empty"} <= set(values)


def test_a_pdf_and_a_hwpx_hold_the_same_words(app):
    with app.test_request_context("/?lang=en"):
        paper = Paper("T", "b", [Part("P", facts=[("f", Figure("KRW 4 billion", 4 * 10**9))])])
        assert as_pdf(paper)[:5] == b"%PDF-"
        assert "KRW 4 billion" in words_of(as_hwpx(paper))
        assert json.dumps(Figure("a", 1)) == '"a"'


def test_who_may_read_more_gets_more_and_only_they_fetch_it(app, login, client, logged, made):
    logged("coach", actions=[{"what": SECRET_STEP, "owner": "sokcho", "due_on": "2025-04-10"}])
    month = {"month": "2026-01", "kind": "final", "language": "ko", "file_type": "hwpx"}
    texts = {
        name: words_of(made(login(name), **month))
        for name in ("municipality", "ministry", "other_municipality")
    }
    assert SECRET_STEP in texts["municipality"]
    assert SECRET_STEP in texts["ministry"]
    assert SECRET_STEP not in texts["other_municipality"]
    assert "남은 할 일" in texts["other_municipality"]
    slug = login("ministry").get(API).json["items"][0]["slug"]
    # An operator of the same organisation reads less than the ministry, and so fetches none of it.
    for person, status in ((client, 401), (login("operator"), 404), (login("coach"), 404)):
        for address in ("", "/file", "/progress"):
            assert person.get(f"{API}/{slug}{address}").status_code == status
    assert login("operator").get(API).json["total"] == 0
    assert login("ministry").get(f"{API}/%00").status_code == 404


def test_what_cannot_be_reported_is_refused_with_words(app, login):
    officer = login("municipality")
    ahead = (today() + timedelta(days=40)).isoformat()
    wrong: list[tuple[dict, str]] = [
        ({"month": ahead[:7]}, "month"),
        ({"month": None}, "month"),
        ({"month": "2023-01"}, "month"),  # before the selection
        ({"month": "2025-13"}, "month"),
        ({"as_of": "2025-04-01"}, "as_of"),
        ({"as_of": ahead, "month": None}, "as_of"),
        ({"known_on": ahead}, "known_on"),
        ({"site": "atlantis"}, "site"),
        ({"kind": "weekly"}, "kind"),
        ({"file_type": "docx"}, "file_type"),
        ({"language": "fr"}, "language"),
        ({"who": "ministry"}, "who"),
    ]
    for change, name in wrong:
        answer = officer.post(API, json=PAPER | change)
        assert answer.status_code == 422, change
        assert list(answer.json["errors"]) == [name], answer.json
    page = officer.post("/papers?lang=en", data=as_form(PAPER | {"month": ahead[:7]}))
    assert page.status_code == 422
    assert "This month has not begun" in page.text
    for _n in range(5):
        asked(officer)
    sixth = officer.post(API + "?lang=en", json=PAPER)
    assert sixth.status_code == 422
    assert "5 of your reports" in sixth.json["errors"]["kind"][0]
    worked_off(app)
    key = {"Idempotency-Key": "one"}
    twice = [officer.post(API, json=PAPER, headers=key) for _n in (1, 2)]
    assert [it.status_code for it in twice] == [202, 202]
    assert twice[0].json["slug"] == twice[1].json["slug"]
    assert officer.get(f"{API}/{twice[0].json['slug']}/file").status_code == 404


def test_one_that_fails_says_so_and_can_be_asked_for_again(app, login, monkeypatch):
    officer = login("municipality")
    slug = asked(officer)
    monkeypatch.setitem(making.WRITERS, "pdf", lambda *_told: 1 / 0)
    worked_off(app)
    told = officer.get(f"{API}/{slug}").json
    assert told["state"] == "failed"
    assert "Ask for it again" in told["error"]
    page = officer.get(f"/papers/{slug}?lang=en").text
    assert told["error"] in page
    assert "Ask for it again</button>" in page
    monkeypatch.undo()
    again = officer.post("/papers", data=as_form(PAPER))
    assert again.status_code == 303
    worked_off(app)
    newest = officer.get(API).json["items"][0]
    assert newest["state"] == "done"
    # The same record, asked again, gives the same figures and the same version of the data.
    assert newest["data_version"].split("-")[1].isdigit()


def test_old_reports_go_with_their_files(app, login, made):
    made(login("municipality"))
    with app.app_context():
        (folder() / "stray.pdf").write_bytes(b"x")
        run = app.test_cli_runner()
        assert "0 reports" in run.invoke(args=["papers", "forget"]).output
        assert len(list(folder().iterdir())) == 1
        db.session.execute(update(PaperOrder).values(asked_at=now() - timedelta(days=31)))
        db.session.commit()
        assert "1 reports" in run.invoke(args=["papers", "forget"]).output
        assert list(folder().iterdir()) == []
        assert db.session.scalars(select(PaperOrder)).all() == []


def wait_for(happened, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def test_a_worker_of_its_own_makes_them_takes_up_what_was_left_and_ends_with_its_parent(app, login):
    def background() -> str | None:
        with app.app_context():
            return dict(complaints())["background work"]

    officer = login("municipality")
    slug = asked(officer, file_type="xlsx")
    left = asked(officer, file_type="xlsx")
    with app.app_context():
        # A worker was killed while it made this one; the queue has forgotten it.
        half = update(PaperOrder).where(PaperOrder.slug == left)
        db.session.execute(half.values(state="working", progress=40))
        db.session.commit()
    assert "flask work" in (background() or "")
    settings = {
        "INSTANCE_DIR": app.instance_path,
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "SECRET_KEY": app.config["SECRET_KEY"],
    }
    flask = f"{sys.executable} -m flask"
    with subprocess.Popen(  # noqa: S603 - our own command
        ["/bin/sh", "-c", f"{flask} work --with-parent & echo $!; exec sleep 60"],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
    ) as server:
        try:
            worker = int(server.stdout.readline())
            for name in (slug, left):
                wait_for(lambda name=name: officer.get(f"{API}/{name}").json["state"] == "done")
            assert background() is None
        finally:
            server.send_signal(signal.SIGTERM)
    wait_for(lambda: "flask work" in (background() or ""))
    wait_for(lambda: not os.path.exists(f"/proc/{worker}"))  # noqa: PTH110


def test_a_report_of_more_sites_asks_no_more_often_and_its_progress_moves(
    app, login, statements, monkeypatch
):
    ministry = login("ministry")
    moves: list[int] = []

    def keep(slug, **values):
        moves.append(values.get("progress", 100))
        told(slug, **values)

    monkeypatch.setattr(making, "told", keep)
    counts = []
    for rows in (1, 30):
        with app.app_context():
            make_crowd(rows)
            db.session.commit()
        asked(ministry, site=None, month="2025-03", file_type="xlsx")
        moves.clear()
        with statements() as sent:
            worked_off(app)
        counts.append(len(sent))
        assert moves == sorted(moves)
        assert len(set(moves)) > 15
    assert counts[0] == counts[1]
