"""A change of the catalog is proposed, returned, mended and published on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.addresses import Address
from tests.browser.conftest import cookie
from tests.browser.test_pages import faults
from tests.browser.visitor import next_page

NEW = "/proposals/new?about=solution&entry=smart-pole"
VERSIONS = "/entries/solution/smart-pole"


def test_a_change_is_proposed_returned_mended_and_published(visit, login):
    visitor = visit("municipality", phone=True, lang="en")
    page = visitor.open(NEW)
    page.locator("[name=name_ko]").fill("")
    page.locator("[name=problem_en]").fill("Sample: another problem")
    with next_page(page) as refused:
        page.get_by_role("button", name="Submit to the ministry").tap()
    assert refused.value.status == 422
    expect(page.locator("#f-name_ko-error")).to_be_visible()
    expect(page.locator("[name=problem_en]")).to_have_value("Sample: another problem")
    page.locator("[name=name_ko]").fill("스마트 폴")
    with next_page(page):
        page.get_by_role("button", name="Submit to the ministry").tap()
    expect(page.locator("main")).to_contain_text("Submitted")
    address = page.url.partition("/proposals/")[2].partition("?")[0]
    proposal = Address(f"/proposals/{address}", who="ministry")

    visitor.change(cookie(login, "ministry"))
    page.goto(proposal.path)
    page.locator("[name=comment]").fill("Sample: say it shorter")
    with next_page(page):
        page.get_by_role("button", name="Return it").tap()

    visitor.change(cookie(login, "municipality"))
    page.goto(proposal.path)
    with next_page(page):
        page.get_by_role("link", name="Mend and submit").tap()
    expect(page.locator("main")).to_contain_text("Sample: say it shorter")
    expect(page.locator("[name=problem_en]")).to_have_value("Sample: another problem")
    page.locator("[name=problem_en]").fill("Sample: a problem")
    with next_page(page):
        page.get_by_role("button", name="Submit to the ministry").tap()

    visitor.change(cookie(login, "ministry"))
    assert faults(visitor, proposal, "en") == []
    with next_page(page):
        page.get_by_role("button", name="Publish", exact=True).tap()
    expect(page.locator("main")).to_contain_text("Published")

    visitor.change(None)
    assert faults(visitor, Address(VERSIONS), "en") == []
    expect(page.locator("ins", has_text="Sample").first).to_be_visible()
    page.goto("/solutions/smart-pole")
    expect(page.locator("#overview ~ p").first).to_contain_text("Sample: a problem")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_form_of_a_proposal_has_no_fault(visit, lang):
    address = Address("/proposals/new?about=evidence", who="coach")
    assert faults(visit("coach", lang=lang), address, lang) == []
