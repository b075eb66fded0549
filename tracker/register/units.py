"""Units: every installed thing of a deployment, with its place, its papers and what it said before.

What a unit is may be mended, and what it said before is kept. What was found at it are dated facts
in `inspections.py`; `condition` and `seen_on` only repeat the newest of them, so that a list of
hundreds of thousands stays fast (docs/decisions/0016-register-of-units.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    case,
    not_,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.guidelines import Guideline
from catalog.solutions import Solution
from common.db import Key, Line, Model, Name, Slug, db, now
from common.facts import When, WhenFilters, known, today
from common.locale import said
from common.schema import Choice, Ref, Schema, Whole, between, line, slug_field
from tracker.deployments import Deployment
from tracker.register.faults import Condition
from tracker.register.grounds import Ground, ground_of, whose
from tracker.sites import Site

LONGEST_NUMBER = 80
SOUTH, NORTH, WEST, EAST = 32, 40, 123, 133  # degrees round Korea: what is swapped is outside
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # of a label: none that look alike
CODE_LENGTH = 10


class InstalledUnit(Model):
    """One thing that stands somewhere."""

    __tablename__ = "installed_unit"
    __table_args__ = (
        UniqueConstraint("deployment_id", "asset_number"),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", "place"),
        CheckConstraint("accepted_on IS NULL OR accepted_on >= installed_on", "accepted"),
        CheckConstraint("removed_on IS NULL OR removed_on >= installed_on", "removed"),
        # All that the count of a site needs, so that it never reads the rows themselves.
        Index(
            "ix_installed_unit_count",
            "deployment_id",
            "condition",
            "installed_on",
            "removed_on",
            "seen_on",
            "warranty_until",
        ),
        Index("ix_installed_unit_cell", "lat", "lon", "condition", "installed_on", "removed_on"),
    )

    id: Mapped[Key]
    slug: Mapped[Slug]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    deployment: Mapped[Deployment] = relationship(lazy="joined", innerjoin=True)
    asset_number: Mapped[str] = mapped_column(String(LONGEST_NUMBER))
    maker: Mapped[Name | None]
    model: Mapped[Name | None]
    serial: Mapped[Name | None]
    address: Mapped[Line | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    installed_on: Mapped[date]
    accepted_on: Mapped[date | None]
    warranty_until: Mapped[date | None]
    removed_on: Mapped[date | None]
    guideline_id: Mapped[int | None] = mapped_column(ForeignKey("guideline.id"))
    guideline: Mapped[Guideline | None] = relationship(lazy="joined")
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[Any] = relationship("User", lazy="joined")
    removed_told_at: Mapped[datetime | None]
    condition: Mapped[Condition] = mapped_column(default=Condition.NOT_INSPECTED)
    seen_on: Mapped[date | None]
    revisions: Mapped[list[UnitRevision]] = relationship(
        back_populates="unit", order_by="UnitRevision.id.desc()"
    )

    @property
    def site(self) -> Site:
        """The site that it belongs to."""
        return self.deployment.site

    @property
    def solution(self) -> Solution:
        """The solution that it is a part of."""
        return self.deployment.solution

    @classmethod
    def made(cls, **values: Any) -> Self:
        """A new one from checked values; without a code of its own it gets one."""
        unit = cls(**values)
        unit.slug = values.get("slug") or code_of(unit.deployment.slug, unit.asset_number)
        unit.removed_told_at = now() if unit.removed_on else None
        return unit

    def change(self, *, recorded_by: Any = None, **values: Any) -> None:
        """Give it new, checked values; what it said before is kept."""
        said_before = UnitSchema().dump(self)
        self.revisions.append(UnitRevision(said=said_before, recorded_by=recorded_by))
        if values.get("removed_on", self.removed_on) != self.removed_on:
            self.removed_told_at = now()
        super().change(**values)

    @classmethod
    def stands(cls, when: When) -> ColumnElement[bool]:
        """The condition that it is known to stand as of a date: installed and not removed."""
        gone = cls.removed_on.is_not(None) & (cls.removed_on <= when.as_of)
        if when.known_on is not None:
            gone = gone & known(_Removal, when)
        return and_(cls.installed_on <= when.as_of, known(cls, when), not_(gone))

    @classmethod
    def gone_on(cls, when: When) -> ColumnElement[date | None]:
        """The day of its removal, as far as that was known."""
        return case((known(_Removal, when), cls.removed_on))


class _Removal:
    """The removal of a unit as a thing that was told: what `known` looks at."""

    recorded_at = InstalledUnit.removed_told_at


class UnitRevision(Model):
    """What a unit said before a change, who changed it and when."""

    __tablename__ = "unit_revision"

    id: Mapped[Key]
    unit_id: Mapped[int] = mapped_column(ForeignKey("installed_unit.id"), index=True)
    unit: Mapped[InstalledUnit] = relationship(back_populates="revisions")
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[Any] = relationship("User", lazy="joined")


class Place(NamedTuple):
    """Where a unit of a deployment is said to stand, in degrees."""

    deployment: Deployment
    lat: float
    lon: float


def _degrees(low: float, high: float, label: Any) -> fields.Float:
    return fields.Float(
        allow_none=True,
        load_default=None,
        validate=between(low, high),
        error_messages={"special": _l("Write a number, for example 12.5.")},
        metadata={"label": label, "hint": _l("Degrees, WGS84")},
    )


def _paper(label: Any, hint: Any = "") -> fields.Date:
    return fields.Date(allow_none=True, load_default=None, metadata={"label": label, "hint": hint})


class UnitSchema(Schema):
    """A unit as it is written down, in every door."""

    many_at_once = False  # an import checks the places of many rows together

    slug = slug_field(required=False)
    deployment = Ref(Deployment, required=True, metadata={"label": _l("Deployment")})
    asset_number = line(LONGEST_NUMBER, required=True, label=_l("Asset number"))
    maker = line(allow_none=True, load_default=None, label=_l("Maker"))
    model = line(allow_none=True, load_default=None, label=_l("Model"))
    serial = line(allow_none=True, load_default=None, label=_l("Serial number"))
    address = line(500, allow_none=True, load_default=None, label=_l("Address"))
    lat = _degrees(SOUTH, NORTH, _l("Latitude"))
    lon = _degrees(WEST, EAST, _l("Longitude"))
    installed_on = fields.Date(required=True, metadata={"label": _l("Installed on")})
    accepted_on = _paper(_l("Accepted on"))
    warranty_until = _paper(_l("Warranty until"), _l("The last day"))
    removed_on = _paper(_l("Removed on"), _l("Leave it empty while it stands"))
    guideline = Ref(
        Guideline,
        allow_none=True,
        load_default=None,
        metadata={"label": _l("Guideline that it was built to")},
    )

    @validates_schema
    def is_on_one_line(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A label has one line for the number."""
        number = values.get("asset_number")
        if number is not None and not number.isprintable():
            sentence = _("Write the number on one line, without control characters.")
            raise ValidationError(sentence, "asset_number")

    @validates_schema
    def came_in_order(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Selected, installed, accepted, removed; and nothing in the future."""
        wrong = dict(_out_of_order(values))
        if wrong:
            raise ValidationError({name: [sentence] for name, sentence in wrong.items()})

    @validates_schema
    def lies_in_its_municipality(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """On the ground of the municipality whose site it is."""
        lat, lon = values.get("lat"), values.get("lon")
        if (lat is None) != (lon is None):
            name = "lat" if lat is None else "lon"
            raise ValidationError(_("Give both latitude and longitude, or neither."), name)
        deployment = values.get("deployment")
        if lat is None or lon is None or deployment is None or self.many_at_once:
            return
        for sentence in misplaced([Place(deployment, lat, lon)]).values():
            raise ValidationError(sentence, "lat")


class UnitFilters(WhenFilters):
    """What the register can be narrowed to."""

    q = line(label=_l("Search"), load_default=None)
    site = Ref(Site, metadata={"label": _l("Site")})
    solution = Ref(Solution, metadata={"label": _l("Solution")})
    deployment = Ref(Deployment, metadata={"label": _l("Deployment")})
    state = Choice(Condition, metadata={"label": _l("State")})
    unseen_months = Whole(
        validate=between(1, 240), metadata={"label": _l("Not seen for so many months")}
    )
    warranty_months = Whole(
        validate=between(1, 240), metadata={"label": _l("Warranty ends within so many months")}
    )


def code_of(deployment: str, asset_number: str) -> str:
    """The code on the label of a unit: the same for the same unit, however often it is loaded."""
    number = int.from_bytes(sha256(f"{deployment}\n{asset_number}".encode()).digest()[:16])
    code = ""
    for _place in range(CODE_LENGTH):
        number, place = divmod(number, len(LETTERS))
        code += LETTERS[place]
    return code


def misplaced(places: Sequence[Place]) -> dict[int, str]:
    """What is wrong with those of `places` that lie outside their municipality, by position."""
    by_site: dict[Site, list[int]] = {}
    for position, place in enumerate(places):
        by_site.setdefault(place.deployment.site, []).append(position)
    wrong: dict[int, str] = {}
    for site, positions in by_site.items():
        ground = _ground_of(site)
        if ground is None:
            sentence = _("The boundary of this site is not known here; leave the place empty.")
            wrong |= dict.fromkeys(positions, sentence)
            continue
        lats, lons = zip(*(places[it][1:] for it in positions), strict=True)
        on_it = ground.covers(lats, lons)
        wrong |= {
            position: _elsewhere(site, places[position])
            for position, is_on_it in zip(positions, on_it, strict=True)
            if not is_on_it
        }
    return wrong


def _ground_of(site: Site) -> Ground | None:
    return ground_of(frozenset(it.code for it in site.municipality.codes))


def _elsewhere(site: Site, place: Place) -> str:
    other, town = whose(place.lat, place.lon), said(site.municipality, "name")
    sentence = (
        _(
            "This place lies in %(other)s, not in %(town)s. Correct the position or the "
            "deployment.",
            other=other,
            town=town,
        )
        if other
        else _(
            "This place lies in the sea or abroad, not in %(town)s. Correct the position.",
            town=town,
        )
    )
    return str(sentence)


def _out_of_order(values: dict[str, Any]) -> Iterable[tuple[str, str]]:
    day = {name: values.get(name) for name in ("installed_on", "accepted_on", "removed_on")}
    for name, it in day.items():
        if it is not None and it > today():
            yield name, _("This day has not come yet; give the day on which it happened.")
    installed, deployment = day["installed_on"], values.get("deployment")
    selected = deployment.site.selected_on if deployment else None
    if installed and selected and installed < selected:
        yield (
            "installed_on",
            _("The site was selected on %(day)s; give that day or a later one.", day=selected),
        )
    for name in ("accepted_on", "removed_on", "warranty_until"):
        it = values.get(name)
        if installed and it and it < installed:
            yield (
                name,
                _("It was installed on %(day)s; give that day or a later one.", day=installed),
            )


def unit_by(slug: str) -> InstalledUnit | None:
    """The unit whose label has the code `slug`, however it is typed; None where none has."""
    code = slug.strip().casefold()
    if not code.isprintable():
        return None
    found: InstalledUnit | None = db.session.scalar(
        db.select(InstalledUnit).where(InstalledUnit.slug == code)
    )
    return found
