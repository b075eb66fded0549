"""Search: things by any of their names, by initial consonants, and by names that are near.

The same on every database: plain parts of names are looked up there, near names are measured
here. Distances are between letters of the Korean alphabet (jamo), so that 횡단보두 is one letter
off 횡단보도, as crosswolk is one off crosswalk.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, and_, exists, select

from common.db import db
from common.locale import INITIALS, name_values, squeeze

NEAR_ENOUGH = 0.75  # share of letters that agree
NEAR_PART = 85  # the same in per cent, for a part of a name
SHORTEST_NEAR = 4  # letters, below which everything would be near something
SHORTEST_PART = 7  # the same for a part
MOST_NEAR = 50


class Match(StrEnum):
    """How the names that are found answer to what was asked."""

    WHOLE = "whole"
    EACH_WORD = "each_word"
    NEAR = "near"


name_values(
    {
        Match.WHOLE: _l("the words as they were asked"),
        Match.EACH_WORD: _l("each word by itself"),
        Match.NEAR: _l("names that are near"),
    }
)


def letters(text: str) -> str:
    """`text` in single letters: Korean syllables taken apart, without spaces and capitals."""
    return unicodedata.normalize("NFD", squeeze(text))


@lru_cache(maxsize=8)  # a page asks the same several times: for its rows and for each facet
def near(q: str, names: tuple[tuple[int, str], ...]) -> list[int]:
    """Ids of the things of which a name is near `q`, nearest first, at most `MOST_NEAR`.

    `names`: id and haystack (common.locale.haystack) of each thing. Nearness is one less the
    optimal-string-alignment distance (Damerau 1964) over the longer length; where no name is near
    enough as a whole, a part of one may be.
    """
    asked = letters(q)
    if len(asked) < SHORTEST_NEAR or set(asked) <= set(INITIALS):
        return []
    spelt = [(key, unicodedata.normalize("NFD", haystack)) for key, haystack in names]
    found = _near_names(asked, spelt)
    if not found and len(asked) >= SHORTEST_PART:
        found = _near_parts(asked, spelt)
    return sorted(found, key=lambda key: (-found[key], key))[:MOST_NEAR]


def _near_names(asked: str, spelt: Sequence[tuple[int, str]]) -> dict[int, float]:
    longest = len(asked) / NEAR_ENOUGH
    alone = [
        (key, name) for key, all_ in spelt for name in all_.split("\n") if len(name) <= longest
    ]
    scorer, enough = OSA.normalized_similarity, NEAR_ENOUGH
    best: dict[int, float] = {}
    for _name, score, place in process.extract(
        asked, [name for _key, name in alone], scorer=scorer, score_cutoff=enough, limit=None
    ):
        key = alone[place][0]
        best[key] = max(score, best.get(key, 0))
    return best


def _near_parts(asked: str, spelt: Sequence[tuple[int, str]]) -> dict[int, float]:
    found = process.extract(
        asked,
        [names for _key, names in spelt],
        scorer=fuzz.partial_ratio,
        score_cutoff=NEAR_PART,
        limit=None,
    )
    return {spelt[place][0]: score for _names, score, place in found}


def match_of(model: Any, q: str) -> tuple[Match, ColumnElement[bool]]:
    """How rows of `model` answer to `q`, and the condition that they do.

    The whole of `q` in one name, else each of its words, else names that are near it.
    """
    whole = model.names.contains(squeeze(q), autoescape=True)
    if _any(whole):
        return Match.WHOLE, whole
    words = [model.names.contains(squeeze(word), autoescape=True) for word in q.split()]
    if len(words) > 1 and _any(and_(*words)):
        return Match.EACH_WORD, and_(*words)
    rows = db.session.execute(select(model.id, model.names)).all()
    known = tuple((key, names) for key, names in rows)
    return Match.NEAR, model.id.in_(near(q, known))


def answers(model: Any, q: str) -> ColumnElement[bool]:
    """The condition that a row of `model` answers to `q`."""
    return match_of(model, q)[1]


def _any(condition: ColumnElement[bool]) -> bool:
    return bool(db.session.scalar(select(exists().where(condition))))
