"""Guidelines: the texts that a solution is held against, each item with clause and level."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import Column, ForeignKey, Select, Table, and_, case, event, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, Mark, must_be_cited
from common.db import Key, Line, Model, Name, Slug, Text
from common.locale import haystack, name_values, squeeze
from common.schema import Choice, Ref, Said, Schema, at_most, line, slug_field, text


class GuidelineStatus(StrEnum):
    """Whether a text binds today, as far as it was read."""

    IN_FORCE = "in_force"
    NOT_CURRENT = "not_current"
    DRAFT = "draft"
    PRACTICE = "practice"
    REFERENCE = "reference"
    SOURCE_PENDING = "source_pending"


class Level(StrEnum):
    """How binding an item is."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


class Stage(StrEnum):
    """The stage of a deployment that an item or a coaching session belongs to."""

    PLAN = "plan"
    DESIGN = "design"
    PROCURE = "procure"
    INSTALL = "install"
    ACCEPT = "accept"
    OPERATE = "operate"
    PRIVACY = "privacy"


name_values(
    {
        GuidelineStatus.IN_FORCE: _l("In force"),
        GuidelineStatus.NOT_CURRENT: _l("A later text exists"),
        GuidelineStatus.DRAFT: _l("Draft"),
        GuidelineStatus.PRACTICE: _l("Reported practice"),
        GuidelineStatus.REFERENCE: _l("Reference"),
        GuidelineStatus.SOURCE_PENDING: _l("Source pending"),
        Level.MUST: _l("Must"),
        Level.SHOULD: _l("Should"),
        Level.MAY: _l("May"),
        Stage.PLAN: _l("Plan"),
        Stage.DESIGN: _l("Design"),
        Stage.PROCURE: _l("Procurement"),
        Stage.INSTALL: _l("Installation"),
        Stage.ACCEPT: _l("Acceptance"),
        Stage.OPERATE: _l("Operation"),
        Stage.PRIVACY: _l("Privacy"),
    }
)

# A text with one of these binds, or did until a later one took effect.
BINDING = (GuidelineStatus.IN_FORCE, GuidelineStatus.NOT_CURRENT)

guideline_solution = Table(
    "guideline_solution",
    Model.metadata,
    Column("guideline_id", ForeignKey("guideline.id"), primary_key=True),
    Column("solution_id", ForeignKey("solution.id"), primary_key=True, index=True),
)


class Guideline(Cited, Model):
    """A law, rule, standard or practice with the version that was read."""

    __tablename__ = "guideline"
    __table_args__ = (must_be_cited(),)

    id: Mapped[Key]
    slug: Mapped[Slug]
    title_ko: Mapped[Line]
    title_en: Mapped[Line]
    issuer_ko: Mapped[Line]
    issuer_en: Mapped[Line]
    version_ko: Mapped[Line | None]
    version_en: Mapped[Line | None]
    effective_on: Mapped[date | None]
    effective_text: Mapped[Name | None]
    status: Mapped[GuidelineStatus] = mapped_column(index=True)
    status_note_ko: Mapped[Text | None]
    status_note_en: Mapped[Text | None]
    scope_ko: Mapped[Line | None]
    scope_en: Mapped[Line | None]
    read_as_ko: Mapped[Text | None]
    read_as_en: Mapped[Text | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("guideline.id"), index=True)
    names: Mapped[Text] = mapped_column(default="")  # haystack of titles and issuers, kept below

    replaces: Mapped[Guideline | None] = relationship(
        back_populates="replaced_by", remote_side="Guideline.id"
    )
    replaced_by: Mapped[list[Guideline]] = relationship(
        back_populates="replaces", order_by="Guideline.id"
    )
    solutions: Mapped[list[Solution]] = relationship(
        secondary=guideline_solution, back_populates="guidelines", order_by=Solution.id
    )
    items: Mapped[list[Item]] = relationship(back_populates="guideline", order_by="Item.id")

    def bound_on(self, day: date) -> bool:
        """Whether what was chosen on `day` is held against it, as far as is known.

        A text that is not current bound until the one that replaced it took effect; where that
        one is not on record, nobody knows until when, and it binds nothing.
        """
        if self.status not in BINDING or not self.began_by(day):
            return False
        later = [it for it in self.replaced_by if it.status in BINDING]
        if self.status is GuidelineStatus.NOT_CURRENT and not later:
            return False
        return not any(it.began_by(day) for it in later)

    def began_by(self, day: date) -> bool:
        """Whether it was in force by `day`; a text whose day is unknown counts as in force."""
        return self.effective_on is None or self.effective_on <= day

    def came_after(self, day: date) -> bool:
        """Whether it is in force and took effect after `day`."""
        return self.status is GuidelineStatus.IN_FORCE and not self.began_by(day)


class Item(Cited, Model):
    """One requirement of a guideline, put so that it can be checked."""

    __tablename__ = "guideline_item"
    __table_args__ = (must_be_cited(),)
    by = "key"

    id: Mapped[Key]
    key: Mapped[Slug]
    guideline_id: Mapped[int] = mapped_column(ForeignKey("guideline.id"), index=True)
    guideline: Mapped[Guideline] = relationship(back_populates="items")
    solution_id: Mapped[int | None] = mapped_column(ForeignKey("solution.id"), index=True)
    solution: Mapped[Solution | None] = relationship()  # None: every solution
    clause: Mapped[Line | None]
    continues_id: Mapped[int | None] = mapped_column(ForeignKey("guideline_item.id"), index=True)
    # Of the version before. Written after the rows, which keep the order of their file.
    continues: Mapped[Item | None] = relationship(remote_side="Item.id", post_update=True)
    text_ko: Mapped[Text]
    text_en: Mapped[Text]
    level: Mapped[Level]
    stage: Mapped[Stage]
    check_ko: Mapped[Text | None]
    check_en: Mapped[Text | None]
    condition_ko: Mapped[Text | None]
    condition_en: Mapped[Text | None]


@event.listens_for(Guideline, "before_insert")
@event.listens_for(Guideline, "before_update")
def _keep_names(_mapper: Any, _connection: Any, it: Guideline) -> None:
    it.names = haystack(it.title_ko, it.title_en, it.issuer_ko, it.issuer_en, it.slug)


class GuidelineSchema(CitedSchema):
    """A guideline as it is written down."""

    model = Guideline

    slug = slug_field()
    title_ko = line(500, required=True, label=_l("Title in Korean"))
    title_en = line(500, required=True, label=_l("Title in English"))
    issuer_ko = line(500, required=True, label=_l("Issuer in Korean"))
    issuer_en = line(500, required=True, label=_l("Issuer in English"))
    version_ko = line(500, allow_none=True, load_default=None)
    version_en = line(500, allow_none=True, load_default=None)
    effective_on = fields.Date(allow_none=True, load_default=None)
    effective_text = line(allow_none=True, load_default=None)
    status = Choice(GuidelineStatus, required=True, metadata={"label": _l("Status")})
    status_note_ko = text(allow_none=True, load_default=None)
    status_note_en = text(allow_none=True, load_default=None)
    scope_ko = line(500, allow_none=True, load_default=None)
    scope_en = line(500, allow_none=True, load_default=None)
    read_as_ko = text(allow_none=True, load_default=None)
    read_as_en = text(allow_none=True, load_default=None)
    replaces = Ref("self", allow_none=True, load_default=None, metadata={"label": _l("Replaces")})
    solutions = fields.List(Ref(Solution), load_default=list)


class ItemSchema(CitedSchema):
    """A guideline item as it is written down; its key is the one that the texts use (XW-01)."""

    model = Item

    key = fields.String(required=True, validate=at_most(80), metadata={"label": _l("Key")})
    guideline = Ref(Guideline, required=True, metadata={"label": _l("Guideline")})
    solution = Ref(Solution, allow_none=True, load_default=None, metadata={"label": _l("Solution")})
    clause = line(500, allow_none=True, load_default=None)
    continues = Ref(
        "self",
        allow_none=True,
        load_default=None,
        metadata={"label": _l("Item of the version before")},
    )
    text_ko = text(required=True, label=_l("Text in Korean"))
    text_en = text(required=True, label=_l("Text in English"))
    level = Choice(Level, required=True, metadata={"label": _l("Level")})
    stage = Choice(Stage, required=True, metadata={"label": _l("Stage")})
    check_ko = text(allow_none=True, load_default=None)
    check_en = text(allow_none=True, load_default=None)
    condition_ko = text(allow_none=True, load_default=None)
    condition_en = text(allow_none=True, load_default=None)


class ItemToldSchema(ItemSchema):
    """An item as lists and the API tell it."""

    check = Said()
    condition = Said()


class GuidelineToldSchema(GuidelineSchema):
    """A guideline as lists and the API tell it."""

    title = Said()
    issuer = Said()
    version = Said()


class WholeGuidelineSchema(GuidelineToldSchema):
    """A guideline with its items, as one page or one JSON answer tells it."""

    items = fields.List(fields.Nested(ItemToldSchema), dump_only=True)


class GuidelineFilters(Schema):
    """What the list of guidelines can be narrowed to."""

    q = line(label=_l("Search"), load_default=None)
    solution = Ref(Solution, metadata={"label": _l("Solution")})
    status = fields.List(Choice(GuidelineStatus), metadata={"label": _l("Status")})


class ItemFilters(Schema):
    """What the list of items can be narrowed to."""

    guideline = Ref(Guideline, metadata={"label": _l("Guideline")})
    solution = Ref(Solution, metadata={"label": _l("Solution")})
    level = fields.List(Choice(Level), metadata={"label": _l("Level")})
    stage = fields.List(Choice(Stage), metadata={"label": _l("Stage")})


PENDING_FIRST = case((Guideline.mark == Mark.NOT_FOUND, 0), else_=1)


def find_guidelines(
    *,
    q: str | None = None,
    solution: Solution | None = None,
    status: list[GuidelineStatus] | None = None,
) -> Select[Guideline]:
    """Guidelines that bear on `solution`, the cross-cutting ones included, in the seeds' order."""
    query = select(Guideline).order_by(PENDING_FIRST, Guideline.id)
    if q:
        query = query.where(Guideline.names.contains(squeeze(q), autoescape=True))
    if solution:
        query = query.where(bears_on(solution))
    if status:
        query = query.where(Guideline.status.in_(status))
    return query


def superseded() -> Any:
    """The condition that the text that took a guideline's place is on record here."""
    later = Guideline.__table__.alias("later")
    is_replaced = select(later.c.id).where(later.c.replaces_id == Guideline.id).exists()
    return and_(Guideline.status == GuidelineStatus.NOT_CURRENT, is_replaced)


def bears_on(solution: Solution) -> Any:
    """The condition that a guideline is about `solution` today, or has items for every solution.

    A version that another one replaced is left to the page of its successor.
    """
    about = or_(
        Guideline.solutions.any(Solution.id == solution.id),
        Guideline.items.any(Item.solution_id.is_(None)),
    )
    return and_(about, ~superseded())


def find_items(
    *,
    guideline: Guideline | None = None,
    solution: Solution | None = None,
    level: list[Level] | None = None,
    stage: list[Stage] | None = None,
) -> Select[Item]:
    """Items of `guideline`, or those that a deployment of `solution` is held against."""
    query = select(Item).order_by(Item.id)
    if guideline:
        query = query.where(Item.guideline_id == guideline.id)
    if solution:
        query = query.where(or_(Item.solution_id == solution.id, Item.solution_id.is_(None)))
        query = query.where(Item.guideline_id.not_in(select(Guideline.id).where(superseded())))
    if level:
        query = query.where(Item.level.in_(level))
    if stage:
        query = query.where(Item.stage.in_(stage))
    return query
