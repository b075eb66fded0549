"""A clean slate: notes which tables a test writes to, and puts them back as they were."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event, inspect

WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


class Slate:
    """The tables of one database, with a copy of each in a schema named `pristine`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.written: set[str] = set()
        self.kept: dict[str, set[str]] = {}
        self.sent: list[list[str]] = []
        event.listen(engine, "before_cursor_execute", self._note)

    def copy(self) -> None:
        """Keep all tables as they are now."""
        tables = inspect(self.engine).get_table_names()
        if self.engine.dialect.name == "sqlite":
            with sqlite3.connect(str(self.engine.url.database)) as live:
                live.execute("VACUUM INTO ?", (self._copy_file,))
            live.close()
        else:
            copies = [f'CREATE TABLE pristine."{name}" AS TABLE "{name}"' for name in tables]
            self._run("CREATE SCHEMA pristine", *copies)
        self.written.clear()

    def wipe(self) -> None:
        """Put back every table that was written to since."""
        tables, self.written = sorted(self.written), set()
        if tables:
            emptied = [f'DELETE FROM "{name}"' for name in tables]
            filled = [f'INSERT INTO "{name}" SELECT * FROM pristine."{name}"' for name in tables]
            self._run(*emptied, *filled)

    def keep(self, name: str) -> None:
        """Keep what was written so far under `name`, beside the tables as they were."""
        self.kept[name] = set(self.written)
        self._run(
            *(
                f'CREATE TABLE pristine."{name} {table}" AS SELECT * FROM "{table}"'
                for table in sorted(self.kept[name])
            )
        )

    def take_up(self, name: str) -> None:
        """Put what was kept under `name` into tables that nobody wrote to since."""
        tables = sorted(self.kept[name])
        emptied = [f'DELETE FROM "{table}"' for table in tables]
        filled = [f'INSERT INTO "{it}" SELECT * FROM pristine."{name} {it}"' for it in tables]
        self._run(*emptied, *filled)
        self.written |= self.kept[name]

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL statements that are sent meanwhile."""
        sent: list[str] = []
        self.sent.append(sent)
        yield sent
        self.sent.remove(sent)

    @property
    def _copy_file(self) -> str:
        return f"{self.engine.url.database}.pristine"

    def _run(self, *statements: str) -> None:
        """Run `statements` with foreign keys off, on a connection of their own."""
        if self.engine.dialect.name == "sqlite":
            live = sqlite3.connect(str(self.engine.url.database))
            live.execute("ATTACH ? AS pristine", (self._copy_file,))
            with live:
                for statement in statements:
                    live.execute(statement)
            live.close()
        else:
            address = self.engine.url.set(drivername="postgresql")
            with psycopg.connect(address.render_as_string(hide_password=False)) as live:
                live.execute("SET session_replication_role = replica")
                live.execute("SET lock_timeout = '5s'")
                for statement in statements:
                    live.execute(statement)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found = WRITES.match(statement)
        if found:
            self.written.add(found[1])
        for sent in self.sent:
            sent.append(statement)
