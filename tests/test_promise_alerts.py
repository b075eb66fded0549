"""Early warning about what was promised: next steps, and time that was agreed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from accounts.organisations import Organisation
from common.db import db
from tests.watched import OLD, on
from tracker.alerts.rules import RuleName
from tracker.coaching.agreements import Agreement
from tracker.coaching.log import CoachingSession


def talk(sample, slug: str, held_on: date, **told: object) -> CoachingSession:
    """A session of Seongdong with the sample site."""
    session = CoachingSession(
        slug=slug,
        kind="coaching",
        site=sample.site,
        host=db.session.scalars(select(Organisation).where(Organisation.slug == "seongdong")).one(),
        held_on=held_on,
        recorded_at=OLD,
        **told,
        **sample.cited,
    )
    db.session.add(session)
    db.session.flush()
    return session


def test_a_next_step_is_overdue_a_working_day_after_its_day_and_says_nothing_private(sample):
    # 10 April 2024 was a general election, so the step was to be done on the 11th, a Thursday.
    secret = "아무도 모르는 다음 할 일"
    owner = db.session.scalars(select(Organisation).where(Organisation.slug == "seongdong")).one()
    steps = [
        {"key": "sample-step", "what": secret, "owner": owner, "due_on": date(2024, 4, 10)},
        {"key": "sample-other", "what": "b", "owner": owner},
    ]
    session = talk(sample, "sample-session", date(2024, 4, 1), actions=steps)
    assert on(date(2024, 4, 11), RuleName.ACTION_OVERDUE) == []
    (alert,) = on(date(2024, 4, 12), RuleName.ACTION_OVERDUE)
    assert (alert.measure, alert.owner.slug, alert.since, alert.key) == (
        1,
        "seongdong",
        date(2024, 4, 12),
        "action_overdue:sample-session:sample-step",
    )
    assert secret not in str(alert)
    session.actions[0].change(done_on=date(2024, 4, 20))
    db.session.flush()
    assert on(date(2024, 4, 19), RuleName.ACTION_OVERDUE), "it was open then"
    assert on(date(2024, 4, 20), RuleName.ACTION_OVERDUE) == []


def test_coaching_is_overdrawn_by_one_minute_more_than_agreed(sample):
    host = db.session.scalars(select(Organisation).where(Organisation.slug == "seongdong")).one()
    terms = {"minutes": 120, "begins_on": date(2024, 3, 1), "ends_on": date(2024, 12, 31)}
    told = {"key": "sample-agreement", "on": date(2024, 2, 1), "recorded_at": OLD}
    db.session.add(Agreement(site=sample.site, host=host, **told, **terms))
    talk(sample, "sample-before", date(2024, 2, 10), duration_min=600)
    talk(sample, "sample-one", date(2024, 4, 1), duration_min=60)
    talk(sample, "sample-two", date(2024, 5, 2), duration_min=60)
    talk(sample, "sample-unknown", date(2024, 5, 3))
    assert on(date(2024, 5, 31), RuleName.COACHING_OVERDRAWN) == []
    talk(sample, "sample-three", date(2024, 6, 3), duration_min=1)
    assert on(date(2024, 6, 2), RuleName.COACHING_OVERDRAWN) == []
    (alert,) = on(date(2024, 6, 3), RuleName.COACHING_OVERDRAWN)
    assert (alert.measure, alert.owner.slug, alert.since) == (1, "seongdong", date(2024, 6, 3))
    assert [it.value for it in alert.facts[:2]] == [120, 121]
