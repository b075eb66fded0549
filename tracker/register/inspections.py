"""Inspections: what was found at a unit on a day, and its repairs; dated, appended, correctable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from secrets import token_hex
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    ScalarSelect,
    Select,
    String,
    cast,
    event,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship

from common.db import Key, Model, Text, Words, db
from common.facts import Fact, FactSchema, When, Withdrawal, held, not_withdrawn, today
from common.locale import word
from common.schema import Choice, Ref, Schema, Whole, between, text
from tracker.register.faults import Condition, Fault, Result, faults_of
from tracker.register.photos import Photo
from tracker.register.units import InstalledUnit

LONGEST_REPAIR_MIN = 60 * 24 * 365
AT_ONCE = 10_000  # ids that one statement may name


class Inspection(Fact, Model):
    """One look at a unit and what it showed; a repair is a look that found it working again."""

    __tablename__ = "inspection"
    __table_args__ = (
        CheckConstraint(f"repair_min BETWEEN 0 AND {LONGEST_REPAIR_MIN}", name="duration"),
        CheckConstraint("NOT repaired OR result = 'working'", name="repair"),
        Index("ix_inspection_question", "unit_id", "on"),
    )

    id: Mapped[Key]
    unit_id: Mapped[int] = mapped_column(ForeignKey("installed_unit.id"))
    unit: Mapped[InstalledUnit] = relationship()
    result: Mapped[Result]
    faults: Mapped[Words] = mapped_column(default=list)
    note: Mapped[Text | None]
    repaired: Mapped[bool] = mapped_column(default=False)
    repair_min: Mapped[int | None]
    photos: Mapped[list[Photo]] = relationship(
        back_populates="inspection", order_by="Photo.id", lazy="selectin"
    )

    @property
    def found(self) -> list[Fault]:
        """The faults as values that have words."""
        return [Fault(it) for it in self.faults]


@event.listens_for(Session, "after_flush")
def _repeat_the_newest(session: Session, _context: Any) -> None:
    withdrawn = [it for it in session.new if isinstance(it, Withdrawal)]
    told = [it.id for it in session.new if isinstance(it, Inspection)]
    told += [it.fact_id for it in withdrawn if it.kind == Inspection.__tablename__]
    for start in range(0, len(told), AT_ONCE):
        settle(session.connection(), told[start : start + AT_ONCE])


def settle(connection: Connection, inspections: Sequence[int]) -> None:
    """Make `condition` and `seen_on` of the units repeat their newest inspection that stands.

    `inspections` are ids of what was told or taken back of them; one statement.
    """
    result = func.coalesce(cast(_newest(Inspection.result), String), Condition.NOT_INSPECTED.value)
    of = select(Inspection.unit_id).where(Inspection.id.in_(inspections))
    connection.execute(
        update(InstalledUnit)
        .where(InstalledUnit.id.in_(of))
        .values(condition=result, seen_on=_newest(Inspection.on))
    )


def _newest(column: Any) -> ScalarSelect[Any]:
    newer = aliased(Inspection)
    return (
        select(column)
        .where(
            Inspection.unit_id == InstalledUnit.id,
            ~select(newer.id).where(newer.corrects_id == Inspection.id).exists(),
            not_withdrawn(Inspection),
        )
        .order_by(Inspection.on.desc(), Inspection.recorded_at.desc(), Inspection.id.desc())
        .limit(1)
        .correlate(InstalledUnit)
        .scalar_subquery()
    )


class UnitRef(Ref):
    """A unit by its code: looked up one by one, because there may be hundreds of thousands."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, str) and value.isprintable():
            found = db.session.scalar(select(InstalledUnit).where(InstalledUnit.slug == value))
            if found is not None:
                return found
        raise ValidationError(_("There is no unit with this code; check the label."))


class FaultChoice(Choice):
    """A fault by its value, which is also how the table keeps it."""

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return None if value is None else str(value)


class RepairFields(Schema):
    """What is told of a repair, however it is told."""

    of_unit: InstalledUnit | None = None  # known from the address; a file names it in the row

    repair_min = Whole(
        allow_none=True,
        load_default=None,
        validate=between(0, LONGEST_REPAIR_MIN),
        metadata={"label": _l("Work on the repair"), "unit": _l("min")},
    )
    note = text(2000, allow_none=True, load_default=None, label=_l("Note"))

    @classmethod
    def of(cls, unit: InstalledUnit) -> Self:
        """The schema for what is told of `unit`."""
        schema = cls()
        schema.of_unit = unit
        return schema


class InspectionFields(RepairFields):
    """What an inspection holds, whoever tells it."""

    result = Choice(Result, required=True, metadata={"label": _l("What did you find?")})
    faults = fields.List(
        FaultChoice(Fault), load_default=list, metadata={"label": _l("What is wrong with it")}
    )
    repaired = fields.Boolean(load_default=False, metadata={"label": _l("Repaired on the spot")})

    @validates_schema
    def says_what_is_wrong(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Only what is faulty has faults, and only those that such a unit can have."""
        faulty = values["result"] is Result.FAULTY
        if faulty and not values["faults"]:
            raise ValidationError(_("Choose what is wrong with it."), "faults")
        if not faulty and values["faults"]:
            raise ValidationError(
                _("Only a faulty unit has faults; take them out or choose faulty."), "faults"
            )
        unit = values.get("unit") or self.of_unit
        fitting = faults_of(unit.solution.slug) if unit else list(Fault)
        if any(it not in fitting for it in values["faults"]):
            names = "; ".join(f"{word(it)} ({it.value})" for it in fitting)
            raise ValidationError(_("Choose one of: %(values)s.", values=names), "faults")

    @validates_schema
    def happened_while_it_stood(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Not in the future, not before the unit was there and not after it was removed."""
        refuse_wrong_day(values.get("unit") or self.of_unit, values["on"])


class InspectionReportSchema(InspectionFields):
    """An inspection as the site's own people log it; `corrects` names one that was wrong."""

    model = Inspection

    on = fields.Date(required=True, metadata={"label": _l("Date")})
    corrects = Ref("self", allow_none=True, load_default=None, metadata={"kind": "hidden"})

    @validates_schema
    def repairs_what_was_broken(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """What works needs no repair, and what is gone cannot be mended on the spot."""
        if values["repaired"] and values["result"] is not Result.FAULTY:
            raise ValidationError(
                _("Choose faulty and what was wrong, then tick that it was repaired."), "repaired"
            )

    @validates_schema
    def corrects_its_own(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A correction is of the same unit, and of what nobody has corrected yet."""
        wrong = values["corrects"]
        if wrong is None:
            return
        unit = self.of_unit
        again = db.session.scalar(select(Inspection).where(Inspection.corrects_id == wrong.id))
        if again is not None or (unit is not None and wrong.unit_id != unit.id):
            raise ValidationError(
                _("This was corrected already, or is of another unit; open the unit afresh."),
                "corrects",
            )


class InspectionSchema(InspectionFields, FactSchema):
    """An inspection as files and the API tell it."""

    model = Inspection

    unit = UnitRef(InstalledUnit, required=True, metadata={"label": _l("Installed unit")})
    photos = fields.Method("photo_slugs", dump_only=True)

    def photo_slugs(self, fact: Inspection) -> list[str]:
        """The names of its photos, for those who may see them."""
        return [photo.slug for photo in fact.photos]

    @validates_schema
    def works_after_a_repair(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """A repair is told as a look that found it working."""
        if values["repaired"] and values["result"] is not Result.WORKING:
            raise ValidationError(_("After a repair it works; give result working."), "repaired")


class RepairSchema(RepairFields):
    """A repair as the site's own people log it."""

    on = fields.Date(required=True, metadata={"label": _l("Works again since")})

    @validates_schema
    def ends_a_fault(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """There is something to repair, found on that day or before."""
        unit = self.of_unit
        refuse_wrong_day(unit, values["on"])
        if unit is None:
            return
        if unit.condition not in (Condition.FAULTY, Condition.MISSING):
            raise ValidationError(
                _("Nothing is on record to repair; log an inspection that found a fault."), "on"
            )
        if unit.seen_on and values["on"] < unit.seen_on:
            raise ValidationError(
                _("It was found so on %(day)s; give that day or a later one.", day=unit.seen_on),
                "on",
            )


def refuse_wrong_day(unit: InstalledUnit | None, on: date) -> None:
    """Raises ValidationError for a day on which `unit` cannot have been looked at."""
    if on > today():
        raise ValidationError(
            _("This day has not come yet; give the day on which you looked."), "on"
        )
    if unit is None:
        return
    if on < unit.installed_on:
        raise ValidationError(
            _("It was installed on %(day)s; give that day or a later one.", day=unit.installed_on),
            "on",
        )
    if unit.removed_on and on > unit.removed_on:
        raise ValidationError(
            _("It was removed on %(day)s; give that day or an earlier one.", day=unit.removed_on),
            "on",
        )


def inspections_of(unit: InstalledUnit, when: When) -> Select[Any]:
    """The inspections of `unit` that held as of a date, newest first, corrected ones out."""
    mine = held(Inspection, when).where(Inspection.unit_id == unit.id)
    return mine.order_by(Inspection.on.desc(), Inspection.recorded_at.desc(), Inspection.id.desc())


def log_inspection(unit: InstalledUnit, values: dict[str, Any], who: Any) -> Inspection:
    """What `who` found at `unit`; a repair on the spot is a second fact of the same day."""
    repaired, minutes = values.pop("repaired"), values.pop("repair_min")
    fact = _fact(unit, who, **values)
    db.session.add(fact)
    if repaired:
        db.session.flush()  # in the order in which it happened
        db.session.add(_repair(unit, who, values["on"], minutes, None))
    return fact


def log_repair(unit: InstalledUnit, values: dict[str, Any], who: Any) -> Inspection:
    """That `who` repaired `unit`: it works again from the day on."""
    fact = _repair(unit, who, values["on"], values["repair_min"], values["note"])
    db.session.add(fact)
    return fact


def _repair(
    unit: InstalledUnit, who: Any, on: date, minutes: int | None, note: str | None
) -> Inspection:
    return _fact(
        unit, who, on=on, result=Result.WORKING, repaired=True, repair_min=minutes, note=note
    )


def told_inspection(
    unit: InstalledUnit, values: dict[str, Any], who: Any, corrects: Inspection | None
) -> Inspection:
    """What `who` found at `unit`, not yet added; nothing was repaired on the spot."""
    return _fact(unit, who, **values, corrects=corrects)


def _fact(unit: InstalledUnit, who: Any, **values: Any) -> Inspection:
    key = f"{unit.slug}-{token_hex(5)}"
    return Inspection(key=key, unit=unit, recorded_by=who, **values)
