"""Levels: earned value, and what was given against what was agreed, as tables of reports.

They tell the levels of the dashboard, each row one of them, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from common.locale import number, said, word
from common.papers import Figure, Part
from tracker.monitor.dashboard import Figures
from tracker.monitor.drill import Record, drill, record_of, site_level
from tracker.monitor.levels import Level
from tracker.monitor.performance import Index
from tracker.papers.parts import Spec, count, money, unknown
from tracker.rollout import SiteRecord

TWO_DIGITS = "0.00"


def performance(found: Figures, spec: Spec) -> Part:
    """Schedule and cost of each province and of all sites."""
    title = _("Schedule and cost against the first plan")
    return performance_part(title, by_province(found.sites, spec))


def performance_by_site(found: Figures, spec: Spec) -> Part:
    """Schedule and cost of each site."""
    return performance_part(_("Schedule and cost, site by site"), by_site(found.sites, spec))


def execution(found: Figures, spec: Spec) -> Part:
    """What was reached of what was agreed, by province."""
    title = _("Execution, coaching and guidelines")
    return execution_part(title, by_province(found.sites, spec))


def execution_by_site(found: Figures, spec: Spec) -> Part:
    """What was reached of what was agreed, site by site."""
    return execution_part(_("Execution, site by site"), by_site(found.sites, spec))


def performance_of_site(record: SiteRecord, spec: Spec) -> Part:
    """Schedule and cost of a site and of each of its deployments."""
    title = _("Schedule and cost against the first plan")
    return performance_part(title, by_deployment(record, spec))


def execution_of_site(record: SiteRecord, spec: Spec) -> Part:
    """What a site and each of its deployments reached of what was agreed."""
    title = _("Execution, coaching and guidelines")
    return execution_part(title, by_deployment(record, spec))


def by_province(sites: Sequence[SiteRecord], spec: Spec) -> list[Level]:
    """The levels that the dashboard shows first: the provinces, and all sites below them."""
    levels = drill(_known(sites, spec))
    return [*levels.parts, levels.level]


def by_site(sites: Sequence[SiteRecord], spec: Spec) -> list[Level]:
    """The level of each site."""
    known = _known(sites, spec)
    return [site_level(known, it) for it in sites]


def by_deployment(record: SiteRecord, spec: Spec) -> list[Level]:
    """The levels of the deployments of a site, and the site below them."""
    levels = drill(_known([record], spec), site=record)
    return [*levels.parts, levels.level]


def _known(sites: Sequence[SiteRecord], spec: Spec) -> Record:
    # A report tells of the same sites all the way: what is known of them is asked for once.
    if spec.known is None:
        spec.known = record_of(sites, spec.when)
    known: Record = spec.known
    return known


def performance_part(title: str, levels: Sequence[Level]) -> Part:
    """Earned value of each of `levels`, and for how many packages each index is known."""
    return Part(
        title,
        text=[_("SPI = EV ÷ PV, CPI = EV ÷ AC. An index counts where both values are known.")],
        head=[
            _kind(levels),
            _("Budget (BAC)"),
            _("Planned (PV)"),
            _("Earned (EV)"),
            _("Cost (AC)"),
            "SPI",
            _("SPI known for"),
            "CPI",
            _("CPI known for"),
        ],
        widths=[5, 5, 5, 5, 5, 4, 6, 4, 6],
        rows=[
            [
                said(it, "name"),
                *(money(won) for won in (it.bac_won, it.pv_won, it.ev_won, it.ac_won)),
                *_index(it.schedule, it.performance.packages),
                *_index(it.cost, it.performance.packages),
            ]
            for it in levels
        ],
        empty=_("No site was selected by this day"),
    )


def _kind(levels: Sequence[Level]) -> str:
    """What the rows are: the last one may sum up those before it."""
    return str(word(levels[0].kind)) if levels else str(_("Site"))


def _index(it: Index, packages: int) -> tuple[str, str]:
    """An index, and of how many packages it is known, or why it is not."""
    known = _("%(n)s of %(of)s", n=number(it.known), of=number(packages))
    if it.ratio is None:
        return unknown(), f"{known}: {word(it.lacking)}"
    return Figure(f"{it.ratio:.2f}", it.ratio, TWO_DIGITS), known


def execution_part(title: str, levels: Sequence[Level]) -> Part:
    """Time to start, units working, coaching given and items met of each of `levels`."""
    return Part(
        title,
        head=[
            _kind(levels),
            _("Months to start, middle"),
            _("Units working"),
            _("Units counted"),
            _("Coaching given, min"),
            _("Coaching agreed, min"),
            _("Guideline items met"),
            _("Items that apply"),
        ],
        widths=[4, 3, 3, 3, 3, 3, 3, 3],
        rows=[
            [
                said(it, "name"),
                count(it.median_months_to_start),
                *_working(it.working),
                count(it.given_min),
                count(it.agreed_min),
                count(None if it.items.met_share is None else it.items.meets),
                count(it.items.applicable),
            ]
            for it in levels
        ],
        empty=_("No site was selected by this day"),
    )


def _working(it: Index) -> list[str]:
    """Units working, of the installed ones that were counted; unknown where nobody counted."""
    return [count(value if it.known else None) for value in (it.part_won, it.whole_won)]
