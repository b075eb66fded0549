"""Routes of the catalog: pages and their JSON twins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from accounts.organisations import Organisation, OrganisationSchema
from catalog.costs import Cost, CostFilters, CostSchema, find_costs
from catalog.discrepancies import (
    Discrepancy,
    DiscrepancyFilters,
    DiscrepancySchema,
    find_discrepancies,
)
from catalog.evidence import Evidence, EvidenceFilters, EvidenceSchema, find_evidence
from catalog.experiences import Experience, ExperienceSchema
from catalog.forest import forest_groups
from catalog.grades import Grade, at_least
from catalog.guidelines import (
    Guideline,
    GuidelineFilters,
    GuidelineSchema,
    GuidelineStatus,
    Item,
    ItemFilters,
    ItemSchema,
    WholeGuidelineSchema,
    find_guidelines,
    find_items,
)
from catalog.overview import (
    OVERVIEW,
    SolutionRecord,
    SolutionToldSchema,
    WholeSolutionSchema,
    solution_records,
)
from catalog.solutions import (
    Condition,
    ConditionSchema,
    Solution,
    SolutionFilters,
    SolutionSchema,
    find_solutions,
)
from catalog.sources import Source, SourceFilters, SourceSchema, find_sources
from common.db import db
from common.resource import Resource, mount

bp = Blueprint("catalog", __name__)


def solution_facets(_items: list[Any], _filters: Mapping[str, Any]) -> dict[str, Any]:
    """How many solutions each filter value holds, whatever else is set."""
    kinds = select(Solution.kind, func.count()).group_by(Solution.kind)
    areas = select(Solution.service_field, func.count()).group_by(Solution.service_field)
    graded = select(func.count(func.distinct(Evidence.solution_id)))
    return {
        "kinds": dict(db.session.execute(kinds).tuples().all()),
        "areas": dict(db.session.execute(areas).tuples().all()),
        "grades": {
            grade: db.session.scalar(graded.where(Evidence.grade.in_(at_least(grade))))
            for grade in (Grade.A, Grade.B, Grade.C)
        },
    }


def solution_page(record: SolutionRecord) -> dict[str, Any]:
    """What only the page of a solution shows: its forest plot and its guidelines."""
    solution = record.solution
    counts = select(Item.guideline_id, func.count()).group_by(Item.guideline_id)
    items = find_items(solution=solution)
    return {
        "groups": forest_groups(solution.evidence),
        "guidelines": db.session.scalars(find_guidelines(solution=solution)).unique().all(),
        "item_counts": dict(
            db.session.execute(
                counts.where(Item.id.in_(items.with_only_columns(Item.id).order_by(None)))
            )
            .tuples()
            .all()
        ),
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
        "statuses": dict(db.session.execute(statuses).tuples().all()),
        "item_counts": dict(db.session.execute(counts).tuples().all()),
        "all_solutions": db.session.scalars(find_solutions()).all(),
        "pending": GuidelineStatus.SOURCE_PENDING,
    }


def solution_options(_items: list[Any], _filters: Mapping[str, Any]) -> dict[str, Any]:
    """The solutions that a list can be narrowed to."""
    return {"all_solutions": db.session.scalars(find_solutions()).all()}


SOLUTIONS = Resource(
    one="solution",
    many="solutions",
    model=Solution,
    schema=SolutionSchema,
    filters=SolutionFilters,
    find=find_solutions,
    tell=solution_records,
    told=SolutionToldSchema,
    whole=WholeSolutionSchema,
    load=OVERVIEW,
    load_whole=(
        selectinload(Solution.conditions),
        selectinload(Solution.experiences),
        selectinload(Solution.guidelines),
    ),
    extras=solution_facets,
    page_extras=solution_page,
    sorts={"slug": Solution.slug, "name_ko": Solution.name_ko, "name_en": Solution.name_en},
)
GUIDELINES = Resource(
    one="guideline",
    many="guidelines",
    model=Guideline,
    schema=GuidelineSchema,
    filters=GuidelineFilters,
    find=find_guidelines,
    whole=WholeGuidelineSchema,
    load=(selectinload(Guideline.solutions),),
    load_whole=(selectinload(Guideline.items).joinedload(Item.solution),),
    extras=guideline_facets,
    sorts={"slug": Guideline.slug, "effective_on": Guideline.effective_on},
)
EVIDENCE = Resource(
    one="evidence-record",
    alone=False,
    many="evidence",
    model=Evidence,
    schema=EvidenceSchema,
    filters=EvidenceFilters,
    find=find_evidence,
    extras=solution_options,
    sorts={"slug": Evidence.slug, "grade": Evidence.grade},
)
COSTS = Resource(
    one="cost",
    alone=False,
    many="costs",
    model=Cost,
    schema=CostSchema,
    filters=CostFilters,
    find=find_costs,
    extras=solution_options,
    sorts={"slug": Cost.slug, "low_won": Cost.low_won},
)
ITEMS = Resource(
    one="item",
    alone=False,
    many="items",
    model=Item,
    schema=ItemSchema,
    filters=ItemFilters,
    find=find_items,
    load=(selectinload(Item.guideline), selectinload(Item.solution)),
    extras=solution_options,
    sorts={"key": Item.key},
)
DISCREPANCIES = Resource(
    one="discrepancy",
    alone=False,
    many="discrepancies",
    model=Discrepancy,
    schema=DiscrepancySchema,
    filters=DiscrepancyFilters,
    find=find_discrepancies,
    extras=solution_options,
    sorts={"slug": Discrepancy.slug},
)
SOURCES = Resource(
    one="source",
    alone=False,
    many="sources",
    model=Source,
    schema=SourceSchema,
    filters=SourceFilters,
    find=find_sources,
    sorts={"slug": Source.slug},
)

# In the order in which they are loaded: what is pointed to comes first.
KINDS = [
    Resource(
        one="organisation", many="organisations", model=Organisation, schema=OrganisationSchema
    ),
    SOURCES,
    SOLUTIONS,
    Resource(one="condition", many="conditions", model=Condition, schema=ConditionSchema),
    EVIDENCE,
    COSTS,
    Resource(one="experience", many="experiences", model=Experience, schema=ExperienceSchema),
    DISCREPANCIES,
    GUIDELINES,
    ITEMS,
]

for it in KINDS:
    if it.find is not None:
        mount(bp, it)
