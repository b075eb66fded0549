"""Outcomes to send, and the people who send and decide them."""

from __future__ import annotations

import pytest

HERE = "/api/v1/deployments/sokcho-2023-smart-crosswalk/outcomes"
CRASHES = {"indicator": "crosswalk-pedestrian-crashes", "counting": "events", "denominator": 3}
BEFORE = CRASHES | {
    "kind": "baseline",
    "begins_on": "2020-01-01",
    "ends_on": "2022-12-31",
    "numerator": 19,
}
AFTER = CRASHES | {
    "kind": "measurement",
    "begins_on": "2025-04-01",
    "ends_on": "2026-03-31",
    "numerator": 9,
}
STOPS = {"indicator": "crosswalk-right-turn-stops", "counting": "measurement"}
PASSED = {"indicator": "crosswalk-passers-by", "counting": "passing_by", "denominator": 1}


@pytest.fixture
def report(login):
    """`report(values)`: the answer to the officer of Sokcho, who submits an outcome."""

    def send(values, who="municipality", address=HERE, **more):
        return login(who).post(address, json={"submit": True} | values | more)

    return send


@pytest.fixture
def decide(login):
    """`decide(key)`: the ministry's decision on an outcome."""

    def send(key, state="approved", comment=None, who="ministry"):
        body = {"state": state} | ({"comment": comment} if comment else {})
        return login(who).post(f"/api/v1/outcomes/{key}/decision", json=body)

    return send


@pytest.fixture
def approved(report, decide):
    """`approved(values)`: the key of an outcome that the ministry approved."""

    def made(values, **more):
        answer = report(values, **more)
        assert answer.status_code == 201, answer.text
        key = answer.json["key"]
        assert decide(key).status_code == 200
        return key

    return made


def found(person, **asked):
    return person.get("/api/v1/outcomes", query_string=asked).json["items"]


def dates(year):
    return {"begins_on": f"{year}-01-01", "ends_on": f"{year}-12-31"}
