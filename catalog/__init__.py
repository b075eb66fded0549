"""What is known to work: solutions with their evidence, costs, guidelines and sources."""

from catalog import (  # noqa: F401 - relationships are named by string and need all nouns
    conditions,
    costs,
    discrepancies,
    evidence,
    evidence_schemas,
    experiences,
    guidelines,
    indicators,
    problems,
    solutions,
    sources,
)
from catalog.costing import prices  # noqa: F401 - the same
