"""Differences: what changed between two texts, word by word, and between two entries. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l

from common.locale import name_values
from common.upsert import unordered

# A word, the space after it or a sign of its own: joined again they are the text.
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
LONGEST_COMPARED = 4000  # words; the matcher takes the square of them at worst


class Part(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


name_values({Part.SAME: _l("same"), Part.REMOVED: _l("removed"), Part.ADDED: _l("added")})


class Piece(NamedTuple):
    """A run of words and what became of it."""

    part: Part
    text: str


class FieldChange(NamedTuple):
    """A field that says something else: its name, and what it said before and says after."""

    name: str
    before: Any
    after: Any


def words(before: str, after: str) -> list[Piece]:
    """The shortest usual way from `before` to `after`, word by word.

    What is same and removed makes `before`; what is same and added makes `after`.
    Source: Ratcliff and Metzener, Dr. Dobb's Journal, July 1988, as in Python's difflib.
    """
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    if max(len(old), len(new)) > LONGEST_COMPARED:
        return _whole(before, after)
    pieces: list[Piece] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, begin, end, first, last in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece(Part.SAME, "".join(old[begin:end])))
        else:
            pieces += _whole("".join(old[begin:end]), "".join(new[first:last]))
    return pieces


def _whole(before: str, after: str) -> list[Piece]:
    told = ((Part.REMOVED, before), (Part.ADDED, after))
    return [Piece(part, text) for part, text in told if text]


def changed_fields(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Sequence[str] | None = None
) -> list[FieldChange]:
    """The fields that differ, in the order of `after`; a field that is left out says nothing."""
    ordered = names or [*after, *(name for name in before if name not in after)]
    return [
        FieldChange(name, before.get(name), after.get(name))
        for name in ordered
        if unordered(before.get(name)) != unordered(after.get(name))
    ]
