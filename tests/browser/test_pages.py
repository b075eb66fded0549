"""Every page, in both languages: nothing from another host, no error, accessible, on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.addresses import PAGES, Address, endpoint_of, page_endpoints
from tests.browser.visitor import DESK, Visitor

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
NARROWEST, PHONE, TABLET, LAPTOP = 320, 360, 768, 1024
WIDTHS = (DESK["width"], LAPTOP, TABLET, PHONE, NARROWEST)
AXE_AT = {"ko": DESK["width"], "en": PHONE}  # looking is slow, so each language at one width
# Rows of a table and points of a list repeat each other: axe looks at the first dozen of each.
SHORTEN = """
() => document.querySelectorAll(
  "tbody > tr:nth-child(n+13), ul > li:nth-child(n+13), dl > div:nth-child(n+25)"
).forEach((it) => it.remove())
"""
FACTS = """
() => ({
  lang: document.documentElement.lang,
  headings: document.querySelectorAll("h1").length,
  outside: document.querySelectorAll(
    "link[rel~=preconnect], link[rel~=dns-prefetch], link[rel~=prefetch]").length,
  astray: [...document.querySelectorAll("a[href^='#']:not([role=button])")]
    .map((it) => it.getAttribute("href"))
    .filter((href) => !document.getElementById(decodeURIComponent(href.slice(1)))),
})
"""


def test_every_page_has_an_address_here(app):
    assert page_endpoints(app) - {endpoint_of(app, it.path) for it in PAGES} == set()


@pytest.mark.parametrize("address", PAGES, ids=str)
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_page(visit, lang, address):
    found = faults(visit(address.who, lang=lang), address, lang)
    assert not found, "\n".join(found)


def faults(visitor: Visitor, address: Address, lang: str) -> list[str]:
    """All that is wrong with the page at `address`, but for what the visitor notes by itself."""
    answer = visitor.page.goto(address.path)
    visitor.page.locator(address.ready).first.wait_for()
    facts = visitor.page.evaluate(FACTS)
    right = {"lang": lang, "headings": 1, "outside": 0, "astray": []}
    found = [] if answer.status == address.status else [f"status {answer.status}"]
    found += [f"{name}: {facts[name]}" for name in right if facts[name] != right[name]]
    wide = {width: visitor.at_width(width) for width in WIDTHS}
    found += [f"{width} px: {beyond}" for width, beyond in wide.items() if beyond]
    visitor.at_width(AXE_AT[lang])
    visitor.page.evaluate(SHORTEN)
    return found + violations(visitor)


def violations(visitor: Visitor, part: str | None = None) -> list[str]:
    """What axe finds against WCAG 2.1 AA on the page or a part of it, with place and reason."""
    options = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
    found = Axe().run(visitor.page, part, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def test_a_request_to_another_host_is_seen(app, live, browser):
    """The watch itself: what the walk relies on to find nothing."""
    stranger = Visitor(browser, live.address, bypass_csp=True)
    stranger.open("/about").evaluate(
        "new Promise((done) => { const picture = new Image(); picture.onerror = done;"
        " picture.src = 'https://example.com/seen.png'; })"
    )
    stranger.context.close()
    assert any("https://example.com/seen.png" in it for it in stranger.amiss)


def test_a_breach_of_the_policy_is_seen(app, live, browser):
    stranger = Visitor(browser, live.address)
    # Waiting happens inside the page: a predicate polled from outside is itself held to the policy.
    stranger.open("/about").evaluate(
        """() => new Promise((done) => {
          document.addEventListener("error", () => setTimeout(done), true);
          const hostile = '<img src=x onerror="globalThis.x=1">';
          document.body.insertAdjacentHTML("beforeend", hostile);
        })"""
    )
    ran = stranger.page.evaluate("globalThis.x")
    stranger.context.close()
    assert ran is None
    assert any("Content Security Policy" in it for it in stranger.amiss)


def test_a_field_without_a_label_is_seen(visit):
    visitor = visit()
    page = visitor.open("/about")
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert [it.partition(":")[0] for it in violations(visitor)] == ["label"]
