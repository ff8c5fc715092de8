"""data/README.md says of every column what the contract says, and nothing about columns that do not exist."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from cxlib.contract import TABLES

DATA = Path(__file__).parents[1] / "data"
README = (DATA / "README.md").read_text(encoding="utf-8")
HEADINGS = (
    "column",
    "required",
    "kind",
    "unit",
    "allowed",
    "empty cell means",
    "meaning",
    "who fills it",
    "in the demo",
)


def documented_tables() -> dict[str, list[dict[str, str]]]:
    """Section by section, the rows of the dictionary's tables."""
    sections = re.split(r"^### ", README.split("## The dictionary", 1)[1], flags=re.MULTILINE)[1:]
    found = {}
    for section in sections:
        name, *lines = section.splitlines()
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
        head, _, *rows = cells
        assert tuple(head) == HEADINGS, name
        assert all(len(row) == len(head) for row in rows), name
        found[name.strip()] = [dict(zip(head, row, strict=True)) for row in rows]
    return found


DOCUMENTED = documented_tables()
COLUMNS = [(table, column) for table in TABLES.values() for column in table.columns]


def test_the_tables_are_those_of_the_contract():
    assert list(DOCUMENTED) == list(TABLES)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_columns_are_those_of_the_contract_in_its_order(table):
    names = [row["column"].strip("`") for row in DOCUMENTED[table.name]]
    assert names == list(table.column_names)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{t.name}.{c.name}" for t, c in COLUMNS])
def test_a_column_is_documented_as_the_contract_declares_it(table, column):
    row = next(row for row in DOCUMENTED[table.name] if row["column"] == f"`{column.name}`")
    assert row["required"] == ("yes" if column.required else "no")
    assert row["kind"] == column.kind
    assert row["unit"] == (column.unit or "–")
    assert row["meaning"] == column.description
    if column.allowed_text is not None:
        assert row["allowed"] == column.allowed_text
    elif column.refers_to is not None:
        assert row["allowed"] == f"a name in `{column.refers_to}`"
    else:
        assert row["allowed"]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{t.name}.{c.name}" for t, c in COLUMNS])
def test_what_an_empty_cell_means_agrees_with_the_contract(table, column):
    row = next(row for row in DOCUMENTED[table.name] if row["column"] == f"`{column.name}`")
    assert row["empty cell means"].startswith("not allowed") == column.needs_value
    if isinstance(column.default, bool):
        assert row["empty cell means"] == str(column.default).lower()
    elif column.default is not None:
        assert row["empty cell means"] == f"{column.default:g}"
    assert row["who fills it"]
    assert row["in the demo"]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_demo_has_exactly_the_columns_of_the_contract(table):
    with (DATA / "demo" / f"{table.name}.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == list(table.column_names)


def test_every_csv_of_the_demo_is_a_table_of_the_contract():
    assert {path.stem for path in (DATA / "demo").glob("*.csv")} == set(TABLES)
