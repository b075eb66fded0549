"""Early warning: each rule at its threshold and just below, as of any day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from accounts.users import User
from catalog.editing.versions import EntryVersion
from catalog.evidence import Evidence
from catalog.solutions import Solution
from common.db import db
from common.facts import When, today
from common.locale import _WORDS
from tests.watched import OLD, SELECTED, on
from tracker.alerts.inbox import ASKED, ground_of, ruled
from tracker.alerts.rules import RULES, RuleName
from tracker.money.ledger import Money
from tracker.plan.milestones import Milestone
from tracker.progress import Progress
from tracker.register.inspections import Inspection
from tracker.register.units import InstalledUnit
from tracker.reports.periods import Closing
from tracker.reports.reports import Report, ReportState


def test_every_rule_can_be_asked_and_read_with_the_numbers_it_counts_with():
    assert list(RULES) == list(ASKED) == list(RuleName)
    for name, rule in RULES.items():
        assert rule.limits, name
        assert all(str(limit) in rule.sentence for limit in rule.limits.values()), name
        assert "%(" not in rule.sentence
        assert rule.counted, name
        assert rule.act, name
        assert (RuleName, name.value) in _WORDS


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 3, tzinfo=UTC)


def told(sample, month: date, *steps: tuple[ReportState, datetime]) -> Report:
    """A report of the sample site, taken through `steps`."""
    who = db.session.scalars(select(User).limit(1)).one()
    report = Report(slug=f"sample-{month}", site=sample.site, month=month, on=month, lines=[])
    for what, at in steps:
        report.take(what, who)
        report.steps[-1].recorded_at = at
    db.session.add(report)
    db.session.flush()
    return report


def test_nobody_is_silent_before_reports_are_in_use_nor_for_old_months_told_late(sample):
    day = date(2026, 6, 20)
    assert list(ruled(ground_of(When(day)), [RuleName.SILENT_SITE])) == []
    # The first report of the round comes in June, of a month two years ago: May binds all.
    told(sample, date(2024, 3, 1), (ReportState.SUBMITTED, noon(2026, 6, 15)))
    assert on(date(2026, 6, 14), RuleName.SILENT_SITE) == [], "the day before answers as it did"
    assert on(day, RuleName.SILENT_SITE, date(2026, 6, 14)) == [], "nobody knew of it then"
    others = list(ruled(ground_of(When(day)), [RuleName.SILENT_SITE]))
    assert len(others) == 9, "also the sample: it told of an old month only"
    assert {(it.measure, it.since) for it in others} == {(1, date(2026, 6, 15))}
    assert others[0].facts[1].value == "2026-05"
    # A round of which nobody reported stays out of it.
    assert {it.record.round.track for it in others} == {"diffusion"}


def test_a_site_is_silent_from_the_day_on_which_its_month_is_closed(sample):
    told(sample, SELECTED, (ReportState.SUBMITTED, noon(2024, 1, 31)))
    assert on(date(2024, 3, 9), RuleName.SILENT_SITE) == []
    (alert,) = on(date(2024, 3, 10), RuleName.SILENT_SITE)
    assert (alert.since, alert.measure, alert.owner.slug) == (date(2024, 3, 10), 1, "sample-org")
    assert alert.act_path == "/sites/sample-2024/reports/2024-02"
    month = {"month": date(2024, 2, 1), "until": date(2024, 2, 29), "nth": 1, "reason": "표본"}
    db.session.add(Closing(closed_at=noon(2024, 3, 3), **month))
    assert on(date(2024, 3, 2), RuleName.SILENT_SITE) == []
    assert on(date(2024, 3, 3), RuleName.SILENT_SITE)[0].since == date(2024, 3, 3)
    assert on(date(2024, 3, 9), RuleName.SILENT_SITE, date(2024, 3, 2)) == [], "not known yet"
    event = {"site": sample.site, "text_ko": "표본", "text_en": "Sample"}
    sample.add(Progress, state="working", on=date(2024, 3, 20), **event)
    (alert,) = on(date(2024, 6, 30), RuleName.SILENT_SITE)
    assert (alert.measure, alert.act_path[-7:]) == (2, "2024-03"), "what works tells no more"
    for month in (2, 3):
        told(sample, date(2024, month, 1), (ReportState.SUBMITTED, noon(2024, 7, 1)))
    assert on(date(2024, 7, 1), RuleName.SILENT_SITE) == []


def test_a_submitted_report_ends_the_silence_and_a_returned_one_does_not(sample):
    steps = ((ReportState.SUBMITTED, noon(2024, 3, 5)), (ReportState.RETURNED, noon(2024, 3, 8)))
    told(sample, date(2024, 2, 1), *steps)
    day = date(2024, 3, 31)
    assert on(day, RuleName.SILENT_SITE, date(2024, 3, 6)) == []
    assert on(day, RuleName.SILENT_SITE, date(2024, 3, 4)) == [], "reports were not in use"
    assert on(day, RuleName.SILENT_SITE)[0].measure == 1, "returned is not told"


def test_a_milestone_is_late_at_thirty_days_by_its_forecast_or_by_the_calendar(sample):
    due = date(2024, 6, 1)
    told = {"deployment": sample.place, "kind": "installed"}
    sample.add(Milestone, basis="baseline", on=SELECTED, due=due, **told)
    assert on(due + timedelta(days=29), RuleName.MILESTONE_SLIP) == []
    (alert,) = on(due + timedelta(days=30), RuleName.MILESTONE_SLIP)
    assert (alert.measure, alert.unit, alert.since) == (30, "days", due + timedelta(days=30))
    for day, slip in ((date(2024, 3, 1), 29), (date(2024, 4, 1), 30)):
        forecast = due + timedelta(days=slip)
        sample.add(Milestone, basis="forecast", on=day, due=forecast, **told)
    assert on(date(2024, 3, 31), RuleName.MILESTONE_SLIP) == []
    (alert,) = on(date(2024, 4, 1), RuleName.MILESTONE_SLIP)
    assert alert.since == date(2024, 4, 1)
    assert [it.value for it in alert.facts] == ["2024-06-01", "2024-07-01"]
    sample.add(Milestone, basis="actual", on=date(2024, 8, 1), due=date(2024, 8, 1), **told)
    assert on(date(2024, 7, 31), RuleName.MILESTONE_SLIP)[0].measure == 60
    assert on(date(2024, 8, 1), RuleName.MILESTONE_SLIP) == [], "what is reached is late no more"


def test_a_forecast_is_told_when_it_came_later_three_times_in_a_row(sample):
    told = {"deployment": sample.place, "kind": "accepted", "basis": "forecast"}
    for month in range(1, 5):
        due = date(2024, 8, month)
        sample.add(Milestone, on=date(2024, month, 2), due=due, **told)
    assert on(date(2024, 4, 1), RuleName.FORECAST_WORSE) == []
    (alert,) = on(date(2024, 4, 2), RuleName.FORECAST_WORSE)
    assert (alert.measure, alert.since, len(alert.facts)) == (3, date(2024, 4, 2), 4)
    sample.add(Milestone, on=date(2024, 5, 2), due=date(2024, 8, 4), **told)
    assert on(date(2024, 5, 2), RuleName.FORECAST_WORSE) == [], "a repeated one ends the run"


def test_local_money_is_to_be_budgeted_within_ninety_days(sample):
    assert on(SELECTED + timedelta(days=89), RuleName.BUDGET_NOT_PASSED) == []
    day = SELECTED + timedelta(days=90)
    (alert,) = on(day, RuleName.BUDGET_NOT_PASSED)
    assert alert.facts[-1].value is None, "unknown is not nothing"
    money = {"site": sample.site, "fund": "local", "on": SELECTED}
    sample.add(Money, stage="committed", amount_won=1000, **money)
    passed = sample.add(Money, stage="budgeted", amount_won=999, **money)
    (alert,) = on(day, RuleName.BUDGET_NOT_PASSED)
    assert (alert.measure, alert.unit) == (1, "won")
    sample.add(Money, stage="budgeted", amount_won=1000, corrects=passed, **money)
    assert on(day, RuleName.BUDGET_NOT_PASSED) == []


def test_a_match_is_short_to_the_won(sample):
    day = date(2024, 6, 1)
    money = {"site": sample.site, "stage": "committed"}
    sample.add(Money, fund="national", amount_won=2_000, on=SELECTED, **money)
    assert on(day, RuleName.MATCH_SHORT) == [], "local money is unknown"
    short = sample.add(Money, fund="local", amount_won=1_999, on=date(2024, 2, 1), **money)
    (alert,) = on(day, RuleName.MATCH_SHORT)
    assert (alert.measure, alert.unit, alert.since) == (1, "won", date(2024, 2, 1))
    later = datetime(2024, 7, 1, tzinfo=UTC)
    sample.add(
        Money,
        fund="local",
        amount_won=2_000,
        on=date(2024, 2, 1),
        corrects=short,
        recorded_at=later,
        **money,
    )
    assert on(day, RuleName.MATCH_SHORT) == []
    assert (
        on(day, RuleName.MATCH_SHORT, date(2024, 6, 30)) == [alert]
        or on(day, RuleName.MATCH_SHORT, date(2024, 6, 30))[0].measure == 1
    ), "as it was known before the correction"


def test_spending_is_behind_at_twenty_points_of_the_term(sample):
    money = {"site": sample.site, "fund": "all", "on": SELECTED}
    years = sample.site.round.years
    term = (SELECTED.replace(year=SELECTED.year + years) - SELECTED).days
    sample.add(Money, stage="committed", amount_won=term, **money)
    day = SELECTED + timedelta(days=term // 2)
    assert on(day, RuleName.SPENDING_BEHIND) == [], "what was spent is unknown"
    # Behind by exactly so many days of the term, as won.
    limit = -(-term * 20 // 100)
    just = sample.add(Money, stage="spent", amount_won=term // 2 - limit + 1, **money)
    assert on(day, RuleName.SPENDING_BEHIND) == []
    sample.add(Money, stage="spent", amount_won=term // 2 - limit, corrects=just, **money)
    (alert,) = on(day, RuleName.SPENDING_BEHIND)
    assert (alert.unit, alert.since) == ("points", day)
    assert alert.measure == pytest.approx(100 * limit / term, abs=0.06)
    assert on(day - timedelta(days=1), RuleName.SPENDING_BEHIND) == []


def units(sample, number: int, **more):
    return [
        sample.add(
            Unit,
            key=None,
            slug=f"sample-unit-{place}",
            deployment=sample.place,
            asset_number=str(place),
            installed_on=SELECTED,
            **more,
        )
        for place in range(number)
    ]


def Unit(*, key, mark, source, **values):  # noqa: N802 - made as a fact is
    return InstalledUnit(**values)


def look(sample, unit, result: str, day: date) -> None:
    row = Inspection(
        key=f"look-{unit.slug}-{day}", unit=unit, on=day, result=result, recorded_at=OLD
    )
    db.session.add(row)
    db.session.flush()


def test_units_fail_at_ten_per_cent_of_the_inspected_from_five_on(sample):
    day = date(2024, 5, 1)
    all_units = units(sample, 12)
    for unit in all_units[:3]:
        look(sample, unit, "working", day)
    look(sample, all_units[3], "faulty", day)
    assert on(day, RuleName.UNITS_FAILING) == [], "four of twelve were looked at"
    for unit in all_units[4:10]:
        look(sample, unit, "working", day)
    (alert,) = on(day, RuleName.UNITS_FAILING)
    assert (alert.measure, alert.unit, alert.since) == (10, "percent", day)
    assert on(day - timedelta(days=1), RuleName.UNITS_FAILING) == []
    look(sample, all_units[10], "working", day + timedelta(days=1))
    assert on(day + timedelta(days=1), RuleName.UNITS_FAILING) == [], "one of eleven"
    look(sample, all_units[11], "missing", day + timedelta(days=2))
    assert on(day + timedelta(days=2), RuleName.UNITS_FAILING)[0].measure == 16.7


def test_a_warranty_is_told_ninety_days_before_it_ends_until_it_has(sample):
    last = date(2025, 6, 30)
    units(sample, 2, warranty_until=last)
    assert on(last - timedelta(days=91), RuleName.WARRANTY_ENDING) == []
    (alert,) = on(last - timedelta(days=90), RuleName.WARRANTY_ENDING)
    assert (alert.measure, alert.since) == (90, last - timedelta(days=90))
    assert alert.facts[0].value == 2
    assert on(last, RuleName.WARRANTY_ENDING)[0].measure == 0
    assert on(last + timedelta(days=1), RuleName.WARRANTY_ENDING) == []


def test_evidence_is_past_its_review_the_day_after(sample):
    row = db.session.scalars(select(Evidence).order_by(Evidence.id).limit(1)).unique().one()
    row.review_by = date(2024, 5, 5)
    db.session.flush()
    assert on(date(2024, 5, 5), RuleName.EVIDENCE_PAST_REVIEW) == []
    (alert,) = on(date(2024, 5, 6), RuleName.EVIDENCE_PAST_REVIEW)
    assert (alert.subject, alert.owner.kind, alert.site) == (row.slug, "ministry", None)


def test_english_is_stale_fourteen_days_after_its_korean_changed(sample):
    texts = {"name_ko": "가", "name_en": "A", "slug": "smart-pole"}
    for number, name, day in ((1, "가", 1), (2, "나", 5), (3, "다", 9)):
        version = {"content": texts | {"name_ko": name}, "still_right": []}
        at = datetime(2024, 6, day, 3, tzinfo=UTC)
        db.session.add(
            EntryVersion(
                kind="solution", name="smart-pole", number=number, recorded_at=at, **version
            )
        )
    db.session.flush()
    assert on(date(2024, 6, 18), RuleName.TRANSLATION_STALE) == []
    (alert,) = on(date(2024, 6, 19), RuleName.TRANSLATION_STALE)
    assert (alert.key, alert.measure) == ("translation_stale:solution:smart-pole", 14)
    row = db.session.scalars(select(Solution).where(Solution.slug == "smart-pole")).unique().one()
    row.problem_ko, row.problem_en = "국문", None
    db.session.flush()
    keys = {it.key for it in on(today(), RuleName.TRANSLATION_STALE)}
    assert "translation_stale:missing:smart-pole" in keys
    assert len(on(date(2024, 6, 19), RuleName.TRANSLATION_STALE)) == 1, "told as of today only"


def test_a_withdrawn_site_is_warned_of_nothing(sample):
    event = {"site": sample.site, "text_ko": "표본", "text_en": "Sample", "on": date(2024, 1, 9)}
    sample.add(Progress, state="withdrawn", **event)
    money = {"site": sample.site, "stage": "committed", "on": SELECTED}
    sample.add(Money, fund="national", amount_won=2, **money)
    sample.add(Money, fund="local", amount_won=1, **money)
    told = {"deployment": sample.place, "kind": "installed", "basis": "baseline"}
    sample.add(Milestone, on=SELECTED, due=SELECTED, **told)
    day = date(2025, 6, 1)
    assert [it.key for name in RuleName for it in on(day, name) if it.site] == []
