"""Warned: the open alerts about sites as a table of reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flask_babel import gettext as _

from common.locale import number, said, word
from common.papers import Part
from tracker.alerts.inbox import brief
from tracker.papers.parts import Spec, count, unknown
from tracker.rollout import SiteRecord

MOST_ALERTS = 1000


def alerts_part(sites: Sequence[SiteRecord], spec: Spec) -> Part:
    """The open alerts about `sites`: how many under each rule, then one by one."""
    alerts = [it.alert for it in brief(spec.when, spec.who, sites)]
    counts = Counter(it.name for it in alerts)
    left = len(alerts) - MOST_ALERTS
    note = _("%(n)s more are left out; the list of alerts has all.", n=number(left))
    return Part(
        _("Open alerts"),
        facts=[(str(word(name)), count(n)) for name, n in counts.items()],
        text=[note] if left > 0 else [],
        head=[_("Rule"), _("About"), _("What"), _("Since"), _("Who has to act, and how")],
        widths=[2, 2, 4, 2, 3],
        rows=[
            [
                word(it.name),
                it.title,
                it.says,
                it.since.isoformat() if it.since else unknown(),
                f"{said(it.owner, 'name')}: {it.act}",
            ]
            for it in alerts[:MOST_ALERTS]
        ],
        empty=_("No alert is open."),
    )
