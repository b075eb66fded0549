"""Facets of the list of solutions: how many each value of a filter would leave, given the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, select

from catalog.choosing.search import Match, match_of
from catalog.editing.completeness import find_with_gaps
from catalog.grading.grades import Grade
from catalog.problems import Problem, find_problems, problem_solution
from catalog.solutions import ServiceField, Solution, SolutionKind
from common.db import db


def facet_counts(filters: Mapping[str, Any]) -> dict[str, Any]:
    """For each filter, how many solutions each of its values holds under the other filters."""
    kinds = _by(Solution.kind, filters, "kind")
    areas = _by(Solution.service_field, filters, "service_field")
    rest = _rest(filters, "grade")
    told = db.session.scalars(find_problems()).all()
    problems = _by_problem(find_with_gaps(**_rest(filters, "problem")))
    return {
        "kinds": {it: kinds[it] for it in SolutionKind if it in kinds},
        "areas": {it: areas[it] for it in ServiceField if it in areas},
        "problems": [(it, problems.get(it.id, 0)) for it in told],
        "grades": {it: _count(find_with_gaps(**rest, grade=it)) for it in Grade if it != Grade.D},
        "of_all": _count(find_with_gaps(**rest)),
        "deployed": _count(find_with_gaps(**_rest(filters, "deployed"), deployed=True)),
        "nearest": bool(filters.get("q")) and match_of(Solution, filters["q"])[0] is Match.NEAR,
    }


def problems_to_choose() -> list[Problem]:
    """The problems that a solution deals with."""
    return list(db.session.scalars(find_problems()))


def _rest(filters: Mapping[str, Any], but: str) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if name != but}


def _ids(query: Select[Any]) -> Select[Any]:
    return query.order_by(None).with_only_columns(Solution.id)


def _count(query: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(_ids(query).subquery())) or 0


def _by_problem(query: Select[Any]) -> dict[int, int]:
    belongs = problem_solution.c
    counts = (
        select(belongs.problem_id, func.count())
        .where(belongs.solution_id.in_(_ids(query)))
        .group_by(belongs.problem_id)
    )
    return dict(db.session.execute(counts).all())


def _by(column: Any, filters: Mapping[str, Any], name: str) -> dict[Any, int]:
    query = find_with_gaps(**_rest(filters, name)).order_by(None)
    return dict(
        db.session.execute(query.with_only_columns(column, func.count()).group_by(column)).all()
    )
