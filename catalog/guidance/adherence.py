"""Adherence: what whoever tracks deployments can tell about guidelines and their items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from marshmallow import fields

from catalog.guidance.changes import (
    ChangedItem,
    ChangedItemSchema,
    ItemChange,
    changes_between,
    counts_of,
)
from catalog.guidelines import Guideline, GuidelineSchema, Item, WholeGuidelineSchema
from common.schema import Schema


class Adherence(Protocol):
    """Who is held against a guideline, and how its items are answered."""

    def held(self, guideline: Guideline, /) -> list[Any]:
        """The deployments held against `guideline`, with their counts."""

    def earlier(self, guideline: Guideline, /) -> list[Any]:
        """The deployments selected before `guideline` took effect, and so not held against it."""

    def by_item(self, items: Sequence[Item], /) -> dict[int, Any]:
        """How the deployments answer each of `items`, by its id."""


class NoAdherence:
    """Nothing is tracked."""

    def held(self, _guideline: Guideline, /) -> list[Any]:
        """No deployment is held against a guideline."""
        return []

    def earlier(self, _guideline: Guideline, /) -> list[Any]:
        """No deployment was selected before a guideline."""
        return []

    def by_item(self, _items: Sequence[Item], /) -> dict[int, Any]:
        """No item is answered."""
        return {}


ADHERENCE: list[Adherence] = [NoAdherence()]


def adherence() -> Adherence:
    """What is tracked about guidelines; the tracker puts itself here when it is imported."""
    return ADHERENCE[-1]


@dataclass(frozen=True)
class GuidelineRecord:
    """A guideline with whom it affects; that is asked for only where it is told."""

    guideline: Guideline

    def __getattr__(self, name: str) -> Any:
        return getattr(self.guideline, name)

    @cached_property
    def held(self) -> list[Any]:
        """The deployments held against it."""
        return adherence().held(self.guideline)

    @cached_property
    def earlier(self) -> list[Any]:
        """The deployments selected before it took effect."""
        return adherence().earlier(self.guideline)

    @cached_property
    def by_item(self) -> dict[int, Any]:
        """How its items are answered, by the id of the item."""
        return adherence().by_item(self.guideline.items)

    @cached_property
    def changes(self) -> list[ChangedItem]:
        """What became of the items of the version that it replaces; none where it replaces none."""
        before = self.guideline.replaces
        return changes_between(before.items, self.guideline.items) if before else []

    @property
    def change_counts(self) -> dict[ItemChange, int]:
        """How many items each kind of change has."""
        return counts_of(self.changes)


class BearingSchema(Schema):
    """A deployment that a guideline is about, with its counts where it is held against it."""

    deployment = fields.String(attribute="slug", dump_only=True)
    site = fields.String(attribute="site.slug", dump_only=True)
    selected_on = fields.Date(attribute="site.selected_on", dump_only=True)
    agreed_on = fields.Date(dump_only=True)
    items = fields.Integer(attribute="tally.all.items", dump_only=True)
    meets = fields.Integer(attribute="tally.all.meets", dump_only=True)
    must_items = fields.Integer(attribute="tally.must.items", dump_only=True)
    must_meets = fields.Integer(attribute="tally.must.meets", dump_only=True)


class AffectingGuidelineSchema(WholeGuidelineSchema):
    """A guideline with its items and with whom it affects."""

    replaced_by = fields.List(fields.Pluck(GuidelineSchema, "slug"), dump_only=True)
    held = fields.List(fields.Nested(BearingSchema), dump_only=True)
    earlier = fields.List(fields.Nested(BearingSchema), dump_only=True)
    changes = fields.List(fields.Nested(ChangedItemSchema), dump_only=True)


def guideline_records(guidelines: Sequence[Guideline], **_when: Any) -> list[GuidelineRecord]:
    """`guidelines` with whom they affect."""
    return [GuidelineRecord(it) for it in guidelines]
