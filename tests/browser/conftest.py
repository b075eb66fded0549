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
    """Where Chromium is on this machine; None lets Playwright use its own.

    The one without a window comes first: it is the same browser, in half the time.
    """
    names = (os.environ.get("CHROMIUM", ""), "chromium-headless-shell", "chromium")
    names += ("chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


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
def rested(live) -> Iterator[dict[tuple[object, ...], list[Visitor]]]:
    """Visitors of former cases, by kind: their browsers know our styles and fonts, nothing else."""
    known: dict[tuple[object, ...], list[Visitor]] = {}
    yield known
    for visitor in (it for kind in known.values() for it in kind):
        visitor.context.close()


@pytest.fixture
def visit(app, live, browser, login, rested):
    """`visit("ministry", lang="en")`: such a person at a browser; nothing may be amiss."""
    here: list[tuple[list[Visitor], Visitor]] = []

    def come(name: str | None = None, **how) -> Visitor:
        free = rested.setdefault(tuple(sorted(how.items())), [])
        visitor = free.pop() if free else Visitor(browser, live.address, **how)
        here.append((free, visitor))
        visitor.arrive(cookie(login, name))
        return visitor

    yield come
    amiss = [trouble for _free, visitor in here for trouble in visitor.amiss]
    for free, visitor in here:
        if amiss:
            visitor.context.close()
        else:
            visitor.leave()
            free.append(visitor)
    live.rest()
    assert amiss == []


def cookie(login, name: str | None) -> str | None:
    """What the browser of `name` keeps of having signed in."""
    return login(name).get_cookie("session").value if name else None
