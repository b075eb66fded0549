"""Routes of the money ledger: the page of a site's money, and recording an amount."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from common.api import Route
from common.dated import dated
from common.db import db
from common.facts import WhenFilters, today
from common.permissions import Can, allowed, refuse, requires
from common.receipts import once
from common.resource import one_of
from common.schema import describe
from common.web import Refused, asked, for_machine, read, reply, saved, sent
from tracker.money.ledger import Money, MoneyReportSchema, MoneyStage, as_reported
from tracker.money.rules import objections
from tracker.money.told import SETTLED, LedgerSchema, MoneyToldSchema, SiteLedger, site_ledger
from tracker.rollout import SiteRecord
from tracker.sites import Site, may_report
from tracker.views import MONEY, SITES, bp


@bp.get("/sites/<slug>/money")
@requires(Can.READ)
@dated
def site_money(slug: str) -> ResponseReturnValue:
    """The money of a site as of a day: amounts, sums, match, execution, refund and history."""
    when = asked(WhenFilters())
    ledger = site_ledger(one_of(SITES, slug, **when))
    return reply(
        "tracker/site_money.html", LedgerSchema(), ledger, lambda: money_page(ledger, when)
    )


@bp.post("/sites/<slug>/money")
@requires(Can.RECORD_MONEY)
@once
def add_money(slug: str) -> ResponseReturnValue:
    """Record an amount of one's own site: a new dated fact."""
    record = one_of(SITES, slug)
    if not may_report(g.who, record):
        refuse()
    try:
        row = amount_sent(record)
    except Refused as refused:
        if for_machine():
            raise
        return again(record, refused)
    db.session.add(row)
    flash(_("The amount is saved. It shows from now on, with its day and your organisation."))
    where = url_for(".site_money", slug=slug, _anchor=None if for_machine() else "top")
    return saved(MoneyToldSchema(), row, where, new=True)


def amount_sent(record: SiteRecord) -> Money:
    """The amount in the body of the request, checked, not yet added. Raises Refused."""
    values = read(MoneyReportSchema())
    # One at a time for a site, so that two amounts that came at once are held against each other.
    db.session.execute(select(Site.id).where(Site.id == record.id).with_for_update())
    row = as_reported(record.site, values, g.who)
    wrong = objections({0: row})
    if wrong:
        raise Refused(wrong[0], sent(MoneyReportSchema()))
    return row


def again(record: SiteRecord, refused: Refused) -> ResponseReturnValue:
    """The page with the form as it was sent, and a sentence beside each wrong field."""
    ledger = site_ledger(record)
    key = request.form.get("idempotency_key", "")
    page = money_page(ledger, {}) | {
        "given": dict(refused.given) | {"idempotency_key": key},
        "errors": refused.errors,
    }
    return render_template("tracker/site_money.html", item=ledger, **page), 422


def money_page(ledger: SiteLedger, when: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page shows: its form, and the rows to take away."""
    return {
        "it": MONEY,
        "asked": when,
        "settled": SETTLED,
        "all_stages": list(MoneyStage),
        "stages": {stage.value: stage for stage in MoneyStage},
        "may_record": allowed(Can.RECORD_MONEY) and may_report(g.who, ledger.record),
        "form": describe(MoneyReportSchema()),
        "given": {"idempotency_key": uuid4().hex, "on": today().isoformat()},
        "errors": {},
        "today": today(),
    }


ROUTES = [
    Route(
        "get",
        "/sites/{slug}/money",
        None,
        LedgerSchema,
        _l("The money of a site: amounts, sums, match, execution and refund"),
        WhenFilters,
    ),
    Route(
        "post",
        "/sites/{slug}/money",
        MoneyReportSchema,
        MoneyToldSchema,
        _l("Record an amount of money of one's own site"),
    ),
]
