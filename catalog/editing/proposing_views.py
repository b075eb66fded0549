"""Routes that write proposals: a change of an entry or a new one, drafted, mended, submitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError
from werkzeug.exceptions import Conflict, NotFound

from catalog.editing.differences import FieldChange, changed_fields
from catalog.editing.forms import as_form, form_of, from_form
from catalog.editing.kinds import KINDS, Content, Kind, label_of
from catalog.editing.proposals import (
    OPEN_TO_ITS_AUTHOR,
    EntryProposalSchema,
    Proposal,
    ProposalState,
    checked_changes,
    clashes,
    mark_of,
    may_write,
    merged,
    open_proposal,
    stands_now,
    take_step,
)
from catalog.editing.told import EntryProposalToldSchema
from catalog.editing.versions import old_english, versions_of
from catalog.editing.views import known_entry, known_kind, readable_proposal, to, words_for
from catalog.views import bp
from common.api import Route
from common.facts import When
from common.locale import word
from common.permissions import Can, refuse, requires
from common.receipts import once
from common.schema import describe
from common.web import Refused, for_machine, problem, read, sent


@bp.get("/proposals/new")
@requires(Can.PROPOSE_ENTRIES)
def new_proposal() -> ResponseReturnValue:
    """The form for a change of an entry, or for a new one."""
    only_for_people()
    about, name = request.args.get("about", ""), request.args.get("entry", "")
    if not about:
        return render_template("catalog/editing/choose.html", kinds=KINDS)
    kind = known_kind(about)
    base = kind.content(known_entry(about, name)[1]) if name else {}
    start = {} if name else {key: it for key, it in request.args.items() if key in kind.names()}
    return ask(Subject(kind, name or None, base), start)


@bp.post("/proposals")
@requires(Can.PROPOSE_ENTRIES)
@once
def add_proposal() -> ResponseReturnValue:
    """Draft a change of an entry or a new one, or draft and submit it."""
    given = sent_proposal()
    meta = read(EntryProposalSchema(), given)
    kind, name = KINDS[meta["about"]], meta["entry"]
    base = kind.content(known_entry(kind.one, name)[1]) if name else {}
    try:
        check_seen(base, meta)
        changes = checked(kind, name, base, given["changes"], meta)
    except Refused as refused:
        return again(Subject(kind, name, base), given, refused)
    proposal = open_proposal(g.who, kind, name, base)
    return keep_changes(proposal, changes, meta, new=True)


@bp.get("/proposals/<slug>/edit")
@requires(Can.PROPOSE_ENTRIES)
def edit_proposal(slug: str) -> ResponseReturnValue:
    """The form of a draft or of what was returned, over what stands today."""
    found = own_proposal(slug)
    only_for_people()
    return ask(Subject(found.of, entry_name(found), stands_now(found), found), found.changes)


@bp.post("/proposals/<slug>/changes")
@requires(Can.PROPOSE_ENTRIES)
@once
def change_proposal(slug: str) -> ResponseReturnValue:
    """Mend a draft or what was returned, and submit it again."""
    found = own_proposal(slug)
    kind, name = found.of, entry_name(found)
    given = sent_proposal() | {"about": kind.one, "entry": name}
    meta = read(EntryProposalSchema(), given)
    base = stands_now(found)
    try:
        check_seen(base, meta)
        changes = checked(kind, name, base, given["changes"], meta)
    except Refused as refused:
        return again(Subject(kind, name, base, found), given, refused)
    found.base = base
    return keep_changes(found, changes, meta, new=False)


def sent_proposal() -> dict[str, Any]:
    """What was sent: JSON as it is; of a form, the fields of the noun as the changes."""
    given = sent(EntryProposalSchema())
    if for_machine():
        changes = given.get("changes")
        return given | {"changes": changes if isinstance(changes, dict) else {}}
    kind = known_kind(given.get("about", "") or request.form.get("about", ""))
    return given | {"changes": from_form(kind, sent(kind.schema()))}


def check_seen(base: Content, meta: dict[str, Any]) -> None:
    """Raises PublishedMeanwhile where something was published since the form was made."""
    if meta["seen"] and meta["seen"] != mark_of(base):
        sentence = _(
            "Another version was published since you opened this form. Both are shown; what you "
            "wrote is still here. Send it again if it still holds."
        )
        raise PublishedMeanwhile({"changes": [sentence]}, {})


class PublishedMeanwhile(Refused):
    """Somebody published another version since the form was made."""


def checked(
    kind: Kind, name: str | None, base: Content, given: dict[str, Any], meta: dict[str, Any]
) -> Content:
    """The changes, after the rules of the noun. Raises Refused."""
    try:
        changes = checked_changes(kind, name, base, given)
    except ValidationError as error:
        raise Refused(error.messages_dict, given) from None
    stale = [it for it in meta["still_right"] if it not in kind.pairs()]
    if stale:
        sentence = _("There is no such field; check the name.")
        raise Refused({"still_right": [sentence]}, given)
    if not changes and not meta["still_right"]:
        sentence = _("Nothing is changed yet. Change a field, or leave the page.")
        raise Refused({"changes": [sentence]}, given)
    return changes


def keep_changes(
    found: Proposal, changes: Content, meta: dict[str, Any], *, new: bool
) -> ResponseReturnValue:
    """Keep what was written, with a step that says so; commit."""
    found.changes = changes
    found.still_right = meta["still_right"]
    if found.is_new:
        found.entry = str(changes[found.of.by])
    state = ProposalState.SUBMITTED if meta["submit"] else found.state
    take_step(found, state, g.who, meta["comment"])
    flash(
        _("It is with the ministry now. Everybody reads it once it is published.")
        if meta["submit"]
        else _("Your draft is saved. Only your organisation and the ministry see it.")
    )
    return to(found, new=new)


def entry_name(found: Proposal) -> str | None:
    """The name of the entry that it changes; None for a new one."""
    return None if found.is_new else found.entry


def only_for_people() -> None:
    """Raises NotFound for a program: the API has no forms."""
    if for_machine():
        raise NotFound(_("There is no form in the API; send the proposal with POST."))


def own_proposal(slug: str) -> Proposal:
    """A proposal of one's own that is still open. Raises NotFound, Forbidden and Conflict."""
    found = readable_proposal(slug)
    if not may_write(g.who, found):
        refuse()
    if found.state not in OPEN_TO_ITS_AUTHOR:
        sentence = _(
            "It is “%(state)s” now, so this can't be done. Open it again to see what can.",
            state=word(found.state),
        )
        raise Conflict(sentence)
    return found


@dataclass(frozen=True)
class Subject:
    """What is written about: an entry or a new one, what stands of it, and the proposal so far."""

    kind: Kind
    name: str | None
    base: Content
    found: Proposal | None = None


def again(about: Subject, given: dict[str, Any], refused: Refused) -> ResponseReturnValue:
    """The form as it was filled in, with what is to mend: 409 where both versions are shown."""
    meanwhile = isinstance(refused, PublishedMeanwhile)
    mine = merged(
        about.base, {name: None if it in ("", []) else it for name, it in given["changes"].items()}
    )
    differing = changed_fields(about.base, mine, about.kind.names()) if meanwhile else []
    if for_machine():
        if not meanwhile:
            raise refused
        told = {it.name: {"stands": it.before, "proposed": it.after} for it in differing}
        return problem(409, refused.errors["changes"][0], told)
    page = ask(about, given["changes"], given, errors=refused.errors, differing=differing)
    return page, 409 if meanwhile else 422


def ask(
    about: Subject,
    changes: dict[str, Any],
    given: dict[str, Any] | None = None,
    *,
    errors: dict[str, Any] | None = None,
    differing: Sequence[FieldChange] = (),
) -> str:
    """The form of a proposal: what stands today, with `changes` over it."""
    kind, name = about.kind, about.name
    stale = old_english(kind, versions_of(kind, name, When.of()), about.base) if name else []
    fresh = {"idempotency_key": uuid4().hex, "seen": mark_of(about.base)}
    return render_template(
        "catalog/editing/form.html",
        item=about.found,
        name=name,
        title=kind.title_of(about.base),
        form=form_of(kind, is_new=name is None),
        meta=describe(EntryProposalSchema()),
        values=as_form(kind, about.base) | as_form(kind, changes),
        given=(given or {"comment": "", "still_right": []}) | fresh,
        errors=errors or {},
        differing=differing,
        clashes=clashes(about.found, about.base) if about.found else [],
        stale=[(it, label_of(kind, f"{it}_en")) for it in stale],
        **words_for(kind),
    )


ROUTES = [
    Route(
        "post",
        "/proposals",
        EntryProposalSchema,
        EntryProposalToldSchema,
        _l("Draft or submit a change of the catalog"),
    ),
    Route(
        "post",
        "/proposals/{slug}/changes",
        EntryProposalSchema,
        EntryProposalToldSchema,
        _l("Mend a proposal, and submit it again"),
    ),
]
