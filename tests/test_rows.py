"""Files in and out: `flask dump`, `flask load`, what they refuse, and what stays as it was."""

from __future__ import annotations

import csv
import io
from itertools import cycle
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from app import KINDS
from catalog.solutions import Solution
from catalog.sources import Source
from common.db import Model, db
from common.rows import _cell, _split, rows_of, write_csv, write_xlsx, write_yaml
from common.upsert import stored
from tracker.progress import Quantity

pytestmark = pytest.mark.both_databases

FORMATS = ["csv", "xlsx", "yaml"]
SOURCE = {"slug": "new", "name_ko": "새것", "name_en": "New", "url": "https://example.org/new"}
SOLUTION = {
    "slug": "hostile",
    "name_ko": '=HYPERLINK("https://evil.example","누르기")',
    "name_en": "'=1+1",
    "kind": "special",
    "service_field": "transport",
    "aliases": ["a|b", "@SUM(A1)", "가 | 나", "-2"],
    "problem_ko": "첫 줄\n둘째 줄\r\n셋째 “줄”, 'quoted', \"doubled\"",
    "problem_en": "${globalThis.x=1}<img src=x onerror=alert(1)> 🙂",
    "parts_ko": ["+1"],
    "parts_en": [],
    "mark": "verified",
    "source": "etnews-20230205000031",
}


@pytest.fixture
def run(app):
    """`run("dump", "sites", path)`: the command's exit code and everything it said."""

    def command(*arguments: object) -> tuple[int, str]:
        done = app.test_cli_runner().invoke(args=[str(it) for it in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return command


@pytest.fixture
def file(tmp_path):
    """`file("csv", rows)`: a file that holds `rows`, as a spreadsheet or an editor writes it."""

    def write(kind: str, rows: list[dict[str, object]]) -> Path:
        path = tmp_path / f"rows.{kind}"
        columns = list(dict.fromkeys(name for row in rows for name in row))
        if kind == "yaml":
            path.write_text(yaml.safe_dump(rows, allow_unicode=True, sort_keys=False), "utf-8")
        elif kind == "csv":
            with path.open("w", encoding="utf-8-sig", newline="") as out:
                writer = csv.DictWriter(out, columns)
                writer.writeheader()
                writer.writerows(rows)
        else:
            book = Workbook()
            for line in (columns, *([row.get(name) for name in columns] for row in rows)):
                book.active.append(line)
            book.save(path)
        return path

    return write


def all_of(app, model, key: str) -> set[object]:
    with app.app_context():
        return set(db.session.scalars(select(getattr(model, key))))


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_dumped_and_loaded_again_changes_nothing(run, tmp_path, file, kind):
    assert run("load", "solutions", file("yaml", [SOLUTION]))[0] == 0
    for name in KINDS:
        path = tmp_path / f"{name}.{kind}"
        assert run("dump", name, path)[0] == 0
        assert run("load", name, path) == (0, "0 added, 0 changed\n"), name


def told(app) -> dict[str, list[dict[str, object]]]:
    """All things of every kind, as a dump holds them."""
    with app.app_context():
        return {
            name: [
                stored(it.schema(), thing)
                for thing in db.session.scalars(select(it.model).order_by(it.model.id)).unique()
            ]
            for name, it in KINDS.items()
        }


def test_dumps_make_an_empty_database_the_same_again(app, run, tmp_path, file):
    assert run("load", "solutions", file("yaml", [SOLUTION]))[0] == 0
    before = told(app)
    files = {
        name: tmp_path / f"{name}.{kind}" for name, kind in zip(KINDS, cycle(FORMATS), strict=False)
    }
    for name, path in files.items():
        run("dump", name, path)
    with app.app_context():
        for table in reversed(Model.metadata.sorted_tables):
            db.session.execute(table.delete())
        db.session.commit()
    for name, path in files.items():
        code, said = run("load", name, path)
        assert code == 0, (name, said)
    assert told(app) == before


@pytest.mark.parametrize("kind", FORMATS)
def test_hostile_text_comes_back_as_it_was(app, run, file, tmp_path, kind):
    run("load", "solutions", file("yaml", [SOLUTION]))
    path = tmp_path / f"out.{kind}"
    run("dump", "solutions", path)
    with app.app_context():
        schema = KINDS["solutions"].schema()
        stored = db.session.scalars(select(Solution).where(Solution.slug == "hostile")).one()
        told = schema.dump(stored)
        for name in ("name_ko", "name_en", "aliases", "parts_ko"):
            assert told[name] == SOLUTION[name]
        assert told["problem_ko"].split() == SOLUTION["problem_ko"].split()
    if kind == "csv":
        for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))):
            assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    if kind == "xlsx":
        cells = [cell for row in load_workbook(path).active.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40)


@given(st.lists(TEXTS.map(str.strip).filter(bool), max_size=4))
def test_a_joined_list_is_the_list_again(parts):
    aliases = KINDS["solutions"].schema().fields["aliases"]
    assert _split(aliases, _cell(parts)) == parts


@given(TEXTS)
def test_a_csv_cell_is_the_text_again_and_never_a_formula(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("cell") / "cell.csv"
    with path.open("wb") as out:
        write_csv(out, ["slug", "text"], [{"slug": "a", "text": text}])
    assert rows_of(path)[2]["text"] == text
    raw = next(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))["text"]
    assert not raw.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("kind", FORMATS)
def test_new_things_are_added_and_old_ones_changed(app, run, file, kind):
    assert run("load", "sources", file(kind, [SOURCE])) == (0, "1 added, 0 changed\n")
    changed = SOURCE | {"name_en": "Newer"}
    assert run("load", "sources", file(kind, [changed])) == (0, "0 added, 1 changed\n")
    assert "Newer" in all_of(app, Source, "name_en")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_column_that_is_left_out_stays_and_one_left_blank_is_cleared(app, run, file, kind):
    run("load", "solutions", file("yaml", [SOLUTION]))
    row = {"slug": "hostile", "name_ko": "새 이름"}
    assert run("load", "solutions", file(kind, [row])) == (0, "0 added, 1 changed\n")
    blank = row | {"problem_en": ""}
    assert run("load", "solutions", file(kind, [blank])) == (0, "0 added, 1 changed\n")
    with app.app_context():
        stored = db.session.scalars(select(Solution).where(Solution.slug == "hostile")).one()
        assert (stored.problem_en, stored.problem_ko is None) == (None, False)
        assert stored.aliases == SOLUTION["aliases"]


@pytest.mark.parametrize("kind", FORMATS)
def test_check_says_what_would_happen_and_keeps_nothing(app, run, file, kind):
    path = file(kind, [SOURCE])
    assert run("load", "sources", path, "--check") == (0, "1 added, 0 changed, nothing kept\n")
    assert "new" not in all_of(app, Source, "slug")


@pytest.mark.parametrize("kind", FORMATS)
def test_one_wrong_row_keeps_all_rows_out_and_every_wrong_cell_is_named(app, run, file, kind):
    rows = [
        SOURCE,
        SOURCE | {"slug": "Not A Slug", "url": "javascript:alert(1)"},
        SOURCE | {"slug": "third", "url": "https://example.org/3", "name_ko": "x" * 201},
        SOURCE | {"slug": "fourth", "url": "https://example.org/4", "moon": "1"},
    ]
    code, said = run("load", "sources", file(kind, rows))
    first = 1 if kind == "yaml" else 2
    assert code == 1
    for place, column, value in (
        (first + 1, "slug", "Not A Slug"),
        (first + 1, "url", "javascript:alert(1)"),
        (first + 2, "name_ko", "x" * 60),
        (first + 3, "moon", "1"),
    ):
        line = next(it for it in said.splitlines() if f" {column}" in it and value in it)
        assert str(place) in line
        assert len(line.rpartition(": ")[2]) > 10, "and what to do"
    assert said.splitlines()[-1].endswith("nothing was loaded.")
    assert not {"new", "third", "fourth"} & all_of(app, Source, "slug")


@pytest.mark.parametrize("kind", FORMATS)
def test_one_slug_twice_in_a_file_is_refused(app, run, file, kind):
    code, said = run("load", "sources", file(kind, [SOURCE, SOURCE | {"name_en": "Other"}]))
    assert code == 1
    assert ("3" if kind != "yaml" else "2") in said
    assert "new" not in all_of(app, Source, "slug")


def test_rows_without_a_name_are_each_told_that_it_is_needed(run, file):
    row = {name: value for name, value in SOURCE.items() if name != "slug"}
    code, said = run("load", "sources", file("csv", [row, row | {"url": "https://example.org/2"}]))
    assert code == 1
    assert len([line for line in said.splitlines() if "slug" in line]) == 2
    assert len({line.rpartition("”: ")[2] for line in said.splitlines() if "slug" in line}) == 1


def test_a_clash_with_what_is_there_is_refused_wherever_it_is_noticed(app, run, file):
    row = {"site": "sokcho-2023", "solution": "smart-pole", "unit": "each_pole"}
    row |= {"mark": "verified", "source": "etnews-20230205000031"}
    other = row | {"slug": "b", "solution": "drt-bus"}
    code, said = run("load", "deployments", file("csv", [row | {"slug": "a"}, other]))
    assert code == 1
    assert said.splitlines()[-1].endswith("nothing was loaded.")
    with app.app_context():
        assert not db.session.scalars(select(Source).where(Source.slug == "b")).all()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_fact_is_not_overwritten(app, run, file, kind):
    row = {
        "key": "sokcho-2023-smart-pole-planned-2023-04-14",
        "deployment": "sokcho-2023-smart-pole",
        "stage": "planned",
        "value": 30,
        "on": "2023-04-14",
        "mark": "verified",
        "source": "newspim-20230414000500",
    }
    code, said = run("load", "quantities", file(kind, [row]))
    assert code == 1
    assert row["key"] in said
    mended = row | {"key": "mended", "corrects": row["key"]}
    assert run("load", "quantities", file(kind, [mended])) == (0, "1 added, 0 changed\n")
    with app.app_context():
        kept = select(Quantity.value).where(Quantity.key.in_([row["key"], "mended"]))
        assert sorted(db.session.scalars(kept)) == [29, 30]


def test_unverified_facts_and_facts_without_a_source_are_not_taken(run, file):
    for wrong in ({"mark": "unverified"}, {"source": ""}, {"source": "no-such-source"}):
        assert run("load", "solutions", file("csv", [SOLUTION | {"aliases": ""} | wrong]))[0] == 1


BROKEN = {
    "cp949.csv": "slug,name_ko\nnew,새것\n".encode("cp949"),
    "utf16.csv": "slug,name_ko\nnew,새것\n".encode("utf-16"),
    "open-quote.csv": b'slug,name_ko\nnew,"never closed\n',
    "extra-cell.csv": b"slug,name_ko\nnew,a,b\n",
    "twice.csv": b"slug,name_ko,name_ko\nnew,a,b\n",
    "no-zip.xlsx": b"this is no workbook",
    "other-zip.xlsx": b"PK\x05\x06" + b"\0" * 18,
    "mapping.yaml": b"slug: new\n",
    "numbers.yaml": b"- 1\n- 2\n",
    "tabs.yaml": b"-\tslug: [\n",
    "object.yaml": b"- !!python/object/apply:os.system ['true']\n",
    "list-for-slug.yaml": b"- slug: [a]\n  name_ko: x\n",
    "mapping-for-slug.yaml": b"- slug: {a: b}\n  name_ko: x\n",
    "nul.csv": b"slug,name_ko,name_en,url\nnew,a\0b,x,https://example.org/9\n",
    "rows.txt": b"slug\nnew\n",
    "rows.json": b'{"slug": "new"}',
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_broken_file_is_refused_in_words(app, run, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    code, said = run("load", "sources", path)
    assert code == 1
    assert "Traceback" not in said
    assert len(said.splitlines()) >= 2
    assert "new" not in all_of(app, Source, "slug")


def test_cells_without_a_column_name_are_refused_with_their_row(run, tmp_path):
    book = Workbook()
    for line in (["slug", None, "name_ko"], ["new", "lost", "새것"]):
        book.active.append(line)
    book.save(tmp_path / "gap.xlsx")
    (tmp_path / "extra.csv").write_text("slug,name_ko\nok,a\nnew,b,lost\n")
    assert run("load", "sources", tmp_path / "gap.xlsx")[0] == 1
    code, said = run("load", "sources", tmp_path / "extra.csv")
    assert code == 1
    assert "3" in said.splitlines()[0]


def test_rows_are_numbered_as_the_spreadsheet_numbers_them(run, tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text('slug,name_ko\n\nok,"two\nlines"\n,\nWrong Slug,b\n')
    _code, said = run("load", "sources", path)
    line = next(it for it in said.splitlines() if "Wrong Slug" in it)
    assert "5" in line.partition("slug")[0]


def test_what_does_not_exist_is_said_by_the_command(run, tmp_path):
    assert run("load", "sources", tmp_path / "nothing.csv")[0] == 2
    assert run("load", "moons", __file__)[0] == 2
    code, said = run("dump", "sources", tmp_path / "out.pdf")
    assert (code, ".csv" in said) == (1, True)


@given(st.dictionaries(st.sampled_from(["a", "b"]), TEXTS.filter(bool), min_size=2))
def test_a_workbook_holds_the_text_and_no_formula(row):
    out = io.BytesIO()
    write_xlsx(out, list(row), [row])
    cells = [cell for line in load_workbook(out).active.iter_rows(min_row=2) for cell in line]
    assert [str(cell.value) for cell in cells] == list(row.values())
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_yaml_keeps_the_order_of_the_fields():
    out = io.BytesIO()
    write_yaml(out, ["b", "a"], [{"a": 1, "b": "한글"}])
    assert out.getvalue().decode() == "- b: 한글\n  a: 1\n"
