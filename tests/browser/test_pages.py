"""Every page, in both languages: nothing from another host, no error, accessible, on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.addresses import PAGES, endpoint_of, page_endpoints
from tests.browser.visitor import DESK, Visitor

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
NARROWEST, PHONE, TABLET, LAPTOP = 320, 360, 768, 1024
# One full check of a page is enough for a database; between them they check both shapes.
AXE_AT = {"sqlite": DESK["width"], "postgresql": PHONE}
BROKEN_ANCHORS = """
() => [...document.querySelectorAll('a[href^="#"]:not([role=button])')].map((it) => it.getAttribute("href"))
  .filter((href) => href === "#" || !document.getElementById(href.slice(1)))
"""
LOOKS_OUTSIDE = "link[rel~=preconnect], link[rel~=dns-prefetch], link[rel~=prefetch]"
languages = pytest.mark.parametrize("lang", ["ko", "en"])


def test_every_page_has_an_address_here(app):
    assert page_endpoints(app) - {endpoint_of(app, it.path) for it in PAGES} == set()


@languages
@pytest.mark.parametrize("address", PAGES, ids=str)
def test_page(visit, house, address, lang):
    visitor = visit(address.who, lang=lang)
    answer = visitor.page.goto(address.path)
    page = visitor.page
    page.locator(address.ready).first.wait_for()

    assert answer.status == address.status
    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator("h1").count() == 1
    assert page.locator(LOOKS_OUTSIDE).count() == 0
    assert page.evaluate(BROKEN_ANCHORS) == []
    widths = (DESK["width"], LAPTOP, TABLET, PHONE, NARROWEST)
    too_wide = {width: wrong for width in widths if (wrong := visitor.at_width(width))}
    visitor.at_width(AXE_AT[house.slate.engine.dialect.name])
    assert (too_wide, violations(visitor)) == ({}, [])


def violations(visitor: Visitor) -> list[str]:
    """What axe finds against WCAG 2.1 AA, each with the place and the reason."""
    options = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
    found = Axe().run(visitor.page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def test_a_request_to_another_host_is_seen(visit, live, browser):
    """The watch itself: what the walk relies on to find nothing."""
    stranger = Visitor(browser, live.address, bypass_csp=True)
    stranger.open("/about").evaluate(
        "new Promise((done) => { const picture = new Image(); picture.onerror = done;"
        " picture.src = 'https://example.com/seen.png'; })"
    )
    stranger.context.close()
    assert any("https://example.com/seen.png" in it for it in stranger.amiss)


def test_a_breach_of_the_policy_is_seen(visit, live, browser):
    stranger = Visitor(browser, live.address)
    stranger.open("/about").evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"globalThis.x=1\">')"
    )
    stranger.page.wait_for_function("document.images[document.images.length - 1].complete")
    ran = stranger.page.evaluate("globalThis.x")
    stranger.context.close()
    assert ran is None
    assert any("Content Security Policy" in it for it in stranger.amiss)
