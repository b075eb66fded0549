"""Actions, calendar, minutes and the pack, filled with samples, on a phone."""

from __future__ import annotations

import re

from common.facts import today
from tests.browser.test_pages import PHONE, violations
from tests.samples import SESSION
from tracker.coaching.workdays import after, before

PERSON = {"role": "site", "name": "표본 사람", "contact": "033-000-0000"}
LONG = "아주긴이름없는표본" * 12


def test_an_action_is_dropped_and_a_calendar_taken_on_a_phone(visit, logged):
    late, soon = before(today(), 9).isoformat(), after(today(), 2).isoformat()
    steps = [
        {"what": LONG, "owner": "sokcho", "owner_role": "표본팀", "due_on": late},
        {"what": "표본", "owner": "sokcho", "due_on": soon},
    ]
    slug = logged(actions=steps, persons=[PERSON], question=LONG)
    visitor = visit("municipality", phone=True)
    for address in (
        "/actions",
        f"/coaching/{slug}/minutes",
        "/sites/sokcho-2023/handover",
        f"/calendar?on={soon}",
        "/persons",
    ):
        visitor.open(address)
        assert visitor.at_width(PHONE) == [], address
        assert violations(visitor) == [], address
    page = visitor.open("/actions")
    row = page.locator("tbody tr", has_text=LONG)
    row.locator("summary").tap()
    row.get_by_role("button", name="중단하기").tap()  # without a reason
    page.locator(".hs-error").wait_for()
    row.locator("textarea").fill("자리가 없어졌습니다.")
    row.get_by_role("button", name="중단하기").tap()
    page.get_by_text("오늘 날짜로 중단했습니다").wait_for()
    assert page.locator("tbody tr").count() == 1
    visitor.open("/account/calendar")
    page.locator("label", has_text="소속 기관의 코칭, 할 일").tap()
    page.get_by_role("button", name="주소 만들기").tap()
    made = page.locator("input[readonly]").input_value()
    assert "/calendar/feeds/" in made
    assert violations(visitor) == []


def test_persons_are_written_down_on_a_phone(visit, app):
    visitor = visit("coach", phone=True)
    page = visitor.open("/coaching/new?site=sokcho-2023")
    page.locator("summary", has_text="참석자 이름").tap()
    page.locator("[name=persons-0-name]").fill("표본 하나")
    page.locator("[name=persons-0-role]").select_option("host")
    page.get_by_role("button", name="참석자 더하기").tap()
    page.locator("[name=persons-1-name]").fill("표본 둘")
    page.locator("[name=persons-1-role]").select_option("site")
    for name in ("duration_min", "without_agreement"):
        page.locator(f"[name={name}]").fill(str(SESSION[name]))
    page.locator("[name=heads_in_person]").fill("2")
    page.locator("label:has(input[name=mode][value=phone])").tap()
    page.locator("main form button[type=submit].primary").tap()
    page.wait_for_url(re.compile(r"/coaching/\d"))
    visitor.open("/persons")
    assert page.locator("tbody tr").count() == 2
    assert page.get_by_text("표본 둘").is_visible()
