"""Actuals: what tracked sites paid and took stands beside the plan, and is not told of too few."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from catalog.costing.actuals import FEWEST, spread
from catalog.solutions import Solution
from common.db import db
from tracker.deployments import Deployment
from tracker.plan.budgets import BudgetLine
from tracker.plan.milestones import Milestone
from tracker.progress import Quantity
from tracker.sites import Site

DAY = date(2024, 6, 1)
REPORTED = {"mark": "reported", "on": DAY}


def test_quartiles_agree_with_a_published_example():
    """R's documentation of type 7: quantile(c(1, 2, 4, 8)) gives 1.75, 3 and 5."""
    found = spread([8, 1, 4, 2])
    assert (found.low, found.median, found.high) == (1.75, 3, 5)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=9))
def test_quarters_hold_the_middle_whatever_the_order_and_few_are_not_told(values):
    found = spread(values)
    assert found == spread(sorted(values))
    assert found.n == len(values)
    assert found.is_shown == (found.median is not None) == (len(values) >= FEWEST)
    if found.is_shown:
        assert min(values) <= found.low <= found.median <= found.high <= max(values)


@pytest.fixture
def sample(app):
    """A sample solution; `sample(3)` deploys it at three more sites, finished at each."""
    with app.app_context():
        solution = Solution(
            slug="sample-solution",
            name_ko="표본 솔루션",
            name_en="Sample solution",
            kind="special",
            service_field="safety",
            aliases=[],
            parts_ko=[],
            parts_en=[],
            mark="reported",
        )
        db.session.add(solution)
        db.session.commit()

    def deploy(sites: int) -> None:
        with app.app_context():
            made = db.session.scalars(select(Solution).filter_by(slug="sample-solution")).one()
            taken = select(Deployment.site_id).where(Deployment.solution_id == made.id)
            free = select(Site).where(Site.id.not_in(taken)).order_by(Site.id).limit(sites)
            for site in db.session.scalars(free).unique().all():
                _finished(site, made)
            db.session.commit()

    return deploy


def _finished(site: Site, solution: Solution) -> None:
    n = site.id
    it = Deployment(slug=f"sample-{n}", site=site, solution=solution, unit="place", mark="reported")
    counts = (("planned", 10), ("installed", 10), ("accepted", 8), ("working", 4))
    db.session.add_all(
        [
            it,
            Milestone(
                key=f"sample-{n}-done",
                deployment=it,
                kind="accepted",
                basis="actual",
                due=DAY,
                **REPORTED,
            ),
            BudgetLine(
                key=f"sample-{n}-budget",
                deployment=it,
                fund="national",
                basis="planned",
                amount_won=80_000_000,
                **REPORTED,
            ),
            *(
                Quantity(
                    key=f"sample-{n}-{stage}", deployment=it, stage=stage, value=value, **REPORTED
                )
                for stage, value in counts
            ),
        ]
    )


def test_two_sites_are_counted_and_three_are_told(sample, client):
    address, page = "/api/v1/solutions/sample-solution", "/solutions/sample-solution?lang=en"
    assert client.get(address).json["actuals"] == []
    sample(2)
    told = {it["kind"]: it["real"] for it in client.get(address).json["actuals"]}
    assert set(told) == {"unit_cost", "lead_time", "share_working"}
    assert all(it["n"] == 2 and it["median"] is None for it in told.values())
    assert "too few to tell: n = 2, of at least 3" in client.get(page).text
    assert "KRW 10 million" not in client.get(page).text
    sample(1)
    rows = {it["kind"]: it for it in client.get(address).json["actuals"]}
    assert rows["unit_cost"]["real"]["median"] == 10_000_000, "80 million over 8 accepted"
    assert rows["unit_cost"]["planned"]["median"] == 8_000_000, "80 million over 10 planned"
    assert rows["share_working"]["real"]["median"] == 40
    assert rows["lead_time"]["real"]["n"] == 3
    assert rows["lead_time"]["planned"]["n"] == 0
    text = client.get(page).text
    assert "KRW 10 million" in text
    assert "n = 3" in text
