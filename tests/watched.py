"""Watched: a sample site that the rules of early warning are tried on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from accounts.organisations import Organisation, OrganisationKind
from catalog.solutions import Solution
from catalog.sources import Source
from common.db import db, now
from common.facts import When
from tracker.alerts.alerts import Alert
from tracker.alerts.inbox import ground_of, ruled
from tracker.alerts.rules import RuleName
from tracker.deployments import Deployment
from tracker.municipalities import Municipality
from tracker.reports.months import month_before, month_end
from tracker.reports.periods import Closing
from tracker.rounds import Round
from tracker.sites import Site

SELECTED = date(2024, 1, 1)
OLD = datetime(2024, 1, 1, tzinfo=UTC)  # when samples were recorded, unless they say otherwise


@pytest.fixture
def sample(app):
    """A site of the diffusion round with one deployment; `sample.add` puts a fact on record."""
    with app.app_context():
        source = db.session.scalars(select(Source).limit(1)).one()
        cited = {"mark": "verified", "source": source}
        town = Municipality(
            slug="sample-town",
            organisation=Organisation(
                slug="sample-org",
                kind=OrganisationKind.MUNICIPALITY,
                name_ko="표본시",
                name_en="Sample-si",
            ),
            **cited,
        )
        round_ = db.session.scalars(select(Round).where(Round.track == "diffusion")).one()
        site = Site(
            slug="sample-2024",
            municipality=town,
            round=round_,
            selected_on=SELECTED,
            recorded_at=OLD,
            **cited,
        )
        solution = db.session.scalars(select(Solution).limit(1)).unique().one()
        place = Deployment(
            slug="sample-2024-pole",
            site=site,
            solution=solution,
            unit="place",
            recorded_at=OLD,
            **cited,
        )
        db.session.add_all([site, place])
        db.session.flush()
        made = iter(range(1000))

        def add(model, **values):
            dated = {"key": f"sample-{next(made)}", "recorded_at": OLD, **cited} | values
            row = model(**dated)
            db.session.add(row)
            db.session.flush()
            db.session.refresh(row)
            return row

        yield SimpleNamespace(site=site, place=place, add=add, cited=cited, town=town)
        db.session.rollback()


@pytest.fixture
def reporting(app):
    """The ministry closed a month some months ago, and so monthly reports are in use since."""
    begin_reporting(app)


def begin_reporting(app) -> None:
    """Close a sample month as if a hundred days ago."""
    at = now() - timedelta(days=100)
    month = month_before(at.date())
    closing = Closing(month=month, until=month_end(month), nth=1, reason="표본", closed_at=at)
    with app.app_context():
        db.session.add(closing)
        db.session.commit()


def on(day: date, rule: RuleName, known_on: date | None = None) -> list[Alert]:
    """What a rule finds about the sample on a day, or about the catalog."""
    found = ruled(ground_of(When(day, known_on)), [rule])
    return [it for it in found if it.site is None or it.site.slug == "sample-2024"]
