"""Routes for choosing: compare, selector and memo, each with its JSON twin."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound

from catalog.choosing.choice import choose, coaches_of
from catalog.choosing.coaches import TownKind
from catalog.choosing.compare import CompareFilters, ComparisonSchema, comparison
from catalog.choosing.facets import problems_to_choose
from catalog.choosing.memo import Memo, workbook
from catalog.choosing.told import ChoiceSchema, CoachesSchema, MemoSchema
from catalog.choosing.wishes import HEAVIEST, LikeFilters, MemoFilters, WishFilters
from catalog.conditions import UNITS, YES_OR_NO, SiteFact
from catalog.effects.forest import ticks
from catalog.solutions import solutions_to_choose
from catalog.views import SOLUTIONS, bp
from common.api import Route
from common.dated import DATES, dated
from common.db import db
from common.facts import today
from common.locale import said, word
from common.permissions import Can, requires
from common.resource import one_of
from common.rows import MIME
from common.schema import describe
from common.web import PAGING, Refused, asked, for_machine, reply

ROUTES = [
    Route(
        "get",
        "/solutions/select/memo.xlsx",
        None,
        None,
        _l("The memo of one package"),
        MemoFilters,
    ),
    Route(
        "get",
        "/solutions/compare",
        None,
        ComparisonSchema,
        _l("Compare up to four solutions"),
        CompareFilters,
    ),
    Route(
        "get",
        "/solutions/select",
        None,
        ChoiceSchema,
        _l("Packages that fit the money"),
        WishFilters,
    ),
    Route(
        "get", "/solutions/{slug}/coaches", None, CoachesSchema, _l("Who can coach"), LikeFilters
    ),
    Route(
        "get",
        "/solutions/select/memo",
        None,
        MemoSchema,
        _l("The memo of one package"),
        MemoFilters,
    ),
]
QUANTITIES = (1, 2, 3, 5, 10, 15, 20, 30, 50, 100, 200, 300)


@bp.get("/solutions/compare")
@dated
@requires(Can.READ)
def compare() -> ResponseReturnValue:
    """Up to four solutions side by side, what differs first."""
    options = db.session.scalars(solutions_to_choose()).all()
    try:
        filters = asked(CompareFilters())
        chosen = filters.pop("slug")
    except Refused as refused:
        if for_machine():
            raise
        page = {"all_solutions": options, "errors": refused.errors, "chosen": _given("slug")}
        return render_template("catalog/choosing/compare.html", item=comparison([]), **page), 422
    return reply(
        "catalog/choosing/compare.html",
        ComparisonSchema(),
        comparison(chosen, **filters),
        all_solutions=options,
        errors={},
        chosen=[it.slug for it in chosen],
        ticks=ticks(),
        today=today(),
    )


@bp.get("/solutions/select")
@dated
@requires(Can.READ)
def choose_page() -> ResponseReturnValue:
    """The packages that answer to a wish; without one, the form to say it in."""
    if not for_machine() and not set(request.args) - PAGING - set(DATES):
        return _form({}, None)
    try:
        wish = asked(WishFilters())
    except Refused as refused:
        if for_machine():
            raise
        return _form(refused.errors, None), 422
    choice = choose(wish)
    return reply("", ChoiceSchema(), choice) if for_machine() else _form({}, choice)


@bp.get("/solutions/<slug>/coaches")
@requires(Can.READ)
def coaches(slug: str) -> ResponseReturnValue:
    """Who can coach with a solution, nearest to such a place first."""
    like = asked(LikeFilters())
    solution = one_of(SOLUTIONS, slug).solution
    near = coaches_of(solution, like["population"], like["town_kind"])
    if for_machine():
        return jsonify(CoachesSchema().dump({"coaches": near}))
    return render_template(
        "catalog/choosing/coaches.html",
        solution=solution,
        coaches=near,
        like={"population": like["population"], "kind": like["town_kind"]},
        town_kinds=[(it.value, word(it)) for it in TownKind],
    )


@bp.get("/solutions/select/memo")
@dated
@requires(Can.READ)
def memo() -> ResponseReturnValue:
    """The decision memo of one package, to print."""
    return reply(
        "catalog/choosing/memo.html",
        MemoSchema(),
        _memo(),
        names={it: word(it) for it in SiteFact},
        units=UNITS,
        yes_or_no=YES_OR_NO,
    )


@bp.get("/solutions/select/memo.xlsx")
@dated
@requires(Can.READ)
def memo_file() -> Response:
    """The same memo as a spreadsheet."""
    answer = Response(workbook(_memo()), mimetype=MIME["xlsx"])
    answer.headers["Content-Disposition"] = 'attachment; filename="memo.xlsx"'
    return answer


def _memo() -> Memo:
    wish = asked(MemoFilters())
    choice, number = choose(wish), wish["package"]
    if number > len(choice.offers):
        raise NotFound(_("There is no such package for this wish. Choose again."))
    return Memo(choice, choice.offers[number - 1], wish, wish["as_of"] or today(), number)


def _given(name: str) -> list[str]:
    return [value for value in request.args.getlist(name) if value.strip()]


def _form(errors: Any, choice: Any) -> str:
    form = describe(WishFilters())
    for fact in SiteFact:
        if fact.value in form:
            form[fact.value] |= {"label": word(fact), "unit": str(UNITS.get(fact, ""))}
    form["town_kind"] |= {"kind": "select"}
    for fact in YES_OR_NO:
        answers = [("true", _("yes")), ("false", _("no"))]
        form[fact.value] |= {"kind": "select", "options": [("", _("not known")), *answers]}
    solutions = db.session.scalars(solutions_to_choose()).all()
    form["existing"] |= {"options": [(it.slug, said(it, "name")) for it in solutions]}
    facts = [it.value for it in SiteFact if it.value in form and it != SiteFact.POPULATION]
    return render_template(
        "catalog/choosing/choose.html",
        form=form,
        facts=facts,
        place_open=any(_given(name) for name in facts),
        given={name: request.args.getlist(name) for name in form},
        errors=errors,
        problems=problems_to_choose(),
        heaviest=HEAVIEST,
        all_solutions=solutions,
        quantities=QUANTITIES,
        choice=choice,
    )
