"""Collector: when Python's collector of cycles works, and what it need not look at."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

NEW_ONES = 50_000  # objects more than were let go of, until the new ones are looked through
YOUNG_ROUNDS, MIDDLE_ROUNDS = 20, 100  # times that this happens, until older ones are as well


class _Rest:
    """Who needs the collector to rest, over all threads: it begins again after the last of them."""

    def __init__(self) -> None:
        self._lock, self._needed, self._was_on = Lock(), 0, False

    def begin(self) -> None:
        with self._lock:
            if not self._needed:
                self._was_on = gc.isenabled()
                gc.disable()
            self._needed += 1

    def end(self) -> None:
        with self._lock:
            self._needed -= 1
            if not self._needed and self._was_on:
                gc.enable()


_rest = _Rest()


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """No cycles are collected meanwhile, in no thread; some may rest within others."""
    _rest.begin()
    try:
        yield
    finally:
        _rest.end()


def set_aside() -> None:
    """What is here by now stays for good: the collector no longer looks through it.

    Mappers, schemas, routes and texts are some hundred thousand objects. A request in which all of
    them were looked through took half a second longer.
    """
    gc.freeze()
    look_seldom()


def look_seldom() -> None:
    """Look for cycles after tens of thousands of new objects, not after Python's 700.

    A page of 300 sites makes more than that many which all live until its end: looking through
    them again and again took a quarter of the time, and the process is no larger without it.
    """
    gc.set_threshold(NEW_ONES, YOUNG_ROUNDS, MIDDLE_ROUNDS)
