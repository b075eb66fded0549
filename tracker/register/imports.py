"""Import of units: files of hundreds of thousands of rows, all of them or none.

A file is checked row by row before anything is written: what passes waits in a file on the disk,
so that memory stays bounded and others wait only while it is written, in one transaction.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self

from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import ValidationError
from sqlalchemy import or_, select, text
from sqlalchemy.exc import IntegrityError

from common.db import db, now
from common.long_files import about_how_many, rows_one_by_one
from common.rows import ImportRefused, Row, RowErrors, unreadable
from common.schema import Ref, plain
from common.upsert import stored
from tracker.deployments import Deployment
from tracker.register.faults import Condition
from tracker.register.register import UnitToldSchema
from tracker.register.units import (
    InstalledUnit,
    Place,
    UnitRevision,
    UnitSchema,
    code_of,
    misplaced,
)
from tracker.sites import Site

CHUNK = 2000  # rows that are checked and written together
CACHE_KB = 64 * 1024
TOLD_ROWS = 100  # wrong rows that are told in words; the rest is counted
TOLD_CELLS = 200  # changed cells that are shown before they are taken; the rest is counted
TEXTS = ("slug", "asset_number", "maker", "model", "serial", "address")  # 12 in a cell is "12"
TOLD_ONLY = {name for name, it in UnitToldSchema().fields.items() if it.dump_only}

UNITS: Any = InstalledUnit.__table__
REVISIONS: Any = UnitRevision.__table__
UNSEEN = {"condition": Condition.NOT_INSPECTED, "seen_on": None}

Change = tuple[int, Row, Row]  # which unit, its new columns, and what it said before
Each = Callable[[int], object]
Bar = Callable[[str, int], AbstractContextManager[Each]]


class UnitsRefused(ImportRefused):
    """A file of units that was not taken: its first wrong rows in words, and how many there are."""

    def __init__(self, errors: RowErrors, rows: Mapping[int, Row], wrong: int) -> None:
        super().__init__(errors, rows)
        self.wrong = wrong

    def sentences(self) -> Iterator[str]:
        """One line per wrong cell of the first rows, and one for the rest."""
        yield from super().sentences()
        more = self.wrong - len(self.errors)
        if more:
            yield ngettext(
                "%(num)s more row is wrong; mend these first.",
                "%(num)s more rows are wrong; mend these first.",
                more,
            )


@dataclass(frozen=True)
class ChangedCell:
    """A cell of a file that says something else than the record; blank is an empty text."""

    row: int
    asset_number: str  # as it is on record
    column: str
    was: str
    said: str


@dataclass
class Checked:
    """What a file would do, in a file of its own that goes when this does.

    `cells` are the first cells that would change, `changed_cells` says how many there are.
    """

    added: int = 0
    changed: int = 0
    same: int = 0
    cells: list[ChangedCell] = field(default_factory=list)
    changed_cells: int = 0
    spool: IO[bytes] = field(default_factory=TemporaryFile)

    @property
    def rows(self) -> int:
        """How many rows the file has."""
        return self.added + self.changed + self.same

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.spool.close()

    def keep(self, new: list[Row], changed: list[Change]) -> None:
        """Let a chunk wait on the disk."""
        self.added, self.changed = self.added + len(new), self.changed + len(changed)
        if new or changed:
            pickle.dump((new, changed), self.spool)

    def chunks(self) -> Iterator[tuple[list[Row], list[Change]]]:
        """What waits on the disk, chunk after chunk."""
        end = self.spool.tell()
        self.spool.seek(0)
        while self.spool.tell() < end:
            yield pickle.load(self.spool)  # noqa: S301 - a nameless file that only we can write


def bring(
    path: Path,
    *,
    check: bool,
    bar: Bar = lambda _label, _length: nullcontext(lambda _count: None),
) -> tuple[int, int]:
    """Check the units of a file and, unless only `check`, write them; how many new and changed.

    Nothing is committed. Raises ImportRefused.
    """
    with bar(_("checking"), about_how_many(path)) as each:
        checked = check_file(path, each=each)
    with checked:
        if not check:
            with bar(_("writing"), checked.added + checked.changed) as each:
                write(checked, None, each)
    return checked.added, checked.changed


def check_file(
    path: Path,
    site: Site | None = None,
    each: Each = lambda _count: None,
    most: int | None = None,
) -> Checked:
    """What the file at `path` would do, at `site` only and with `most` rows if they are given.

    Whoever gets it closes it. Raises ImportRefused with the wrong rows.
    """
    checker = _Checker(site)
    with ExitStack() as on_refusal:
        on_refusal.enter_context(checker.done)
        count = 0
        rows = rows_one_by_one(path)
        with Ref.remembering():
            while chunk := dict(islice(rows, CHUNK)):
                count += len(chunk)
                if most and count > most:
                    raise unreadable(_too_long(most))
                checker.check(chunk)
                each(len(chunk))
        if checker.wrong:
            raise UnitsRefused(checker.errors, checker.rows, checker.wrong)
        if not count and site is not None:  # an empty dump changes nothing, an upload means to
            raise unreadable(_("The file has no rows below its columns."))
        on_refusal.pop_all()
    return checker.done


def _too_long(most: int) -> str:
    return str(
        _(
            "Upload at most %(most)s rows at a time, or give the file to the operator, who loads "
            "it with `flask load units`.",
            most=most,
        )
    )


def write(checked: Checked, who: Any, each: Each = lambda _count: None) -> None:
    """Write what was checked, as told by `who`. Nothing is committed."""
    told = {"recorded_at": now(), "recorded_by_id": who.id if who else None}
    _have_room()
    try:
        for new, changed in checked.chunks():
            if new:
                db.session.execute(UNITS.insert(), [it | told for it in new])
            for unit_id, values, said_before in changed:
                db.session.execute(UNITS.update().where(UNITS.c.id == unit_id).values(**values))
                revision = {"unit_id": unit_id, "said": said_before} | told
                db.session.execute(REVISIONS.insert(), [revision])
            each(len(new) + len(changed))
    except IntegrityError as error:
        db.session.rollback()
        sentence = _("Somebody recorded one of these units meanwhile; check the file again.")
        raise unreadable(sentence) from error


def _have_room() -> None:
    """Let SQLite keep the indexes of many units in memory: with its usual 2 MB it is ten times
    as slow, because codes and places come in no order."""
    if db.engine.dialect.name == "sqlite":
        db.session.execute(text(f"PRAGMA cache_size=-{CACHE_KB}"))


class _Checker:
    """Checks chunk after chunk of one file."""

    def __init__(self, site: Site | None) -> None:
        self.site = site
        self.schema = UnitSchema()
        self.schema.many_at_once = True
        self.deployments = {it.slug: it for it in db.session.scalars(select(Deployment))}
        self.seen: dict[str, int] = {}
        self.done = Checked()
        self.errors: RowErrors = {}
        self.rows: dict[int, Row] = {}
        self.wrong = 0

    def check(self, chunk: Mapping[int, Row]) -> None:
        """Check the rows of `chunk`, by their number in the file, and keep what they would do."""
        given = {place: _tidied(row) for place, row in chunk.items()}
        old = self._old(given)
        good: dict[int, Row] = {}
        for place, row in given.items():
            try:
                good[place] = self._values(place, row, old.get(place))
            except ValidationError as error:
                self._refuse(place, row, plain(error.messages_dict))
        for place in self._misplaced(good, given):
            del good[place]
        self._keep(good, old)
        for unit in old.values():
            db.session.expunge(unit)

    def _old(self, given: Mapping[int, Row]) -> dict[int, InstalledUnit]:
        """The units that rows speak of and that are on record already, by row."""
        slugs = {place: str(row.get("slug") or "") for place, row in given.items()}
        numbers = {place: self._number(row) for place, row in given.items()}
        known = db.session.scalars(
            select(InstalledUnit).where(
                or_(
                    InstalledUnit.slug.in_([it for it in slugs.values() if it]),
                    InstalledUnit.deployment_id.in_({it[0] for it in numbers.values()})
                    & InstalledUnit.asset_number.in_({it[1] for it in numbers.values()}),
                )
            )
        ).all()
        by_slug = {it.slug: it for it in known}
        by_number = {(it.deployment_id, it.asset_number): it for it in known}
        found = {
            place: by_slug.get(slugs[place]) or by_number.get(numbers[place]) for place in given
        }
        return {place: unit for place, unit in found.items() if unit}

    def _number(self, row: Row) -> tuple[int, str]:
        deployment = self.deployments.get(str(row.get("deployment") or "").strip())
        return (deployment.id if deployment else 0, str(row.get("asset_number") or "").strip())

    def _values(self, place: int, row: Row, old: InstalledUnit | None) -> Row:
        if "geometry" in row or "feature" in row:
            name = "geometry" if "geometry" in row else "feature"
            raise ValidationError({name: [_("Give a Feature whose geometry is a Point.")]})
        # A column that the file does not have stays as it is; a blank cell is cleared.
        values: Row = self.schema.load(row if old is None else stored(self.schema, old) | row)
        deployment: Deployment = values["deployment"]
        if self.site and deployment.site_id != self.site.id:
            sentence = _("This deployment is of another site; its own people register it.")
            raise ValidationError({"deployment": [sentence]})
        if old and old.deployment_id != deployment.id:
            sentence = _("This code is on record for a unit of another deployment.")
            raise ValidationError({"slug": [sentence]})
        if old and values.get("slug", old.slug) != old.slug:
            sentence = _("This number is on record with the code %(code)s.", code=old.slug)
            raise ValidationError({"asset_number": [sentence]})
        code = code_of(deployment.slug, values["asset_number"])
        values["slug"] = old.slug if old else values.get("slug") or code
        for name in {code, values["slug"]}:
            first = self.seen.setdefault(name, place)
            if first != place:
                sentence = _("This unit stands in row %(row)s already.", row=first)
                raise ValidationError({"asset_number": [sentence]})
        return values

    def _misplaced(self, good: Mapping[int, Row], given: Mapping[int, Row]) -> list[int]:
        rows = [place for place, values in good.items() if values["lat"] is not None]
        places = [Place(*(good[it][name] for name in ("deployment", "lat", "lon"))) for it in rows]
        wrong = misplaced(places)
        for position, sentence in wrong.items():
            self._refuse(rows[position], given[rows[position]], {"lat": [sentence]})
        return [rows[position] for position in wrong]

    def _refuse(self, place: int, row: Row, errors: dict[str, list[str]]) -> None:
        self.wrong += 1
        if len(self.errors) < TOLD_ROWS:
            self.errors[place], self.rows[place] = errors, row

    def _keep(self, good: Mapping[int, Row], old: Mapping[int, InstalledUnit]) -> None:
        new, changed = [], []
        for place, values in good.items():
            columns = _columns(values)
            unit = old.get(place)
            if unit is None:
                removed_told_at = now() if columns["removed_on"] else None
                new.append(columns | {"removed_told_at": removed_told_at} | UNSEEN)
            elif any(getattr(unit, name) != value for name, value in columns.items()):
                if unit.removed_on != columns["removed_on"]:
                    columns["removed_told_at"] = now()
                said_before = self.schema.dump(unit)
                changed.append((unit.id, columns, said_before))
                self._tell(place, said_before, self.schema.dump(values))
            else:
                self.done.same += 1
        self.done.keep(new, changed)

    def _tell(self, place: int, was: Row, said: Row) -> None:
        names = [name for name in was if was[name] != said[name]]
        self.done.changed_cells += len(names)
        for name in names[: TOLD_CELLS - len(self.done.cells)]:
            texts = ("" if it[name] is None else str(it[name]) for it in (was, said))
            self.done.cells.append(ChangedCell(place, was["asset_number"], name, *texts))


def _tidied(row: Row) -> Row:
    """`row` without what the register only tells, and numbers in columns of text as text."""
    return {
        name: str(value) if name in TEXTS and type(value) in (int, float) else value
        for name, value in row.items()
        if name not in TOLD_ONLY
    }


def _columns(values: Row) -> Row:
    columns = {name: value for name, value in values.items() if not hasattr(value, "id")}
    columns.pop("guideline", None)
    guideline = values.get("guideline")
    return columns | {
        "deployment_id": values["deployment"].id,
        "guideline_id": guideline.id if guideline else None,
    }
