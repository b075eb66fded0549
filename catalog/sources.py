"""Sources: where a fact was read, and the mark that says how sure it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy import CheckConstraint, ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from common.db import Key, Model, Name, Slug, Text
from common.locale import haystack, name_values, squeeze
from common.schema import Choice, Ref, Schema, at_most, line, slug_field, text


class Mark(StrEnum):
    """How a fact is known."""

    VERIFIED = "verified"
    DERIVED = "derived"
    UNVERIFIED = "unverified"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    REPORTED = "reported"


WITHOUT_SOURCE = (Mark.NOT_FOUND, Mark.REPORTED)

name_values(
    {
        Mark.VERIFIED: _l("Read in the source"),
        Mark.DERIVED: _l("Worked out from marked values"),
        Mark.UNVERIFIED: _l("Unverified"),
        Mark.NOT_FOUND: _l("Looked for, not found"),
        Mark.CONFLICT: _l("Sources disagree"),
        Mark.REPORTED: _l("Reported here by the organisation named"),
    }
)


class Source(Model):
    """A public page or document that facts were read in."""

    __tablename__ = "source"

    id: Mapped[Key]
    slug: Mapped[Slug]
    name_ko: Mapped[Name]
    name_en: Mapped[Name]
    url: Mapped[str] = mapped_column(String(1000), unique=True)


def web_address(label: Any, **kwargs: Any) -> fields.String:
    """An address that a browser opens as a page: `javascript:` would run."""
    rule = validate.Regexp(r"https?://\S+\Z", error=_l("Write the address with https://."))
    return fields.String(validate=[at_most(1000), rule], metadata={"label": label}, **kwargs)


class SourceSchema(Schema):
    """A source as it is written down."""

    slug = slug_field()
    name_ko = line(required=True, label=_l("Name in Korean"))
    name_en = line(required=True, label=_l("Name in English"))
    url = web_address(_l("Address"), required=True)


class SourceFilters(Schema):
    """What the list of sources can be narrowed to."""

    q = line(label=_l("Search"), load_default=None)


def find_sources(q: str | None = None) -> Select[Source]:
    """Sources whose name or address holds `q`, by slug."""
    query = select(Source).order_by(Source.slug)
    if q:
        named = Source.name_ko.icontains(q, autoescape=True)
        named |= Source.name_en.icontains(q, autoescape=True)
        query = query.where(named | Source.url.icontains(squeeze(q), autoescape=True))
    return query


class Cited:
    """A fact with its mark and its source; `also` agrees, or disagrees under mark `conflict`."""

    mark: Mapped[Mark]
    note_ko: Mapped[Text | None]
    note_en: Mapped[Text | None]

    @declared_attr
    def source_id(cls) -> Mapped[int | None]:  # noqa: N805 - a class method to SQLAlchemy
        """Where it was read."""
        return mapped_column(ForeignKey("source.id"), index=True)

    @declared_attr
    def source(cls) -> Mapped[Source | None]:  # noqa: N805
        """Where it was read."""
        return relationship(Source, foreign_keys=cls.source_id, lazy="joined")  # type: ignore[arg-type]

    @declared_attr
    def also_id(cls) -> Mapped[int | None]:  # noqa: N805
        """A second source."""
        return mapped_column(ForeignKey("source.id"))

    @declared_attr
    def also(cls) -> Mapped[Source | None]:  # noqa: N805
        """A second source."""
        return relationship(Source, foreign_keys=cls.also_id, lazy="joined")  # type: ignore[arg-type]


def must_be_cited() -> CheckConstraint:
    """No fact without a source: unless it was looked for in vain, or reported here."""
    return CheckConstraint("source_id IS NOT NULL OR mark IN ('not_found', 'reported')", "cited")


CITATION = ("mark", "source", "also", "note_ko", "note_en")


class CitedSchema(Schema):
    """Mark, sources and note of a fact."""

    mark = Choice(Mark, required=True, metadata={"label": _l("Mark")})
    source = Ref(Source, allow_none=True, load_default=None, metadata={"label": _l("Source")})
    also = Ref(Source, allow_none=True, load_default=None, metadata={"label": _l("Second source")})
    note_ko = text(allow_none=True, load_default=None, label=_l("Note in Korean"))
    note_en = text(allow_none=True, load_default=None, label=_l("Note in English"))

    def _init_fields(self) -> None:
        # What a thing is comes first in files and answers, and how it is known last.
        super()._init_fields()
        for ordered in (self.fields, self.dump_fields, self.load_fields):
            for name in CITATION:
                if name in ordered:
                    ordered[name] = ordered.pop(name)

    @validates_schema
    def is_cited(self, values: dict[str, Any], *, partial: Any = None, **_kwargs: Any) -> None:
        """No fact without its source, and nothing unverified."""
        if values.get("mark") is Mark.UNVERIFIED:
            raise ValidationError(
                _("Unverified facts are not kept; find a source, or mark it not_found."), "mark"
            )
        needs = values.get("mark", Mark.NOT_FOUND) not in WITHOUT_SOURCE and not partial
        if needs and values.get("source") is None:
            raise ValidationError(_("Name the source that it was read in."), "source")


def names_to_find(thing: Any) -> str:
    """The haystack of a thing with two names and, where it has them, aliases."""
    return haystack(thing.name_ko, thing.name_en, *(getattr(thing, "aliases", None) or []))
