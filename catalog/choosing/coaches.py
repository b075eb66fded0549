"""Coaches: who has done it before, those nearest in kind and population first. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf, log
from typing import Any

from flask_babel import lazy_gettext as _l

from accounts.organisations import Organisation
from common.locale import name_values


class TownKind(StrEnum):
    """What kind of local government it is."""

    METROPOLITAN = "metropolitan"
    CITY = "city"
    COUNTY = "county"
    DISTRICT = "district"


name_values(
    {
        TownKind.METROPOLITAN: _l("Metropolitan city or province"),
        TownKind.CITY: _l("City (si)"),
        TownKind.COUNTY: _l("County (gun)"),
        TownKind.DISTRICT: _l("District (gu)"),
    }
)
UPPER = re.compile(r"(특별자치시|특별시|광역시|도)$")
ENDINGS = {"시": TownKind.CITY, "군": TownKind.COUNTY, "구": TownKind.DISTRICT}


@dataclass(frozen=True)
class Near:
    """Somebody who did it: what is told of that, and how alike the place is."""

    told: Any
    organisation: Organisation
    kind: TownKind | None
    residents: int | None

    @property
    def name_ko(self) -> str:
        """Its name in Korean."""
        return self.organisation.name_ko

    @property
    def name_en(self) -> str:
        """Its name in English."""
        return self.organisation.name_en


def kind_of(organisation: Organisation) -> TownKind | None:
    """The kind of a local government by the ending of its Korean name; None for other bodies."""
    if UPPER.search(organisation.name_ko):
        return TownKind.METROPOLITAN
    return ENDINGS.get(organisation.name_ko[-1:])


def nearest(
    told: Sequence[Any],
    organisation_of: Callable[[Any], Organisation],
    residents: Mapping[str, int],
    *,
    population: int | None = None,
    kind: TownKind | None = None,
) -> list[Near]:
    """All of `told`: same kind first, then by ratio of populations; unknown ones stay, last.

    `residents`: by slug of the organisation. Without kind and population the order stays.
    """
    found = []
    for it in told:
        body = organisation_of(it)
        found.append(Near(it, body, kind_of(body), residents.get(body.slug)))
    return sorted(
        found,
        key=lambda it: (kind is not None and it.kind is not kind, _apart(it.residents, population)),
    )


def _apart(residents: int | None, population: int | None) -> float:
    if population is None:
        return 0
    return abs(log(residents / population)) if residents else inf
