"""Numbers: what a study counted or measured, and the effect that follows from it. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

from catalog.effects.effects import (
    Effect,
    Sample,
    change_of_counts,
    change_of_means,
    change_of_shares,
)
from catalog.grading.studies import Counting

SEPARATE = (Counting.EVENTS, None)  # what varies by chance as Poisson counts do


class Numbers(NamedTuple):
    """Two numbers with what they are counted against; what is not known is None.

    `before` is the first period or the control group, `after` the second or the treated one.
    """

    before: float | None = None
    after: float | None = None
    before_of: int | None = None
    after_of: int | None = None
    before_exposure: float | None = None
    after_exposure: float | None = None
    exposure_equal: bool | None = None
    before_sd: float | None = None
    after_sd: float | None = None
    before_n: int | None = None
    after_n: int | None = None
    counting: Counting | None = None

    @classmethod
    def of(cls, record: Any) -> Self:
        """The numbers of a record, or of the values of one that is being written."""
        if isinstance(record, dict):
            return cls(*(record.get(name) for name in cls._fields))
        return cls(*(getattr(record, name) for name in cls._fields))

    @property
    def exposures(self) -> tuple[float, float] | None:
        """What both counts are held against; None where that is not known."""
        if self.before_exposure and self.after_exposure:
            return self.before_exposure, self.after_exposure
        return (1, 1) if self.exposure_equal else None


def effect_of(numbers: Numbers) -> Effect | None:
    """The effect of `numbers`: of shares, means or rates; None where they allow none."""
    before, after = numbers.before, numbers.after
    if before is None or after is None:
        return None
    if numbers.before_of and numbers.after_of:
        old, new = Sample(int(before), numbers.before_of), Sample(int(after), numbers.after_of)
        return change_of_shares(old, new)
    if numbers.before_sd is not None and numbers.after_sd is not None:
        return change_of_means(
            (before, numbers.before_sd, numbers.before_n),
            (after, numbers.after_sd, numbers.after_n),
        )
    if numbers.exposures is None:
        return None
    samples = [
        Sample(int(count), exposure)
        for count, exposure in zip((before, after), numbers.exposures, strict=True)
    ]
    return change_of_counts(*samples, events=numbers.counting in SEPARATE)


def change_pct(numbers: Numbers) -> float | None:
    """The change from before to after in per cent; None without both or from nothing.

    Counts are held against their exposures or wholes where both are known.
    """
    if not numbers.before or numbers.after is None:
        return None
    bases = numbers.exposures or (1, 1)
    if numbers.before_of and numbers.after_of:
        bases = (numbers.before_of, numbers.after_of)
    return 100 * (numbers.after / bases[1] / (numbers.before / bases[0]) - 1)
