"""Results: what is met of the guidelines, and outcomes, as tables of reports."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from common.locale import number, said, word
from common.papers import Part
from tracker.outcomes.told import OutcomeRecord
from tracker.papers.parts import Spec, count, unknown


def compliance_head() -> list[str]:
    """The columns of counts of checklists."""
    return [
        _("Solution"),
        _("Must-items met"),
        _("All items met"),
        _("Deviations"),
        _("Not yet"),
    ]


def counts_of(tally: Any) -> list[str]:
    """Items met of those that apply, deviations, and what is not answered as met or not."""
    met = [
        _("%(n)s of %(of)s", n=number(it.meets), of=number(it.applicable))
        if it.met_share is not None
        else unknown()
        for it in (tally.must, tally.all)
    ]
    return [*met, count(tally.all.deviates), count(tally.all.not_yet)]


def outcome_part(spec: Spec, lines: Any, *, with_site: bool = False) -> Part:
    """Outcome lines as a table; an effect comes with its interval."""
    rows = []
    for line in lines:
        known = (line.baseline, line.target, line.measurement)
        spec.rests_on(*(it.outcome for it in known if it))
        place = [said(line.deployment.site, "name")] if with_site else []
        rows.append(
            [
                *place,
                said(line.deployment.solution, "name"),
                f"{said(line.indicator, 'name')} ({said(line.indicator, 'unit')})",
                word(line.counting),
                *(_measured(it) for it in known),
                _effect(line.measurement),
            ]
        )
    names = [_("Baseline"), _("Target"), _("Newest measurement"), _("Effect")]
    head = [_("Solution"), _("Indicator"), _("How it was counted"), *names]
    return Part(
        _("Outcomes"),
        head=[_("Site"), *head] if with_site else head,
        rows=rows,
        empty=_("No outcome has been approved yet. That does not mean that there is none."),
    )


def _measured(it: OutcomeRecord | None) -> str:
    if it is None or it.value is None:
        return unknown()
    # Pages round to one decimal; the days say what it holds for.
    sign = "%" if it.indicator.kind.value == "proportion" else ""
    return f"{number(it.value, 1)}{sign} ({it.begins_on} ~ {it.ends_on})"


def _effect(it: OutcomeRecord | None) -> str:
    if it is None or it.effect is None:
        return unknown()
    return str(it.change or word(it.effect.because) or unknown())
