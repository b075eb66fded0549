"""Forms: the fields of a noun as a form asks for them, and what was filled in as a file says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from marshmallow import fields

from catalog.editing.kinds import Content, Kind, label_of, options_for
from common.locale import said
from common.schema import Ref, describe

LONGEST_NAME = 80


def named(thing: Any) -> str:
    """How a thing that a field points to is called."""
    name = next((text for it in ("name", "title", "text") if (text := said(thing, it))), "")
    key = getattr(thing, type(thing).by)
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return f"{key} · {short}" if type(thing).by == "key" else short or str(key)


def form_of(kind: Kind, *, is_new: bool) -> dict[str, dict[str, Any]]:
    """The fields of a noun as data; an entry that is there keeps its name."""
    form = describe(kind.schema(), options_for(kind, named))
    if not is_new:
        del form[kind.by]
    for name, it in form.items():
        it.update(_drawn(name, kind.schema().fields[name]), label=label_of(kind, name))
    return form


def _drawn(name: str, field: Any) -> dict[str, Any]:
    """How a field is drawn where it is not drawn as its type says."""
    if isinstance(field, fields.List) and isinstance(field.inner, fields.String):
        return {"kind": "area", "hint": _("One in each line"), "maxlength": None}
    if isinstance(field, fields.Boolean) and field.allow_none:
        yes_no = [("true", _("yes")), ("false", _("no"))]
        return {"kind": "select", "options": yes_no}
    if isinstance(field, fields.Enum):
        return {"kind": "select"}
    return {"kind": "won"} if name.endswith("_won") else {}


def as_form(kind: Kind, content: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says, as the fields of its form hold it."""
    given = {}
    for name, value in content.items():
        field = kind.schema().fields.get(name)
        if isinstance(value, bool):
            given[name] = str(value).lower()
        elif isinstance(field, fields.List) and isinstance(field.inner, fields.String):
            given[name] = "\n".join(value)
        else:
            given[name] = value
    return given


def from_form(kind: Kind, sent: Mapping[str, Any]) -> Content:
    """What was filled in, with lines as lists and a choice of nothing as nothing."""
    given = dict(sent)
    for name, field in kind.schema().fields.items():
        if name not in given:
            continue
        if isinstance(field, fields.List) and isinstance(field.inner, fields.String):
            lines = [line.strip() for text in given[name] for line in str(text).splitlines()]
            given[name] = [line for line in lines if line]
        elif isinstance(field, fields.List) and isinstance(field.inner, Ref):
            given[name] = [one for one in given[name] if one]
    return given
