"""The monthly report on a phone: filled in, mended, returned, mended again, approved, shown."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.test_pages import violations
from tests.browser.visitor import next_page

MONTH = "2026-01"
PATH = f"/sites/sokcho-2023/reports/{MONTH}"
POLE = "sokcho-2023-smart-pole"
WHY = "인수 수량의 근거를 적어 주세요."


def press(page: Page, name: str) -> Response:
    """Press the button called `name`; the answer that the next page came with."""
    with next_page(page) as loading:
        page.get_by_role("button", name=name, exact=True).click()
    return loading.value


@pytest.mark.parametrize("phone", [True, False])
def test_a_month_is_reported_returned_mended_and_approved(visit, phone):
    officer = visit("municipality", phone=phone)
    page = officer.open("/sites/sokcho-2023")
    expect(page.locator("a[href*='/reports/']").first).to_be_visible()
    page.goto(PATH)
    installed = page.locator("[name='lines-0-installed']")
    assert installed.input_value() == "17", "it comes filled in"
    expect(installed).to_be_hidden()
    if phone:
        assert officer.at_width(360) == []

    page.locator("details:has([name='lines-0-accepted']) > summary").click()
    page.locator("[name='lines-0-accepted']").fill("15")
    page.locator("button[aria-controls='f-lines-0-accepted']").last.click()
    assert page.locator("[name='lines-0-accepted']").input_value() == "16"
    if phone:
        assert officer.at_width(360) == []
    assert press(page, "제출").status == 200
    expect(page.locator(".hs-flash")).to_contain_text("제출했습니다")
    expect(page.locator("main table").first).to_contain_text("16")
    expect(page.get_by_role("button", name="제출", exact=True)).to_have_count(0)

    ministry = visit("ministry")
    desk = ministry.open(f"/reports?month={MONTH}")
    desk.locator(f"main a[href='{PATH}']").first.click()
    desk.locator("#f-comment").fill(WHY)
    assert press(desk, "돌려보내기").status == 200

    page.reload()
    expect(page.locator(".hs-note-caution")).to_contain_text(WHY)
    page.locator("details:has([name='lines-0-note']) > summary").click()
    page.locator("[name='lines-0-note']").fill("준공 조서에 따름")
    assert press(page, "제출").status == 200

    desk.reload()
    expect(desk.locator("main")).to_contain_text("준공 조서에 따름")
    assert press(desk, "승인").status == 200

    shown = page.goto("/sites/sokcho-2023")
    assert shown.status == 200
    row = page.locator(f"table.hs-quantities tr:has(a[href='/deployments/{POLE}'])")
    expect(row).to_contain_text("16")
    expect(row).to_contain_text(f"{MONTH}-31")


def test_a_wrong_number_opens_its_deployment_and_keeps_what_was_typed(visit):
    officer = visit("municipality", phone=True)
    page = officer.open(PATH)
    page.locator("details:has([name='lines-1-accepted']) > summary").click()
    page.locator("[name='lines-1-accepted']").fill("18")
    page.locator("[name='lines-1-note']").fill("적어 둔 말")
    assert press(page, "제출").status == 422
    assert page.evaluate("document.activeElement.matches('[data-errors]')")
    expect(page.locator("#f-lines-1-accepted-error")).to_be_visible()
    assert page.locator("[name='lines-1-note']").input_value() == "적어 둔 말"
    page.locator("[data-errors] a[href='#f-lines-1-accepted']").click()
    expect(page.locator("#f-lines-1-accepted")).to_be_focused()
    assert violations(officer) == []
    page.locator("[name='lines-1-accepted']").fill("17")
    assert press(page, "임시 저장").status == 200
    expect(page.locator(".hs-flash")).to_contain_text("임시 저장했습니다")


def test_nothing_changed_takes_one_press(visit):
    page = visit("municipality", phone=True).open(PATH)
    assert press(page, "제출").status == 200
    expect(page.locator(".hs-flash")).to_contain_text("제출했습니다")


def test_a_change_of_plan_is_proposed_on_a_phone_and_decided(visit):
    officer = visit("municipality", phone=True)
    page = officer.open("/sites/sokcho-2023/plan")
    for place, number in (("0", "17"), ("1", "18")):
        page.locator(f"details:has([name='lines-{place}-quantity']) > summary").click()
        page.locator(f"[name='lines-{place}-quantity']").fill(number)
    assert officer.at_width(360) == []
    assert press(page, "제안 보내기").status == 422
    page.locator("[name=reason]").fill("설치할 자리가 줄었다.")
    assert press(page, "제안 보내기").status == 200
    assert violations(officer) == []

    desk = visit("ministry").open("/revisions")
    desk.locator("main tbody th a").first.click()
    desk.get_by_label("결정 내용 한 문장").fill("현장에서 확인함.")
    assert press(desk, "승인").status == 200
    expect(desk.locator(".hs-revision")).to_contain_text("현장에서 확인함.")
    row = desk.locator(f"table.hs-quantities tr:has(a[href='/deployments/{POLE}'])")
    for number in ("29", "17"):
        expect(row).to_contain_text(number)
