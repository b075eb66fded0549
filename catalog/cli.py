"""Commands of the catalog."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from catalog.evidence import Evidence
from catalog.grading.rubric import VERSION
from common.db import db


@click.command("regrade")
@with_appcontext
def regrade() -> None:
    """Grade all evidence anew by the rubric in force."""
    changed = 0
    for row in db.session.scalars(select(Evidence)):
        grade = row.rating.grade
        if row.grade != grade:
            row.grade = grade
            changed += 1
    db.session.commit()
    click.echo(f"Rubric {VERSION}: {changed} grades changed.")
