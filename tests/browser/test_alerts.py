"""An officer on a phone finds what waits, acknowledges it with a reason, and the mark goes down."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.visitor import next_page

PHONE = 360


def test_an_officer_acknowledges_an_alert_with_a_reason_on_a_phone(visit, reporting):
    visitor = visit("municipality", phone=True, lang="en")
    page = visitor.open("/")
    page.locator(".hs-menu-m summary").tap()
    mark = page.locator(".hs-menu-m [data-alerts-of]")
    expect(mark).to_contain_text("1")
    with next_page(page):
        mark.tap()
    assert visitor.at_width(PHONE) == []
    with next_page(page):
        page.get_by_role("link", name="Sokcho-si").first.tap()
    assert visitor.at_width(PHONE) == []
    page.locator("form[action$='/steps#handle'] label", has_text="Acknowledge").tap()
    save = page.locator("form[action$='/steps#handle'] button[type=submit]")
    with next_page(page) as refused:
        save.tap()
    assert refused.value.status == 422
    expect(page.locator("#f-reason-error")).to_be_visible()
    page.locator("#f-reason").fill("Sample: it comes next week")
    with next_page(page) as saved:
        save.tap()
    assert saved.value.status == 200
    expect(page.locator("main")).to_contain_text("Sample: it comes next week")
    expect(page.locator("main .hs-summary")).to_contain_text("Acknowledged")
    visitor.open("/alerts")
    expect(page.locator("[data-alerts-of]").first).to_be_hidden()
