"""Dashboard and drawings: what follows from the facts, and where names stand on the map."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from common.db import db
from common.facts import When
from tracker.deployments import Deployment
from tracker.money.account import Account
from tracker.money.ledger import Fund, Money, MoneyStage
from tracker.monitor.dashboard import Finding, figures, findings
from tracker.monitor.maps import Box, drawing, side
from tracker.progress import Quantity, QuantityStage
from tracker.rollout import find_sites, site_records, whole_months

DAY = date(2025, 3, 31)


@pytest.fixture
def found(app):
    """What is found on a day: pairs of `what` and site."""

    def look(day: date) -> list[Finding]:
        rows = db.session.scalars(find_sites(as_of=day)).all()
        return findings(figures(site_records(rows, day), When(day)))

    with app.app_context():
        yield look


def pairs(rows: list[Finding]) -> set[tuple[str, str]]:
    return {(row.what, row.site.slug.removesuffix("-2023")) for row in rows}


def test_only_what_follows_from_the_facts_is_to_be_looked_at(found):
    assert pairs(found(DAY)) == {
        ("not_completed", "yecheon"),
        ("not_completed", "uiwang"),
        ("not_completed", "namwon"),
        ("not_completed", "goryeong"),
        ("not_completed", "yangju"),
        ("milestone", "yangju"),
        ("unspent", "boryeong"),
        ("deployment", "uiwang"),
        ("solutions", "okcheon"),
    }


def test_nobody_is_late_before_the_planned_time_is_over(found):
    early = {what for what, _site in pairs(found(date(2024, 4, 12)))}
    assert "not_completed" not in early
    assert ("not_completed", "sokcho") in pairs(found(date(2024, 4, 13)))
    assert ("not_completed", "sokcho") not in pairs(found(date(2025, 3, 13)))


def test_findings_come_kind_by_kind_the_late_first(found):
    kinds = [row.kind for row in found(DAY)]
    assert list(dict.fromkeys(kinds)) == ["late", "money", "conflict", "no_data"]


def test_the_share_working_is_counted_where_both_numbers_are_known(app):
    with app.app_context():
        rows = db.session.scalars(find_sites(as_of=DAY)).all()
        assert figures(site_records(rows, DAY), When(DAY)).working_units is None
        pole = select(Deployment).where(Deployment.slug == "sokcho-2023-smart-pole")
        source = db.session.scalars(select(Money)).first().source
        db.session.add(
            Quantity(
                key="working",
                deployment=db.session.scalars(pole).one(),
                stage=QuantityStage.WORKING,
                value=16,
                on=DAY,
                mark="verified",
                source=source,
            )
        )
        db.session.flush()
        assert figures(site_records(rows, DAY), When(DAY)).working_units == (16, 17)


def test_a_part_of_what_was_spent_is_not_the_whole():
    def row(amount: int) -> Money:
        return Money(amount_won=amount)

    committed = {
        (Fund.NATIONAL, MoneyStage.COMMITTED): row(20),
        (Fund.LOCAL, MoneyStage.COMMITTED): row(20),
    }
    part = {(Fund.NATIONAL, MoneyStage.SPENT): row(20)}
    rest = {(Fund.LOCAL, MoneyStage.SPENT): row(18)}
    assert Account(committed | part).spent_won is None
    assert Account(committed | part | rest).spent_won == 38
    assert Account(committed | {(Fund.ALL, MoneyStage.SPENT): row(38)}).spent_won == 38


@pytest.mark.parametrize(
    ("begin", "end", "months"),
    [
        (date(2023, 4, 13), date(2025, 3, 13), 23),
        (date(2023, 4, 13), date(2025, 3, 12), 22),
        (date(2023, 4, 13), date(2025, 1, 16), 21),
    ],
)
def test_months_count_when_they_are_over(begin, end, months):
    assert whole_months(begin, end) == months


def test_every_site_has_a_name_on_the_drawing_and_none_covers_another(app):
    with app.app_context():
        drawn = drawing(site_records(db.session.scalars(find_sites(track=None)).all()))
        names = [(it["name"], it["record"].municipality.short_en) for it in drawn["sites"]]
    assert len(names) == 14
    boxes = []
    for name, words in names:
        wide = len(words) * 11
        x = name["x"] - wide if name["side"] == "left" else name["x"]
        boxes.append(Box(x, name["y"] - 11, x + wide, name["y"] + 11))
    overlaps = [a.overlap(b) for i, a in enumerate(boxes) for b in boxes[:i]]
    assert sum(overlaps) < 0.05 * sum((b.x2 - b.x) * 22 for b in boxes)


@given(st.floats(0, 500), st.floats(0, 458), st.integers(1, 150))
def test_a_name_alone_stands_on_the_side_of_the_nearer_coast(x, y, wide):
    placed = side((x, x), y, (wide, 22), [])
    assert placed["side"] == ("left" if x < 205 else "right")
    assert placed["y"] == pytest.approx(y)
