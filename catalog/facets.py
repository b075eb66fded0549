"""Facets: how many things each value of a filter holds, for the forms beside the lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from sqlalchemy import Select, func, select

from catalog.choosing.facets import facet_counts
from catalog.editing.completeness import gap_counts
from catalog.effects.forest import ticks
from catalog.evidence import Evidence, find_evidence
from catalog.grading.grades import Grade
from catalog.grading.studies import EvidenceKind, Measurer
from catalog.guidance.adherence import adherence
from catalog.guidelines import Guideline, GuidelineStatus, Item, Level, Stage, find_items
from catalog.indicators import Indicator, IndicatorKind, find_indicators
from catalog.solutions import rollout, solutions_to_choose
from common.db import db


def solution_facets(_items: list[Any], filters: Mapping[str, Any]) -> dict[str, Any]:
    """How many solutions each filter value holds under the other filters."""
    return facet_counts(filters) | {
        "gaps": gap_counts(),
        "silent": rollout().silent(),
        "ticks": ticks(),
    }


def guideline_facets(items: list[Any], _filters: Mapping[str, Any]) -> dict[str, Any]:
    """Counts for the list of guidelines: by status, and the items of each."""
    statuses = select(Guideline.status, func.count()).group_by(Guideline.status)
    counts = (
        select(Item.guideline_id, func.count())
        .where(Item.guideline_id.in_([it.id for it in items]))
        .group_by(Item.guideline_id)
    )
    return {
        "statuses": _in_order(GuidelineStatus, _counts(statuses)),
        "item_counts": _counts(counts),
        "all_solutions": db.session.scalars(solutions_to_choose()).all(),
        "pending": GuidelineStatus.SOURCE_PENDING,
    }


def item_facets(items: list[Any], filters: Mapping[str, Any]) -> dict[str, Any]:
    """How many items of the chosen guideline and solution each level and stage holds."""
    chosen = {name: filters.get(name) for name in ("guideline", "solution")}
    rows = find_items(**chosen).order_by(None)
    levels = rows.with_only_columns(Item.level, func.count()).group_by(Item.level)
    stages = rows.with_only_columns(Item.stage, func.count()).group_by(Item.stage)
    return {
        "answered": adherence().by_item(items),
        "levels": _in_order(Level, _counts(levels)),
        "stages": _in_order(Stage, _counts(stages)),
        "all_solutions": db.session.scalars(solutions_to_choose()).all(),
    }


def evidence_facets(_items: list[Any], filters: Mapping[str, Any]) -> dict[str, Any]:
    """How many pieces of evidence on the chosen solution each filter value holds."""
    rows = find_evidence(solution=filters.get("solution")).order_by(None)
    kinds = rows.with_only_columns(Evidence.kind, func.count()).group_by(Evidence.kind)
    grades = rows.with_only_columns(Evidence.grade, func.count()).group_by(Evidence.grade)
    measurers = rows.with_only_columns(Evidence.measured_by, func.count())
    measurers = measurers.group_by(Evidence.measured_by)
    countries = (
        rows.with_only_columns(Evidence.country, func.count())
        .where(Evidence.country.is_not(None))
        .group_by(Evidence.country)
    )
    return {
        "kinds": _in_order(EvidenceKind, _counts(kinds)),
        "grades": _in_order(Grade, _counts(grades)),
        "countries": _counts(countries),
        "measurers": _in_order(Measurer, _counts(measurers)),
        "unrated": db.session.scalar(
            rows.with_only_columns(func.count()).where(Evidence.grade.is_(None))
        ),
        "country_names": get_locale().territories,
        "all_solutions": db.session.scalars(solutions_to_choose()).all(),
    }


def indicator_facets(_items: list[Any], filters: Mapping[str, Any]) -> dict[str, Any]:
    """How many indicators of the chosen solution there are of each kind."""
    rows = find_indicators(solution=filters.get("solution")).order_by(None)
    kinds = rows.with_only_columns(Indicator.kind, func.count()).group_by(Indicator.kind)
    return {
        "kinds": _in_order(IndicatorKind, _counts(kinds)),
        "all_solutions": db.session.scalars(solutions_to_choose()).all(),
    }


def solution_options(_items: list[Any], _filters: Mapping[str, Any]) -> dict[str, Any]:
    """The solutions that a list can be narrowed to."""
    return {"all_solutions": db.session.scalars(solutions_to_choose()).all()}


def _counts(query: Select[Any, int]) -> dict[Any, int]:
    return dict(db.session.execute(query).all())


def _in_order(values: type[Any], counts: Mapping[Any, int]) -> dict[Any, int]:
    return {value: counts[value] for value in values if value in counts}
