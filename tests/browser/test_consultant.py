"""The third job: a consultant logs a session on a phone, once, and mends it without a loss."""

from __future__ import annotations

import re

import pytest
from flask_security import hash_password
from playwright.sync_api import Page, Response, expect

from accounts.users import User
from common.db import db
from tests.browser.visitor import Visitor, next_page
from tracker.coaching.log import CoachingSession

PASSWORD = "a password that one consultant knows"
TYPED = {
    "without_agreement": "견본: 협약을 맺기 전에 만남",
    "question": "횡단보도 8곳의 위치를 어떻게 정했나요?\n표가 있으면 보내 주세요.",
    "advice": "보행 사고가 난 곳부터 놓고, 3년의 수를 세어 보라고 했습니다.",
    "duration_min": "90",
    "heads_in_person": "4",
    "heads_online": "2",
    "actions-0-what": "사고 자료를 구해서 보내기",
    "actions-0-due_on": "2025-04-01",
}
CHOSEN = {"site": "sokcho-2023", "actions-0-owner": "sokcho"}
PRESSED = {"kind": "consulting", "mode": "in_person", "stage": "install"}
DAY = "2025-03-20"


@pytest.fixture
def consultant(visit) -> Visitor:
    """A consultant at a phone, about to log a session."""
    visitor = visit("consultant", phone=True)
    visitor.open("/coaching/new")
    return visitor


@pytest.fixture
def stranger(app, visit) -> Visitor:
    """A consultant at a phone who has not signed in yet, but knows the password."""
    with app.app_context():
        who = db.session.scalars(db.select(User).filter_by(email="consultant@example.org")).one()
        who.password = hash_password(PASSWORD)
        db.session.commit()
    return visit(phone=True)


def press(page: Page) -> Response:
    """Press the main button; the answer that the next page came with."""
    with next_page(page) as loading:
        page.locator("main form button[type=submit].primary").tap()
    return loading.value


def fill(page: Page, day: str) -> None:
    for name, value in CHOSEN.items():
        page.locator(f"select[name='{name}']").select_option(value)
    for name, value in PRESSED.items():
        page.locator(f"label:has(input[name={name}][value={value}])").tap()
    for name, value in TYPED.items():
        page.locator(f"[name='{name}']").fill(value)
    page.locator("label:has(input[name=solutions][value=smart-crosswalk])").tap()
    page.locator("#f-held_on").fill(day)


def kept(page: Page) -> dict[str, str]:
    """What stands in the form."""
    typed = {name: page.locator(f"[name='{name}']").input_value() for name in TYPED | CHOSEN}
    pressed = {name: page.locator(f"input[name={name}]:checked").input_value() for name in PRESSED}
    return typed | pressed


def logged(app) -> list[CoachingSession]:
    with app.app_context():
        mine = db.select(CoachingSession).filter_by(advice=TYPED["advice"])
        return list(db.session.scalars(mine).unique())


def test_signed_in_a_missing_field_is_told_and_nothing_typed_is_lost(stranger):
    page = stranger.open("/coaching/new")
    page.locator("main a[href^='/login']").tap()
    page.locator("#f-email").fill("consultant@example.org")
    page.locator("#f-password").fill(PASSWORD)
    assert press(page).status == 200
    expect(page).to_have_url(f"{stranger.address}/coaching/new")

    fill(page, day="")
    answer = press(page)
    assert answer.status == 422
    assert kept(page) == TYPED | CHOSEN | PRESSED
    assert page.locator("input[name=solutions]:checked").input_value() == "smart-crosswalk"
    assert page.evaluate("document.activeElement.matches('[data-errors]')")
    expect(page.locator("[data-errors]")).to_be_in_viewport()

    beside = page.locator("#f-held_on-error")
    expect(beside).to_be_visible()
    expect(page.locator("#f-held_on")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#f-held_on")).to_have_attribute(
        "aria-describedby", re.compile("f-held_on-error")
    )
    page.locator("[data-errors] a[href='#f-held_on']").tap()
    expect(page.locator("#f-held_on")).to_be_focused()

    page.locator("#f-held_on").fill(DAY)
    assert press(page).status == 200
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.locator(".hs-saved")).to_contain_text(TYPED["actions-0-what"])
    expect(page.locator("main")).to_contain_text(TYPED["advice"])


def test_a_session_is_in_the_log_once_however_often_it_is_sent(app, consultant):
    page = consultant.page
    fill(page, DAY)
    page.locator("form[data-session] button.primary").dblclick()
    page.wait_for_url(re.compile("/coaching/2025-03-20-"))
    saved = page.url

    page.go_back()
    page.wait_for_url("**/coaching/new")
    assert kept(page) == TYPED | CHOSEN | PRESSED
    assert press(page).status == 200
    assert page.url == saved

    assert len(logged(app)) == 1
    page.goto("/coaching")
    path = saved.removeprefix(consultant.address)
    expect(page.locator(f"main a[href='{path}']")).to_have_count(1)
    page.locator(f"main a[href='{path}']").tap()
    expect(page.locator("main")).to_contain_text(TYPED["advice"])


def test_enter_in_a_field_saves_like_the_button(app, consultant):
    page = consultant.page
    fill(page, DAY)
    with next_page(page) as loading:
        page.locator("[name='actions-0-what']").press("Enter")
    assert loading.value.status == 200
    assert len(logged(app)) == 1


def test_two_who_change_the_same_session_lose_nothing(visit, consultant):
    page = consultant.page
    fill(page, DAY)
    assert press(page).status == 200
    path = page.url.removeprefix(consultant.address)
    other = visit("consultant").open(f"{path}/edit")
    page.goto(f"{path}/edit")

    page.locator("[name=advice]").fill("먼저 온 변경: 5년의 수를 세기로 했습니다.")
    assert press(page).status == 200

    other.locator("[name=advice]").fill("나중 온 변경: 사고 지점 지도를 붙입니다.")
    other.locator("[name=duration_min]").fill("120")
    with next_page(other) as loading:
        other.locator("form[data-session] button.primary").click()
    assert loading.value.status == 409
    table = other.locator("table.hs-conflict")
    for text in ("먼저 온 변경", "나중 온 변경", "120", "90"):
        expect(table).to_contain_text(text)
    assert other.locator("[name=advice]").input_value().startswith("나중 온 변경")
    assert other.locator("[name=duration_min]").input_value() == "120"
    assert other.evaluate("document.activeElement.matches('[data-errors]')")

    with next_page(other) as loading:
        other.locator("form[data-session] button.primary").click()
    assert loading.value.status == 200
    other.goto(path)
    for text in ("먼저 온 변경", "나중 온 변경", TYPED["advice"]):
        expect(other.locator("main")).to_contain_text(text)


def test_choosing_a_site_shows_what_it_planned_and_keeps_what_is_typed(consultant):
    page = consultant.page
    page.locator("[name=advice]").fill(TYPED["advice"])
    page.locator("select[name=site]").select_option("sokcho-2023")
    aside = page.locator("aside[data-part=aside]")
    expect(aside).to_contain_text("속초")
    near = page.locator("[data-part=solutions] > .hs-choices")
    expect(near.locator("input[value=smart-crosswalk]")).to_be_attached()
    assert page.locator("[name=advice]").input_value() == TYPED["advice"]


def test_a_next_step_can_be_added_and_taken_away(consultant):
    page = consultant.page
    page.locator("[data-add=action-row]").tap()
    page.locator("[name='actions-1-what']").fill("둘째 할 일")
    expect(page.locator("[name='actions-1-what']")).to_be_focused()
    page.locator("[data-row-of]:has([name='actions-1-what']) [data-remove]").tap()
    expect(page.locator("[name='actions-1-what']")).to_have_count(0)
    assert page.evaluate("document.activeElement.matches('[data-add]')")


def test_a_wrong_password_is_refused_in_words(visit):
    page = visit(phone=True).open("/login")
    page.locator("#f-email").fill("consultant@example.org")
    page.locator("#f-password").fill("not this one at all")
    press(page)
    expect(page.locator("[data-errors], .hs-error").first).to_be_visible()
    assert page.locator("#f-email").input_value() == "consultant@example.org"
    assert page.locator("#f-password").input_value() == ""
