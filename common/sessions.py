"""Sessions: a database session during whose ends the cycle collector of Python rests.

On CPython 3.11 the process may crash where the collector frees an object of the session while the
session writes the state of that very object, as it does when it closes, commits or rolls back:
the object's going writes the same state (`InstanceState._cleanup`), and what the session writes
into is freed under it. Seen with 250 sites on the map, as a use after free under valgrind. What
is left is collected a moment later.
"""

from __future__ import annotations

from flask_sqlalchemy.session import Session

from common.collector import collector_at_rest


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
