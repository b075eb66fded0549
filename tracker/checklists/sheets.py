"""Check sheets: a checklist that was taken away and filled in becomes new answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from common.db import db
from common.facts import When
from common.rows import ImportRefused, Row, RowErrors
from tracker.checklists.checklists import SAID, Check, CheckResult, said_by, standing
from tracker.checklists.told import EntrySchema

TAKEN = ("deployment", "item", *SAID, "on")
TOLD = set(EntrySchema().fields) - set(TAKEN)  # columns that say what the item is


def answers_of(rows: Mapping[int, Row]) -> dict[int, Row]:
    """`rows` of a file as answers: those with a key as they are, those of a sheet where changed.

    A line that says what it said when the sheet was taken away is left out, and so is one that
    was brought back before. A line for the same day as the answer that stands corrects it.
    Raises ImportRefused where somebody else answered meanwhile.
    """
    lines = {place: row for place, row in rows.items() if not row.get("key")}
    found = {place: row for place, row in rows.items() if place not in lines}
    if not lines:
        return found
    stand = _by_line(db.session.scalars(standing(When.of()).options(*WITH_NAMES)))
    taken = _by_key(_text(row.get("answer")) for row in lines.values())
    late: RowErrors = {}
    for place, row in lines.items():
        stands = stand.get((_text(row.get("deployment")), _text(row.get("item"))))
        seen = taken.get(_text(row["answer"])) if "answer" in row else stands
        answer = _answer(row, stands)
        if _same(row, seen) or (stands and stands.key == answer["key"]):
            continue
        if stands is not seen:
            late[place] = {"item": [_("Somebody answered this meanwhile; take the sheet again.")]}
        found[place] = answer
    if late:
        raise ImportRefused(late, rows)
    return dict(sorted(found.items()))


WITH_NAMES = (joinedload(Check.deployment), joinedload(Check.item))


def _by_line(checks: Iterable[Check]) -> dict[tuple[str, str], Check]:
    return {(it.deployment.slug, it.item.key): it for it in checks}


def _by_key(keys: Iterable[str]) -> dict[str, Check]:
    asked = {key for key in keys if key}
    if not asked:
        return {}
    return {it.key: it for it in db.session.scalars(select(Check).where(Check.key.in_(asked)))}


def _same(row: Row, check: Check | None) -> bool:
    """Whether a line says what `check` says; a line left blank is *not yet*."""
    given = {name: _text(row.get(name)) for name in SAID}
    given["result"] = given["result"] or CheckResult.NOT_YET.value
    day = _text(row.get("on"))
    return given == said_by(check) and day in ("", check.on.isoformat() if check else "")


def _answer(row: Row, stands: Check | None) -> Row:
    answer = {name: value for name, value in row.items() if name not in TOLD}
    content = "\n".join(_text(row.get(name)) for name in TAKEN)
    answer["key"] = f"sheet-{sha256(content.encode()).hexdigest()[:24]}"
    if stands and stands.on.isoformat() == _text(row.get("on")):
        answer["corrects"] = stands.key
    return answer


def _text(value: Any) -> str:
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
