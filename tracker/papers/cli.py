"""Commands of reports: `flask work` makes them, `flask papers forget` removes old ones."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from common.cli import CHECKS
from common.db import db
from tracker.papers.orders import KEPT_DAYS, forget, left_over
from tracker.papers.queue import at_work, is_worked, put, queue_of

papers = AppGroup("papers", help="Reports that were made in the background.")
A_LOOK_S = 0.5


@click.command("work")
@click.option("--with-parent", is_flag=True, help="Stop when the process that started it ends.")
@with_appcontext
def work(*, with_parent: bool) -> None:
    """Make the reports that are asked for, until it is stopped (Ctrl+C)."""
    logging.getLogger("huey").setLevel(logging.WARNING)
    app: Any = current_app
    with at_work() as alone:
        if alone:
            for slug in left_over():
                put(slug)
        db.session.remove()
        consumer = queue_of(app._get_current_object()).create_consumer(  # noqa: SLF001 - for another thread
            workers=1, periodic=False, max_delay=1.0, scheduler_interval=60
        )
        if with_parent:
            threading.Thread(target=stop_with, args=(os.getppid(),), daemon=True).start()
        consumer.run()


def stop_with(parent: int) -> None:
    """Stop this process, once it has made what it makes, when `parent` has ended."""
    while os.getppid() == parent:
        time.sleep(A_LOOK_S)
    os.kill(os.getpid(), signal.SIGINT)


@papers.command("forget")
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(0, 36_500),
    default=KEPT_DAYS,
    show_default=True,
    help="Days since the report was asked for.",
)
def forget_papers(days: int) -> None:
    """Remove old reports and their files; the worker does the same after each report."""
    click.echo(f"{forget(days)} reports were removed.")


def worker() -> tuple[str, str | None]:
    """Whether somebody makes the reports that are asked for."""
    return "background work", None if is_worked() else "run `flask work`: reports wait for it"


CHECKS.append(worker)
COMMANDS = (work, papers)
