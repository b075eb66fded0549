"""Where it is being done: rounds, sites, deployments, dated facts and coaching."""

from tracker import (  # noqa: F401 - relationships are named by string and need all nouns
    coaching,
    deployments,
    ledger,
    municipalities,
    outcomes,
    progress,
    reviews,
    rollout,
    rounds,
    sites,
)
