"""What the browser tests share: one browser a worker, a live server, and people who visit it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.live import Live
from tests.browser.visitor import Visitor

PATIENCE_MS = 20_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: `$CHROMIUM`, else one on PATH, else Playwright's own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found(), args=flags())
        yield chromium
        chromium.close()


def found() -> str | None:
    """Where Chromium is on this machine; None lets Playwright use its own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    given = os.environ.get("CHROMIUM")
    return given or next(filter(None, map(shutil.which, names)), None)


def flags() -> list[str]:
    """Keep Chromium from looking outside by itself, and let no page look outside either."""
    quiet = ["quic", "background-networking", "component-update", "sync"]
    nobody = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return ["--no-first-run", nobody, *(f"--disable-{name}" for name in quiet), *sandbox]


@pytest.fixture(scope="session")
def live(house) -> Iterator[Live]:
    """The app of this database, served."""
    with Live(house.app) as it:
        yield it


@pytest.fixture
def visit(app, live, browser, login):
    """`visit("ministry", lang="en")`: such a person at a browser; nothing may be amiss."""
    people: list[Visitor] = []

    def come(name: str | None = None, **how) -> Visitor:
        session = login(name).get_cookie("session").value if name else None
        person = Visitor(browser, live.address, session=session, **how)
        person.context.set_default_timeout(PATIENCE_MS)
        people.append(person)
        return person

    yield come
    amiss = [trouble for person in people for trouble in person.amiss]
    for person in people:
        person.context.close()
    live.rest()
    assert amiss == []
