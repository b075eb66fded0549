"""Readers: whose sessions somebody may read the text of, as a condition of a query."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true

from common.permissions import GRANTS, Can, Member
from tracker.coaching.actions import Action
from tracker.coaching.log import CoachingSession
from tracker.municipalities import Municipality
from tracker.sites import Site


def reads_all(who: Member | None) -> bool:
    """Whether `who` may read the text of every session."""
    return who is not None and Can.READ_ALL_COACHING in GRANTS[who.role]


def is_readable(who: Member | None) -> ColumnElement[bool]:
    """The condition that `who` may read the text of a session: its parties and the ministry."""
    if who is None:
        return false()
    if reads_all(who):
        return true()
    own = select(Site.id).join(Site.municipality)
    own = own.where(Municipality.organisation_id == who.organisation_id)
    return or_(CoachingSession.host_id == who.organisation_id, CoachingSession.site_id.in_(own))


def is_known_action(who: Member | None) -> ColumnElement[bool]:
    """The condition that `who` may read an action of a session: its owner may as well."""
    if who is None:
        return false()
    return or_(is_readable(who), Action.owner_id == who.organisation_id)


def is_party(who: Member | None, session: Any) -> bool:
    """Whether `who` belongs to the site or the host of `session`, or to the ministry."""
    if who is None:
        return False
    parties = (session.host_id, session.site.municipality.organisation_id)
    return who.organisation_id in parties or reads_all(who)
