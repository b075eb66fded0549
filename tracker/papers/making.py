"""Making: a report from its order, step by step, with the rights of whoever asked for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from flask import Flask, current_app, g
from flask_babel import gettext as _
from sqlalchemy import select

from common.db import db, now
from common.papers import WRITERS, Paper, Part
from tracker.papers import nation, site
from tracker.papers.orders import PaperOrder, PaperState, claimed, forget, told
from tracker.papers.parts import Spec, foot_of, head_of, sources_part
from tracker.papers.version import data_version

TRIES = 3  # how often it is put together anew where facts came meanwhile
# Per cent of the whole after which it is put together, and after which it is written. A large
# table takes longer to write as HWPX than to put together.
COMPOSED, WRITTEN = {"xlsx": 80, "pdf": 80, "hwpx": 30}, 95


class Changed(Exception):
    """What the report rests on, or may rest on, is not what it was."""


def make(app: Flask, slug: str) -> None:
    """Make the report that is named `slug`, unless another worker does, and note how it went."""
    with app.app_context():
        if not claimed(slug):
            return
        order = db.session.scalars(select(PaperOrder).where(PaperOrder.slug == slug)).one()
        lang = order.language.value
    # A report is a reading of the record by its asker, in the language that was asked for.
    with app.test_request_context(query_string={"lang": lang}):
        try:
            written(slug)
        except Changed as why:
            told(slug, state=PaperState.FAILED, error=str(why))
        except Exception:
            current_app.logger.exception("report %s", slug)
            sentence = _("It could not be made. Ask for it again; if that fails too, tell us.")
            told(slug, state=PaperState.FAILED, error=sentence)
        forget()


def written(slug: str) -> None:
    """Put the report together, write its file, and note that it is ready. Raises Changed."""
    order = db.session.scalars(select(PaperOrder).where(PaperOrder.slug == slug)).one()
    g.who = order.user
    same = (order.organisation_id, order.role) == (order.user.organisation_id, order.user.role)
    if not (order.user.active and same):
        raise Changed(_("The account has other rights now than when it asked. Ask again."))
    paper, version = composed(order)
    begin = COMPOSED[order.file_type]
    told(slug, progress=begin)

    def tell(share: float) -> None:
        told(slug, progress=begin + int((WRITTEN - begin) * share))

    data = WRITERS[order.file_type](paper, tell)
    told(slug, progress=WRITTEN)
    half = order.path.with_suffix(".half")
    half.write_bytes(data)
    os.replace(half, order.path)  # noqa: PTH105 - the same, said as what it is
    told(slug, state=PaperState.DONE, progress=100, made_at=now(), data_version=version)


def composed(order: PaperOrder) -> tuple[Paper, str]:
    """The report and the version of the record that all of it rests on. Raises Changed."""
    for _try in range(TRIES):
        before = data_version(order.when)
        paper = paper_of(order, before, lambda done: told(order.slug, progress=done))
        if data_version(order.when) == before:
            return paper, before
        db.session.expire_all()
    raise Changed(_("Facts are being recorded just now. Ask again in a few minutes."))


def paper_of(order: PaperOrder, version: str, tell: Callable[[int], object]) -> Paper:
    """The report of `order`, the same for every kind of file."""
    spec = Spec(order.kind, order.month, order.when, g.who, order.site)
    steps = site.steps(spec) if order.site else nation.steps(spec)
    parts = _parts(steps, COMPOSED[order.file_type], tell)
    parts.append(sources_part(spec))
    return Paper(
        title=spec.title,
        below=spec.below,
        facts=head_of(spec, version),
        parts=parts,
        foot=foot_of(spec),
    )


def _parts(
    steps: Sequence[Callable[[], Part]], share: int, tell: Callable[[int], object]
) -> list[Part]:
    parts = []
    for place, step in enumerate(steps, start=1):
        parts.append(step())
        tell(share * place // (len(steps) + 1))
    return parts
