"""The map with each of its layers: who went before, coaching links, paper; open to everybody."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.test_pages import violations
from tests.browser.visitor import DESK
from tracker.monitor.layers import Layer

# The pills of which a name is covered by another pill.
COVERED = """
() => [...document.querySelectorAll(".hs-pill-name")].filter((it) => {
  const { left, top, width, height } = it.getBoundingClientRect();
  const above = document.elementFromPoint(left + width / 2, top + height / 2);
  return !it.closest(".hs-pill-bare") && !it.closest(".hs-pill").contains(above);
}).map((it) => it.textContent)
"""


def test_no_name_on_the_map_hides_another_and_sites_are_always_named(visit):
    visitor = visit()
    page = visitor.open("/map?leaders=1")
    for width, bare in ((DESK["width"], 0), (360, 4)):
        visitor.at_width(width)
        page.reload()
        page.locator(".hs-map path.hs-leader").first.wait_for()
        page.locator(".leaflet-container").scroll_into_view_if_needed()
        assert page.evaluate(COVERED) == []
        assert page.locator(".hs-pill").count() == 8 + 7
        assert page.locator(".hs-pill-bare").count() == bare
    first = page.locator(".hs-pin:has(.hs-pill-bare)").first
    name = first.locator(".hs-pill-name")
    assert name.bounding_box()["width"] == 1
    first.focus()
    assert name.bounding_box()["width"] > 20
    assert violations(visitor, ".hs-map") == []


def test_each_layer_is_accessible_and_who_went_before_is_reached_by_keyboard(visit):
    """Axe at each layer with all that can be drawn on it; then list, outline, pill and paper."""
    visitor = visit(lang="en")
    for layer in Layer:
        page = visitor.open(f"/map?layer={layer}&leaders=1&links=1")
        page.locator(".hs-map path.hs-leader").first.wait_for()
        assert violations(visitor, ".hs-with-list") == [], layer
    page = visitor.open("/map?leaders=1&links=1&solution=smart-pole")
    page.locator(".hs-map path.hs-leader").first.wait_for()
    item = page.locator("li[data-site=dalseo]")
    outline = page.locator("path.hs-leader.hs-on")
    item.get_by_role("link").first.focus()
    expect(item).to_have_class(re.compile(r"\bhs-on\b"))
    expect(outline).to_have_count(1)
    page.locator(".hs-pin", has_text="Seoul").focus()
    expect(page.locator("li[data-site=seoul]")).to_have_class(re.compile(r"\bhs-on\b"))
    expect(outline).to_have_count(1)
    assert page.locator("path.hs-link-line.leaflet-zoom-animated, path.hs-link-line").count() >= 1

    more = page.get_by_text("More filters")
    links = page.locator(".hs-filter-row input[name=links]")
    expect(links).to_be_hidden()
    more.press("Enter")
    links.uncheck()
    page.locator(".hs-filter-row button[type=submit]").click()
    page.wait_for_url(re.compile(r"\?(?!.*links).*leaders=1"))
    expect(page.locator("#map-links")).to_have_count(0)

    page.locator(".hs-map path.hs-leader").first.wait_for()
    page.emulate_media(media="print")
    for shown in (".hs-map-key", ".leaflet-control-scale", ".hs-map-source", ".hs-print-only"):
        expect(page.locator(shown).first).to_be_visible()
    said = page.locator(".hs-map-said")
    expect(said).to_contain_text("Solution: Smart pole. As of 20")
    expect(said).to_contain_text("Source: Hwaksan")
    frame = page.locator(".leaflet-container").bounding_box()
    for pill in page.locator(".hs-pill").all():
        box = pill.bounding_box()
        assert frame["y"] <= box["y"] <= frame["y"] + frame["height"], "the whole country prints"
