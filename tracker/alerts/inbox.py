"""Inbox: all alerts as of a day, with what was done about them, narrowed to what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields
from sqlalchemy import or_, select

from accounts.organisations import Organisation, OrganisationKind
from common.db import db
from common.facts import When, WhenFilters, held
from common.permissions import Can, Member, allowed
from common.schema import Choice, Ref
from tracker.alerts import catalog_rules, plan_rules, promise_rules, site_rules, unit_rules
from tracker.alerts.alerts import Alert, AlertSchema, Ground, KnownSchema
from tracker.alerts.handling import (
    AlertState,
    AlertStep,
    StepToldSchema,
    concerns,
    last_steps,
    may_handle,
    may_read_reasons,
    state_of,
)
from tracker.alerts.rules import RuleName
from tracker.municipalities import MunicipalityCode
from tracker.rollout import WITH_TOWN, SiteRecord, find_sites, site_records
from tracker.rounds import Track
from tracker.sites import Site, TrackOrAny

# How each rule is asked. Each takes a fixed number of statements, however many sites there are.
ASKED: dict[RuleName, Callable[[Ground], Iterator[Alert]]] = {
    RuleName.SILENT_SITE: site_rules.silent_sites,
    RuleName.MILESTONE_SLIP: plan_rules.late_milestones,
    RuleName.FORECAST_WORSE: plan_rules.worse_forecasts,
    RuleName.BUDGET_NOT_PASSED: site_rules.local_budgets,
    RuleName.MATCH_SHORT: site_rules.short_matches,
    RuleName.SPENDING_BEHIND: site_rules.slow_spending,
    RuleName.UNITS_FAILING: unit_rules.failing_units,
    RuleName.WARRANTY_ENDING: unit_rules.ending_warranties,
    RuleName.ACTION_OVERDUE: promise_rules.overdue_actions,
    RuleName.COACHING_OVERDRAWN: promise_rules.overdrawn_agreements,
    RuleName.EVIDENCE_PAST_REVIEW: catalog_rules.old_evidence,
    RuleName.TRANSLATION_STALE: catalog_rules.stale_english,
}
ABOUT_THE_CATALOG = (RuleName.EVIDENCE_PAST_REVIEW, RuleName.TRANSLATION_STALE)


class Province(fields.String):
    """A province by its Korean or English name, as the codes of municipalities have it."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        name = super()._deserialize(value, *args, **kwargs)
        names = (MunicipalityCode.province_ko == name, MunicipalityCode.province_en == name)
        found = name.isprintable() and db.session.scalar(
            select(MunicipalityCode.id).where(or_(*names)).limit(1)
        )
        if not found:
            raise ValidationError(_("There is no such province here; choose one from the list."))
        return name


class AlertFilters(WhenFilters):
    """What the inbox can be narrowed to."""

    track = TrackOrAny(Track, load_default=Track.DIFFUSION, metadata={"label": _l("Track")})
    rule = fields.List(Choice(RuleName), metadata={"label": _l("Rule")})
    site = Ref(Site, metadata={"label": _l("Site")})
    province = Province(metadata={"label": _l("Province")})
    owner = Ref(Organisation, metadata={"label": _l("Who has to act")})
    state = fields.List(Choice(AlertState), metadata={"label": _l("State")})


@dataclass(frozen=True)
class AlertRecord:
    """An alert as of a day, with the last step taken and what whoever asks may do and read."""

    alert: Alert
    state: AlertState
    step: AlertStep | None
    mine: bool
    handles: bool
    readable: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.alert, name)

    @property
    def province_ko(self) -> str | None:
        """The province of its site in Korean; None for an entry of the catalog."""
        code = self.alert.record.code if self.alert.record else None
        return code.province_ko if code else None

    @property
    def province_en(self) -> str | None:
        """The province of its site in English."""
        code = self.alert.record.code if self.alert.record else None
        return code.province_en if code else None

    @property
    def counts(self) -> AlertStep | None:
        """The step that makes its state; None for an open one."""
        return None if self.state is AlertState.OPEN else self.step


class AlertToldSchema(AlertSchema):
    """An alert as lists, files and the API tell it, in the reader's language."""

    province_ko = fields.String()
    province_en = fields.String()
    state = Choice(AlertState)
    state_since = fields.Date(attribute="counts.on")
    until = fields.Date(attribute="counts.until")
    reason = fields.Function(lambda it: it.counts.reason if it.counts and it.readable else None)
    evidence = fields.List(fields.Nested(KnownSchema), attribute="facts")


class WholeAlertSchema(AlertToldSchema):
    """An alert with every step that was taken, for those who may read them."""

    steps = fields.List(fields.Nested(StepToldSchema))


def ground_of(
    when: When,
    *,
    track: Track | None = None,
    site: Site | None = None,
    records: Sequence[SiteRecord] | None = None,
) -> Ground:
    """What the rules stand on: the sites of `track`, or `site` alone, or `records` as they are."""
    dates: dict[str, Any] = {"as_of": when.as_of, "known_on": when.known_on}
    if records is None:
        query = find_sites(track=track, **dates).options(*WITH_TOWN)
        if site:
            query = query.where(Site.id == site.id)
        records = site_records(db.session.scalars(query).all(), **dates)
    ministries = select(Organisation).where(Organisation.kind == OrganisationKind.MINISTRY)
    return Ground(when, records, db.session.scalar(ministries.order_by(Organisation.id).limit(1)))


def ruled(ground: Ground, rules: Iterable[RuleName] = RuleName) -> Iterator[Alert]:
    """What `rules` find on `ground`, rule by rule."""
    for name in rules:
        if ground.ministry is not None or name not in ABOUT_THE_CATALOG:
            yield from ASKED[name](ground)


def told(alerts: Iterable[Alert], when: When, who: Member | None) -> list[AlertRecord]:
    """`alerts` with what was done about them, as `who` sees them; one statement.

    One's own come first, then the open ones, rule by rule, the oldest first.
    """
    steps = last_steps(when)
    records = [
        AlertRecord(
            it,
            state_of(it, steps.get(it.key), when.as_of),
            steps.get(it.key),
            concerns(who, it),
            may_handle(who, it),
            may_read_reasons(who, it),
        )
        for it in alerts
    ]
    all_alike = who is None or allowed(Can.HANDLE_ALL_ALERTS)
    rules, states = list(RuleName), list(AlertState)
    return sorted(
        records,
        key=lambda it: (
            not (all_alike or it.mine),
            states.index(it.state),
            rules.index(it.name),
            it.since or date.max,
            it.key,
        ),
    )


def inbox(filters: Mapping[str, Any], who: Member | None) -> list[AlertRecord]:
    """All alerts of the track and the days among `filters`, before they are narrowed."""
    when = When.of(filters.get("as_of"), filters.get("known_on"))
    return told(ruled(ground_of(when, track=filters.get("track"))), when, who)


def narrowed(records: Iterable[AlertRecord], filters: Mapping[str, Any]) -> list[AlertRecord]:
    """Those of `records` that meet all of `filters`."""
    return [it for it in records if _meets(it, filters)]


def _meets(it: AlertRecord, filters: Mapping[str, Any]) -> bool:
    site, province, owner = (filters.get(name) for name in ("site", "province", "owner"))
    return (
        it.alert.name in (filters.get("rule") or RuleName)
        and it.state in (filters.get("state") or AlertState)
        and (site is None or (it.alert.site is not None and it.alert.site.id == site.id))
        and (owner is None or it.alert.owner.id == owner.id)
        and (province is None or province in (it.province_ko, it.province_en))
    )


def open_for(who: Member, when: When) -> list[Alert]:
    """The open alerts of the organisation of `who` that have a day, whoever asks for them."""
    steps = last_steps(when)
    return [
        it
        for it in ruled(ground_of(when, track=Track.DIFFUSION))
        if concerns(who, it)
        and it.day
        and state_of(it, steps.get(it.key), when.as_of) is AlertState.OPEN
    ]


def without_each(records: Sequence[AlertRecord], filters: Mapping[str, Any]) -> dict[str, int]:
    """How many there would be without each filter that is set: the ways out of an empty list."""
    names = [name for name in ("rule", "site", "province", "owner", "state") if filters.get(name)]
    return {name: len(narrowed(records, {**filters, name: None})) for name in names}


def one_alert(key: str, when: When, who: Member | None) -> AlertRecord | None:
    """The alert that `key` names, where its rule finds it as of a day."""
    name = key.partition(":")[0]
    if name not in list(RuleName):
        return None
    found = [it for it in ruled(ground_of(when), [RuleName(name)]) if it.key == key]
    return told(found[:1], when, who)[0] if found else None


def steps_of(key: str, when: When) -> Sequence[AlertStep]:
    """Every step taken with an alert as of a day, the newest first."""
    query = held(AlertStep, when).where(AlertStep.alert == key)
    newest = (AlertStep.on.desc(), AlertStep.recorded_at.desc(), AlertStep.id.desc())
    return db.session.scalars(query.order_by(*newest)).all()


def waiting(records: Iterable[AlertRecord]) -> list[AlertRecord]:
    """What waits for whoever asks: all open ones for the ministry, for others their own."""
    every = allowed(Can.HANDLE_ALL_ALERTS)
    return [it for it in records if it.state is AlertState.OPEN and (every or it.mine)]


def brief(when: When, who: Member | None, records: Sequence[SiteRecord]) -> list[AlertRecord]:
    """The open alerts about the sites of `records`, for a short list on another page."""
    about_sites = [name for name in RuleName if name not in ABOUT_THE_CATALOG]
    found = told(ruled(ground_of(when, records=records), about_sites), when, who)
    return [it for it in found if it.state is AlertState.OPEN]
