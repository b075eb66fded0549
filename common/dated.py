"""Dated views: those that answer as of a date, and links between them that keep the date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, has_request_context, request

View = TypeVar("View", bound=Callable[..., Any])
DATES = ("as_of", "known_on")


def dated(view: View) -> View:
    """A view that takes `as_of` and `known_on`."""
    view.takes_dates = True  # type: ignore[attr-defined]
    return view


def keep_dates(app: Flask) -> None:
    """Let whoever reads an earlier day stay in it: links to dated views carry the dates on.

    A link that says `as_of=None` itself leads to today.
    """

    @app.url_defaults
    def _keep(endpoint: str, values: dict[str, Any]) -> None:
        if not has_request_context() or request.method != "GET":
            return
        view = current_app.view_functions.get(endpoint)
        if getattr(view, "takes_dates", False):
            for name in DATES:
                if name not in values and request.args.get(name):
                    values[name] = request.args[name]
