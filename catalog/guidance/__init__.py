"""Guidance: versions of a guideline compared, its checklist to fill in, and who keeps it."""
