"""Rules about the catalog: evidence past its review day, and English that lags its Korean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from catalog.editing.completeness import FILLED, Gap
from catalog.editing.kinds import KINDS, SOLUTION, Kind
from catalog.editing.versions import EntryVersion, Said, out_of_date
from catalog.evidence import Evidence
from catalog.solutions import Solution
from common.db import db
from common.facts import KOREA, When, known, today
from common.locale import said, word
from tracker.alerts.alerts import Alert, Ground, Known
from tracker.alerts.rules import RULES, RuleName


def about_entry(ground: Ground, name: RuleName, **told: Any) -> Alert:
    """An alert about an entry of the catalog, which the ministry answers for."""
    assert ground.ministry is not None
    return Alert(name=name, owner=ground.ministry, act=str(RULES[name].act), **told)


def old_evidence(ground: Ground) -> Iterator[Alert]:
    """Evidence whose review day has passed; one statement."""
    days, day = RULES[RuleName.EVIDENCE_PAST_REVIEW]["days"], ground.when.as_of
    last = date.fromordinal(max(1, day.toordinal() - days))
    query = select(Evidence).where(Evidence.review_by <= last)
    for row in db.session.scalars(query.order_by(Evidence.review_by, Evidence.id)).unique():
        due = row.review_by
        if due is None:
            continue
        path = f"/solutions/{row.solution.slug}"
        yield about_entry(
            ground,
            RuleName.EVIDENCE_PAST_REVIEW,
            subject=row.slug,
            title=f"{said(row.solution, 'name')}: {said(row, 'measure')}",
            says=_(
                "To be looked at again by %(day)s; %(days)s days ago",
                day=due,
                days=(day - due).days,
            ),
            since=due + timedelta(days=days),
            measure=(day - due).days,
            unit="days",
            facts=(
                Known(_("To be looked at again by"), due, "", None, path, dated=False),
                Known(_("Published in the year"), row.published_year, "", None, path, dated=False),
            ),
            act_path=f"/proposals/new?about=evidence&entry={row.slug}",
        )


def stale_english(ground: Ground) -> Iterator[Alert]:
    """Entries whose English is missing or older than its Korean; two statements."""
    when = ground.when
    days = RULES[RuleName.TRANSLATION_STALE]["days"]
    for (one, name), versions in versions_by_entry(when).items():
        kind = KINDS.get(one)
        stale = kind and stale_since(kind, versions)
        if kind is None or not stale:
            continue
        stems, since = stale
        late = (when.as_of - since).days
        if late >= days:
            title = f"{word_of(kind)}: {kind.title_of(versions[-1].content)}"
            path = f"/entries/{one}/{name}"
            yield about_entry(
                ground,
                RuleName.TRANSLATION_STALE,
                subject=f"{one}:{name}",
                title=title,
                says=_(
                    "English out of date for %(days)s days: %(texts)s",
                    days=late,
                    texts=", ".join(stems),
                ),
                since=since + timedelta(days=days),
                measure=late,
                unit="days",
                facts=tuple(
                    Known(_("Korean changed: %(text)s", text=stem), None, on=since, path=path)
                    for stem in stems
                ),
                act_path=f"/proposals/new?about={one}&entry={name}",
            )
    yield from missing_english(ground)


def missing_english(ground: Ground) -> Iterator[Alert]:
    """Solutions that lack the English of what they tell in Korean; one statement, today only."""
    when = ground.when
    if when.as_of < today() or (when.known_on is not None and _as_day(when.known_on) < today()):
        return
    lacking = select(Solution).where(~FILLED[Gap.ENGLISH]).order_by(Solution.id)
    for row in db.session.scalars(lacking):
        yield about_entry(
            ground,
            RuleName.TRANSLATION_STALE,
            subject=f"missing:{row.slug}",
            title=f"{word_of(SOLUTION)}: {said(row, 'name')}",
            says=_("Tells something in Korean that it does not tell in English"),
            facts=(
                Known(
                    _("Still missing"),
                    word(Gap.ENGLISH),
                    path=f"/solutions/{row.slug}",
                    dated=False,
                ),
            ),
            act_path=f"/proposals/new?about=solution&entry={row.slug}",
        )


def versions_by_entry(when: When) -> dict[tuple[str, str], list[EntryVersion]]:
    """What every entry said by then, from its oldest version on; one statement."""
    days = [it for it in (when.as_of, when.known_on) if it is not None]
    by_then = known(EntryVersion, When(when.as_of, min(days, key=_as_day)))
    rows = select(EntryVersion).where(by_then).order_by(EntryVersion.number)
    found: dict[tuple[str, str], list[EntryVersion]] = {}
    for row in db.session.scalars(rows):
        found.setdefault((row.kind, row.name), []).append(row)
    return found


def _as_day(it: date | datetime) -> date:
    return it.date() if isinstance(it, datetime) else it


def stale_since(kind: Kind, versions: Sequence[EntryVersion]) -> tuple[list[str], date] | None:
    """Which texts are stale at the last of `versions`, and since which day the oldest of them."""
    history = [Said(it.content, it.still_right) for it in versions]
    stems = out_of_date(kind.pairs(), history)
    if not stems:
        return None
    place = len(history)
    # Back to the first version from which on some of them have been stale without a break.
    while place > 1 and set(stems) & set(out_of_date(kind.pairs(), history[:place])):
        place -= 1
    return stems, (versions[place].recorded_at + KOREA).date()


def word_of(kind: Kind) -> str:
    """How a kind of entry is called in the reader's language."""
    return str(kind.word)
