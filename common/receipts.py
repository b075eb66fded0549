"""Receipts: a request that carries an `Idempotency-Key` takes effect once, however often sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import ParamSpec

from flask import Response, abort, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import UnprocessableEntity

from common.db import Key, Model, Text, db, now
from common.web import for_machine

P = ParamSpec("P")
LONGEST_KEY = 200
FIELD = "idempotency_key"


class Receipt(Model):
    """The answer that a key was given, kept in the same transaction as what it did."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    request: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    location: Mapped[Text | None]
    body: Mapped[Text]
    mimetype: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(default=now)


class KeyUsed(UnprocessableEntity):
    """The key came before, with something else."""

    def __init__(self) -> None:
        super().__init__(
            _("This Idempotency-Key was used for another request; make a new one.")
            if for_machine()
            else _("This was saved once and says something else now. Open the form afresh.")
        )


def once(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """A POST that answers the same and does nothing new when its key comes again."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        key = request.headers.get("Idempotency-Key") or request.form.get(FIELD, "")
        if not key or g.get("who") is None:
            return view(*args, **kwargs)
        if len(key) > LONGEST_KEY or "\x00" in key:
            abort(
                422, _("Use an Idempotency-Key of at most %(most)s characters.", most=LONGEST_KEY)
            )
        kept = _kept(key)
        if kept is not None:
            return kept
        g.before_commit = [lambda answer: _keep(key, answer)]
        try:
            return view(*args, **kwargs)
        except IntegrityError:
            # The same request came twice at once and the other one was first.
            db.session.rollback()
            kept = _kept(key)
            if kept is None:
                raise
            return kept

    return guarded


def _print() -> str:
    parts = [request.method, request.path.removeprefix("/api/v1")]
    parts += [request.get_data(as_text=True) if request.is_json else json.dumps(_form())]
    return sha256("\n".join(parts).encode()).hexdigest()


def _form() -> list[tuple[str, list[str]]]:
    # A page may show an empty row more or less when it is opened again; what is empty says nothing.
    given = request.form.lists()
    return sorted((name, values) for name, values in given if any(values) and name != FIELD)


def _kept(key: str) -> Response | None:
    receipt = db.session.scalar(
        select(Receipt).where(Receipt.user_id == g.who.id, Receipt.key == key)
    )
    if receipt is None:
        return None
    if receipt.request != _print():
        raise KeyUsed
    answer = Response(receipt.body, receipt.status, mimetype=receipt.mimetype)
    if receipt.location:
        answer.headers["Location"] = receipt.location
    return answer


def _keep(key: str, answer: Response) -> None:
    db.session.add(
        Receipt(
            user_id=g.who.id,
            key=key,
            request=_print(),
            status=answer.status_code,
            location=answer.headers.get("Location"),
            body=answer.get_data(as_text=True),
            mimetype=answer.mimetype or "text/html",
        )
    )
