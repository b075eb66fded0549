"""Compliance: how many items are met, counted; what nobody answered is never counted as met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from catalog.guidelines import Item, Level, Stage
from tracker.checklists.checklists import Approval, Check, CheckDecision, CheckResult
from tracker.deployments import Deployment
from tracker.states import State

K = TypeVar("K", bound=Hashable)

# The order of work. What protects personal data has to stand before the thing is taken into use.
ORDER = (Stage.PLAN, Stage.DESIGN, Stage.PROCURE, Stage.INSTALL, Stage.ACCEPT, Stage.OPERATE)
PLACES = {stage: place for place, stage in enumerate(ORDER)}
PLACES[Stage.PRIVACY] = PLACES[Stage.ACCEPT]

# The last stage whose items are due before a deployment can be told to be further than this.
DUE_NEXT = {
    State.NO_DATA: Stage.PROCURE,
    State.PLANNED: Stage.PROCURE,
    State.STARTED: Stage.ACCEPT,
    State.PARTLY_INSTALLED: Stage.ACCEPT,
    State.COMPLETION_REPORTED: Stage.OPERATE,
    State.WORKING: Stage.OPERATE,
}


@dataclass(frozen=True)
class Entry:
    """An item that a deployment is held against, with the answer and the decision that stand."""

    deployment: Deployment
    item: Item
    check: Check | None = None
    decision: CheckDecision | None = None

    @property
    def result(self) -> CheckResult:
        """The answer; *not yet* where there is none."""
        return self.check.result if self.check else CheckResult.NOT_YET

    @property
    def approval(self) -> Approval | None:
        """Where a deviation stands; None for every other answer."""
        if self.result is not CheckResult.DEVIATES:
            return None
        return Approval(self.decision.verdict.value) if self.decision else Approval.PENDING

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do: met, not applicable, or deviating with approval."""
        done = self.result in (CheckResult.MEETS, CheckResult.NOT_APPLICABLE)
        return done or self.approval is Approval.APPROVED

    @property
    def in_the_way(self) -> bool:
        """Whether it is a must-item that is not settled, and so blocks its stage."""
        return self.item.level is Level.MUST and not self.settled

    @property
    def day_unknown(self) -> bool:
        """Whether it is not known since when the text has been in force."""
        return self.item.guideline.effective_on is None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.item, name)


@dataclass(frozen=True)
class Counts:
    """How many items there are of each answer; the parts add up to `items`."""

    items: int = 0
    meets: int = 0
    deviates_approved: int = 0
    deviates_refused: int = 0
    deviates_pending: int = 0
    not_applicable: int = 0
    not_yet: int = 0
    unanswered: int = 0  # those among `not_yet` that nobody has said anything about

    @property
    def deviates(self) -> int:
        """Deviations, whatever was decided on them."""
        return self.deviates_approved + self.deviates_refused + self.deviates_pending

    @property
    def applicable(self) -> int:
        """Items that apply: what the share is a share of."""
        return self.items - self.not_applicable

    @property
    def open(self) -> int:
        """Items that are not settled."""
        return self.not_yet + self.deviates_refused + self.deviates_pending

    @property
    def met_share(self) -> float | None:
        """Items met, of those that apply, from 0 to 1.

        None where none applies, and where nobody answered any: that is unknown, not 0.
        """
        if not self.applicable or self.unanswered == self.items:
            return None
        return self.meets / self.applicable


@dataclass(frozen=True)
class Tally:
    """Counts of all items and of the must-items among them, at how many deployments."""

    deployments: int
    all: Counts
    must: Counts


def count(entries: Iterable[Entry]) -> Counts:
    """How many of `entries` there are of each answer."""
    entries = list(entries)
    found = Counter((entry.result, entry.approval) for entry in entries)
    deviates = CheckResult.DEVIATES
    return Counts(
        items=found.total(),
        meets=found[CheckResult.MEETS, None],
        deviates_approved=found[deviates, Approval.APPROVED],
        deviates_refused=found[deviates, Approval.REFUSED],
        deviates_pending=found[deviates, Approval.PENDING],
        not_applicable=found[CheckResult.NOT_APPLICABLE, None],
        not_yet=found[CheckResult.NOT_YET, None],
        unanswered=sum(entry.check is None for entry in entries),
    )


def tally(entries: Sequence[Entry]) -> Tally:
    """The counts of `entries`, must-items separately as well."""
    must = [entry for entry in entries if entry.item.level is Level.MUST]
    return Tally(len({entry.deployment.id for entry in entries}), count(entries), count(must))


def grouped(entries: Iterable[Entry], key: Callable[[Entry], K]) -> dict[K, list[Entry]]:
    """`entries` by `key`, in the order in which they come."""
    groups: dict[K, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return groups


def blocks(entries: Iterable[Entry], stage: Stage) -> list[Entry]:
    """The must-items of `stage` and the earlier ones that are not settled, in order of stage."""
    due = [
        entry for entry in entries if entry.in_the_way and PLACES[entry.item.stage] <= PLACES[stage]
    ]
    return sorted(due, key=lambda entry: PLACES[entry.item.stage])
