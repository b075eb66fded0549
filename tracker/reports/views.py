"""Routes of the monthly report: writing it, returning and approving it, and who is silent."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from flask import abort, flash, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import NotFound

from common.api import Route
from common.dated import dated
from common.db import db
from common.facts import WhenFilters, today
from common.permissions import Can, allowed, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.schema import describe
from common.web import Refused, asked, for_machine, read, reply, saved, sent
from tracker.reports.facts import facts_of, first_lines, month_faults
from tracker.reports.line_forms import by_control, labels, rows_by_deployment
from tracker.reports.months import counted_on, month_before, month_name, month_of
from tracker.reports.reporting import MonthSchema, ReportingFilters, reporting
from tracker.reports.reports import (
    STEPS,
    ApprovalSchema,
    Report,
    ReportEntrySchema,
    ReportLineSchema,
    ReportState,
    ReturnSchema,
    day_asked,
    find_reports,
    may_write,
)
from tracker.reports.told import WholeReportSchema, report_records
from tracker.rollout import SiteRecord
from tracker.sites import Site
from tracker.views import SITES, bp

CONFLICT = 409


@bp.get("/reporting")
@requires(Can.READ)
@dated
def reporting_month() -> ResponseReturnValue:
    """Which sites have told of a month, and which are silent."""
    filters = asked(ReportingFilters())
    found, beside = reporting(**filters), {"today": today()}
    return reply("tracker/reporting.html", MonthSchema(), found, lambda: beside, asked=filters)


@bp.get("/sites/<slug>/reports/<month>")
@requires(Can.READ)
@dated
def report(slug: str, month: str) -> ResponseReturnValue:
    """The report of a month: a form for the site's officer, what it says for everybody else."""
    when = asked(WhenFilters())
    record: SiteRecord = one_of(SITES, slug)
    first = month_named(month)
    found = report_records(
        db.session.scalars(find_reports(site=record.site, month=first, **when)).all(), **when
    )
    if found:
        return reply(
            "tracker/report.html",
            WholeReportSchema(),
            found[0],
            lambda: page_of(record, first),
            asked=when,
        )
    writes = may_write(g.who, record.site) and not day_asked(**when)
    wrong = month_faults(record.site, first, counted_on(first))
    if for_machine() or wrong or not writes:
        sentences = wrong.get("month") or [_("There is no report of this month.")]
        raise NotFound(str(sentences[0]))
    return render_template("tracker/report.html", item=None, **page_of(record, first))


def page_of(
    record: SiteRecord,
    month: date,
    given: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What the page shows besides the report: the form, as it begins or as it was sent."""
    stored = report_of(record.site, month)
    state = stored.state if stored else None
    writes = may_write(g.who, record.site) and ReportState.SUBMITTED in STEPS[state]
    begun = {"lines": first_lines(record.site, month)} if writes and stored is None else {}
    given = given or begun_with(stored) or begun
    deployments = [it.deployment for it in record.deployments]
    known = {it.deployment.slug: it for it in record.deployments}
    return {
        "site": record,
        "month": month,
        "last": month_before(month),
        "known": known,
        "form": describe(ReportEntrySchema()),
        "line_form": describe(ReportLineSchema()),
        "return_form": describe(ReturnSchema()),
        "labels": labels(ReportEntrySchema(), ReportLineSchema(), deployments),
        "given": {"idempotency_key": uuid4().hex} | given,
        "rows": rows_by_deployment(given.get("lines"), deployments),
        "errors": {},
        "returned": {},
        "may_write": writes,
        "may_decide": allowed(Can.DECIDE) and ReportState.APPROVED in STEPS[state],
        "usual_day": counted_on(month),
        "key": uuid4().hex,
        "today": today(),
    } | more


def begun_with(stored: Report | None) -> dict[str, Any]:
    """The stored report as a form would send it; nothing where there is none."""
    if stored is None:
        return {}
    return {
        "version": stored.version,
        "on": stored.on.isoformat(),
        "lines": stored.lines,
        "note": stored.note or "",
    }


@bp.post("/sites/<slug>/reports/<month>")
@requires(Can.REPORT_PROGRESS)
@once
def write_report(slug: str, month: str) -> ResponseReturnValue:
    """Save the month's report of one's own site as a draft, or submit it."""
    record: SiteRecord = one_of(SITES, slug)
    first = month_named(month)
    if not may_write(g.who, record.site):
        refuse()
    stored = report_of(record.site, first)
    try:
        values = read(ReportEntrySchema())
        if (stored.version if stored else None) != values["version"]:
            return conflict(record, stored, first)
        entry = entered(record.site, stored, first, values)
    except Refused as refused:
        if for_machine():
            raise
        return again(record, stored, first, refused.errors), 422
    try:
        entry.take(values["step"], g.who)
        db.session.add(entry)
        answer = told(entry, new=stored is None)
    except (StaleDataError, IntegrityError):
        db.session.rollback()
        return conflict(one_of(SITES, slug), report_of(record.site, first), first)
    draft = values["step"] is ReportState.DRAFT
    flash(
        _("Saved as draft. Nobody else reads it until you submit it.")
        if draft
        else _("Submitted. It was entered once, however often it was sent.")
    )
    return answer


def entered(site: Site, stored: Report | None, month: date, values: dict[str, Any]) -> Report:
    """The report with what was sent in it. Raises Refused where a rule is broken."""
    given = sent(ReportEntrySchema())
    if values["step"] not in STEPS[stored.state if stored else None]:
        sentence = _("It lies with the ministry; ask there to have it returned.")
        raise Refused({"step": [sentence]}, given)
    on = values["on"] or counted_on(month)
    wrong = month_faults(site, month, on)
    if wrong:
        raise Refused(wrong, given)
    said = {"on": on, "lines": values["lines"], "note": values["note"]}
    slug = f"{site.slug[:70].strip('-')}-{month_name(month)}"
    trial = Report(slug=slug, site=site, month=month, **said)
    if values["step"] is ReportState.SUBMITTED:
        errors = facts_of(trial, g.who).errors
        if errors:
            raise Refused({"lines": {str(place): it for place, it in errors.items()}}, given)
    if stored is None:
        return trial
    stored.change(**said)
    return stored


def again(
    record: SiteRecord, stored: Report | None, month: date, errors: dict[str, Any], **more: Any
) -> str:
    """The form once more, as it was filled in, with a sentence beside each wrong field."""
    key = {"idempotency_key": request.form.get("idempotency_key", "")}
    given = sent(ReportEntrySchema()) | key
    found = report_records([stored])[0] if stored else None
    page = page_of(record, month, given, errors=by_control(errors), **more)
    return render_template("tracker/report.html", item=found, asked={}, **page)


def conflict(record: SiteRecord, stored: Report | None, month: date) -> ResponseReturnValue:
    """Somebody was faster: both versions, and mine ready to be sent again."""
    mine = sent(ReportEntrySchema())
    theirs = begun_with(stored)
    if for_machine():
        title = _("Somebody changed this report meanwhile. Nothing was overwritten.")
        return jsonify(status=CONFLICT, title=title, yours=mine, stored=theirs), CONFLICT
    names = labels(
        ReportEntrySchema(), ReportLineSchema(), [it.deployment for it in record.deployments]
    )
    fresh = {"version": theirs.get("version"), "idempotency_key": uuid4().hex}
    found = report_records([stored])[0] if stored else None
    page = page_of(record, month, mine | fresh, differing=differing(record, theirs, mine, names))
    return render_template("tracker/report.html", item=found, asked={}, **page), CONFLICT


def differing(
    record: SiteRecord, stored: dict[str, Any], mine: dict[str, Any], names: dict[str, str]
) -> list[tuple[str, str, str]]:
    """The fields that two versions tell differently: what it is called, mine and the stored one."""
    deployments = [it.deployment for it in record.deployments]
    sides = []
    for given in (mine, stored):
        told = {name: given.get(name) for name in ("on", "note")}
        for place, row in enumerate(rows_by_deployment(given.get("lines"), deployments)):
            told |= {f"lines-{place}-{name}": row.get(name) for name in row}
        sides.append({name: str(it) for name, it in told.items() if it not in (None, "", False)})
    return [
        (label, sides[0].get(name, ""), sides[1].get(name, ""))
        for name, label in names.items()
        if name != "version" and sides[0].get(name, "") != sides[1].get(name, "")
    ]


@bp.post("/sites/<slug>/reports/<month>/returned")
@requires(Can.DECIDE)
@once
def return_report(slug: str, month: str) -> ResponseReturnValue:
    """Send a submitted report back with a sentence about what is to be mended."""
    return decide(slug, month, ReportState.RETURNED)


@bp.post("/sites/<slug>/reports/<month>/approved")
@requires(Can.DECIDE)
@once
def approve_report(slug: str, month: str) -> ResponseReturnValue:
    """Approve a submitted report: what is new in it becomes dated facts."""
    return decide(slug, month, ReportState.APPROVED)


def decide(slug: str, month: str, step: ReportState) -> ResponseReturnValue:
    """Return or approve the report of a month."""
    record: SiteRecord = one_of(SITES, slug)
    stored = report_of(record.site, month_named(month))
    if stored is None:
        raise NotFound(_("There is no report of this month."))
    schema = ReturnSchema() if step is ReportState.RETURNED else ApprovalSchema()
    try:
        values = read(schema)
        if step not in STEPS[stored.state]:
            abort(CONFLICT, _("Only a submitted report is decided. Open it to see where it is."))
        if values["version"] != stored.version:
            abort(CONFLICT, _("The report was changed meanwhile. Read it again, then decide."))
        if step is ReportState.APPROVED:
            adopt(stored)
    except Refused as refused:
        if for_machine():
            raise
        found = report_records([stored])[0]
        returned = {"given": refused.given, "errors": by_control(refused.errors), "step": step}
        page = page_of(record, stored.month, returned=returned)
        return render_template("tracker/report.html", item=found, asked={}, **page), 422
    stored.take(step, g.who, values["comment"])
    flash(
        _("Returned. The site sees your sentence on top of its report.")
        if step is ReportState.RETURNED
        else _("Approved. What is new in it shows from now on as dated facts.")
    )
    return told(stored, new=False)


def adopt(stored: Report) -> None:
    """Make the facts of a report. Raises Refused where they don't fit what stands by now."""
    submitter = next(it.by for it in stored.steps[::-1] if it.what is ReportState.SUBMITTED)
    wrong = month_faults(stored.site, stored.month, stored.on)
    made = facts_of(stored, submitter)
    if made.errors:
        wrong["lines"] = {str(place): it for place, it in made.errors.items()}  # type: ignore[assignment]
    if wrong:
        raise Refused(wrong, {})
    db.session.add_all([fact for _line, _name, fact in made.facts])


def report_of(site: Site, month: date) -> Report | None:
    """The report of `month` at `site`; None where nobody began one."""
    query = select(Report).where(Report.site_id == site.id, Report.month == month)
    return db.session.scalar(query)


def month_named(name: str) -> date:
    """The month of an address. Raises NotFound with the way on."""
    try:
        return month_of(name)
    except ValueError:
        raise NotFound(_("There is no such month; write it as 2026-10.")) from None


def told(entry: Report, *, new: bool) -> ResponseReturnValue:
    """Commit, then to the page of the report or its JSON."""
    db.session.flush()
    record = report_records([entry])[0]
    where = url_for(".report", slug=entry.site.slug, month=month_name(entry.month))
    return saved(WholeReportSchema(), record, where, new=new)


ROUTES = [
    Route("get", "/reporting", None, MonthSchema, _l("Who reported a month"), ReportingFilters),
    Route(
        "get",
        "/sites/{slug}/reports/{month}",
        None,
        WholeReportSchema,
        _l("The report of a month"),
        WhenFilters,
    ),
    Route(
        "post",
        "/sites/{slug}/reports/{month}",
        ReportEntrySchema,
        WholeReportSchema,
        _l("Save or submit the report of a month"),
    ),
    Route(
        "post",
        "/sites/{slug}/reports/{month}/returned",
        ReturnSchema,
        WholeReportSchema,
        _l("Return a report"),
    ),
    Route(
        "post",
        "/sites/{slug}/reports/{month}/approved",
        ApprovalSchema,
        WholeReportSchema,
        _l("Approve a report"),
    ),
]
