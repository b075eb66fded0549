"""The rules of the house (house.md): layers, permissions, schemas and tables, migrations."""

from __future__ import annotations

import ast
import re
from enum import StrEnum
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from marshmallow import fields
from sqlalchemy import CheckConstraint, inspect

from accounts.users import FailedSignIn, Token, User
from app import KINDS, ROOT
from catalog.editing.proposals import Proposal, ProposalStep
from catalog.editing.versions import EntryVersion
from common.db import Model, UtcTime, db
from common.facts import Withdrawal
from common.locale import _WORDS
from common.permissions import Can
from common.receipts import Receipt
from common.schema import Ref
from common.seeding import Seeded
from tests.rights import LIBRARY_ROUTES
from tracker.alerts.digest import DigestMail
from tracker.alerts.handling import AlertStep
from tracker.coaching.actions import Action, ActionSchema
from tracker.coaching.calendars import CalendarAddress, CalendarSchema
from tracker.coaching.log import CoachingSession, SessionLogSchema
from tracker.coaching.materials import Material
from tracker.coaching.offices import Office, OfficeReportSchema
from tracker.coaching.persons import PersonRead, PersonSchema, SessionPerson
from tracker.coaching.planned import PlannedStep
from tracker.coaching.planned_schemas import PlannedSchema, PlannedTermsSchema
from tracker.coaching.requests import AskSchema, HelpRequest, RequestStep
from tracker.coaching.reviews import SessionStep
from tracker.coaching.revisions import SessionRevision
from tracker.coaching.terms import TermsStep
from tracker.exchange.imports import ExchangeCell, ExchangeImport
from tracker.money.ledger import Money, MoneyReportSchema
from tracker.outcomes.outcomes import Outcome, OutcomePart
from tracker.outcomes.schemas import OutcomePartSchema, OutcomeReportSchema
from tracker.papers.orders import PaperOrder, PaperOrderSchema
from tracker.progress import Quantity, QuantityReportSchema
from tracker.register.inspections import Inspection, InspectionReportSchema, RepairSchema
from tracker.register.photos import Photo
from tracker.register.units import UnitRevision
from tracker.reports.periods import Closing
from tracker.reports.reports import ReportStep

pytestmark = pytest.mark.both_databases

LAYERS = ["common", "accounts", "catalog", "tracker", "app"]  # each may use those before it
EDGE = re.compile(r"(?:\w+_)?views|cli|doors|pages|preparing|__init__")  # these answer requests
FORBIDDEN_IN_NOUNS = {"request", "render_template", "redirect", "url_for", "flash", "session"}
LONGEST_FILE = 350
OURS = ("*.py", "*.html", "*.css", "*.js")
NOT_OURS = {".venv", "node_modules", "versions", "instance", ".hypothesis"}

# Tables that no file and no form is read into, so that no schema checks them.
TABLES_WITHOUT_SCHEMA = {
    AlertStep,
    Closing,
    DigestMail,
    EntryVersion,
    ExchangeCell,
    ExchangeImport,
    FailedSignIn,
    PersonRead,
    Photo,
    Proposal,
    ProposalStep,
    Material,
    Receipt,
    ReportStep,
    RequestStep,
    Seeded,
    SessionRevision,
    SessionStep,
    TermsStep,
    Token,
    UnitRevision,
    User,
    Withdrawal,
}
# Columns that the app keeps itself: who and when, and what is worked out from other columns.
OWN_COLUMNS = {
    "closed_at",
    "condition",
    "decided_by_id",
    "id",
    "names",
    "position",
    "recorded_at",
    "recorded_by_id",
    "removed_told_at",
    "seen_on",
    "sequence",
    "thread",
    "version",
}
# A schema of people at work asks for more than a table that also holds what the press tells.
STRICTER = {
    (SessionLogSchema, "held_on"): "whoever held it knows the day",
    (SessionLogSchema, "duration_min"): "whoever held it knows how long",
    (SessionLogSchema, "mode"): "whoever held it knows how",
    (SessionLogSchema, "host"): "left out, it is one's own organisation",
    (SessionLogSchema, "planned"): "the plan names the session that it became",
    (SessionLogSchema, "version"): "a new session has none to send",
    (ActionSchema, "key"): "a new step is given one",
    (ActionSchema, "due_in"): "becomes the day it leads to",
    (CalendarSchema, "with_text"): "left out, it is without",
    (QuantityReportSchema, "value"): "a report of nothing is no report",
    (QuantityReportSchema, "note_ko"): "kept as a note of the fact",
    (PaperOrderSchema, "month"): "left out, it is the month of the day",
    (PaperOrderSchema, "as_of"): "left out, it is the end of the month",
    (OutcomeReportSchema, "submit"): "says what to do with it, and is not kept",
}
SCHEMAS = [
    *((it.schema, it.model) for it in KINDS.values()),
    (ActionSchema, Action),
    (CalendarSchema, CalendarAddress),
    (PersonSchema, SessionPerson),
    (OutcomePartSchema, OutcomePart),
    (SessionLogSchema, CoachingSession),
    (QuantityReportSchema, Quantity),
    (MoneyReportSchema, Money),
    (InspectionReportSchema, Inspection),
    (RepairSchema, Inspection),
    (OutcomeReportSchema, Outcome),
    (OfficeReportSchema, Office),
    (AskSchema, HelpRequest),
    (PaperOrderSchema, PaperOrder),
    (PlannedTermsSchema, PlannedStep),
]
NOT_ALL_COLUMNS = (
    CalendarSchema,
    SessionLogSchema,
    QuantityReportSchema,
    MoneyReportSchema,
    InspectionReportSchema,
    RepairSchema,
    OutcomeReportSchema,
    OfficeReportSchema,
    AskSchema,
    PaperOrderSchema,
    PlannedSchema,
    PlannedTermsSchema,
)


def our_files(*patterns: str) -> list[Path]:
    found = (file for pattern in patterns for file in ROOT.rglob(pattern))
    return [file for file in found if not NOT_OURS & set(file.relative_to(ROOT).parts)]


def imports(file: Path) -> set[str]:
    """Modules that `file` imports, in full, and what it takes from flask as `flask.name`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def folders(layer: str) -> list[Path]:
    return [ROOT / "app.py"] if layer == "app" else sorted((ROOT / layer).rglob("*.py"))


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_only_point_down(layer):
    above = set(LAYERS[LAYERS.index(layer) + 1 :])
    found = {
        (str(file.relative_to(ROOT)), name)
        for file in folders(layer)
        for name in imports(file)
        if name.split(".")[0] in above
    }
    assert found == set()


def test_nouns_know_no_request_no_template_and_no_view():
    nouns = [
        file
        for layer in ("accounts", "catalog", "tracker")
        for file in folders(layer)
        if not EDGE.fullmatch(file.stem)
    ]
    edges = {f"{file.parent.name}.{file.stem}" for file in nouns[0].parent.parent.rglob("*.py")}
    edges = {
        name
        for name in edges
        if EDGE.fullmatch(name.rpartition(".")[2]) and not name.endswith("__init__")
    }
    wrong = edges | {"common.web"} | {f"flask.{name}" for name in FORBIDDEN_IN_NOUNS}
    found = {(file.name, name) for file in nouns for name in imports(file) & wrong}
    assert found == set()


def test_every_route_names_its_permission(app):
    bare = {
        name
        for name, view in app.view_functions.items()
        if not isinstance(vars(view).get("permission"), Can)
    }
    assert bare == LIBRARY_ROUTES


@pytest.mark.parametrize(
    ("schema", "model"), SCHEMAS, ids=[schema.__name__ for schema, _model in SCHEMAS]
)
def test_a_schema_agrees_with_its_table(schema, model):
    table = inspect(model)
    for name, field in schema().fields.items():
        if (schema, name) in STRICTER:
            continue
        assert hasattr(model, name), f"{name} is neither a column nor a property"
        column = table.columns.get(f"{name}_id" if isinstance(field, Ref) else name)
        if column is None or field.dump_only:
            assert field.dump_only or isinstance(field, fields.List), name
        else:
            assert field.allow_none == column.nullable, f"{name}: allow_none is not nullable"


@pytest.mark.parametrize(
    ("schema", "model"),
    [pair for pair in SCHEMAS if pair[0] not in NOT_ALL_COLUMNS],
    ids=lambda it: it.__name__,
)
def test_every_column_has_a_field(schema, model):
    told = set(schema().fields)
    told |= {f"{name}_id" for name, field in schema().fields.items() if isinstance(field, Ref)}
    of_a_session = {key: {"session_id"} for key in (Action, SessionPerson)}
    parents = (of_a_session | {OutcomePart: {"outcome_id"}}).get(model, set())
    assert set(inspect(model).columns.keys()) - told - parents <= OWN_COLUMNS


def test_every_table_has_a_schema_or_needs_none():
    with_schema = {model for _schema, model in SCHEMAS}
    assert {it.class_ for it in Model.registry.mappers} - with_schema == TABLES_WITHOUT_SCHEMA


def test_migrations_build_exactly_todays_tables(app):
    def same_type(_context, _found, _wanted, found_type, wanted_type):
        # SQLite keeps no time zone; UtcTime puts it back.
        return False if isinstance(wanted_type, UtcTime) else None

    with app.app_context(), db.engine.connect() as connection:
        options = {"compare_type": same_type, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Model.metadata) == []


def test_migrations_build_the_same_checks_as_the_tables(app):
    wanted = {
        (table.name, str(rule.name))
        for table in Model.metadata.tables.values()
        for rule in table.constraints
        if isinstance(rule, CheckConstraint)
    }
    with app.app_context():
        found = inspect(db.engine)
        there = {
            (name, rule["name"])
            for name in Model.metadata.tables
            for rule in found.get_check_constraints(name)
        }
    assert there == wanted


def test_no_file_is_longer_than_a_newcomer_reads():
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines())
        for file in our_files(*OURS)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_templates_hold_no_inline_style_no_handler_and_no_other_host():
    wrong = re.compile(
        r"""\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:|(?:src|action)\s*=\s*["']?https?:""",
        re.IGNORECASE,
    )
    found = {
        (str(file.relative_to(ROOT)), line.strip())
        for file in our_files("*.html")
        for line in file.read_text("utf-8").splitlines()
        if wrong.search(line)
    }
    assert found == set()


def test_every_script_and_style_in_a_template_carries_the_nonce():
    tags = re.compile(r"<(?:script|style)\b[^>]*>")
    found = {
        (str(file.relative_to(ROOT)), tag)
        for file in our_files("*.html")
        for tag in tags.findall(file.read_text("utf-8"))
        if "csp_nonce()" not in tag
    }
    assert found == set()


def test_every_value_of_an_enum_has_a_word():
    ours = [kind for kind in StrEnum.__subclasses__() if kind.__module__.split(".")[0] in LAYERS]
    values = {(kind, value.value) for kind in ours if kind is not Can for value in kind}
    assert len(ours) > 20
    assert values - set(_WORDS) == set()
