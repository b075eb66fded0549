"""Sheets: a list as a spreadsheet has it, its rows, and the facts that edited rows become.

A row is one thing that is told again and again: one stage of a deployment's quantity, one fund at
one stage of a site's money. It shows the newest fact of it; an edited row is a new fact, judged by
the schema and the rules of the form. Each list is declared in a file of its own, `*_sheet.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from marshmallow import fields
from sqlalchemy import select

from common.db import db
from common.facts import When, latest
from common.locale import LANGUAGES, language, word
from common.permissions import Can, Member
from common.rows import RowErrors
from common.schema import Schema, describe
from tracker.deployments import Deployment
from tracker.exchange.imports import ExchangeList
from tracker.municipalities import Municipality
from tracker.sites import Site

# Plans may be told for days to come: the newest one is meant, whatever its day.
EVER = When(date.max)
YES, NO = "true", "false"
JOINT = "; "  # between the values of a cell that holds several; a word may hold a comma
MOST_ROWS = 5000
LONGEST_PART = 80  # characters of a part of a row's title


@dataclass(frozen=True)
class Line:
    """One row to edit: what it is about, in both languages, and the thing behind it."""

    subject: str
    site: Site
    thing: Any
    of: int  # the id of the deployment or site that its facts are told of
    kind: dict[str, Any]  # what its facts have in common, as the schema names it
    names: dict[str, tuple[str, ...]]  # by language, in the order of the locked columns

    @property
    def said(self) -> tuple[str, ...]:
        """What it is about, in the reader's language."""
        return self.names[language()]

    @property
    def title(self) -> str:
        """What it is about, in one line."""
        return " · ".join(
            part if len(part) <= LONGEST_PART else f"{part[: LONGEST_PART - 1]}…"
            for part in self.said
            if part
        )


def nothing_binds(_facts: Sequence[Any]) -> dict[str, str]:
    """No fact of the list is built on by something of another kind."""
    return {}


@dataclass(frozen=True)
class Sheet:
    """A list as a spreadsheet has it, and the way from a row to a fact.

    `made` gives the fact that a line and its values become, not yet added, correcting what stands
    for the same day. `faults` are the rules of the form for many at once, by place of the row.
    """

    name: ExchangeList
    can: Can
    model: Any
    schema: type[Schema]
    locked: tuple[Any, ...]
    columns: tuple[str, ...]
    lines_of: Callable[[Member], list[Line]]
    by: tuple[str, ...]  # what the facts of one row have in common; whom they are told of first
    subject: Callable[[Any], str]
    made: Callable[[Line, dict[str, Any], Any, Any], Any]
    faults: Callable[[Mapping[int, Any]], RowErrors]
    never: frozenset[str] = frozenset()  # values that nobody can choose
    bound: Callable[[Sequence[Any]], dict[str, str]] = nothing_binds  # why some can't be undone
    schema_of: Callable[[Line], Schema] | None = None  # where the rules ask what a row is about
    loading: tuple[Any, ...] = ()  # how what its facts point to is loaded, where not as usual

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The columns that may be edited, as data in the reader's language."""
        known = describe(self.schema())
        for one in known.values():
            one["options"] = [it for it in one["options"] if it[0] not in self.never]
            if one["kind"] == "checkbox":
                one["options"] = [(YES, _("Yes")), (NO, _("No"))]
        return {name: known[name] for name in self.columns}

    @property
    def labels(self) -> list[str]:
        """The names of all columns that are seen, in the reader's language."""
        return [*map(str, self.locked), *(it["label"] for it in self.fields.values())]

    def read(self, line: Line, said: Mapping[str, str]) -> dict[str, Any]:
        """The values of a row, by the schema of the form. Raises ValidationError."""
        schema = self.schema_of(line) if self.schema_of else self.schema()
        values: dict[str, Any] = schema.load(said)
        return values

    def lines(self, who: Member) -> dict[str, Line]:
        """The rows that `who` may write, by their key."""
        return {line.subject: line for line in self.lines_of(who)}

    def newest(self, lines: Mapping[str, Line]) -> dict[str, Any]:
        """The newest fact of each row of which there is one; one statement."""
        by = self._by()
        ids = {line.of for line in lines.values()}
        query = latest(self.model, by, EVER).where(by[0].in_(ids)).options(*self.loading)
        rows = db.session.scalars(query)
        return {self.subject(fact): fact for fact in rows.unique()}

    def standing(self, told: Iterable[tuple[Line, date]]) -> dict[tuple[str, date], Any]:
        """What stands for these rows and days, by both; one statement."""
        by, told = self._by(), list(told)
        query = latest(self.model, (*by, self.model.on), EVER).where(
            by[0].in_({line.of for line, _day in told}),
            self.model.on.in_({day for _line, day in told}),
        )
        rows = db.session.scalars(query.options(*self.loading)).unique()
        return {(self.subject(fact), fact.on): fact for fact in rows}

    def told(self, fact: Any) -> dict[str, str]:
        """What the cells of the row of `fact` say, as text; blank where there is none."""
        dumped = self.schema().dump(fact) if fact is not None else {}
        texts = {name: _as_text(dumped.get(name)) for name in self.columns}
        if "approximate" in texts:
            texts["approximate"] = texts["approximate"] or NO
        return texts

    def _by(self) -> tuple[Any, ...]:
        return tuple(getattr(self.model, name) for name in self.by)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        return JOINT.join(map(str, value))
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def in_words(text: str, words: Mapping[str, str]) -> str:
    """What the value or the values of a cell are called, where they have words."""
    return JOINT.join(words.get(it, it) for it in text.split(JOINT)) if words else text


class Several(fields.List[Any]):
    """Values that stand in one cell."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        given = value.split(JOINT) if isinstance(value, str) else value
        return super()._deserialize(given, *args, **kwargs)


def in_each_language(name: Callable[[], str]) -> dict[str, str]:
    """What `name` gives in Korean and in English."""
    found = {}
    for code in LANGUAGES:
        with force_locale(code):
            found[code] = name()
    return found


def words_of(members: Iterable[Any]) -> dict[Any, dict[str, str]]:
    """What each of `members` is called in each language."""
    return {it: in_each_language(lambda it=it: word(it)) for it in members}  # type: ignore[misc]


def own_sites(who: Member) -> Any:
    """The query of the sites that `who` may write, for those with such a right."""
    mine = Municipality.organisation_id == who.organisation_id
    return select(Site).join(Site.municipality).where(mine).order_by(Site.id)


def own_deployments(who: Member) -> list[Deployment]:
    """The deployments at the sites that `who` may write."""
    own = own_sites(who).with_only_columns(Site.id).order_by(None)
    query = select(Deployment).where(Deployment.site_id.in_(own)).order_by(Deployment.id)
    return list(db.session.scalars(query).unique())


def names_of(deployment: Deployment, code: str) -> tuple[str, str]:
    """What a deployment is called: its site and its solution."""
    return getattr(deployment.site, f"name_{code}"), getattr(deployment.solution, f"name_{code}")
