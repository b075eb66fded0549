"""On a phone in the field: no network, a lost sign-in, two windows; one session, all text kept."""

from __future__ import annotations

import re

import pytest
from flask_security import hash_password
from playwright.sync_api import Page, expect

from accounts.users import User
from common.db import db
from tests.browser.conftest import cookie
from tests.browser.hostile import HOSTILE
from tests.browser.test_consultant import CHOSEN, DAY, PASSWORD, PRESSED, TYPED, fill, kept
from tests.browser.test_consultant import logged as in_log
from tests.browser.test_hostile_text import NO_TRACES, TRACES
from tests.browser.test_inspection import SMALLER, photo
from tests.browser.test_pages import PHONE, violations
from tests.browser.visitor import Visitor

SAVE = "form[data-session] button.primary"
FOOT = "form[data-draft] .hs-submit-status"
READY = "html[data-offline=ready]"
SAVED = re.compile("/coaching/2025-03-20-")
ALL = TYPED | CHOSEN | PRESSED
SMALL = """
[...document.querySelectorAll("main form, .hs-drafts")]
  .flatMap((it) => [...it.querySelectorAll("a, button, input, select, textarea, summary")])
  .map((it) => [it.closest(".hs-choice, .hs-stepper") ?? it, it])
  .filter(([box]) => box.checkVisibility())
  .map(([box, it]) => [it.outerHTML.slice(0, 90), box.getBoundingClientRect().height])
  .filter(([, high]) => high && high < 44)
"""
COLOUR = "getComputedStyle(document.body).getPropertyValue('--krds-light-color-text-basic')"
LEFT = """
async () => [
  ...Object.keys(localStorage).filter((it) => it.startsWith("hs-draft")),
  ...Object.keys(sessionStorage),
  ...(await caches.has("hs-pages")) ? await (await caches.open("hs-pages")).keys() : [],
]
"""


@pytest.fixture
def person(app, visit):
    """`person("consultant")`: somebody at a phone whose browser keeps a worker."""

    def come(name: str = "consultant", at: str = "/coaching/new") -> Visitor:
        visitor = visit(name, phone=True, workers="allow")
        visitor.open(at)
        visitor.page.locator(READY).wait_for(state="attached")
        return visitor

    return come


def bar(page: Page, number: int) -> None:
    """Wait until the bar tells of so many drafts."""
    some = page.locator("[data-drafts-some]")
    if number:
        expect(some).to_contain_text(f"{number}건")
    else:
        expect(some).to_be_hidden()


def test_a_session_written_without_a_network_is_sent_once_when_there_is_one(app, person):
    visitor = person()
    page = visitor.page
    visitor.offline(cut=True)
    page.locator("[data-part=solutions] summary").tap()
    fill(page, DAY)
    assert page.evaluate(SMALL) == []
    page.locator("[data-add=action-row]").tap()
    page.locator("[name='actions-1-what']").fill("둘째 할 일")
    page.locator("[name='actions-1-owner']").select_option("sokcho")
    expect(page.locator(FOOT)).to_contain_text("이 기기")
    page.reload()
    assert kept(page) == ALL
    assert page.locator("[name='actions-1-what']").input_value() == "둘째 할 일"
    assert page.locator("input[name=solutions]:checked").input_value() == "smart-crosswalk"

    page.locator(SAVE).dblclick()
    expect(page.locator(FOOT)).to_contain_text("통신")
    page.goto("/coaching")
    expect(page.get_by_role("heading", level=1)).to_contain_text("통신")
    bar(page, 1)
    assert page.evaluate(COLOUR) != ""
    page.locator(".hs-drafts summary").tap()
    assert page.evaluate(SMALL) == []
    assert not visitor.at_width(PHONE)
    assert violations(visitor) == []
    page.locator("[data-act=open]").tap()
    page.locator("form[data-session]").wait_for()
    assert kept(page) == ALL
    assert in_log(app) == []

    visitor.offline(cut=False)
    page.wait_for_url(SAVED)
    expect(page.locator(".hs-saved")).to_contain_text(TYPED["actions-0-what"])
    bar(page, 0)
    assert len(in_log(app)) == 1


def test_two_windows_with_one_draft_make_one_session(app, person):
    visitor = person()
    page = visitor.page
    fill(page, DAY)
    expect(page).to_have_url(re.compile("#draft="))
    other = visitor.context.new_page()
    other.goto(page.url)
    assert kept(other) == ALL
    page.locator("[name=advice]").fill("다른 창에도 바로 보이는 조언")
    expect(other.locator("[name=advice]")).to_have_value("다른 창에도 바로 보이는 조언")
    page.locator("[name=advice]").fill(TYPED["advice"])
    expect(other.locator("[name=advice]")).to_have_value(TYPED["advice"])
    other.evaluate(f"document.querySelector('{SAVE}').click()")
    page.evaluate(f"document.querySelector('{SAVE}').click()")
    other.wait_for_url(SAVED)
    expect(page.locator("main")).to_contain_text(re.compile("다른 창에서|물어본 것"))
    assert len(in_log(app)) == 1

    late = visitor.context.new_page()
    late.goto("/coaching/new")
    fill(late, DAY)
    late.locator(SAVE).click()
    late.wait_for_url(SAVED)
    late.go_back()
    late.wait_for_url("**/coaching/new")
    late.locator("[name=question]").fill("그사이 고친 물음")
    late.locator(SAVE).click()
    expect(late.locator("[data-errors]")).to_be_visible()
    assert late.locator("[name=question]").input_value() == "그사이 고친 물음"
    assert len(in_log(app)) == 2


def test_a_lost_sign_in_loses_no_text_and_nobody_else_sees_it(app, person, login):
    with app.app_context():
        who = db.session.scalars(db.select(User).filter_by(email="consultant@example.org")).one()
        who.password = hash_password(PASSWORD)
        db.session.commit()
    visitor = person()
    page = visitor.page
    fill(page, DAY)
    visitor.change(None)
    page.locator(SAVE).tap()
    expect(page.locator(FOOT)).to_contain_text("로그인이 끝났습니다")
    assert kept(page) == ALL
    page.goto("/solutions")
    expect(page.locator("[data-drafts-away]")).to_be_visible()
    assert violations(visitor) == []

    visitor.change(cookie(login, "coach"))
    page.goto("/solutions")
    page.locator(READY).wait_for(state="attached")
    assert page.locator("[data-drafts]").is_hidden()
    assert TYPED["advice"] not in page.content()
    assert in_log(app) == []

    visitor.change(None)
    page.goto("/coaching/new")
    page.locator("main a[href^='/login']").tap()
    page.locator("#f-email").fill("consultant@example.org")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main form button[type=submit].primary").tap()
    page.wait_for_url("**/coaching/new")
    expect(page.locator("[data-drafts-sent] a")).to_have_attribute("href", SAVED)
    bar(page, 0)
    assert [it.question for it in in_log(app)] == [TYPED["question"]]


def test_a_session_that_others_changed_meanwhile_shows_both_versions(person, login, logged):
    slug = logged("consultant", advice="처음 조언")
    visitor = person(at=f"/coaching/{slug}/edit")
    page = visitor.page
    visitor.offline(cut=True)
    page.locator("[name=advice]").fill("통신 없이 고친 조언")
    page.locator(SAVE).tap()
    expect(page.locator(FOOT)).to_contain_text("통신")
    page.goto("/coaching")
    bar(page, 1)
    change = {"version": 1, "advice": "그사이 고친 조언"}
    answer = login("consultant").patch(f"/api/v1/coaching/{slug}", json=change)
    assert answer.status_code == 200
    visitor.offline(cut=False)
    expect(page.locator("[data-about]")).to_contain_text("그사이")
    page.locator(".hs-drafts summary").tap()
    page.locator("[data-act=open]").tap()
    table = page.locator("table.hs-conflict")
    for text in ("통신 없이", "그사이"):
        expect(table).to_contain_text(text)
    page.reload()
    assert page.locator("[name=advice]").input_value() == "통신 없이 고친 조언"
    page.locator(SAVE).tap()
    expect(page.locator("main")).to_contain_text("통신 없이 고친 조언")
    bar(page, 0)
    told = login("consultant").get(f"/api/v1/coaching/{slug}").json
    assert (told["advice"], told["version"]) == ("통신 없이 고친 조언", 3)


def test_signing_out_leaves_nothing_and_text_in_a_draft_runs_nowhere(person):
    visitor = person()
    page = visitor.page
    page.locator("[name=question]").fill(HOSTILE)
    expect(page).to_have_url(re.compile("#draft="))
    page.goto("/account")
    page.evaluate(
        """(hostile) => {
          const [key] = Object.keys(localStorage).filter((it) => it.startsWith("hs-draft:"));
          const it = JSON.parse(localStorage[key]);
          it.pairs.push([hostile, hostile]);
          localStorage[key] = JSON.stringify({...it, title: hostile});
        }""",
        HOSTILE,
    )
    page.reload()
    page.locator(".hs-drafts summary").tap()
    expect(page.locator("[data-drafts] [data-title]")).to_have_text(HOSTILE)
    assert page.evaluate(TRACES) == NO_TRACES
    page.locator("[data-act=open]").tap()
    expect(page.locator("[name=question]")).to_have_value(HOSTILE)
    assert page.evaluate(TRACES) == NO_TRACES

    page.goto("/account")
    page.locator("form[action='/logout'] button").tap()
    expect(page.locator("form[action='/logout']")).to_be_visible()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("form[action='/logout'] button").tap()
    page.wait_for_url(lambda url: not url.endswith("/account"))
    assert page.locator("[data-drafts]").is_hidden()
    assert page.evaluate(LEFT) == []


def test_an_inspection_with_a_photo_waits_for_the_network(person, registered, login):
    unit = registered()
    visitor = person("municipality", at=f"/units/{unit}/inspect")
    page = visitor.page
    visitor.offline(cut=True)
    page.locator("label:has([name=result][value=faulty])").tap()
    page.locator("label:has([name=faults][value=dark])").tap()
    page.locator("#f-photos").set_input_files(photo())
    page.locator("#f-photos").evaluate(SMALLER)
    page.locator("form[data-inspect] button.primary").tap()
    expect(page.locator(FOOT)).to_contain_text("통신")
    page.goto("/units")
    bar(page, 1)
    visitor.offline(cut=False)
    expect(page.locator("[data-drafts-sent] a")).to_have_attribute("href", f"/units/{unit}#top")
    told = login("municipality").get(f"/api/v1/units/{unit}").json
    assert told["condition"] == "faulty"
    page.goto(f"/units/{unit}")
    expect(page.locator("main .hs-photos img")).to_have_count(1)
