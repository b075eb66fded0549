"""Who may do what: one table from role to permissions, applied at each route."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

from flask import g
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden, Unauthorized

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

P = ParamSpec("P")
R = TypeVar("R", bound="ResponseReturnValue")


class Role(StrEnum):
    """What an account is for."""

    OPERATOR = "operator"
    MINISTRY = "ministry"
    MUNICIPALITY = "municipality"
    COACH = "coach"
    CONSULTANT = "consultant"


class Can(StrEnum):
    """Something that a route asks for. `READ` is everybody's."""

    READ = "read"
    HAVE_ACCOUNT = "have-account"
    LOG_COACHING = "log-coaching"
    REPORT_QUANTITY = "report-quantity"
    RECORD_MONEY = "record-money"
    READ_ALL_COACHING = "read-all-coaching"
    CLOSE_PERIOD = "close-period"
    ANSWER_CHECKLISTS = "answer-checklists"
    DECIDE_DEVIATIONS = "decide-deviations"
    REPORT_PROGRESS = "report-progress"
    PROPOSE_REVISION = "propose-revision"
    DECIDE = "decide"
    REGISTER_UNITS = "register-units"
    INSPECT_UNITS = "inspect-units"
    READ_ALL_PHOTOS = "read-all-photos"
    REPORT_OUTCOMES = "report-outcomes"
    DECIDE_OUTCOMES = "decide-outcomes"
    PROPOSE_ENTRIES = "propose-entries"
    PUBLISH_ENTRIES = "publish-entries"
    ASK_FOR_COACHING = "ask-for-coaching"
    OFFER_COACHING = "offer-coaching"
    READ_PERSONS = "read-persons"
    READ_PERSON_LOG = "read-person-log"
    READ_ALERTS = "read-alerts"
    HANDLE_ALERTS = "handle-alerts"
    HANDLE_ALL_ALERTS = "handle-all-alerts"
    READ_OUTBOX = "read-outbox"


PUBLIC = frozenset({Can.READ})
MEMBER = PUBLIC | {Can.HAVE_ACCOUNT, Can.READ_ALERTS}
HOST = MEMBER | {
    Can.LOG_COACHING,
    Can.OFFER_COACHING,
    Can.PROPOSE_ENTRIES,
    Can.READ_PERSONS,
    Can.HANDLE_ALERTS,
}

GRANTS: dict[Role, frozenset[Can]] = {
    Role.OPERATOR: MEMBER | {Can.READ_OUTBOX},
    Role.MINISTRY: MEMBER
    | {
        Can.READ_ALL_COACHING,
        Can.CLOSE_PERIOD,
        Can.DECIDE_DEVIATIONS,
        Can.DECIDE,
        Can.READ_ALL_PHOTOS,
        Can.DECIDE_OUTCOMES,
        Can.PROPOSE_ENTRIES,
        Can.PUBLISH_ENTRIES,
        Can.READ_PERSONS,
        Can.READ_PERSON_LOG,
        Can.HANDLE_ALERTS,
        Can.HANDLE_ALL_ALERTS,
        Can.READ_OUTBOX,
    },
    Role.MUNICIPALITY: MEMBER
    | {
        Can.READ_PERSONS,
        Can.LOG_COACHING,
        Can.REPORT_QUANTITY,
        Can.RECORD_MONEY,
        Can.ANSWER_CHECKLISTS,
        Can.REPORT_PROGRESS,
        Can.PROPOSE_REVISION,
        Can.REGISTER_UNITS,
        Can.INSPECT_UNITS,
        Can.REPORT_OUTCOMES,
        Can.PROPOSE_ENTRIES,
        Can.ASK_FOR_COACHING,
        Can.HANDLE_ALERTS,
    },
    Role.COACH: HOST,
    Role.CONSULTANT: HOST,
}


class Member(Protocol):
    """Somebody signed in, as far as permissions care."""

    id: int
    role: Role
    organisation_id: int


def allowed(can: Can) -> bool:
    """Whether whoever sends this request may `can`."""
    who: Member | None = g.get("who")
    return can in (GRANTS[who.role] if who else PUBLIC)


def refuse() -> None:
    """Raises Unauthorized for a stranger and Forbidden for a member who may not."""
    if g.get("who") is None:
        raise Unauthorized(_("Please sign in first; this page is for members."))
    raise Forbidden(_("Your account may not do this. Ask the operator if it should."))


def requires(can: Can) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A route for those who may `can`; a test finds a route without it."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not allowed(can):
                refuse()
            return view(*args, **kwargs)

        guarded.permission = can  # type: ignore[attr-defined]
        return guarded

    return guard
