"""The doors of the money ledger: form, API and file refuse the same; page and file agree."""

from __future__ import annotations

import csv
import io
import re

import pytest
import yaml
from openpyxl import load_workbook
from sqlalchemy import func, select

from common.db import db
from tests.samples import MONEY
from tracker.money.ledger import Money

SITE = "sokcho-2023"
PAGE, TWIN = f"/sites/{SITE}/money", f"/api/v1/sites/{SITE}/money"
BILLION = 10**9


@pytest.fixture
def count(app):
    """`count()`: how many amounts there are."""

    def counted() -> int:
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(Money))

    return counted


@pytest.fixture
def tell(login):
    """`tell(stage="spent", ...)`: the answer to an amount that Sokcho's officer records."""
    officer = login("municipality")

    def told(**values: object):
        return officer.post(f"{TWIN}?lang=en", json=MONEY | values)

    return told


@pytest.fixture
def load(app, tmp_path):
    """`load(rows)`: the exit code of `flask load money` with such rows, and what it said."""

    def loaded(*rows: dict[str, object]) -> tuple[int, str]:
        path = tmp_path / "rows.yaml"
        path.write_text(yaml.safe_dump(list(rows), allow_unicode=True), "utf-8")
        done = app.test_cli_runner().invoke(args=["load", "money", str(path)])
        return done.exit_code, done.output

    return loaded


def in_file(key: str, **values: object) -> dict[str, object]:
    return MONEY | {"key": key, "site": SITE, "mark": "reported"} | values


def stage_of(told, stage: str) -> dict[str, object]:
    return next(it for it in told["stages"] if it["stage"] == stage)


def test_yecheons_split_is_in_the_ledger_and_matches_to_the_won(client):
    told = client.get("/api/v1/sites/yecheon-2023/money").json
    amounts = {it["fund"]: it["amount_won"] for it in told["amounts"]}
    assert amounts == {
        "national": 2_000_000_000,
        "province": 600_000_000,
        "municipality": 1_400_000_000,
    }
    committed = stage_of(told, "committed")
    assert (committed["local_won"], committed["summed_won"]) == (2 * BILLION, 4 * BILLION)
    assert (committed["shortfall_won"], committed["surplus_won"]) == (0, 0)
    assert len(committed["facts"]) == 3
    assert told["months_to_start"] == 16, "26 August 2024, after 13 April 2023"
    assert told["real_execution"] is told["national_refund_due_won"] is None


def test_boryeong_spent_95_per_cent_of_the_agreement_and_the_rest_is_unknown(client):
    told = client.get("/api/v1/sites/boryeong-2023/money").json
    assert told["execution"] == {
        "part_won": 3_800_000_000,
        "whole_won": 4_000_000_000,
        "percent": 95.0,
    }
    assert told["real_execution"] is None
    assert told["months_to_completion"] == 21
    everything = next(it for it in told["settlements"] if it["fund"] == "all")
    assert everything["refund_due_won"] is None
    assert everything["lacking"] == ["received", "carried_over", "refunded"]


def test_one_won_short_says_so_on_the_page_in_both_languages_and_in_json(tell, client):
    for fund, amount in (("national", 2 * BILLION), ("local", 2 * BILLION - 1)):
        assert tell(fund=fund, amount_won=amount).status_code == 201
    assert stage_of(client.get(TWIN).json, "received")["shortfall_won"] == 1
    assert "short by KRW 1<" in client.get(f"{PAGE}?lang=en").text
    assert "부족 1원" in client.get(f"{PAGE}?lang=ko").text
    lower = tell(fund="local", stage="committed", on="2023-04-13", amount_won=2 * BILLION - 1)
    assert lower.status_code == 422
    said = tell(
        fund="local",
        stage="committed",
        on="2023-04-13",
        amount_won=2 * BILLION - 1,
        reason="예시: 협약 변경",
    )
    assert said.json["corrects"] == "sokcho-2023-local-committed-2023-04-13"
    assert said.json["corrected_won"] == 2 * BILLION
    site = client.get(f"/api/v1/sites/{SITE}").json
    assert (site["local_won"], site["match_shortfall_won"]) == (2 * BILLION - 1, 1)
    assert "2,000,000,000 ≠ 1,999,999,999" in client.get(f"/sites/{SITE}?lang=en").text


def test_the_settlement_of_a_site_is_worked_out_from_what_was_told(tell, client):
    for stage, amount, on in (
        ("received", 2 * BILLION, "2023-07-03"),
        ("contracted", 1_900_000_000, "2023-09-01"),
        ("spent", 500_000_000, "2023-12-31"),
        ("carried_over", 1_500_000_000, "2023-12-31"),
        ("spent", 1_950_000_000, "2024-11-30"),
        ("carried_over", 0, "2024-12-31"),
        ("refunded", 20_000_000, "2025-02-28"),
    ):
        answer = tell(stage=stage, amount_won=amount, on=on)
        assert answer.status_code == 201, answer.text

    def due(as_of: str):
        it = client.get(TWIN, query_string={"as_of": as_of}).json["settlements"][0]
        return it["refund_due_won"]

    assert due("2024-12-31") is None, "nobody said yet whether anything was refunded"
    assert due("2025-02-28") == 2 * BILLION - 1_950_000_000 - 20_000_000
    told = client.get(TWIN).json
    assert told["months_to_start"] == 4, "the contract"
    assert told["national_refund_due_won"] is None, "what was carried over in 2024 is over"


def test_a_total_that_does_not_agree_with_its_parts_is_shown_with_both_figures(tell, client):
    for fund, amount in (
        ("national", 2 * BILLION),
        ("local", 2 * BILLION),
        ("all", 4 * BILLION - 7),
    ):
        assert tell(fund=fund, amount_won=amount).status_code == 201
    (two,) = client.get(TWIN).json["differences"]
    assert (two["told_won"], two["summed_won"]) == (3_999_999_993, 4 * BILLION)
    assert two["difference_won"] == -7
    assert len(two["parts"]) == 2
    page = client.get(f"{PAGE}?lang=en").text
    assert "KRW 3,999,999,993" in page
    assert "KRW 4,000,000,000" in page


WRONG = [
    ({"amount_won": -1}, "amount_won"),
    ({"amount_won": 10**15 + 1}, "amount_won"),
    ({"amount_won": 1.5}, "amount_won"),
    ({"amount_won": True}, "amount_won"),
    ({"amount_won": "1e9"}, "amount_won"),
    ({"amount_won": "2,00"}, "amount_won"),
    ({"amount_won": "١٢"}, "amount_won"),
    ({"amount_won": "9" * 40}, "amount_won"),
    ({"amount_won": ""}, "amount_won"),
    ({"fund": "moon"}, "fund"),
    ({"stage": "gone"}, "stage"),
    ({"on": "2999-01-01"}, "on"),
    ({"on": "2023-04-12"}, "on"),
    ({"on": "2023-02-30"}, "on"),
    ({"stage": "carried_over", "on": "2023-12-30"}, "on"),
    ({"reason": "x" * 2001}, "reason"),
    ({"reason": "a\x00b"}, "reason"),
    ({"fund": "national", "stage": "committed", "amount_won": 1}, "amount_won"),
]


@pytest.mark.parametrize(("values", "field"), WRONG, ids=str)
def test_form_api_and_file_refuse_the_same_in_the_same_words(
    login, tell, load, count, values, field
):
    before = count()
    told = tell(**values)
    assert told.status_code == 422
    sentences = told.json["errors"][field]
    code, said = load(in_file("wrong", **values), in_file("good", fund="local"))
    assert code == 1, said
    assert f"column {field}" in said
    assert str(sentences[0])[:40] in said
    form = {name: str(it) for name, it in (MONEY | values).items()}
    page = login("municipality").post(f"{PAGE}?lang=en", data=form)
    assert page.status_code == 422
    assert f'id="f-{field}-error"' in page.text
    assert count() == before, "and nothing changed"


def test_spending_above_receipts_is_refused_with_row_value_rule_and_remedy(tell, load, count):
    assert tell().status_code == 201
    before = count()
    more = {"stage": "spent", "amount_won": 2 * BILLION + 1, "on": "2023-08-01"}
    (sentence,) = tell(**more).json["errors"]["amount_won"]
    for part in ("KRW 2,000,000,001", "KRW 2 billion received", "2023-08-01", "give a reason"):
        assert part in sentence
    code, said = load(in_file("good", fund="local"), in_file("more", **more))
    assert code == 1
    assert said.startswith("row 2, column amount_won, value “2000000001”: ")
    assert count() == before
    reason = {"reason": "예시: 국비가 늦게 교부됨"}
    assert load(in_file("more", **more, **reason)) == (0, "1 added, 0 changed\n")


def test_a_file_may_tell_its_rows_in_any_order_and_is_loaded_as_one(load):
    spent = in_file("b", stage="spent", amount_won=1_500_000_000, on="2023-08-01")
    first = in_file("c", amount_won=BILLION)
    second = in_file("a", on="2023-08-01")
    assert load(first, spent, second) == (0, "3 added, 0 changed\n")
    twice = in_file("d", on="2023-08-01")
    code, said = load(twice)
    assert (code, "column on" in said) == (1, True)
    assert load(twice | {"corrects": "a"}) == (0, "1 added, 0 changed\n")
    code, said = load(in_file("e", corrects="yecheon-2023-national-committed-2023-04-13"))
    assert (code, "column corrects" in said) == (1, True)


def test_an_amount_is_recorded_once_on_a_form_and_its_reason_is_shown(login, client, count):
    before = count()
    form = MONEY | {"amount_won": "2,000,000,000", "reason": "<b>예시</b>", "idempotency_key": "k1"}
    officer = login("municipality")
    for _again in range(2):
        answer = officer.post(PAGE, data=form)
        assert (answer.status_code, answer.location) == (303, f"{PAGE}#top")
    assert count() == before + 1
    page = client.get(f"{PAGE}?lang=en").text
    assert "&lt;b&gt;예시&lt;/b&gt;" in page
    assert "<b>예시" not in page
    newest = client.get(TWIN).json["history"][0]
    assert (newest["recorded_by"], newest["mark"]) == ("sokcho", "reported")
    changed = officer.post(PAGE, data=form | {"amount_won": "1"})
    assert changed.status_code == 422


def test_a_refused_form_comes_back_as_it_was_filled_in(login):
    form = MONEY | {"amount_won": "many", "note_ko": "예시 <i>"}
    page = login("municipality").post(PAGE, data=form).text
    for kept in ('value="many"', "예시 &lt;i&gt;", 'value="received" checked'):
        assert kept in page


@pytest.mark.parametrize("name", ["coach", "consultant", "ministry", "operator"])
def test_only_an_officer_of_the_site_records_money(login, client, count, name):
    before = count()
    assert client.post(TWIN, json=MONEY).status_code == 401
    assert login(name).post(TWIN, json=MONEY).status_code == 403
    assert login("other_municipality").post(TWIN, json=MONEY).status_code == 403
    assert login("municipality").post("/api/v1/sites/none/money", json=MONEY).status_code == 404
    for person, shown in ((login(name), False), (login("municipality"), True)):
        assert ("idempotency_key" in person.get(PAGE).text) == shown
    assert count() == before


def test_page_list_and_files_tell_the_same_rows_as_of_a_day_and_as_known(tell, client):
    assert tell().status_code == 201
    assert tell(amount_won=2 * BILLION + 5).status_code == 201
    for when in (
        {},
        {"as_of": "2023-06-30"},
        {"as_of": "2023-07-03"},
        {"known_on": "2020-01-01"},
    ):
        told = client.get(TWIN, query_string=when).json["history"]
        asked = when | {"site": SITE}
        assert client.get("/money.json", query_string=asked).json == told
        listed = client.get("/api/v1/money", query_string=asked).json
        assert (listed["items"], listed["total"]) == (told, len(told))
        text = client.get("/money.csv", query_string=asked).data.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(it["key"], int(it["amount_won"])) for it in rows] == [
            (it["key"], it["amount_won"]) for it in told
        ]
        sheet = load_workbook(io.BytesIO(client.get("/money.xlsx", query_string=asked).data)).active
        assert sheet.max_row == len(told) + 1
        page = client.get(PAGE, query_string=when).text
        assert re.findall(r'id="row-([\w-]+)"', page) == [it["key"] for it in told]
    assert [it["corrected_won"] for it in client.get(TWIN).json["history"]] == [
        2 * BILLION,
        None,
        None,
    ]


def test_the_ministry_takes_all_rows_away_and_narrows_them(login):
    ministry = login("ministry")
    every = ministry.get("/api/v1/money.json").json
    assert len(every) == 30
    local = ministry.get("/api/v1/money.json?fund=local&stage=committed").json
    assert {(it["fund"], it["stage"]) for it in local} == {("local", "committed")}
    assert len(local) == 13


@pytest.mark.parametrize("as_of", ["0001-01-01", "9999-12-31", "2023-04-12"])
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_page_stands_on_every_day(client, as_of, lang):
    for site in (SITE, "boryeong-2023", "okcheon-2023"):
        answer = client.get(f"/sites/{site}/money?as_of={as_of}&lang={lang}")
        assert answer.status_code == 200


def test_the_page_asks_the_database_as_often_for_many_rows(tell, client, statements):
    with statements() as few:
        client.get(PAGE)
    for month in range(1, 13):
        for stage in ("planned", "budgeted", "received"):
            assert tell(stage=stage, on=f"2024-{month:02}-01").status_code == 201
    with statements() as many:
        client.get(PAGE)
    assert len(few) == len(many)
