"""Routes of outcomes: one outcome, the form, and its way to the public."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from flask import flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.exceptions import Conflict, NotFound

from catalog.evidence import Counting
from catalog.indicators import Indicator, IndicatorKind, find_indicators
from common.api import Route
from common.db import db
from common.facts import WhenFilters, today
from common.locale import word
from common.permissions import Can, allowed, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.schema import describe
from common.web import Refused, asked, for_machine, read, reply, saved, sent
from tracker.outcomes.neighbours import around, installed_on, told_of
from tracker.outcomes.outcomes import WHOLE, Outcome, report_outcome
from tracker.outcomes.plausibility import Finding, OutcomeKind, doubtful
from tracker.outcomes.reviews import (
    OutcomeDecisionSchema,
    ReviewState,
    SubmissionSchema,
    is_step,
    may_read,
    may_write,
    take_step,
)
from tracker.outcomes.schemas import OutcomePartSchema, OutcomeReportSchema
from tracker.outcomes.told import OutcomeRecord, OutcomeToldSchema, lines_of, outcome_records
from tracker.rollout import DeploymentRecord
from tracker.views import DEPLOYMENTS, bp


@bp.get("/outcomes/<slug>")
@requires(Can.READ)
def outcome(slug: str) -> ResponseReturnValue:
    """One outcome, to those who may read it."""
    when = asked(WhenFilters())
    record = readable_outcome(slug, **when)
    return reply("tracker/outcome.html", OutcomeToldSchema(), record, lambda: outcome_page(record))


@bp.get("/deployments/<slug>/outcomes/new")
@requires(Can.REPORT_OUTCOMES)
def new_outcome(slug: str) -> ResponseReturnValue:
    """The form that an outcome is reported with; first comes the choice of the indicator."""
    record = own_deployment(slug)
    if for_machine():
        raise NotFound(_("There is no form in the API; send the outcome with POST."))
    return ask(record, first_values(record), {})


@bp.post("/deployments/<slug>/outcomes")
@requires(Can.REPORT_OUTCOMES)
@once
def add_outcome(slug: str) -> ResponseReturnValue:
    """Draft an outcome of one's own site, or draft and submit it; a correction names the old."""
    record = own_deployment(slug)
    given = sent(OutcomeReportSchema())
    try:
        values, found = checked(given, slug)
    except Refused as refused:
        if for_machine():
            raise
        return ask(record, kept(given), refused.errors), 422
    submits = values.pop("submit")
    made = report_outcome(values, g.who)
    state = ReviewState.SUBMITTED if submits else ReviewState.DRAFT
    take_step(made, state, g.who, comment=made.reason, rules=rules_of(found))
    flash(
        _("It is with the ministry now, and everybody sees it once it is approved.")
        if submits
        else _("Your draft is saved. Only your site and the ministry see it.")
    )
    return told(made, new=True)


def checked(given: dict[str, Any], slug: str) -> tuple[dict[str, Any], list[Finding]]:
    """What was sent for the deployment `slug`, and what needs its reason. Raises Refused.

    A draft may still lack the reason; it is asked for when it is submitted.
    """
    here = given.get("deployment") or slug
    if here != slug:
        raise Refused({"deployment": [_("Send it to the address of its own deployment.")]}, given)
    values = read(OutcomeReportSchema(), given | {"deployment": slug})
    old = values["corrects"]
    refuse_correction(old, values, given)
    found = doubtful(values, around(values, old.thread if old else None))
    if values["submit"]:
        refuse_doubts(found, values["reason"], given)
    return values, found


@bp.post("/outcomes/<slug>/submission")
@requires(Can.REPORT_OUTCOMES)
@once
def submit_outcome(slug: str) -> ResponseReturnValue:
    """Submit a draft, or one that was returned, to the ministry."""
    record = readable_outcome(slug)
    if not may_write(g.who, record.deployment.site):
        refuse()
    refuse_wrong_state(record, ReviewState.SUBMITTED)
    given = sent(SubmissionSchema())
    try:
        reason = read(SubmissionSchema(), given)["reason"]
        values = told_of(record.outcome)
        found = doubtful(values, around(values, record.thread))
        refuse_doubts(found, reason or record.reason, given)
    except Refused as refused:
        return again(record, refused)
    comment = reason or record.reason
    take_step(record.outcome, ReviewState.SUBMITTED, g.who, comment=comment, rules=rules_of(found))
    flash(_("It is with the ministry now, and everybody sees it once it is approved."))
    return told(record.outcome, new=False)


@bp.post("/outcomes/<slug>/decision")
@requires(Can.DECIDE_OUTCOMES)
@once
def decide_outcome(slug: str) -> ResponseReturnValue:
    """Approve an outcome, or return it with what has to be mended."""
    record = readable_outcome(slug)
    given = sent(OutcomeDecisionSchema())
    try:
        values = read(OutcomeDecisionSchema(), given)
    except Refused as refused:
        return again(record, refused)
    refuse_wrong_state(record, values["state"])
    take_step(record.outcome, values["state"], g.who, comment=values["comment"])
    flash(
        _("Approved: everybody sees it now.")
        if values["state"] is ReviewState.APPROVED
        else _("Returned to the site with your words.")
    )
    return told(record.outcome, new=False)


def readable_outcome(key: str, **when: Any) -> OutcomeRecord:
    """The outcome that `key` names. Raises NotFound for those who may not read it."""
    query = select(Outcome).where(Outcome.key == key).options(*WHOLE)
    row = db.session.scalar(query) if key.isprintable() else None
    record = outcome_records([row], **when)[0] if row else None
    if record is None or not may_read(g.get("who"), record.outcome, record.state):
        raise NotFound(_("There is no “%(slug)s” here. Look for it in the list.", slug=key[:80]))
    return record


def own_deployment(slug: str) -> DeploymentRecord:
    """The deployment of one's own site that `slug` names. Raises NotFound and Forbidden."""
    record: DeploymentRecord = one_of(DEPLOYMENTS, slug)
    if not may_write(g.who, record.site):
        refuse()
    return record


def refuse_doubts(found: list[Finding], reason: str | None, given: dict[str, Any]) -> None:
    """Raises Refused where soft rules ask for a reason and none is given."""
    if not found or reason:
        return
    errors: dict[str, list[str]] = {}
    for finding in found:
        errors.setdefault(finding.field, []).append(finding.sentence)
    errors["reason"] = [_("Say why it is right all the same, or change it.")]
    raise Refused(errors, given)


def refuse_correction(old: Outcome | None, values: dict[str, Any], given: dict[str, Any]) -> None:
    """Raises Refused for a correction of something else, or of what was corrected already."""
    if old is None:
        return
    sentence = ""
    if any(getattr(old, name) != values[name] for name in ("deployment", "indicator", "kind")):
        sentence = _("A correction is of the same deployment, indicator and kind.")
    elif newer := db.session.scalar(select(Outcome.key).where(Outcome.corrects_id == old.id)):
        sentence = _("This was corrected already; correct “%(key)s”, the newer one.", key=newer)
    if sentence:
        raise Refused({"corrects": [sentence]}, given)


def refuse_wrong_state(record: OutcomeRecord, wanted: ReviewState) -> None:
    """Raises Conflict where an outcome can't go from its state to the one that is wanted."""
    is_old = db.session.scalar(select(Outcome.id).where(Outcome.corrects_id == record.id))
    if is_old and record.state is not ReviewState.APPROVED:
        raise Conflict(_("A newer version takes the place of this one; open that one."))
    if not is_step(record.state, wanted):
        raise Conflict(
            _(
                "It is “%(state)s” now, so this can't be done. Open it again to see what can.",
                state=word(record.state),
            )
        )


def rules_of(found: list[Finding]) -> list[str]:
    """The names of the soft rules that were met."""
    return sorted({finding.rule.value for finding in found})


def told(made: Outcome, *, new: bool) -> ResponseReturnValue:
    """Commit, then to the page of the outcome or its JSON."""
    db.session.flush()
    record = outcome_records([made])[0]
    return saved(OutcomeToldSchema(), record, url_for(".outcome", slug=made.key), new=new)


def again(record: OutcomeRecord, refused: Refused) -> ResponseReturnValue:
    """The page of the outcome once more, with a sentence beside each wrong field."""
    if for_machine():
        raise refused
    page = outcome_page(record) | {"errors": refused.errors, "given": dict(refused.given)}
    page["given"]["idempotency_key"] = uuid4().hex
    return render_template("tracker/outcome.html", item=record, asked={}, **page), 422


def outcome_page(record: OutcomeRecord) -> dict[str, Any]:
    """What only the page of an outcome shows: doubts, steps, and what may be done next."""
    insider = record.by_insider
    values = told_of(record.outcome)
    newer = select(Outcome.key).where(Outcome.corrects_id == record.id)
    mine = may_write(g.get("who"), record.deployment.site)
    return {
        "findings": doubtful(values, around(values, record.thread)) if insider else [],
        "steps": record.outcome.steps if insider else [],
        "newer": db.session.scalar(newer) if insider else None,
        "may_submit": mine and is_step(record.state, ReviewState.SUBMITTED),
        "may_correct": mine,
        "may_decide": allowed(Can.DECIDE_OUTCOMES) and record.state is ReviewState.SUBMITTED,
        "submission": describe(SubmissionSchema()),
        "decision": describe(OutcomeDecisionSchema()),
        "given": {"idempotency_key": uuid4().hex},
        "errors": {},
        "asked": {},
        "today": today(),
    }


def first_values(record: DeploymentRecord) -> dict[str, Any]:
    """What the form holds at first: the indicator chosen, and the period that is most likely."""
    given: dict[str, Any] = {"idempotency_key": uuid4().hex}
    old = request.args.get("corrects", "")
    if old:
        outcome = readable_outcome(old).outcome
        schema = OutcomeReportSchema(exclude=("submit", "corrects", "reason"))
        return {**given, **schema.dump(outcome), "corrects": outcome.key}
    slug = request.args.get("indicator", "")
    chosen = next((it for it in indicators_of(record) if it.slug == slug), None)
    if chosen is None:
        return given
    own = next(
        (it for it in lines_of(record.when, deployment=record.deployment, indicator=chosen)), None
    )
    has_baseline = own is not None and own.baseline is not None
    kind = OutcomeKind.MEASUREMENT if has_baseline else OutcomeKind.BASELINE
    begin, end = likely_period(record, kind, own.measurement if own else None)
    return given | {
        "indicator": chosen.slug,
        "kind": kind.value,
        "counting": chosen.counting[0] if len(chosen.counting) == 1 else "",
        "begins_on": begin.isoformat(),
        "ends_on": end.isoformat(),
    }


def likely_period(
    record: DeploymentRecord, kind: OutcomeKind, last: OutcomeRecord | None
) -> tuple[date, date]:
    """The year before the installation, or from the last measurement to the end of last month."""
    stood = installed_on(record.deployment) or record.site.selected_on
    if kind is OutcomeKind.BASELINE:
        return stood.replace(year=stood.year - 1, day=min(stood.day, 28)), stood - timedelta(days=1)
    begin = last.ends_on + timedelta(days=1) if last else stood
    end = today().replace(day=1) - timedelta(days=1)
    return begin, end if end >= begin else max(begin, today())


def indicators_of(record: DeploymentRecord) -> list[Indicator]:
    """The indicators that a deployment can be measured by."""
    return list(db.session.scalars(find_indicators(solution=record.solution)))


def kept(given: dict[str, Any]) -> dict[str, Any]:
    """The form as it was filled in, with the key that makes it count once."""
    key = request.form.get("idempotency_key", "")
    return {name: value for name, value in given.items() if name != "deployment"} | {
        "idempotency_key": key
    }


def ask(record: DeploymentRecord, given: dict[str, Any], errors: dict[str, Any]) -> str:
    """The form for the indicator that is chosen, or the choice of one."""
    offered = indicators_of(record)
    chosen = next((it for it in offered if it.slug == given.get("indicator")), None)
    form = describe(OutcomeReportSchema())
    if chosen:
        form["counting"]["options"] = [(it.value, word(it)) for it in chosen.methods]
    return render_template(
        "tracker/outcome_form.html",
        item=record,
        offered=offered,
        chosen=chosen,
        is_mean=chosen is not None and chosen.kind is IndicatorKind.MEAN,
        form=form,
        part_form=describe(OutcomePartSchema()),
        given=given,
        errors=errors,
        passing_by=Counting.PASSING_BY,
    )


ROUTES = [
    Route("get", "/outcomes/{slug}", None, OutcomeToldSchema, _l("Show one: outcome"), WhenFilters),
    Route(
        "post",
        "/deployments/{slug}/outcomes",
        OutcomeReportSchema,
        OutcomeToldSchema,
        _l("Draft or submit an outcome of one's own site"),
    ),
    Route(
        "post",
        "/outcomes/{slug}/submission",
        SubmissionSchema,
        OutcomeToldSchema,
        _l("Submit an outcome to the ministry"),
    ),
    Route(
        "post",
        "/outcomes/{slug}/decision",
        OutcomeDecisionSchema,
        OutcomeToldSchema,
        _l("Approve or return an outcome"),
    ),
]
