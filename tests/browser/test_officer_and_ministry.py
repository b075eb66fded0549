"""Two of the three jobs: an officer finds a solution and its rules, the ministry sees where."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

SHELTER = "smart-bus-shelter"


def test_an_officer_finds_a_solution_its_evidence_and_its_checklist(visit):
    page = visit().open("/")
    page.get_by_role("main").get_by_role("searchbox").fill("쉘터")
    page.keyboard.press("Enter")
    page.locator(f"main a[href='/solutions/{SHELTER}']").first.click()
    expect(page).to_have_url(re.compile(f"/solutions/{SHELTER}$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("쉘터")

    page.locator(".hs-contents a[href='#evidence']").click()
    expect(page.locator("#evidence")).to_be_in_viewport()
    evidence = page.locator("section[aria-labelledby=evidence]")
    expect(evidence.locator(".hs-grade").first).to_be_visible()
    expect(evidence.locator("a.hs-mark").first).to_be_visible()

    page.locator(".hs-contents a[href='#guidelines']").click()
    expect(page.locator("#guidelines")).to_be_in_viewport()
    page.locator("section[aria-labelledby=guidelines] th a").first.click()
    expect(page).to_have_url(re.compile("/guidelines/[a-z0-9-]+$"))
    rows = page.locator("table.hs-checklist tbody tr[id]")
    expect(rows.first).to_be_visible()
    expect(page.locator("section[aria-labelledby=items] .hs-section-head p")).to_contain_text(
        str(rows.count())
    )


def test_an_official_filters_the_map_and_reads_the_same_in_the_list(visit):
    page = visit("ministry").open("/")
    page.get_by_role("main").locator("a[href='/map']").first.click()
    wait_for_map(page)
    assert listed(page) == drawn(page)
    assert len(listed(page)) == 8

    page.locator("select[name=solution]").select_option("smart-crosswalk")
    page.locator(".hs-filter-row button[type=submit]").click()
    page.wait_for_url("**/map?*solution=smart-crosswalk*")
    wait_for_map(page)
    assert listed(page) == drawn(page)
    adopting = listed(page)
    assert "uiwang-2023" in adopting
    assert "okcheon-2023" not in adopting
    assert page.locator("path.hs-site").count() == page.locator("li[data-site]").count()

    page.locator("nav.hs-menu a[href='/dashboard']").click()
    matrix = page.locator("table.hs-matrix")
    expect(matrix.locator("tbody tr")).to_have_count(8)
    cells = matrix.locator("tbody a[href*='-smart-crosswalk']")
    assert sorted(cells.evaluate_all(SITES_OF_CELLS)) == adopting


def test_the_keyboard_reaches_every_site_of_the_map_in_the_order_of_the_list(visit):
    page = visit("ministry").open("/map")
    wait_for_map(page)
    in_list = [item.get_attribute("data-site") for item in page.locator("li[data-site]").all()]
    names = [item.get_attribute("data-name") for item in page.locator("li[data-site]").all()]
    links, pills = [], []
    page.locator("#map-list").evaluate("(it) => { it.tabIndex = -1; it.focus(); }")
    for _press in range(80):
        page.keyboard.press("Tab")
        what = page.evaluate(FOCUSED)
        if what["pill"]:
            pills.append(what["pill"])
        elif what["link"] and what["site"]:
            links.append(what["site"])
        if len(pills) == len(names):
            break
    assert links == in_list
    assert [pill.split()[0] for pill in pills] == names


def test_the_months_are_replayed_by_keyboard_and_say_what_the_page_of_that_day_says(visit):
    page = visit("ministry").open("/map?layer=progress&lang=en")
    wait_for_map(page)
    slider = page.get_by_label("Month")
    slider.focus()
    slider.press("Home")
    page.wait_for_url("**as_of=2023-04-30*")
    expect(page.locator("#map-list")).to_have_text("8 sites")
    assert set(page.locator("[data-told]").all_inner_texts()) == {"Unknown"}
    for _press in range(23):
        slider.press("ArrowRight")
    page.wait_for_url("**as_of=2025-03-31*")
    replayed = page.evaluate(ROWS)
    downloads = page.locator(".hs-downloads a").first
    expect(downloads).to_have_attribute("href", re.compile("layer=progress.*as_of=2025-03-31"))
    page.get_by_role("link", name="Open this day in full").click()
    wait_for_map(page)
    assert page.evaluate(ROWS) == replayed
    assert "79.3 %" in {told for _site, told, _shade in replayed}

    page.get_by_role("button", name="Next month").press("Enter")  # nothing moves by itself
    page.wait_for_url("**as_of=2025-04-30*")
    page.emulate_media(reduced_motion="no-preference")
    page.reload()
    wait_for_map(page)
    page.get_by_role("button", name="Play").press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    page.wait_for_url("**as_of=2025-06-30*")
    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.get_by_role("button", name="Play")).to_have_attribute("aria-pressed", "false")

    page.get_by_label("Layer").select_option("evidence")
    page.get_by_label("Shown by").select_option("province")
    page.locator(".hs-filter-row button[type=submit]").click()
    page.wait_for_url("**layer=evidence*by=province*")
    wait_for_map(page)
    assert listed(page) == drawn(page) == ["41", "42", "43", "44", "45", "47"]


ROWS = """
() => [...document.querySelectorAll("li[data-site]:not([hidden])")].map((it) => [
  it.dataset.site,
  it.querySelector("[data-told]").textContent.trim(),
  it.dataset.shade,
]).sort()
"""
FOCUSED = """
() => {
  const it = document.activeElement;
  const look = getComputedStyle(it);
  const seen = look.outlineStyle !== "none" || look.boxShadow !== "none";
  return {
    pill: it.matches(".hs-pin") ? it.textContent.trim() : "",
    link: it.matches("a.hs-name"),
    site: it.closest("[data-site]")?.dataset.site ?? "",
    seen,
  };
}
"""


@pytest.mark.parametrize("kind", ["list", "pill"])
def test_a_site_chosen_in_one_is_marked_in_the_other(visit, kind):
    page = visit().open("/map")
    wait_for_map(page)
    item = page.locator("li[data-site=yecheon-2023]")
    pill = page.locator(".hs-pin", has_text=item.get_attribute("data-name"))
    (item.locator("p").last if kind == "list" else pill).click()
    expect(item).to_have_class(re.compile(r"\bhs-on\b"))
    expect(pill.locator(".hs-pill")).to_have_class(re.compile(r"\bhs-on\b"))
    expect(page.locator("path.hs-site.hs-on")).to_have_count(1)


def wait_for_map(page: Page) -> None:
    """Wait until the land has come: it is the last thing that is drawn."""
    page.locator(".hs-map path.hs-land").first.wait_for()


def listed(page: Page) -> list[str]:
    """The slugs in the list beside the map, sorted."""
    return sorted(
        page.locator("li[data-site]").evaluate_all("(all) => all.map((it) => it.dataset.site)")
    )


def drawn(page: Page) -> list[str]:
    """The slugs of the shapes on the map, sorted: each is pressed and tells which site it is."""
    return sorted(page.evaluate(PRESS_EACH))


SITES_OF_CELLS = """
(all) => all.map((it) => it.getAttribute("href").split("/").pop().replace("-smart-crosswalk", ""))
"""
PRESS_EACH = """
() => {
  const told = [];
  const note = (event) => told.push(event.detail.site);
  document.addEventListener("hs:site", note);
  for (const shape of [...document.querySelectorAll("path.hs-site")]) {
    shape.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  }
  document.removeEventListener("hs:site", note);
  return told;
}
"""
