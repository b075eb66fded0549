"""Codes: the values that a session, a request and their steps are told in."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from common.locale import name_values


class SessionKind(StrEnum):
    """What kind of meeting it was."""

    COACHING = "coaching"
    CONSULTING = "consulting"
    LIVING_LAB = "living_lab"
    VISIT = "visit"


class Mode(StrEnum):
    """How people met."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    PHONE = "phone"


class SessionType(StrEnum):
    """What the session was for."""

    CONSULTATION = "consultation"
    COORDINATION = "coordination"
    MONITORING = "monitoring"
    RESOURCE = "resource"


class Intensity(StrEnum):
    """How deep the session went."""

    LIGHT = "light"
    MODERATE = "moderate"
    INTENSIVE = "intensive"


class AdviceOutcome(StrEnum):
    """What the site did with the advice."""

    OPEN = "open"
    ADOPTED = "adopted"
    ADAPTED = "adapted"
    DECLINED = "declined"


class Topic(StrEnum):
    """What a request or a session is about."""

    SELECTION = "selection"
    PLANNING = "planning"
    MONEY = "money"
    PROCUREMENT = "procurement"
    INSTALLATION = "installation"
    DATA = "data"
    PRIVACY = "privacy"
    GUIDELINES = "guidelines"
    ACCEPTANCE = "acceptance"
    OPERATION = "operation"
    MEASUREMENT = "measurement"
    RESIDENTS = "residents"
    HANDOVER = "handover"


class PersonRole(StrEnum):
    """In which role somebody took part; names are not asked for here."""

    OFFICER = "officer"
    MANAGER = "manager"
    CONTRACTOR = "contractor"
    EXPERT = "expert"
    RESIDENT = "resident"
    OTHER = "other"


class Review(StrEnum):
    """How far a session is on its way to the site's yes."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    RETURNED = "returned"


class RequestState(StrEnum):
    """How far a request for help has come."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class MaterialLanguage(StrEnum):
    """A language that a coach has materials in."""

    KO = "ko"
    EN = "en"


name_values(
    {
        SessionKind.COACHING: _l("Coaching"),
        SessionKind.CONSULTING: _l("Consulting"),
        SessionKind.LIVING_LAB: _l("Living lab"),
        SessionKind.VISIT: _l("Visit"),
        Mode.IN_PERSON: _l("In person"),
        Mode.ONLINE: _l("Video"),
        Mode.PHONE: _l("Phone"),
        SessionType.CONSULTATION: _l("Giving advice"),
        SessionType.COORDINATION: _l("Coordinating bodies"),
        SessionType.MONITORING: _l("Looking at progress"),
        SessionType.RESOURCE: _l("Passing on materials"),
        Intensity.LIGHT: _l("Light: a question answered"),
        Intensity.MODERATE: _l("Moderate: several questions"),
        Intensity.INTENSIVE: _l("Intensive: worked through together"),
        AdviceOutcome.OPEN: _l("Still open"),
        AdviceOutcome.ADOPTED: _l("Adopted"),
        AdviceOutcome.ADAPTED: _l("Adapted"),
        AdviceOutcome.DECLINED: _l("Not followed"),
    }
)
# Codes of two kinds may read alike, and then one dictionary would hold one of them only.
name_values(
    {
        Topic.SELECTION: _l("Choosing solutions"),
        Topic.PLANNING: _l("Planning and places"),
        Topic.MONEY: _l("Money and match"),
        Topic.PROCUREMENT: _l("Contracts and procurement"),
        Topic.INSTALLATION: _l("Installation"),
        Topic.DATA: _l("Data and links to platforms"),
        Topic.PRIVACY: _l("Personal data and security"),
        Topic.GUIDELINES: _l("Guidelines and certificates"),
        Topic.ACCEPTANCE: _l("Acceptance tests"),
        Topic.OPERATION: _l("Operation and upkeep"),
        Topic.MEASUREMENT: _l("Measuring effects"),
        Topic.RESIDENTS: _l("Residents and living lab"),
        Topic.HANDOVER: _l("Handing over to a successor"),
        PersonRole.OFFICER: _l("Officer in charge"),
        PersonRole.MANAGER: _l("Team leader or above"),
        PersonRole.CONTRACTOR: _l("Contractor"),
        PersonRole.EXPERT: _l("Expert"),
        PersonRole.RESIDENT: _l("Resident"),
        PersonRole.OTHER: _l("Somebody else"),
        Review.WAITING: _l("Waits for the site"),
        Review.CONFIRMED: _l("Confirmed by the site"),
        Review.RETURNED: _l("Returned by the site"),
        RequestState.ASKED: _l("Waits for a host"),
        RequestState.ACCEPTED: _l("Accepted"),
        RequestState.DECLINED: _l("Declined"),
        RequestState.WITHDRAWN: _l("Withdrawn"),
        MaterialLanguage.KO: _l("Korean"),
        MaterialLanguage.EN: _l("English"),
    }
)
