"""Requests that are sent at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier


def at_once(*requests) -> list:
    """The answers to `requests`, all sent at the same moment."""
    start = Barrier(len(requests))

    def send(request):
        start.wait()
        return request()

    with ThreadPoolExecutor(len(requests)) as pool:
        return [it.result() for it in [pool.submit(send, request) for request in requests]]
