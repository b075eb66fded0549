"""Axes and revisions: scales, time lines and differences, by their properties and on the seeds."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from common.db import db
from common.facts import When, held
from tracker.coaching.revisions import pieces
from tracker.gaps import Missing, gaps
from tracker.monitor.axes import MOST_TICKS, later, quantity_axis, tick_step, time_line
from tracker.rollout import find_sites, site_records
from tracker.rounds import RoundStep


@given(st.integers(0, 1_000_000))
def test_a_scale_reaches_the_largest_value_with_at_most_five_ticks(largest):
    step = tick_step(largest)
    assert step * (MOST_TICKS - 1) >= largest
    assert str(step).strip("0") in ("1", "2", "5")


@given(st.text(), st.text())
def test_pieces_put_together_are_the_texts(before, after):
    old, new = pieces(before, after)
    assert "".join(text for _only, text in old) == before
    assert "".join(text for _only, text in new) == after
    same = ["".join(text for only, text in side if not only) for side in (old, new)]
    assert same[0] == same[1]


def test_only_the_words_that_changed_are_marked():
    old, new = pieces("29 poles were planned", "17 poles were planned")
    assert (old[0], new[0]) == ((True, "29"), (True, "17"))
    assert old[1:] == new[1:] == [(False, " poles were planned")]


def test_a_year_after_a_leap_day_is_the_end_of_february():
    assert later(date(2024, 2, 29), 1) == date(2025, 2, 28)


def test_an_empty_site_still_has_a_scale():
    axis = quantity_axis([])
    assert (axis.place(0), axis.place(None), axis.ticks[0]) == (0, None, (0.0, "0"))


def test_sokcho_is_drawn_and_lacks_what_is_not_known(app):
    with app.app_context():
        as_of = date(2025, 3, 31)
        found = site_records(db.session.scalars(find_sites(as_of=as_of)).all(), as_of=as_of)
        sokcho = next(it for it in found if it.slug == "sokcho-2023")
        steps = held(RoundStep, When(as_of)).where(RoundStep.round_id == sokcho.round_id)
        line = time_line(sokcho, db.session.scalars(steps).all())
        days = [day[0].on.isoformat() for day in line.days]
        lacking = {gap.what for gap in gaps(sokcho)}
    assert days == ["2023-02-06", "2023-03-28", "2023-04-13", "2023-06-11", "2025-03-13"]
    assert [shape["kind"] for shape in line.shapes[:2]] == ["plan", "actual"]
    assert all(0 <= shape["x_pct"] <= 100 for shape in line.shapes)
    assert {Missing.REASON, Missing.UNIT, Missing.WORKING, Missing.SPLIT} <= lacking
    assert Missing.COMPLETED not in lacking
