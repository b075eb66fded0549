"""Minutes: what a session says, put together as a paper in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from common.facts import today
from common.locale import day, number, said, word
from common.papers import Paper, Part
from tracker.coaching.actions import Action
from tracker.coaching.log import CoachingSession
from tracker.coaching.persons import SessionPerson
from tracker.coaching.promises import ActionRecord


def minutes(session: CoachingSession) -> Paper:
    """The minutes of `session`: head, text, next steps and persons."""
    title = _(
        "Minutes: %(kind)s of %(site)s with %(host)s",
        kind=word(session.kind),
        site=said(session.site, "name"),
        host=said(session.host, "name"),
    )
    return Paper(
        title=title,
        below=day(session.held_on, session.precision),
        facts=head(session),
        parts=[
            _words(_("What was asked"), session.question),
            _words(_("Advice given"), session.advice),
            _words(_("Summary for everybody"), said(session, "summary")),
            steps(_("Next steps"), session.actions),
            persons(session.persons),
        ],
        foot=_(
            "Version %(version)s of %(slug)s, printed on %(day)s. "
            "For the site, its host and the ministry only.",
            version=session.version,
            slug=session.slug,
            day=today(),
        ),
    )


def head(session: Any) -> list[tuple[str, str]]:
    """Who met whom, when, how and for how long; what is not known is said to be so."""
    solutions = ", ".join(said(it, "name") for it in session.solutions)
    heads = (session.heads_in_person, session.heads_online)
    if heads == (None, None):
        people = _("No data")
    else:
        here, online = (it or 0 for it in heads)
        people = _("%(here)s on the spot, %(online)s online", here=here, online=online)
    length = session.duration_min
    return [
        (_("Host"), said(session.host, "name")),
        (_("Site"), f"{said(session.site, 'name')} {session.site.round.year}"),
        (_("Date"), day(session.held_on, session.precision)),
        (_("Duration"), _("%(n)s min", n=number(length)) if length else _("No data")),
        (_("How you met"), word(session.mode) or _("No data")),
        (_("People"), people),
        (_("Stage"), word(session.stage) or _("No data")),
        (_("Solutions"), solutions or _("none named")),
    ]


def steps(title: str, actions: Sequence[Any]) -> Part:
    """Next steps as a table: what, who, by when, and how far."""
    return Part(
        title,
        head=[_("What to do"), _("Who"), _("By when"), _("State")],
        rows=[[it.what, owner(it), due(it), end(it)] for it in actions],
        empty=_("No action"),
    )


def owner(action: Action | ActionRecord) -> str:
    """Who is to do it: the organisation, and its unit or role where it is known."""
    name = str(said(action.owner, "name"))
    return f"{name} ({action.owner_role})" if action.owner_role else name


def due(action: Action | ActionRecord) -> str:
    """By when: a day that nobody works on with the next working day."""
    on: date | None = action.due_on
    if on is None:
        return str(_("no day agreed"))
    if action.works_on == on:
        return on.isoformat()
    why = action.feast or _("weekend")
    next_day = _("(%(feast)s: next working day %(day)s)", feast=why, day=action.works_on)
    return f"{on} {next_day}"


def end(action: Any) -> str:
    """How far it is, with the day and the reason where it was dropped."""
    parts = [word(action.state)]
    parts += [action.closed_on.isoformat()] if action.state != "open" else []
    parts += [action.drop_reason] if action.state == "dropped" else []
    return " · ".join(parts)


def persons(rows: Sequence[SessionPerson]) -> Part:
    """Persons as a table, for those who may read them."""
    return Part(
        _("Persons"),
        head=[_("Name"), _("Side"), _("Organisation and post"), _("Contact")],
        rows=[[it.name, word(it.role), it.organisation or "", it.contact or ""] for it in rows],
        empty=_("No person is on record by name, or they were removed after the retention time."),
    )


def _words(title: str, text: str | None) -> Part:
    return Part(title, text=[text] if text else [], empty=_("no record"))
