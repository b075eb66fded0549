"""Reports: made in the background, the same figures in every file, and only for who asked."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta

import pytest
from hwpx import HwpxDocument
from openpyxl import load_workbook
from sqlalchemy import select, update

from accounts.organisations import Organisation
from app import ROOT
from catalog.sources import Source
from common.cli import complaints
from common.db import db, now
from common.facts import today
from common.papers import Figure, Paper, Part, as_hwpx, as_pdf, as_xlsx
from tests.crowd import make_crowd
from tests.samples import PAPER, SECRET_STEP, as_form
from tracker.coaching.agreements import Agreement
from tracker.deployments import Deployment
from tracker.money.ledger import Money
from tracker.papers import making
from tracker.papers.orders import PaperOrder, folder, told
from tracker.papers.queue import queue_of
from tracker.plan.budgets import BudgetLine
from tracker.plan.milestones import Milestone
from tracker.progress import Quantity

DAYS = ("2023-06-30", "2024-12-31", "2025-03-31")
API = "/api/v1/papers"
SUMS = ("national_won", "local_won", "match_shortfall_won", "spent_won")
LEVEL = ("bac_won", "pv_won", "ev_won", "ac_won", "spi", "cpi")
REACHED = ("median_months_to_start", "working_qty", "counted_qty", "given_min", "agreed_min")
REACHED += ("items_met", "items_applicable")
MONEY = ("National money", "Local money", "Match lacking", "Spent")


def worked_off(app) -> None:
    """Do what waits in the queue, one after the other, as the worker does."""
    queue = queue_of(app)
    while (task := queue.dequeue()) is not None:
        queue.execute(task)


def asked(person, **more: object) -> str:
    answer = person.post(API, json=PAPER | more)
    assert answer.status_code == 202, answer.text
    assert answer.json["state"] == "waiting"
    assert answer.headers["Location"].endswith(f"/papers/{answer.json['slug']}")
    return answer.json["slug"]


@pytest.fixture
def made(app):
    """`made(person, **order)`: the file of a report that was asked for and made."""

    def make(person, **more: object) -> bytes:
        slug = asked(person, **more)
        worked_off(app)
        told = person.get(f"{API}/{slug}").json
        assert (told["state"], told["progress"]) == ("done", 100), told
        answer = person.get(f"{API}/{slug}/file")
        assert answer.status_code == 200
        assert told["file_name"] in answer.headers["Content-Disposition"]
        return answer.data

    return make


def sheets(xlsx: bytes) -> dict[str, list[list[object]]]:
    """The filled cells of each sheet, row by row, by its name without the number."""
    book = load_workbook(io.BytesIO(xlsx))
    return {
        sheet.title.partition(". ")[2]: [
            [cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in book.worksheets
    }


def words_of(hwpx: bytes) -> str:
    return str(HwpxDocument.open(io.BytesIO(hwpx)).text.plain())


def shown(amount: object) -> object:
    """What stands in a workbook for a value of the API."""
    return "No data" if amount is None else amount


@pytest.fixture
def planned(app):
    """Samples: budget, day, quantities, spending and an agreement for Sokcho."""
    with app.app_context():
        chosen = select(Deployment).where(Deployment.slug.startswith("sokcho-2023"))
        works = db.session.scalars(chosen).unique().all()
        site, on = works[0].site, date(2023, 5, 1)
        of = {"mark": "verified", "source": db.session.scalars(select(Source).limit(1)).first()}
        for n, it in enumerate(works):
            told = of | {"deployment": it, "on": on}
            db.session.add_all(
                [
                    BudgetLine(
                        key=f"b-{n}",
                        fund="all",
                        basis="planned",
                        amount_won=999_999_999 * (n + 1),
                        **told,
                    ),
                    Milestone(
                        key=f"m-{n}",
                        kind="installed",
                        basis="baseline",
                        due=date(2024, 6 + n, 1),
                        **told,
                    ),
                    Quantity(key=f"q-{n}", stage="planned", value=7, **told),
                    Quantity(
                        key=f"w-{n}", stage="working", value=3, **(told | {"on": date(2025, 1, 1)})
                    ),
                ]
            )
        spent = {"fund": "all", "stage": "spent", "amount_won": 2 * 10**9, "on": on}
        host = db.session.scalars(select(Organisation).where(Organisation.slug == "seongdong"))
        days = {"begins_on": on, "ends_on": date(2026, 1, 1), "on": on}
        db.session.add(Money(key="spent", site=site, **spent, **of))
        db.session.add(Agreement(key="agreed", site=site, host=host.one(), minutes=600, **days))
        db.session.commit()


def rows_of(book, title: str, cells: int) -> list[list[object]]:
    """The rows of the table that a sheet holds, without its head."""
    (sheet,) = (rows for name, rows in book.items() if name and title.startswith(name))
    return [row for row in sheet if len(row) == cells][1:]


def says_the_levels(book, levels) -> None:
    """Hold earned value and what was reached against the levels of the dashboard."""
    told = rows_of(book, "Schedule and cost against the first plan", 9)
    values = [[*row[1:6], row[7]] for row in told]
    for got, level in zip(values, levels, strict=True):
        wish = [level[name] for name in LEVEL]
        known = [None if str(it).startswith("No data") else pytest.approx(it) for it in got]
        assert known == wish
    known = [f"{it['spi_known']} of" for it in levels]
    assert [row[6][: len(words)] for row, words in zip(told, known, strict=True)] == known
    reached = rows_of(book, "Execution, coaching and guidelines", 8)
    assert [row[1:] for row in reached] == [[shown(it[name]) for name in REACHED] for it in levels]


def test_a_report_of_a_site_says_what_its_page_and_the_api_say_at_three_dates(login, made, planned):
    officer = login("municipality")
    for day in DAYS:
        order = {"month": None, "as_of": day}
        book = sheets(made(officer, file_type="xlsx", **order))
        told = officer.get(f"/api/v1/sites/sokcho-2023?as_of={day}").json
        figures = dict(row for row in book["Figures"][1:] if len(row) == 2)
        assert [figures[name] for name in MONEY] == [shown(told[it]) for it in SUMS]
        assert figures["Coaching sessions on record"] == told["sessions"]
        assert figures["Population"] == shown(told["population"])
        lines = [row for name, rows in book.items() if "Quantities" in name for row in rows]
        counts = [line[2:7] for line in lines if len(line) == 8][1:]
        stages = [f"{it}_qty" for it in ("planned", "revised", "installed", "accepted", "working")]
        assert counts == [[shown(it[stage]) for stage in stages] for it in told["deployments"]]
        levels = officer.get(f"/api/v1/dashboard?site=sokcho-2023&as_of={day}").json
        says_the_levels(book, [*levels["parts"], levels["level"]])
        warned = officer.get(f"/api/v1/alerts?site=sokcho-2023&as_of={day}&lang=en").json["items"]
        told_of = [row[2] for row in rows_of(book, "Open alerts", 5)]
        assert told_of == [it["says"] for it in warned if it["state"] == "open"]
        page = officer.get(f"/sites/sokcho-2023?as_of={day}&lang=en").text
        text = words_of(made(officer, file_type="hwpx", **order))
        for amount in (told["national_won"], told["spent_won"]):
            if amount is not None:
                words = f"KRW {amount // 10**9:,} billion"
                assert words in page
                assert words in text
        assert figures["State"] in page
        assert figures["State"] in text


def test_a_nationwide_report_says_what_the_dashboard_and_the_api_say(app, login, made, planned):
    ministry = login("ministry")
    for day in DAYS:
        order = {"site": None, "month": None, "as_of": day}
        book = sheets(made(ministry, file_type="xlsx", **order))
        told = ministry.get(f"/api/v1/dashboard?as_of={day}").json
        figures = dict(row for row in book["Figures"][1:] if len(row) == 2)
        assert [figures[name] for name in MONEY] == [shown(told[it]) for it in SUMS]
        assert figures["Sites"] == len(told["sites"])
        assert figures["Completion reported"] == told["completed"]
        assert figures["Coaching sessions on record"] == told["sessions"]
        assert figures["Open actions"] == told["open_actions"]
        lines = [row for row in book["Sites"] if len(row) == 9][1:]
        assert [line[2:6] for line in lines] == [
            [shown(it[name]) for name in SUMS] for it in told["sites"]
        ]
        states = {row[0]: row[1] for row in book["States"][3:]}
        assert list(states.values()) == list(told["states"].values())
        provinces = book["By province"][3:]
        assert sum(row[1] for row in provinces) == len(told["sites"])
        assert sum(row[3] for row in provinces) == told["national_won"]
        says_the_levels(book, [*told["parts"], told["level"]])
        assert len(rows_of(book, "Schedule and cost, site by site", 9)) == len(told["sites"])
        warned = ministry.get(f"/api/v1/alerts?as_of={day}&lang=en&per_page=200").json["items"]
        told_of = [row[2] for row in rows_of(book, "Open alerts", 5)]
        assert told_of == [it["says"] for it in warned if it["site"]]
        page = ministry.get(f"/dashboard?as_of={day}&lang=en").text
        text = words_of(made(ministry, file_type="hwpx", **order))
        words = f"KRW {told['national_won'] // 10**9:,} billion"
        assert words in page
        assert words in text
        with app.app_context():
            slugs = {it["source"] for it in told["sites"]}
            urls = db.session.scalars(select(Source.url).where(Source.slug.in_(slugs))).all()
        assert urls
        assert all(url in text for url in urls)


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


@pytest.mark.either_database
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
