"""A checklist is answered on a phone without script, and the ministry decides on a deviation."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.addresses import Address
from tests.browser.conftest import cookie
from tests.browser.test_pages import faults
from tests.browser.visitor import next_page

PAGE = "/deployments/sokcho-2023-smart-pole/checklist?stage=accept"


def test_an_officer_answers_on_a_phone_without_script_and_keeps_what_was_refused(visit, login):
    visitor = visit("municipality", phone=True, lang="en", java_script_enabled=False)
    page = visitor.open(PAGE)
    page.locator("#WA-02 summary").tap()
    page.locator("#WA-02 label", has_text="Deviates").tap()
    page.locator("#WA-02 textarea").last.fill("Sample evidence")
    with next_page(page) as refused:
        page.locator("#stage-accept button[type=submit]").tap()
    assert refused.value.status == 422
    expect(page.locator("#WA-02 textarea").last).to_have_value("Sample evidence")
    expect(page.locator("#WA-02 details")).to_have_attribute("open", "")
    page.locator("#WA-02 textarea").first.fill("Sample reason")
    with next_page(page) as saved:
        page.locator("#stage-accept button[type=submit]").tap()
    assert saved.value.status == 200
    expect(page.locator("#WA-02 .hs-line-answer")).to_contain_text("Waits for a decision")

    visitor.change(cookie(login, "ministry"))
    page.goto(PAGE)
    with next_page(page):
        page.get_by_role("link", name="Decide on this deviation").tap()
    page.locator("#decide ~ form label, form label", has_text="Approve").first.tap()
    page.locator("textarea[name=reason]").fill("Sample decision")
    with next_page(page) as decided:
        page.locator("form[action$='/decisions#decide'] button[type=submit]").tap()
    assert decided.value.status == 200
    expect(page.locator("main")).to_contain_text("Deviation approved")
    expect(page.locator("main")).to_contain_text("Sample decision")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_page_of_an_answer_has_no_fault_for_those_who_may_decide(visit, answered, lang):
    address = Address(f"/checks/{answered()[-1]}", who="ministry")
    assert faults(visit("ministry", lang=lang), address, lang) == []


def test_a_paper_copy_holds_the_items_and_no_form(visit):
    page = visit("municipality", lang="en").open(PAGE)
    page.emulate_media(media="print")
    expect(page.locator("#WA-01 .hs-line-text")).to_be_visible()
    expect(page.locator("#WA-01 details")).to_be_hidden()
    expect(page.locator("#stage-accept button[type=submit]")).to_be_hidden()
    page.emulate_media(media="screen")
