"""Compliance: counts that add up, whatever the order of recording, and the sheet brought back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count, permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select

from catalog.guidelines import Item, Level, Stage
from common.db import db
from common.facts import When
from tests.checking import POLE
from tracker.checklists.adherence import entries_of
from tracker.checklists.checklists import Check, CheckDecision, CheckResult, Verdict
from tracker.checklists.compliance import PLACES, Entry, blocks, grouped, tally
from tracker.checklists.compliance_rows import By
from tracker.deployments import Deployment

MEETS = {"item": "WA-01", "result": "meets"}
KINDS = ("meets", "deviates_approved", "deviates_refused", "deviates_pending")
KINDS += ("not_applicable", "not_yet")
_numbers = count(1)


@st.composite
def lines(draw):
    """A line of some checklist, with any answer and any decision."""
    item = Item(level=draw(st.sampled_from(Level)), stage=draw(st.sampled_from(Stage)))
    deployment = Deployment(id=draw(st.integers(1, 4)))
    result = draw(st.none() | st.sampled_from(CheckResult))
    verdict = draw(st.none() | st.sampled_from(Verdict))
    check = Check(result=result) if result else None
    decision = CheckDecision(verdict=verdict) if verdict and check else None
    return Entry(deployment, item, check, decision)


@given(st.lists(lines(), max_size=30))
def test_the_counts_add_up_to_the_number_of_items(entries):
    whole = tally(entries)
    for counts in (whole.all, whole.must):
        assert sum(getattr(counts, kind) for kind in KINDS) == counts.items
        assert counts.applicable + counts.not_applicable == counts.items
        assert counts.unanswered <= counts.not_yet
        assert counts.met_share is None or 0 <= counts.met_share <= 1
    assert whole.all.items == len(entries)
    assert whole.must.items == sum(entry.item.level is Level.MUST for entry in entries)


@given(st.lists(lines(), max_size=30), st.sampled_from(["stage", "level"]))
def test_the_counts_of_the_parts_add_up_to_those_of_the_whole(entries, name):
    parts = grouped(entries, lambda entry: getattr(entry.item, name)).values()
    whole = tally(entries).all
    for kind in ("items", *KINDS):
        assert sum(getattr(tally(part).all, kind) for part in parts) == getattr(whole, kind)


@given(st.lists(lines(), max_size=30))
def test_a_later_stage_is_never_blocked_by_less_and_every_block_is_an_open_must(entries):
    for one in Stage:
        found = blocks(entries, one)
        assert all(it.item.level is Level.MUST and not it.settled for it in found)
        for other in Stage:
            if PLACES[one] <= PLACES[other]:
                assert len(found) <= len(blocks(entries, other))
    open_must = tally(entries).must.open
    assert len(blocks(entries, Stage.OPERATE)) == open_must


@given(st.lists(lines(), min_size=1, max_size=30))
def test_what_nobody_answered_is_never_counted_as_met(entries):
    none = [Entry(it.deployment, it.item) for it in entries]
    counts = tally(none).all
    assert (counts.meets, counts.not_yet, counts.met_share) == (0, len(entries), None)


DAYS = st.dates(date(2024, 1, 1), date(2024, 1, 9))
TOLD = st.tuples(DAYS, DAYS, st.sampled_from(list(CheckResult)))


@pytest.fixture
def record(app):
    """`record([(on, told, result), ...])`: adds answers, then asks and forgets them again."""

    def ask(facts, when: When, correct: tuple[date, CheckResult] | None = None):
        with app.app_context():
            pole = db.session.scalars(select(Deployment).where(Deployment.slug == SLUG)).one()
            item = db.session.scalars(select(Item).where(Item.key == "WA-01")).one()
            for on, told, result in facts:
                last = Check(
                    key=f"h-{next(_numbers)}",
                    deployment=pole,
                    item=item,
                    on=on,
                    result=result,
                    reason="표본",
                    recorded_at=datetime.combine(told, datetime.min.time(), UTC),
                )
                db.session.add(last)
                db.session.flush()
            if correct:
                told, result = correct
                mended = Check(
                    key=f"h-{next(_numbers)}",
                    deployment=pole,
                    item=item,
                    on=last.on,
                    result=result,
                    reason="표본",
                    corrects=last,
                    recorded_at=datetime.combine(told, datetime.min.time(), UTC),
                )
                db.session.add(mended)
                db.session.flush()
            entries = entries_of([pole], when)
            found = next(it for it in entries if it.item.key == "WA-01").result
            db.session.rollback()
            return found

    return ask


SLUG = "sokcho-2023-smart-pole"
QUIET = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUIET
@given(
    st.lists(TOLD, min_size=1, max_size=3, unique_by=(lambda it: it[:2],)), DAYS, st.none() | DAYS
)
def test_any_order_of_recording_gives_the_same_answer_as_of_a_day(record, facts, as_of, known_on):
    found = {record(order, When(as_of, known_on)) for order in permutations(facts)}
    assert len(found) == 1


@QUIET
@given(st.lists(TOLD, min_size=1, max_size=4), DAYS, st.sampled_from(list(CheckResult)))
def test_a_correction_never_changes_what_was_known_before_it(record, facts, as_of, result):
    last_day = max(told for _on, told, _result in facts)
    when = When(as_of, last_day)
    mended = (last_day + timedelta(2), result)
    assert record(facts, when, mended) == record(facts, when)


@pytest.mark.parametrize("by", list(By))
def test_compliance_adds_up_by_whatever_it_is_counted(client, answered, by):
    answered()
    rows = client.get(f"/api/v1/compliance?by={by}&per_page=200").json["items"]
    assert sum(it["items"] for it in rows) == 1667
    assert sum(it["meets"] for it in rows) == sum(it["must_meets"] for it in rows) == 1
    assert sum(it["deviates_pending"] for it in rows) == 1
    for it in rows:
        assert sum(it[kind] for kind in KINDS) == it["items"]
        assert sum(it[f"must_{kind}"] for kind in KINDS) == it["must_items"]
        assert it["must_open"] == it["must_not_yet"] + it["must_deviates_pending"]
        answered_any = it["unanswered"] < it["items"]
        assert (it["met_share"] is not None) is answered_any


def test_compliance_by_stage_comes_in_the_order_of_work(client):
    rows = client.get("/api/v1/compliance?by=stage").json["items"]
    assert [it["key"] for it in rows] == [
        it.value for it in Stage if it in {r["key"] for r in rows}
    ]


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({"site": "sokcho-2023"}, 4),
        ({"solution": "smart-pole"}, 5),
        ({"guideline": "kwcag22"}, 36),
        ({"guideline": "pipa"}, 0),
        ({"stage": "accept", "site": "sokcho-2023"}, 4),
        ({"level": "may", "by": "site"}, 7),
        ({"as_of": "2023-04-12"}, 0),
        ({"track": "base"}, 0),
        ({"by": "site"}, 7),
        ({"by": "item", "level": "may"}, 4),
    ],
    ids=str,
)
def test_compliance_is_narrowed_and_its_page_and_files_hold_the_same_rows(client, asked, keys):
    listed = client.get("/api/v1/compliance", query_string=asked | {"per_page": 200}).json
    assert listed["total"] == len(listed["items"]) == keys
    assert client.get("/compliance.json", query_string=asked).json == listed["items"]
    in_csv = client.get("/compliance.csv", query_string=asked).text.splitlines()
    assert len(in_csv) == keys + 1
    assert client.get("/compliance.xlsx", query_string=asked).status_code == 200
    page = client.get("/compliance", query_string=asked | {"lang": "en"})
    assert page.status_code == 200
    assert f"{keys} row" in page.text


@pytest.mark.parametrize(
    "asked",
    [{"by": "moon"}, {"site": "no"}, {"moon": 1}, {"page": 0}, {"stage": "x"}, {"as_of": "x"}],
    ids=str,
)
def test_compliance_refuses_what_it_does_not_know_by_name(client, asked):
    for face in ("", "/api/v1"):
        answer = client.get(f"{face}/compliance", query_string=asked)
        assert answer.status_code == 422
    assert list(answer.json["errors"]) == list(asked)


def test_an_empty_list_of_compliance_names_the_ways_out(client):
    page = client.get("/compliance?guideline=pipa&site=sokcho-2023&lang=en").text
    assert "4 without this" in page


@pytest.fixture
def sheet(app, client, tmp_path):
    """`sheet()`: Sokcho's checklist as somebody takes it away, and `sheet(book)` brings it back."""
    path = tmp_path / "checklist.xlsx"

    def carry(book=None, *flags: str):
        if book is None:
            file = client.get(f"{POLE}/checklist.xlsx").data
            path.write_bytes(file)
            return load_workbook(path)
        book.save(path)
        return app.test_cli_runner().invoke(args=["load", "checks", str(path), *flags])

    return carry


def fill_in(book, key: str, **values: object) -> None:
    table = book.active
    columns = {cell.value: cell.column for cell in table[1]}
    row = next(
        r for r in range(2, table.max_row + 1) if table.cell(r, columns["item"]).value == key
    )
    for name, value in values.items():
        table.cell(row, columns[name], value)


def test_a_sheet_filled_in_comes_back_as_answers_and_twice_changes_nothing(sheet, client):
    book = sheet()
    fill_in(book, "WA-01", result="meets", evidence="표본: =1+1", on="2025-03-20")
    fill_in(book, "WA-02", result="deviates", reason="표본", on=datetime(2025, 3, 20))  # noqa: DTZ001
    assert "2 added" in sheet(book, "--check").output
    assert client.get("/api/v1/checks").json["total"] == 0
    done = sheet(book)
    assert (done.exit_code, "2 added, 0 changed" in done.output) == (0, True), done.output
    assert "0 added, 0 changed" in sheet(book).output
    assert "0 added, 0 changed" in sheet(sheet()).output, "taken afresh, it says what stands"
    listed = client.get("/api/v1/checks?item=WA-01").json["items"][0]
    assert (listed["result"], listed["evidence"]) == ("meets", "표본: =1+1")


def test_a_line_of_a_sheet_for_the_same_day_corrects(sheet, send, client):
    first = send(MEETS).json["checks"][0]["key"]
    book = sheet()
    fill_in(book, "WA-01", result="not_applicable", reason="표본")
    assert "1 added" in sheet(book).output
    assert client.get("/api/v1/checks").json["items"][0]["corrects"] == first


def test_a_sheet_that_somebody_overtook_is_refused_as_a_whole(sheet, send, client):
    send(MEETS)
    book = sheet()
    send(MEETS | {"result": "deviates", "reason": "표본"}, on="2025-04-01")
    assert "0 added" in sheet(book).output, "what was not touched overwrites nothing"
    fill_in(book, "WA-01", evidence="표본")
    fill_in(book, "WA-03", result="meets", on="2025-03-20")
    done = sheet(book)
    assert done.exit_code == 1
    assert "meanwhile" in done.output
    assert client.get("/api/v1/checks").json["total"] == 1


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"result": "meets"}, "on"),
        ({"result": "deviates", "on": "2025-03-20"}, "reason"),
        ({"result": "perhaps", "on": "2025-03-20"}, "result"),
        ({"result": "meets", "on": "2999-01-01"}, "on"),
        ({"result": "meets", "on": "2025-03-20", "link": "javascript:1"}, "link"),
        ({"result": "meets", "on": "2025-03-20", "deployment": "no"}, "deployment"),
        ({"result": "meets", "on": "2025-03-20", "item": "XW-01"}, "item"),
    ],
    ids=str,
)
def test_a_wrong_line_is_named_by_row_and_column_and_nothing_is_loaded(
    sheet, client, values, column
):
    book = sheet()
    fill_in(book, "WA-03", result="meets", on="2025-03-20")
    fill_in(book, "WA-01", **values)
    done = sheet(book)
    assert done.exit_code == 1
    assert f"column {column}" in done.output
    assert client.get("/api/v1/checks").json["total"] == 0


def test_answers_and_decisions_dumped_and_loaded_change_nothing(app, answered, login, tmp_path):
    key = answered()[-1]
    decision = {"verdict": "approved", "reason": "표본", "on": "2025-03-21"}
    assert (
        login("ministry").post(f"/api/v1/checks/{key}/decisions", json=decision).status_code == 201
    )
    run = app.test_cli_runner()
    for kind in ("checks", "check-decisions"):
        for ending in ("xlsx", "csv", "yaml"):
            path = str(tmp_path / f"{kind}.{ending}")
            assert run.invoke(args=["dump", kind, path]).exit_code == 0
            done = run.invoke(args=["load", kind, path])
            assert "0 added, 0 changed" in done.output, done.output
