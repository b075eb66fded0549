"""Parts: what reports of a site and of all sites have in common, and how they write figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from catalog.sources import Source
from common.facts import When
from common.locale import SEOUL, day, language, number, said, won, word
from common.papers import Figure, Part
from tracker.papers.orders import PaperKind
from tracker.reports.months import month_end, month_name

MOST_CHANGES = 1000


@dataclass
class Spec:
    """What a report covers and who reads it, and the facts that it has told so far."""

    kind: PaperKind
    month: date
    when: When
    who: Any
    site: Any = None
    facts: dict[tuple[str, int], Any] = field(default_factory=dict)
    known: Any = None  # what the levels of the report are made of, once it was asked for

    @property
    def begins_on(self) -> date:
        """The first day that changes are told of; a final report tells the whole run."""
        return date.min if self.kind is PaperKind.FINAL else self.month

    @property
    def ahead(self) -> tuple[date, date]:
        """The first and the last day of the month that follows."""
        first = date.fromordinal(month_end(self.month).toordinal() + 1)
        return first, month_end(first)

    @property
    def dates(self) -> dict[str, Any]:
        """The two dates, as queries take them."""
        return {"as_of": self.when.as_of, "known_on": self.when.known_on}

    @property
    def title(self) -> str:
        """What it is and what it is about."""
        name = f"{said(self.site, 'name')} {self.site.round.year}" if self.site else _("Nationwide")
        if self.kind is PaperKind.FINAL:
            return str(_("Final report: %(name)s", name=name))
        return str(_("Monthly report %(month)s: %(name)s", month=month_name(self.month), name=name))

    @property
    def below(self) -> str:
        """The day that all figures hold for."""
        return str(_("As of %(day)s", day=self.when.as_of))

    def rests_on(self, *facts: Any) -> None:
        """Note facts that it tells, for the table of their sources; each counts once."""
        for it in facts:
            if it is not None and hasattr(it, "source"):
                self.facts[type(it).__name__, it.id] = it

    def covers(self, on: date, recorded_at: datetime | None) -> bool:
        """Whether something held, or was recorded, in the time that it tells changes of."""
        told_on = recorded_at.astimezone(SEOUL).date() if recorded_at else None
        held = self.begins_on <= on <= self.when.as_of
        return held or bool(told_on and self.begins_on <= told_on <= self.when.as_of)


def head_of(spec: Spec, version: str) -> list[tuple[str, str]]:
    """What the report is told as of, and which state of the record it was made from."""
    known_on = spec.when.known_on
    known = day(known_on) if known_on else _("all that was known when it was made")
    return [
        (_("As of"), day(spec.when.as_of)),
        (_("As known on"), known),
        (_("Data version"), version),
        (_("Read with the rights of"), f"{said(spec.who.organisation, 'name')}"),
    ]


def foot_of(spec: Spec) -> str:
    """How to come to the same figures again."""
    return str(
        _(
            "The same days and the same data version give the same figures. “%(none)s” is what "
            "nobody told; it is not zero. The page shows the same as of %(day)s.",
            none=unknown(),
            day=spec.when.as_of,
        )
    )


def unknown() -> str:
    """How what is not known is written."""
    return str(_("No data"))


def money(amount: int | None) -> str:
    """An amount as the pages write it; in a spreadsheet the won."""
    if amount is None:
        return unknown()
    return Figure(won(amount), amount, '#,##0"원"' if language() == "ko" else '"KRW "#,##0')


def count(value: float | None, words: str | None = None, unit: str = "") -> str:
    """A number as the pages write it, with its unit; in a spreadsheet the number."""
    if value is None:
        return unknown()
    text = number(value) if words is None else words
    form = "#,##0" + (".##" if isinstance(value, float) else "")
    return Figure(text, value, form + (f'" {unit.replace(chr(34), "")}"' if unit else ""))


def percent(share: Any) -> str:
    """A share of an account in per cent, as the pages write it."""
    if share is None:
        return unknown()
    return Figure(f"{share.percent}%", float(share.percent), '0.0"%"')


def sites(value: int) -> str:
    """So many sites."""
    words = ngettext("%(num)s site", "%(num)s sites", value)
    return count(value, words, ngettext("site", "sites", value))


def months(value: int | None) -> str:
    """So many whole months."""
    if value is None:
        return str(_("not reported"))
    words = ngettext("%(num)s month", "%(num)s months", value)
    return count(value, words, words.replace(str(value), "").strip())


def quantity(it: Any, stage: Any) -> str:
    """What a stage of a deployment counts: the number with its unit; its day stands beside."""
    row = it.quantities.get(stage)
    if row is None or row.value is None:
        return unknown()
    unit = "" if it.unit.value == "unknown" else word(it.unit)
    words = f"{number(row.value)} {unit}".strip()
    return count(row.value, _("about %(amount)s", amount=words) if row.approximate else words, unit)


def of_day(row: Any) -> str:
    """The day of a fact, cut to what is known of it."""
    return day(row.on, row.precision) if row is not None else ""


def sources_part(spec: Spec) -> Part:
    """The sources of all facts that the report told, with how many rest on each."""
    counts: Counter[Source] = Counter()
    bare = 0
    for fact in spec.facts.values():
        cited = {it for it in (fact.source, getattr(fact, "also", None)) if it is not None}
        counts.update(cited)
        bare += not cited
    rows = [
        [said(it, "name"), it.url, count(n)]
        for it, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].slug))
    ]
    if bare:
        rows.append([_("Recorded here, without a published source"), "", count(bare)])
    return Part(
        _("Sources"),
        head=[_("Source"), _("Address"), _("Facts of this report")],
        widths=[3, 6, 1],
        rows=rows,
        empty=_("Nothing"),
    )


def newest_first(rows: Iterable[tuple[date, list[str]]]) -> tuple[list[list[str]], list[str]]:
    """Rows by their day, the newest first, at most `MOST_CHANGES`, and what was left out."""
    found = sorted(rows, key=lambda it: (it[0], it[1]), reverse=True)
    left = len(found) - MOST_CHANGES
    note = [_("%(n)s older ones are left out; the timeline has all.", n=number(left))]
    return [row for _on, row in found[:MOST_CHANGES]], note if left > 0 else []
