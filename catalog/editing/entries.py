"""Entries: what is known of how an entry came to say what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from catalog.editing.completeness import Completeness, CompletenessSchema, completeness
from catalog.editing.kinds import Content, Kind
from catalog.editing.versions import (
    EntryVersion,
    ToldVersion,
    old_english,
    told_versions,
    versions_of,
)
from common.facts import When
from common.schema import Schema


@dataclass(frozen=True)
class Entry:
    """An entry with its versions, with what it lacks, and whose English is out of date."""

    kind: Kind
    name: str
    content: Content
    versions: list[EntryVersion]
    old_english: list[str]
    completeness: Completeness

    @property
    def title(self) -> str:
        """How it is called in the reader's language."""
        return self.kind.title_of(self.content)

    @property
    def told(self) -> list[ToldVersion]:
        """Its versions with what each changed, newest first."""
        return told_versions(self.kind, self.versions)

    @property
    def one(self) -> str:
        """The name of its kind."""
        return self.kind.one


class FieldChangeSchema(Schema):
    """What a field said before and after."""

    name = fields.String(dump_only=True)
    before = fields.Raw(dump_only=True)
    after = fields.Raw(dump_only=True)


class VersionSchema(Schema):
    """A version as the API tells it."""

    number = fields.Integer(dump_only=True)
    recorded_at = fields.AwareDateTime(dump_only=True)
    recorded_by = fields.String(
        attribute="recorded_by.organisation.slug", dump_only=True, allow_none=True
    )
    content = fields.Dict(dump_only=True)
    still_right = fields.List(fields.String(), dump_only=True)
    changes = fields.List(fields.Nested(FieldChangeSchema), dump_only=True)


class CatalogEntrySchema(Schema):
    """An entry as the API tells it: what it says, and how it came to."""

    kind = fields.String(attribute="one", dump_only=True)
    name = fields.String(dump_only=True)
    content = fields.Dict(dump_only=True)
    completeness = fields.Nested(CompletenessSchema, dump_only=True)
    old_english = fields.List(fields.String(), dump_only=True)
    versions = fields.List(fields.Nested(VersionSchema), attribute="told", dump_only=True)


def entry_of(kind: Kind, found: Any, when: When | None = None) -> Entry:
    """What is known of an entry; three statements."""
    name = str(getattr(found, kind.by))
    content = kind.content(found)
    versions = versions_of(kind, name, when or When.of())
    old = old_english(kind, versions, content)
    return Entry(kind, name, content, versions, old, completeness(kind, found, content, old))
