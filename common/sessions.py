"""Sessions: a database session during whose ends the cycle collector of Python rests.

On CPython 3.11 the process may crash where the collector frees an object of the session while the
session writes the state of that very object, as it does when it closes, commits or rolls back:
the object's going writes the same state (`InstanceState._cleanup`), and what the session writes
into is freed under it. Seen with 250 sites on the map, as a use after free under valgrind. What
is left is collected a moment later.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from flask_sqlalchemy.session import Session


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


class CalmSession(Session):
    """A session that the collector leaves alone while it lets go of its objects."""

    def close(self) -> None:
        """Let go of all objects and of the connection."""
        with collector_at_rest():
            super().close()

    def commit(self) -> None:
        """Write what changed, and look everything up anew."""
        with collector_at_rest():
            super().commit()

    def rollback(self) -> None:
        """Forget what changed, and look everything up anew."""
        with collector_at_rest():
            super().rollback()

    def expunge_all(self) -> None:
        """Let go of all objects."""
        with collector_at_rest():
            super().expunge_all()

    def expire_all(self) -> None:
        """Look everything up anew."""
        with collector_at_rest():
            super().expire_all()
