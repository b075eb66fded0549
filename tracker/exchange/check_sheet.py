"""Checklist answers for a spreadsheet: a row for each deployment and item that binds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import select

from catalog.guidelines import Stage
from common.db import db
from common.facts import When
from common.locale import LANGUAGES
from common.permissions import Can, Member
from common.rows import RowErrors
from tracker.checklists.adherence import entries_of
from tracker.checklists.checklists import (
    AnswerFields,
    Check,
    CheckDecision,
    not_to_come,
    told_answer,
)
from tracker.exchange.imports import ExchangeList
from tracker.exchange.sheets import Line, Sheet, names_of, own_deployments, words_of


class AnswerRowSchema(AnswerFields):
    """An answer as a row gives it; its item is that of the row."""

    class Meta(AnswerFields.Meta):
        """The item is none of its cells."""

        exclude = ("item",)

    on = fields.Date(
        required=True, validate=not_to_come, metadata={"label": _l("Holds for the day")}
    )


def _lines(who: Member) -> list[Line]:
    stages = words_of(Stage)
    return [
        Line(
            subject=f"{one.deployment.slug}/{one.item.key}",
            site=one.deployment.site,
            thing=one,
            of=one.deployment.id,
            kind={},
            names={
                code: (
                    *names_of(one.deployment, code),
                    stages[one.item.stage][code],
                    one.item.key,
                    getattr(one.item, f"text_{code}").strip(),
                )
                for code in LANGUAGES
            },
        )
        for one in entries_of(own_deployments(who), When.of())
    ]


def _made(line: Line, values: dict[str, Any], who: Any, corrects: Any) -> Check:
    entry = line.thing
    return told_answer(entry.deployment, values | {"item": entry.item}, who, corrects)


def _no_more_rules(_new: Mapping[int, Check]) -> RowErrors:
    """What an answer keeps stands in its schema; its row says that the item binds."""
    return {}


def _decided(facts: Sequence[Check]) -> dict[str, str]:
    """Why answers can't be taken back: the ministry decided on them, or on those before them."""
    of = {fact.id: fact for fact in facts} | {it.corrects_id: it for it in facts if it.corrects_id}
    query = select(CheckDecision).where(CheckDecision.check_id.in_(of))
    return {
        of[decision.check_id].key: _(
            "The ministry decided on %(day)s on this deviation, and its decision would be lost. "
            "Answer the item anew in the checklist instead.",
            day=decision.on,
        )
        for decision in db.session.scalars(query).unique()
    }


CHECKS = Sheet(
    name=ExchangeList.CHECKS,
    can=Can.ANSWER_CHECKLISTS,
    model=Check,
    schema=AnswerRowSchema,
    locked=(_l("Site"), _l("Solution"), _l("Stage"), _l("Item"), _l("What it asks")),
    columns=("result", "on", "reason", "evidence", "link"),
    lines_of=_lines,
    by=("deployment_id", "item_id"),
    subject=lambda fact: f"{fact.deployment.slug}/{fact.item.key}",
    made=_made,
    faults=_no_more_rules,
    bound=_decided,
)
