"""Routes of the plan: its page, and proposing and deciding a revision."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import abort, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from common.api import Route
from common.dated import dated
from common.db import db
from common.facts import WhenFilters, today
from common.permissions import Can, allowed, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.schema import describe
from common.web import Refused, asked, for_machine, read, refuse_if, reply, saved
from tracker.monitor.axes import quantity_axis
from tracker.plan.plans import Plan, PlanSchema, plan_of
from tracker.plan.revision_facts import changes_of, facts_of, revision_faults
from tracker.plan.revisions import (
    DecisionSchema,
    PlanRevision,
    ProposalSchema,
    RevisionLineSchema,
    RevisionSchema,
    RevisionState,
    may_propose,
    propose,
    revision_records,
)
from tracker.reports.line_forms import by_control, labels, rows_by_deployment
from tracker.views import SITES, bp

CONFLICT = 409


@bp.get("/sites/<slug>/plan")
@requires(Can.READ)
@dated
def plan(slug: str) -> ResponseReturnValue:
    """What a site planned, revised and did, deployment by deployment."""
    when = asked(WhenFilters())
    found = plan_of(one_of(SITES, slug, **when))
    return reply("tracker/plan.html", PlanSchema(), found, lambda: plan_page(found), asked=when)


def plan_page(found: Plan, given: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """What only the page shows: the forms, as they begin or as they were sent."""
    deployments = [line.record.deployment for line in found.lines]
    given = given or {"idempotency_key": uuid4().hex, "on": today().isoformat()}
    return {
        "known": {it.slug: it for it in deployments},
        "axis": quantity_axis([line.record for line in found.lines]),
        "form": describe(ProposalSchema()),
        "line_form": describe(RevisionLineSchema()),
        "decision_form": describe(DecisionSchema()),
        "labels": labels(ProposalSchema(), RevisionLineSchema(), deployments),
        "given": given,
        "rows": rows_by_deployment(given.get("lines"), deployments),
        "errors": {},
        "decided": {},
        "may_propose": may_propose(g.who, found.site),
        "may_decide": allowed(Can.DECIDE),
        "key": uuid4().hex,
        "today": today(),
    } | more


@bp.post("/sites/<slug>/revisions")
@requires(Can.PROPOSE_REVISION)
@once
def add_revision(slug: str) -> ResponseReturnValue:
    """Propose a change of one's own site's plan."""
    record = one_of(SITES, slug)
    if not may_propose(g.who, record):
        refuse()
    try:
        revision = propose(record.site, read(ProposalSchema()), g.who)
        refuse_if(revision_faults(revision), ProposalSchema())
    except Refused as refused:
        if for_machine():
            raise
        key = {"idempotency_key": request.form.get("idempotency_key", "")}
        found = plan_of(record)
        page = plan_page(found, {**refused.given, **key}, errors=by_control(refused.errors))
        return render_template("tracker/plan.html", item=found, asked={}, **page), 422
    revision.lines = [line for line in revision.lines if len(line) > 1]
    revision.changes = [change.told() for change in changes_of(revision)]
    db.session.add(revision)
    flash(_("Your proposal is saved. It becomes the plan when the ministry approves it."))
    return told(revision, new=True)


@bp.post("/revisions/<slug>/approved")
@requires(Can.DECIDE)
@once
def approve_revision(slug: str) -> ResponseReturnValue:
    """Approve a revision: what it changes becomes dated facts, and nothing is overwritten."""
    return decide(slug, RevisionState.APPROVED)


@bp.post("/revisions/<slug>/refused")
@requires(Can.DECIDE)
@once
def refuse_revision(slug: str) -> ResponseReturnValue:
    """Refuse a revision with a sentence; the plan stays as it is."""
    return decide(slug, RevisionState.REFUSED)


def decide(slug: str, state: RevisionState) -> ResponseReturnValue:
    """Decide the revision that `slug` names, once."""
    revision = revision_named(slug)
    if revision.state is not RevisionState.PROPOSED:
        abort(CONFLICT, _("This revision was decided already. Open the plan to see how."))
    try:
        comment = read(DecisionSchema())["comment"]
        if state is RevisionState.APPROVED:
            refuse_if(revision_faults(revision), DecisionSchema())
    except Refused as refused:
        if for_machine():
            raise
        found = plan_of(one_of(SITES, revision.site.slug))
        names = labels(ProposalSchema(), RevisionLineSchema(), lines_named(revision, found))
        decided = {
            "slug": slug,
            "given": refused.given,
            "errors": by_control(refused.errors),
            "labels": names,
        }
        page = plan_page(found, decided=decided)
        return render_template("tracker/plan.html", item=found, asked={}, **page), 422
    if state is RevisionState.APPROVED:
        changes = changes_of(revision)
        revision.changes = [change.told() for change in changes]
        db.session.add_all(facts_of(revision, changes).values())
    revision.decide(state, comment, g.who)
    flash(_("Decided. The site sees it with your sentence."))
    return told(revision, new=False)


def lines_named(revision: PlanRevision, found: Plan) -> list[Any]:
    """The deployments of a revision's lines, in their order."""
    known = {line.record.deployment.slug: line.record.deployment for line in found.lines}
    return [known[line["deployment"]] for line in revision.lines if line["deployment"] in known]


def revision_named(slug: str) -> PlanRevision:
    """The revision that `slug` names. Raises NotFound with the way on."""
    if not slug.isprintable():
        raise NotFound
    found = db.session.scalar(select(PlanRevision).where(PlanRevision.slug == slug))
    if found is None:
        raise NotFound(_("There is no “%(slug)s” here. Look for it in the list.", slug=slug))
    return found


def told(revision: PlanRevision, *, new: bool) -> ResponseReturnValue:
    """Commit, then to the plan of the site, or the revision's JSON."""
    db.session.flush()
    record = revision_records([revision])[0]
    where = url_for(".plan", slug=revision.site.slug)
    return saved(RevisionSchema(), record, where, new=new)


ROUTES = [
    Route("get", "/sites/{slug}/plan", None, PlanSchema, _l("The plan of a site"), WhenFilters),
    Route(
        "post",
        "/sites/{slug}/revisions",
        ProposalSchema,
        RevisionSchema,
        _l("Propose a revision of one's own site's plan"),
    ),
    Route(
        "post",
        "/revisions/{slug}/approved",
        DecisionSchema,
        RevisionSchema,
        _l("Approve a revision"),
    ),
    Route(
        "post", "/revisions/{slug}/refused", DecisionSchema, RevisionSchema, _l("Refuse a revision")
    ),
]
