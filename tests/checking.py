"""Answering the checklist of Sokcho's smart pole."""

from __future__ import annotations

import pytest

POLE = "/api/v1/deployments/sokcho-2023-smart-pole"


@pytest.fixture
def officer(login):
    """The officer of Sokcho."""
    return login("municipality")


@pytest.fixture
def send(officer):
    """`send({...}, on=...)`: the officer's answers about Sokcho's smart pole."""

    def post(*checks: dict, on: str = "2025-03-20", **headers: str):
        body = {"on": on, "checks": list(checks)}
        return officer.post(f"{POLE}/checks", json=body, headers=headers)

    return post


@pytest.fixture
def line_of(client):
    """`line_of("WA-01", as_of=...)`: the line of Sokcho's checklist about that item."""

    def ask(item: str, **asked: str):
        lines = client.get(f"{POLE}/checklist", query_string=asked).json["items"]
        return next(line for line in lines if line["item"] == item)

    return ask
