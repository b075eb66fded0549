"""Where it is being done: rounds, sites, deployments, dated facts and coaching."""

from tracker import (  # noqa: F401 - relationships are named by string and need all nouns
    adherence,
    checklists,
    coaching,
    deployments,
    ledger,
    municipalities,
    periods,
    progress,
    rollout,
    rounds,
    sites,
)
