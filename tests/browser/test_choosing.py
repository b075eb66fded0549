"""Search, compare, select and memo, walked by a visitor in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

WORDS = {
    "ko": (
        "횡단보두",
        "고른 솔루션 비교",
        "다른 점",
        "묶음 찾기",
        "예산에 맞는 묶음",
        "결정 보고서",
    ),
    "en": (
        "crosswolk",
        "Compare the ticked",
        "Where they differ",
        "Find packages",
        "Packages that fit",
        "Decision memo",
    ),
}


@pytest.mark.parametrize("lang", WORDS)
def test_a_visitor_searches_compares_selects_and_reads_the_memo(visit, lang):
    typo, compare, differ, find, fit, memo = WORDS[lang]
    page = visit(lang=lang).open(f"/solutions?q={typo}")
    crosswalk = "a.hs-name[href='/solutions/smart-crosswalk']"
    expect(page.locator(crosswalk)).to_be_visible()

    page.goto("/solutions")
    for slug in ("smart-crosswalk", "smart-bus-shelter"):
        page.locator(f"input[form=compare][value={slug}]").check(force=True)
    page.get_by_role("button", name=compare).click()
    expect(page.get_by_role("heading", name=differ)).to_be_visible()
    expect(page.locator(crosswalk)).to_be_visible()

    page.goto("/solutions/select")
    page.locator("#f-problem").select_option("pedestrian-crashes:3")
    page.locator("#f-national_won").fill("2,000,000,000")
    page.locator("#f-local_won").fill("1000000000")
    page.get_by_role("button", name=find).click()
    expect(page.locator("#f-local_won-error")).to_be_visible()
    expect(page.locator("#f-national_won")).to_have_value("2,000,000,000")
    page.locator("#f-local_won").fill("2000000000")
    page.get_by_role("button", name=find).click()
    expect(page.get_by_role("heading", name=fit)).to_be_visible()

    page.locator("a[href*='/solutions/select/memo']").first.click()
    expect(page.get_by_role("heading", name=memo, level=1)).to_be_visible()
    with page.expect_download() as sheet:
        page.locator("a[href*='memo.xlsx']").click()
    assert sheet.value.suggested_filename == "memo.xlsx"
