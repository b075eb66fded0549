"""Upsert: rows of a file become things, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError

from common.db import Model, db
from common.facts import Fact
from common.rows import ImportRefused, Row, RowErrors
from common.schema import Ref, Schema, plain


def upsert(
    model: type[Model],
    schema: Schema,
    rows: Mapping[int, Row],
    each: Callable[[], object] = lambda: None,
    together: Callable[[Mapping[int, Any]], RowErrors] | None = None,
) -> tuple[int, int]:
    """Add what is new and change what is old, by slug; how many of each. Nothing is committed.

    Raises ImportRefused with every wrong cell. A dated fact is never changed: a row that says
    something else under the same key is refused. `together` says what is wrong with new things
    beside each other and beside what stands.
    """
    made: dict[int, Any] = {}
    changed = 0
    errors: RowErrors = {}
    seen: set[Any] = set()
    with Ref.remembering() as remembered:
        known = remembered(model)
        for number, row in rows.items():
            each()
            name = str(row.get(model.by) or "").strip()
            old = known.get(name)
            try:
                _once(model, name, seen)
                # A column that the file does not have stays as it is; a blank cell is cleared.
                values = schema.load(row if old is None else stored(schema, old) | row)
                if old is None:
                    made[number] = known[name] = model.made(**values)
                    db.session.add(known[name])
                elif _differs(schema, old, values):
                    _may_change(old)
                    old.change(**values)
                    changed += 1
            except ValidationError as error:
                errors[number] = plain(error.messages_dict)
            except IntegrityError as error:  # one row names another, so it was sent ahead
                raise _clash(model, error, number, rows) from None
    if errors:
        raise ImportRefused(errors, rows)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise _clash(model, error, 0, rows) from None
    if together and made and (errors := together(made)):
        raise ImportRefused(errors, rows)
    return len(made), changed


def _clash(
    model: type[Model], error: IntegrityError, row: int, rows: Mapping[int, Row]
) -> ImportRefused:
    why = _("This clashes with something that is already there: %(why)s", why=error.orig)
    return ImportRefused({row: {model.by: [why]}}, rows)


def stored(schema: Schema, thing: Model) -> Row:
    """What `thing` says, as a file would tell it; unknown values are left out."""
    told = schema.dump(thing)
    return {
        name: told[name]
        for name, field in schema.fields.items()
        if not field.dump_only and told[name] is not None
    }


def _once(model: type[Model], name: Any, seen: set[Any]) -> None:
    if name and name in seen:
        raise ValidationError({model.by: [_("This stands twice in the file.")]})
    seen.add(name)


def _may_change(thing: Model) -> None:
    if isinstance(thing, Fact):
        sentence = _("Facts are not overwritten; add a row that corrects this one.")
        raise ValidationError({thing.by: [sentence]})


def _differs(schema: Schema, thing: Any, values: Row) -> bool:
    stored, given = schema.dump(thing), schema.dump(values)
    return any(unordered(stored[name]) != unordered(given[name]) for name in values)


def would_change(schema: Schema, thing: Model, row: Row) -> bool:
    """Whether loading `row` would make `thing` say something else. Raises ValidationError."""
    return _differs(schema, thing, schema.load(stored(schema, thing) | row))


def unordered(value: Any) -> Any:
    """`value` in one order, where it is a set of names."""
    is_set = isinstance(value, list) and all(isinstance(part, str) for part in value)
    return sorted(value) if is_set else value
