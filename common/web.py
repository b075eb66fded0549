"""The edge: reads what was sent, checks it, and answers as a page or as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from errno import EDQUOT, EIO, ENOSPC, EROFS
from http import HTTPStatus
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin  # type: ignore[import-untyped]
from flask_sqlalchemy.pagination import Pagination
from marshmallow import ValidationError, fields
from sqlalchemy import inspect
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from common.db import db
from common.locale import LANGUAGES, language
from common.schema import Schema, plain

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
PAGING = {"lang", "page", "per_page", "sort"}
LARGEST_PAGE, USUAL_PAGE = 200, 50
DISK_TROUBLE = (ENOSPC, EDQUOT, EROFS, EIO)
A_YEAR = 365 * 24 * 3600


class Refused(Exception):
    """What was sent breaks a rule: the sentence for each field, and what was sent."""

    def __init__(self, errors: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        super().__init__(errors)
        self.errors = plain(errors)
        self.given = given


class Json(DefaultJSONProvider):
    """JSON in the order of the schemas; what is nested too deeply to read is no JSON."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """What `s` says. Raises ValueError."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def for_machine() -> bool:
    """Whether this request came to the API."""
    return request.path.startswith("/api/")


def sent(schema: Schema) -> dict[str, Any]:
    """The body of the request as it was sent: JSON as it is, a form by the schema's fields."""
    return _body() if for_machine() else _form(schema)


def read(schema: Schema, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """`given`, else the body of the request, checked. Raises Refused with a sentence per field."""
    given = sent(schema) if given is None else given
    try:
        checked: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        raise Refused(error.messages_dict, given) from None
    return checked


def refuse_if(errors: Mapping[str, Any] | None, schema: Schema) -> None:
    """Raise Refused where a rule beyond `schema` found `errors` in what was sent."""
    if errors:
        raise Refused(errors, sent(schema))


def asked(schema: Schema) -> dict[str, Any]:
    """The filters in the address, checked. An unknown or wrong one is a 422."""
    given: dict[str, Any] = {}
    for name, values in request.args.lists():
        kept = [value for value in values if value.strip()]
        if kept and name not in PAGING:
            is_list = isinstance(schema.fields.get(name), fields.List)
            given[name] = kept if is_list else kept[-1]
    try:
        checked: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        raise Refused(error.messages_dict, given) from None
    return checked


def page_asked() -> tuple[int, int]:
    """Page number and rows a page, from the address. Raises Refused."""
    asked_for = {}
    for name, usual, most in (("page", 1, 10**6), ("per_page", USUAL_PAGE, LARGEST_PAGE)):
        value = request.args.get(name, "").strip() or str(usual)
        if not re.fullmatch(r"[0-9]{1,7}", value) or not 1 <= int(value) <= most:
            sentence = _("Give a whole number from 1 to %(most)s.", most=most)
            raise Refused({name: [sentence]}, request.args)
        asked_for[name] = int(value)
    return asked_for["page"], asked_for["per_page"]


def reply(
    template: str,
    schema: Schema,
    item: Any,
    beside: Callable[[], Mapping[str, Any]] = dict,
    **page_only: Any,
) -> ResponseReturnValue:
    """`item` as a page for people, as JSON for machines.

    What a page shows `beside` it is asked for only where there is a page.
    """
    if not for_machine():
        return render_template(template, item=item, **beside(), **page_only)
    if isinstance(item, Pagination):
        items = schema.dump(item.items, many=True)
        return jsonify(items=items, page=item.page, pages=item.pages, total=item.total)
    return jsonify(schema.dump(item))


def saved(
    schema: Schema, item: Any, where: str, *, new: bool, status: int | None = None
) -> ResponseReturnValue:
    """Commit; then to the page of `item`, or its JSON with 201 for a new one and 200 else."""
    db.session.flush()
    if for_machine():
        answer: BaseResponse = make_response(
            jsonify(schema.dump(item)), status or (201 if new else 200)
        )
        answer.headers["Location"] = where
    else:
        answer = redirect(where, 303)
    for last_wish in g.pop("before_commit", []):
        last_wish(answer)
    db.session.commit()
    return answer


def problem(
    status: int, title: str, errors: Any = None, **page_only: Any
) -> tuple[Response | str, int]:
    """A refusal: one sentence that says what to do, with `status`."""
    if for_machine():
        body = {"status": status, "title": title}
        return jsonify(body | ({"errors": errors} if errors else {})), status
    return render_template(
        "problem.html", status=status, title=title, errors=errors, **page_only
    ), status


def url_with(**changes: Any) -> str:
    """The present address with some arguments changed; None takes one away."""
    args = request.args.to_dict(flat=False) | {
        name: value if isinstance(value, list) else [value] for name, value in changes.items()
    }
    pairs = [(name, v) for name, values in args.items() for v in values if v not in (None, "")]
    return request.path + ("?" + urlencode(pairs) if pairs else "")


def url_in(lang: str) -> str:
    """The present page in another language."""
    return url_with(lang=lang)


def here() -> str:
    """The present address, to come back to after signing in."""
    return request.full_path.rstrip("?") if request.query_string else request.path


def csp_nonce() -> str:
    """The one-time word that lets our own inline scripts and styles run."""
    if "csp_nonce" not in g:
        g.csp_nonce = token_urlsafe(16)
    return str(g.csp_nonce)


def guard(app: Flask) -> None:
    """Same-origin check, error pages and security headers for the whole app."""
    app.before_request(_same_origin)
    app.after_request(_headers)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(OperationalError, _no_database)
    app.register_error_handler(DBAPIError, _no_database)
    app.register_error_handler(DataError, _no_such_value)
    app.register_error_handler(IntegrityError, _clash)
    app.register_error_handler(StaleDataError, _clash)
    app.register_error_handler(OSError, _no_disk)
    app.jinja_env.globals.update(
        csp_nonce=csp_nonce, url_in=url_in, url_with=url_with, here=here, LANGUAGES=LANGUAGES
    )


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        abort(422, _("Send the fields as one JSON object, with Content-Type application/json."))
    return body


def _form(schema: Schema) -> dict[str, Any]:
    form = request.form
    given: dict[str, Any] = {}
    for name, field in schema.fields.items():
        if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
            given[name] = _rows(name)
        elif isinstance(field, fields.List):
            given[name] = form.getlist(name)
        elif isinstance(field, fields.Boolean):
            given[name] = form.get(name, "false")
        elif name in form:
            given[name] = form[name]
    return {name: value for name, value in given.items() if not schema.fields[name].dump_only}


def _rows(name: str) -> list[dict[str, str]]:
    """`actions-0-what`, `actions-0-owner` ... as a list of rows; rows left blank are dropped."""
    rows: dict[int, dict[str, str]] = {}
    for key, value in request.form.items():
        match = re.fullmatch(rf"{name}-([0-9]{{1,3}})-(\w+)", key)
        if match:
            rows.setdefault(int(match[1]), {})[match[2]] = value
    return [rows[place] for place in sorted(rows) if _is_filled(rows[place])]


def _is_filled(row: Mapping[str, str]) -> bool:
    """Whether somebody wrote into `row`; its key is not written by people."""
    return any(value.strip() for name, value in row.items() if name != "key")


def _same_origin() -> None:
    """Refuse a change that another site's page sends with our cookie."""
    if request.method in SAFE_METHODS or "Authorization" in request.headers:
        return
    fetched = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    same = fetched in ("same-origin", "none") if fetched else True
    if origin:
        same = same and origin.partition("://")[2] == request.host
    if not same:
        abort(403, _("This came from another site. Open the form here and send it again."))


def _headers(answer: Response) -> Response:
    nonce = csp_nonce()
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        f"img-src 'self' data:{current_app.config['TILE_HOST']}; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers.setdefault("Cache-Control", "no-cache")
    if request.args.get("lang") in LANGUAGES:
        answer.set_cookie("lang", language(), max_age=A_YEAR, samesite="Lax", httponly=True)
    return answer


def _refused(error: Refused) -> ResponseReturnValue:
    return problem(
        422, _("Some of this can't be taken; the list says what to change."), error.errors
    )


def _http_problem(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    sentences = {
        400: _("This request can't be read. Go back and try again."),
        401: _("Please sign in first; this page is for members."),
        403: _("Your account may not do this. Ask the operator if it should."),
        404: _("There is nothing at this address. Check it, or start from the lists."),
        405: _("This address does not take that kind of request."),
        409: _("Somebody changed this meanwhile. Nothing was overwritten."),
        413: _("This is too large to send. Send at most 16 MB."),
        415: _("Send the fields as one JSON object, with Content-Type application/json."),
        422: _("Some of this can't be taken; the list says what to change."),
        429: _("Too many tries. Wait 15 minutes and try again."),
        500: _("Something went wrong here, and nothing was saved. Please try again."),
    }
    code = error.code or 500
    own = error.description if error.description != type(error).description else None
    answer = make_response(problem(code, own or sentences.get(code) or str(error.description)))
    if isinstance(error, MethodNotAllowed):
        answer.allow.update(error.valid_methods or ())
    return answer


def _no_database(error: DBAPIError) -> ResponseReturnValue:
    _let_go("database", error.orig)
    sentence = _(
        "The database can't be reached just now; nothing was saved. Try again in a minute."
    )
    return problem(503, sentence)


def _no_such_value(error: DataError) -> ResponseReturnValue:
    _let_go("value", error.orig)
    return problem(422, _("Some of this can't be taken; the list says what to change."))


def _no_disk(error: OSError) -> ResponseReturnValue:
    if error.errno not in DISK_TROUBLE:
        raise error
    _let_go("disk", error)
    sentence = _("The disk can't be written just now; nothing was saved. Tell the operator.")
    return problem(503, sentence)


def _clash(error: Exception) -> ResponseReturnValue:
    _let_go("clash", error)
    return problem(409, _("This clashes with something that is already there; nothing was saved."))


def _let_go(what: str, error: object) -> None:
    current_app.logger.error("%s: %r", what, str(error))
    # What was read stays readable, so that the page of the refusal asks the database nothing.
    db.session.expunge_all()
    db.session.rollback()
    g.setdefault("_login_user", AnonymousUserMixin())  # or Flask-Login asks it for the page
    who = g.get("who")
    if who is not None and inspect(who).expired:  # a write that failed forgot what was read
        try:
            g.who = db.session.get(type(who), inspect(who).identity)
        except DBAPIError:
            g.who = None
