"""The evidence desk: what the page of a solution shows of its effects and costs together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from catalog.costing.prices import find_price_indices, newest
from catalog.effects.forest import position
from catalog.facets import solution_options
from catalog.grading.rubric import VERSION
from catalog.grading.studies import Finding
from catalog.solutions import Solution
from common.db import db


def desk_of(solution: Solution) -> dict[str, Any]:
    """Findings of `solution` by what they come to, and the rubric that graded them."""
    found = Counter(row.found for row in solution.evidence)
    return {
        "findings": {finding: found[finding] for finding in Finding if found[finding]},
        "position": position,
        "rubric_version": VERSION,
    }


def cost_facets(items: list[Any], filters: Mapping[str, Any]) -> dict[str, Any]:
    """What the list of costs shows beside them: the index that brings them to one year."""
    rows = db.session.scalars(find_price_indices()).all()
    index = {row.year: row.value for row in rows}
    return solution_options(items, filters) | {
        "price_year": newest(index),
        "price_index": index,
        "price_rows": rows,
    }
