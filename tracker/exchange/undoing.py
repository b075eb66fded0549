"""Undoing: an import taken back as a whole, by corrections that say again what was said before."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import inspect, select

from common.db import db, now
from common.facts import Withdrawal, not_withdrawn
from tracker.exchange.imports import ExchangeImport, ImportState
from tracker.exchange.lists import SHEETS, Sheet
from tracker.exchange.reading import CellsRefused

UNDONE = "-undone"  # ends the key of what stands again, which nothing else builds on
OWN = {"id", "key", "recorded_at", "recorded_by_id", "corrects_id"}


def undo(item: ExchangeImport, who: Any) -> None:
    """Let stand again what stood before `item`. Raises CellsRefused; nothing is committed.

    A fact that corrected another one is corrected by what that one said, with its mark and source.
    One that corrected nothing is withdrawn. Both are new rows: a page as known on a day between
    shows the import still.
    """
    sheet = SHEETS[item.kind]
    cells = {cell.fact: cell for cell in reversed(item.cells) if cell.fact}
    query = select(sheet.model).where(sheet.model.key.in_(cells))
    facts = list(db.session.scalars(query).unique())
    wrong = {cells[key].address: [why] for key, why in _newer(sheet, facts).items()}
    mine = sheet.lines(who)
    for cell in cells.values():
        if cell.subject not in mine:
            sentence = _("This row is not yours any more; its own people write it.")
            wrong[cell.address] = [sentence]
    if wrong:
        raise CellsRefused(wrong)
    for fact in facts:
        if fact.corrects is None:
            table = sheet.model.__tablename__
            db.session.add(Withdrawal(kind=table, fact_id=fact.id, recorded_by_id=who.id))
        else:
            db.session.add(_again(sheet, fact, who))
    item.state, item.undone_at = ImportState.UNDONE, now()


def _again(sheet: Sheet, fact: Any, who: Any) -> Any:
    """What `fact` corrected, said once more and correcting it."""
    columns = inspect(sheet.model).columns.keys()
    before = {name: getattr(fact.corrects, name) for name in columns if name not in OWN}
    key = f"{fact.key}{UNDONE}"
    return sheet.model(**before, key=key, corrects_id=fact.id, recorded_by_id=who.id)


def _newer(sheet: Sheet, facts: list[Any]) -> dict[str, str]:
    """Why facts can't be taken back: what was told since of the same deployment or site."""
    keys = {fact.key for fact in facts}
    group = getattr(sheet.model, sheet.group)
    mine = {getattr(fact, sheet.group) for fact in facts}
    query = select(sheet.model).where(group.in_(mine), not_withdrawn(sheet.model))
    rows = list(db.session.scalars(query).unique())
    corrected = {it.corrects_id for it in rows if it.corrects_id}
    ids = {fact.id for fact in facts}
    others = [
        it
        for it in rows
        if it.key not in keys
        and (it.corrects_id in ids or not (it.id in corrected or it.key.endswith(UNDONE)))
    ]
    found = {}
    for fact in facts:
        since = [
            it
            for it in others
            if getattr(it, sheet.group) == getattr(fact, sheet.group)
            and it.recorded_at >= fact.recorded_at
        ]
        if since:
            last = max(since, key=lambda it: it.recorded_at)
            found[fact.key] = _(
                "Since then “%(key)s” was recorded for %(day)s and may stand on it. Correct "
                "what is wrong in the form or with a new workbook instead.",
                key=last.key,
                day=last.on,
            )
    return found
