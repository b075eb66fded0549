"""The evidence desk: what a record holds, how it is graded, and which numbers are refused."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app import ROOT
from catalog.effects.effects import EstimateKind
from catalog.effects.headlines import headlines_of
from catalog.effects.numbers import Numbers, change_pct, effect_of
from catalog.evidence import Evidence, find_evidence
from catalog.evidence_schemas import EvidenceSchema
from catalog.grading.grades import Grade
from catalog.grading.impossible import impossible
from catalog.grading.rubric import CAPS, CUT_OFFS, POINTS, Criterion, Study, Unrated, rate
from catalog.grading.studies import Compared, Counting, Design, EvidenceKind, Finding, Measurer
from catalog.solutions import Solution
from catalog.sources import Mark, Source
from common.db import db

SEEDS = yaml.safe_load((ROOT / "seeds" / "evidence.yaml").read_text("utf-8"))
STUDIES = st.builds(
    Study,
    st.sampled_from(EvidenceKind),
    st.sampled_from([*Design, None]),
    st.sampled_from([*Counting, None]),
    st.sampled_from([*Measurer, None]),
    *[st.booleans()] * 6,
)
ROW = {
    "slug": "sample-effect",
    "solution": "smart-pole",
    "kind": "outcome",
    "measure_ko": "표본",
    "measure_en": "Sample",
    "result_ko": "표본",
    "result_en": "Sample",
    "design": "before_after",
    "counting": "events",
    "mark": "verified",
    "source": "nber-25798",
}


def test_every_seeded_effect_has_a_grade_or_a_reason_and_an_interval_or_a_reason(client):
    told = client.get("/api/v1/evidence?per_page=200&lang=en").json["items"]
    assert len(told) == len(SEEDS) == 99
    for row in told:
        assert row["grade"] or row["no_grade_because"], row["slug"]
        has_interval = row["low"] is not None and row["high"] is not None
        assert has_interval != bool(row["no_interval_because"]), row["slug"]
    for lang, words in (("en", "Cannot be rated: "), ("ko", "등급을 매길 수 없음: ")):
        page = client.get(f"/evidence?per_page=200&lang={lang}").text
        unrated = [row for row in told if row["grade"] is None]
        assert page.count(words) == len(unrated) == 38
        assert page.count('class="hs-grade hs-grade-none"') == len(unrated)


def test_where_the_rubric_and_the_hand_disagree_both_are_shown(client):
    rows = client.get("/api/v1/evidence?per_page=200").json["items"]
    differing = {
        row["slug"]: (row["given_grade"], row["grade"])
        for row in rows
        if row["given_grade"] != row["grade"]
    }
    assert set(differing.values()) == {("D", "C"), ("C", "D"), ("B", None)}
    assert len(differing) == 6  # each of them is explained in decision 18
    page = client.get("/evidence?per_page=200&lang=en").text
    assert page.count("by hand before the rubric") == len(differing)


def test_counts_of_nineteen_and_nine_keep_their_published_interval(client):
    row = client.get("/api/v1/evidence?solution=smart-crosswalk&grade=C").json["items"][0]
    assert row["slug"] == "smart-crosswalk-seongdong-pedestrian-crashes"
    assert [round(row[name], 2) for name in ("estimate", "low", "high")] == [0.47, 0.19, 1.10]
    assert (row["grade"], row["rubric_points"], row["found"]) == ("C", 55, "open")
    assert (row["is_mismatched"], row["discrepancies"]) == (False, ["seongdong-crashes"])


def test_a_printed_change_that_its_numbers_do_not_give_is_kept_as_a_discrepancy(client):
    rows = {it["slug"]: it for it in client.get("/api/v1/evidence?per_page=200").json["items"]}
    yearly = rows["smart-crosswalk-seongdong-yearly-stop-line"]
    assert (yearly["printed_change_pct"], round(yearly["computed_change_pct"], 1)) == (-40.7, -33.3)
    assert (yearly["is_mismatched"], yearly["grade"]) == (True, "C")
    page = client.get("/solutions/smart-crosswalk?lang=en").text
    assert "The source prints -40.7 %; its own numbers give -33.3 %." in page


def test_null_and_bad_findings_stand_beside_the_good_ones(client):
    page = client.get("/solutions/smart-crosswalk?lang=en").text
    summary = page.split('class="hs-findings"')[1].split("</ul>")[0]
    for word in ("got better", "got worse", "no clear change", "failed or ended"):
        assert word in summary
    assert "regression to the mean" in page
    whole = client.get("/api/v1/solutions/smart-crosswalk").json
    assert {row["found"] for row in whole["evidence"]} == {*Finding, None}
    why = {pool["measure_key"]: pool["not_pooled_because"] for pool in whole["pools"]}
    assert why["pedestrian-crashes"] == "other_designs"
    assert why["stop-line-violations"] == "no_interval"


@dataclass(frozen=True)
class Refused:
    """Values that no study can have found, with the field that is refused and why."""

    values: dict
    field: str
    words: str


IMPOSSIBLE = [
    Refused({"before": -3, "after": 1}, "before", "never below zero"),
    Refused({"before": 12, "after": 3, "before_of": 10, "after_of": 10}, "before", "its whole"),
    Refused(
        {"after_from": "2024-05-01", "after_until": "2024-04-01"}, "after_until", "before it starts"
    ),
    Refused(
        {"before_until": "2024-05-01", "after_from": "2024-04-01"}, "after_from", "before has ended"
    ),
    Refused(
        {"given_estimate": 0.5, "given_low": 0.6, "given_high": 0.9, "estimate_kind": "ratio"},
        "given_estimate",
        "does not contain its estimate",
    ),
    Refused({"given_low": 0.6, "given_estimate": 0.7}, "given_high", "both ends"),
    Refused(
        {"given_estimate": -120, "estimate_kind": "percent_change"},
        "given_estimate",
        "100 per cent",
    ),
    Refused({"given_estimate": 130, "estimate_kind": "share"}, "given_estimate", "0 and 100"),
    Refused(
        {"given_estimate": 140, "estimate_kind": "percentage_points"}, "given_estimate", "Counts"
    ),
    Refused({"printed_change_pct": -101}, "printed_change_pct", "100 per cent"),
    Refused({"before": 3.5, "after": 1, "exposure_equal": True}, "before", "whole count"),
    Refused({"before": 0, "after": 1, "exposure_equal": True}, "before", "more than 0"),
    Refused({"before_exposure": 0}, "before_exposure", "above zero"),
    Refused({"before_sd": -1}, "before_sd", "never below zero"),
    Refused({"before_n": 5}, "after_n", "for both"),
    Refused({"after_until": "2024-05-01", "published_year": 2020}, "published_year", "before it"),
    Refused(
        {"before": 9, "after": 3, "exposure_equal": True, "estimate_kind": "share"},
        "estimate_kind",
        "ratio",
    ),
]


def test_impossible_numbers_are_refused_with_the_sentence_that_says_why(app):
    with app.test_request_context("/?lang=en"):
        for case in IMPOSSIBLE:
            errors = EvidenceSchema().validate(ROW | case.values)
            assert case.field in errors, (case, errors)
            assert case.words in " ".join(errors[case.field]), errors
        assert EvidenceSchema().validate(ROW | {"before": 9, "after": 3}) == {}
        kept = ROW | {"before": 9, "after": 3, "printed_change_pct": -10.0}
        assert EvidenceSchema().validate(kept) == {}  # a mismatch is no mistake of whoever writes


@given(
    before=st.integers(1, 500),
    after=st.integers(0, 500),
    exposures=st.tuples(st.floats(0.1, 9), st.floats(0.1, 9)),
)
def test_what_numbers_give_is_never_refused_as_impossible(before, after, exposures):
    numbers = {"before": before, "after": after, "counting": Counting.EVENTS}
    numbers |= {"before_exposure": exposures[0], "after_exposure": exposures[1]}
    effect = effect_of(Numbers.of(numbers))
    assert effect is not None
    assert effect.kind is EstimateKind.RATIO
    change = change_pct(Numbers.of(numbers))
    assert change == pytest.approx(100 * ((effect.estimate or 0) - 1))
    assert impossible(numbers | {"estimate_kind": effect.kind, "printed_change_pct": change}) == {}


def test_numbers_give_shares_means_and_rates_by_what_is_known_of_them():
    shares = effect_of(Numbers(before=15, after=56, before_of=50, after_of=70))
    assert shares is not None
    assert shares.kind is EstimateKind.PERCENTAGE_POINTS
    means = effect_of(Numbers(10.0, 8.0, before_sd=2, after_sd=2, before_n=30, after_n=30))
    assert means is not None
    assert means.low is not None
    crowd = effect_of(Numbers(100, 150, exposure_equal=True, counting=Counting.USE))
    assert crowd is not None
    assert (crowd.estimate, crowd.low) == (1.5, None)
    assert effect_of(Numbers(100, 150)) is None


@given(STUDIES, STUDIES)
def test_what_a_vendor_says_never_outranks_an_independent_measurement(one, other):
    vendor = rate(one._replace(measured_by=Measurer.VENDOR))
    independent = rate(other._replace(measured_by=Measurer.INDEPENDENT))
    if vendor.grade and independent.grade:
        assert vendor.grade >= independent.grade
    for rating in (vendor, independent):
        assert (rating.grade is None) == (rating.because is not None)


def test_the_rubric_is_what_its_page_and_its_twin_publish(client):
    told = client.get("/api/v1/rubric").json
    assert told["version"] == "1"
    assert len(told["points"]) == len(POINTS)
    assert told["cut_offs"] == {grade.value: least for grade, least in CUT_OFFS.items()}
    assert {(cap["value"], cap["grade"]) for cap in told["caps"]} == {
        (cap.value.value, cap.grade.value) for cap in CAPS
    }
    for criterion, enum in ((Criterion.DESIGN, Design), (Criterion.COUNTING, Counting)):
        assert {row.value for row in POINTS if row.criterion is criterion} >= set(enum)
    assert set(told["unrated"]) == {why.value for why in Unrated}
    for lang, words in (("ko", "근거 등급 채점표"), ("en", "Rubric of evidence grades")):
        assert words in client.get(f"/rubric?lang={lang}").text


def test_a_vendor_stands_last_in_its_grade_and_regrading_finds_what_changed(app):
    with app.app_context():
        pole = db.session.scalars(select(Solution).where(Solution.slug == "smart-pole")).one()
        source = db.session.scalars(select(Source)).first()
        words = dict.fromkeys(("measure_ko", "measure_en", "result_ko", "result_en"), "Sample")
        common = {
            "solution": pole,
            "kind": "outcome",
            "mark": "verified",
            "source": source,
            **words,
        }
        for slug, who in (("sample-vendor", "vendor"), ("sample-other", "independent")):
            claimed = {"design": "claim", "counting": "claim", "given_estimate": -50}
            db.session.add(Evidence(slug=slug, measured_by=who, **claimed, **common))
        db.session.commit()
        order = [row.slug for row in db.session.scalars(find_evidence(grade=[Grade.D]))]
        assert order.index("sample-other") < order.index("sample-vendor")
        db.session.execute(Evidence.__table__.update().values(grade="A"))
        db.session.commit()
    done = app.test_cli_runner().invoke(args=["regrade"])
    assert "Rubric 1: " in done.output
    assert app.test_cli_runner().invoke(args=["regrade"]).output == "Rubric 1: 0 grades changed.\n"


def test_a_headline_says_range_grade_studies_and_year_or_why_not(app, client, statements):
    with app.test_request_context("/?lang=en"):
        solutions = db.session.scalars(select(Solution)).all()
        with statements() as sent:
            found = headlines_of(solutions)
        assert len(sent) == 1
        for headline in found.values():
            assert (headline.low is None) == bool(headline.because)
            assert (headline.grade is None) == bool(headline.why_no_grade)
            assert headline.studies == (headline.evidence.mark != Mark.NOT_FOUND)
        crosswalk = found["smart-crosswalk"]
        assert (crosswalk.grade, crosswalk.studies, crosswalk.newest_year) == ("C", 1, 2024)
    page = client.get("/solutions?lang=en&per_page=50").text
    assert page.count("1 study · year ") == sum(1 for it in found.values() if it.studies)
    told = client.get("/api/v1/solutions?per_page=50").json["items"]
    crosswalk = next(it for it in told if it["slug"] == "smart-crosswalk")
    assert (crosswalk["headline_studies"], crosswalk["headline_year"]) == (1, 2024)


def test_studies_that_agree_are_pooled_on_the_page_and_in_the_headline(app, client):
    with app.app_context():
        fire = Solution.slug == "road-ice-monitoring"
        solution = db.session.scalars(select(Solution).where(fire)).one()
        source = db.session.scalars(select(Source)).first()
        for row in solution.evidence:
            row.headline = False
        for n, (before, after) in enumerate(((30, 15), (60, 40), (40, 22))):
            words = {"measure_ko": "표본 사고", "measure_en": "Sample crashes", "result_ko": "표본"}
            db.session.add(
                Evidence(
                    slug=f"sample-pool-{n}",
                    solution=solution,
                    kind="outcome",
                    measure_key="sample-crashes",
                    better="down",
                    design="before_after",
                    counting="events",
                    compared=Compared.TIMES,
                    estimate_kind="ratio",
                    exposure_equal=True,
                    before=before,
                    after=after,
                    place_en=f"Sample {n}",
                    result_en="Sample",
                    headline=n == 0,
                    measured_year=2020 + n,
                    mark="verified",
                    source=source,
                    **words,
                )
            )
        db.session.commit()
    whole = client.get("/api/v1/solutions/road-ice-monitoring").json
    (pool,) = whole["pools"]
    assert (pool["not_pooled_because"], pool["used"]) == (None, pool["studies"])
    assert pool["prediction"]["low"] <= pool["mean"]["low"] < pool["mean"]["estimate"] < 1
    assert (whole["headline_studies"], whole["headline_year"]) == (3, 2022)
    for lang, words in (("en", "prediction interval"), ("ko", "예측 구간")):
        page = client.get(f"/solutions/road-ice-monitoring?lang={lang}").text
        assert words in page
        assert "τ²" in page
