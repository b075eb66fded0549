"""The page of an outcome: accessible and fitting, in both languages, for whoever reads it."""

from __future__ import annotations

import pytest

from tests.browser.addresses import Address
from tests.browser.test_pages import faults
from tests.doors import outcomes


@pytest.mark.parametrize(
    ("who", "lang"), [(None, "ko"), ("municipality", "ko"), ("ministry", "en")]
)
def test_an_outcome_is_read(app, token, visit, who, lang):
    keys = outcomes(app, token)
    key = keys["decide_outcome" if who else "outcome"]
    address = Address(f"/outcomes/{key}", who=who)
    assert faults(visit(who, lang=lang), address, lang) == []
