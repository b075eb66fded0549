"""Schemas: the one validator behind form, API, import and command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, ValidationError, fields, missing, pre_load, validate
from marshmallow import Schema as MarshmallowSchema
from sqlalchemy import select

from common.db import Model, db
from common.locale import said, word

LONGEST_LINE = 200
SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
Things = Callable[[Any], dict[str, Any]]
REMEMBERED: ContextVar[Things | None] = ContextVar("remembered", default=None)

# marshmallow's own sentences are English only; these are looked up in the reader's language.
fields.Field.default_error_messages.update(
    required=_l("This is needed; please fill it in."),
    null=_l("This may not be empty; please fill it in."),
)
fields.String.default_error_messages.update(
    invalid=_l("Write this as text."), invalid_utf8=_l("Write this as UTF-8 text.")
)
fields.Integer.default_error_messages.update(invalid=_l("Write a whole number, for example 12."))
fields.Number.default_error_messages.update(
    invalid=_l("Write a number, for example 12.5."), too_large=_l("This number is too large.")
)
fields.Date.default_error_messages.update(
    invalid=_l("Write a date that exists, for example 2025-03-20.")
)
fields.AwareDateTime.default_error_messages.update(
    invalid=_l("Write a moment in ISO 8601, for example 2025-03-20T05:00:00Z."),
    invalid_awareness=_l("Add the time zone, for example 2025-03-20T05:00:00Z."),
)
fields.Boolean.default_error_messages.update(invalid=_l("Answer true or false."))
fields.List.default_error_messages.update(invalid=_l("Give a list."))
fields.Nested.default_error_messages.update(type=_l("Give an object with named fields."))


class Schema(MarshmallowSchema):
    """A schema that refuses unknown fields and takes blank text as nothing."""

    error_messages = {  # noqa: RUF012 - marshmallow's own declaration
        "unknown": _l("There is no such field; check the name."),
        "type": _l("Give an object with named fields."),
    }

    class Meta:
        """Unknown fields are refused and the order of fields is kept."""

        unknown = RAISE

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """The attribute, None where something on the way to it is unknown."""
        value = super().get_attribute(obj, attr, default)
        return None if value is missing else value

    @pre_load
    def tidy(self, given: Any, *, partial: Any = None, **_kwargs: Any) -> Any:
        """Strip text; blank is *not given* in a new thing and *clear it* in an old one."""
        if not isinstance(given, Mapping):
            return given
        clean = {name: _tidied(name, value) for name, value in given.items()}
        if partial:
            return {name: None if value == "" else value for name, value in clean.items()}
        return {name: value for name, value in clean.items() if value != ""}


def _tidied(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if "\x00" in value:
        raise ValidationError(_("Take out the invisible zero character."), name)
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValidationError(_("Write this as UTF-8 text."), name)
    # A form ends its lines in two characters, a spreadsheet in one.
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


class Choice(fields.Enum[StrEnum]):
    """One of the values of an enum, written by value."""

    def __init__(self, enum: type[StrEnum], **kwargs: Any) -> None:
        super().__init__(enum, by_value=True, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, *args, **kwargs)
        except ValidationError:
            values = ", ".join(member.value for member in self.enum)
            raise ValidationError(_("Choose one of: %(values)s.", values=values)) from None


class Whole(fields.Integer):
    """A whole number, however it is sent: 90 or "90", but never 90.5 and never true."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Ref(fields.Field[Any]):
    """Another thing, named by its slug in every door.

    `model` is a table class, or "self" for the `model` that its schema names.
    """

    def __init__(self, model: type[Model] | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target = model

    @staticmethod
    @contextmanager
    def remembering() -> Iterator[Things]:
        """While a file is read: all things of a table by name, asked for once per table."""
        known: dict[Any, dict[str, Any]] = {}

        def remembered(model: Any) -> dict[str, Any]:
            if model not in known:
                rows = db.session.scalars(select(model)).unique()
                known[model] = {getattr(row, model.by): row for row in rows}
            return known[model]

        token = REMEMBERED.set(remembered)
        try:
            yield remembered
        finally:
            REMEMBERED.reset(token)

    @property
    def model(self) -> Any:
        """The table that is pointed to."""
        if isinstance(self.target, str):
            return self.parent.model  # type: ignore[union-attr]
        return self.target

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return None if value is None else getattr(value, type(value).by)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, str) or not value.isprintable():
            raise ValidationError(_("Name it by its slug, for example smart-crosswalk."))
        remembered = REMEMBERED.get()
        if remembered:
            found = remembered(self.model).get(value)
        else:
            column = getattr(self.model, self.model.by)
            found = db.session.scalar(select(self.model).where(column == value))
        if found is None:
            raise ValidationError(_("There is no “%(slug)s” here; check the slug.", slug=value))
        return found


class Kept(fields.List[Any]):
    """Rows that a column of JSON keeps: checked by the schema `inner`, kept as it tells them.

    What was left out of a row is not kept.
    """

    def __init__(self, inner: type[Schema], **kwargs: Any) -> None:
        super().__init__(fields.Nested(inner), **kwargs)

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return value

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        rows = super()._deserialize(value, *args, **kwargs)
        told = self.inner.schema.dump(rows, many=True)  # type: ignore[attr-defined]
        return [{name: it for name, it in row.items() if it is not None} for row in told]


class Said(fields.Field[Any]):
    """A text in the reader's language, beside the two that are stored: `place` of `place_ko`."""

    _CHECK_ATTRIBUTE = False

    def __init__(self) -> None:
        super().__init__(dump_only=True)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return said(obj, str(attr)) or None


def at_most(length: int) -> validate.Length:
    """Text of at most `length` characters."""
    return validate.Length(max=length, error=_l("Write at most {max} characters."))


def between(low: float, high: float) -> validate.Range:
    """A number from `low` to `high`."""
    return validate.Range(min=low, max=high, error=_l("Give a value from {min} to {max}."))


def slug_field(**kwargs: Any) -> fields.String:
    """The short name of a thing in addresses and files."""
    return fields.String(
        required=kwargs.pop("required", True),
        validate=[
            at_most(80),
            validate.Regexp(
                rf"{SLUG}\Z",
                error=_l("Use small letters a to z, digits and hyphens, for example smart-pole."),
            ),
        ],
        metadata={"label": _l("Short name")},
        **kwargs,
    )


def line(length: int = LONGEST_LINE, *, label: Any = None, **kwargs: Any) -> fields.String:
    """One line of text."""
    return fields.String(validate=at_most(length), metadata={"label": label}, **kwargs)


def text(length: int = 5000, *, label: Any = None, **kwargs: Any) -> fields.String:
    """Several lines of text."""
    return fields.String(
        validate=at_most(length), metadata={"label": label, "kind": "area"}, **kwargs
    )


def describe(
    schema: Schema, options: Mapping[str, Sequence[tuple[str, str]]] | None = None
) -> dict[str, dict[str, Any]]:
    """The fields of `schema` as data: what a form, a template file or a page needs to draw them."""
    return {
        name: _description(name, field, (options or {}).get(name))
        for name, field in schema.fields.items()
        if not field.dump_only
    }


def _description(
    name: str, field: Any, options: Sequence[tuple[str, str]] | None
) -> dict[str, Any]:
    inner = field.inner if isinstance(field, fields.List) else field
    if options is None and isinstance(inner, Choice):
        options = [(member.value, word(member)) for member in inner.enum]
    limits = {
        limit: getattr(rule, limit)
        for rule in field.validators
        for limit in ("min", "max")
        if getattr(rule, limit, None) is not None
    }
    is_text = isinstance(inner, fields.String)
    return {
        "name": name,
        "kind": field.metadata.get("kind") or _kind(field, inner),
        "label": str(field.metadata.get("label") or name),
        "hint": str(field.metadata.get("hint") or ""),
        "unit": str(field.metadata.get("unit") or ""),
        "required": field.required,
        "options": list(options or []),
        "min": None if is_text else limits.get("min"),
        "max": None if is_text else limits.get("max"),
        "maxlength": limits.get("max") if is_text else None,
    }


def _kind(field: Any, inner: Any) -> str:
    if isinstance(field, fields.List):
        return "choices"
    if isinstance(inner, Choice):
        return "choice"
    kinds = {
        fields.Integer: "integer",
        fields.Date: "date",
        fields.Boolean: "checkbox",
        Ref: "select",
    }
    return next((kind for type_, kind in kinds.items() if isinstance(inner, type_)), "text")


def plain(messages: Any) -> Any:
    """Error messages as plain lists of text in the reader's language, by field."""
    if isinstance(messages, Mapping):
        return {str(name): plain(inner) for name, inner in messages.items()}
    if isinstance(messages, list | tuple):
        return [str(message) for message in messages]
    return [str(messages)]
