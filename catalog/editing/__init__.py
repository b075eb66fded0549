"""Editing: what somebody proposes to change in the catalog, and what the ministry publishes."""

from catalog.editing import proposals, versions  # noqa: F401 - named by string in relationships
