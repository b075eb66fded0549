"""Doors: every module of the catalog that answers requests, in one place for the app."""

from __future__ import annotations

from catalog import cli, views
from catalog.choosing import views as choosing_views
from catalog.editing import proposing_views
from catalog.editing import views as entry_views
from catalog.grading import views as grading_views
from catalog.guidance import views as guidance_views

BLUEPRINT = views.bp
COMMANDS = (cli.regrade,)
KINDS = tuple(views.KINDS)
PARTS = (choosing_views, guidance_views, grading_views, entry_views, proposing_views)
ROUTES = [route for part in PARTS for route in part.ROUTES]
