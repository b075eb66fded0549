"""Plans: the two real stories replayed, milestones, budgets and what is worked out from them."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select

from catalog.sources import Mark
from common.db import db
from common.facts import Precision, When
from tracker.deployments import Deployment
from tracker.fact_days import first_day
from tracker.plan.milestones import (
    Basis,
    Milestone,
    MilestoneKind,
    find_milestones,
    forecasts_of,
    next_kind,
    slip_days,
    worse_in_a_row,
)
from tracker.states import State, is_skip, may_follow, next_states

pytestmark = pytest.mark.both_databases

POLE, CROSSWALK = "sokcho-2023-smart-pole", "sokcho-2023-smart-crosswalk"
SITE = "/api/v1/sites/sokcho-2023"
DAYS = ("2023-06-30", "2024-06-30", "2025-03-31")
HOSTILE = "<script>globalThis.x=1</script>{{7*7}}"


@pytest.fixture
def plan(client):
    """`plan("sokcho-2023", as_of=...)`: its plan as the API tells it."""

    def told(site: str = "sokcho-2023", **asked: str):
        answer = client.get(f"/api/v1/sites/{site}/plan", query_string=asked)
        assert answer.status_code == 200, answer.text
        return answer.json

    return told


def line_of(told, slug: str):
    return next(it for it in told["lines"] if it["deployment"]["slug"] == slug)


# The two real stories of the seeds, at three dates.

STORIES = {
    "sokcho-2023": {
        "states": ["planned", "planned", "completion_reported"],
        "spent_won": [None, None, None],
        POLE: [(29, None, "planned"), (29, None, "planned"), (29, 17, "completion_reported")],
        CROSSWALK: [(10, None, "planned"), (10, None, "planned"), (10, 17, "completion_reported")],
    },
    "boryeong-2023": {
        "states": ["planned", "planned", "completion_reported"],
        "spent_won": [None, None, 3_800_000_000],
        "boryeong-2023-smart-bus-shelter": [
            (None, None, "planned"),
            (None, None, "planned"),
            (None, 12, "completion_reported"),
        ],
        "boryeong-2023-disaster-drone": [(None, None, "planned")] * 3,
    },
}


@pytest.mark.parametrize("site", STORIES)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_stories_of_sokcho_and_boryeong_replayed_in_pages_json_and_files(
    client, plan, site, place
):
    story, on = STORIES[site], DAYS[place]
    told = client.get(f"/api/v1/sites/{site}?as_of={on}").json
    assert told["state"] == story["states"][place]
    assert told["national_won"] == told["local_won"] == 2_000_000_000
    assert told["spent_won"] == story["spent_won"][place]

    sheet = client.get(f"/deployments.xlsx?site={site}&as_of={on}").data
    rows = list(load_workbook(io.BytesIO(sheet)).active.iter_rows(values_only=True))
    in_file = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    of_plan = plan(site, as_of=on)
    for slug in (it for it in story if it.startswith(site)):
        planned, installed, state = story[slug][place]
        it = line_of(of_plan, slug)["deployment"]
        assert (it["planned_qty"], it["installed_qty"], it["state"]) == (planned, installed, state)
        row = in_file[slug]
        assert (row["planned_qty"], row["installed_qty"], row["state"]) == (
            planned,
            installed,
            state,
        )
    page = client.get(f"/sites/{site}/plan?as_of={on}&lang=en").text
    assert ("<strong>29</strong>" in page) == (site == "sokcho-2023")
    assert ("2025-01-16" in page or "2025-03-13" in page) == (place == 2)
    reached = client.get(f"/milestones.json?site={site}&basis=actual&as_of={on}").json
    assert len(reached) == ((4 if site == "sokcho-2023" else 3) if place == 2 else 0)


def test_what_yangju_planned_is_late_by_nothing_that_anybody_told(plan):
    line = line_of(plan("yangju-2023"), "yangju-2023-smart-crosswalk")
    assert [it["kind"] for it in line["milestones"]] == ["design", "installed"]
    assert line["slip_days"] == {"design": None, "installed": None}


# Calculations.


def test_a_slip_is_what_is_expected_less_the_plan_that_counts():
    class Due:
        def __init__(self, day: int) -> None:
            self.due = date(2024, 1, day)

    one, five, nine, three = (Due(day) for day in (1, 5, 9, 3))
    assert slip_days({Basis.BASELINE: one, Basis.FORECAST: five}) == 4
    assert slip_days({Basis.BASELINE: one, Basis.REVISED: five, Basis.FORECAST: nine}) == 4
    assert slip_days({Basis.BASELINE: five, Basis.FORECAST: nine, Basis.ACTUAL: three}) == -2
    assert slip_days({Basis.ACTUAL: three}) is None
    assert slip_days({Basis.BASELINE: three}) is None


@pytest.mark.parametrize(
    ("days", "worse"),
    [([], 0), ([1], 0), ([1, 2], 1), ([1, 2, 3], 2), ([3, 2, 3], 1), ([1, 2, 2], 0), ([2, 1], 0)],
)
def test_a_forecast_that_gets_worse_is_counted_up_to_the_newest(days, worse):
    assert worse_in_a_row([date(2024, 1, day) for day in days]) == worse


@given(st.lists(st.dates(), max_size=12))
def test_a_run_of_worse_forecasts_is_no_longer_than_their_changes(days):
    worse = worse_in_a_row(days)
    assert 0 <= worse <= max(0, len(days) - 1)
    run = days[len(days) - worse - 1 :] if worse else []
    assert run == sorted(set(run))


def test_the_next_milestone_is_the_one_after_the_last_reached():
    reached = {MilestoneKind.START: {Basis.ACTUAL: object()}}
    assert next_kind({}) is MilestoneKind.AGREEMENT
    assert next_kind(reached) is MilestoneKind.INSTALLED
    assert next_kind({MilestoneKind.IN_OPERATION: {Basis.ACTUAL: object()}}) is None


def test_states_only_go_forward_and_what_works_is_not_withdrawn():
    for before in State:
        for after in next_states(before):
            assert after.rank > before.rank
            assert not may_follow(after, before)
    assert may_follow(State.STARTED, State.WITHDRAWN)
    assert next_states(State.WORKING) == next_states(State.WITHDRAWN) == []
    assert is_skip(State.PLANNED, State.COMPLETION_REPORTED)
    assert not is_skip(State.PARTLY_INSTALLED, State.COMPLETION_REPORTED)


def test_a_day_known_to_the_year_may_stand_for_any_day_of_it():
    last = date(2024, 12, 31)
    firsts = [first_day(last, it) for it in (Precision.YEAR, Precision.MONTH, Precision.DAY)]
    assert firsts == [date(2024, 1, 1), date(2024, 12, 1), last]
    assert first_day(last, Precision.UNKNOWN) == date.min


# Any order of recording gives the same as-of.

FACTS = st.lists(
    st.tuples(
        st.sampled_from(list(MilestoneKind)[:2]),
        st.sampled_from(list(Basis)),
        st.integers(0, 20),
        st.integers(1, 300),
    ),
    max_size=6,
    unique_by=lambda it: it[:3],
)


@given(FACTS, st.randoms(use_true_random=False), st.integers(0, 21))
def test_any_order_of_recording_gives_the_same_as_of(house, facts, random, ask):
    begin = date(2024, 1, 1)
    shuffled = random.sample(facts, len(facts))
    answers = []
    with house.app.app_context():
        pole = db.session.scalars(select(Deployment).where(Deployment.slug == POLE)).one()
        for order in (facts, shuffled):
            for place, (kind, basis, on, due) in enumerate(order):
                day = begin + timedelta(on)
                fact = Milestone(key=f"m-{place}", deployment=pole, kind=kind, basis=basis, on=day)
                fact.due, fact.mark = begin + timedelta(due), Mark.REPORTED
                db.session.add(fact)
            db.session.flush()
            when = {"as_of": begin + timedelta(ask)}

            rows = db.session.scalars(find_milestones(deployment=pole, **when)).all()
            answers.append({(it.kind, it.basis): (it.on, it.due) for it in rows})
            db.session.rollback()
            pole = db.session.scalars(select(Deployment).where(Deployment.slug == POLE)).one()
    assert answers[0] == answers[1]


def load(app, tmp_path, kind: str, head: str, *rows: str):
    file = tmp_path / f"{kind}.csv"
    file.write_text("\n".join([head, *rows, ""]), "utf-8")
    return app.test_cli_runner().invoke(args=["load", kind, str(file)])


MILE = "key,deployment,kind,basis,due,on,mark"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (f"m,{POLE},accepted,actual,2099-01-01,2025-04-01,reported", "due"),
        (f"m,{POLE},accepted,actual,2023-01-01,2025-04-01,reported", "due"),
        (f"m,{POLE},accepted,forecast,2025-06-01,2099-04-01,reported", "on"),
        (f"m,{POLE},accepted,baseline,2025-06-01,2023-01-01,reported", "on"),
        (f"m,{POLE},accepted,actual,2025-03-01,2025-04-01,reported", "due"),
        (f"m,{POLE},landing,actual,2025-03-01,2025-04-01,reported", "kind"),
    ],
)
def test_a_milestone_that_cannot_be_is_refused_with_row_and_column(app, tmp_path, row, column):
    done = load(app, tmp_path, "milestones", MILE, row)
    assert done.exit_code != 0
    assert f"row 2, column {column}" in done.output, done.output


def test_forecasts_are_kept_and_the_newest_counts(app, tmp_path, client):
    rows = [
        f"f{n},{POLE},accepted,forecast,{due},{on},reported"
        for n, (due, on) in enumerate(
            [
                ("2025-04-30", "2025-03-20"),
                ("2025-05-31", "2025-04-20"),
                ("2025-07-31", "2025-05-20"),
            ]
        )
    ]
    rows.append(f"p,{POLE},accepted,baseline,2024-04-30,2023-05-01,reported")
    assert load(app, tmp_path, "milestones", MILE, *rows).exit_code == 0
    told = client.get("/api/v1/milestones?kind=accepted&site=sokcho-2023&as_of=2025-04-30").json
    assert {it["basis"]: it["due"] for it in told["items"]} == {
        "baseline": "2024-04-30",
        "forecast": "2025-05-31",
    }
    line = line_of(client.get(f"{SITE}/plan").json, POLE)
    assert line["slip_days"]["accepted"] == (date(2025, 7, 31) - date(2024, 4, 30)).days
    with app.app_context():
        pole = db.session.scalars(select(Deployment).where(Deployment.slug == POLE)).one()
        days = forecasts_of(pole, MilestoneKind.ACCEPTED, When.of())
        assert worse_in_a_row(days) == 2


def test_the_budget_stands_beside_the_money_committed_to_the_won(app, tmp_path, client):
    head = "key,deployment,fund,basis,amount_won,on,mark"
    rows = [
        f"a,{POLE},national,planned,1500000000,2023-05-01,reported",
        f"b,{POLE},local,planned,1500000000,2023-05-01,reported",
        f"c,{CROSSWALK},national,planned,500000000,2023-05-01,reported",
        f"d,{CROSSWALK},local,planned,499999999,2023-05-01,reported",
    ]
    assert load(app, tmp_path, "budgets", head, *rows).exit_code == 0
    told = client.get(f"{SITE}/plan").json
    assert told["budget_won"] == 3_999_999_999
    assert told["budget_won_by_fund"] == {
        "national": 2_000_000_000,
        "province": None,
        "municipality": None,
        "local": 1_999_999_999,
    }
    assert (told["committed_won"], told["difference_won"]) == (4_000_000_000, -1)
    page = client.get("/sites/sokcho-2023/plan?lang=en").text
    assert "KRW 1 is not budgeted" in page
    refused = load(app, tmp_path, "budgets", head, f"e,{POLE},all,planned,1,2023-05-01,reported")
    assert "column fund" in refused.output
