"""What the browser tests share: one browser a worker, a live server, and people who visit it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.live import Live
from tests.browser.visitor import Visitor


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


@pytest.fixture(scope="session")
def languages(request, house) -> list[str]:
    """The languages that all pages are walked in: one a database, both where only one is run.

    Pages are the same on both databases, and a walk is by far the longest part of the suite.
    """
    if request.config.getoption("database") != "both":
        return ["ko", "en"]
    return [{"sqlite": "ko", "postgresql": "en"}[house.slate.engine.dialect.name]]


@pytest.fixture
def visit(app, live, browser, login):
    """`visit("ministry", lang="en")`: such a person at a new browser; nothing may be amiss."""
    people: list[Visitor] = []

    def come(name: str | None = None, **how) -> Visitor:
        people.append(Visitor(browser, live.address, session=cookie(login, name), **how))
        return people[-1]

    yield come
    amiss = [trouble for person in people for trouble in person.amiss]
    for person in people:
        person.context.close()
    live.rest()
    assert amiss == []


@pytest.fixture(scope="module")
def regulars() -> Iterator[dict[tuple[str | None, str], Visitor]]:
    """People who look at many pages, so that their browsers know our styles and fonts."""
    known: dict[tuple[str | None, str], Visitor] = {}
    yield known
    for person in known.values():
        person.context.close()


@pytest.fixture
def regular(app, live, browser, login, regulars):
    """`regular("ministry", "en")`: such a person, who only reads; what is amiss is to be asked."""

    def come(name: str | None, lang: str) -> Visitor:
        if (name, lang) not in regulars:
            session = cookie(login, name)
            regulars[name, lang] = Visitor(browser, live.address, session=session, lang=lang)
        regulars[name, lang].forget()
        return regulars[name, lang]

    yield come
    live.rest()


def cookie(login, name: str | None) -> str | None:
    """What the browser of `name` keeps of having signed in."""
    return login(name).get_cookie("session").value if name else None
