"""Problems: what solutions deal with, as a list that an officer can choose from and weigh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l
from sqlalchemy import Column, ForeignKey, Select, Table, select
from sqlalchemy.orm import Mapped, relationship

from common.db import Key, Model, Name, Slug
from common.schema import Schema, line, slug_field

if TYPE_CHECKING:
    from catalog.solutions import Solution

problem_solution = Table(
    "problem_solution",
    Model.metadata,
    Column("problem_id", ForeignKey("problem.id"), primary_key=True),
    Column("solution_id", ForeignKey("solution.id"), primary_key=True, index=True),
)


class Problem(Model):
    """Something that a municipality may want to do something about.

    That a solution deals with it is told by the solution's own text, with its source.
    """

    __tablename__ = "problem"

    id: Mapped[Key]
    slug: Mapped[Slug]
    name_ko: Mapped[Name]
    name_en: Mapped[Name]

    solutions: Mapped[list[Solution]] = relationship(
        secondary=problem_solution, back_populates="problems", order_by="Solution.id"
    )


class ProblemSchema(Schema):
    """A problem as it is written down."""

    slug = slug_field()
    name_ko = line(required=True, label=_l("Name in Korean"))
    name_en = line(required=True, label=_l("Name in English"))


def find_problems() -> Select[Problem]:
    """All problems that a solution deals with, in the order in which they were written down."""
    return select(Problem).where(Problem.solutions.any()).order_by(Problem.id)
