"""Doors: every module of the catalog that answers requests, in one place for the app."""

from __future__ import annotations

from catalog import cli, rubric_views, views

BLUEPRINT = views.bp
COMMANDS = (cli.regrade,)
KINDS = tuple(views.KINDS)
ROUTES = [route for module in (rubric_views,) for route in module.ROUTES]
