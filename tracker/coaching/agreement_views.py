"""Routes that change what was agreed: proposed by the host, answered by the site, or decided."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from common.api import Route
from common.db import db
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.schema import Schema
from common.web import Refused, for_machine, read, saved, sent
from tracker.coaching.agreements import AgreementRecord, agreement_records
from tracker.coaching.kinds import AGREEMENTS, agreement_page
from tracker.coaching.terms import (
    AnswerTermsSchema,
    ChangeTermsSchema,
    TermsState,
    WholeAgreementSchema,
    is_over,
    may_accept,
    may_propose,
    proposal_of,
    step_terms,
    terms_faults,
)
from tracker.views import bp

CONFLICT = 409


@bp.post("/agreements/<slug>/propose")
@requires(Can.OFFER_COACHING)
@once
def propose_terms(slug: str) -> ResponseReturnValue:
    """Propose other minutes or another last day; the site answers."""
    record: AgreementRecord = one_of(AGREEMENTS, slug)
    if not may_propose(g.who, record.agreement):
        refuse()
    if proposal_of(record.agreement):
        abort(CONFLICT, _("What you proposed before waits for the site's answer."))
    done = _("Proposed. It holds as soon as the site accepts.")
    return change(record, TermsState.PROPOSED, done)


@bp.post("/agreements/<slug>/decide")
@requires(Can.DECIDE)
@once
def decide_terms(slug: str) -> ResponseReturnValue:
    """Set other minutes or another last day, with a reason."""
    record: AgreementRecord = one_of(AGREEMENTS, slug)
    return change(record, TermsState.DECIDED, _("These terms hold from today."))


@bp.post("/agreements/<slug>/answer")
@requires(Can.ASK_FOR_COACHING)
@once
def answer_terms(slug: str) -> ResponseReturnValue:
    """Accept or decline what the host proposes for one's own site."""
    record: AgreementRecord = one_of(AGREEMENTS, slug)
    if not may_accept(g.who, record.agreement):
        refuse()
    schema = AnswerTermsSchema()
    try:
        values = read(schema)
    except Refused as refused:
        return again(record, refused.errors, schema)
    still_current(record)
    waits = proposal_of(record.agreement)
    if waits is None or waits.place != values["steps"]:
        abort(CONFLICT, _("This was answered or changed meanwhile. Read it again, then answer."))
    terms = {"minutes": waits.minutes, "ends_on": waits.ends_on, "comment": values["comment"]}
    what = TermsState(values["answer"])
    wrong = terms_faults(record.agreement, terms) if what is TermsState.ACCEPTED else {}
    if wrong:
        abort(CONFLICT, " ".join(text for texts in wrong.values() for text in texts))
    done = _("Accepted. These terms hold from today.")
    return finish(record, what, terms, done if what is TermsState.ACCEPTED else _("Declined."))


def change(record: AgreementRecord, what: TermsState, done: str) -> ResponseReturnValue:
    """Take a step with the terms that were sent."""
    schema = ChangeTermsSchema()
    try:
        values = read(schema)
    except Refused as refused:
        return again(record, refused.errors, schema)
    still_current(record)
    wrong = terms_faults(record.agreement, values)
    return again(record, wrong, schema) if wrong else finish(record, what, values, done)


def still_current(record: AgreementRecord) -> None:
    """Raise Conflict where other terms hold by now."""
    if is_over(record.agreement):
        abort(CONFLICT, _("Other terms hold by now. Open what holds, and change that."))


def finish(
    record: AgreementRecord, what: TermsState, values: dict[str, Any], done: str
) -> ResponseReturnValue:
    """Commit the step, and go to the page of the terms that hold now."""
    made = step_terms(record.agreement, what, values, g.who) or record.agreement
    db.session.flush()
    flash(done)
    [told] = agreement_records([made])
    return saved(WholeAgreementSchema(), told, url_for(".agreement", slug=made.key), new=False)


def again(record: AgreementRecord, errors: dict[str, Any], schema: Schema) -> ResponseReturnValue:
    """The page of the agreement with what was sent still in its form."""
    if for_machine():
        raise Refused(errors, {})
    page = agreement_page(record, {}) | {"errors": errors}
    page["given"] = page["given"] | sent(schema)
    page |= {"it": AGREEMENTS, "asked": {}}
    return render_template("tracker/agreement.html", item=record, **page), 422


ROUTES = [
    Route(
        "post",
        "/agreements/{slug}/propose",
        ChangeTermsSchema,
        WholeAgreementSchema,
        _l("Propose other terms of an agreement"),
    ),
    Route(
        "post",
        "/agreements/{slug}/answer",
        AnswerTermsSchema,
        WholeAgreementSchema,
        _l("Accept or decline other terms of an agreement"),
    ),
    Route(
        "post",
        "/agreements/{slug}/decide",
        ChangeTermsSchema,
        WholeAgreementSchema,
        _l("Set other terms of an agreement"),
    ),
]
