"""Directory: who can coach, what they know, how free they are, and how well they fit a site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import Select, String, cast, exists, func, or_, select
from sqlalchemy.orm import joinedload

from accounts.organisations import Organisation, OrganisationKind
from catalog.experiences import Experience, ExperienceSchema
from catalog.solutions import Solution
from common.db import db
from common.facts import When, WhenFilters, latest
from common.schema import Choice, Ref, Schema, line
from tracker.coaching.agreements import (
    Agreement,
    AgreementRecord,
    agreement_records,
    find_agreements,
)
from tracker.coaching.codes import MaterialLanguage
from tracker.coaching.log import CoachingSession
from tracker.coaching.offices import Office, OfficeSchema
from tracker.coaching.ranking import Need, Offer, Rank, ranked
from tracker.coaching.reasons import reason
from tracker.municipalities import Municipality, MunicipalityCode, Population, codes_on
from tracker.rollout import SiteRecord
from tracker.sites import Site

A_YEAR = timedelta(days=365)


class CoachFilters(WhenFilters):
    """What the directory can be narrowed to, and the site that it is ranked for."""

    q = line(label=_l("Search"), load_default=None)
    solution = Ref(Solution, metadata={"label": _l("Solution")})
    kind = fields.List(Choice(OrganisationKind), metadata={"label": _l("Kind")})
    language = Choice(MaterialLanguage, metadata={"label": _l("Language of materials")})
    site = Ref(Site, metadata={"label": _l("Site")})


def find_coaches(
    *,
    q: str | None = None,
    solution: Solution | None = None,
    kind: list[OrganisationKind] | None = None,
    language: MaterialLanguage | None = None,
    site: Site | None = None,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Select[Organisation]:
    """Organisations with working experience or an office for coaching, by Korean name.

    A site is no coach of its own.
    """
    offices = latest(Office, (Office.organisation_id,), When.of(as_of, known_on)).subquery()
    done = exists().where(Experience.organisation_id == Organisation.id)
    query = select(Organisation).order_by(Organisation.name_ko, Organisation.slug)
    if solution:
        query = query.where(done.where(Experience.solution_id == solution.id))
    else:
        has_office = Organisation.id.in_(select(offices.c.organisation_id))
        query = query.where(or_(done, has_office))
    if language:
        speaks = cast(offices.c.languages, String).contains(f'"{language.value}"')
        query = query.where(Organisation.id.in_(select(offices.c.organisation_id).where(speaks)))
    if q:
        names = (Organisation.name_ko, Organisation.name_en, Organisation.slug)
        query = query.where(or_(*(it.icontains(q.strip(), autoescape=True) for it in names)))
    if kind:
        query = query.where(Organisation.kind.in_(kind))
    if site:
        query = query.where(Organisation.id != site.municipality.organisation_id)
    return query


@dataclass(frozen=True)
class CoachRecord:
    """What is known of a coach as of a date."""

    organisation: Organisation
    when: When
    experiences: list[Experience] = field(default_factory=list)
    office: Office | None = None
    sessions: int = 0
    given_min: int = 0
    agreements: list[AgreementRecord] = field(default_factory=list)
    town: Municipality | None = None
    population: int | None = None
    province: str | None = None
    rank: Rank | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.organisation, name)

    @property
    def due_min(self) -> float:
        """The minutes that open agreements still ask of it in a month."""
        return sum(it.due_per_month_min for it in self.agreements)

    @property
    def due_per_month_min(self) -> int:
        """The same, to whole minutes."""
        return round(self.due_min)

    @property
    def points(self) -> float | None:
        """Its points for the site asked about; None where none is."""
        return self.rank.points if self.rank else None

    @property
    def reasons(self) -> list[str]:
        """Why it has these points, in words."""
        return [reason(it) for it in self.rank.parts] if self.rank else []

    @property
    def offer(self) -> Offer:
        """What the ranking knows of it."""
        own = {it.solution.slug: it.since for it in self.experiences if it.solution}
        return Offer(
            self.organisation.slug,
            own,
            compared=self.organisation.kind is not OrganisationKind.AGENCY,
            population=self.population,
            kind=kind_of(self.organisation.name_ko),
            province=self.province or province_in(self.organisation),
            place=place_of(self.town),
            capacity_min=self.office.capacity_min if self.office else None,
            due_min=self.due_min,
        )


class CoachSchema(Schema):
    """A coach as lists, files and the API tell it."""

    slug = fields.String(dump_only=True)
    name_ko = fields.String(dump_only=True)
    name_en = fields.String(dump_only=True)
    kind = Choice(OrganisationKind, dump_only=True)
    solutions = fields.Function(
        lambda it: [one.solution.slug for one in it.experiences if one.solution], dump_only=True
    )
    languages = fields.List(fields.String(), attribute="office.languages", dump_only=True)
    reach_ko = fields.String(attribute="office.reach_ko", dump_only=True)
    reach_en = fields.String(attribute="office.reach_en", dump_only=True)
    capacity_min = fields.Integer(attribute="office.capacity_min", dump_only=True)
    capacity_sessions = fields.Integer(attribute="office.capacity_sessions", dump_only=True)
    sessions = fields.Integer(dump_only=True)
    given_min = fields.Integer(dump_only=True)
    due_per_month_min = fields.Integer(dump_only=True)
    points = fields.Float(dump_only=True)
    reasons = fields.List(fields.String(), dump_only=True)


class WholeCoachSchema(CoachSchema):
    """A coach as its own page tells it."""

    experiences = fields.List(fields.Nested(ExperienceSchema), dump_only=True)
    office = fields.Nested(OfficeSchema, dump_only=True, allow_none=True)


def coach_records(organisations: Sequence[Organisation], when: When) -> list[CoachRecord]:
    """What is known of each of `organisations`; a fixed number of statements."""
    ids = [it.id for it in organisations]
    done = select(Experience).where(Experience.organisation_id.in_(ids)).order_by(Experience.id)
    experiences = defaultdict(list)
    for one in db.session.scalars(done.options(joinedload(Experience.solution))):
        experiences[one.organisation_id].append(one)
    newest = latest(Office, (Office.organisation_id,), when).where(Office.organisation_id.in_(ids))
    offices = {it.organisation_id: it for it in db.session.scalars(newest)}
    agreed = find_agreements(as_of=when.as_of, known_on=when.known_on)
    rows = db.session.scalars(agreed.where(Agreement.host_id.in_(ids))).all()
    agreements = defaultdict(list)
    for it in agreement_records(rows, when.as_of, when.known_on):
        agreements[it.agreement.host_id].append(it)
    given: dict[int, tuple[int, int]] = {
        host: (sessions, int(total))
        for host, sessions, total in db.session.execute(_given(ids, when))
    }
    homes = select(Municipality).where(Municipality.organisation_id.in_(ids))
    towns = {it.organisation_id: it for it in db.session.scalars(homes)}
    people, codes = _people_and_codes([it.id for it in towns.values()], when)
    return [
        CoachRecord(
            it,
            when,
            experiences[it.id],
            offices.get(it.id),
            *given.get(it.id, (0, 0)),
            agreements[it.id],
            town,
            people.get(town.id) if town else None,
            codes.get(town.id) if town else None,
        )
        for it in organisations
        for town in [towns.get(it.id)]
    ]


def _given(ids: Sequence[int], when: When) -> Any:
    return (
        select(
            CoachingSession.host_id,
            func.count(),
            func.coalesce(func.sum(CoachingSession.duration_min), 0),
        )
        .where(
            CoachingSession.host_id.in_(ids),
            CoachingSession.happened(when),
            CoachingSession.held_on > when.as_of - A_YEAR,
        )
        .group_by(CoachingSession.host_id)
    )


def _people_and_codes(ids: Sequence[int], when: When) -> tuple[dict[int, int], dict[int, str]]:
    newest = latest(Population, (Population.municipality_id,), when)
    people = db.session.scalars(newest.where(Population.municipality_id.in_(ids)))
    codes = codes_on(when.as_of).where(MunicipalityCode.municipality_id.in_(ids))
    return (
        {it.municipality_id: it.residents for it in people},
        {it.municipality_id: it.province_ko for it in db.session.scalars(codes)},
    )


def need_of(record: SiteRecord, solution: Solution | None = None) -> Need:
    """What a site seeks: help with `solution`, else with what it is known to deploy."""
    deployed = frozenset(it.solution.slug for it in record.deployments)
    town = record.site.municipality
    return Need(
        frozenset({solution.slug}) if solution else deployed,
        population=record.population,
        kind=kind_of(town.name_ko),
        province=record.code.province_ko if record.code else None,
        place=place_of(town),
    )


def rank_for(need: Need, records: Sequence[CoachRecord]) -> list[CoachRecord]:
    """The coaches in the order of their points for a site, with the reasons."""
    by_slug = {it.organisation.slug: it for it in records}
    year = records[0].when.as_of.year if records else 0
    ranks = ranked(need, [it.offer for it in records], year)
    return [replace(by_slug[rank.slug], rank=rank) for rank in ranks]


def place_of(town: Municipality | None) -> tuple[float, float] | None:
    """Where the hall stands; None for unknown."""
    if town is None or town.lat is None or town.lon is None:
        return None
    return town.lat, town.lon


def kind_of(name_ko: str) -> str | None:
    """Whether a Korean name is that of a city, a county, a district or something larger."""
    larger = ("특별자치시", "특별시", "광역시", "특별자치도", "도")
    if " " not in name_ko and name_ko.endswith(larger):
        return "province"
    return {"시": "si", "군": "gun", "구": "gu"}.get(name_ko[-1:])


def province_in(organisation: Organisation) -> str | None:
    """The province that its official Korean name says: its own, or the word before the last."""
    first, blank, _rest = organisation.name_ko.partition(" ")
    if organisation.kind is OrganisationKind.PROVINCE or blank:
        return first if kind_of(first) == "province" else None
    return None
