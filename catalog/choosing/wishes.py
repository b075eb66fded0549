"""Wishes: what an officer says before solutions are chosen, read from the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from catalog.choosing.coaches import TownKind
from catalog.conditions import SiteFact
from catalog.problems import Problem
from catalog.solutions import Solution
from common.facts import WhenFilters
from common.locale import won
from common.schema import Choice, Ref, Schema, Whole, between

LARGEST_WON = 10**12
HEAVIEST = 5
MOST_WANTED = 10_000
MOST_PACKAGES = 5


class Amount(Whole):
    """Money in KRW; the thousands may be separated."""

    def _validated(self, value: Any) -> int:
        plain = re.sub(r"(?<=\d)[,\s](?=\d)", "", value) if isinstance(value, str) else value
        return super()._validated(plain)


class Numbered(fields.Field[Any]):
    """A thing and a whole number: `smart-pole:12`; without one the number is 1."""

    def __init__(self, model: type[Any], most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.thing = Ref(model)
        self.most = most

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> tuple[Any, int]:
        name, colon, number = str(value).partition(":")
        if colon and (not re.fullmatch(r"[0-9]{1,6}", number) or not 1 <= int(number) <= self.most):
            raise ValidationError(
                _(
                    "Write a whole number from 1 to %(most)s after the colon, for example %(it)s.",
                    most=self.most,
                    it=f"{name}:2" if name.isprintable() else ":2",
                )
            )
        return self.thing.deserialize(name, *args, **kwargs), int(number) if colon else 1


class WishFilters(WhenFilters):
    """What the selector is asked: problems with weights, money, and the place as far as known."""

    problem = fields.List(
        Numbered(Problem, HEAVIEST),
        required=True,
        error_messages={
            "required": _l("Choose at least one problem, and say how much it matters.")
        },
        metadata={"label": _l("Problems")},
    )
    national_won = Amount(
        required=True,
        validate=between(0, LARGEST_WON),
        metadata={"label": _l("National money"), "unit": _l("KRW"), "kind": "won"},
    )
    local_won = Amount(
        required=True,
        validate=between(0, LARGEST_WON),
        metadata={
            "label": _l("Local money"),
            "unit": _l("KRW"),
            "kind": "won",
            "hint": _l("At least as much as national money (1:1)."),
        },
    )
    upkeep_won = Amount(
        validate=between(0, LARGEST_WON),
        metadata={
            "label": _l("Yearly upkeep that the budget can carry"),
            "unit": _l("KRW a year"),
            "kind": "won",
        },
    )
    population = Amount(
        validate=between(1, 100_000_000),
        metadata={"label": _l("Population"), "unit": _l("people"), "kind": "won"},
    )
    town_kind = Choice(TownKind, metadata={"label": _l("Kind of municipality"), "kind": "select"})
    lanes = Whole(validate=between(1, 20))
    speed_kmh = Whole(validate=between(5, 120))
    sidewalk_m = fields.Float(validate=between(0, 50))
    crossing_distance_m = fields.Float(validate=between(0, 5000))
    gate_distance_m = fields.Float(validate=between(0, 5000))
    shifts = Whole(validate=between(0, 10))
    ice_crashes = Whole(validate=between(0, 1000))
    protected_zone = fields.Boolean()
    arterial = fields.Boolean()
    owner_consent = fields.Boolean()
    new_power = fields.Boolean()
    new_network = fields.Boolean()
    existing = fields.List(Ref(Solution), metadata={"label": _l("Already there")})
    wanted = fields.List(
        Numbered(Solution, MOST_WANTED), metadata={"label": _l("How many are wanted")}
    )

    @validates_schema(skip_on_field_errors=True)
    def is_matched(self, values: dict[str, Any], **_kwargs: object) -> None:
        """There is money, and local money is at least national money."""
        national, local = values["national_won"], values["local_won"]
        if not national + local:
            raise ValidationError(_("Give an amount above 0."), "national_won")
        if local < national:
            raise ValidationError(
                _(
                    "Local money must be at least national money (1:1): add %(won)s, "
                    "or ask for less national money.",
                    won=won(national - local),
                ),
                "local_won",
            )


class LikeFilters(Schema):
    """The place that a coach should be near to, in kind and population."""

    population = Amount(validate=between(1, 100_000_000), load_default=None)
    town_kind = Choice(TownKind, load_default=None)


class MemoFilters(WishFilters):
    """The same, and which of its packages the memo is about."""

    package = Whole(load_default=1, validate=between(1, MOST_PACKAGES))


def facts_of(wish: Mapping[str, Any]) -> dict[SiteFact, float]:
    """What was said of the place, as numbers; yes is 1."""
    return {it: float(wish[it.value]) for it in SiteFact if wish.get(it.value) is not None}
