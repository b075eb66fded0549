"""Kinds: the nouns of the catalog that are edited by proposal, and how each is named and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import select

from catalog.conditions import Condition, ConditionSchema
from catalog.costs import Cost, CostSchema
from catalog.evidence import Evidence
from catalog.evidence_schemas import EvidenceSchema
from catalog.experiences import Experience, ExperienceSchema
from catalog.guidelines import Guideline, GuidelineSchema, Item, ItemSchema
from catalog.solutions import Solution, SolutionSchema
from catalog.sources import Source, SourceSchema
from common.db import Model, db
from common.locale import said, word
from common.schema import Choice, Ref, Schema
from common.upsert import stored

Content = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A noun that is edited by proposal: its table, its rules and the text that names one."""

    one: str
    word: Any
    model: type[Model]
    schema: type[Schema]
    title: str
    wanted: str = ""  # fields that a complete entry fills, beside those it must
    page: str = ""  # the endpoint of its own page, by slug; empty where it stands in a list

    @property
    def by(self) -> str:
        """The field that names one."""
        return self.model.by

    def find(self, name: str) -> Any | None:
        """The entry that `name` names; None for none."""
        if not name.isprintable():
            return None
        query = select(self.model).where(getattr(self.model, self.by) == name)
        return db.session.scalars(query).unique().one_or_none()

    def content(self, entry: Any) -> Content:
        """What `entry` says, as a file would tell it."""
        return stored(self.schema(), entry)

    def names(self) -> list[str]:
        """The fields that a proposal may speak of, in the order of the schema."""
        return [name for name, it in self.schema().fields.items() if not it.dump_only]

    def pairs(self) -> list[str]:
        """The texts that are told in two languages: `name` of `name_ko` and `name_en`."""
        told = set(self.names())
        stems = [name.removesuffix("_ko") for name in self.names() if name.endswith("_ko")]
        return [stem for stem in stems if f"{stem}_en" in told]

    def title_of(self, content: Mapping[str, Any]) -> str:
        """How an entry that says `content` is called in the reader's language."""
        return str(said(Told(content), self.title) or content.get(self.by) or "")


class Told:
    """A content that is read as a thing is."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content

    def __getattr__(self, name: str) -> Any:
        return self.content.get(name)


SOLUTION = Kind(
    "solution", _l("Solution"), Solution, SolutionSchema, "name", page="catalog.solution"
)
# What a complete entry tells beside what it must: it helps whoever decides.
OF_EVIDENCE = "unit_ko unit_en better place_ko place_en period_ko period_en design counting"
OF_COSTS = "low_won per_ko per_en year place_ko place_en basis_ko basis_en includes_ko includes_en"
OF_GUIDELINES = "version_ko version_en effective_on scope_ko scope_en read_as_ko read_as_en"
KINDS: dict[str, Kind] = {
    it.one: it
    for it in (
        SOLUTION,
        Kind("evidence", _l("Evidence"), Evidence, EvidenceSchema, "measure", OF_EVIDENCE),
        Kind("cost", _l("Cost"), Cost, CostSchema, "item", OF_COSTS),
        Kind("condition", _l("Condition"), Condition, ConditionSchema, "text"),
        Kind("experience", _l("Experience"), Experience, ExperienceSchema, "text", "since"),
        Kind(
            "guideline",
            _l("Guideline"),
            Guideline,
            GuidelineSchema,
            "title",
            OF_GUIDELINES,
            page="catalog.guideline",
        ),
        Kind("item", _l("Guideline item"), Item, ItemSchema, "text", "clause check_ko check_en"),
        Kind("source", _l("Source"), Source, SourceSchema, "name"),
    )
}


def label_of(kind: Kind, name: str) -> str:
    """How a field is called; its own name where the schema has no words for it."""
    field = kind.schema().fields.get(name)
    told = field.metadata.get("label") if field else None
    if told:
        return str(told)
    own = FIELD_WORDS.get(name)
    stem, _dash, lang = name.rpartition("_")
    if own is None and lang in ("ko", "en") and stem in FIELD_WORDS:
        in_words = _("in Korean") if lang == "ko" else _("in English")
        return f"{FIELD_WORDS[stem]} ({in_words})"
    return str(own or name)


FIELD_WORDS: dict[str, Any] = {
    "version": _l("Version"),
    "effective_on": _l("In force since"),
    "effective_text": _l("In force since, in words"),
    "status_note": _l("Note on the status"),
    "scope": _l("Scope"),
    "read_as": _l("How it was read"),
    "solutions": _l("Solutions"),
    "clause": _l("Clause"),
    "check": _l("How to check"),
    "condition": _l("Applies where"),
    "continues": _l("Item of the version before"),
    "unit": _l("Unit"),
    "better": _l("Which way is good"),
    "place": _l("Place"),
    "sample": _l("Sample"),
    "period": _l("Period"),
    "country": _l("Country"),
    "counting": _l("How it was counted"),
    "no_grade_because": _l("Why there is no grade"),
    "before": _l("Before"),
    "after": _l("After"),
    "exposure_equal": _l("Both periods equally long"),
    "estimate_kind": _l("Kind of estimate"),
    "given_estimate": _l("Estimate of the source"),
    "given_low": _l("Low end of the source"),
    "given_high": _l("High end of the source"),
    "no_interval_because": _l("Why there is no interval"),
    "result": _l("Result"),
    "caution": _l("Caution"),
    "printed": _l("What the source prints"),
    "headline": _l("Stands for the solution in lists"),
    "low_won": _l("Lowest, in KRW"),
    "high_won": _l("Highest, in KRW"),
    "per": _l("Per"),
    "approximate": _l("About, not exact"),
    "year": _l("Year"),
    "basis": _l("Basis"),
    "includes": _l("What is included"),
    "comparable": _l("Unit cost of the solution itself"),
    "since": _l("Since the year"),
    "before_from": _l("Period before, from"),
    "before_until": _l("Period before, until"),
    "after_from": _l("Period after, from"),
    "after_until": _l("Period after, until"),
    "interest": _l("Interest of who measured"),
    "funder": _l("Who paid for it"),
    "measured_year": _l("Measured in the year"),
    "published_year": _l("Published in the year"),
    "review_by": _l("To be looked at again by"),
    "compared": _l("What the two numbers are"),
    "before_of": _l("Before: out of how many"),
    "after_of": _l("After: out of how many"),
    "before_exposure": _l("Before: exposure"),
    "after_exposure": _l("After: exposure"),
    "exposure_unit": _l("Unit of the exposure"),
    "before_sd": _l("Before: standard deviation"),
    "after_sd": _l("After: standard deviation"),
    "before_n": _l("Before: number of values"),
    "after_n": _l("After: number of values"),
    "printed_change_pct": _l("Change that the source prints, in per cent"),
    "finding": _l("What was found"),
    "fact": _l("Fact of the place"),
    "operator": _l("How it is compared"),
    "value": _l("Value"),
    "bearing": _l("What follows where it is not met"),
    "item": _l("Guideline item behind it"),
}


def in_words(kind: Kind, name: str, value: Any) -> str:
    """What a field says, as people read it: the words of a choice, a list as lines."""
    if value in (None, "", []):
        return ""
    field = kind.schema().fields.get(name)
    inner = field.inner if isinstance(field, fields.List) else field
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return "\n".join(in_words_of(inner, it) for it in value)
    return in_words_of(inner, value)


def in_words_of(field: Any, value: Any) -> str:
    """One value of a field in words."""
    if isinstance(field, Choice):
        member = next((it for it in field.enum if it.value == value), None)
        return word(member) if member else str(value)
    return str(value)


def options_for(kind: Kind, name_of: Callable[[Any], str]) -> dict[str, Sequence[tuple[str, str]]]:
    """What the fields of `kind` that point to other things can be chosen from."""
    found: dict[str, Sequence[tuple[str, str]]] = {}
    for name, field in kind.schema().fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, Ref) and not field.dump_only:
            by = inner.model.by
            rows = db.session.scalars(select(inner.model)).unique()
            named = [(getattr(row, by), name_of(row)) for row in rows]
            found[name] = sorted(named, key=lambda pair: pair[1])
    return found
