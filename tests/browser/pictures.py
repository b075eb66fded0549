"""Makes the pictures of the README from the seeded app: `make pictures`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from accounts.cli import make
from accounts.organisations import Organisation
from app import ROOT, create_app, database_url
from common.db import db
from common.permissions import Role
from tests.browser.conftest import flags, found
from tests.browser.live import Live
from tests.browser.visitor import Visitor

FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 350 * 1024
WINDOW = {"width": 1280, "height": 1000}
# Each picture: the address, its language, and what stands at the top of the window.
PAGES = {
    "home": ("/", "ko", "header"),
    "home-en": ("/", "en", "header"),
    "solution": ("/solutions/smart-crosswalk", "ko", "section[aria-labelledby=evidence]"),
    "map": ("/map?as_of=2025-03-31", "ko", "header"),
    "dashboard": ("/dashboard?as_of=2025-03-31", "ko", "section:has(> * > table.hs-matrix)"),
}


def main() -> None:
    """Serve a new app with the seeds, and take all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        app = seeded(Path(folder))
        session = signed_in(app)
        with Live(app) as live, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found(), args=flags())
            for name, (path, lang, top) in PAGES.items():
                take_page(browser, live, FOLDER / f"{name}.png", path, lang=lang, top=top)
            take_coaching(browser, live, session)
            browser.close()
    for file in sorted(FOLDER.glob("*.png")):
        size = file.stat().st_size
        click.echo(f"{file.relative_to(ROOT)}: {size // 1024} KB")
        if size > MOST_BYTES:
            raise click.ClickException(f"{file.name} is too large for a README; clip it closer.")


def seeded(folder: Path) -> Flask:
    """An app in `folder` with the facts that come with it."""
    settings = {"SECRET_KEY": "only for pictures, never served to anybody"}
    settings |= {"INSTANCE_DIR": str(folder)}
    app = create_app(settings | {"SQLALCHEMY_DATABASE_URI": database_url(None, folder)})
    for command in (["db", "upgrade"], ["seed"]):
        done = app.test_cli_runner().invoke(args=command)
        if done.exit_code:
            raise click.ClickException(done.output)
    return app


def signed_in(app: Flask) -> str:
    """The session cookie of a consultant."""
    with app.app_context():
        agency = db.select(Organisation).filter_by(slug="smart-city-association")
        where = db.session.scalars(agency).one()
        who = make("consultant@example.org", Role.CONSULTANT, where, "no password")
        db.session.commit()
        person = app.test_client()
        with person.session_transaction() as session:
            session["_user_id"], session["_fresh"] = who.fs_uniquifier, True
    cookie = person.get_cookie("session")
    return cookie.value if cookie else ""


def take_page(browser: Browser, live: Live, file: Path, path: str, *, lang: str, top: str) -> None:
    """The page at `path`, from what matches `top` on, as on a desk."""
    visitor = Visitor(browser, live.address, lang=lang)
    visitor.page.set_viewport_size(WINDOW)
    page = visitor.open(path)
    page.wait_for_load_state("networkidle")
    page.locator(top).first.evaluate("(it) => scrollBy(0, it.getBoundingClientRect().top - 24)")
    page.screenshot(path=file)
    visitor.context.close()


def take_coaching(browser: Browser, live: Live, session: str) -> None:
    """A session on a phone: being written, and saved."""
    visitor = Visitor(browser, live.address, phone=True)
    visitor.change(session)
    page = visitor.open("/coaching/new?site=sokcho-2023")
    page.locator("#f-held_on").fill("2025-03-20")
    page.locator("label:has(input[name=mode][value=in_person])").tap()
    for name, value in {
        "without_agreement": "견본: 협약을 맺기 전에 만났습니다.",
        "duration_min": "90",
        "heads_in_person": "4",
        "question": "횡단보도 17곳을 어떤 순서로 점검하면 좋은가?",
        "advice": "보행 사고가 있던 곳부터, 한 곳에 10분씩 점검표로.",
        "actions-0-what": "점검표를 현장에 맞게 줄여 보내기",
    }.items():
        page.locator(f"[name='{name}']").fill(value)
    page.locator("[name='actions-0-owner']").select_option("smart-city-association")
    page.locator("label:has(input[name=solutions][value=smart-crosswalk])").tap()
    page.locator("label:has(input[name=stage][value=accept])").tap()
    page.evaluate("scrollTo(0, document.querySelector('#f-kind').closest('fieldset').offsetTop)")
    page.screenshot(path=FOLDER / "coaching-phone.png")
    page.locator("form[data-session] button.primary").tap()
    page.locator(".hs-saved").wait_for()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=FOLDER / "coaching-saved-phone.png")
    visitor.context.close()


if __name__ == "__main__":
    main()
