"""Memo: the decision for one package, as rows of a sheet to take away."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from xlsxwriter import Workbook

from catalog.choosing.choice import Choice, Judged, Offer
from common.locale import said, word

Cells = tuple[Any, ...]


@dataclass(frozen=True)
class Memo:
    """One offer of a choice, the wish that it answers, and the day on which it was made."""

    choice: Choice
    offer: Offer
    wish: Mapping[str, Any]
    on: date
    number: int

    @property
    def sources(self) -> list[Any]:
        """Where its effects and conditions were read, each once."""
        found = []
        for part in self.offer.parts:
            headline = part.candidate.headline
            found += [headline.evidence.source] if headline else []
            found += [it.source for it in part.candidate.solution.costs if it.comparable]
            found += [it.condition.source for it in part.candidate.judged]
        return list(dict.fromkeys(it for it in found if it))


def sheets(memo: Memo) -> dict[str, list[Cells]]:
    """The memo as sheets of cells: plain words and numbers, money in won."""
    return {
        _("Decision"): list(_decision(memo)),
        _("Package"): list(_parts(memo)),
        _("Conditions"): list(_conditions(memo)),
        _("Not chosen"): list(_others(memo)),
        _("Sources"): [(_("Source"), _("Address"))]
        + [(said(it, "name"), it.url) for it in memo.sources],
    }


def workbook(memo: Memo) -> bytes:
    """The memo as an XLSX file; no cell is read as a formula."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        money = book.add_format({"num_format": "#,##0", "valign": "top"})
        for name, rows in sheets(memo).items():
            sheet = book.add_worksheet(name)
            sheet.set_column(0, 0, 34)
            sheet.set_column(1, 12, 22)
            for place, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, int | float):
                        sheet.write_number(place, column, value, money)
                    elif value is not None:
                        style = text if place and column else head
                        sheet.write_string(place, column, str(value), style)
    return out.getvalue()


def _decision(memo: Memo) -> Iterator[Cells]:
    offer, package, unknown = memo.offer, memo.offer.package, _("not known")
    yield _("Decision memo"), word(package.plan)
    yield _("As of"), memo.on.isoformat()
    for problem, weight in memo.wish["problem"]:
        yield _("Problem and its weight"), said(problem, "name"), weight
    yield _("National money there is"), memo.wish["national_won"]
    yield _("Local money there is"), memo.wish["local_won"]
    yield _("Yearly upkeep that the budget can carry"), memo.wish.get("upkeep_won", unknown)
    yield _("Cost"), package.cost_won
    yield _("of it national money"), offer.national_won
    yield _("of it local money"), offer.local_won
    yield _("Money left"), offer.left_won
    yield _("Cost at the dearest unit costs on record"), offer.high_won
    yield _("Known upkeep a year"), package.known_upkeep_won
    yield _("Lots of which the upkeep is not known"), package.upkeep_unknown
    yield _("Points"), package.points
    yield _("Points at the low end of the effects"), package.low_points
    yield _("Lots of which the low end is not known"), offer.low_unknown


def _parts(memo: Memo) -> Iterator[Cells]:
    yield (
        _("Solution"),
        _("Quantity"),
        _("Wanted"),
        _("Unit cost, median"),
        _("Cost"),
        _("Upkeep a year"),
        _("Evidence grade"),
        _("Effect"),
        _("What the effect says"),
        _("Nearest sites"),
        _("Who can coach"),
    )
    for part in memo.offer.parts:
        it, line = part.candidate, part.line
        yield (
            said(it.solution, "name"),
            line.quantity,
            line.option.wanted,
            line.option.unit_won,
            line.cost_won,
            _("not known") if line.upkeep_won is None else line.upkeep_won,
            it.grade or _("not rated"),
            said(it.headline.evidence, "result") if it.headline else _("not known"),
            word(it.direction),
            ", ".join(said(one, "name") for one in it.peers) or _("none known"),
            ", ".join(said(one, "name") for one in it.coaches) or _("none known"),
        )


def _conditions(memo: Memo) -> Iterator[Cells]:
    yield _("Solution"), _("Condition"), _("Here"), _("What follows"), _("Guideline item")
    for part in memo.offer.parts:
        for it in part.candidate.judged:
            yield said(part.candidate.solution, "name"), *_judged(it)


def _judged(it: Judged) -> Cells:
    one = it.condition
    return (
        said(one, "text"),
        word(it.verdict),
        word(one.bearing),
        one.item.key if one.item else "",
    )


def _others(memo: Memo) -> Iterator[Cells]:
    yield _("Solution"), _("Why"), _("Condition")
    chosen = {part.candidate.solution.slug for part in memo.offer.parts}
    for it in memo.choice.candidates:
        if it.solution.slug not in chosen:
            why = "; ".join(said(one.condition, "text") for one in it.disqualifiers)
            yield said(it.solution, "name"), word(it.standing), why
