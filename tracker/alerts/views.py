"""Routes of early warning: the inbox and its files, one alert, the rules in words, the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from flask import Response, flash, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from accounts.organisations import Organisation
from common.api import Route
from common.dated import dated
from common.db import db
from common.facts import When, WhenFilters, today
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.resource import Resource
from common.rows import FILE_TYPES, write
from common.schema import Schema, describe
from common.web import Refused, asked, for_machine, page_asked, read, reply, saved
from tracker.alerts.digest import MailSchema, find_mails
from tracker.alerts.handling import AlertState, AlertStep, AlertStepSchema, StepToldSchema, take
from tracker.alerts.inbox import (
    AlertFilters,
    AlertRecord,
    AlertToldSchema,
    WholeAlertSchema,
    inbox,
    narrowed,
    one_alert,
    steps_of,
    waiting,
    without_each,
)
from tracker.alerts.rules import RULES, RuleName, RuleSchema
from tracker.checklists.compliance_views import RowPages
from tracker.municipalities import MunicipalityCode
from tracker.reports.begun import reporting_begun
from tracker.rollout import find_sites
from tracker.rounds import Round
from tracker.sites import Site
from tracker.views import bp

ALERTS = Resource(
    one="alert",
    many="alerts",
    model=AlertStep,
    schema=AlertToldSchema,
    filters=AlertFilters,
    alone=False,
)


class CountSchema(Schema):
    """How many alerts wait for whoever asks."""

    open = fields.Integer()


class RulesSchema(Schema):
    """All rules."""

    items = fields.List(fields.Nested(RuleSchema))


@bp.get("/alerts")
@requires(Can.READ_ALERTS)
@dated
def alerts() -> ResponseReturnValue:
    """What the rules find as of a day: one's own first, for the ministry all alike."""
    filters = asked(AlertFilters())
    number, size = page_asked()
    found = inbox(filters, g.who)
    rows = narrowed(found, filters)
    page = RowPages(page=number, per_page=size, max_per_page=None, error_out=False, rows=rows)

    def beside() -> dict[str, Any]:
        sites = db.session.scalars(find_sites(track=filters["track"])).all()
        owners = select(Organisation).where(Organisation.id.in_({it.owner.id for it in found}))
        return {
            "it": ALERTS,
            "asked": filters,
            "waiting": len(waiting(found)),
            "rules": counted(found, "name", RuleName),
            "states": counted(found, "state", AlertState),
            "all_sites": sites,
            "unreported": rounds_without_reports(sites, When.of(**dates_of(filters))),
            "all_owners": db.session.scalars(owners.order_by(Organisation.slug)).all(),
            "all_provinces": provinces(),
            "without": {} if rows else without_each(found, filters),
            "today": today(),
        }

    return reply("tracker/alerts/alerts.html", AlertToldSchema(), page, beside)


def dates_of(filters: dict[str, Any]) -> dict[str, Any]:
    """The two dates among `filters`."""
    return {name: filters.get(name) for name in ("as_of", "known_on")}


def rounds_without_reports(sites: Iterable[Site], when: When) -> list[Round]:
    """The rounds of `sites` in which nobody counts as silent, since no month was reported yet."""
    begun = reporting_begun(when)
    rounds = {it.round.id: it.round for it in sites if it.selected_on <= when.as_of}
    return [it for id_, it in rounds.items() if id_ not in begun]


def counted(found: list[AlertRecord], name: str, kind: Any) -> dict[Any, int]:
    """How many of `found` there are of each value of an enum."""
    values = [getattr(it, name) for it in found]
    return {value: values.count(value) for value in kind}


def provinces() -> list[tuple[str, str]]:
    """Every province with its two names, by the Korean one."""
    names = select(MunicipalityCode.province_ko, MunicipalityCode.province_en).distinct()
    return [(it[0], it[1]) for it in db.session.execute(names.order_by(*names.selected_columns))]


@bp.get(f"/alerts.<any({','.join(FILE_TYPES)}):kind>")
@requires(Can.READ_ALERTS)
@dated
def alerts_file(kind: str) -> Response:
    """The inbox to take away."""
    filters = asked(AlertFilters())
    return write(kind, "alerts", AlertToldSchema(), narrowed(inbox(filters, g.who), filters))


@bp.get("/alerts/count")
@requires(Can.READ_ALERTS)
def alert_count() -> ResponseReturnValue:
    """How many alerts wait for whoever asks, for the mark in the menu."""
    asked(Schema())
    filters = AlertFilters().load({})
    answer = jsonify(CountSchema().dump({"open": len(waiting(inbox(filters, g.who)))}))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.get("/alerts/rules")
@requires(Can.READ)
def alert_rules() -> ResponseReturnValue:
    """Every rule in words, with its thresholds, how it is counted, and who has to act."""
    asked(Schema())
    told = {"items": list(RULES.values())}
    return reply("tracker/alerts/rules.html", RulesSchema(), told)


@bp.get("/alerts/<slug>")
@requires(Can.READ_ALERTS)
@dated
def alert(slug: str) -> ResponseReturnValue:
    """One alert: the facts behind it, who has to act, and what was done about it."""
    when = asked(WhenFilters())
    it = named(slug, When.of(**when))
    if for_machine():
        steps = steps_of(slug, When.of(**when)) if it.readable else []
        told = WholeAlertSchema(exclude=["steps"]).dump(it)
        return jsonify(told | {"steps": StepToldSchema().dump(steps, many=True)})
    return page(it, when, {"idempotency_key": uuid4().hex}, {})


@bp.post("/alerts/<slug>/steps")
@requires(Can.HANDLE_ALERTS)
@once
def add_alert_step(slug: str) -> ResponseReturnValue:
    """Acknowledge an alert, put it off until a day, or open it again, with a reason."""
    it = named(slug, When.of())
    if not it.handles:
        refuse()
    try:
        values = read(AlertStepSchema())
    except Refused as refused:
        if for_machine():
            raise
        key = {"idempotency_key": request.form.get("idempotency_key", "")}
        return page(it, {}, dict(refused.given) | key, refused.errors), 422
    step = take(it.alert, values, g.who)
    flash(_("It is noted, with your reason. What the alert warns of is still to be mended."))
    return saved(StepToldSchema(), step, url_for(".alert", slug=slug), new=True)


def named(slug: str, when: When) -> AlertRecord:
    """The alert that an address names. Raises NotFound with the way on."""
    found = one_alert(slug, when, g.who)
    if found is None:
        raise NotFound(_("There is no such alert on this day. What it warned of may be mended."))
    return found


def page(
    it: AlertRecord, when: dict[str, Any], given: dict[str, Any], errors: dict[str, Any]
) -> str:
    """The page of an alert, with the form as it was filled in."""
    return render_template(
        "tracker/alerts/alert.html",
        item=it,
        asked=when,
        steps=steps_of(it.key, When.of(**when)) if it.readable else [],
        form=describe(AlertStepSchema()),
        given=given,
        errors=errors,
        today=today(),
    )


@bp.get("/outbox")
@requires(Can.READ_OUTBOX)
def outbox() -> ResponseReturnValue:
    """The weekly mails: those sent, and those kept because no mail server is set."""
    asked(Schema())
    number, size = page_asked()
    mails = db.paginate(find_mails(), page=number, per_page=size, error_out=False)
    return reply("tracker/alerts/outbox.html", MailSchema(), mails)


ROUTES = [
    Route("get", "/alerts/count", None, CountSchema, _l("How many alerts wait for you")),
    Route("get", "/alerts/rules", None, RulesSchema, _l("The rules of early warning")),
    Route(
        "get",
        "/alerts/{slug}",
        None,
        WholeAlertSchema,
        _l("One alert with the facts behind it"),
        WhenFilters,
    ),
    Route(
        "post",
        "/alerts/{slug}/steps",
        AlertStepSchema,
        StepToldSchema,
        _l("Acknowledge an alert, put it off or open it again"),
    ),
    Route("get", "/outbox", None, MailSchema, _l("The weekly mails of early warning")),
]
