"""The tests: each runs on SQLite and on a real PostgreSQL where it needs a database."""
