"""Queue: what waits to be made in the background, and whether anybody works on it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from huey import SqliteHuey

from tracker.papers.making import make

NAME = "papers"


def queue_of(app: Flask) -> Any:
    """The queue of `app`: a file beside its database, unless `QUEUE_FILE` names another one."""
    queue = app.extensions.get("queue")
    if queue is None:
        file = app.config.get("QUEUE_FILE") or Path(app.instance_path) / "queue.db"
        queue = SqliteHuey(NAME, filename=str(file), results=False)
        queue.make = queue.task(name="make")(lambda slug: make(app, slug))
        app.extensions["queue"] = queue
    return queue


def put(slug: str) -> None:
    """Put the report that is named `slug` into the queue; it has to be committed by then."""
    queue_of(current_app._get_current_object()).make(slug)  # type: ignore[attr-defined] # noqa: SLF001 - the app itself, for another thread


@contextmanager
def at_work() -> Iterator[bool]:
    """Hold the sign that somebody works the queue; whether nobody else does.

    The system takes the sign back when the process ends, however it ends.
    """
    sign = os.open(_sign(), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except BlockingIOError:
            alone = False
        fcntl.flock(sign, fcntl.LOCK_SH)
        yield alone
    finally:
        os.close(sign)


def is_worked() -> bool:
    """Whether somebody on this machine works the queue."""
    try:
        sign = os.open(_sign(), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return False
    try:
        fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(sign)
    return False


def _sign() -> Path:
    return Path(current_app.instance_path) / "work.lock"
