"""Planning: a site with budgets, days, quantities and spending, plainly a sample."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from catalog.sources import Source
from common.db import db
from tracker.deployments import Deployment
from tracker.money.ledger import Money
from tracker.plan.budgets import BudgetLine
from tracker.plan.milestones import Milestone
from tracker.progress import Quantity
from tracker.sites import Site

BEGUN = date(2023, 5, 1)
SPENT = ((700_000_001, date(2024, 4, 2)), (2_100_000_002, date(2025, 1, 9)))


def planned_work(app, site: str = "sokcho-2023") -> None:
    """Each deployment of `site` is due, expected later, and 4 of 10 are accepted.

    The quantity was told too high at first, and corrected later.
    """
    with app.app_context():
        source = db.session.scalars(select(Source).limit(1)).first()
        cited = {"mark": "verified", "source": source}
        place = db.session.scalars(select(Site).where(Site.slug == site)).one()
        chosen = select(Deployment).where(Deployment.site == place)
        for n, it in enumerate(db.session.scalars(chosen).unique()):
            db.session.add_all(_rows(n, cited | {"deployment": it, "on": BEGUN}))
        for n, (amount, on) in enumerate(SPENT):
            key = {"key": f"s-{n}", "site": place, "fund": "all", "stage": "spent"}
            db.session.add(Money(amount_won=amount, on=on, **key, **cited))
        db.session.commit()


def _rows(n: int, of: dict[str, object]) -> list[object]:
    ends = {"kind": "accepted", **of}
    due, hoped = date(2024, 3 + 2 * n, 20), date(2025, 6 + n, 1)
    wrong = Quantity(key=f"w-{n}", stage="accepted", value=10, **(of | {"on": date(2024, 2, 1)}))
    right = of | {"on": date(2024, 6, 30), "corrects": wrong}
    return [
        BudgetLine(key=f"b-{n}", fund="national", basis="planned", amount_won=10**9, **of),
        Milestone(key=f"m-{n}", basis="baseline", due=due, **ends),
        Milestone(key=f"f-{n}", basis="forecast", due=hoped, **(ends | {"on": date(2024, 9, 1)})),
        Quantity(key=f"p-{n}", stage="planned", value=10, **of),
        wrong,
        Quantity(key=f"a-{n}", stage="accepted", value=4, **right),
    ]
