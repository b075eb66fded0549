"""Routes of editing: how an entry came to be, the proposals, and what the ministry decides."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import flash, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError
from sqlalchemy import select
from werkzeug.exceptions import Conflict, NotFound

from catalog.editing.differences import words
from catalog.editing.entries import CatalogEntrySchema, entry_of
from catalog.editing.kinds import KINDS, Kind, in_words, label_of
from catalog.editing.proposals import (
    OPEN_TO_ITS_AUTHOR,
    STEPS,
    Clash,
    EntryDecisionSchema,
    Proposal,
    ProposalFilters,
    ProposalState,
    clashes,
    find_proposals,
    may_read,
    may_write,
    publish,
    stands_now,
    take_step,
)
from catalog.editing.told import EntryProposalToldSchema
from catalog.views import bp
from common.api import Route
from common.db import db
from common.facts import When, WhenFilters
from common.locale import word
from common.permissions import Can, allowed, requires
from common.receipts import once
from common.schema import describe, plain
from common.web import Refused, asked, for_machine, page_asked, problem, read, reply, saved, sent


@bp.get("/entries/<about>/<slug>")
@requires(Can.READ)
def entry(about: str, slug: str) -> ResponseReturnValue:
    """How an entry came to say what it says: its published versions with what each changed."""
    when = asked(WhenFilters())
    kind, found = known_entry(about, slug)
    told = entry_of(kind, found, When.of(**when))
    return reply(
        "catalog/editing/entry.html", CatalogEntrySchema(), told, asked=when, **words_for(kind)
    )


@bp.get("/proposals")
@requires(Can.PROPOSE_ENTRIES)
def proposals() -> ResponseReturnValue:
    """The proposals of one's own organisation; the ministry sees all."""
    filters = asked(ProposalFilters())
    number, size = page_asked()
    page = db.paginate(
        find_proposals(g.who, **filters), page=number, per_page=size, error_out=False
    )
    return reply(
        "catalog/editing/proposals.html",
        EntryProposalToldSchema(),
        page,
        asked=filters,
        kinds=KINDS,
        states=list(ProposalState),
    )


@bp.get("/proposals/<slug>")
@requires(Can.PROPOSE_ENTRIES)
def proposal(slug: str) -> ResponseReturnValue:
    """One proposal, to those who may read it."""
    found = readable_proposal(slug)
    return reply(
        "catalog/editing/proposal.html", EntryProposalToldSchema(), found, **proposal_page(found)
    )


@bp.post("/proposals/<slug>/decision")
@requires(Can.PUBLISH_ENTRIES)
@once
def decide_proposal(slug: str) -> ResponseReturnValue:
    """Publish a proposal, or return it with what has to be mended."""
    found = readable_proposal(slug)
    given = sent(EntryDecisionSchema())
    try:
        values = read(EntryDecisionSchema(), given)
    except Refused as refused:
        return shown_again(found, given, refused.errors)
    refuse_wrong_state(found, values["state"])
    if values["state"] is ProposalState.PUBLISHED:
        in_the_way = clashes(found, stands_now(found))
        if in_the_way:
            return both(found, given, in_the_way)
        try:
            publish(found, g.who)
        except ValidationError as error:
            return shown_again(found, given, plain(error.messages_dict))
    take_step(found, values["state"], g.who, values["comment"])
    flash(
        _("Published: everybody reads it now.")
        if values["state"] is ProposalState.PUBLISHED
        else _("Returned with your words.")
    )
    return to(found, new=False)


def to(found: Proposal, *, new: bool) -> ResponseReturnValue:
    """Commit, then to the page of the proposal or its JSON."""
    db.session.flush()
    return saved(EntryProposalToldSchema(), found, url_for(".proposal", slug=found.slug), new=new)


def known_kind(about: str) -> Kind:
    """The noun that is edited by proposal. Raises NotFound."""
    if about not in KINDS:
        raise NotFound(_("There is no “%(slug)s” here. Look for it in the list.", slug=about[:80]))
    return KINDS[about]


def known_entry(about: str, name: str) -> tuple[Kind, Any]:
    """The entry that is published under `name`. Raises NotFound."""
    kind = known_kind(about)
    found = kind.find(name)
    if found is None:
        raise NotFound(_("There is no “%(slug)s” here. Look for it in the list.", slug=name[:80]))
    return kind, found


def readable_proposal(slug: str) -> Proposal:
    """The proposal that `slug` names. Raises NotFound for those who may not read it."""
    query = select(Proposal).where(Proposal.slug == slug)
    found = db.session.scalar(query) if slug.isprintable() else None
    if found is None or not may_read(g.get("who"), found):
        raise NotFound(_("There is no “%(slug)s” here. Look for it in the list.", slug=slug[:80]))
    return found


def refuse_wrong_state(found: Proposal, wanted: ProposalState) -> None:
    """Raises Conflict where it can't go from its state to the one that is wanted."""
    if wanted not in STEPS[found.state]:
        raise Conflict(
            _(
                "It is “%(state)s” now, so this can't be done. Open it again to see what can.",
                state=word(found.state),
            )
        )


def words_for(kind: Kind) -> dict[str, Any]:
    """What a template needs to tell the fields of a noun."""
    return {
        "kind": kind,
        "label_of": lambda name: label_of(kind, name),
        "in_words": lambda name, value: in_words(kind, name, value),
        "compared": lambda name, before, after: words(
            in_words(kind, name, before), in_words(kind, name, after)
        ),
    }


def proposal_page(found: Proposal) -> dict[str, Any]:
    """What only the page of a proposal shows: what stands in its way, and what may be done next."""
    is_open = found.state is not ProposalState.PUBLISHED
    return {
        **words_for(found.of),
        "clashes": clashes(found, stands_now(found)) if is_open else [],
        "may_mend": may_write(g.who, found) and found.state in OPEN_TO_ITS_AUTHOR,
        "may_decide": allowed(Can.PUBLISH_ENTRIES) and found.state is ProposalState.SUBMITTED,
        "decision": describe(EntryDecisionSchema()),
        "given": {"idempotency_key": uuid4().hex},
        "errors": {},
    }


def shown_again(
    found: Proposal, given: dict[str, Any], errors: dict[str, Any], status: int = 422
) -> ResponseReturnValue:
    """The page of the proposal once more, with a sentence beside each wrong field."""
    if for_machine():
        sentence = _("Some of this can't be taken; the list says what to change.")
        return problem(status, sentence, errors)
    page = proposal_page(found) | {"errors": errors}
    page["given"] |= given
    return render_template("catalog/editing/proposal.html", item=found, **page), status


def both(found: Proposal, given: dict[str, Any], in_the_way: list[Clash]) -> ResponseReturnValue:
    """409: what was published meanwhile beside what is proposed; neither is lost."""
    sentence = _(
        "Another version was published meanwhile. Both are shown below; return the proposal, so "
        "that it is written anew over what stands."
    )
    if for_machine():
        told = {it.name: {"stands": it.stands, "proposed": it.proposed} for it in in_the_way}
        return problem(409, sentence, told)
    return shown_again(found, given, {"state": [sentence]}, 409)


ROUTES = [
    Route(
        "get",
        "/entries/{about}/{slug}",
        None,
        CatalogEntrySchema,
        _l("How an entry of the catalog came to say what it says"),
        WhenFilters,
    ),
    Route("get", "/proposals", None, EntryProposalToldSchema, _l("Proposals that one may read")),
    Route("get", "/proposals/{slug}", None, EntryProposalToldSchema, _l("Show one: proposal")),
    Route(
        "post",
        "/proposals/{slug}/decision",
        EntryDecisionSchema,
        EntryProposalToldSchema,
        _l("Publish or return a proposal"),
    ),
]
