"""Commands: `flask seed`, `load`, `dump` and `doctor`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from common.db import db
from common.facts import Fact, not_withdrawn
from common.health import trouble
from common.resource import Resource
from common.rows import (
    ImportRefused,
    Row,
    flat,
    rows_of,
    split_lists,
    write_csv,
    write_xlsx,
    write_yaml,
)
from common.seeding import seed as plant
from common.upsert import upsert

LONG_FILE = 1000  # rows from which a file gets a progress bar
SHORT_KEY = 32
LOW_DISK_BYTES = 500 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "::1", "localhost")
# What other layers want to be checked: each tells its name, and what to do or None.
CHECKS: list[Callable[[], tuple[str, str | None]]] = []
WRITERS = {".csv": write_csv, ".xlsx": write_xlsx, ".yaml": write_yaml, ".yml": write_yaml}


def register(app: Flask, kinds: Mapping[str, Resource], seeds: Path) -> None:
    """Give `app` the commands that know `kinds`."""
    kind = click.argument("kind", type=click.Choice(list(kinds)), metavar="KIND")

    @app.cli.command("seed")
    def seed() -> None:
        """Load the real facts that come with the app; a second time changes nothing."""
        for name, it in kinds.items():
            file = seeds / f"{name}.yaml"
            if file.exists():
                done = take(it, file, plant)
                kept = f", {done.kept} kept as changed here" if done.kept else ""
                click.echo(f"{name}: {done.added} added, {done.changed} changed{kept}")
        db.session.commit()

    @app.cli.command("load")
    @kind
    @click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--check", is_flag=True, help="Say what would happen; change nothing.")
    def load(kind: str, path: Path, check: bool) -> None:
        """Add or change things from a CSV, XLSX or YAML file: all rows or none."""
        it = kinds[kind]
        added, changed = fetch(it, path, check=check) if it.bring else take(it, path, put)
        if not check:
            db.session.commit()
        click.echo(f"{added} added, {changed} changed" + (", nothing kept" if check else ""))

    load.help = f"{load.help} KIND is one of: {', '.join(kinds)}."

    @app.cli.command("dump")
    @kind
    @click.argument("path", required=False, type=click.Path(dir_okay=False, path_type=Path))
    def dump(kind: str, path: Path | None) -> None:
        """Write all things of a KIND to a file, or as YAML to the screen."""
        give(kinds[kind], path)

    @app.cli.command("doctor")
    @with_appcontext
    def doctor() -> None:
        """Check settings, database, static files, disk and secret key, and say what to do."""
        wrong = 0
        for name, remedy in complaints():
            wrong += remedy is not None
            click.echo(
                f"{'ok  ' if remedy is None else 'MEND'}  {name}" + (f": {remedy}" * bool(remedy))
            )
        sys.exit(1 if wrong else 0)


def put(it: Resource, rows: Mapping[int, Row], each: Callable[[], object]) -> tuple[int, int]:
    """Add what is new and change what is old; how many of each."""
    return upsert(it.model, it.schema(), rows, each, it.together)


def take(it: Resource, path: Path, how: Callable[..., Any]) -> Any:
    """Load the file at `path` with `how`, not yet committed; ends the command on a refusal."""
    schema = it.schema()
    try:
        rows = rows_of(path)
        if path.suffix.lower() in (".csv", ".xlsx"):
            rows = {place: split_lists(schema, row) for place, row in rows.items()}
        rows = dict(it.from_sheet(rows)) if it.from_sheet else rows
        with click.progressbar(
            length=len(rows), label=it.many, file=sys.stderr, hidden=len(rows) < LONG_FILE
        ) as bar:
            return how(it, rows, lambda: bar.update(1))
    except ImportRefused as refused:
        give_up(refused, path)


def fetch(it: Resource, path: Path, *, check: bool) -> tuple[int, int]:
    """Load a file of a kind that has a way of its own to be read, however long the file."""

    @contextmanager
    def bar(label: str, length: int) -> Iterator[Callable[[int], None]]:
        with click.progressbar(
            length=length, label=f"{it.many}, {label}", file=sys.stderr, hidden=length < LONG_FILE
        ) as shown:
            yield shown.update

    try:
        return it.bring(path, check=check, bar=bar) if it.bring else (0, 0)
    except ImportRefused as refused:
        give_up(refused, path)


def give_up(refused: ImportRefused, path: Path) -> NoReturn:
    """Tell what is wrong with a file, and end the command."""
    db.session.rollback()
    for sentence in refused.sentences():
        click.echo(sentence, err=True)
    click.echo(f"{path.name}: nothing was loaded.", err=True)
    sys.exit(1)


def give(it: Resource, path: Path | None) -> None:
    """Write all things of a kind: what `load` takes back without a change."""
    schema = it.schema()
    columns = [name for name, field in schema.fields.items() if not field.dump_only]
    query = select(it.model).order_by(it.model.id)
    if issubclass(it.model, Fact):
        query = query.where(not_withdrawn(it.model))
    things = db.session.scalars(query).unique().all()
    kept = type(schema)(only=columns)
    if path is None:
        write_yaml(sys.stdout.buffer, columns, kept.dump(things, many=True))
    elif path.suffix.lower() in (".yaml", ".yml"):
        with path.open("wb") as out:
            write_yaml(out, columns, kept.dump(things, many=True))
    else:
        writer = WRITERS.get(path.suffix.lower())
        if writer is None:
            raise click.ClickException("Give a file that ends in .csv, .xlsx or .yaml.")
        with path.open("wb") as out:
            writer(out, columns, (flat(kept, thing) for thing in things))
    if path:
        click.echo(f"{len(things)} {it.many} written to {path.name}")


def complaints() -> Iterator[tuple[str, str | None]]:
    """Each thing that is checked, with what to do about it or None where it is fine."""
    config: Any = current_app.config
    yield (
        "secret key",
        None if len(config["SECRET_KEY"]) >= SHORT_KEY else "use a longer SECRET_KEY",
    )
    demo = config["DEMO"] and os.environ.get("HOST", "127.0.0.1") not in (
        "127.0.0.1",
        "::1",
        "localhost",
    )
    yield "demo mode", "unset DEMO: demo accounts are for this machine only" if demo else None
    wrong = trouble()
    yield "database", wrong
    look = Path(current_app.static_folder or "") / "node_modules" / "krds-uiux"
    yield "static files", None if look.exists() else "run `npm ci --prefix static`"
    words = Path(current_app.root_path) / "translations" / "ko" / "LC_MESSAGES" / "messages.mo"
    yield "translations", None if words.exists() else "run `pybabel compile -d translations`"
    free = shutil.disk_usage(current_app.instance_path).free
    yield "disk", None if free > LOW_DISK_BYTES else f"free some space: {free >> 20} MB are left"
    writable = os.access(current_app.instance_path, os.W_OK)
    yield "instance folder", None if writable else "make the instance folder writable"
    yield from (check() for check in CHECKS)
