"""Completeness: what an entry of the catalog still lacks, of all that helps to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, or_, select

from catalog.conditions import Condition
from catalog.costs import Cost
from catalog.editing.kinds import SOLUTION, Content, Kind, label_of
from catalog.evidence import Evidence, EvidenceKind
from catalog.experiences import Experience
from catalog.guidelines import Guideline, GuidelineStatus
from catalog.solutions import Solution, SolutionFilters, find_solutions
from catalog.sources import Mark
from common.db import db
from common.locale import name_values, word
from common.schema import Choice, Schema


class Gap(StrEnum):
    """What a solution may lack."""

    PROBLEM = "problem"
    PARTS = "parts"
    ALIASES = "aliases"
    ENGLISH = "english"
    CONDITION = "condition"
    EFFECT = "effect"
    UNIT_COST = "unit_cost"
    GUIDELINE = "guideline"
    EXPERIENCE = "experience"


name_values(
    {
        Gap.PROBLEM: _l("the problem that it answers"),
        Gap.PARTS: _l("its parts"),
        Gap.ALIASES: _l("other names"),
        Gap.ENGLISH: _l("English for what is told in Korean"),
        Gap.CONDITION: _l("a condition that is known"),
        Gap.EFFECT: _l("a measured effect"),
        Gap.UNIT_COST: _l("a unit cost"),
        Gap.GUIDELINE: _l("a guideline whose text was read"),
        Gap.EXPERIENCE: _l("somebody who went before"),
    }
)


def _some(column: Any) -> ColumnElement[bool]:
    return cast(column, Text) != "[]"


def _known(model: Any) -> ColumnElement[bool]:
    is_known: ColumnElement[bool] = model.mark != Mark.NOT_FOUND
    return is_known


# When a solution does not lack it, in SQL: one condition for the filter, the list and the score.
FILLED: dict[Gap, ColumnElement[bool]] = {
    Gap.PROBLEM: Solution.problem_ko.is_not(None),
    Gap.PARTS: _some(Solution.parts_ko),
    Gap.ALIASES: _some(Solution.aliases),
    Gap.ENGLISH: and_(
        or_(Solution.problem_ko.is_(None), Solution.problem_en.is_not(None)),
        or_(~_some(Solution.parts_ko), _some(Solution.parts_en)),
    ),
    Gap.CONDITION: Solution.conditions.any(_known(Condition)),
    Gap.EFFECT: Solution.evidence.any(
        and_(Evidence.kind == EvidenceKind.OUTCOME, _known(Evidence))
    ),
    Gap.UNIT_COST: Solution.costs.any(and_(Cost.comparable, Cost.low_won.is_not(None))),
    Gap.GUIDELINE: Solution.guidelines.any(Guideline.status != GuidelineStatus.SOURCE_PENDING),
    Gap.EXPERIENCE: Solution.experiences.any(_known(Experience)),
}


@dataclass(frozen=True)
class Completeness:
    """How much of what helps to decide an entry tells, and what it lacks, in words."""

    have: int
    of: int
    missing: list[str]

    @property
    def score(self) -> int:
        """The share that is told, in whole per cent, rounded down: 100 only where nothing lacks."""
        return 100 * self.have // self.of


class CompletenessSchema(Schema):
    """Completeness as the API tells it."""

    score = fields.Integer(dump_only=True)
    have = fields.Integer(dump_only=True)
    of = fields.Integer(dump_only=True)
    missing = fields.List(fields.String(), dump_only=True)


class CompletenessFilters(SolutionFilters):
    """What the list of solutions can be narrowed to, what they lack among it."""

    missing = fields.List(Choice(Gap), metadata={"label": _l("Still missing")})


def find_with_gaps(*, missing: Sequence[Gap] = (), **filters: Any) -> Select[Solution]:
    """Solutions that lack all of `missing`, and answer to the other filters."""
    query = find_solutions(**filters)
    for gap in missing or ():
        query = query.where(~FILLED[gap])
    return query


def gaps_of(solutions: Sequence[Solution]) -> dict[int, list[Gap]]:
    """What each of `solutions` lacks, by its id; one statement."""
    columns = [case((FILLED[gap], 1), else_=0) for gap in Gap]
    query = select(Solution.id, *columns).where(Solution.id.in_([it.id for it in solutions]))
    return {
        row[0]: [gap for gap, has in zip(Gap, row[1:], strict=True) if not has]
        for row in db.session.execute(query)
    }


def gap_counts() -> dict[Gap, int]:
    """How many solutions lack each; one statement."""
    sums = [func.sum(case((FILLED[gap], 0), else_=1)) for gap in Gap]
    row = db.session.execute(select(*sums).select_from(Solution)).one()
    return {gap: int(count) for gap, count in zip(Gap, row, strict=True) if count}


def completeness(
    kind: Kind, entry: Any, content: Content, old_english: Sequence[str] = ()
) -> Completeness:
    """What an entry that says `content` tells and lacks; English out of date counts as lacking."""
    if kind is SOLUTION:
        gaps = gaps_of([entry])[entry.id]
        return _with_english(
            Completeness(len(Gap) - len(gaps), len(Gap), words_of(gaps)), old_english
        )
    schema = kind.schema().fields
    asked = [name for name in kind.names() if schema[name].required or name in kind.wanted.split()]
    lacking = [name for name in asked if _is_empty(content, name)]
    found = Completeness(
        len(asked) - len(lacking), len(asked), [label_of(kind, name) for name in lacking]
    )
    return _with_english(found, old_english)


def words_of(gaps: Sequence[Gap]) -> list[str]:
    """`gaps` in words."""
    return [word(gap) for gap in gaps]


def _is_empty(content: Mapping[str, Any], name: str) -> bool:
    return content.get(name) in (None, "", [])


def _with_english(found: Completeness, old_english: Sequence[str]) -> Completeness:
    missing = found.missing + ([_("English that is up to date")] if old_english else [])
    return Completeness(found.have + (not old_english), found.of + 1, missing)
