"""Actions: the next steps that somebody promised in a session, with owner and day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.organisations import Organisation
from common.db import Key, Model, Text
from common.schema import Ref, Schema, text

if TYPE_CHECKING:
    from tracker.coaching.log import CoachingSession


class Action(Model):
    """A next step that somebody promised in a session."""

    __tablename__ = "coaching_action"

    id: Mapped[Key]
    session_id: Mapped[int] = mapped_column(ForeignKey("coaching_session.id"), index=True)
    session: Mapped[CoachingSession] = relationship(back_populates="actions")
    position: Mapped[int]
    what: Mapped[Text]
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    owner: Mapped[Organisation] = relationship(lazy="joined")
    due_on: Mapped[date | None]
    done_on: Mapped[date | None]


class ActionSchema(Schema):
    """A next step as it is written down."""

    what = text(1000, required=True, label=_l("What to do"))
    owner = Ref(Organisation, required=True, metadata={"label": _l("Who")})
    due_on = fields.Date(allow_none=True, load_default=None, metadata={"label": _l("By when")})
    done_on = fields.Date(allow_none=True, load_default=None, metadata={"label": _l("Done on")})
