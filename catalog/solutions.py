"""Solutions: what a municipality can deploy, with names, problem and parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import ColumnElement, Select, case, event, false, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.choosing.search import answers
from catalog.grading.grades import Grade, at_least
from catalog.problems import Problem, problem_solution
from catalog.sources import Cited, CitedSchema, Mark, must_be_cited, names_to_find
from common.db import Key, Model, Name, Slug, Text, Words
from common.facts import When, WhenFilters
from common.locale import name_values
from common.schema import Choice, Ref, line, slug_field, text

if TYPE_CHECKING:
    from catalog.conditions import Condition
    from catalog.costs import Cost
    from catalog.evidence import Evidence
    from catalog.experiences import Experience
    from catalog.guidelines import Guideline


class SolutionKind(StrEnum):
    """Whether the ministry's catalogue offers it or a site brought it along."""

    STANDARD = "standard"
    SPECIAL = "special"


class ServiceField(StrEnum):
    """Service fields of the Smart City Act's Enforcement Decree, article 2."""

    ADMINISTRATION = "administration"
    TRANSPORT = "transport"
    HEALTH_WELFARE = "health-welfare"
    ENVIRONMENT = "environment-energy-water"
    SAFETY = "safety"
    FACILITIES = "facilities"
    EDUCATION = "education"
    CULTURE = "culture-tourism-sport"
    LOGISTICS = "logistics"
    WORK = "work"
    HOUSING = "housing"
    BY_NOTICE = "other-by-notice"


name_values(
    {
        SolutionKind.STANDARD: _l("Standard solution"),
        SolutionKind.SPECIAL: _l("Local special solution"),
        ServiceField.ADMINISTRATION: _l("Administration"),
        ServiceField.TRANSPORT: _l("Transport"),
        ServiceField.HEALTH_WELFARE: _l("Health, medicine and welfare"),
        ServiceField.ENVIRONMENT: _l("Environment, energy and water"),
        ServiceField.SAFETY: _l("Crime and disaster prevention"),
        ServiceField.FACILITIES: _l("Facility management"),
        ServiceField.EDUCATION: _l("Education"),
        ServiceField.CULTURE: _l("Culture, tourism and sport"),
        ServiceField.LOGISTICS: _l("Logistics"),
        ServiceField.WORK: _l("Work and employment"),
        ServiceField.HOUSING: _l("Housing"),
        ServiceField.BY_NOTICE: _l("Other (by notice)"),
    }
)


class Solution(Cited, Model):
    """Something that a municipality can deploy."""

    __tablename__ = "solution"
    __table_args__ = (must_be_cited(),)

    id: Mapped[Key]
    slug: Mapped[Slug]
    name_ko: Mapped[Name]
    name_en: Mapped[Name]
    kind: Mapped[SolutionKind] = mapped_column(index=True)
    service_field: Mapped[ServiceField] = mapped_column(index=True)
    aliases: Mapped[Words]
    problem_ko: Mapped[Text | None]
    problem_en: Mapped[Text | None]
    parts_ko: Mapped[Words]
    parts_en: Mapped[Words]
    names: Mapped[Text] = mapped_column(default="")  # haystack of all names, kept below

    problems: Mapped[list[Problem]] = relationship(
        secondary=problem_solution, back_populates="solutions", order_by=Problem.id
    )
    conditions: Mapped[list[Condition]] = relationship(
        back_populates="solution", order_by="Condition.id"
    )
    evidence: Mapped[list[Evidence]] = relationship(
        back_populates="solution", order_by="Evidence.id"
    )
    costs: Mapped[list[Cost]] = relationship(back_populates="solution", order_by="Cost.id")
    experiences: Mapped[list[Experience]] = relationship(
        back_populates="solution", order_by="Experience.id"
    )
    guidelines: Mapped[list[Guideline]] = relationship(
        secondary="guideline_solution", back_populates="solutions", order_by="Guideline.id"
    )


@event.listens_for(Solution, "before_insert")
@event.listens_for(Solution, "before_update")
def _keep_names(_mapper: Any, _connection: Any, solution: Solution) -> None:
    solution.names = names_to_find(solution)


class SolutionSchema(CitedSchema):
    """A solution as it is written down."""

    slug = slug_field()
    name_ko = line(required=True, label=_l("Name in Korean"))
    name_en = line(required=True, label=_l("Name in English"))
    kind = Choice(SolutionKind, required=True, metadata={"label": _l("Kind")})
    service_field = Choice(ServiceField, required=True, metadata={"label": _l("Service field")})
    aliases = fields.List(line(), load_default=list, metadata={"label": _l("Other names")})
    problem_ko = text(allow_none=True, load_default=None, label=_l("Problem in Korean"))
    problem_en = text(allow_none=True, load_default=None, label=_l("Problem in English"))
    problems = fields.List(
        Ref(Problem), load_default=list, metadata={"label": _l("Problems that it deals with")}
    )
    parts_ko = fields.List(line(), load_default=list, metadata={"label": _l("Parts in Korean")})
    parts_en = fields.List(line(), load_default=list, metadata={"label": _l("Parts in English")})


class SolutionFilters(WhenFilters):
    """What the list of solutions can be narrowed to."""

    q = line(label=_l("Search"), load_default=None)
    kind = fields.List(Choice(SolutionKind), metadata={"label": _l("Kind")})
    problem = fields.List(Ref(Problem), metadata={"label": _l("Problem")})
    service_field = fields.List(Choice(ServiceField), metadata={"label": _l("Service field")})
    grade = Choice(Grade, metadata={"label": _l("Best evidence grade at least")})
    deployed = fields.Boolean(metadata={"label": _l("Deployed in the 2023 round")})


class Rollout(Protocol):
    """What whoever tracks deployments can tell about solutions."""

    def deployed(self, when: When, /) -> ColumnElement[bool]:
        """The condition on `Solution` that a site is known to deploy it as of a date."""

    def adoptions(self, solutions: Sequence[Solution], when: When, /) -> dict[str, list[Any]]:
        """The deployments of each of `solutions` known as of a date, by solution slug."""

    def silent(self) -> Sequence[Any]:
        """The sites of which nobody knows what they deploy."""

    def results(self, solution: Solution, when: When, /) -> Sequence[Any]:
        """What approved outcomes of its deployments say of `solution`."""

    def actuals(self, solution: Solution, when: When, /) -> Sequence[Any]:
        """What its deployments really cost, took and got, beside what was planned."""

    def residents(self, when: When, /) -> dict[str, int]:
        """The newest known population of municipalities, by slug of the organisation."""


class NoRollout:
    """Nothing is tracked."""

    def deployed(self, _when: When, /) -> ColumnElement[bool]:
        """No solution is deployed."""
        return false()

    def adoptions(self, _solutions: Sequence[Solution], _when: When, /) -> dict[str, list[Any]]:
        """No solution has a deployment."""
        return {}

    def silent(self) -> Sequence[Any]:
        """No site is known."""
        return []

    def results(self, _solution: Solution, _when: When, /) -> Sequence[Any]:
        """Nothing was measured."""
        return []

    def actuals(self, _solution: Solution, _when: When, /) -> Sequence[Any]:
        """Nothing was paid, finished or measured."""
        return []

    def residents(self, _when: When, /) -> dict[str, int]:
        """No population is known."""
        return {}


ROLLOUT: list[Rollout] = [NoRollout()]


def rollout() -> Rollout:
    """What is tracked about solutions; the tracker puts itself here when it is imported."""
    return ROLLOUT[-1]


ORDER_OF_KINDS = case((Solution.kind == SolutionKind.STANDARD, 0), else_=1)


def solutions_to_choose() -> Select[Solution]:
    """All solutions, standard ones first, by Korean name: for selects, chips and columns."""
    return select(Solution).order_by(ORDER_OF_KINDS, Solution.name_ko, Solution.id)


def find_solutions(
    *,
    q: str | None = None,
    kind: list[SolutionKind] | None = None,
    problem: list[Problem] | None = None,
    service_field: list[ServiceField] | None = None,
    grade: Grade | None = None,
    deployed: bool | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[Solution]:
    """Solutions that answer to `q` in any of their names: best graded first, then by name.

    Last are those without a grade, and those whose own effect was looked for and not found,
    whatever the grade of what is known about their parts.
    """
    unknown = Solution.evidence.any(headline=True, mark=Mark.NOT_FOUND)
    graded = [(Solution.evidence.any(grade=grade), grade.value) for grade in Grade]
    best_first = case((unknown, "Z"), *graded, else_="Z")
    query = select(Solution).order_by(best_first, Solution.name_ko, Solution.id)
    if q:
        query = query.where(answers(Solution, q))
    if kind:
        query = query.where(Solution.kind.in_(kind))
    if problem:
        chosen = [it.id for it in problem]
        query = query.where(Solution.problems.any(Problem.id.in_(chosen)))
    if service_field:
        query = query.where(Solution.service_field.in_(service_field))
    if grade:
        query = query.where(
            or_(*(Solution.evidence.any(grade=enough) for enough in at_least(grade)))
        )
    if deployed is not None:
        is_deployed = rollout().deployed(When.of(as_of, known_on))
        query = query.where(is_deployed if deployed else ~is_deployed)
    return query
