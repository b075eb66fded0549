"""Reasons: the parts of a coach's points for a site, in words with their figures."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from common.locale import number
from tracker.coaching.ranking import Part


def reason(part: Part) -> str:
    """Why a part gives its points, as a sentence with its figures."""
    points = _("%(points)s of %(most)s points", points=f"{part.points:.1f}", most=part.weight)
    return f"{REASONS[part.name](part)} ({points})"


def _experience(part: Part) -> str:
    told = part.figures
    if part.value is None:
        return str(_("Experience: what the site deploys is not known"))
    if not told["solutions"]:
        return str(_("Experience: none known of what is sought"))
    known: Any = told["solutions"]
    if told["years"] is None:
        return str(
            _(
                "Experience: %(n)s of %(of)s solutions, since when is not known",
                n=len(known),
                of=told["of"],
            )
        )
    return str(
        _(
            "Experience: %(n)s of %(of)s solutions, up to %(years)s years",
            n=len(known),
            of=told["of"],
            years=told["years"],
        )
    )


def _similarity(part: Part) -> str:
    told: Any = part.figures
    if part.value is None:
        return str(_("Similarity: not known"))
    words = []
    if "population" in told:
        theirs, ours = told["population"]
        words.append(
            _("%(theirs)s against %(ours)s residents", theirs=number(theirs), ours=number(ours))
        )
    if "kind" in told:
        words.append(
            _("same kind of municipality") if told["kind"] else _("another kind of municipality")
        )
    if "province" in told:
        words.append(_("same province") if told["province"] else _("another province"))
    if "shared" in told:
        words.append(
            _("%(n)s of %(of)s solutions the same", n=told["shared"][0], of=told["shared"][1])
        )
    return str(_("Similarity: %(words)s", words=", ".join(str(it) for it in words)))


def _distance(part: Part) -> str:
    if part.value is None:
        return str(_("Distance: not known"))
    return str(_("Distance: %(km)s km", km=part.figures["km"]))


def _load(part: Part) -> str:
    told: Any = part.figures
    if part.value is None:
        return str(_("Load: how much it can give is not known"))
    return str(
        _(
            "Load: %(due)s of %(capacity)s minutes a month are promised",
            due=number(told["due"]),
            capacity=number(told["capacity"]),
        )
    )


REASONS = {
    "experience": _experience,
    "similarity": _similarity,
    "distance": _distance,
    "load": _load,
}
