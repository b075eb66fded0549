"""Gaps: what is not known yet of a site, worked out from the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from catalog.sources import Mark
from common.facts import Precision
from common.locale import name_values
from tracker.deployments import Unit
from tracker.money.ledger import LOCAL_PARTS, Fund
from tracker.progress import QuantityStage
from tracker.rollout import DeploymentRecord, SiteRecord
from tracker.states import State


class Missing(StrEnum):
    """A question that the record of a site cannot answer."""

    SOLUTIONS = "solutions"
    VERSION = "version"
    PLANNED = "planned"
    INSTALLED = "installed"
    REASON = "reason"
    UNIT = "unit"
    ACCEPTED = "accepted"
    WORKING = "working"
    BEGUN = "begun"
    COMPLETED = "completed"
    DAY = "day"
    GRANT = "grant"
    SPLIT = "split"
    SPENT = "spent"
    RESIDENTS = "residents"


name_values(
    {
        Missing.SOLUTIONS: _l("Which solutions it deploys"),
        Missing.VERSION: _l("Which of two versions is right"),
        Missing.PLANNED: _l("How many are planned"),
        Missing.INSTALLED: _l("How many are installed"),
        Missing.REASON: _l("Why the quantity changed"),
        Missing.UNIT: _l("What the quantity counts"),
        Missing.ACCEPTED: _l("When it was accepted, and how many"),
        Missing.WORKING: _l("How many work now"),
        Missing.BEGUN: _l("When work began"),
        Missing.COMPLETED: _l("Whether and when it was completed"),
        Missing.DAY: _l("On which day it happened"),
        Missing.GRANT: _l("How much money was committed"),
        Missing.SPLIT: _l("How local money is split between province and municipality"),
        Missing.SPENT: _l("How much was spent"),
        Missing.RESIDENTS: _l("How many people live there"),
    }
)


@dataclass(frozen=True)
class Gap:
    """A question without an answer, and the deployments or facts that it is about."""

    what: Missing
    deployments: Sequence[DeploymentRecord] = ()
    facts: Sequence[Any] = ()


def gaps(record: SiteRecord) -> list[Gap]:
    """What is not known of a site as of the record's date: first what it deploys, money last."""
    if not record.deployments:
        found = [Gap(Missing.SOLUTIONS)]
    else:
        asked = ((what, list(filter(lacks, record.deployments))) for what, lacks in QUESTIONS)
        found = [Gap(what, deployments) for what, deployments in asked if deployments]
    return found + list(of_progress(record)) + list(of_money(record))


def of_progress(record: SiteRecord) -> Iterator[Gap]:
    """What is not known of how far the site is."""
    states = {fact.state for fact in record.progress}
    if State.STARTED not in states:
        yield Gap(Missing.BEGUN)
    if State.COMPLETION_REPORTED not in states:
        yield Gap(Missing.COMPLETED)
    vague = [fact for fact in record.progress if fact.precision is not Precision.DAY]
    if vague:
        yield Gap(Missing.DAY, facts=vague)


def of_money(record: SiteRecord) -> Iterator[Gap]:
    """What is not known of its money and its people."""
    account = record.account
    if account.national_won is None or account.local_won is None:
        yield Gap(Missing.GRANT)
    split = [account.amount(fund) for fund in LOCAL_PARTS]
    if account.amount(Fund.LOCAL) is not None and None in split:
        yield Gap(Missing.SPLIT)
    if account.spent_won is None:
        yield Gap(Missing.SPENT)
    if record.population is None:
        yield Gap(Missing.RESIDENTS)


def lacks_reason(it: DeploymentRecord) -> bool:
    """Whether the quantity changed and no revision says why."""
    return bool(it.change) and QuantityStage.REVISED not in it.quantities


def lacks_unit(it: DeploymentRecord) -> bool:
    """Whether a number is known and what it counts is not."""
    return it.unit is Unit.UNKNOWN and any(row.value is not None for row in it.quantities.values())


def lacks_check(stage: QuantityStage) -> Callable[[DeploymentRecord], bool]:
    """Whether things stand there, and their quantity at `stage` is not known."""
    seen = State.PARTLY_INSTALLED.rank
    return lambda it: it.state.rank >= seen and it.quantity(stage) is None


QUESTIONS: list[tuple[Missing, Callable[[DeploymentRecord], bool]]] = [
    (Missing.VERSION, lambda it: it.mark is Mark.CONFLICT),
    (Missing.PLANNED, lambda it: it.quantity(QuantityStage.PLANNED) is None),
    (Missing.INSTALLED, lambda it: it.quantity(QuantityStage.INSTALLED) is None),
    (Missing.REASON, lacks_reason),
    (Missing.UNIT, lacks_unit),
    (Missing.ACCEPTED, lacks_check(QuantityStage.ACCEPTED)),
    (Missing.WORKING, lacks_check(QuantityStage.WORKING)),
]
