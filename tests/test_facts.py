"""Dated facts: what held on a day, what was known on a day, and what a correction does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from catalog.sources import Source
from common.db import UtcTime, db
from common.facts import Precision, When, held, latest
from common.locale import day
from tracker.deployments import Deployment
from tracker.money.ledger import Fund, Money, MoneyStage
from tracker.progress import Progress, Quantity, QuantityStage
from tracker.sites import Site
from tracker.states import State

pytestmark = pytest.mark.both_databases

SELECTED, JANUARY, MARCH = "2023-04-13", "2025-01-20", "2025-03-31"
LONG_AGO = "2020-01-01"
POLE = "sokcho-2023-smart-pole"


@pytest.fixture
def tell(app):
    """`tell(Quantity, key=..., ...)` commits a fact, as one that was read in some source."""

    def add(model, **values):
        corrects = values.pop("corrects", None)
        with app.app_context():
            old = corrects and db.session.scalars(select(model).where(model.key == corrects)).one()
            source = db.session.scalars(select(Source).limit(1)).one()
            for name, of in (("deployment", Deployment), ("site", Site)):
                if name in values:
                    one = select(of).where(of.slug == values[name])
                    values[name] = db.session.scalars(one).one()
            db.session.add(model(mark="verified", source=source, corrects=old, **values))
            db.session.commit()

    return add


@pytest.fixture
def told(client):
    """`told("sites/sokcho-2023", as_of=...)`: what the API tells."""

    def ask(where: str, **asked: str):
        answer = client.get(f"/api/v1/{where}", query_string=asked)
        assert answer.status_code == 200, answer.text
        return answer.json

    return ask


def planned(key: str, on: date, value: int, **more):
    fact = {"key": key, "on": on, "value": value, "stage": QuantityStage.PLANNED}
    return fact | {"deployment": POLE} | more


@pytest.mark.parametrize(
    ("site", "states"),
    [
        ("sokcho-2023", ("planned", "planned", "completion_reported")),
        ("boryeong-2023", ("planned", "completion_reported", "completion_reported")),
        ("uiwang-2023", ("planned", "started", "started")),
        ("namwon-2023", ("planned", "started", "started")),
        ("yecheon-2023", ("planned", "partly_installed", "partly_installed")),
        ("yangju-2023", ("planned", "planned", "planned")),
        ("okcheon-2023", ("no_data", "no_data", "no_data")),
    ],
)
def test_a_site_is_as_far_as_it_was_known_to_be_on_a_day(told, site, states):
    found = tuple(told(f"sites/{site}", as_of=on)["state"] for on in (SELECTED, JANUARY, MARCH))
    assert found == states


def test_the_list_of_a_day_agrees_with_the_pages_of_that_day(told):
    for on in (SELECTED, JANUARY, MARCH):
        listed = {it["slug"]: it["state"] for it in told("sites", as_of=on)["items"]}
        assert len(listed) == 8
        for slug, state in listed.items():
            assert told(f"sites/{slug}", as_of=on)["state"] == state
            alike = told("sites", as_of=on, state=state)["items"]
            assert slug in {it["slug"] for it in alike}


def test_nobody_was_selected_before_the_day_of_selection(told):
    assert told("sites", as_of="2023-04-12")["total"] == 0
    assert told("sites", as_of=SELECTED)["total"] == 8


def test_quantities_appear_on_their_day_and_not_before(told):
    before = told(f"deployments/{POLE}", as_of="2025-03-12")
    after = told(f"deployments/{POLE}", as_of="2025-03-13")
    assert (before["planned_qty"], before["installed_qty"]) == (29, None)
    assert (after["planned_qty"], after["installed_qty"]) == (29, 17)
    assert (before["state"], after["state"]) == ("planned", "completion_reported")


def test_what_was_spent_appears_on_its_day(told):
    assert told("sites/boryeong-2023", as_of="2025-01-15")["spent_won"] is None
    assert told("sites/boryeong-2023", as_of="2025-01-16")["spent_won"] == 3_800_000_000
    assert told("dashboard", as_of=JANUARY)["spent_won"] == 3_800_000_000


def test_the_dashboard_counts_the_completed_of_a_day(told):
    found = [told("dashboard", as_of=on)["completed"] for on in (SELECTED, JANUARY, MARCH)]
    assert found == [0, 1, 2]


def test_before_anything_was_recorded_nothing_was_known(told):
    site = told("sites/sokcho-2023", as_of=MARCH, known_on=LONG_AGO)
    assert site["state"] in ("no_data", "planned")
    for name in ("national_won", "local_won", "match_shortfall_won", "spent_won", "population"):
        assert site[name] is None
    assert (site["progress"], site["money"]) == ([], [])
    for it in site["deployments"]:
        assert {it[f"{stage.value}_qty"] for stage in QuantityStage} == {None}
    figures = told("dashboard", as_of=MARCH, known_on=LONG_AGO)
    assert (figures["national_won"], figures["completed"], figures["spent_won"]) == (0, 0, None)


def test_a_session_was_not_known_before_it_was_logged(told):
    assert told("coaching", known_on=LONG_AGO)["total"] == 0
    assert told("coaching")["total"] > 0
    assert told("sites/uiwang-2023", known_on=LONG_AGO)["sessions"] == 0
    assert told("dashboard", known_on=LONG_AGO)["sessions"] == 0


def test_the_newest_fact_of_a_day_counts(told, tell):
    tell(Quantity, **planned("a-plan", date(2023, 9, 1), 25))
    assert told(f"deployments/{POLE}", as_of="2023-08-31")["planned_qty"] == 29
    assert told(f"deployments/{POLE}", as_of="2023-09-01")["planned_qty"] == 25


def test_a_correction_takes_the_place_of_what_it_corrects(told, tell):
    old = f"{POLE}-planned-2023-04-14"
    tell(Quantity, **planned("mended", date(2023, 4, 14), 28, corrects=old))
    for on in ("2023-04-14", MARCH):
        assert told(f"deployments/{POLE}", as_of=on)["planned_qty"] == 28
    assert told(f"deployments/{POLE}", as_of="2023-04-13")["planned_qty"] is None


def test_as_known_before_the_correction_the_old_value_stands(told, tell):
    early, late = (datetime(2024, 5, day, 3, tzinfo=UTC) for day in (1, 9))
    tell(Quantity, **planned("first", date(2023, 5, 1), 31, recorded_at=early))
    tell(Quantity, **planned("mended", date(2023, 5, 1), 13, corrects="first", recorded_at=late))

    def as_known(on: str):
        return told(f"deployments/{POLE}", as_of="2023-05-02", known_on=on)["planned_qty"]

    assert [as_known(f"2024-{on}") for on in ("04-30", "05-01", "05-08", "05-09")] == [
        None,
        31,
        31,
        13,
    ]


def test_a_corrected_fact_does_not_come_back_when_the_correction_is_corrected(told, tell):
    tell(Quantity, **planned("one", date(2023, 5, 1), 1))
    tell(Quantity, **planned("two", date(2023, 5, 1), 2, corrects="one"))
    tell(Quantity, **planned("three", date(2023, 5, 1), 3, corrects="two"))
    assert told(f"deployments/{POLE}", as_of="2023-05-02")["planned_qty"] == 3


def test_a_corrected_state_is_no_longer_shown(told, tell):
    tell(
        Progress,
        key="not-complete-yet",
        site="sokcho-2023",
        state=State.STARTED,
        text_ko="고침",
        text_en="Mended",
        on=date(2025, 3, 13),
        corrects="sokcho-2023-completion-report",
    )
    # The installed quantities still say that a part of it stands.
    assert told("sites/sokcho-2023", as_of=MARCH)["state"] == "partly_installed"


def test_corrected_money_counts_once_in_the_match(told, tell):
    tell(
        Money,
        key="less-local-money",
        site="uiwang-2023",
        fund=Fund.LOCAL,
        stage=MoneyStage.COMMITTED,
        amount_won=1_999_999_999,
        on=date(2023, 4, 13),
        corrects="uiwang-2023-local-committed-2023-04-13",
    )
    site = told("sites/uiwang-2023")
    assert (site["local_won"], site["match_shortfall_won"]) == (1_999_999_999, 1)
    assert told("dashboard")["match_shortfall_won"] == 1


def test_a_days_knowledge_ends_with_the_day_in_seoul(told, tell):
    last = datetime(2024, 5, 1, 14, 59, tzinfo=UTC)  # 23:59 in Seoul
    tell(Quantity, **planned("that-day", date(2023, 5, 1), 7, recorded_at=last))
    asked = {"as_of": "2023-05-02", "known_on": "2024-05-01"}
    assert told(f"deployments/{POLE}", **asked)["planned_qty"] == 7
    tell(
        Quantity,
        **planned(
            "next-day", date(2023, 5, 2), 8, recorded_at=datetime(2024, 5, 1, 15, tzinfo=UTC)
        ),
    )
    assert told(f"deployments/{POLE}", **asked)["planned_qty"] == 7


def test_a_fact_is_corrected_at_most_once(app, tell):
    old = f"{POLE}-planned-2023-04-14"
    tell(Quantity, **planned("mended", date(2023, 4, 14), 28, corrects=old))
    with pytest.raises(Exception, match=r"(?i)unique"):
        tell(Quantity, **planned("mended-again", date(2023, 4, 14), 27, corrects=old))


def test_a_day_that_is_not_known_is_never_shown_before_it_is_certain(app):
    with app.app_context():
        facts = db.session.scalars(select(Progress)).all()
        for fact in facts:
            if fact.precision is Precision.YEAR:
                assert (fact.on.month, fact.on.day) == (12, 31)
        unknown = [fact for fact in facts if fact.precision is Precision.UNKNOWN]
        assert {fact.site.slug for fact in unknown} == {"yangju-2023", "goryeong-2023"}


@pytest.mark.parametrize(
    ("precision", "shown"), [("day", "2024-12-31"), ("month", "2024-12"), ("year", "2024")]
)
def test_a_day_is_shown_as_exactly_as_it_is_known(precision, shown):
    assert day(date(2024, 12, 31), precision) == shown


def test_held_and_latest_are_one_statement_each(app, statements):
    with app.app_context(), statements() as sent:
        when = When.of(date(2025, 3, 31))
        db.session.scalars(held(Quantity, when)).all()
        db.session.scalars(latest(Quantity, (Quantity.deployment_id, Quantity.stage), when)).all()
    assert len([it for it in sent if it.startswith("SELECT")]) == 2


def test_moments_come_back_in_utc_and_need_a_zone(app, tell):
    tell(
        Quantity,
        **planned("zoned", date(2023, 5, 1), 1, recorded_at=datetime(2024, 1, 1, tzinfo=UTC)),
    )
    with app.app_context():
        found = db.session.scalars(select(Quantity).where(Quantity.key == "zoned")).one()
        assert found.recorded_at == datetime(2024, 1, 1, tzinfo=UTC)
        assert found.recorded_at.utcoffset().total_seconds() == 0
        with pytest.raises(ValueError, match="time zone"):
            UtcTime().process_bind_param(datetime(2024, 1, 1), db.engine.dialect)  # noqa: DTZ001


@pytest.mark.parametrize("path", ["sites", "deployments", "map.geojson", "dashboard"])
def test_before_the_record_was_told_nothing_was_known(client, path):
    told = client.get(f"/api/v1/{path}?track=any&known_on=2024-01-01").json
    listed = told.get("items", told.get("features", told.get("sites")))
    assert listed == []
    assert client.get("/sites?known_on=2024-01-01").status_code == 200


def test_links_keep_the_day_that_is_read_and_files_name_it_once(client):
    page = client.get("/sites?as_of=2025-03-31&known_on=2999-01-01").text
    assert "/sites/sokcho-2023?as_of=2025-03-31&amp;known_on=2999-01-01" in page
    files = re.findall(r'href="(/sites\.csv[^"]*)"', page)
    assert files
    assert all(it.count("as_of=") == 1 for it in files)
    assert "/solutions?as_of=2025-03-31" in page
    assert "/guidelines?as_of" not in page
