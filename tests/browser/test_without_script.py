"""Without JavaScript: lists are filtered, sites read, sessions logged and maps looked at."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import Visitor, next_page


@pytest.fixture
def plain(visit):
    """`plain("coach")`: somebody whose browser runs no script."""
    return lambda who=None, **how: visit(who, java_script_enabled=False, **how)


def send(page: Page, selector: str) -> int:
    with next_page(page) as loading:
        page.locator(selector).click()
    return loading.value.status


def test_solutions_are_searched_and_filtered(plain):
    page = plain().open("/solutions")
    everything = page.locator("main tbody tr").count()
    page.locator("main input[type=search]").fill("쉘터")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/solutions\?.*q="))
    expect(page.locator("main tbody a[href='/solutions/smart-bus-shelter']")).to_be_visible()
    assert 0 < page.locator("main tbody tr").count() < everything

    page.goto("/solutions")
    page.locator("label:has(input[name=kind][value=standard])").click()
    assert send(page, ".hs-filters-form button[type=submit]") == 200
    assert "kind=standard" in page.url
    expect(page.get_by_role("checkbox", checked=True)).to_have_value("standard")
    expect(page.locator("main tbody tr")).to_have_count(8)
    page.locator(".hs-chips a").first.click()
    expect(page.locator("main tbody tr")).to_have_count(everything)


def test_the_filters_open_on_a_phone(plain):
    page = plain(phone=True).open("/solutions")
    page.locator(".hs-filters summary").tap()
    page.locator("label:has(input[name=kind][value=standard])").tap()
    with next_page(page):
        page.locator(".hs-filters-form button[type=submit]").tap()
    expect(page.locator("main tbody tr")).to_have_count(8)


def test_the_menu_opens_on_a_phone(plain):
    page = plain(phone=True).open("/")
    page.locator(".hs-menu-m summary").tap()
    page.locator(".hs-menu-m a[href='/dashboard']").tap()
    expect(page).to_have_url(re.compile("/dashboard$"))


def test_a_site_is_read_as_of_another_day(plain):
    page = plain().open("/sites/sokcho-2023")
    expect(page.get_by_role("heading", level=1)).to_contain_text("속초")
    expect(page.locator("table.hs-quantities tbody tr").first).to_be_visible()
    page.locator("form.hs-asof input[name=as_of]").fill("2024-01-01")
    assert send(page, "form.hs-asof button[type=submit]") == 200
    assert "as_of=2024-01-01" in page.url
    expect(page.locator("form.hs-asof input[name=as_of]")).to_have_value("2024-01-01")


def test_a_session_with_a_next_step_is_logged(plain):
    page = plain("consultant").open("/coaching/new")
    page.locator("select[name=site]").select_option("sokcho-2023")
    page.locator("[name=advice]").fill("사고가 난 곳부터.")
    page.locator("button[name=show]").click()
    expect(page.locator("aside[data-part=aside]")).to_contain_text("속초")
    assert page.locator("[name=advice]").input_value() == "사고가 난 곳부터."

    page.locator("#f-held_on").fill("2025-03-20")
    page.locator("label:has(input[name=mode][value=online])").click()
    page.locator("[name=duration_min]").fill("45")
    page.locator("[name=heads_online]").fill("3")
    page.locator("label:has(input[name=solutions][value=smart-crosswalk])").click()
    page.locator("[name='actions-0-what']").fill("자료 보내기")
    assert send(page, "form[data-session] button.primary") == 422
    expect(page.locator("[id='f-actions-0-owner-error']")).to_be_visible()
    expect(page.locator("[name='actions-0-what']")).to_have_value("자료 보내기")

    page.locator("[name='actions-0-owner']").select_option("sokcho")
    page.locator("[name=without_agreement]").fill("견본: 협약을 맺기 전에 만남")
    assert send(page, "form[data-session] button.primary") == 200
    assert "/coaching/2025-03-20-sokcho-2023-" in page.url
    expect(page.locator(".hs-saved")).to_contain_text("자료 보내기")


def test_an_officer_reports_a_quantity_and_sees_it(plain):
    page = plain("municipality").open("/deployments/sokcho-2023-smart-pole")
    page.locator("label:has(input[name=stage][value=installed])").click()
    page.locator("#f-on").fill("2025-03-20")
    assert send(page, "section[aria-labelledby=report] button.primary") == 422
    expect(page.locator("#f-value-error")).to_be_visible()
    page.locator("[name=value]").fill("17")
    assert send(page, "section[aria-labelledby=report] button.primary") == 200
    expect(page.locator("main")).to_contain_text("17")
    expect(page.locator("main")).to_contain_text("2025-03-20")


def test_the_map_has_its_list_and_a_drawing(plain):
    page = plain().open("/map")
    sites = page.locator("li[data-site]").evaluate_all("(all) => all.map((it) => it.dataset.site)")
    drawing = page.locator("svg.hs-home-map")
    expect(drawing).to_be_visible()
    drawn = drawing.locator("a").evaluate_all(
        "(all) => all.map((it) => it.getAttribute('href').split('/').pop())"
    )
    assert sorted(drawn) == sorted(sites)
    assert len(sites) == 8

    page.locator(".hs-filter-more summary").click()
    page.locator("select[name=state]").select_option("no_data")
    assert send(page, ".hs-filter-row button[type=submit]") == 200
    narrowed = page.locator("li[data-site]").count()
    assert 0 < narrowed < 8
    assert page.locator("svg.hs-home-map a").count() == narrowed
    page.locator("svg.hs-home-map a text").first.click()
    expect(page).to_have_url(re.compile("/sites/"))


def test_the_language_is_changed_and_kept(plain):
    visitor: Visitor = plain()
    page = visitor.open("/solutions/smart-pole")
    page.locator(".hs-tools a[hreflang=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/dashboard")
    expect(page.locator("html")).to_have_attribute("lang", "en")
