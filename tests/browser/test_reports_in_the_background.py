"""A member asks for a report on a phone, sees it being made, and fetches the file later."""

from __future__ import annotations

from tests.browser.test_pages import PHONE, violations
from tests.test_reports_made import worked_off
from tracker.papers.queue import at_work


def test_a_report_is_asked_for_watched_and_fetched(app, visit):
    visitor = visit("municipality", phone=True)
    page = visitor.open("/papers?site=sokcho-2023")
    page.locator("label", has_text="최종 보고서").tap()
    page.locator("[name=month]").fill("2025-03")
    page.locator("label", has_text="한글 (HWPX)").tap()
    page.get_by_role("button", name="보고서 만들기").tap()
    page.get_by_text("작업기가 돌고 있지 않아").wait_for()
    bar = page.get_by_role("progressbar", name="진행률: 최종 보고서: 속초시 2023")
    assert bar.get_attribute("value") == "0"
    assert visitor.at_width(PHONE) == []
    assert violations(visitor) == []
    with app.app_context(), at_work():
        page.get_by_role("link", name="다시 보기").tap()
        page.get_by_text("작업기가 돌고 있지 않아").wait_for(state="detached")
    worked_off(app)
    # The script asks every two seconds, and shows the page anew.
    ready = page.get_by_role("link", name="속초시 2023, 2025-03-31")
    ready.wait_for()
    assert violations(visitor) == []
    with page.expect_download() as fetched:
        ready.tap()
    assert fetched.value.suggested_filename == "report-sokcho-2023-final-2025-03-31-ko.hwpx"
    page.get_by_role("link", name="최종 보고서: 속초시 2023", exact=True).tap()
    page.get_by_text("자료 버전").wait_for()
    assert visitor.at_width(PHONE) == []
    assert violations(visitor) == []
