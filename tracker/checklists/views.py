"""Routes of the checklists: reading, taking away and answering them."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from itertools import chain
from typing import Any
from uuid import uuid4

from flask import Response, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import select

from catalog.guidelines import Level, Stage
from common.api import Route
from common.dated import dated
from common.db import db
from common.facts import When, WhenFilters, today
from common.locale import word
from common.permissions import Can, allowed, refuse, requires
from common.receipts import KeyUsed, once
from common.resource import Resource, dates, one_of
from common.rows import FILE_TYPES, write
from common.schema import Choice, Ref, describe
from common.web import Refused, asked, for_machine, problem, read, reply, saved, sent
from tracker.checklists.adherence import Checklist, entries_of
from tracker.checklists.checklists import (
    SAID,
    AnswerSchema,
    AnswersSchema,
    Check,
    CheckResult,
    answer,
    does_not_bind,
    said_by,
    standing_answers,
)
from tracker.checklists.told import (
    CheckListSchema,
    ChecklistSchema,
    EntrySchema,
    check_records,
)
from tracker.deployments import Deployment
from tracker.sites import may_report
from tracker.views import DEPLOYMENTS, bp


class ChecklistFilters(WhenFilters):
    """What a checklist can be narrowed to."""

    stage = fields.List(Choice(Stage), metadata={"label": _l("Stage")})
    level = fields.List(Choice(Level), metadata={"label": _l("Level")})
    result = fields.List(Choice(CheckResult), metadata={"label": _l("Answer")})


def checklist_of(slug: str, filters: Mapping[str, Any]) -> Checklist:
    """The checklist of the deployment that `slug` names, narrowed by `filters`."""
    record = one_of(DEPLOYMENTS, slug, **dates(filters))
    entries = entries_of([record.deployment], record.when)
    shown = [
        entry
        for entry in entries
        if all(
            getattr(entry, name) in filters[name]
            for name in ("stage", "level", "result")
            if filters.get(name)
        )
    ]
    return Checklist(record.deployment, record.when, record.state, entries, shown)


@bp.get("/deployments/<slug>/checklist")
@requires(Can.READ)
@dated
def checklist(slug: str) -> ResponseReturnValue:
    """What a deployment is held against, and how it answers, as of a date."""
    filters = asked(ChecklistFilters())
    item = checklist_of(slug, filters)
    return reply(
        "tracker/checklist.html",
        ChecklistSchema(),
        item,
        lambda: form_page(item, {}, {}),
        asked=filters,
    )


@bp.get(f"/deployments/<slug>/checklist.<any({','.join(FILE_TYPES)}):kind>")
@requires(Can.READ)
@dated
def checklist_file(slug: str, kind: str) -> Response:
    """The checklist to take away; filled in, `flask load checks` brings it back."""
    item = checklist_of(slug, asked(ChecklistFilters()))
    return write(kind, f"checklist-{slug}", EntrySchema(), item.shown)


def form_page(item: Checklist, given: Mapping[str, Any], errors: Mapping[str, Any]) -> Any:
    """What only the page of a checklist shows: the form, what was filled in and what is wrong."""
    is_now = item.when.as_of == today() and item.when.known_on is None
    may = allowed(Can.ANSWER_CHECKLISTS) and may_report(g.who, item.deployment.site)
    form = describe(AnswerSchema())
    numbers = {entry.item.key: n for n, entry in enumerate(chain(*item.by_stage.values()))}
    rows = given.get("checks", [])
    wrong = by_item(rows, errors.get("checks"))
    return {
        "it": CHECKLIST,
        "may_answer": may and is_now,
        "may_decide": allowed(Can.DECIDE_DEVIATIONS),
        "form": form,
        "numbers": numbers,
        "given": {row.get("item"): row for row in rows},
        "wrong": wrong,
        "mistakes": mistakes(wrong, numbers, form) | general(errors),
        "day": given.get("on") or today().isoformat(),
        "key": given.get("idempotency_key"),
        "fresh": uuid4().hex,
        "levels": list(Level),
        "stages": list(Stage),
        "results": list(CheckResult),
        "today": today(),
    }


def by_item(rows: list[dict[str, str]], errors: Any) -> dict[str, Any]:
    """The sentences about each line that was sent, by the key of its item."""
    if not isinstance(errors, Mapping):
        return {}
    return {rows[int(place)].get("item", ""): texts for place, texts in errors.items()}


def mistakes(
    wrong: Mapping[str, Any], numbers: Mapping[str, int], form: Mapping[str, Any]
) -> dict[str, tuple[str, Any]]:
    """What to mend, by the control that it is about: its label, empty where none is on the page."""
    found = {}
    for key, texts in wrong.items():
        for name, sentences in texts.items():
            is_there = key in numbers and name in SAID
            control = f"checks-{numbers[key]}-{name}" if is_there else key
            label = f"{key}, {form[name]['label']}" if is_there else ""
            found[control] = (label, sentences if is_there else [f"{key}: {sentences[0]}"])
    return found


def general(errors: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """What to mend that is about no single item."""
    found = {"on": ("", errors["on"])} if "on" in errors else {}
    told = errors.get("checks")
    return found | ({"checks": ("", told)} if told and not isinstance(told, Mapping) else {})


@bp.post("/deployments/<slug>/checks")
@requires(Can.ANSWER_CHECKLISTS)
def add_checks(slug: str) -> ResponseReturnValue:
    """Answer one or several items of one's own deployment: all or none."""
    deployment = one_of(DEPLOYMENTS, slug).deployment
    if not may_report(g.who, deployment.site):
        refuse()
    try:
        return answer_once(deployment)
    except KeyUsed:
        if for_machine():
            raise
        sentence = _("This form was saved before and says something else now. Save it again.")
        given = sent(AnswersSchema()) | {"idempotency_key": uuid4().hex}
        return again(deployment, given, {"on": [sentence]}, 422)


@once
def answer_once(deployment: Deployment) -> ResponseReturnValue:
    """Take the answers that were sent, or show the form again as it was filled in."""
    given = sent(AnswersSchema())
    if not for_machine():
        given["idempotency_key"] = request.form.get("idempotency_key", "")
        given["checks"] = filled_in(given.get("checks", []))
    try:
        with Ref.remembering():
            values = read(AnswersSchema(), {n: given[n] for n in given if n != "idempotency_key"})
        only_what_binds(deployment, values["checks"])
    except Refused as refused:
        return again(deployment, given, refused.errors, 422)
    late = answered_meanwhile(deployment, values["checks"])
    if late:
        return again(deployment, given, {"checks": late}, 409)
    checks = answer(deployment, values["on"], values["checks"], g.who)
    flash(_("Your answers are saved. They show from now on, with their day and your organisation."))
    stage = None if for_machine() else f"stage-{checks[0].item.stage.value}"
    where = url_for(".checklist", slug=deployment.slug, _anchor=stage)
    db.session.flush()
    return saved(CheckListSchema(), {"checks": check_records(checks)}, where, new=True)


def filled_in(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The lines of the form that say something else than when it was opened."""
    seen = {row.get("seen", "") for row in rows} - {""}
    known = {it.key: it for it in db.session.scalars(select(Check).where(Check.key.in_(seen)))}
    found = []
    for row in rows:
        told = {name: row.get(name, "").replace("\r\n", "\n").strip() for name in SAID}
        if any(told.values()) and told != said_by(known.get(row.get("seen", ""))):
            found.append(row)
    return found


def only_what_binds(deployment: Deployment, answers: list[dict[str, Any]]) -> None:
    """Raises Refused for an item that the deployment is not held against."""
    held = {entry.item.id for entry in entries_of([deployment], When.of())}
    wrong = {
        place: {"item": [does_not_bind()]}
        for place, it in enumerate(answers)
        if it["item"].id not in held
    }
    if wrong:
        raise Refused({"checks": wrong}, {})


def answered_meanwhile(deployment: Deployment, answers: list[dict[str, Any]]) -> dict[str, Any]:
    """A sentence for each answer whose writer did not see the one that stands."""
    stand = standing_answers(deployment, today())
    late = {}
    for place, it in enumerate(answers):
        stands, seen = stand.get(it["item"].id), it.pop("seen")
        if stands and seen is not None and seen != stands.key:
            sentence = _(
                "Somebody answered this meanwhile: %(answer)s, for %(day)s. "
                "Nothing was overwritten; save again to put yours in its place.",
                answer=word(stands.result),
                day=stands.on.isoformat(),
            )
            late[str(place)] = {"result": [sentence]}
    return late


def again(
    deployment: Deployment, given: dict[str, Any], errors: Mapping[str, Any], status: int
) -> ResponseReturnValue:
    """The checklist once more, as it was filled in, with a sentence beside what is wrong."""
    if for_machine():
        if status == HTTPStatus.CONFLICT:
            title = _("Somebody changed this meanwhile. Nothing was overwritten.")
            return problem(status, title, errors)
        raise Refused(errors, given)
    item = checklist_of(deployment.slug, {})
    page = form_page(item, given, errors)
    return render_template("tracker/checklist.html", item=item, asked={}, **page), status


CHECKLIST = Resource(
    one="line", many="checklist", model=Check, schema=EntrySchema, filters=ChecklistFilters
)
ROUTES = [
    Route(
        "get",
        "/deployments/{slug}/checklist",
        None,
        ChecklistSchema,
        _l("What a deployment is held against, and how it answers"),
        ChecklistFilters,
    ),
    Route(
        "get",
        "/deployments/{slug}/checklist.{kind}",
        None,
        EntrySchema,
        _l("The checklist of a deployment as a file"),
        ChecklistFilters,
    ),
    Route(
        "post",
        "/deployments/{slug}/checks",
        AnswersSchema,
        CheckListSchema,
        _l("Answer items of one's own checklist"),
    ),
]
