"""A label is scanned on a phone: sign in, log a fault with a photo, and see it counted."""

from __future__ import annotations

import io

import pytest
from flask_security import hash_password
from PIL import Image
from playwright.sync_api import expect

from accounts.users import User
from common.db import db
from tests.browser.test_pages import PHONE, violations
from tests.browser.visitor import Visitor, next_page

PASSWORD = "a password that one officer knows"
LEAST_TARGET = 44  # px, on a phone
# Waiting happens inside the page: the policy stops what is polled from outside.
SMALLER = """
(input) => new Promise((done) => {
  const look = () => (input.files[0]?.name === "photo.jpg" ? done() : setTimeout(look, 20));
  look();
})
"""
PLACES = ("/units", "/units/{unit}", "/units/{unit}/inspect", "/units/{unit}/edit", "/units/new")
PLACES += ("/sites/sokcho-2023", "/sites/sokcho-2023/labels", "/sites/sokcho-2023/units/import")


@pytest.fixture
def officer(app, visit) -> Visitor:
    """Sokcho's officer before a unit with a phone, not signed in yet."""
    with app.app_context():
        who = db.session.scalars(db.select(User).filter_by(email="municipality@example.org")).one()
        who.password = hash_password(PASSWORD)
        db.session.commit()
    return visit(phone=True)


def photo() -> dict[str, object]:
    """A photo as a camera makes it: larger than what is kept, with a place in it."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x010F] = "Maker of the camera"
    Image.new("RGB", (2400, 1800), "navy").save(out, "JPEG", exif=exif)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_a_scanned_label_leads_to_a_fault_with_a_photo_that_counts(officer, registered, client):
    unit = registered()
    page = officer.open(f"/u/{unit}")
    assert not officer.at_width(PHONE)
    page.locator("main a[href^='/login']").tap()
    page.locator("#f-email").fill("municipality@example.org")
    page.locator("#f-password").fill(PASSWORD)
    with next_page(page):
        page.locator("main form button[type=submit].primary").tap()
    expect(page).to_have_url(f"{officer.address}/units/{unit}/inspect")

    expect(page.locator("label:has([name=faults][value=dark])")).to_be_hidden()
    page.locator("label:has([name=result][value=faulty])").tap()
    for value in ("dark", "camera"):
        page.locator(f"label:has([name=faults][value={value}])").tap()
    page.locator("[name=note]").fill("등이 꺼져 있고 카메라가 없다")
    page.locator("#f-photos").set_input_files(photo())
    page.locator("#f-photos").evaluate(SMALLER)
    small = page.evaluate(
        f"""[...document.querySelectorAll("main .hs-choice, main button, main input[type=file]")]
        .map((it) => it.getBoundingClientRect())
        .filter((it) => it.height && it.height < {LEAST_TARGET}).length"""
    )
    assert small == 0
    assert not officer.at_width(PHONE)
    with next_page(page) as loading:
        page.locator("main form button[type=submit].primary").tap()
    assert loading.value.status == 200

    expect(page.locator("main")).to_contain_text("등이 꺼져 있고")
    shown = page.locator("main .hs-photos img")
    expect(shown).to_have_count(1)
    shown.scroll_into_view_if_needed()
    assert shown.evaluate("(it) => it.decode().then(() => it.naturalWidth)") == 1600
    told = client.get(f"/api/v1/units/{unit}").json
    assert (told["condition"], told["faults"]) == ("faulty", ["dark", "camera"])
    page.goto("/sites/sokcho-2023")
    expect(page.locator("section:has(#units)")).to_contain_text("1 가운데 0")


def test_a_missing_answer_is_told_and_what_was_ticked_stays(officer, registered, login):
    officer.arrive(login("municipality").get_cookie("session").value)
    page = officer.open(f"/units/{registered()}/inspect")
    page.locator("label:has([name=result][value=faulty])").tap()
    page.locator("[name=note]").fill("아직 모름")
    with next_page(page) as loading:
        page.locator("main form button[type=submit].primary").tap()
    assert loading.value.status == 422
    assert page.evaluate("document.activeElement.matches('[data-errors]')")
    assert page.locator("[name=note]").input_value() == "아직 모름"
    expect(page.locator("#f-faults-error")).to_be_visible()


def test_the_pages_of_the_register_are_accessible_and_fit_a_phone(visit, registered, inspected):
    unit = registered()
    inspected(unit)
    visitor = visit("municipality", lang="ko")
    found = []
    for place in PLACES:
        visitor.open(place.format(unit=unit))
        found += [f"{place}: {beyond}" for beyond in visitor.at_width(PHONE)]
        found += [f"{place}: {wrong}" for wrong in violations(visitor)]
    assert found == []
