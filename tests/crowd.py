"""A crowd: many more things of every kind, each with facts, corrections, steps and sources."""

from __future__ import annotations

from datetime import date
from itertools import count

from sqlalchemy import select

from accounts.organisations import Organisation, OrganisationKind
from accounts.users import User
from catalog.conditions import Condition
from catalog.costing.prices import PriceIndex
from catalog.costs import Cost
from catalog.discrepancies import Discrepancy
from catalog.evidence import Evidence
from catalog.guidelines import Guideline, Item
from catalog.indicators import Indicator
from catalog.solutions import Solution
from catalog.sources import Source
from common.db import db
from tracker.checklists.checklists import Check, CheckDecision
from tracker.coaching.agreements import Agreement
from tracker.coaching.codes import RequestState
from tracker.coaching.log import CoachingSession
from tracker.coaching.offices import Office
from tracker.coaching.planned import TERMS, PlannedSession, PlannedState
from tracker.coaching.requests import HelpRequest
from tracker.deployments import Deployment
from tracker.money.ledger import Money
from tracker.municipalities import Municipality, MunicipalityCode, Population
from tracker.outcomes.outcomes import Outcome
from tracker.outcomes.reviews import OutcomeStep
from tracker.plan.budgets import BudgetLine
from tracker.plan.milestones import Milestone
from tracker.plan.revisions import PlanRevision
from tracker.progress import Progress, Quantity
from tracker.register.inspections import Inspection
from tracker.register.units import InstalledUnit
from tracker.reports.reports import Report, ReportState
from tracker.rounds import Round, RoundStep
from tracker.sites import Site

ROWS = 300
CROWD = {"rounds": ROWS}
DAY = date(2024, 1, 1)
_numbers = count(1)


def make_crowd(rows: int) -> None:
    """`rows` more of each kind, in the open session."""
    first = db.session.scalars(select(Round).where(Round.track == "diffusion").limit(1)).one()
    who = db.session.scalars(select(User).order_by(User.id).limit(1)).one()
    with db.session.no_autoflush:
        for _row in range(rows):
            _one(next(_numbers), first, who)
    db.session.flush()


def _one(n: int, diffusion: Round, who: User) -> None:
    source = Source(slug=f"src-{n}", name_ko="가", name_en="a", url=f"https://example.org/{n}")
    also = Source(slug=f"also-{n}", name_ko="나", name_en="b", url=f"https://example.org/also/{n}")
    cited = {"mark": "verified", "source": source, "also": also}
    names = {"name_ko": f"이름 {n}", "name_en": f"Name {n}"}
    texts = {"text_ko": "글", "text_en": "Text"}
    solution = Solution(
        slug=f"sol-{n}",
        kind="special",
        service_field="transport",
        aliases=[f"다른 이름 {n}"],
        parts_ko=[],
        parts_en=[],
        **names,
        **cited,
    )
    guideline = Guideline(
        slug=f"guide-{n}",
        title_ko="제목",
        title_en="Title",
        issuer_ko="기관",
        issuer_en="Issuer",
        status="in_force",
        solutions=[solution],
        **cited,
    )
    host = Organisation(slug=f"org-{n}", kind=OrganisationKind.MUNICIPALITY, **names)
    town = Municipality(slug=f"town-{n}", organisation=host, lat=36.5, lon=127.5, **cited)
    round_ = Round(
        slug=f"round-{n}",
        year=2022,
        track="base",
        sites_planned=1,
        years=1,
        national_won_per_site=1,
        **names,
        **cited,
    )
    site = Site(slug=f"site-{n}", municipality=town, round=diffusion, selected_on=DAY, **cited)
    deployment = Deployment(slug=f"dep-{n}", site=site, solution=solution, unit="place", **cited)
    item = Item(
        key=f"item-{n}",
        guideline=guideline,
        solution=solution,
        level="must",
        stage="plan",
        **texts,
        **cited,
    )
    evidence = Evidence(
        slug=f"ev-{n}",
        solution=solution,
        kind="outcome",
        measure_ko="측정",
        measure_en="Measure",
        grade="C",
        before=10,
        after=5,
        exposure_equal=True,
        estimate_kind="ratio",
        result_ko="결과",
        result_en="Result",
        headline=True,
        **cited,
    )
    db.session.add_all(
        [
            guideline,
            *_answers(deployment, item),
            deployment,
            Condition(key=f"cond-{n}", solution=solution, kind="site", **texts, **cited),
            evidence,
            PriceIndex(slug=f"cpi-crowd-{n}", year=3000 + n, value=100, **cited),
            Cost(
                slug=f"cost-{n}",
                solution=solution,
                item_ko="것",
                item_en="Thing",
                low_won=1,
                high_won=2,
                **cited,
            ),
            Discrepancy(
                slug=f"dis-{n}",
                solution=solution,
                evidence=evidence,
                title_ko="제목",
                title_en="Title",
                one_ko="하나",
                one_en="One",
                other_ko="다른",
                other_en="Other",
                **cited,
            ),
            MunicipalityCode(
                key=f"code-{n}",
                municipality=town,
                code="41430",
                province_ko="도",
                province_en="Do",
                **cited,
            ),
            RoundStep(key=f"step-{n}", round=round_, kind="notice", on=DAY, **cited),
            _session(n, host, site, solution, cited),
            _revision(n, site, deployment, cited),
            _report(n, site, deployment, who),
            *_facts(n, town, site, deployment, cited),
            *_looks(n, deployment, guideline),
            *_outcomes(n, deployment, cited),
            *_coaching(n, host, site, solution, who),
        ]
    )


def _facts(n, town, site, deployment, cited):
    """Facts of each kind, every one of them a correction of another."""
    plan = {"deployment": deployment, "stage": "planned", "on": DAY, **cited}
    event = {"site": site, "state": "started", "text_ko": "글", "text_en": "Text", **cited}
    money = {"site": site, "fund": "national", "stage": "committed", "on": DAY, **cited}
    people = {"municipality": town, "on": DAY, **cited}
    due = {"deployment": deployment, "kind": "installed", "due": DAY, "on": DAY, **cited}
    budget = {"deployment": deployment, "fund": "national", "on": DAY, **cited}
    for model, values, unlike in (
        (Quantity, plan, {"value": n}),
        (Quantity, plan | {"stage": "installed"}, {"value": n}),
        (Progress, event | {"on": DAY}, {}),
        (Progress, event | {"on": DAY, "deployment": deployment}, {}),
        (Money, money, {"amount_won": n}),
        (Money, money | {"fund": "local"}, {"amount_won": n}),
        (Population, people, {"residents": n}),
        (Milestone, due | {"basis": "baseline"}, {}),
        (Milestone, due | {"basis": "actual"}, {}),
        (BudgetLine, budget | {"basis": "planned"}, {"amount_won": n}),
        (BudgetLine, budget | {"basis": "revised"}, {"amount_won": n}),
    ):
        wrong = model(key=f"old-{next(_numbers)}", **values, **unlike)
        yield wrong
        yield model(key=f"new-{next(_numbers)}", corrects=wrong, **values, **unlike)


def _answers(deployment, item):
    """A deviation that corrects another answer, with a decision that corrects another one."""
    answer = {"deployment": deployment, "item": item, "on": DAY}
    met = Check(key=f"old-{next(_numbers)}", result="meets", **answer)
    yield met
    check = Check(
        key=f"new-{next(_numbers)}", result="deviates", reason="까닭", corrects=met, **answer
    )
    yield check
    decision = {"check": check, "reason": "까닭", "on": DAY}
    refused = CheckDecision(key=f"old-{next(_numbers)}", verdict="refused", **decision)
    yield refused
    yield CheckDecision(
        key=f"new-{next(_numbers)}", verdict="approved", corrects=refused, **decision
    )


def _looks(n, deployment, guideline):
    """A unit that was found faulty, which was corrected, and repaired."""
    unit = InstalledUnit(
        slug=f"unit-{n}",
        deployment=deployment,
        asset_number=f"A-{n}",
        installed_on=DAY,
        guideline=guideline,
    )
    wrong = Inspection(key=f"look-{n}", unit=unit, on=DAY, result="missing")
    faulty = {"on": DAY, "result": "faulty", "faults": ["dark"], "corrects": wrong}
    yield wrong
    yield Inspection(key=f"fault-{n}", unit=unit, **faulty)
    yield Inspection(key=f"repair-{n}", unit=unit, on=DAY, result="working", repaired=True)


def _outcomes(n, deployment, cited):
    """A baseline and a measurement, both approved, each a correction of another."""
    indicator = Indicator(
        slug=f"indicator-{n}",
        solution=deployment.solution,
        name_ko="지표",
        name_en="Indicator",
        kind="rate",
        of_use=False,
        counting=["events"],
        numerator_ko="건",
        numerator_en="Events",
        unit_ko="건/년",
        unit_en="events per year",
        **cited,
    )
    for kind, day in (("baseline", DAY), ("measurement", DAY.replace(year=2025))):
        told = {"kind": kind, "on": day, "begins_on": day, "ends_on": day, "numerator": n, **cited}
        told |= {"deployment": deployment, "indicator": indicator, "counting": "events"}
        wrong = Outcome.made(key=f"was-{next(_numbers)}", **told)
        right = Outcome.made(
            key=f"is-{next(_numbers)}",
            corrects=wrong,
            parts=[{"by": "age", "label": "65+", "numerator": 0}],
            **told,
        )
        for it in (wrong, right):
            step = {"state": "approved", "rules": []}
            yield OutcomeStep(key=f"step-of-{it.key}", outcome=it, **step)


def _session(n, host, site, solution, cited) -> CoachingSession:
    step = {"what": "할 일", "owner": host, "due_on": DAY}
    return CoachingSession(
        slug=f"ses-{n}",
        kind="visit",
        host=host,
        site=site,
        solutions=[solution],
        held_on=DAY,
        duration_min=60,
        question="물음",
        advice="조언",
        actions=[step, step],
        **cited,
    )


def _coaching(n, host, site, solution, who):
    """An agreement that corrects another one, an office likewise, and a request that waits."""
    terms = {"site": site, "host": host, "on": DAY, "begins_on": DAY, "ends_on": DAY}
    wrong = Agreement(key=f"agreed-{n}", minutes=1, **terms)
    yield wrong
    yield Agreement(key=f"agreement-{n}", minutes=n, corrects=wrong, **terms)
    office = {"organisation": host, "on": DAY, "mark": "reported"}
    yield Office(key=f"office-{n}", languages=["ko"], capacity_min=n, **office)
    request = HelpRequest(slug=f"help-{n}", site=site, solution=solution, question="물음")
    request.take(RequestState.ASKED, who)
    yield request
    planned = PlannedSession(slug=f"planned-{n}", kind="coaching", site=site, host=host)
    terms = dict.fromkeys(TERMS) | {"planned_on": DAY, "topics": []}
    planned.take(PlannedState.PLANNED, who, terms)
    yield planned


def _revision(n, site, deployment, cited) -> PlanRevision:
    line = {"deployment": deployment.slug, "quantity": n}
    change = {"deployment": deployment.slug, "name": "quantity", "before": 1, "after": n}
    return PlanRevision(
        slug=f"rev-{n}",
        site=site,
        reason="까닭",
        on=DAY,
        proposed_on=DAY,
        lines=[line],
        changes=[change],
        **cited,
    )


def _report(n, site, deployment, who) -> Report:
    lines = [{"deployment": deployment.slug, "installed": n, "reached": False}]
    report = Report(slug=f"rep-{n}", site=site, month=DAY, on=DAY, lines=lines)
    report.take(ReportState.SUBMITTED, who)
    return report
