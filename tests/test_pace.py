"""Pace of coached and other sites, against numbers worked out by hand; unknown is left out."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from common.db import db
from common.facts import When
from tests.samples import SESSION
from tracker.coaching.pace import group_of, pace_of
from tracker.rollout import WITH_TOWN, find_sites, site_records
from tracker.states import State


def site(months: int | None, *states: State) -> SimpleNamespace:
    deployments = [SimpleNamespace(state=state) for state in states]
    return SimpleNamespace(deployments=deployments, months_to_completion=months)


def test_counts_and_median_are_those_worked_out_by_hand():
    group = group_of(
        [
            site(14, State.COMPLETION_REPORTED, State.WORKING),
            site(20, State.COMPLETION_REPORTED, State.PARTLY_INSTALLED, State.WITHDRAWN),
            site(None, State.PLANNED, State.NO_DATA),  # not complete: no month, and no zero
            site(None),  # what it deploys is not known
        ]
    )
    # 2 + 3 + 2 + 0 deployments; 2 + 1 complete, one withdrawn is none; (14 + 20) / 2 months.
    assert (group.sites, group.deployments, group.installed) == (4, 7, 3)
    assert group.months == (14, 20)
    assert group.median_months == 17
    odd = group_of([site(9), site(30), site(12), site(None)])
    assert odd.median_months == 12, "the middle one, not the mean of 17"
    nobody = group_of([])
    assert (nobody.sites, nobody.installed, nobody.median_months) == (0, 0, None)


def test_a_site_is_coached_from_its_first_session_with_somebody_else_on(app, login, logged):
    def pace(as_of: date, known_on: date | None = None):
        rows = db.session.scalars(find_sites(as_of=as_of).options(*WITH_TOWN)).all()
        records = site_records(rows, as_of=as_of, known_on=known_on)
        return len(records), pace_of(records, When(as_of, known_on))

    day, before = date(2025, 2, 10), date(2025, 2, 9)
    with app.app_context():
        sites, at_first = pace(day)
    own = SESSION | {"kind": "visit", "held_on": "2025-01-10", "without_agreement": None}
    assert login("municipality").post("/api/v1/coaching", json=own).status_code == 201
    with app.app_context():
        assert pace(day)[1] == at_first, "a site that logs its own visit was not coached by it"
    logged("coach", held_on=day.isoformat())
    logged("coach", held_on=day.isoformat())
    with app.app_context():
        _same, now = pace(day)
        assert now.coached.sites == at_first.coached.sites + 1, "two sessions make one site"
        assert now.others.sites == at_first.others.sites - 1
        assert now.coached.sites + now.others.sites == sites
        assert pace(before)[1].coached.sites == at_first.coached.sites
        unknown_then = pace(day, known_on=before)[1]
        assert unknown_then.coached == group_of([]), "nothing had been recorded by then"
        # Selected on 2023-04-13, completion reported on 2025-03-13: 23 whole months, and not
        # 22 or none the day before.
        eve, then = (pace(date(2025, 3, it))[1] for it in (12, 13))
        assert sorted([*eve.coached.months, 23]) == list(then.coached.months)
        assert eve.others == then.others
