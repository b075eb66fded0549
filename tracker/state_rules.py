"""State rules: which change of state may be told for a day, beside all that is told already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import select

from catalog.guidelines import Item, Stage
from catalog.sources import Mark
from common.db import db
from common.facts import When, not_withdrawn
from common.locale import word
from common.rows import RowErrors
from common.schema import Choice, Ref, Schema, text
from tracker.checklists.adherence import blocking, entries_of
from tracker.checklists.compliance import blocks, grouped
from tracker.deployments import Deployment
from tracker.fact_days import Fault, blame, same_subject, wrong_day
from tracker.progress import Progress
from tracker.ranks import deployment_ranks
from tracker.states import State, at_rank, may_follow, next_states

# Up to which stage the must-items of the checklist are settled before a state can be told.
NEEDED = {
    State.STARTED: Stage.PROCURE,
    State.COMPLETION_REPORTED: Stage.ACCEPT,
    State.WORKING: Stage.ACCEPT,
}
NAMED = 3  # items that a refusal names


class StateChangeSchema(Schema):
    """A change of state as the site's own officer tells it: the report is the source."""

    state = Choice(State, required=True, metadata={"label": _l("New state")})
    on = fields.Date(required=True, metadata={"label": _l("Since which day")})
    reason = text(2000, required=True, label=_l("What happened, and why"))
    corrects = Ref(
        Progress,
        allow_none=True,
        load_default=None,
        metadata={
            "label": _l("Corrects"),
            "hint": _l(
                "Only where something told before was wrong: it is kept, and no longer counts."
            ),
        },
    )

    @validates_schema
    def is_a_state_to_tell(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """That nothing is known is no state that anybody can report."""
        if values.get("state") is State.NO_DATA:
            raise ValidationError(_("Choose the state that it has reached."), "state")


def tell_state(deployment: Deployment, values: dict[str, Any], who: Any) -> Progress:
    """A change of state that `who` tells; not in the session yet, so that it can be judged."""
    reason = values["reason"]
    return Progress(
        key=f"{deployment.slug[:60].strip('-')}-{token_hex(4)}",
        site=deployment.site,
        deployment=deployment,
        state=values["state"],
        on=values["on"],
        text_ko=reason,
        text_en=reason,
        corrects=values.get("corrects"),
        recorded_by=who,
        mark=Mark.REPORTED,
    )


def about(fact: Progress) -> Deployment:
    """The deployment whose state is told."""
    if fact.deployment is None:
        raise ValueError("a change of state is about a deployment")
    return fact.deployment


def states_on(facts: Sequence[Progress], day: date) -> dict[int, State]:
    """The states of the deployments of `facts` as of `day`, by their ids.

    As if what the facts correct had never been told.
    """
    without = tuple(sorted(fact.corrects.id for fact in facts if fact.corrects))
    ranks = deployment_ranks(When.of(day), without=without)
    ids = {about(fact).id for fact in facts}
    told = db.session.execute(
        select(ranks.c.deployment_id, ranks.c.rank).where(ranks.c.deployment_id.in_(ids))
    )
    known = {key: rank for key, rank in told}  # noqa: C416 - a row is no pair to `dict`
    return {key: at_rank(known.get(key) or State.PLANNED.rank) for key in ids}


def change_faults(fact: Progress) -> RowErrors:
    """What is wrong with a change of state: its day, and the step from the state before it."""
    return changes_faults({0: fact})


def changes_faults(new: Mapping[int, Progress]) -> RowErrors:
    """The same for changes at several deployments, one each; so many statements for each day."""
    found = progress_faults(new)
    days: dict[date, list[Progress]] = defaultdict(list)
    for fact in new.values():
        days[fact.on].append(fact)
    for day, facts in days.items():
        before = states_on(facts, day)
        items = open_items(facts, When.of(day))
        for place, fact in new.items():
            if fact.on == day and place not in found:
                wrong = _wrong_step(fact, before[about(fact).id], items.get(about(fact).id, ()))
                found |= {place: {"state": [wrong]}} if wrong else {}
    return found


def _wrong_step(fact: Progress, before: State, items: Sequence[Item]) -> str | None:
    """Why a fact can't be told after the state `before`, its must-items `items` being open."""
    if fact.corrects is not None and fact.state == before:
        return None
    if not may_follow(before, fact.state):
        return not_allowed(before, fact.state, fact.on)
    return in_the_way(items, fact.state, fact.on)


def open_items(facts: Sequence[Progress], when: When) -> dict[int, list[Item]]:
    """The must-items that keep each deployment from what is told of it, by its id."""
    stages = {about(fact).id: NEEDED[fact.state] for fact in facts if fact.state in NEEDED}
    if not stages:
        return {}
    entries = entries_of([about(fact) for fact in facts if about(fact).id in stages], when)
    groups = grouped(entries, lambda entry: entry.deployment.id)
    return {
        key: [entry.item for entry in blocks(found, stages[key])] for key, found in groups.items()
    }


def blocked(deployment: Deployment, state: State, day: date) -> str | None:
    """Which must-items of its checklist keep a deployment from `state` on `day`; None for none.

    What public sources tell is not held against this: it happened, whatever was answered here.
    """
    stage = NEEDED.get(state)
    return in_the_way(blocking(deployment, stage, When.of(day)) if stage else [], state, day)


def in_the_way(items: Sequence[Item], state: State, day: date) -> str | None:
    """The sentence about the must-items that keep from `state` on `day`; None without any."""
    stage = NEEDED.get(state)
    if not items or stage is None:
        return None
    return str(
        _(
            "%(count)s must-items of the checklist are open by %(day)s, up to the stage "
            "“%(stage)s”, among them %(keys)s. Answer them in the checklist, or have the ministry "
            "approve a deviation.",
            count=len(items),
            day=day,
            stage=word(stage),
            keys=", ".join(item.key for item in items[:NAMED]),
        )
    )


def not_allowed(before: State, after: State, day: date) -> str:
    """Why the step can't be taken, and which steps can."""
    names = ", ".join(f"“{word(it)}”" for it in next_states(before))
    if not names:
        return str(
            _(
                "On %(day)s it is “%(before)s”, and nothing follows that. If that was wrong, "
                "correct the fact that says so.",
                day=day,
                before=word(before),
            )
        )
    if before == after:
        return str(
            _(
                "On %(day)s it is “%(before)s” already. Allowed from there: %(names)s.",
                day=day,
                before=word(before),
                names=names,
            )
        )
    return str(
        _(
            "On %(day)s it is “%(before)s”, and “%(after)s” can't follow. Allowed from there: "
            "%(names)s. If what was told is wrong, correct that fact.",
            day=day,
            before=word(before),
            after=word(after),
            names=names,
        )
    )


def progress_faults(new: Mapping[int, Progress]) -> RowErrors:
    """What is wrong with new facts of progress, by their place: for every door the same.

    Facts about one deployment, or about a whole site, follow each other on the scale of states.
    """
    mine = {id(row) for row in new.values()}
    sites = {row.site.id for row in new.values()}
    with db.session.no_autoflush:
        old = db.session.scalars(
            select(Progress).where(Progress.site_id.in_(sites), not_withdrawn(Progress))
        ).unique()
        rows = [row for row in old if id(row) not in mine]
    rows += new.values()
    corrected = {id(row.corrects) for row in rows if row.corrects is not None}
    series: dict[Any, list[Progress]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.on, row.state.rank)):
        if id(row) not in corrected:
            series[row.subject].append(row)
    return blame(new, lambda row: [*_alone(row), *_out_of_step(row, series[row.subject])])


def _alone(row: Progress) -> Iterator[Fault]:
    yield from same_subject(row)
    yield from wrong_day(row.site, row, row.on, plan=row.state == State.PLANNED)
    if row.deployment is not None and row.deployment.site is not row.site:
        yield "deployment", _("This deployment is at another site; name one of this site.")


def _out_of_step(row: Progress, series: Sequence[Progress]) -> Iterator[Fault]:
    for before, after in pairwise(series):
        same = before.state == after.state  # several things may happen in one state
        if row not in (before, after) or same or may_follow(before.state, after.state):
            continue
        yield (
            "state",
            _(
                "“%(before)s” is told for %(before_day)s and “%(after)s” for %(after_day)s, and "
                "that can't follow. Check state and day, or name in “corrects” the fact that "
                "was wrong (%(key)s).",
                before=word(before.state),
                before_day=before.on,
                after=word(after.state),
                after_day=after.on,
                key=(before if row is after else after).key,
            ),
        )
