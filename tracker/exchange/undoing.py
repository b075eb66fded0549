"""Undoing: an import taken back as a whole, by corrections that say again what was said before."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import inspect, select

from common.db import db, now
from common.facts import Withdrawal, not_withdrawn
from tracker.exchange.files import CellsRefused
from tracker.exchange.imports import ExchangeImport, ImportState
from tracker.exchange.lists import SHEETS
from tracker.exchange.sheets import Sheet

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
    query = select(sheet.model).where(sheet.model.key.in_(cells)).options(*sheet.loading)
    facts = list(db.session.scalars(query).unique())
    rows = _told(sheet, facts)
    chains = _chains(facts, rows)
    why_not = _bound(sheet, chains) | _newer(sheet, facts, chains, rows)
    wrong = {cells[key].address: [why] for key, why in why_not.items()}
    mine = sheet.lines(who)
    for cell in cells.values():
        if cell.subject not in mine:
            sentence = _("This row is not yours any more; its own people write it.")
            wrong[cell.address] = [sentence]
    if wrong:
        raise CellsRefused(wrong)
    for fact in facts:
        chain = chains[fact.id]
        if fact.corrects is None:
            table = sheet.model.__tablename__
            db.session.add_all(
                Withdrawal(kind=table, fact_id=it.id, recorded_by_id=who.id) for it in chain
            )
        else:
            db.session.add(_again(sheet, fact, chain[-1], who))
    item.state, item.undone_at = ImportState.UNDONE, now()


def _again(sheet: Sheet, fact: Any, stands: Any, who: Any) -> Any:
    """What `fact` corrected, said once more and correcting what stands for it."""
    columns = inspect(sheet.model).columns.keys()
    before = {name: getattr(fact.corrects, name) for name in columns if name not in OWN}
    key = f"{fact.key}{UNDONE}"
    return sheet.model(**before, key=key, corrects_id=stands.id, recorded_by_id=who.id)


def _told(sheet: Sheet, facts: list[Any]) -> list[Any]:
    """All that is told of the deployments or sites of `facts`; one statement."""
    group = getattr(sheet.model, sheet.by[0])
    mine = {getattr(fact, sheet.by[0]) for fact in facts}
    query = select(sheet.model).where(group.in_(mine), not_withdrawn(sheet.model))
    return list(db.session.scalars(query.options(*sheet.loading)).unique())


def _chains(facts: list[Any], rows: list[Any]) -> dict[int, list[Any]]:
    """Each of `facts` with the imports on it that were undone; the last one says the same again."""
    newer = {row.corrects_id: row for row in rows if row.corrects_id}
    found = {}
    for fact in facts:
        chain = [fact]
        while (other := newer.get(chain[-1].id)) and (back := newer.get(other.id)):
            if back.key != f"{other.key}{UNDONE}":
                break
            chain += [other, back]
        found[fact.id] = chain
    return found


def _bound(sheet: Sheet, chains: dict[int, list[Any]]) -> dict[str, str]:
    """Why facts can't be taken back: what of another kind is built on them or their chains."""
    firsts = {it.key: chain[0].key for chain in chains.values() for it in chain}
    found = sheet.bound([it for chain in chains.values() for it in chain])
    return {firsts[key]: why for key, why in found.items()}


def _newer(
    sheet: Sheet, facts: list[Any], chains: dict[int, list[Any]], rows: list[Any]
) -> dict[str, str]:
    """Why facts can't be taken back: what was told since of the same deployment or site."""
    keys = {fact.key for fact in facts}
    corrected = {it.corrects_id for it in rows if it.corrects_id}
    ids = {chain[-1].id for chain in chains.values()}
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
            if getattr(it, sheet.by[0]) == getattr(fact, sheet.by[0])
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
