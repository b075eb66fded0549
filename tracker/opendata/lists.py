"""Lists: what the published lists are called and what each holds."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

NAMES: dict[str, tuple[Any, Any]] = {
    "solutions": (_l("Solutions"), _l("names, other names, problem, parts")),
    "guidelines": (_l("Guidelines"), _l("issuer, version, dates, status")),
    "items": (
        _l("Items of guidelines"),
        _l("clause, requirement, level, stage, how to check"),
    ),
    "evidence": (_l("Evidence"), _l("counts, period, place, design, grade, interval")),
    "indicators": (
        _l("Indicators"),
        _l("what is counted, against what, ways of counting, codes"),
    ),
    "costs": (_l("Costs"), _l("unit costs from contracts, with their basis")),
    "price-indices": (
        _l("Consumer price index"),
        _l("yearly, to bring costs to the prices of one year"),
    ),
    "discrepancies": (_l("Where sources disagree"), _l("both versions with their sources")),
    "sources": (_l("Sources"), _l("names and addresses")),
    "sites": (_l("Sites"), _l("state, money, population and position today")),
    "deployments": (
        _l("Deployments and quantities"),
        _l("planned, revised, installed, accepted, working"),
    ),
    "money": (
        _l("Money ledger"),
        _l("amounts by site, fund and stage, with corrections and reasons"),
    ),
    "milestones": (_l("Milestones"), _l("first plan, revised plan, forecast and reached")),
    "budgets": (_l("Budgets"), _l("amounts by deployment and fund, planned and revised")),
    "revisions": (_l("Revisions of plans"), _l("reason, changes, decision")),
    "reports": (
        _l("Monthly reports"),
        _l("state and days; what they say once it is approved"),
    ),
    "units": (
        _l("Installed units"),
        _l("place, papers, state and the day they were seen last"),
    ),
    "outcomes": (
        _l("Outcomes"),
        _l("baselines, targets and measurements with counts, how they were counted and the effect"),
    ),
    "coaching": (
        _l("Coaching sessions"),
        _l("who, when, how long; texts only for those who may read them"),
    ),
    "agreements": (_l("Agreements"), _l("host, site, minutes agreed, given and left")),
    "requests": (
        _l("Requests for help"),
        _l("site, host, topics, state; the words for the parties only"),
    ),
    "planned-sessions": (
        _l("Planned sessions"),
        _l("who, when, state; place and words for the parties only"),
    ),
    "municipalities": (_l("Municipalities"), _l("names and position")),
    "checks": (
        _l("Answers to checklists"),
        _l("meets, deviates, not applicable, with reason and evidence"),
    ),
    "compliance": (
        _l("Compliance"),
        _l("items met, counted by deployment, site, item or stage"),
    ),
    "rounds": (_l("Rounds"), _l("money, ceilings, applicants")),
}


def names_of(many: str) -> tuple[str, str]:
    """The name of a list and what it holds, in the reader's language; at least its short name."""
    name, holds = NAMES.get(many, (many, ""))
    return str(name), str(holds)
