"""Hostile text: what a mean person types, put into every text field of the database."""

from __future__ import annotations

from sqlalchemy import JSON, Enum, String, cast, inspect, update

from accounts.users import FailedSignIn, Token
from common.db import Model, db
from common.receipts import Receipt
from common.seeding import Seeded
from tracker.municipalities import MunicipalityCode

RUNS = "globalThis.x=1"
HOSTILE = (
    f'${{{RUNS}}}<img src=x onerror="{RUNS}">'
    f"</script><script>{RUNS}</script>{{{{7*7}}}} javascript:{RUNS}"
)
# What only programs write and read: names in addresses, secrets, and answers kept word for word.
MACHINES = {"slug", "key", "url", "fs_uniquifier", "password", "began_at"}
# What is only there together with something else: the fixture writes it as a user does.
TOGETHER = {"reopen_reason", "drop_reason"}
# What a schema checked: its texts are sent, not put.
OF_SCHEMAS = {"said", "lines", "changes", "counting", "faults", "rules", "moved", "people"}
OF_MACHINES = {Token, Receipt, FailedSignIn, Seeded}


def poison() -> int:
    """Put the text into every text column of every row; how many columns that were."""
    columns = 0
    for mapper in Model.registry.mappers:
        if mapper.class_ not in OF_MACHINES:
            columns += _poison(mapper.class_)
    db.session.commit()
    return columns


def _poison(model: type[Model]) -> int:
    values = {}
    for column in inspect(model).columns:
        is_text = isinstance(column.type, String) and not isinstance(column.type, Enum)
        if column.name in MACHINES | TOGETHER:
            continue
        if is_text:
            short = HOSTILE[: column.type.length]
            values[column.name] = HOSTILE + cast(model.id, String) if column.unique else short
        elif isinstance(column.type, JSON) and column.name not in OF_SCHEMAS:
            values[column.name] = [HOSTILE]
    change = update(model).values(values)
    if model is MunicipalityCode:
        # Only codes that were given up: by the present ones the map finds its shapes.
        change = change.where(MunicipalityCode.valid_to.is_not(None))
    if values:
        db.session.execute(change)
    return len(values)
