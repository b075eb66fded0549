"""Report facts: with what a month's report begins, and the facts that it becomes when approved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _

from catalog.sources import Mark
from common.db import db
from common.facts import When
from tracker.deployments import Deployment
from tracker.plan.milestones import (
    Basis,
    Dues,
    Milestone,
    MilestoneKind,
    milestone_faults,
    milestones_of,
    next_kind,
)
from tracker.plan.revision_facts import of_the_same_day
from tracker.progress import Progress, Quantity, QuantityStage
from tracker.quantity_rules import quantity_faults
from tracker.reports.months import counted_on, month_end, month_name
from tracker.reports.periods import is_closed
from tracker.reports.reports import Report, ReportState, find_reports
from tracker.reports.told import report_records
from tracker.rollout import DeploymentRecord, deployment_records, find_deployments
from tracker.sites import Site
from tracker.state_rules import blocked, not_allowed, progress_faults
from tracker.states import State, is_skip, may_follow

COUNTED = {
    "installed": QuantityStage.INSTALLED,
    "accepted": QuantityStage.ACCEPTED,
    "working": QuantityStage.WORKING,
}
LineErrors = dict[int, dict[str, list[str]]]


@dataclass
class Known:
    """What is known of one deployment before a report, and what the report's line begins with."""

    record: DeploymentRecord
    milestones: Mapping[MilestoneKind, Dues]

    def line(self) -> dict[str, Any]:
        """A line that changes nothing; what is unknown is left out."""
        counts = {name: self.record.quantity(stage) for name, stage in COUNTED.items()}
        kind = next_kind(self.milestones)
        told = {
            "deployment": self.record.deployment.slug,
            **counts,
            "state": self.record.state.value,
            "milestone": kind.value if kind else None,
            "due": self.expected(kind),
        }
        return {name: value for name, value in told.items() if value is not None}

    def expected(self, kind: MilestoneKind | None) -> str | None:
        """The newest day that is expected for a milestone: forecast, else planned."""
        dues = self.milestones.get(kind, {}) if kind else {}
        rows = [
            dues[basis]
            for basis in (Basis.FORECAST, Basis.REVISED, Basis.BASELINE)
            if basis in dues
        ]
        return rows[0].due.isoformat() if rows else None


@dataclass
class Made:
    """What a report's lines become: the facts by line and field, and what is wrong with them."""

    facts: list[tuple[int, str, Any]] = field(default_factory=list)
    errors: LineErrors = field(default_factory=dict)

    def add(self, line: int, name: str, sentences: Sequence[str]) -> None:
        """Note what is wrong with a field of a line."""
        told = self.errors.setdefault(line, {}).setdefault(name, [])
        told += [it for it in sentences if it not in told]


def known_on(site: Site, day: date) -> dict[str, Known]:
    """What is known of each deployment of `site` as of `day`, by slug."""
    chosen = db.session.scalars(find_deployments(site=site, as_of=day)).all()
    records = deployment_records(chosen, day)
    milestones = milestones_of([it.id for it in chosen], When.of(day))
    return {it.deployment.slug: Known(it, milestones[it.deployment.id]) for it in records}


def first_lines(site: Site, month: date) -> list[dict[str, Any]]:
    """The lines that a report of `month` begins with: what is known, or was sent and waits."""
    lines = [known.line() for known in known_on(site, counted_on(month)).values()]
    waiting = {
        line["deployment"]: line
        for report in report_records(
            db.session.scalars(
                find_reports(site=site, state=[ReportState.SUBMITTED])
                .where(Report.month < month)
                .order_by(None)
                .order_by(Report.month)
            ).all()
        )
        for line in report.lines or []
    }
    for line in lines:
        told = waiting.get(line["deployment"], {})
        line |= {name: it for name, it in told.items() if name not in ("note", "reached")}
        if told.get("reached"):
            line.pop("milestone", None)
            line.pop("due", None)
    return lines


def month_faults(site: Site, month: date, on: date) -> dict[str, list[str]]:
    """What is wrong with a report of `month` whose facts hold for the day `on`."""
    if month > counted_on(month):
        return {"month": [_("This month has not come yet; report it once it has begun.")]}
    if month_end(month) < site.selected_on:
        sentence = _(
            "The site was selected on %(day)s; report that month or a later one.",
            day=site.selected_on,
        )
        return {"month": [sentence]}
    if not month <= on <= counted_on(month):
        sentence = _(
            "Give a day of this month, from %(first)s to %(last)s.",
            first=month,
            last=counted_on(month),
        )
        return {"on": [sentence]}
    if is_closed(month):
        sentence = _(
            "This month is closed. Ask the ministry to open it again, or tell each fact by itself: "
            "it then shows as a difference."
        )
        return {"month": [sentence]}
    return {}


def facts_of(report: Report, who: Any) -> Made:
    """The facts that the lines of `report` become, only where something is new; and what is wrong.

    They hold for the report's day and are recorded by `who`. Nothing is in the session yet.
    """
    made = Made()
    with db.session.no_autoflush:
        known = known_on(report.site, report.on)
        for place, line in enumerate(report.lines):
            before = known.get(line["deployment"])
            if before is None:
                sentence = _("This deployment is at another site; name one of this site.")
                made.add(place, "deployment", [sentence])
                continue
            frame = _frame(report, before.record.deployment, line.get("note"), who)
            for name, fact in _new_facts(line, before, frame):
                made.facts.append((place, name, fact))
            _judge_line(made, place, line, before, report.on)
        _judge(made)
    return made


def _frame(report: Report, deployment: Deployment, note: str | None, who: Any) -> dict[str, Any]:
    """What all facts of a line share."""
    return {
        "deployment": deployment,
        "on": report.on,
        "recorded_by": who,
        "mark": Mark.REPORTED,
        "note_ko": note,
        "month": month_name(report.month),
    }


def _new_facts(
    line: Mapping[str, Any], before: Known, frame: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    shared = {name: it for name, it in frame.items() if name != "month"}
    head = f"{frame['deployment'].slug[:48].strip('-')}-{frame['month']}-{token_hex(3)}"
    for name, stage in COUNTED.items():
        if line.get(name) is not None and line[name] != before.record.quantity(stage):
            fact: Any = Quantity(key=f"{head}-{name}", stage=stage, value=line[name], **shared)
            fact.corrects = of_the_same_day(fact)
            yield name, fact
    state = State(line["state"]) if line.get("state") else before.record.state
    if state != before.record.state:
        reason = line.get("note")
        told = {
            "text_ko": reason or f"{frame['month']} 월간 보고",
            "text_en": reason or f"Monthly report {frame['month']}",
        }
        site = frame["deployment"].site
        yield "state", Progress(key=f"{head}-state", site=site, state=state, **told, **shared)
    if line.get("milestone") and line.get("due"):
        basis = Basis.ACTUAL if line.get("reached") else Basis.FORECAST
        kind, due = MilestoneKind(line["milestone"]), date.fromisoformat(line["due"])
        stood = before.milestones.get(kind, {}).get(basis)
        if line.get("reached") or before.expected(kind) != line["due"]:
            fact = Milestone(
                key=f"{head}-{kind.value.replace('_', '-')}",
                kind=kind,
                basis=basis,
                due=due,
                **shared,
            )
            fact.corrects = of_the_same_day(fact)
            if stood is None or stood.due != due:
                yield "due", fact


def _judge_line(made: Made, place: int, line: Mapping[str, Any], before: Known, on: date) -> None:
    """What is wrong with a line by itself: its state, and the day of its next milestone."""
    state = State(line["state"]) if line.get("state") else before.record.state
    if state != before.record.state:
        if not may_follow(before.record.state, state):
            made.add(place, "state", [not_allowed(before.record.state, state, on)])
        elif is_skip(before.record.state, state) and not line.get("note"):
            sentence = _("This leaves out a state; say in the note how it came so far.")
            made.add(place, "state", [sentence])
        elif why := blocked(before.record.deployment, state, on):
            made.add(place, "state", [why])
    due = line.get("due")
    if due and not line.get("milestone"):
        made.add(place, "milestone", [_("Say which milestone this day is for.")])
    elif line.get("reached") and not due:
        made.add(place, "due", [_("Give the day on which it was reached.")])
    elif due and line.get("reached") and due > on.isoformat():
        made.add(place, "due", [_("This day is after the day of the report; it is not reached.")])
    elif due and not line.get("reached") and due <= on.isoformat():
        sentence = _("This day has passed: give a new one, or say that it was reached.")
        made.add(place, "due", [sentence])


def _judge(made: Made) -> None:
    """What is wrong with the facts beside what stands: the same rules as at every other door."""
    rules: dict[type[Any], Any] = {
        Quantity: quantity_faults,
        Milestone: milestone_faults,
        Progress: progress_faults,
    }
    for model, faults in rules.items():
        mine = {
            n: fact for n, (_line, _name, fact) in enumerate(made.facts) if isinstance(fact, model)
        }
        for n, wrong in (faults(mine) if mine else {}).items():
            line, name, _fact = made.facts[n]
            for sentences in wrong.values():
                if not (name == "state" and name in made.errors.get(line, {})):
                    made.add(line, name, sentences)
