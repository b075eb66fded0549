"""Routes of the answers: their list, the page of one, and the decision on a deviation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import abort, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from common.api import Route
from common.db import db
from common.facts import held, today
from common.permissions import Can, allowed, requires
from common.receipts import once
from common.resource import Resource, mount, one_of
from common.schema import describe
from common.web import Refused, for_machine, read, saved, sent
from tracker.checklists.checklists import (
    Approval,
    Check,
    CheckDecision,
    CheckDecisionSchema,
    CheckFilters,
    CheckResult,
    CheckSchema,
    DecideSchema,
    check_history,
    decide,
    find_checks,
    standing_answers,
)
from tracker.checklists.sheets import answers_of
from tracker.checklists.told import (
    WITH_ITEM,
    CheckRecord,
    CheckToldSchema,
    WholeCheckSchema,
    check_records,
)
from tracker.facets import choices
from tracker.views import bp


def check_options(_items: list[Any], _filters: Mapping[str, Any]) -> dict[str, Any]:
    """What the list of answers can be narrowed to."""
    return choices() | {"results": list(CheckResult), "approvals": list(Approval)}


def check_page(record: CheckRecord, _when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of an answer shows: what stood before, decisions, and the form."""
    told = db.session.scalars(check_history(record.check, record.when)).unique().all()
    of_it = held(CheckDecision, record.when).where(CheckDecision.check_id == record.check.id)
    return {
        "history": check_records(told, record.when.as_of, record.when.known_on),
        "stands": bool(told) and told[0] is record.check,
        "decisions": db.session.scalars(
            of_it.order_by(CheckDecision.on.desc(), CheckDecision.id.desc())
        ).all(),
        "may_decide": may_decide(record),
        "form": describe(DecideSchema()),
        "given": {"idempotency_key": uuid4().hex, "on": today().isoformat()},
        "errors": {},
        "today": today(),
    }


NEWEST = (CheckDecision.on.desc(), CheckDecision.id.desc())


def may_decide(record: CheckRecord) -> bool:
    """Whether whoever asks may decide on this answer now."""
    return allowed(Can.DECIDE_DEVIATIONS) and record.result is CheckResult.DEVIATES


CHECKS = Resource(
    one="check",
    many="checks",
    model=Check,
    schema=CheckSchema,
    filters=CheckFilters,
    find=find_checks,
    tell=check_records,
    told=CheckToldSchema,
    whole=WholeCheckSchema,
    load=WITH_ITEM,
    extras=check_options,
    page_extras=check_page,
    sorts={"key": Check.key, "on": Check.on},
    from_sheet=answers_of,
)
DECISIONS = Resource(
    one="check-decision",
    many="check-decisions",
    model=CheckDecision,
    schema=CheckDecisionSchema,
)
KINDS = [CHECKS, DECISIONS]
mount(bp, CHECKS)


@bp.post("/checks/<slug>/decisions")
@requires(Can.DECIDE_DEVIATIONS)
@once
def add_decision(slug: str) -> ResponseReturnValue:
    """Approve or refuse a deviation, with the reason."""
    record: CheckRecord = one_of(CHECKS, slug)
    if record.result is not CheckResult.DEVIATES:
        abort(422, _("Only a deviation is decided on."))
    stands = standing_answers(record.deployment, today()).get(record.item_id)
    if stands is not record.check:
        abort(409, _("This answer was replaced meanwhile; decide on the one that stands."))
    try:
        values = read(DecideSchema())
        not_before(record.check, values)
    except Refused as refused:
        if for_machine():
            raise
        kept = {"idempotency_key": request.form.get("idempotency_key", "")}
        page = check_page(record, {}) | {
            "given": dict(refused.given) | kept,
            "errors": refused.errors,
        }
        return render_template("tracker/check.html", item=record, it=CHECKS, asked={}, **page), 422
    decision = decide(record.check, values, g.who)
    flash(_("Your decision is saved. It shows from now on, with its day and its reason."))
    return saved(CheckDecisionSchema(), decision, url_for(".check", slug=slug), new=True)


def not_before(check: Check, values: Mapping[str, Any]) -> None:
    """Raises Refused for a decision on a day before the deviation was told."""
    if values["on"] < check.on:
        raise Refused({"on": [_("The deviation was told for a later day.")]}, sent(DecideSchema()))


ROUTES = [
    Route(
        "post",
        "/checks/{slug}/decisions",
        DecideSchema,
        CheckDecisionSchema,
        _l("Decide on a deviation"),
    ),
]
