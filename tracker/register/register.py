"""The register: which units stand where as of a date, what is known of each and of them all."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from marshmallow import fields
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)

from catalog.effects.rates import Interval
from catalog.solutions import Solution
from common.db import db
from common.facts import When, held, latest, today
from common.schema import Choice, Ref
from tracker.deployments import Deployment
from tracker.register.faults import Condition, Fault, Result
from tracker.register.inspections import Inspection, InspectionSchema, inspections_of
from tracker.register.reliability import Seen, Times, share, times_of, together
from tracker.register.units import InstalledUnit, UnitSchema
from tracker.sites import Site

WARRANTY_MONTHS, UNSEEN_MONTHS = 6, 12  # what a summary calls soon, and long ago
MONTHS_A_YEAR = 12
SMALLEST_CELL = 0.0005  # degrees, about 50 m
OLDEST = (Inspection.on, Inspection.recorded_at, Inspection.id)  # first, the newest last


class Sight(NamedTuple):
    """What is known of a unit's state as of a date, in SQL."""

    condition: ColumnElement[str]
    seen_on: Any
    newest: Subquery | None  # to be joined by unit_id; None where the unit's own columns tell it

    def joined(self, query: Any) -> Any:
        """`query` with what the two columns are read from."""
        if self.newest is None:
            return query
        return query.outerjoin(self.newest, self.newest.c.unit_id == InstalledUnit.id)


@dataclass(frozen=True)
class UnitRecord:
    """What is known of a unit as of a date."""

    unit: InstalledUnit
    when: When
    inspection: Inspection | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unit, name)

    @property
    def condition(self) -> Condition:
        """What the newest inspection found, or that there was none."""
        return Condition(self.inspection.result) if self.inspection else Condition.NOT_INSPECTED

    @property
    def seen_on(self) -> date | None:
        """The day of the newest inspection; None where there was none."""
        return self.inspection.on if self.inspection else None

    @property
    def found(self) -> list[Fault]:
        """The faults of the newest inspection."""
        return self.inspection.found if self.inspection else []


class UnitToldSchema(UnitSchema):
    """A unit with its state as of a date."""

    site = Ref(Site, dump_only=True)
    solution = Ref(Solution, dump_only=True)
    condition = Choice(Condition, dump_only=True)
    seen_on = fields.Date(dump_only=True)
    recorded_at = fields.AwareDateTime(dump_only=True)


class WholeUnitSchema(UnitToldSchema):
    """A unit as its own page tells it."""

    faults = fields.List(Choice(Fault), attribute="found", dump_only=True)
    inspections = fields.Method("looks", dump_only=True)

    def looks(self, record: UnitRecord) -> list[Any]:
        """Its inspections as of the date, newest first."""
        rows = db.session.scalars(inspections_of(record.unit, record.when))
        told: list[Any] = InspectionSchema(exclude=["photos"]).dump(rows, many=True)
        return told


@dataclass(frozen=True)
class RegisterFigures:
    """What the register tells of a site or a deployment as of a date."""

    when: When
    conditions: dict[Condition, int]
    warranty_soon: int
    unseen: int
    times: Times

    @property
    def units(self) -> int:
        """How many units are on record."""
        return sum(self.conditions.values())

    @property
    def inspected(self) -> int:
        """How many of them were looked at."""
        return self.units - self.conditions[Condition.NOT_INSPECTED]

    @property
    def working(self) -> int:
        """How many of them worked when they were looked at last."""
        return self.conditions[Condition.WORKING]

    @property
    def share(self) -> Interval | None:
        """The share working of the inspected, with its interval; None before any inspection."""
        return share(self.working, self.inspected) if self.inspected else None


def find_units(
    *,
    q: str | None = None,
    site: Site | None = None,
    solution: Solution | None = None,
    deployment: Deployment | None = None,
    state: Condition | None = None,
    unseen_months: int | None = None,
    warranty_months: int | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[InstalledUnit]:
    """Units that stand as of a date, deployment by deployment and by number."""
    when = When.of(as_of, known_on)
    known = sight(when)
    in_order = (InstalledUnit.deployment_id, InstalledUnit.asset_number)  # as they are indexed
    query = select(InstalledUnit).where(InstalledUnit.stands(when)).order_by(*in_order)
    if state or unseen_months:
        query = known.joined(query)
    if state:
        query = query.where(known.condition == state.value)
    if unseen_months:
        query = query.where(unseen(known, months_from(when.as_of, -unseen_months)))
    if warranty_months:
        query = query.where(ends_soon(when, warranty_months))
    if deployment:
        query = query.where(InstalledUnit.deployment_id == deployment.id)
    if site or solution:
        query = query.where(of(site=site, solution=solution))
    if q:
        names = (InstalledUnit.asset_number, InstalledUnit.slug, InstalledUnit.serial)
        named = [name.icontains(q, autoescape=True) for name in names]
        query = query.where(or_(*named, InstalledUnit.address.icontains(q, autoescape=True)))
    return query


def of(*, site: Site | None = None, solution: Solution | None = None) -> ColumnElement[bool]:
    """The condition that a unit belongs to a deployment of `site` and of `solution`."""
    mine = select(Deployment.id)
    if site:
        mine = mine.where(Deployment.site_id == site.id)
    if solution:
        mine = mine.where(Deployment.solution_id == solution.id)
    return InstalledUnit.deployment_id.in_(mine)


def sight(when: When) -> Sight:
    """How to read a unit's state as of a date: today from its own columns, else from the facts."""
    if when.as_of >= today() and (when.known_on is None or when.known_on >= today()):
        # The columns repeat the newest inspection that stands, and none is of a day to come.
        return Sight(cast(InstalledUnit.condition, String), InstalledUnit.seen_on, None)
    columns = (Inspection.unit_id, Inspection.result, Inspection.on)
    newest = latest(Inspection, (Inspection.unit_id,), when)
    told = newest.with_only_columns(*columns).subquery()
    never = Condition.NOT_INSPECTED.value
    return Sight(func.coalesce(cast(told.c.result, String), never), told.c.on, told)


def unseen(known: Sight, since: date) -> ColumnElement[bool]:
    """The condition that nobody looked at a unit since a day, though it stood there before."""
    never = known.seen_on.is_(None) & (InstalledUnit.installed_on < since)
    return or_(known.seen_on < since, never)


def ends_soon(when: When, months: int) -> ColumnElement[bool]:
    """The condition that the warranty holds and ends within so many months."""
    end = months_from(when.as_of, months)
    return InstalledUnit.warranty_until.between(when.as_of, end)


def months_from(day: date, months: int) -> date:
    """The same day so many months later, or earlier; the last of the month where it has none."""
    whole = day.year * MONTHS_A_YEAR + day.month - 1 + months
    year, month = divmod(whole, MONTHS_A_YEAR)
    year = min(max(year, date.min.year), date.max.year)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def unit_records(
    units: Sequence[InstalledUnit], as_of: date | None = None, known_on: date | None = None
) -> list[UnitRecord]:
    """What is known of each of `units`; one statement, however many there are."""
    when = When.of(as_of, known_on)
    ids = [unit.id for unit in units]
    looks = held(Inspection, when).where(Inspection.unit_id.in_(ids)).order_by(*OLDEST)
    by_unit = {row.unit_id: row for row in db.session.scalars(looks)}  # the newest comes last
    return [UnitRecord(unit, when, by_unit.get(unit.id)) for unit in units]


def figures(mine: ColumnElement[bool], when: When) -> RegisterFigures:
    """What the register tells of the units that `mine` picks; at most three statements."""
    known = sight(when)
    tests = {
        "warranty": ends_soon(when, WARRANTY_MONTHS),
        "unseen": unseen(known, months_from(when.as_of, -UNSEEN_MONTHS)),
    }
    counts = [func.sum(case((test, 1), else_=0)) for test in tests.values()]
    query = known.joined(select(known.condition, func.count(), *counts).select_from(InstalledUnit))
    found = db.session.execute(
        query.where(mine, InstalledUnit.stands(when)).group_by(known.condition)
    ).all()
    conditions = dict.fromkeys(Condition, 0) | {Condition(row[0]): row[1] for row in found}
    soon, long_ago = (sum(int(row[place]) for row in found) for place in (2, 3))
    inspected = any(row[0] != Condition.NOT_INSPECTED.value for row in found)
    times = _times(mine, when) if inspected else Times()
    return RegisterFigures(when, conditions, soon, long_ago, times)


def site_units(record: Any) -> RegisterFigures:
    """What the register tells of a site."""
    return figures(of(site=record.site), record.when)


def deployment_units(record: Any) -> RegisterFigures:
    """What the register tells of a deployment."""
    return figures(InstalledUnit.deployment_id == record.deployment.id, record.when)


def _times(mine: ColumnElement[bool], when: When) -> Times:
    """Up and down time of the units that `mine` picks, of those removed until their removal.

    Of units that always worked only the days of their first inspections matter, so that the
    work grows with the number of faults and not with the number of units.
    """
    units = and_(mine, InstalledUnit.installed_on <= when.as_of)
    looks = held(Inspection, when).join(InstalledUnit, InstalledUnit.id == Inspection.unit_id)
    broken = looks.where(units, Inspection.result != Result.WORKING)
    ids = broken.with_only_columns(Inspection.unit_id).distinct()
    always = (
        looks.where(units, Inspection.unit_id.not_in(ids))
        .with_only_columns(func.min(Inspection.on).label("first"), InstalledUnit.removed_on)
        .group_by(Inspection.unit_id, InstalledUnit.removed_on)
        .subquery()
    )
    spans = select(always.c.first, always.c.removed_on, func.count()).group_by(
        always.c.first, always.c.removed_on
    )
    up = sum(
        max((_end(removed_on, when) - first).days, 0) * count
        for first, removed_on, count in db.session.execute(spans)
    )
    columns = (Inspection.unit_id, Inspection.on, Inspection.result, InstalledUnit.removed_on)
    told = db.session.execute(
        looks.where(Inspection.unit_id.in_(ids))
        .with_only_columns(*columns)
        .order_by(Inspection.unit_id, *OLDEST)
    )
    histories = (
        times_of(
            [Seen(row.on, row.result is Result.WORKING) for row in rows],
            _end(rows[0].removed_on, when),
        )
        for rows in (list(group) for _unit, group in groupby(told, lambda row: row.unit_id))
    )
    return together([Times(up_days=up), *histories])


def _end(removed_on: date | None, when: When) -> date:
    return min(removed_on or when.as_of, when.as_of)


class Cell(NamedTuple):
    """A square of the map: its middle in degrees, its units, and how many of them work."""

    lat: float
    lon: float
    units: int
    inspected: int
    working: int


def cells(box: tuple[float, float, float, float], when: When, across: int = 40) -> list[Cell]:
    """The units between west, south, east and north by square, about `across` from side to side.

    One statement whose answer does not grow with the number of units.
    """
    west, south, east, north = box
    side = max((east - west) / across, (north - south) / across, SMALLEST_CELL)
    known, unit = sight(when), InstalledUnit
    row, column = func.round(unit.lat / side), func.round(unit.lon / side)
    count = {
        name: func.sum(case((test, 1), else_=0))
        for name, test in {
            "inspected": known.condition != Condition.NOT_INSPECTED.value,
            "working": known.condition == Condition.WORKING.value,
        }.items()
    }
    query = known.joined(
        select(row, column, func.count(), *count.values()).select_from(unit)
    ).where(unit.lat.between(south, north), unit.lon.between(west, east), unit.stands(when))
    found = db.session.execute(query.group_by(row, column).order_by(row, column))
    return [
        Cell(round(it[0] * side, 6), round(it[1] * side, 6), it[2], int(it[3]), int(it[4]))
        for it in found
    ]
