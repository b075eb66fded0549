"""Asking: what an address of OGC API - Features may ask, with a sentence for what is wrong.

Source: OGC 17-069r4, OGC API - Features - Part 1: Core corrigendum, clauses 7.15.2 to 7.15.4.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates, validates_schema

from common.facts import WhenFilters
from common.locale import LANGUAGES, SEOUL
from common.schema import line

USUAL, MOST = 100, 1000  # features of one answer
FLAT, WITH_HEIGHT = 4, 6  # numbers of a box


class Box(NamedTuple):
    """A part of the world in degrees, CRS84; it may cross the 180th meridian."""

    west: float
    south: float
    east: float
    north: float

    def parts(self) -> list[Box]:
        """The box as one or two that do not cross the 180th meridian."""
        if self.west <= self.east:
            return [self]
        return [self._replace(east=180.0), self._replace(west=-180.0)]


class Span(NamedTuple):
    """Days from `begin` to `end`, both with it; None where that side is open."""

    begin: date | None
    end: date | None


class BoxField(fields.Field[Box]):
    """Four numbers, west, south, east and north; or six, with heights that nothing here has."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Box:
        try:
            numbers = [float(part) for part in str(value).split(",")]
        except ValueError:
            raise ValidationError(_BOX) from None
        if len(numbers) == WITH_HEIGHT:
            numbers = [*numbers[:2], *numbers[3:5]]
        if len(numbers) != FLAT or not all(map(isfinite, numbers)):
            raise ValidationError(_BOX)
        box = Box(*numbers)
        if max(abs(box.west), abs(box.east)) > 180 or max(abs(box.south), abs(box.north)) > 90:  # noqa: PLR2004 - degrees of the globe
            raise ValidationError(
                _("This box leaves the globe. Longitudes go from -180 to 180, latitudes to 90.")
            )
        if box.south > box.north:
            raise ValidationError(_("The south of the box lies north of its north; swap the two."))
        return box


_BOX = _l("Write west,south,east,north in degrees, for example 128.5,38.1,128.7,38.3.")


class SpanField(fields.Field[Span]):
    """A moment, a day, or two of them with a slash between; `..` leaves a side open."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Span:
        sides = str(value).split("/")
        try:
            days = [None if side in ("", "..") else day_in_korea(side) for side in sides]
        except (ValueError, OverflowError):
            raise ValidationError(_SPAN) from None
        if len(days) > len(Span._fields) or days == [None]:
            raise ValidationError(_SPAN)
        begin, end = days[0], days[-1]
        if begin and end and begin > end:
            raise ValidationError(_("The span ends before it begins; swap the two."))
        return Span(begin, end)


_SPAN = _l("Write a day or a span, for example 2024-01-01/2024-12-31 or 2024-01-01T00:00:00Z/...")


def day_in_korea(text: str) -> date:
    """The day in Korea of an ISO 8601 date, or of a moment with its time zone."""
    if "T" not in text.upper():
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(SEOUL).date()


def begin_of(day: date) -> str:
    """The moment in UTC at which `day` begins in Korea, as OGC writes it."""
    begin = datetime(day.year, day.month, day.day) - timedelta(hours=9)  # noqa: DTZ001 - becomes UTC
    return f"{begin.isoformat()}Z"


class Limit(fields.Integer):
    """How many features an answer may hold; more than the most is the most, as Core asks."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> int:
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):  # noqa: PLR2004 - digits enough
            raise ValidationError(_("Give a whole number from 1 to %(most)s.", most=MOST))
        return min(int(text), MOST)


class AboutAsked(WhenFilters):
    """What the addresses that describe the data take."""

    f = fields.String(load_default=None)
    lang = fields.String(load_default=None)
    formats: tuple[str, ...] = ("json", "html")

    @validates("f")
    def is_a_format(self, value: str | None, **_kwargs: Any) -> None:
        """Which form the answer takes."""
        _one_of(value, self.formats)

    @validates("lang")
    def is_a_language(self, value: str | None, **_kwargs: Any) -> None:
        """Which language the titles are in."""
        _one_of(value, tuple(LANGUAGES))


class OneAsked(AboutAsked):
    """What the address of one feature takes."""

    formats = ("json",)


class ItemsAsked(OneAsked):
    """What the features of a collection can be narrowed to, and which of them come."""

    bbox = BoxField(load_default=None)
    datetime = SpanField(load_default=None)
    limit = Limit(load_default=USUAL)
    after = line(load_default=None)
    before = line(load_default=None)

    @validates_schema
    def goes_one_way(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A page follows one feature, or comes before one."""
        if values.get("after") and values.get("before"):
            raise ValidationError(_("Give `after` or `before`, not both."), "before")


def _one_of(value: str | None, values: tuple[str, ...]) -> None:
    if value is not None and value not in values:
        raise ValidationError(_("Choose one of: %(values)s.", values=", ".join(values)))
