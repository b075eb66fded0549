"""Line forms: forms with one row of fields for each deployment, and where their errors stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from common.locale import said
from common.schema import Schema, describe

ROWS = "lines"


def by_control(errors: Mapping[str, Any]) -> dict[str, Any]:
    """`errors` by the name of each control: `lines-0-quantity` for a field of the first row."""
    told: dict[str, Any] = {}
    for name, wrong in errors.items():
        if name != ROWS or not isinstance(wrong, Mapping):
            told[name] = wrong
            continue
        for place, row in wrong.items():
            fields = row if isinstance(row, Mapping) else {"deployment": row}
            told |= {f"{ROWS}-{place}-{field}": texts for field, texts in fields.items()}
    return told


def labels(form: Schema, row: Schema, deployments: Sequence[Any]) -> dict[str, str]:
    """What each control is called: a field of a row with the solution before it."""
    told = {name: str(one["label"]) for name, one in describe(form).items()}
    for place, it in enumerate(deployments):
        for name, one in describe(row).items():
            told[f"{ROWS}-{place}-{name}"] = f"{said(it.solution, 'name')}, {one['label']}"
    return told


def rows_by_deployment(given: Any, deployments: Sequence[Any]) -> list[dict[str, Any]]:
    """The row of each of `deployments` among the rows `given`, in the order of the deployments."""
    sent = given if isinstance(given, list) else []
    rows = {it.get("deployment"): it for it in sent if isinstance(it, dict)}
    return [{**rows.get(it.slug, {}), "deployment": it.slug} for it in deployments]
