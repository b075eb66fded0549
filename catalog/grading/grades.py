"""Evidence grades: how far a study's design lets one trust its number."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from common.locale import name_values


class Grade(StrEnum):
    """A: randomised, or empirical Bayes with controls; B: matched or control group;
    C: simple before-after or one-period count; D: survey or claim only."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


name_values(
    {
        Grade.A: _l("Randomised, or empirical Bayes with a control group"),
        Grade.B: _l("Matched or control group"),
        Grade.C: _l("Before and after without control, or a count of one period"),
        Grade.D: _l("Survey or claim only"),
    }
)


def at_least(grade: Grade) -> list[Grade]:
    """`grade` and all better ones."""
    return [better for better in Grade if better <= grade]
