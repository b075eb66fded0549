"""Charts of the dashboard: drawn under the policy, accessible, and the same as their tables."""

from __future__ import annotations

import pytest

from tests.browser.addresses import Address
from tests.browser.test_pages import PHONE, faults
from tests.browser.visitor import DESK
from tests.planning import planned_work
from tests.reporting import AFTER, BEFORE

SHOWN = "/dashboard?site=sokcho-2023&as_of=2025-03-31"
DRAWN = """
() => [...document.querySelectorAll("[data-chart] canvas")].map((it) => {
  const chart = Chart.getChart(it);
  const table = it.closest("figure").querySelector("table");
  const columns = [...table.tHead.rows[0].cells].flatMap((head, n) => head.dataset.tone ? [n] : []);
  const told = columns.map((n) => [...table.tBodies[0].rows].map((row) => {
    const value = row.cells[n]?.dataset.value;
    return value === undefined ? null : Number(value);
  }));
  return {
    name: it.closest("[data-chart]").dataset.chart,
    same: JSON.stringify(told) === JSON.stringify(chart.data.datasets.map((set) => set.data)),
    told: told.flat().filter((value) => value).length,
    ticks: Math.max(...Object.values(chart.scales)
      .map((it) => it.type === "category" ? 0 : it.ticks.length)),
    fits: it.getBoundingClientRect().right <= innerWidth,
    words: document.getElementById(it.getAttribute("aria-labelledby")).textContent.length,
  };
})
"""


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_charts_are_drawn_from_their_tables(app, approved, visit, lang):
    planned_work(app)
    approved(BEFORE)
    approved(AFTER)
    address = Address(SHOWN, ready="body[data-charts='3']")
    visitor = visit(lang=lang)
    assert faults(visitor, address, lang) == []
    for width in (DESK["width"], PHONE):
        visitor.at_width(width)
        visitor.page.reload()
        visitor.page.locator("body[data-charts='3']").wait_for()
        drawn = visitor.page.evaluate(DRAWN)
        assert [it["name"] for it in drawn] == ["months", "milestones", "stages"]
        for it in drawn:
            assert it["same"], it
            assert it["fits"], it
            assert it["told"], it
            assert it["words"], it
            assert it["ticks"] <= 6, it
    table = visitor.page.locator("figure:has([data-chart=months]) details")
    table.locator("summary").press("Enter")
    assert table.get_attribute("open") is not None
    assert table.locator("tbody tr").count() > 12
