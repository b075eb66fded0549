"""Where it is being done: rounds, sites, deployments, dated facts and coaching."""

# Relationships are named by string and need all nouns.
from accounts import users  # noqa: F401
from tracker import deployments, municipalities, progress, rollout, rounds, sites  # noqa: F401
from tracker.alerts import digest, handling  # noqa: F401
from tracker.checklists import adherence, checklists  # noqa: F401
from tracker.coaching import actions, agreements, calendars, log, offices, persons, requests  # noqa: F401
from tracker.money import ledger  # noqa: F401
from tracker.outcomes import outcomes, reviews  # noqa: F401
from tracker.plan import budgets, milestones, revisions  # noqa: F401
from tracker.register import inspections, photos, units  # noqa: F401
from tracker.reports import periods, reports  # noqa: F401
