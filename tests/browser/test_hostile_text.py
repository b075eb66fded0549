"""Text of users never runs: not on any page, not in the map, not in the card of a source."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from markupsafe import escape
from playwright.sync_api import expect

from catalog.sources import Source
from common.db import db
from tests.browser.addresses import PAGES, Address
from tests.browser.conftest import cookie
from tests.browser.hostile import HOSTILE, poison

# Pages that tell nothing that others wrote, or where nothing is found by its name any more.
UNTOLD = {"/about", "/rubric", "/price-indices", "/downloads", "/login", "/search"}
UNTOLD |= {"/data/columns", "/alerts/rules", "/dashboard/methods"}
UNTOLD |= {it.path for it in PAGES if it.path.startswith(("/ogc", "/api/v1/docs"))}
TYPED = [
    Address(f"/search?q={quote(HOSTILE)}"),
    Address(f"/solutions?q={quote(HOSTILE)}"),
    Address(f"/guidelines?q={quote(HOSTILE)}"),
    Address(f"/sites?q={quote(HOSTILE)}"),
    Address(f"/map?q={quote(HOSTILE)}"),
    Address(f"/solutions/{quote(HOSTILE.replace('/', ''))}", status=404),
    Address(f"/dashboard?{quote(HOSTILE)}=1", status=422),
    Address(f"/solutions?sort={quote(HOSTILE)}", status=422),
]
UNTOLD |= {it.path for it in PAGES if "?q=" in it.path}
UNTOLD |= {it.path for it in (*PAGES, *TYPED) if it.status != 200}
TRACES = """
() => ({
  x: typeof globalThis.x,
  pictures: document.querySelectorAll("img[src=x]").length,
  scripts: [...document.scripts].filter((it) => it.textContent.startsWith("globalThis.x")).length,
  handlers: document.querySelectorAll("[onerror]").length,
  links: document.querySelectorAll("a[href^='javascript:' i]").length,
})
"""
# What stands in an answer only where it was not escaped.
RAW = re.compile(
    r"<img src=x|<script>globalThis|onerror=\"global|href=\"javascript:", re.IGNORECASE
)
SCRIPT = re.compile(r"<script\b[^>]*\bsrc=\"([^\"]+)|<(script)\b(?![^>]*\bsrc=)")
NO_TRACES = {"x": "undefined", "pictures": 0, "scripts": 0, "handlers": 0, "links": 0}


@pytest.fixture
def poisoned(app, token, answered):
    """A database in which every text was written by somebody mean."""
    answered()
    person, headers = app.test_client(), token("coach")
    session = {
        "kind": "coaching",
        "site": "sokcho-2023",
        "solutions": ["smart-pole"],
        "held_on": "2025-03-03",
        "duration_min": 60,
        "mode": "online",
        "heads_online": 3,
        "without_agreement": HOSTILE,
        "question": HOSTILE,
        "advice": HOSTILE,
        "actions": [{"what": HOSTILE, "owner": "sokcho", "due_on": "2025-04-01"}],
    }
    made = person.post("/api/v1/coaching", json=session, headers=headers)
    path = f"/coaching/{made.json['slug']}"
    changed = {"version": made.json["version"], "advice": f"{HOSTILE} again"}
    assert person.patch(f"/api/v1{path}", json=changed, headers=headers).status_code == 200
    report = {"stage": "installed", "value": 7, "on": "2025-03-03", "note_ko": HOSTILE}
    sent = person.post(
        "/api/v1/deployments/sokcho-2023-smart-pole/quantities",
        json=report,
        headers=token("municipality"),
    )
    assert sent.status_code == 201
    closing = {"json": {"reason": HOSTILE}, "headers": token("ministry")}
    for act in ("close", "reopen", "close"):
        assert person.post(f"/api/v1/periods/2025-03/{act}", **closing).status_code < 300
    line = {"deployment": "sokcho-2023-smart-pole"}
    for where, body in (
        ("revisions", {"reason": HOSTILE, "on": "2025-03-03", "lines": [line | {"quantity": 7}]}),
        (
            "reports/2026-01",
            {"step": "draft", "note": HOSTILE, "lines": [line | {"note": HOSTILE}]},
        ),
    ):
        sent = person.post(
            f"/api/v1/sites/sokcho-2023/{where}", json=body, headers=token("municipality")
        )
        assert sent.status_code == 201, sent.text
    with app.app_context():
        assert poison() > 80
    return path


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_no_text_runs_on_any_page(app, visit, login, lang, poisoned):
    """Each page as it is sent; those with scripts of their own also as the browser has it then."""
    own = [Address(poisoned, who="coach"), Address(f"{poisoned}/edit", who="coach")]
    visitor, wrong, seen = visit(lang=lang), [], 0
    for address in [*PAGES, *TYPED, *own]:
        person = login(address.who) if address.who else app.test_client()
        person.set_cookie("lang", lang)
        usual = scripts_of(person.get("/about").text)
        text = person.get(address.path).text
        found = RAW.findall(text)
        if address.path not in UNTOLD and str(escape(HOSTILE)) not in text:
            found.append("does not tell it")
        if scripts_of(text) - usual:
            visitor.change(cookie(login, address.who))
            page = visitor.open(address.path)
            page.locator(address.ready).first.wait_for()
            traces, seen = page.evaluate(TRACES), seen + 1
            found += [
                f"{name}: {traces[name]}" for name in traces if traces[name] != NO_TRACES[name]
            ]
        if found:
            wrong.append(f"{address.path} {found}")
    assert not wrong, "\n".join(wrong)
    assert RAW.search(HOSTILE), "the text itself would be found"
    assert seen > 5, "the map and the forms that keep drafts"


def scripts_of(text: str) -> set[str]:
    """The scripts of a page; one without an address is "script"."""
    return {named or inline for named, inline in SCRIPT.findall(text)}


@pytest.mark.parametrize("path", ["/solutions/smart-crosswalk", "/sites/uiwang-2023", "/dashboard"])
def test_the_card_of_a_source_keeps_it_text(visit, poisoned, path):
    visitor = visit()
    page = visitor.open(path)
    for row in ("source", "note"):
        page.locator(f"main a.hs-mark[data-{row}*=globalThis]:visible").first.click()
        card = page.get_by_role("dialog")
        assert HOSTILE in card.locator(f"[data-row={row}]").inner_text()
        assert card.locator("img, script, iframe").count() == 0
        page.keyboard.press("Escape")
    assert page.evaluate(TRACES) == NO_TRACES


def test_an_address_of_a_source_that_is_a_script_is_no_link(visit, app):
    """The schema refuses such an address; pages don't rely on it."""
    with app.app_context():
        for source in db.session.scalars(db.select(Source)):
            source.url = f"javascript:globalThis.x=1//{source.id}"
        db.session.commit()
    page = visit().open("/solutions/smart-crosswalk")
    page.locator("main a.hs-mark-verified:visible").first.click()
    card = page.get_by_role("dialog")
    expect(card).to_be_visible()
    assert card.locator("a[href]").count() == 0
    assert page.evaluate("typeof globalThis.x") == "undefined"
