"""Where it is being done: rounds, sites, deployments, dated facts and coaching."""

from tracker import (  # noqa: F401 - relationships are named by string and need all nouns
    adherence,
    budgets,
    checklists,
    coaching,
    deployments,
    inspections,
    ledger,
    milestones,
    municipalities,
    outcomes,
    periods,
    photos,
    plan_revisions,
    progress,
    reports,
    reviews,
    rollout,
    rounds,
    sites,
    units,
)
