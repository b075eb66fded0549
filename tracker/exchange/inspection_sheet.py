"""Inspections for a spreadsheet: a row for each unit that stands, with what was found last."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from common.db import db
from common.locale import LANGUAGES
from common.permissions import Can, Member
from common.rows import RowErrors
from tracker.exchange.imports import ExchangeList
from tracker.exchange.sheets import MOST_ROWS, Line, Several, Sheet, names_of, own_deployments
from tracker.register.faults import Fault
from tracker.register.inspections import FaultChoice, Inspection, InspectionFields, told_inspection
from tracker.register.photos import Photo
from tracker.register.units import InstalledUnit


class InspectionRowSchema(InspectionFields):
    """An inspection as a row tells it; repairs and photos are told at the unit."""

    class Meta(InspectionFields.Meta):
        """What stands beside a look at a unit is none of its cells."""

        exclude = ("repaired", "repair_min")

    on = fields.Date(required=True, metadata={"label": _l("Date")})
    faults = Several(
        FaultChoice(Fault), load_default=list, metadata={"label": _l("What is wrong with it")}
    )


def _lines(who: Member) -> list[Line]:
    own = {it.id: it for it in own_deployments(who)}
    query = (
        select(InstalledUnit)
        .where(InstalledUnit.deployment_id.in_(own), InstalledUnit.removed_on.is_(None))
        .order_by(InstalledUnit.id)
        .limit(MOST_ROWS + 1)
        .options(*map(lazyload, (InstalledUnit.deployment, InstalledUnit.guideline)))
    )
    return [
        Line(
            subject=unit.slug,
            site=own[unit.deployment_id].site,
            thing=unit,
            of=unit.id,
            kind={},
            names={
                code: (
                    *names_of(own[unit.deployment_id], code),
                    unit.asset_number,
                    unit.address or "",
                )
                for code in LANGUAGES
            },
        )
        for unit in db.session.scalars(query).unique()
    ]


def _faults(new: Mapping[int, Inspection]) -> RowErrors:
    """What a row would hide: the repair or the photos of the day that it corrects."""
    sentence = _(
        "A repair or photos of this day are on record and would be hidden; correct them on the "
        "page of the unit."
    )
    old = {place: fact.corrects for place, fact in new.items() if fact.corrects}
    shown = select(Photo.inspection_id).where(Photo.inspection_id.in_(it.id for it in old.values()))
    with_photos = set(db.session.scalars(shown))
    return {
        place: {"on": [sentence]}
        for place, it in old.items()
        if it.repaired or it.id in with_photos
    }


INSPECTIONS = Sheet(
    name=ExchangeList.INSPECTIONS,
    can=Can.INSPECT_UNITS,
    model=Inspection,
    schema=InspectionRowSchema,
    schema_of=lambda line: InspectionRowSchema.of(line.thing),
    locked=(_l("Site"), _l("Solution"), _l("Asset number"), _l("Address")),
    columns=("result", "on", "faults", "note"),
    lines_of=_lines,
    by=("unit_id",),
    subject=lambda fact: fact.unit.slug,
    made=lambda line, values, who, corrects: told_inspection(line.thing, values, who, corrects),
    faults=_faults,
    loading=(lazyload(Inspection.photos),),
)
