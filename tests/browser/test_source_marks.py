"""Source marks: one press opens where a figure comes from, and the way back is never lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

PATH = "/sites/sokcho-2023"
MARK = "main a.hs-mark-verified[href^=http]"


@pytest.fixture
def page(visit) -> Page:
    return visit().open(PATH)


def test_a_press_opens_the_source_with_its_address(page):
    mark = page.locator(MARK).first
    address = mark.get_attribute("href")
    mark.click()
    card = page.get_by_role("dialog")
    expect(card).to_be_visible()
    expect(card).to_have_accessible_name(mark.get_attribute("data-mark"))
    expect(card).to_contain_text(mark.get_attribute("data-source"))
    expect(card.locator("a[data-link=href]")).to_have_attribute("href", address)
    assert card.evaluate("(it) => it.contains(document.activeElement)")
    assert page.url.endswith(PATH)


@pytest.mark.parametrize("way", ["Escape", "close", "outside"])
def test_the_card_closes_and_the_focus_goes_back(page, way):
    mark = page.locator(MARK).first
    mark.click()
    card = page.get_by_role("dialog")
    expect(mark).to_have_attribute("aria-expanded", "true")
    if way == "Escape":
        page.keyboard.press("Escape")
    elif way == "close":
        card.get_by_role("button").click()
    else:
        page.mouse.click(4, 4)
    expect(card).to_have_count(0)
    expect(mark).to_have_attribute("aria-expanded", "false")
    if way != "outside":
        expect(mark).to_be_focused()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_opens_it_too(page, key):
    page.locator(MARK).first.focus()
    page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_be_visible()


def test_on_a_phone_the_card_is_a_sheet_at_the_foot(visit):
    page = visit(phone=True).open(PATH)
    page.locator(MARK).first.tap()
    card = page.get_by_role("dialog")
    expect(card).to_be_in_viewport(ratio=1)
    box = card.bounding_box()
    assert (round(box["x"]), round(box["width"])) == (0, 360)
    assert round(box["y"] + box["height"]) == 740


def test_without_script_a_mark_leads_to_its_source(visit):
    page = visit(java_script_enabled=False).open(PATH)
    mark = page.locator(MARK).first
    assert mark.get_attribute("href").startswith("https://")
    assert mark.get_attribute("role") is None
    assert "noopener" in mark.get_attribute("rel")
    bare = page.locator("main a.hs-mark:not([href])")
    assert bare.count() == 0


def test_every_mark_says_what_it_stands_for(page):
    unnamed = page.locator("main a.hs-mark").evaluate_all(
        "(all) => all.filter((it) => !it.getAttribute('aria-label')?.trim()).length"
    )
    assert unnamed == 0
