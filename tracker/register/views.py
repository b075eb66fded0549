"""Routes of the register: adding and mending units, their labels, and the squares of a map."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields
from sqlalchemy import select

from catalog.solutions import Solution
from common.api import Route
from common.dated import dated
from common.db import db
from common.facts import When, WhenFilters, today
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import dates, one_of
from common.schema import Ref, Schema
from common.upsert import stored
from common.web import Refused, asked, for_machine, page_asked, read, saved, sent
from tracker.coaching.views import only_for_people
from tracker.municipalities import Municipality
from tracker.register.facets import UNITS, may_inspect, may_register, unit_form
from tracker.register.labels import PER_SHEET, SHEETS, qr
from tracker.register.register import Cell, cells, find_units, unit_records
from tracker.register.units import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    InstalledUnit,
    UnitSchema,
    code_of,
    unit_by,
)
from tracker.sites import Site
from tracker.views import SITES, bp


@bp.get("/u/<slug>")
@requires(Can.READ)
def scanned(slug: str) -> ResponseReturnValue:
    """What the label's code opens: the inspection form for those who may fill it in."""
    unit = unit_by(slug)
    if unit is None:
        only_for_people()
        return redirect(url_for(".units", q=slug))
    if g.get("who") is not None and may_inspect(unit.site) and not for_machine():
        return redirect(url_for(".inspect_unit", slug=unit.slug))
    return redirect(url_for(".unit", slug=unit.slug))


class NewUnitFilters(Schema):
    """For which site a unit is to be registered."""

    site = Ref(Site, load_default=None)


@bp.get("/units/new")
@requires(Can.REGISTER_UNITS)
def new_unit() -> ResponseReturnValue:
    """The form that a unit is registered with."""
    only_for_people()
    site = asked(NewUnitFilters())["site"] or own_newest_site()
    if site is None or not may_register(site):
        refuse()
    return ask_unit(site, {"idempotency_key": uuid4().hex}, {})


@bp.post("/units")
@requires(Can.REGISTER_UNITS)
@once
def add_unit() -> ResponseReturnValue:
    """Register a unit of one's own site."""
    try:
        values = read(UnitSchema())
        if not may_register(values["deployment"].site):
            refuse()
        _refuse_twice(values, sent(UnitSchema()))
    except Refused as refused:
        site = request.args.get("site", "")
        return unit_again(refused, one_of(SITES, site).site if site else None)
    unit = InstalledUnit.made(**values, recorded_by=g.who)
    db.session.add(unit)
    flash(_("The unit is on record. Print its label, and scan it to inspect it."))
    return told_unit(unit, new=True)


@bp.get("/units/<slug>/edit")
@requires(Can.REGISTER_UNITS)
def edit_unit(slug: str) -> ResponseReturnValue:
    """The form with a unit to mend."""
    unit = own_unit(slug)
    only_for_people()
    given = stored(UnitSchema(), unit) | {"idempotency_key": uuid4().hex}
    return ask_unit(unit.site, given, {}, unit)


@bp.post("/units/<slug>")
@bp.patch("/units/<slug>")
@requires(Can.REGISTER_UNITS)
@once
def change_unit(slug: str) -> ResponseReturnValue:
    """Mend what is on record of a unit; what it said before is kept."""
    unit = own_unit(slug)
    schema = UnitSchema(exclude=["slug"])
    given = stored(schema, unit) | sent(schema) if for_machine() else sent(schema)
    try:
        values = read(schema, given)
        _refuse_move(values, unit, given)
        _refuse_twice(values, given, unit)
    except Refused as refused:
        return unit_again(refused, unit.site, unit)
    unit.change(**values, recorded_by=g.who)
    flash(_("What it said before is kept in its history."))
    return told_unit(unit, new=False)


class LabelFilters(Schema):
    """Which labels are printed."""

    solution = Ref(Solution, metadata={"label": _l("Solution")})


@bp.get("/sites/<slug>/labels")
@requires(Can.INSPECT_UNITS)
def labels(slug: str) -> ResponseReturnValue:
    """Sheets of labels of one's own site, to print on A4."""
    record = one_of(SITES, slug)
    if not may_inspect(record.site):
        refuse()
    only_for_people()
    filters = asked(LabelFilters())
    query = find_units(site=record.site, **filters)
    page = db.paginate(query, page=page_asked()[0], per_page=PER_SHEET * SHEETS, error_out=False)
    codes = [qr(url_for(".scanned", slug=it.slug, _external=True)) for it in page.items]
    rows = list(zip(page.items, codes, strict=True))
    return render_template(
        "tracker/labels.html",
        site=record,
        page=page,
        sheets=[rows[at : at + PER_SHEET] for at in range(0, len(rows), PER_SHEET)],
        asked=filters,
        solutions=[it.solution for it in record.deployments],
    )


class Box(fields.Field[Any]):
    """West, south, east, north in degrees, with commas between."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        try:
            west, south, east, north = (float(part) for part in str(value).split(","))
        except ValueError:
            raise ValidationError(_BOX) from None
        if not (WEST <= west < east <= EAST and SOUTH <= south < north <= NORTH):
            raise ValidationError(_BOX)
        return west, south, east, north


_BOX = _l("Write west,south,east,north in degrees within 123,32,133,40.")


class CellFilters(WhenFilters):
    """Which part of the map, and as of which day."""

    bbox = Box(
        load_default=(WEST, SOUTH, EAST, NORTH), metadata={"label": _l("West, south, east, north")}
    )


class CellSchema(Schema):
    """A square of the map with its units."""

    lat = fields.Float()
    lon = fields.Float()
    units = fields.Integer()
    inspected = fields.Integer()
    working = fields.Integer()


class CellsSchema(Schema):
    """The squares of a part of the map."""

    cells = fields.List(fields.Nested(CellSchema))


@bp.get("/map/units.json")
@requires(Can.READ)
@dated
def map_units() -> ResponseReturnValue:
    """Units by square, with how many were inspected and how many of those work."""
    filters = asked(CellFilters())
    found: list[Cell] = cells(filters["bbox"], When.of(**dates(filters)))
    return jsonify(CellsSchema().dump({"cells": found}))


def own_newest_site() -> Any:
    """The site of one's own organisation that was selected last; None where it has none."""
    mine = select(Site).join(Site.municipality).order_by(Site.selected_on.desc(), Site.id)
    return db.session.scalar(
        mine.where(Municipality.organisation_id == g.who.organisation_id).limit(1)
    )


def own_unit(slug: str) -> InstalledUnit:
    """The unit that `slug` names. Raises NotFound, and Forbidden for those it is not theirs."""
    unit: InstalledUnit = one_of(UNITS, slug).unit
    if not may_register(unit.site):
        refuse()
    return unit


def _refuse_move(values: dict[str, Any], unit: InstalledUnit, given: dict[str, Any]) -> None:
    """Raises Refused where the unit would go to another site."""
    if values["deployment"].site_id != unit.site.id:
        sentence = _("A unit stays at its site; register it anew at the other one.")
        raise Refused({"deployment": [sentence]}, given)


def _refuse_twice(
    values: dict[str, Any], given: dict[str, Any], unit: InstalledUnit | None = None
) -> None:
    """Raises Refused where the number or the code is another unit's already."""
    deployment, number = values["deployment"], values["asset_number"]
    code = values.get("slug") or code_of(deployment.slug, number)
    mine = InstalledUnit.id != (unit.id if unit else 0)
    same = (InstalledUnit.deployment_id == deployment.id) & (InstalledUnit.asset_number == number)
    if unit is None:
        same |= InstalledUnit.slug == code
    other = db.session.scalar(select(InstalledUnit).where(mine, same))
    if other is not None:
        sentence = _("This number is on record with the code %(code)s.", code=other.slug)
        raise Refused({"asset_number": [sentence]}, given)


def told_unit(unit: InstalledUnit, *, new: bool) -> ResponseReturnValue:
    """Commit, then to the page of the unit or its JSON."""
    db.session.flush()
    record = unit_records([unit])[0]
    return saved(UNITS.list_schema(), record, url_for(".unit", slug=unit.slug), new=new)


def unit_again(
    refused: Refused, site: Site | None, unit: InstalledUnit | None = None
) -> ResponseReturnValue:
    """The form once more, as it was filled in, with a sentence beside each wrong field."""
    if for_machine() or site is None:
        raise refused
    given = dict(refused.given) | {"idempotency_key": request.form.get("idempotency_key", "")}
    return ask_unit(site, given, refused.errors, unit), 422


def ask_unit(
    site: Site, given: dict[str, Any], errors: dict[str, Any], unit: InstalledUnit | None = None
) -> str:
    """The form of a unit of `site`."""
    return render_template(
        "tracker/unit_form.html",
        site=site,
        unit=unit,
        form=unit_form(site),
        given=given,
        errors=errors,
        today=today(),
    )


ROUTES = [
    Route("post", "/units", UnitSchema, UNITS.told or UnitSchema, _l("Register a unit")),
    Route("patch", "/units/{slug}", UnitSchema, UNITS.told or UnitSchema, _l("Mend a unit")),
    Route(
        "get", "/map/units.json", None, CellsSchema, _l("Units by square of the map"), CellFilters
    ),
]
