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

from catalog.guidelines import Stage
from catalog.sources import Mark
from common.db import db
from common.facts import When
from common.locale import word
from common.rows import RowErrors
from common.schema import Choice, Ref, Schema, text
from tracker.checklists.adherence import blocking
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


def state_on(deployment: Deployment, day: date, without: Progress | None = None) -> State:
    """The state of `deployment` as of `day`, as if `without` had never been told."""
    ranks = deployment_ranks(When.of(day), without=without.id if without else None)
    rank = select(ranks.c.rank).where(ranks.c.deployment_id == deployment.id)
    return at_rank(db.session.scalar(rank) or State.PLANNED.rank)


def change_faults(fact: Progress) -> RowErrors:
    """What is wrong with a change of state: its day, and the step from the state before it."""
    deployment = fact.deployment
    if deployment is None:
        raise ValueError("a change of state is about a deployment")
    found = progress_faults({0: fact}).get(0, {})
    before = state_on(deployment, fact.on, fact.corrects)
    mends = fact.corrects is not None and fact.state == before
    if not found and not mends and not may_follow(before, fact.state):
        found = {"state": [not_allowed(before, fact.state, fact.on)]}
    why = None if found or mends else blocked(deployment, fact.state, fact.on)
    if why:
        found = {"state": [why]}
    return {0: found} if found else {}


def blocked(deployment: Deployment, state: State, day: date) -> str | None:
    """Which must-items of its checklist keep a deployment from `state` on `day`; None for none.

    What public sources tell is not held against this: it happened, whatever was answered here.
    """
    stage = NEEDED.get(state)
    items = blocking(deployment, stage, When.of(day)) if stage else []
    if not items:
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
        old = db.session.scalars(select(Progress).where(Progress.site_id.in_(sites))).unique()
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
