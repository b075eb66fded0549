"""Routes that tell a fact of a deployment: a quantity, or a change of state."""

from __future__ import annotations

from typing import Any

from flask import flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from common.api import Route
from common.db import db
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.schema import Schema
from common.web import Refused, for_machine, read, refuse_if, saved
from tracker.facets import deployment_page
from tracker.progress import ProgressSchema, QuantityReportSchema, QuantitySchema, report_quantity
from tracker.quantity_rules import quantity_faults
from tracker.rollout import DeploymentRecord
from tracker.sites import may_report
from tracker.state_rules import StateChangeSchema, change_faults, tell_state
from tracker.views import DEPLOYMENTS, bp


@bp.post("/deployments/<slug>/quantities")
@requires(Can.REPORT_QUANTITY)
@once
def add_quantity(slug: str) -> ResponseReturnValue:
    """Report a quantity of one's own site: a new dated fact."""
    record = own_deployment(slug)
    try:
        fact = report_quantity(record.deployment, read(QuantityReportSchema()), g.who)
        refuse_if(quantity_faults({0: fact}).get(0), QuantityReportSchema())
    except Refused as refused:
        return again(record, refused, "given", "errors")
    flash(_("Your report is saved. It shows from now on, with its day and your organisation."))
    return kept(QuantitySchema(), fact, slug)


@bp.post("/deployments/<slug>/states")
@requires(Can.REPORT_PROGRESS)
@once
def add_state(slug: str) -> ResponseReturnValue:
    """Tell that a deployment of one's own site reached another state: a new dated fact."""
    record = own_deployment(slug)
    try:
        fact = tell_state(record.deployment, read(StateChangeSchema()), g.who)
        refuse_if(change_faults(fact).get(0), StateChangeSchema())
    except Refused as refused:
        return again(record, refused, "state_given", "state_errors")
    flash(_("The change of state is saved, with your reason, its day and your organisation."))
    return kept(ProgressSchema(), fact, slug)


def own_deployment(slug: str) -> DeploymentRecord:
    """What is known of a deployment at one's own site. Raises NotFound, and Forbidden at others."""
    record: DeploymentRecord = one_of(DEPLOYMENTS, slug)
    if not may_report(g.who, record.site):
        refuse()
    return record


def again(
    record: DeploymentRecord, refused: Refused, given: str, errors: str
) -> ResponseReturnValue:
    """The page once more, its form as it was filled in, with a sentence beside each wrong field."""
    if for_machine():
        raise refused
    key = {"idempotency_key": request.form.get("idempotency_key", "")}
    page = deployment_page(record, {}) | {given: {**refused.given, **key}, errors: refused.errors}
    return render_template(
        "tracker/deployment.html", item=record, it=DEPLOYMENTS, asked={}, **page
    ), 422


def kept(schema: Schema, fact: Any, slug: str) -> ResponseReturnValue:
    """Commit, then to the page of the deployment or the JSON of the fact."""
    db.session.add(fact)
    # The form's address ends in the form; what is said after saving stands at the top.
    where = url_for(".deployment", slug=slug, _anchor=None if for_machine() else "top")
    return saved(schema, fact, where, new=True)


ROUTES = [
    Route(
        "post",
        "/deployments/{slug}/quantities",
        QuantityReportSchema,
        QuantitySchema,
        _l("Report a quantity of one's own site"),
    ),
    Route(
        "post",
        "/deployments/{slug}/states",
        StateChangeSchema,
        ProgressSchema,
        _l("Tell a change of state at one's own site"),
    ),
]
