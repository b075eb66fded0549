"""The list of the coaching log: its order and what it can be narrowed to."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.both_databases

LOG = "/api/v1/coaching"


def test_the_log_is_told_newest_first_and_the_undated_last(login, logged, client):
    for day in ("2025-01-05", "2025-03-05", "2025-02-05"):
        logged(held_on=day, actions=[])
    days = [it["held_on"] for it in client.get(LOG).json["items"]]
    dated = [day for day in days if day]
    assert dated == sorted(dated, reverse=True)
    assert days == dated + [None] * (len(days) - len(dated))


def test_the_log_is_narrowed_by_kind_host_site_and_solution(logged, client):
    slug = logged(kind="consulting", solutions=["drt-bus"])
    for asked in ("kind=consulting", "host=seongdong", "solution=drt-bus"):
        assert [it["slug"] for it in client.get(f"{LOG}?{asked}").json["items"]] == [slug]
    assert slug in {it["slug"] for it in client.get(f"{LOG}?site=sokcho-2023").json["items"]}
    assert client.get(f"{LOG}?as_of=2025-02-09&solution=drt-bus").json["total"] == 0
