"""Routes of the catalog: pages and their JSON twins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from accounts.organisations import Organisation, OrganisationSchema
from catalog.choosing.choice import coaches_of
from catalog.choosing.coaches import TownKind
from catalog.conditions import Condition, ConditionSchema
from catalog.costing.prices import (
    PriceIndex,
    PriceIndexFilters,
    PriceIndexSchema,
    find_price_indices,
)
from catalog.costs import Cost, CostFilters, CostSchema, cost_chart, find_costs
from catalog.desk import cost_facets, desk_of
from catalog.discrepancies import (
    Discrepancy,
    DiscrepancyFilters,
    DiscrepancySchema,
    find_discrepancies,
)
from catalog.editing.completeness import CompletenessFilters, find_with_gaps
from catalog.editing.differences import words
from catalog.editing.entries import entry_of
from catalog.editing.kinds import KINDS as EDITED
from catalog.effects.forest import forest_groups, ticks
from catalog.evidence import Evidence, EvidenceFilters, find_evidence
from catalog.evidence_schemas import EvidenceSchema, EvidenceToldSchema
from catalog.experiences import Experience, ExperienceSchema
from catalog.facets import (
    evidence_facets,
    guideline_facets,
    indicator_facets,
    item_facets,
    solution_facets,
    solution_options,
)
from catalog.grading.grades import Grade
from catalog.guidance.adherence import AffectingGuidelineSchema, GuidelineRecord, guideline_records
from catalog.guidelines import (
    Guideline,
    GuidelineFilters,
    GuidelineSchema,
    GuidelineToldSchema,
    Item,
    ItemFilters,
    ItemSchema,
    ItemToldSchema,
    Stage,
    find_guidelines,
    find_items,
)
from catalog.indicators import (
    Indicator,
    IndicatorFilters,
    IndicatorSchema,
    find_indicators,
)
from catalog.overview import (
    OVERVIEW,
    SolutionRecord,
    SolutionToldSchema,
    WholeSolutionSchema,
    solution_records,
)
from catalog.problems import Problem, ProblemSchema
from catalog.solutions import (
    Solution,
    SolutionSchema,
)
from catalog.sources import Source, SourceFilters, SourceSchema, find_sources
from common.db import db
from common.facts import When, today
from common.locale import word
from common.resource import Resource, mount

bp = Blueprint("catalog", __name__)


def solution_page(record: SolutionRecord, when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a solution shows: its forest plot and its guidelines."""
    solution = record.solution
    counts = select(Item.guideline_id, func.count()).group_by(Item.guideline_id)
    items = find_items(solution=solution)
    return {
        "entry": entry_of(EDITED["solution"], solution),
        "groups": forest_groups(solution.evidence),
        "local": forest_groups(record.local_results),
        "indicators": db.session.scalars(find_indicators(solution=solution)).all(),
        "ticks": ticks(),
        "grades": {grade.value: grade for grade in Grade},
        "costs": cost_chart(solution.costs),
        **desk_of(solution),
        "coaches": coaches_of(solution, when=When.of(**when)),
        "today": today(),
        "like": {},
        "town_kinds": [(it.value, word(it)) for it in TownKind],
        "disagreements": db.session.scalars(find_discrepancies(solution=solution)).all(),
        "guidelines": db.session.scalars(
            find_guidelines(solution=solution).options(selectinload(Guideline.solutions))
        ).all(),
        "item_counts": dict(
            db.session.execute(
                counts.where(Item.id.in_(items.with_only_columns(Item.id).order_by(None)))
            ).all()
        ),
    }


def guideline_page(guideline: GuidelineRecord, _when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a guideline shows: the stages that its items are grouped by."""
    entry = entry_of(EDITED["guideline"], guideline.guideline)
    return {"stages": list(Stage), "entry": entry, "word_difference": words}


SOLUTIONS = Resource(
    one="solution",
    many="solutions",
    model=Solution,
    schema=SolutionSchema,
    filters=CompletenessFilters,
    find=find_with_gaps,
    tell=solution_records,
    told=SolutionToldSchema,
    whole=WholeSolutionSchema,
    load=OVERVIEW,
    load_whole=(
        selectinload(Solution.conditions),
        selectinload(Solution.evidence).selectinload(Evidence.discrepancies),
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
    told=GuidelineToldSchema,
    filters=GuidelineFilters,
    find=find_guidelines,
    tell=guideline_records,
    whole=AffectingGuidelineSchema,
    load=(selectinload(Guideline.solutions), joinedload(Guideline.replaces)),
    load_whole=(
        selectinload(Guideline.items).options(
            joinedload(Item.solution), joinedload(Item.continues)
        ),
        selectinload(Guideline.replaced_by),
        joinedload(Guideline.replaces).selectinload(Guideline.items),
    ),
    extras=guideline_facets,
    page_extras=guideline_page,
    sorts={"slug": Guideline.slug, "effective_on": Guideline.effective_on},
)
EVIDENCE = Resource(
    one="evidence-record",
    alone=False,
    many="evidence",
    model=Evidence,
    schema=EvidenceSchema,
    told=EvidenceToldSchema,
    filters=EvidenceFilters,
    find=find_evidence,
    load=(selectinload(Evidence.discrepancies),),
    extras=evidence_facets,
    sorts={"slug": Evidence.slug, "grade": Evidence.grade},
)
INDICATORS = Resource(
    one="indicator",
    alone=False,
    many="indicators",
    model=Indicator,
    schema=IndicatorSchema,
    filters=IndicatorFilters,
    find=find_indicators,
    extras=indicator_facets,
    sorts={"slug": Indicator.slug},
)
COSTS = Resource(
    one="cost",
    alone=False,
    many="costs",
    model=Cost,
    schema=CostSchema,
    filters=CostFilters,
    find=find_costs,
    extras=cost_facets,
    sorts={"slug": Cost.slug, "low_won": Cost.low_won},
)
PRICES = Resource(
    one="price-index",
    alone=False,
    many="price-indices",
    model=PriceIndex,
    schema=PriceIndexSchema,
    filters=PriceIndexFilters,
    find=find_price_indices,
    sorts={"slug": PriceIndex.slug, "year": PriceIndex.year},
)
ITEMS = Resource(
    one="item",
    alone=False,
    many="items",
    model=Item,
    schema=ItemSchema,
    told=ItemToldSchema,
    filters=ItemFilters,
    find=find_items,
    load=(selectinload(Item.guideline), selectinload(Item.solution), selectinload(Item.continues)),
    extras=item_facets,
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
    load=(joinedload(Discrepancy.evidence),),
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
    Resource(one="problem", many="problems", model=Problem, schema=ProblemSchema),
    SOLUTIONS,
    EVIDENCE,
    INDICATORS,
    COSTS,
    PRICES,
    Resource(one="experience", many="experiences", model=Experience, schema=ExperienceSchema),
    DISCREPANCIES,
    GUIDELINES,
    ITEMS,
    Resource(one="condition", many="conditions", model=Condition, schema=ConditionSchema),
]

for it in KINDS:
    if it.find is not None:
        mount(bp, it)
