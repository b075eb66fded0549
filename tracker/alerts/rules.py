"""Rules: when an alert is given, in words and with thresholds; no alert stands without one.

A threshold that changes gets a new version here, so that a rule is never other than it reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from common.locale import name_values
from common.schema import Choice, Schema


class RuleName(StrEnum):
    """What is watched, in the order in which lists show it."""

    SILENT_SITE = "silent_site"
    MILESTONE_SLIP = "milestone_slip"
    FORECAST_WORSE = "forecast_worse"
    BUDGET_NOT_PASSED = "budget_not_passed"
    MATCH_SHORT = "match_short"
    SPENDING_BEHIND = "spending_behind"
    UNITS_FAILING = "units_failing"
    WARRANTY_ENDING = "warranty_ending"
    ACTION_OVERDUE = "action_overdue"
    COACHING_OVERDRAWN = "coaching_overdrawn"
    EVIDENCE_PAST_REVIEW = "evidence_past_review"
    TRANSLATION_STALE = "translation_stale"


name_values(
    {
        RuleName.SILENT_SITE: _l("Silent site"),
        RuleName.MILESTONE_SLIP: _l("Milestone late"),
        RuleName.FORECAST_WORSE: _l("Forecast worse and worse"),
        RuleName.BUDGET_NOT_PASSED: _l("Local budget not on record or short"),
        RuleName.MATCH_SHORT: _l("Match short"),
        RuleName.SPENDING_BEHIND: _l("Spending behind"),
        RuleName.UNITS_FAILING: _l("Units failing"),
        RuleName.WARRANTY_ENDING: _l("Warranty ending"),
        RuleName.ACTION_OVERDUE: _l("Next step overdue"),
        RuleName.COACHING_OVERDRAWN: _l("Coaching overdrawn"),
        RuleName.EVIDENCE_PAST_REVIEW: _l("Evidence past its review day"),
        RuleName.TRANSLATION_STALE: _l("English missing or out of date"),
    }
)

# In which unit each threshold is counted.
UNITS: dict[str, Any] = {
    "days": _l("days"),
    "workdays": _l("working days"),
    "minutes": _l("min"),
    "times": _l("times in a row"),
    "won": _l("KRW"),
    "points": _l("percentage points"),
    "percent": _l("per cent"),
    "units": _l("units"),
}


@dataclass(frozen=True)
class Rule:
    """One rule: when it fires, how that is counted, who has to act, and how."""

    name: RuleName
    fires: Any  # a sentence with the thresholds in their places
    counted: Any
    owner: Any
    act: Any
    limits: Mapping[str, int] = field(default_factory=dict)
    version: int = 1

    @property
    def sentence(self) -> str:
        """When it fires, with the thresholds that the program uses."""
        return str(self.fires) % self.limits

    @property
    def thresholds(self) -> list[dict[str, Any]]:
        """Each threshold with its unit."""
        return [{"value": it, "unit": str(UNITS[unit])} for unit, it in self.limits.items()]

    def __getitem__(self, unit: str) -> int:
        return self.limits[unit]


class RuleSchema(Schema):
    """A rule as the API tells it, in the reader's language."""

    rule = Choice(RuleName, attribute="name")
    version = fields.Integer()
    fires = fields.String(attribute="sentence")
    counted = fields.String()
    owner = fields.String()
    next_act = fields.String(attribute="act")
    thresholds = fields.Raw()


SITE = _l("The municipality of the site")
MINISTRY = _l("The ministry")

RULES: dict[RuleName, Rule] = {
    it.name: it
    for it in (
        Rule(
            RuleName.SILENT_SITE,
            _l(
                "A site has no submitted or approved report of the last closed month that binds "
                "it. A month counts as closed %(days)s days after its end, or as soon as the "
                "ministry closes it."
            ),
            _l(
                "Months bind the sites of a round once monthly reports are in use: from the month "
                "before the day on which the first of them sent a report or the ministry closed a "
                "month, or from that month itself where it is later. They bind a site from its "
                "selection until the month in which it is on record as working; withdrawn sites "
                "are left out. A report that was returned, or is a draft, does not count. Before "
                "reports are in use nobody is silent."
            ),
            SITE,
            _l("Submit the report of the month."),
            {"days": 10},
            version=2,
        ),
        Rule(
            RuleName.MILESTONE_SLIP,
            _l("A milestone that is not reached yet is %(days)s days or more behind its plan."),
            _l(
                "The plan is the revised one where there is one. Against it stand the newest "
                "forecast and the day that is asked about, whichever is later. Milestones before "
                "the last one reached are left out; one alert per deployment, for the first that "
                "is late."
            ),
            SITE,
            _l(
                "Record the day on which it was reached, tell a new forecast in the report of the "
                "month, or propose a revision of the plan."
            ),
            {"days": 30},
        ),
        Rule(
            RuleName.FORECAST_WORSE,
            _l("The forecast of a milestone came later %(times)s times in a row."),
            _l("One that is repeated or earlier ends the run. Reached milestones are left out."),
            SITE,
            _l("Say what holds it up, and propose a revision of the plan."),
            {"times": 3},
        ),
        Rule(
            RuleName.BUDGET_NOT_PASSED,
            _l(
                "%(days)s days after the selection, no local money is on record as budgeted by the "
                "council, or less than was committed."
            ),
            _l(
                "Where nothing is recorded it is unknown, and the alert says so. Provincial and "
                "municipal money are added up where both are told. Sites that reported completion "
                "are left out."
            ),
            SITE,
            _l("Record the amount that the council budgeted."),
            {"days": 90},
        ),
        Rule(
            RuleName.MATCH_SHORT,
            _l("Local money committed is %(won)s KRW or more short of what national money asks."),
            _l("Counted to the won. Where one of the two is unknown, the rule says nothing."),
            SITE,
            _l("Record further local money, or explain the shortfall to the ministry."),
            {"won": 1},
        ),
        Rule(
            RuleName.SPENDING_BEHIND,
            _l(
                "The share spent of the money committed lies %(points)s percentage points or more "
                "behind the share of the term that has passed."
            ),
            _l(
                "The term runs from the selection for the years of the round, day by day; once it "
                "is over its share is 100 per cent. Where spending is unknown, the rule says "
                "nothing."
            ),
            SITE,
            _l("Record what was spent, or propose a revision of the plan."),
            {"points": 20},
        ),
        Rule(
            RuleName.UNITS_FAILING,
            _l(
                "%(percent)s per cent or more of the inspected units of a deployment did not work "
                "when they were looked at last; from %(units)s inspected units on."
            ),
            _l("Units nobody looked at count neither way. Removed units are left out."),
            SITE,
            _l("Have the units mended and log the repair."),
            {"percent": 10, "units": 5},
        ),
        Rule(
            RuleName.WARRANTY_ENDING,
            _l("The warranty of a unit ends within %(days)s days."),
            _l("One alert per deployment, with the first day. Units without a day are left out."),
            SITE,
            _l("Inspect the units and claim faults before the day."),
            {"days": 90},
        ),
        Rule(
            RuleName.ACTION_OVERDUE,
            _l(
                "A next step promised in a session is open %(workdays)s working day or more after "
                "its day."
            ),
            _l(
                "A day that nobody works on counts as the next working day. Steps without a day "
                "are left out. What a step says is for its parties only."
            ),
            _l("The organisation that promised it"),
            _l("Do it and tick it off in the session."),
            {"workdays": 1},
        ),
        Rule(
            RuleName.COACHING_OVERDRAWN,
            _l("A host gave a site %(minutes)s minute or more beyond their agreement."),
            _l(
                "Sessions of the two within the days of the agreement are added up. Sessions whose "
                "length nobody recorded are left out, so that it is at least so much."
            ),
            _l("The host"),
            _l("Agree on further minutes with the site, or correct the length of a session."),
            {"minutes": 1},
        ),
        Rule(
            RuleName.EVIDENCE_PAST_REVIEW,
            _l("The day by which evidence was to be read again passed %(days)s day or more ago."),
            _l("Evidence without such a day is left out."),
            MINISTRY,
            _l("Look at the study again, and propose the new review day."),
            {"days": 1},
        ),
        Rule(
            RuleName.TRANSLATION_STALE,
            _l(
                "The Korean of a published entry changed and its English did not, for %(days)s "
                "days or more; or a solution lacks the English of what it tells in Korean."
            ),
            _l(
                "English that somebody read again and found still right is up to date. Missing "
                "English is told as it is today, since the catalog keeps no day for it."
            ),
            MINISTRY,
            _l("Propose the English text."),
            {"days": 14},
        ),
    )
}
