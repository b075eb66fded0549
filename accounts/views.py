"""Sign-in: who sends this request, how often one may try, and the page about one's account."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Flask, Response, abort, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import user_logged_in  # type: ignore[import-untyped]
from flask_security import Security, SQLAlchemyUserDatastore, current_user
from marshmallow import fields

from accounts.organisations import OrganisationSchema
from accounts.users import User, bearer, may_try, note_failure
from common.api import Route
from common.db import db, now
from common.locale import name_values
from common.permissions import Can, Role, requires
from common.schema import Choice, Schema
from common.web import reply

bp = Blueprint("accounts", __name__)
security = Security()

name_values(
    {
        Role.OPERATOR: _l("Operator"),
        Role.MINISTRY: _l("Ministry official"),
        Role.MUNICIPALITY: _l("Municipality officer"),
        Role.COACH: _l("Coach"),
        Role.CONSULTANT: _l("Consultant"),
    }
)


class AccountSchema(Schema):
    """An account as its owner sees it."""

    email = fields.String()
    role = Choice(Role)
    organisation = fields.Nested(OrganisationSchema)


@bp.get("/account")
@requires(Can.HAVE_ACCOUNT)
def account() -> ResponseReturnValue:
    """Who one is signed in as."""
    return reply("accounts/account.html", AccountSchema(), g.who)


def welcome(app: Flask) -> None:
    """Sign-in for the whole app: sessions for pages, bearer tokens for the API."""
    # Our roles stand in one table of grants, so Flask-Security is given none of its own.
    store = SQLAlchemyUserDatastore(db, User, None)  # type: ignore[arg-type]
    security.init_app(app, store, register_blueprint=True)
    user_logged_in.connect(_note_sign_in, app)
    app.before_request(_who)
    app.before_request(_is_readable)
    app.before_request(_not_too_often)
    app.after_request(_count_failures)
    app.context_processor(lambda: {"who": g.get("who")})


def _note_sign_in(_app: Flask, user: User, **_more: object) -> None:
    user.signed_in_at = now()  # committed with the sign-in


def _who() -> None:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        g.who = bearer(secret.strip()) if scheme.casefold() == "bearer" else None
        if g.who is None:
            abort(401, _("This token is not known. Ask the operator for a new one."))
    elif request.endpoint != "static":
        g.who = current_user._get_current_object() if current_user.is_authenticated else None  # noqa: SLF001 - the way to the object behind the proxy


def _is_readable() -> None:
    """Flask-Security takes any JSON for an object of text, and breaks on all other."""
    if request.is_json and request.blueprint == "security":
        body = request.get_json(silent=True)
        given = body.values() if isinstance(body, Mapping) else ["\n"]
        if not all(str(value).isprintable() for value in given):
            abort(422, _("Send the fields as one JSON object, with Content-Type application/json."))


def _is_try() -> bool:
    return request.endpoint == "security.login" and request.method == "POST"


def _email() -> str:
    body = request.get_json(silent=True) if request.is_json else request.form
    return str(body.get("email", "")) if isinstance(body, Mapping) else ""


def _not_too_often() -> ResponseReturnValue | None:
    if _is_try() and not may_try(_email(), request.remote_addr or ""):
        abort(429, _("Too many tries. Wait 15 minutes and try again."))
    return None


def _count_failures(answer: Response) -> Response:
    failed = answer.status_code in (200, 400) and not current_user.is_authenticated
    if _is_try() and failed:
        note_failure(_email(), request.remote_addr or "")
        db.session.commit()
    return answer


ROUTES = [Route("get", "/account", None, AccountSchema, _l("Who the token belongs to"))]
