"""The tables that an executed notebook hands over, held against the shape that a workbook is made of."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nbformat

from cxlib.errors import hint
from cxlib.reporting import TABLES_MIME
from cxlib.reporting.failures import ReportError

TYPES = ("string", "integer", "number", "boolean", "date")


class TablesError(ReportError):
    """The tables that a notebook hands over are not of the shape that a workbook is made of."""


@dataclass(frozen=True, kw_only=True)
class TableColumn:
    """A column of a table, and how its cells are written: one format for all, or one each."""

    name: str
    title: str
    type: str
    formats: tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class HandedTable:
    """A table as a workbook takes it."""

    name: str
    title: str
    note: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    """A cell is a text, a number, True or False, a date, or None."""


def handed_tables(notebook: nbformat.NotebookNode) -> tuple[HandedTable, ...]:
    """The tables of an executed notebook; none where it hands over none.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Left alone.

    Raises
    ------
    TablesError
        It hands them over several times, or not in the shape of `cxlib.findings.report_tables`.
    """
    found = [
        output["data"][TABLES_MIME]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if TABLES_MIME in output.get("data", {})
    ]
    if len(found) > 1:
        raise TablesError(f"the notebook hands over its tables {len(found)} times ({TABLES_MIME}); once is enough")
    if not found:
        return ()
    resources = _held(found[0], "the tables", Mapping).get("resources")
    return tuple(
        _table(resource, f"resources[{place}]")
        for place, resource in enumerate(_held(resources, "resources", list | tuple))
    )


def _held(value: Any, where: str, kind: type) -> Any:
    if not isinstance(value, kind):
        expected = "an object" if kind is Mapping else "a text" if kind is str else "a list"
        raise TablesError(f"{TABLES_MIME}: {where} is {value!r:.60}; expected {expected}")
    return value


def _table(resource: Any, where: str) -> HandedTable:
    _held(resource, where, Mapping)
    name = _held(resource.get("name"), f"{where}.name", str)
    where = f"{where} ({name})"
    data = _held(resource.get("data"), f"{where}.data", list | tuple)
    fields = _held(_held(resource.get("schema"), f"{where}.schema", Mapping).get("fields"), f"{where}.fields", list)
    columns = tuple(_column(field, f"{where}.fields[{place}]", len(data)) for place, field in enumerate(fields))
    return HandedTable(
        name=name,
        title=str(resource.get("title") or name),
        note=str(resource.get("note") or ""),
        columns=columns,
        rows=tuple(_row(row, columns, f"{where}.data[{place}]") for place, row in enumerate(data)),
    )


def _column(field: Any, where: str, n_rows: int) -> TableColumn:
    name = _held(_held(field, where, Mapping).get("name"), f"{where}.name", str)
    kind = field.get("type", "string")
    if kind not in TYPES:
        raise TablesError(
            f"{TABLES_MIME}: {where} ({name}) is of type {kind!r}; allowed: {', '.join(TYPES)}{hint(str(kind), TYPES)}"
        )
    formats = field.get("formats") or [field.get("format")] * n_rows
    if not isinstance(formats, list | tuple) or len(formats) != n_rows:
        raise TablesError(f"{TABLES_MIME}: {where} ({name}).formats must have one for each of the {n_rows} rows")
    return TableColumn(name=name, title=str(field.get("title") or name), type=kind, formats=tuple(formats))


def _row(row: Any, columns: tuple[TableColumn, ...], where: str) -> tuple[Any, ...]:
    _held(row, where, Mapping)
    return tuple(_cell(row.get(column.name), column.type, f"{where}.{column.name}") for column in columns)


def _cell(value: Any, kind: str, where: str) -> Any:
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "boolean" and isinstance(value, bool):
        return value
    if is_number and ((kind == "number" and math.isfinite(value)) or (kind == "integer" and isinstance(value, int))):
        return value
    if kind == "date" and isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise TablesError(f"{TABLES_MIME}: {where} is {value!r:.60}, which is not of type {kind}")
