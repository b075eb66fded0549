"""Papers made: reports that are asked for and made in a test, and what their files hold."""

from __future__ import annotations

import io
from datetime import date

import pytest
from hwpx import HwpxDocument
from openpyxl import load_workbook
from sqlalchemy import select

from accounts.organisations import Organisation
from catalog.sources import Source
from common.db import db
from tests.samples import PAPER
from tracker.coaching.agreements import Agreement
from tracker.deployments import Deployment
from tracker.money.ledger import Money
from tracker.papers.queue import queue_of
from tracker.plan.budgets import BudgetLine
from tracker.plan.milestones import Milestone
from tracker.progress import Quantity

API = "/api/v1/papers"


def worked_off(app) -> None:
    """Do what waits in the queue, one after the other, as the worker does."""
    queue = queue_of(app)
    while (task := queue.dequeue()) is not None:
        queue.execute(task)


def asked(person, **more: object) -> str:
    answer = person.post(API, json=PAPER | more)
    assert answer.status_code == 202, answer.text
    assert answer.json["state"] == "waiting"
    assert answer.headers["Location"].endswith(f"/papers/{answer.json['slug']}")
    return answer.json["slug"]


@pytest.fixture
def made(app):
    """`made(person, **order)`: the file of a report that was asked for and made."""

    def make(person, **more: object) -> bytes:
        slug = asked(person, **more)
        worked_off(app)
        told = person.get(f"{API}/{slug}").json
        assert (told["state"], told["progress"]) == ("done", 100), told
        answer = person.get(f"{API}/{slug}/file")
        assert answer.status_code == 200
        assert told["file_name"] in answer.headers["Content-Disposition"]
        return answer.data

    return make


def sheets(xlsx: bytes) -> dict[str, list[list[object]]]:
    """The filled cells of each sheet, row by row, by its name without the number."""
    book = load_workbook(io.BytesIO(xlsx))
    return {
        sheet.title.partition(". ")[2]: [
            [cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in book.worksheets
    }


def words_of(hwpx: bytes) -> str:
    return str(HwpxDocument.open(io.BytesIO(hwpx)).text.plain())


def shown(amount: object) -> object:
    """What stands in a workbook for a value of the API."""
    return "No data" if amount is None else amount


@pytest.fixture
def sokcho_planned(app):
    """Samples: budget, day, quantities, spending and an agreement for Sokcho."""
    with app.app_context():
        chosen = select(Deployment).where(Deployment.slug.startswith("sokcho-2023"))
        works = db.session.scalars(chosen).unique().all()
        site, on = works[0].site, date(2023, 5, 1)
        of = {"mark": "verified", "source": db.session.scalars(select(Source).limit(1)).first()}
        for n, it in enumerate(works):
            told = of | {"deployment": it, "on": on}
            db.session.add_all(
                [
                    BudgetLine(
                        key=f"b-{n}",
                        fund="all",
                        basis="planned",
                        amount_won=999_999_999 * (n + 1),
                        **told,
                    ),
                    Milestone(
                        key=f"m-{n}",
                        kind="installed",
                        basis="baseline",
                        due=date(2024, 6 + n, 1),
                        **told,
                    ),
                    Quantity(key=f"q-{n}", stage="planned", value=7, **told),
                    Quantity(
                        key=f"w-{n}", stage="working", value=3, **(told | {"on": date(2025, 1, 1)})
                    ),
                ]
            )
        spent = {"fund": "all", "stage": "spent", "amount_won": 2 * 10**9, "on": on}
        host = db.session.scalars(select(Organisation).where(Organisation.slug == "seongdong"))
        days = {"begins_on": on, "ends_on": date(2026, 1, 1), "on": on}
        db.session.add(Money(key="spent", site=site, **spent, **of))
        db.session.add(Agreement(key="agreed", site=site, host=host.one(), minutes=600, **days))
        db.session.commit()
