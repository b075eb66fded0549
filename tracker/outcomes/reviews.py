"""Reviews: the way of an outcome from draft to approved, each step a row that stays."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema
from sqlalchemy import CTE, ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from common.db import Key, Model, Slug, Text, Words, db, now
from common.facts import When, known
from common.locale import name_values
from common.permissions import Can, Member, allowed
from common.schema import Choice, Schema, text
from tracker.sites import may_report

if TYPE_CHECKING:
    from tracker.outcomes.outcomes import Outcome

LONGEST_COMMENT = 2000


class ReviewState(StrEnum):
    """How far an outcome is on its way to the public."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


name_values(
    {
        ReviewState.DRAFT: _l("Draft"),
        ReviewState.SUBMITTED: _l("Submitted"),
        ReviewState.RETURNED: _l("Returned"),
        ReviewState.APPROVED: _l("Approved"),
    }
)

# From where to where; whatever is not here is refused.
STEPS = {
    ReviewState.DRAFT: {ReviewState.SUBMITTED},
    ReviewState.SUBMITTED: {ReviewState.RETURNED, ReviewState.APPROVED},
    ReviewState.RETURNED: {ReviewState.SUBMITTED},
    ReviewState.APPROVED: set(),
}


class OutcomeStep(Model):
    """One step of an outcome: to which state, by whom, when and with which words."""

    __tablename__ = "outcome_step"
    by = "key"

    id: Mapped[Key]
    key: Mapped[Slug]
    outcome_id: Mapped[int] = mapped_column(ForeignKey("outcome.id"), index=True)
    outcome: Mapped[Outcome] = relationship(back_populates="steps")
    state: Mapped[ReviewState]
    comment: Mapped[Text | None]
    rules: Mapped[Words]  # the soft rules that were met when it was submitted
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[Any] = relationship("User", lazy="joined")


class OutcomeDecisionSchema(Schema):
    """What the ministry decides: approve, or return and say what to mend."""

    state = Choice(ReviewState, required=True, metadata={"label": _l("Decision")})
    comment = text(
        LONGEST_COMMENT, allow_none=True, load_default=None, label=_l("What has to be mended")
    )

    @validates_schema
    def decides(self, values: dict[str, Any], **_kwargs: Any) -> None:
        """Only two decisions, and a return says why."""
        if values.get("state") not in (ReviewState.RETURNED, ReviewState.APPROVED):
            raise ValidationError(
                _("Choose one of: %(values)s.", values="returned, approved"), "state"
            )
        if values["state"] is ReviewState.RETURNED and not values.get("comment"):
            raise ValidationError(_("Say what has to be mended."), "comment")


class SubmissionSchema(Schema):
    """A draft on its way to the ministry, with the reason that soft rules ask for."""

    reason = text(
        LONGEST_COMMENT,
        allow_none=True,
        load_default=None,
        label=_l("Why it is right all the same"),
    )


def may_write(who: Member | None, site: Any) -> bool:
    """Whether `who` may draft and submit outcomes of `site`: only its own municipality."""
    return allowed(Can.REPORT_OUTCOMES) and may_report(who, site)


def may_read(who: Member | None, outcome: Outcome, state: ReviewState) -> bool:
    """Whether `who` may read `outcome`: everybody once it is approved, else site and ministry."""
    if state is ReviewState.APPROVED or allowed(Can.DECIDE_OUTCOMES):
        return True
    return may_write(who, outcome.deployment.site)


def newest_steps(when: When) -> CTE:
    """The state of each outcome that has a step, as known: outcome_id, state, recorded_at."""
    ranked = (
        select(
            OutcomeStep.outcome_id,
            OutcomeStep.state,
            OutcomeStep.recorded_at,
            func.row_number()
            .over(
                partition_by=OutcomeStep.outcome_id,
                order_by=(OutcomeStep.recorded_at.desc(), OutcomeStep.id.desc()),
            )
            .label("age"),
        )
        .where(known(OutcomeStep, when))
        .subquery()
    )
    return (
        select(ranked.c.outcome_id, ranked.c.state, ranked.c.recorded_at)
        .where(ranked.c.age == 1)
        .cte()
        # PostgreSQL would work it out anew for each row where it expects only a few.
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def is_step(before: ReviewState, after: ReviewState) -> bool:
    """Whether an outcome may go from `before` to `after`."""
    return after in STEPS[before]


def take_step(
    outcome: Outcome,
    state: ReviewState,
    who: Any,
    *,
    comment: str | None = None,
    rules: list[str] | None = None,
) -> OutcomeStep:
    """A new row that says that `outcome` reached `state`; whether it may is asked before."""
    step = OutcomeStep(
        key=f"{outcome.key[:66]}-{token_hex(4)}",
        outcome=outcome,
        state=state,
        comment=comment,
        rules=rules or [],
        recorded_by=who,
    )
    db.session.add(step)
    return step
