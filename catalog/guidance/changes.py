"""Changes of a guideline: what a version says item by item that the one before it did not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from catalog.guidelines import Item, Level
from common.locale import name_values
from common.schema import Choice, Schema


class ItemChange(StrEnum):
    """What became of an item from one version to the next."""

    ADDED = "added"
    REMOVED = "removed"
    LEVEL = "level"
    REWORDED = "reworded"
    STAGE = "stage"
    RENUMBERED = "renumbered"
    SAME = "same"


name_values(
    {
        ItemChange.ADDED: _l("New item"),
        ItemChange.REMOVED: _l("Item taken out"),
        ItemChange.LEVEL: _l("Level changed"),
        ItemChange.REWORDED: _l("Reworded"),
        ItemChange.STAGE: _l("Stage changed"),
        ItemChange.RENUMBERED: _l("Renumbered"),
        ItemChange.SAME: _l("Unchanged"),
    }
)

TEXTS = ("text_ko", "condition_ko")


@dataclass(frozen=True)
class ChangedItem:
    """An item of the new version, of the old one, or of both, and what became of it."""

    kinds: list[ItemChange]
    before: Any | None
    after: Any | None

    @property
    def item(self) -> Any:
        """The item as it stands last."""
        return self.after or self.before

    @property
    def key(self) -> str:
        """The key of the item as it stands last."""
        return str(self.item.key)


class ChangedItemSchema(Schema):
    """A change of an item as the API tells it."""

    kinds = fields.List(Choice(ItemChange), dump_only=True)
    before = fields.String(attribute="before.key", dump_only=True)
    after = fields.String(attribute="after.key", dump_only=True)
    before_clause = fields.String(attribute="before.clause", dump_only=True)
    after_clause = fields.String(attribute="after.clause", dump_only=True)
    before_level = Choice(Level, attribute="before.level", dump_only=True)
    after_level = Choice(Level, attribute="after.level", dump_only=True)
    before_text_ko = fields.String(attribute="before.text_ko", dump_only=True)
    after_text_ko = fields.String(attribute="after.text_ko", dump_only=True)
    before_text_en = fields.String(attribute="before.text_en", dump_only=True)
    after_text_en = fields.String(attribute="after.text_en", dump_only=True)


def changes_between(before: Sequence[Item], after: Sequence[Item]) -> list[ChangedItem]:
    """What became of the items, in the order of `after`; what was taken out comes last.

    An item goes on where the new one names it (`continues`); numbers may mean something else in
    another version. What nobody continues was taken out.
    """
    old = {it.key: it for it in before}
    pairs = [
        (it.continues if it.continues and it.continues.key in old else None, it) for it in after
    ]
    going_on = {was.key for was, _now in pairs if was}
    return [
        *(ChangedItem(kinds_of(was, now), was, now) for was, now in pairs),
        *(ChangedItem([ItemChange.REMOVED], it, None) for it in before if it.key not in going_on),
    ]


def kinds_of(was: Any | None, now: Any) -> list[ItemChange]:
    """What differs between an item and what it continues; the Korean text counts."""
    if was is None:
        return [ItemChange.ADDED]
    found = {
        ItemChange.LEVEL: was.level != now.level,
        ItemChange.REWORDED: any(getattr(was, it) != getattr(now, it) for it in TEXTS),
        ItemChange.STAGE: was.stage != now.stage,
        ItemChange.RENUMBERED: was.clause != now.clause,
    }
    return [kind for kind, is_so in found.items() if is_so] or [ItemChange.SAME]


def counts_of(changes: Sequence[ChangedItem]) -> dict[ItemChange, int]:
    """How many items each kind of change has; an item may have several."""
    found = Counter(kind for change in changes for kind in change.kinds)
    return {kind: found[kind] for kind in ItemChange if found[kind]}
