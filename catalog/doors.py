"""Doors: every module of the catalog that answers requests, in one place for the app."""

from __future__ import annotations

from catalog import cli, guideline_views, rubric_views, views
from catalog.choosing import views as choosing_views
from catalog.editing import proposing_views
from catalog.editing import views as entry_views

BLUEPRINT = views.bp
COMMANDS = (cli.regrade,)
KINDS = tuple(views.KINDS)
PARTS = (choosing_views, guideline_views, rubric_views, entry_views, proposing_views)
ROUTES = [route for part in PARTS for route in part.ROUTES]
