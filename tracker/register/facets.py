"""Facets of the register: its lists as resources, and what their pages show beside the units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import g
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from catalog.guidelines import Guideline
from common.db import db
from common.facts import When, today
from common.locale import said, word
from common.permissions import Can, allowed
from common.resource import Resource
from common.schema import describe
from tracker.deployments import Deployment
from tracker.facets import choices
from tracker.register.faults import Condition, faults_of
from tracker.register.files import place_of, take_units
from tracker.register.imports import bring
from tracker.register.inspections import (
    Inspection,
    InspectionReportSchema,
    InspectionSchema,
    RepairSchema,
    inspections_of,
)
from tracker.register.photos import may_see_photos
from tracker.register.register import (
    UnitRecord,
    UnitToldSchema,
    WholeUnitSchema,
    find_units,
    sight,
    unit_records,
)
from tracker.register.units import InstalledUnit, UnitFilters, UnitRevision, UnitSchema
from tracker.sites import Site, may_report

Field = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One change of a unit's own particulars: when, by whom, and the fields that differ."""

    revision: UnitRevision
    fields: list[tuple[str, Any, Any]]  # label, before, after


def may_register(site: Site) -> bool:
    """Whether whoever asks may register units of `site`: only its own people."""
    return allowed(Can.REGISTER_UNITS) and may_report(g.who, site)


def may_inspect(site: Site) -> bool:
    """Whether whoever asks may log inspections at `site`: only its own people."""
    return allowed(Can.INSPECT_UNITS) and may_report(g.who, site)


def unit_options(_items: list[Any], filters: Mapping[str, Any]) -> dict[str, Any]:
    """What the register can be narrowed to, and how many units are in each state."""
    when = When.of(filters["as_of"], filters["known_on"])
    known = sight(when)
    in_any = known.joined(find_units(**{**filters, "state": None})).order_by(None)
    counts = in_any.with_only_columns(known.condition, func.count()).group_by(known.condition)
    rows = db.session.execute(counts)
    found: dict[str, int] = dict(rows.all())
    return choices() | {"states": {it: found.get(it.value, 0) for it in Condition}}


def unit_page(record: UnitRecord, _when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a unit shows: its inspections, its changes and the repair form."""
    sees_photos = may_see_photos(g.who, record.site)
    return {
        "looks": db.session.scalars(inspections_of(record.unit, record.when)).all(),
        "changes": changes_of(record.unit),
        "sees_photos": sees_photos,
        "may_inspect": may_inspect(record.site),
        "may_register": may_register(record.site),
        "form": describe(RepairSchema()),
        "given": {"idempotency_key": uuid4().hex, "on": today().isoformat()},
        "errors": {},
        "today": today(),
    }


def changes_of(unit: InstalledUnit) -> list[Change]:
    """What was changed of a unit's own particulars, newest first."""
    now_said = UnitSchema().dump(unit)
    labels = {name: it["label"] for name, it in describe(UnitSchema()).items()}
    found = []
    for revision in unit.revisions:
        differing = [
            (labels[name], value, now_said.get(name))
            for name, value in revision.said.items()
            if name in labels and value != now_said.get(name)
        ]
        found.append(Change(revision, differing))
        now_said = revision.said
    return found


def inspection_form(unit: InstalledUnit) -> dict[str, Field]:
    """The fields of the inspection form, with the faults that such a unit can have."""
    faults = [(it.value, word(it)) for it in faults_of(unit.solution.slug)]
    return describe(InspectionReportSchema(), {"faults": faults})


def unit_form(site: Site) -> dict[str, Field]:
    """The fields of a unit of `site` as a form draws them."""
    mine = select(Deployment).where(Deployment.site_id == site.id).order_by(Deployment.id)
    guidelines = select(Guideline).order_by(Guideline.slug)
    return describe(
        UnitSchema(exclude=["slug"]),
        {
            "deployment": [(it.slug, name_of(it.solution)) for it in db.session.scalars(mine)],
            "guideline": [(it.slug, name_of(it, "title")) for it in db.session.scalars(guidelines)],
        },
    )


def name_of(thing: Any, what: str = "name") -> str:
    """The name of a thing in the reader's language."""
    return str(said(thing, what))


UNITS = Resource(
    one="unit",
    many="units",
    model=InstalledUnit,
    schema=UnitSchema,
    filters=UnitFilters,
    find=find_units,
    tell=unit_records,
    told=UnitToldSchema,
    whole=WholeUnitSchema,
    load_whole=(selectinload(InstalledUnit.revisions),),
    extras=unit_options,
    page_extras=unit_page,
    sorts={
        "asset_number": InstalledUnit.asset_number,
        "installed_on": InstalledUnit.installed_on,
        "warranty_until": InstalledUnit.warranty_until,
    },
    place=place_of,
    bring=bring,
    take=take_units,
)
UNIT_KINDS = [
    UNITS,
    Resource(one="inspection", many="inspections", model=Inspection, schema=InspectionSchema),
]
