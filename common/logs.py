"""Logs: one line per event, whatever a user typed."""

from __future__ import annotations

import logging
import re

from flask import Flask

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class OneLine(logging.Formatter):
    """Control characters written out, and user text never able to start a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback follows it indented."""
        return CONTROL.sub(lambda found: repr(found[0])[1:-1], super().format(record)).replace(
            "\n", "\n  "
        )


def keep_lines_whole(app: Flask) -> None:
    """Give the app's log the format above."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(message)s"))
    app.logger.handlers = [handler]
