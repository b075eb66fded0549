"""Sites: municipalities selected in a round."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import ColumnElement, ForeignKey, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.solutions import Solution
from catalog.sources import Cited, CitedSchema, must_be_cited
from common.db import Key, Line, Model, Slug, now
from common.facts import When, WhenFilters, known
from common.locale import name_values
from common.permissions import Member
from common.schema import Choice, Ref, line, slug_field
from tracker.municipalities import Municipality
from tracker.rounds import Round, Track
from tracker.states import State

if TYPE_CHECKING:
    from tracker.deployments import Deployment


ANY = "any"


class SiteKind(StrEnum):
    """The two kinds of the strong-small track."""

    CLIMATE = "climate"
    REGIONAL_EXTINCTION = "regional_extinction"


name_values(
    {
        SiteKind.CLIMATE: _l("Climate response"),
        SiteKind.REGIONAL_EXTINCTION: _l("Response to regional extinction"),
    }
)


class Site(Cited, Model):
    """A municipality in a round."""

    __tablename__ = "site"
    __table_args__ = (must_be_cited(),)

    id: Mapped[Key]
    slug: Mapped[Slug]
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    municipality: Mapped[Municipality] = relationship(lazy="joined")
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    round: Mapped[Round] = relationship(lazy="joined")
    kind: Mapped[SiteKind | None]
    theme_ko: Mapped[Line | None]
    theme_en: Mapped[Line | None]
    selected_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(default=now)

    deployments: Mapped[list[Deployment]] = relationship(
        back_populates="site", order_by="Deployment.id"
    )

    @classmethod
    def chosen(cls, when: When) -> ColumnElement[bool]:
        """The condition that it was selected, and known to be, as of a date."""
        return and_(cls.selected_on <= when.as_of, known(cls, when))

    @property
    def name_ko(self) -> str:
        """The municipality's name in Korean."""
        return self.municipality.name_ko

    @property
    def name_en(self) -> str:
        """The municipality's name in English."""
        return self.municipality.name_en


class SiteSchema(CitedSchema):
    """A site as it is written down."""

    slug = slug_field()
    municipality = Ref(Municipality, required=True, metadata={"label": _l("Municipality")})
    round = Ref(Round, required=True, metadata={"label": _l("Round")})
    kind = Choice(SiteKind, allow_none=True, load_default=None, metadata={"label": _l("Kind")})
    theme_ko = line(500, allow_none=True, load_default=None)
    theme_en = line(500, allow_none=True, load_default=None)
    selected_on = fields.Date(required=True, metadata={"label": _l("Selected on")})


class TrackOrAny(Choice):
    """A track, or `any` for all of them."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return None if value == ANY else super()._deserialize(value, *args, **kwargs)


class SiteFilters(WhenFilters):
    """What the list, the map and the downloads of sites can be narrowed to."""

    q = line(label=_l("Search"), load_default=None)
    track = TrackOrAny(Track, load_default=Track.DIFFUSION, metadata={"label": _l("Track")})
    solution = Ref(Solution, metadata={"label": _l("Solution")})
    state = Choice(State, metadata={"label": _l("State")})


def may_report(who: Member | None, site: Any) -> bool:
    """Whether `who` may report facts of `site`: only its own municipality."""
    return who is not None and who.organisation_id == site.municipality.organisation_id
