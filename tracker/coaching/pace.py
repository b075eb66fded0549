"""Pace: how far coached and not-coached sites are; a description with counts, never a proof."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import select

from common.db import db
from common.facts import When
from tracker.coaching.codes import SessionKind
from tracker.coaching.log import CoachingSession
from tracker.rollout import SiteRecord
from tracker.states import State

COMPLETE = (State.COMPLETION_REPORTED, State.WORKING)  # what was withdrawn was not completed
COUNTED = (SessionKind.COACHING, SessionKind.CONSULTING, SessionKind.VISIT)


@dataclass(frozen=True)
class Group:
    """What is known of the sites of one group."""

    sites: int
    deployments: int
    installed: int
    months: tuple[int, ...]

    @property
    def median_months(self) -> float | None:
        """The middle of the whole months from selection to reported completion; None for none."""
        return median(self.months) if self.months else None


@dataclass(frozen=True)
class Pace:
    """Both groups side by side."""

    coached: Group
    others: Group


def group_of(records: Sequence[Any]) -> Group:
    """Counts over `records` of sites: deployments known, those reported complete, months taken."""
    deployments = [it for record in records for it in record.deployments]
    done = [it for it in deployments if it.state in COMPLETE]
    months = [it.months_to_completion for it in records if it.months_to_completion is not None]
    return Group(len(records), len(deployments), len(done), tuple(sorted(months)))


def pace_of(records: Sequence[SiteRecord], when: When) -> Pace:
    """The pace of sites that had a session with somebody else by then, and of the others."""
    query = select(CoachingSession.site_id, CoachingSession.host_id).where(
        CoachingSession.happened(when), CoachingSession.kind.in_(COUNTED)
    )
    hosts: dict[int, set[int]] = defaultdict(set)
    for site_id, host_id in db.session.execute(query.distinct()):
        hosts[site_id].add(host_id)
    is_coached = [bool(hosts[it.site.id] - {it.municipality.organisation_id}) for it in records]
    coached = [it for it, yes in zip(records, is_coached, strict=True) if yes]
    others = [it for it, yes in zip(records, is_coached, strict=True) if not yes]
    return Pace(group_of(coached), group_of(others))
