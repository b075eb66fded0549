"""The seeds are the real 2023 round: sums, counts, sources and the figures worked out from them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest
from sqlalchemy import func, select

from app import KINDS, ROOT
from catalog.guidelines import Guideline, Item
from catalog.solutions import Solution
from catalog.sources import Mark, Source
from common.db import db
from tracker.money.ledger import Money
from tracker.municipalities import Municipality, find_municipalities
from tracker.progress import Quantity
from tracker.rounds import Round
from tracker.sites import Site

pytestmark = pytest.mark.both_databases

BILLION = 10**9
DIFFUSION = {
    "uiwang-2023": ["41430"],
    "yangju-2023": ["41630"],
    "sokcho-2023": ["42210", "51210"],
    "okcheon-2023": ["43730"],
    "boryeong-2023": ["44180"],
    "namwon-2023": ["45190", "52190"],
    "goryeong-2023": ["47830"],
    "yecheon-2023": ["47900"],
}
STANDARD = {
    "smart-crosswalk": "transport",
    "smart-parking-sharing": "transport",
    "smart-bus-shelter": "transport",
    "smart-pole": "safety",
    "integrated-platform": "safety",
    "resource-recovery": "environment-energy-water",
    "smart-healthcare-zone": "health-welfare",
    "online-traditional-market": "other-by-notice",
}
SEEDED = {name for name in KINDS if (ROOT / "seeds" / f"{name}.yaml").exists()}
DECREE_FIELDS = 12
SIZES = {"million": 10**6, "billion": 10**9}
RATIO = re.compile(r"ratio (\d\.\d+), 95 % interval (\d\.\d+)-(\d\.\d+)")
BASIS = re.compile(r"KRW ([\d.]+) (million|billion) (?:\(.*?\) )?÷ ([\d,]+)")


@pytest.fixture
def everything(client):
    """`everything("sites")`: the whole list, as the API tells it."""

    def told(many: str, **asked: str):
        return client.get(f"/api/v1/{many}", query_string={"per_page": 200, **asked}).json["items"]

    return told


def test_the_three_tracks_add_up_to_104_billion_won(app):
    with app.app_context():
        rounds = {it.track.value: it for it in db.session.scalars(select(Round))}
        shapes = {
            name: (it.sites_planned, it.national_won_per_site, it.years, it.population_ceiling)
            for name, it in rounds.items()
        }
        assert shapes == {
            "base": (2, 20 * BILLION, 3, None),
            "strong_small": (4, 12 * BILLION, 2, 1_000_000),
            "diffusion": (8, 2 * BILLION, 1, 300_000),
        }
        assert sum(it.national_won for it in rounds.values()) == 104_000_000_000


def test_the_steps_of_the_rounds_stand_on_their_days(everything, client):
    for name, opened, closed, selected in (
        ("2023-base", "2023-04-05", "2023-04-07", "2023-05-04"),
        ("2023-strong-small", "2023-04-05", "2023-04-07", "2023-05-04"),
        ("2023-diffusion", "2023-03-28", "2023-03-30", "2023-04-13"),
    ):
        steps = client.get(f"/api/v1/rounds/{name}").json["steps"]
        days = {step["kind"]: step["on"] for step in steps}
        assert days == {
            "notice": "2023-02-06",
            "application_open": opened,
            "application_close": closed,
            "selection": selected,
        }


def test_fourteen_municipalities_were_selected_as_many_as_each_round_planned(app):
    with app.app_context():
        sites = db.session.scalars(select(Site)).all()
        assert len({site.municipality_id for site in sites}) == len(sites) == 14
        found = Counter(site.round.slug for site in sites)
        assert found == {it.slug: it.sites_planned for it in db.session.scalars(select(Round))}


@pytest.mark.parametrize("track", ["base", "strong_small", "diffusion"])
def test_every_site_has_its_rounds_money_matched_to_the_won(everything, track):
    each = {it["track"]: it["national_won_per_site"] for it in everything("rounds")}[track]
    sites = everything("sites", track=track)
    assert sites
    for site in sites:
        assert (site["national_won"], site["local_won"]) == (each, each), site["slug"]
        assert site["match_shortfall_won"] == 0


def test_what_was_granted_adds_up_to_the_rounds(app):
    with app.app_context():
        granted = select(func.sum(Money.amount_won)).where(
            Money.fund == "national", Money.stage == "committed"
        )
        assert db.session.scalar(granted) == 104_000_000_000


def test_the_eight_diffusion_sites_have_their_slugs_and_the_codes_they_had(app, everything):
    assert {site["slug"] for site in everything("sites")} == set(DIFFUSION)
    with app.app_context():
        for slug, codes in DIFFUSION.items():
            site = db.session.scalars(select(Site).where(Site.slug == slug)).one()
            assert [code.code for code in site.municipality.codes] == codes
            assert [code.holds(date(2023, 4, 13)) for code in site.municipality.codes] == [
                True,
                *[False] * (len(codes) - 1),
            ]
            assert site.municipality.lat is not None
            assert site.selected_on == date(2023, 4, 13)


@pytest.mark.parametrize(
    ("town", "changed_on", "codes"),
    [
        ("sokcho", date(2023, 6, 11), ("42210", "51210")),
        ("namwon", date(2024, 1, 18), ("45190", "52190")),
    ],
)
def test_a_code_changes_in_mid_project_without_a_gap(client, town, changed_on, codes):
    before = date.fromordinal(changed_on.toordinal() - 1)
    for day, code in zip((before, changed_on), codes, strict=True):
        answer = client.get(f"/api/v1/sites/{town}-2023", query_string={"as_of": day.isoformat()})
        assert answer.json["code"] == code


def test_all_eight_are_under_the_ceiling_of_their_round(everything):
    for site in everything("sites", as_of="2023-04-13"):
        assert site["population_on"] == "2022-12-31"
        assert 0 < site["population"] < 300_000


def test_no_two_municipalities_are_confused(app):
    with app.app_context():
        # 양주 is a part of 남양주, and there are two 고성: nothing may be matched by name alone.
        assert [it.slug for it in db.session.scalars(find_municipalities(q="양주"))] == ["yangju"]
        codes = [code.code for it in db.session.scalars(select(Municipality)) for code in it.codes]
        assert len(codes) == len(set(codes)) == 16 + 7  # those of the sites, and who went before
        assert "41360" not in codes
        names = [it.name_ko for it in db.session.scalars(select(Municipality))]
        assert len(names) == len(set(names))


def test_the_eight_standard_solutions_stand_in_the_decrees_fields(everything, app):
    standard = everything("solutions", kind="standard")
    assert {it["slug"]: it["service_field"] for it in standard} == STANDARD
    assert len(Solution.service_field.type.enums) == DECREE_FIELDS


@pytest.mark.parametrize("alias", ["스마트쉼터", "쉘터", "승강장", "정류장", "bus shelter"])
def test_the_shelter_answers_to_all_its_names(everything, alias):
    assert "smart-bus-shelter" in {it["slug"] for it in everything("solutions", q=alias)}


def test_there_are_80_guidelines_and_the_eight_texts_that_are_still_looked_for(app):
    with app.app_context():
        guidelines = db.session.scalars(select(Guideline)).all()
        pending = [it for it in guidelines if it.status == "source_pending"]
        assert (len(guidelines) - len(pending), len(pending)) == (80, 8)
        assert {it.mark for it in pending} == {Mark.NOT_FOUND}
        assert {slug for it in pending for slug in [s.slug for s in it.solutions]} == set(STANDARD)
        assert all(not it.items for it in pending), "nobody else's text stands in for it"


def test_there_are_384_items_with_their_levels_and_marks(app):
    with app.app_context():
        items = db.session.scalars(select(Item)).all()
        assert Counter(it.level.value for it in items) == {"must": 289, "should": 76, "may": 19}
        assert Counter(it.mark.value for it in items) == {"verified": 357, "derived": 27}


def test_every_fact_has_its_source_and_its_mark_and_none_is_unverified(app):
    with app.app_context():
        for name, it in KINDS.items():
            things = db.session.scalars(select(it.model)).unique().all()
            assert things or name not in SEEDED, name
            for thing in things:
                mark = getattr(thing, "mark", None)
                assert mark is not Mark.UNVERIFIED
                if mark and mark is not Mark.NOT_FOUND:
                    assert thing.source is not None, (name, thing.id)
        assert all(it.url.startswith("http") for it in db.session.scalars(select(Source)))


def test_what_okcheon_deploys_is_unknown_and_not_none(client):
    site = client.get("/api/v1/sites/okcheon-2023").json
    assert (site["state"], site["deployments"], site["solutions"]) == ("no_data", [], [])
    assert "not found" in site["note_en"]


def test_uiwangs_crosswalk_is_shown_as_a_conflict_with_both_sources(client):
    told = client.get("/api/v1/deployments/uiwang-2023-smart-crosswalk").json
    assert told["mark"] == "conflict"
    assert told["source"] != told["also"]
    assert None not in (told["source"], told["also"])


def test_every_conflict_names_two_versions(app):
    with app.app_context():
        for many in ("discrepancies", "deployments", "evidence", "round-steps"):
            for thing in db.session.scalars(select(KINDS[many].model)).unique():
                if thing.mark is Mark.CONFLICT:
                    told = thing.also or thing.note_en or getattr(thing, "other_en", None)
                    assert told or thing.printed_en, thing


@pytest.mark.parametrize(
    ("slug", "planned", "installed"),
    [
        ("sokcho-2023-smart-pole", 29, 17),
        ("sokcho-2023-smart-crosswalk", 10, 17),
        ("boryeong-2023-smart-bus-shelter", None, 12),
        ("boryeong-2023-smart-pole", None, 22),
        ("goryeong-2023-smart-crosswalk", 20, None),
        ("yecheon-2023-smart-pole", None, None),
    ],
)
def test_quantities_are_what_was_planned_and_what_was_built(client, slug, planned, installed):
    told = client.get(f"/api/v1/deployments/{slug}").json
    assert (told["planned_qty"], told["installed_qty"]) == (planned, installed)
    assert (told["accepted_qty"], told["working_qty"]) == (None, None)


def test_quantities_that_the_source_calls_about_are_marked_so(app):
    with app.app_context():
        about = select(Quantity.key).where(Quantity.approximate)
        found = {key.rpartition("-planned")[0] for key in db.session.scalars(about)}
        assert found == {"goryeong-2023-smart-pole", "goryeong-2023-smart-healthcare-zone"}


def test_boryeong_spent_3_8_billion_and_nobody_else_has_told(everything):
    spent = {site["slug"]: site["spent_won"] for site in everything("sites")}
    assert {slug: won for slug, won in spent.items() if won is not None} == {
        "boryeong-2023": 3_800_000_000
    }


def test_yecheons_local_money_is_told_by_who_gave_it(client):
    money = client.get("/api/v1/sites/yecheon-2023").json["money"]
    assert {row["fund"]: row["amount_won"] for row in money} == {
        "national": 2_000_000_000,
        "province": 600_000_000,
        "municipality": 1_400_000_000,
    }


@pytest.mark.parametrize(
    ("slug", "ratio", "open_"),
    [
        ("smart-crosswalk-seongdong-pedestrian-crashes", (0.47, 0.19, 1.10), True),
        ("smart-crosswalk-busan-floodlight-crashes", (0.66, 0.48, 0.89), False),
    ],
)
def test_a_ratio_is_worked_out_with_its_interval(everything, slug, ratio, open_):
    told = {it["slug"]: it for it in everything("evidence")}[slug]
    found = tuple(round(told[name], 2) for name in ("estimate", "low", "high"))
    assert found == ratio
    assert (found[1] < 1 < found[2]) is open_
    printed = RATIO.search(told["note_en"])
    assert printed
    assert tuple(map(float, printed.groups())) == found


def test_changes_that_are_told_with_both_counts_are_worked_out_right(everything):
    checked = 0
    for row in everything("evidence"):
        before, after, estimate = row["before"], row["after"], row["given_estimate"]
        if before is None or after is None or estimate is None:
            continue
        change = after - before
        if row["estimate_kind"] == "percent_change":
            change = 100 * change / before
        assert estimate == pytest.approx(change, abs=0.5), row["slug"]
        checked += 1
    assert checked >= 10


def test_effects_have_an_interval_or_say_why_not(everything):
    for row in everything("evidence"):
        has_interval = row["low"] is not None and row["high"] is not None
        if row["estimate"] is not None and not has_interval:
            assert row["no_interval_because_en"], row["slug"]
            assert row["no_interval_because_ko"], row["slug"]
        if row["grade"] is None:
            assert row["no_grade_because_en"], row["slug"]
            assert row["no_grade_because_ko"], row["slug"]


def test_unit_costs_are_worked_out_right(everything):
    checked = 0
    for row in everything("costs"):
        parts = BASIS.match(row["basis_en"] or "")
        if row["mark"] != "derived" or not parts or "≈" in row["basis_en"]:
            continue
        won = float(parts[1]) * SIZES[parts[2]] / int(parts[3].replace(",", ""))
        assert row["low_won"] == pytest.approx(won, rel=0.05 if row["approximate"] else 1e-9)
        assert row["high_won"] == row["low_won"]
        checked += 1
    assert checked >= 15


def test_the_visits_that_are_known_stand_in_the_coaching_log(everything):
    told = {it["slug"]: it for it in everything("coaching")}
    visit = told["goryeong-visit-dalseo"]
    assert (visit["kind"], visit["host"], visit["site"]) == ("visit", "dalseo", "goryeong-2023")
    assert visit["held_on"] is None
    assert told["boryeong-living-lab"]["kind"] == "living_lab"


def test_seeding_twice_changes_nothing(app, statements):
    with statements() as sent:
        done = app.test_cli_runner().invoke(args=["seed"])
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert len(lines) == len(SEEDED)
    assert all(line.endswith(": 0 added, 0 changed") for line in lines), done.output
    assert not [it for it in sent if it.startswith(("INSERT", "UPDATE", "DELETE"))]
