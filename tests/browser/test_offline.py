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
from tests.browser.test_consultant import CHOSEN, DAY, PASSWORD, PRESSED, TYPED, fill, kept, logged
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
[...document.querySelectorAll("main form :is(.hs-choice, button, input, select, textarea, summary), .hs-drafts :is(a, button, summary)")]
  .map((it) => [it.closest(".hs-choice, .hs-stepper") ?? it, it])
  .filter(([box]) => box.checkVisibility())
  .map(([box, it]) => [it.outerHTML.slice(0, 90), box.getBoundingClientRect().height])
  .filter(([, high]) => high && high < 44)
"""
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
    page.locator("[data-add]").tap()
    page.locator("[name='actions-1-what']").fill("둘째 할 일")
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
    page.locator(".hs-drafts summary").tap()
    assert page.evaluate(SMALL) == []
    assert not visitor.at_width(PHONE)
    assert violations(visitor) == []
    page.locator("[data-act=open]").tap()
    page.locator("form[data-session]").wait_for()
    assert kept(page) == ALL
    assert logged(app) == []

    visitor.offline(cut=False)
    page.wait_for_url(SAVED)
    expect(page.locator(".hs-saved")).to_contain_text(TYPED["actions-0-what"])
    bar(page, 0)
    assert len(logged(app)) == 1
