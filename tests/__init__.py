"""The tests: each runs on SQLite and on a real PostgreSQL where it needs a database."""

from common.collector import look_seldom

look_seldom()  # reading the tests makes many objects, and each of them stays
