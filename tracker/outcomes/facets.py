"""The list of outcomes, and what it shows beside its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from catalog.evidence import Counting
from catalog.indicators import IndicatorKind, find_indicators
from common.db import db
from common.facts import When
from common.permissions import Can, allowed
from common.resource import Resource
from tracker.facets import choices, counts, ids_of
from tracker.outcomes.outcomes import LISTED, Outcome, OutcomeFilters, find_outcomes, versions
from tracker.outcomes.plausibility import OutcomeKind
from tracker.outcomes.reviews import OutcomeStep, ReviewState
from tracker.outcomes.schemas import OutcomeSchema, OutcomeStepSchema
from tracker.outcomes.tallies import APPROVED, totals
from tracker.outcomes.told import OutcomeToldSchema, outcome_records

COUNTED = ("kind", "counting", "state")


def outcome_options(_items: list[Any], filters: Mapping[str, Any]) -> dict[str, Any]:
    """What the list of outcomes can be narrowed to, and the sums of the indicator chosen."""
    of_any = {name: ids_of(find_outcomes(**{**filters, name: None}), Outcome) for name in COUNTED}
    kinds = select(Outcome.kind, func.count()).where(Outcome.id.in_(of_any["kind"]))
    ways = select(Outcome.counting, func.count()).where(Outcome.id.in_(of_any["counting"]))
    seen = versions(When.of(filters.get("as_of"), filters.get("known_on")))
    states = select(seen.c.state, func.count()).where(seen.c.id.in_(of_any["state"]))
    return choices() | {
        "all_indicators": db.session.scalars(find_indicators()).all(),
        "kinds": counts(kinds.group_by(Outcome.kind), OutcomeKind),
        "ways": counts(ways.group_by(Outcome.counting), Counting),
        "states": counts(states.group_by(seen.c.state), ReviewState),
        "sees_drafts": allowed(Can.DECIDE_OUTCOMES) or allowed(Can.REPORT_OUTCOMES),
        "totals": totals(find_outcomes(**{**filters, **APPROVED}))
        if filters.get("indicator")
        else [],
        "rates": IndicatorKind.RATE,
    }


# In the order in which they are loaded.
KINDS = [
    Resource(
        one="outcome",
        many="outcomes",
        model=Outcome,
        schema=OutcomeSchema,
        filters=OutcomeFilters,
        find=find_outcomes,
        tell=outcome_records,
        told=OutcomeToldSchema,
        load=LISTED,
        extras=outcome_options,
        alone=False,
        sorts={"key": Outcome.key, "on": Outcome.on},
    ),
    Resource(one="outcome-step", many="outcome-steps", model=OutcomeStep, schema=OutcomeStepSchema),
]
