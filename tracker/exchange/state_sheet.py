"""States for a spreadsheet: a row for each deployment, with what was told of it last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from common.db import db
from common.facts import latest
from common.locale import LANGUAGES
from common.permissions import Can, Member
from common.rows import RowErrors
from tracker.exchange.imports import ExchangeList
from tracker.exchange.sheets import EVER, Line, Sheet, names_of, own_deployments
from tracker.progress import Progress
from tracker.state_rules import StateChangeSchema, changes_faults, tell_state
from tracker.states import State


class StateRowSchema(StateChangeSchema):
    """A change of state as a row tells it; what it corrects follows from its day."""

    class Meta(StateChangeSchema.Meta):
        """The day says what it corrects."""

        exclude = ("corrects",)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """The reason that was given is the text of the fact."""
        return super().get_attribute(obj, "text_ko" if attr == "reason" else attr, default)


def _lines(who: Member) -> list[Line]:
    return [
        Line(
            subject=one.slug,
            site=one.site,
            thing=one,
            of=one.id,
            kind={},
            names={code: names_of(one, code) for code in LANGUAGES},
        )
        for one in own_deployments(who)
    ]


def _faults(new: Mapping[int, Progress]) -> RowErrors:
    """What the form refuses, and a new state that comes with the reason of the one before."""
    found = changes_faults(new)
    ids = {fact.deployment.id for fact in new.values() if fact.deployment}
    of_them = latest(Progress, (Progress.deployment_id,), EVER)
    with db.session.no_autoflush:
        rows = db.session.scalars(of_them.where(Progress.deployment_id.in_(ids))).unique()
        before = {row.deployment_id: row for row in rows}
    for place, fact in new.items():
        old = before.get(fact.deployment.id) if fact.deployment else None
        if old and fact.state != old.state and fact.text_ko == old.text_ko:
            sentence = _("This is what was told of the state before; say what happened now.")
            found.setdefault(place, {}).setdefault("reason", []).append(sentence)
    return found


STATES = Sheet(
    name=ExchangeList.STATES,
    can=Can.REPORT_PROGRESS,
    model=Progress,
    schema=StateRowSchema,
    locked=(_l("Site"), _l("Solution")),
    columns=("state", "on", "reason"),
    lines_of=_lines,
    by=("deployment_id",),
    subject=lambda fact: fact.deployment.slug,
    made=lambda line, values, who, corrects: tell_state(
        line.thing, values | {"corrects": corrects}, who
    ),
    faults=_faults,
    never=frozenset({State.NO_DATA.value}),
)
