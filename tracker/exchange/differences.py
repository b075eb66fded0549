"""Differences: what an edited workbook would change, cell by cell, and what stands against it.

Each cell is seen three times: as it was downloaded, as it is on record now, and as the file says.
Facts are never overwritten, so what was downloaded is still there under the key in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from itertools import groupby
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields
from sqlalchemy import select

from common.db import db, now
from common.locale import name_values
from common.schema import Choice, Schema, plain
from tracker.exchange.files import CellsRefused
from tracker.exchange.imports import ExchangeCell, ExchangeImport, ImportSchema, ImportState
from tracker.exchange.lists import SHEETS
from tracker.exchange.reading import Edited
from tracker.exchange.sheets import Line, Sheet, in_words
from tracker.sites import Site


class Standing(StrEnum):
    """How a cell of the file stands to the record."""

    CHANGE = "change"
    CONFLICT = "conflict"
    SAME = "same"


name_values(
    {
        Standing.CHANGE: _l("Changed by the file"),
        Standing.CONFLICT: _l("Changed meanwhile by somebody else"),
        Standing.SAME: _l("On record already"),
    }
)


@dataclass
class CellSeen:
    """A cell beside the record."""

    cell: ExchangeCell
    label: str
    kind: str
    words: dict[str, str]  # what its values are called, where they are a few
    now: str
    standing: Standing | None
    sentences: list[str] = field(default_factory=list)

    def in_words(self, text: str) -> str:
        """What `text` is called, as one of its values."""
        return in_words(text, self.words)


@dataclass
class RowSeen:
    """An edited row beside the record."""

    line: Line | None
    cells: dict[str, CellSeen]
    fact: Any

    def values(self, chosen: Iterable[str], sheet: Sheet) -> dict[str, str]:
        """The row as a form would send it: what is on record, with the chosen cells of the file."""
        told = sheet.told(self.fact)
        for name, seen in self.cells.items():
            if seen.cell.address in chosen:
                told[name] = seen.cell.said
        return told | (self.line.kind if self.line else {})


@dataclass
class Review:
    """An import beside the record as it is now."""

    item: ExchangeImport
    sheet: Sheet
    rows: dict[int, RowSeen]
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def cells(self) -> list[CellSeen]:
        """The cells that are worth showing, in the order of the file."""
        return [it for row in self.rows.values() for it in row.cells.values() if it.standing]

    @property
    def seen(self) -> str:
        """A word for what is on record of these rows: another one as soon as that changes."""
        facts = [f"{place}:{row.fact.key if row.fact else ''}" for place, row in self.rows.items()]
        return sha256("\n".join(facts).encode()).hexdigest()[:16]

    def having(self, standing: Standing) -> list[CellSeen]:
        """The cells of one standing."""
        return [it for it in self.cells if it.standing is standing]


class SeenSchema(Schema):
    """A cell of an import as JSON tells it."""

    address = fields.String(attribute="cell.address")
    row = fields.Integer(attribute="cell.row")
    column = fields.String(attribute="cell.column")
    subject = fields.String(attribute="cell.subject")
    was = fields.String(attribute="cell.was")
    now = fields.String()
    said = fields.String(attribute="cell.said")
    standing = Choice(Standing)
    sentences = fields.List(fields.String())
    taken = fields.Boolean(attribute="cell.taken")
    fact = fields.String(attribute="cell.fact")


class WholeImportSchema(ImportSchema):
    """An import with its cells; `seen` is given back to accept what was shown."""

    seen = fields.String()
    cells = fields.List(fields.Nested(SeenSchema))
    errors = fields.Dict(keys=fields.String())

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Of the import, but what only the review knows."""
        own = attr in ("seen", "cells", "errors")
        return super().get_attribute(obj if own else obj.item, attr, default)


def kept(sheet: Sheet, edited: Sequence[Edited], who: Any, file: tuple[str, str]) -> ExchangeImport:
    """The import of a workbook, with the rows that somebody edited. Raises CellsRefused.

    `file` is its name and its hash.
    """
    base = _downloaded(sheet, edited)
    item = ExchangeImport(
        slug=f"{sheet.name.value}-{token_hex(8)}",
        kind=sheet.name,
        file_name=file[0],
        sha256=file[1],
        sender=who,
        state=ImportState.CHECKED,
        uploaded_at=now(),
    )
    for one in edited:
        was = sheet.told(base.get(one.marker))
        if was == one.said:
            continue
        for name in sheet.columns:
            item.cells.append(
                ExchangeCell(
                    row=one.row,
                    address=f"{one.letters[name]}{one.row}",
                    column=name,
                    subject=one.line.subject,
                    was=was[name],
                    said=one.said[name],
                    taken=False,
                )
            )
    return item


def _downloaded(sheet: Sheet, edited: Sequence[Edited]) -> dict[str, Any]:
    """The facts that the rows were downloaded with, by their keys."""
    markers = {one.marker for one in edited if one.marker}
    query = select(sheet.model).where(sheet.model.key.in_(markers)).options(*sheet.loading)
    base = {fact.key: fact for fact in db.session.scalars(query).unique()}
    wrong = {}
    for one in edited:
        fact = base.get(one.marker)
        if one.marker and (fact is None or sheet.subject(fact) != one.line.subject):
            sentence = _("The hidden columns were changed; download the list again and edit that.")
            wrong[f"B{one.row}"] = [sentence]
    if wrong:
        raise CellsRefused(wrong)
    return base


def review(item: ExchangeImport, who: Any) -> Review:
    """The cells of `item` beside the record as it is now, with what the rules say to them."""
    sheet = SHEETS[item.kind]
    lines = sheet.lines(who)
    newest = sheet.newest(lines)
    labels = sheet.fields
    found = Review(item, sheet, {})
    for row, group in groupby(item.cells, lambda cell: cell.row):
        cells: list[ExchangeCell] = list(group)
        fact = newest.get(cells[0].subject)
        told = sheet.told(fact)
        seen = {
            it.column: CellSeen(
                it,
                labels[it.column]["label"],
                labels[it.column]["kind"],
                dict(labels[it.column]["options"]),
                told[it.column] if it.stood is None else it.stood,
                None,
            )
            for it in cells
        }
        for one in seen.values():
            one.standing = _standing(one)
        if all(it.standing in (None, Standing.SAME) for it in seen.values() if _edited(it)):
            for it in seen.values():
                it.standing = Standing.SAME if _edited(it) else None
        found.rows[row] = RowSeen(lines.get(cells[0].subject), seen, fact)
    if item.state is ImportState.CHECKED:
        everything = [it.cell.address for it in found.cells if it.standing is not Standing.SAME]
        found.errors = judged(found, everything, who)[1]
        for one in found.cells:
            one.sentences = found.errors.get(one.cell.address, [])
    return found


def _edited(seen: CellSeen) -> bool:
    return seen.cell.said != seen.cell.was


def _standing(seen: CellSeen) -> Standing | None:
    cell = seen.cell
    if cell.said == seen.now:
        return Standing.SAME if _edited(seen) else None
    return Standing.CHANGE if seen.now == cell.was else Standing.CONFLICT


def judged(
    found: Review, chosen: Iterable[str], who: Any
) -> tuple[dict[int, Any], dict[str, list[str]]]:
    """The facts that the chosen cells become, not yet added, and what is wrong by address."""
    addresses, wrong = set(chosen), dict[str, list[str]]()
    told: dict[int, tuple[Line, dict[str, Any]]] = {}
    for place, row in found.rows.items():
        if not any(it.cell.address in addresses for it in row.cells.values()):
            continue
        if row.line is None:
            wrong[f"A{place}"] = [_("This row is not yours any more; its own people write it.")]
            continue
        try:
            values = found.sheet.read(row.line, row.values(addresses, found.sheet))
        except ValidationError as error:
            _blame(found, place, plain(error.messages_dict), wrong)
            continue
        told[place] = row.line, values
    facts = _facts(found, told, who)
    for place, errors in found.sheet.faults(facts).items():
        _blame(found, place, plain(errors), wrong)
    return facts, wrong


def _facts(
    found: Review, told: Mapping[int, tuple[Line, dict[str, Any]]], who: Any
) -> dict[int, Any]:
    """The facts that rows become, each correcting what stands for its day; one statement."""
    stood = found.sheet.standing((line, values["on"]) for line, values in told.values())
    facts = {}
    for place, (line, values) in told.items():
        old = stood.get((line.subject, values["on"]))
        fact = found.sheet.made(line, values, who, old)
        fact.key = f"{found.item.slug}-{place}"
        facts[place] = fact
    return facts


def _blame(
    found: Review, place: int, errors: dict[str, list[str]], wrong: dict[str, list[str]]
) -> None:
    for name, sentences in errors.items():
        cell = found.rows[place].cells.get(name)
        wrong.setdefault(cell.cell.address if cell else f"A{place}", []).extend(sentences)


def hold(sheet: Sheet, who: Any) -> None:
    """One at a time for the sites of `who`, so that what comes at once is held against it."""
    ids = sorted({line.site.id for line in sheet.lines(who).values()})
    db.session.execute(select(Site.id).where(Site.id.in_(ids)).with_for_update())


def accept(found: Review, chosen: Iterable[str], who: Any) -> None:
    """Put the chosen cells on record as new facts. Raises CellsRefused; nothing is committed."""
    addresses = set(chosen)
    facts, wrong = judged(found, addresses, who)
    if wrong:
        raise CellsRefused(wrong)
    for place, row in found.rows.items():
        for seen in row.cells.values():
            seen.cell.stood = seen.now
            if place in facts and seen.cell.address in addresses:
                seen.cell.taken, seen.cell.fact = True, facts[place].key
    db.session.add_all(facts.values())
    found.item.state, found.item.accepted_at = ImportState.ACCEPTED, now()
