"""Doors: every route with its address, what is on record behind it, and what it is sent."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

from openpyxl import Workbook
from PIL import Image
from sqlalchemy import select

from accounts.users import User
from common.db import db
from tests.reporting import AFTER, HERE
from tests.rights import LIBRARY_ROUTES
from tests.samples import (
    ANSWERS,
    DECISION,
    HELP,
    INSPECTION,
    MONEY,
    PAPER,
    PDF,
    PLAN,
    PLAN_TERMS,
    QUANTITY,
    REPORT,
    REVISION,
    SESSION,
    STATE,
    TERMS,
    UNIT,
)
from tests.watched import begin_reporting
from tracker.papers.orders import PaperOrderSchema, PaperState, ordered

SLUGS = {
    "solution": "smart-crosswalk",
    "coaches": "smart-crosswalk",
    "site": "sokcho-2023",
    "dashboard_file": "months",
    "deployment": "sokcho-2023-smart-pole",
    "site_timeline": "sokcho-2023",
    "timeline_file": "sokcho-2023",
    "add_quantity": "sokcho-2023-smart-pole",
    "site_money": "sokcho-2023",
    "site_pack": "sokcho-2023",
    "site_pack_file": "sokcho-2023",
    "host_pack": "seongdong",
    "host_pack_file": "seongdong",
    "add_money": "sokcho-2023",
    "checklist": "sokcho-2023-smart-pole",
    "checklist_file": "sokcho-2023-smart-pole",
    "add_checks": "sokcho-2023-smart-pole",
    "municipality": "sokcho",
    "round": "2023-diffusion",
    "add_state": "sokcho-2023-smart-pole",
    "plan": "sokcho-2023",
    "add_revision": "sokcho-2023",
    "report": "sokcho-2023",
    "write_report": "sokcho-2023",
    "return_report": "sokcho-2023",
    "approve_report": "sokcho-2023",
    "new_outcome": "sokcho-2023-smart-crosswalk",
    "add_outcome": "sokcho-2023-smart-crosswalk",
    "labels": "sokcho-2023",
    "import_form": "sokcho-2023",
    "import_units": "sokcho-2023",
    "alert": "silent_site:sokcho-2023",
    "add_alert_step": "silent_site:sokcho-2023",
    "entry": "smart-crosswalk",
    "guideline_sheet": "kwcag22",
    "coach": "seongdong",
    "add_office": "seongdong",
    "plain": "sokcho-2023",
    "ogc_item": "sokcho-2023",
    "exchange_file": "quantities",
}
# What a page cannot do without, in its address.
WISH = "?problem=pedestrian-crashes:3&national_won=500000000&local_won=500000000"
ASKED = dict.fromkeys(("choose_page", "memo", "memo_file"), WISH)
PAPERS = ("minutes_file", "site_pack_file", "host_pack_file")
# Where a program is answered otherwise than a browser.
ASKED |= dict.fromkeys(("ogc_landing", "ogc_collections", "ogc_collection"), "?f=html")
MONTHS = {"report": "2026-01", "return_report": "2026-01", "approve_report": "2026-02"}
COMMENT = {"comment": "까닭", "version": 1}
# As JSON and as a form at once: each door reads its own part.
PROPOSAL = {
    "about": "source",
    "changes": {
        "slug": "sample-source",
        "name_ko": "표본",
        "name_en": "Sample",
        "url": "https://example.org/sample",
    },
}
OF_A_UNIT = (
    "unit",
    "edit_unit",
    "change_unit",
    "inspect_unit",
    "add_inspection",
    "add_repair",
    "scanned",
)
BODIES = {
    "tracker.add_quantity": QUANTITY,
    "tracker.add_money": MONEY,
    "tracker.add_checks": ANSWERS | {"on": "2025-03-22"},
    "tracker.add_decision": DECISION | {"on": "2025-03-20"},
    "tracker.close_period": {"reason": "마감"},
    "tracker.reopen_period": {"reason": "정정"},
    "tracker.add_state": STATE | {"on": "2025-03-19"},
    "tracker.add_revision": REVISION,
    "tracker.write_report": REPORT,
    "tracker.approve_revision": {"comment": "까닭"},
    "tracker.refuse_revision": {"comment": "까닭"},
    "tracker.return_report": COMMENT,
    "tracker.approve_report": COMMENT,
    "tracker.add_outcome": AFTER | {"reason": "x"},
    "tracker.submit_outcome": {"reason": "x"},
    "tracker.decide_outcome": {"state": "approved"},
    "tracker.add_unit": UNIT | {"asset_number": "견본-2"},
    "tracker.change_unit": UNIT,
    "tracker.add_inspection": INSPECTION,
    "tracker.add_repair": {"on": "2025-04-01"},
    "catalog.add_proposal": PROPOSAL,
    "catalog.change_proposal": PROPOSAL,
    "catalog.decide_proposal": {"state": "published"},
    "tracker.add_request": HELP,
    "tracker.accept_request": TERMS,
    "tracker.propose_terms": {"minutes": 240, "ends_on": "2020-12-31", "comment": "까닭"},
    "tracker.decide_terms": {"minutes": 240, "ends_on": "2022-12-31", "comment": "까닭"},
    "tracker.answer_terms": {"steps": 1, "answer": "accepted"},
    "tracker.add_planned": PLAN | {"host": None},
    "tracker.move_planned": PLAN_TERMS | {"version": 1},
    "tracker.cancel_planned": COMMENT,
    "tracker.decline_request": COMMENT,
    "tracker.withdraw_request": COMMENT,
    "tracker.confirm_session": {"version": 1, "satisfaction": 4},
    "tracker.return_session": COMMENT,
    "tracker.add_office": {"reach_ko": "견본: 스마트도시과 담당"},
    "tracker.add_calendar": {"scope": "mine"},
    "tracker.drop_action": {"reason": "까닭"},
    "tracker.accept_import": {"all": True},
    "tracker.add_paper": PAPER,
    "tracker.add_alert_step": {"step": "acknowledged", "reason": "표본"},
}


def picture() -> dict[str, object]:
    """A photo as a form sends it."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "JPEG")
    return {"photos": (io.BytesIO(out.getvalue()), "a.jpg")}


def workbook(solution: str = "smart-pole") -> dict[str, object]:
    """An edited workbook of Sokcho's quantities."""
    book, out = Workbook(), io.BytesIO()
    name = solution.replace("-", " ").capitalize()
    unit = {"smart-pole": "poles", "smart-crosswalk": "places"}[solution]
    locked = ("Sokcho-si", name, "Working", unit)
    book.active.append([*EXCHANGE])
    book.active.append(
        [f"sokcho-2023-{solution}/working", "", *locked, 1, date(2025, 3, 20), "No", "표본"]
    )
    book.save(out)
    return {"file": (io.BytesIO(out.getvalue()), "a.xlsx")}


EXCHANGE = ("hwaksan:quantities", "marker", "Site", "Solution", "Stage", "Unit", "Quantity")
EXCHANGE += ("Holds for the day", "About, not exact", "How it was counted, and why it changed")
FILES = {
    "tracker.add_exchange": workbook,
    "tracker.add_photos": picture,
    "tracker.add_materials": lambda: {"files": (io.BytesIO(PDF), "a.pdf")},
    "tracker.import_units": lambda: {"file": (io.BytesIO(ROWS), "units.csv")},
}
ROWS = b"deployment,asset_number,installed_on\nsokcho-2023-smart-pole,3,2024-05-20\n"


def outcomes(app, token) -> dict[str, str]:
    """The key of an approved outcome, of a draft and of one that waits for a decision."""
    keys = {}
    for name, submits in (("submit_outcome", False), ("decide_outcome", True), ("outcome", True)):
        answer = app.test_client().post(
            HERE, json=AFTER | {"submit": submits, "reason": "x"}, headers=token("municipality")
        )
        keys[name] = answer.json["key"]
    decision = f"/api/v1/outcomes/{keys['outcome']}/decision"
    app.test_client().post(decision, json={"state": "approved"}, headers=token("ministry"))
    return keys


def proposals(app, token, who: str = "municipality") -> dict[str, str]:
    """The slug of a proposal that is a draft, and of one that waits for the ministry."""
    slugs = {}
    for name, submits in (("edit_proposal", False), ("decide_proposal", True)):
        content = PROPOSAL["changes"] | {
            "slug": f"sample-{name[:4]}",
            "url": f"https://a.org/{name}",
        }
        answer = app.test_client().post(
            "/api/v1/proposals",
            json=PROPOSAL | {"changes": content, "submit": submits},
            headers=token(who),
        )
        slugs[name] = answer.json["slug"]
    return slugs | dict.fromkeys(("proposal", "change_proposal"), slugs["edit_proposal"])


def imports(app, token) -> dict[str, str]:
    """The slug of an import that was checked, and of one that was accepted."""
    api, slugs, who = app.test_client(), {}, token("municipality")
    for name, solution in (("accept_import", "smart-pole"), ("undo_import", "smart-crosswalk")):
        sent = api.post("/api/v1/exchange", data=workbook(solution), headers=who)
        slugs[name] = sent.json["slug"]
    address = f"/api/v1/exchange/{slugs['undo_import']}/accept"
    taken = api.post(address, json={"all": True}, headers=who)
    assert taken.status_code == 200, taken.text
    return slugs | {"exchange_import": slugs["undo_import"]}


def help_asked(app, token) -> dict[str, str]:
    """Requests of Sokcho to Seongdong, one accepted, and sessions that wait for an answer."""
    api = app.test_client()
    names = ("accept_request", "decline_request", "withdraw_request", "request")
    known = {}
    for name in names:
        asked = api.post("/api/v1/requests", json=HELP, headers=token("municipality"))
        known[name] = asked.json["slug"]
    for name in ("move_planned", "cancel_planned", "planned-session", "planned_ics"):
        known[name] = api.post("/api/v1/planned-sessions", json=PLAN, headers=token("coach")).json[
            "slug"
        ]
    terms = TERMS | {"begins_on": "2024-01-01", "ends_on": "2024-12-31"}
    address = f"/api/v1/requests/{known['request']}/accept"
    agreed = api.post(address, json=terms, headers=token("coach"))
    known["agreement"] = agreed.json["agreement"]
    for year, name in enumerate(("propose_terms", "answer_terms", "decide_terms"), 2020):
        asked = api.post("/api/v1/requests", json=HELP, headers=token("municipality")).json
        days = {"begins_on": f"{year}-01-01", "ends_on": f"{year}-06-30"}
        address = f"/api/v1/requests/{asked['slug']}/accept"
        agreed = api.post(address, json=TERMS | days, headers=token("coach")).json
        known[name] = agreed["agreement"]
    more = BODIES["tracker.propose_terms"] | {"ends_on": "2021-07-31"}
    address = f"/api/v1/agreements/{known['answer_terms']}/propose"
    assert api.post(address, json=more, headers=token("coach")).status_code == 200
    for name in ("confirm_session", "return_session", "add_materials"):
        sent = api.post("/api/v1/coaching", json=SESSION, headers=token("coach"))
        known[name] = sent.json["slug"]
    given = api.post(
        f"/api/v1/coaching/{known['add_materials']}/materials",
        data={"files": (io.BytesIO(PDF), "a.pdf")},
        headers=token("coach"),
    )
    known["material"] = given.json["materials"][0]["slug"]
    return known


def paper_made(app) -> dict[str, str]:
    """The slug of a report that the officer of Sokcho asked for, with a file."""
    with app.app_context():
        officer = db.session.scalars(select(User).filter_by(email="municipality@example.org")).one()
        order = ordered(officer, PaperOrderSchema().load(PAPER) | {"state": PaperState.DONE})
        db.session.commit()
        order.path.write_bytes(PDF)
        return dict.fromkeys(("paper", "paper_progress", "paper_file"), order.slug)


@dataclass(frozen=True)
class Made:
    """What was put on record for the doors that need something behind them."""

    session: str
    check: str
    unit: str
    look: str
    revisions: list[str]


def every_door(app, login, token, made: Made) -> list[tuple[str, str, str]]:
    """Every route: its name without the face, its method, its address."""
    slug, check, unit, look = made.session, made.check, made.unit, made.look
    sent = login("municipality").post(f"/api/v1/inspections/{look}/photos", data=picture())
    assert sent.status_code == 201, sent.text
    guideline = app.test_client().get("/api/v1/guidelines").json["items"][0]["slug"]
    begin_reporting(app)
    known = SLUGS | dict.fromkeys(OF_A_UNIT, unit) | {"guideline": guideline, "check": check}
    known |= {"add_decision": check, "add_photos": look, "photo": sent.json["photos"][0]}
    known |= paper_made(app) | imports(app, token)
    known |= outcomes(app, token) | proposals(app, token) | help_asked(app, token)
    steps = [it["key"] for it in login("coach").get(f"/api/v1/coaching/{slug}").json["actions"]]
    keys = {"revoke_calendar": "nobodys", "finish_action": steps[0], "drop_action": steps[1]}
    feed = login("municipality").post("/api/v1/account/calendar", json={"scope": "mine"}).json
    secret = feed["address"].rpartition("/")[2].removesuffix(".ics")
    known |= dict(zip(("approve_revision", "refuse_revision"), made.revisions, strict=True))
    addresses = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in LIBRARY_ROUTES:
            continue
        name = rule.endpoint.rpartition(".")[2]
        given = {"slug": known.get(name, slug), "place": 0, "about": "solution", "name": "sites"}
        given |= {"key": keys.get(name), "secret": secret}
        given["kind"] = "pdf" if name in PAPERS else "csv"
        given["month"] = MONTHS.get(name, "2026-03")
        given = {key: value for key, value in given.items() if key in rule.arguments}
        address = addresses.build(rule.endpoint, given) + ASKED.get(name, "")
        found += [
            (rule.endpoint.removeprefix("api."), method, address)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]
    return found
