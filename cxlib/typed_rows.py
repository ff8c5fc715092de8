"""A raw text table becomes the valid rows of the contract and the rejected rest; nothing is lost on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cxlib import cells
from cxlib.contract import Column, Table, empty_frame
from cxlib.date_forms import looks_like_a_date
from cxlib.errors import Problem, RefusedFileError, nearest_name
from cxlib.many_cells import chosen, empty_cells, rises
from cxlib.readers.table import RawTable
from cxlib.rejected_rows import rejected_rows
from cxlib.rejections import Failures
from cxlib.scales import Scale
from cxlib.settings import STUDY_FILE, Settings, TableSource
from cxlib.swallowed_rows import note_swallowed_rows
from cxlib.typed_dates import DateColumns

EMPTY = "is empty, but needs a value"


@dataclass(frozen=True, kw_only=True)
class TypedTable:
    """The valid rows of one table with what was refused and why.

    `n_read` = `len(frame)` + `n_rejected`; a row with several failures counts once in `n_rejected` and has several
    rows in `rejected`. Rows that an unclosed quote put into a cell of another one count in both numbers. In
    `rejected_rows` each refused row is whole, those others within the cell that holds them.
    """

    frame: pd.DataFrame
    rejected: pd.DataFrame
    rejected_rows: pd.DataFrame
    decimal: str
    date_order: str | None
    columns_ignored: str
    n_read: int
    n_rejected: int


def find_columns(raw: RawTable, table: Table, renames: Mapping[str, str]) -> tuple[dict[str, int], list[Problem]]:
    """Position in the file of each contract column that it has, and what is missing or comes twice."""
    places: dict[str, int] = {}
    problems: list[Problem] = []
    counts = Counter(raw.header)
    for column in table.columns:
        name = renames.get(column.name, column.name)
        if counts[name] > 1:
            reason = "the column name comes more than once in the header"
            problems.append(Problem(file=raw.file, row=raw.header_row, column=name, reason=reason))
        elif counts[name] and raw.header.index(name) in raw.unreadable:
            reason = f"holds values of the type {raw.unreadable[raw.header.index(name)]}, which are not cells"
            problems.append(Problem(file=raw.file, column=name, reason=reason))
        elif counts[name]:
            places[column.name] = raw.header.index(name)
        elif column.name in renames:
            reason = f"{STUDY_FILE} names this column for {column.name}, but the file does not have it"
            problems.append(_missing(raw, name, reason))
        elif column.required:
            problems.append(_missing(raw, name, "the required column is missing"))
    return places, problems


def _missing(raw: RawTable, name: str, reason: str) -> Problem:
    there = [found for found in raw.header if found]
    return Problem(
        file=raw.file,
        row=raw.header_row,
        column=name,
        reason=reason,
        allowed=f"one of the file's columns ({', '.join(there)}) named in {STUDY_FILE}",
        nearest=nearest_name(name, there),
    )


def type_rows(
    raw: RawTable,
    table: Table,
    places: Mapping[str, int],
    *,
    source: TableSource,
    settings: Settings,
    known: Mapping[str, tuple[str, ...]],
) -> TypedTable:
    """Turn the text of a table into typed rows.

    Parameters
    ----------
    raw : RawTable
    table : Table
    places : mapping of contract column to position in the file
    source : TableSource
        What study.toml says of this table.
    settings : Settings
    known : mapping of table name to its keys
        For columns that refer to another table; a table that is not there is not in it.

    Returns
    -------
    TypedTable
        The frame has all columns of the contract, with their dtypes, and the spreadsheet row as index.

    Raises
    ------
    RefusedFileError
        Nothing tells whether the numbers' commas are decimal signs, or whether day or month comes first in dates.
    """
    n_rows = len(raw.rows)
    nothing = empty_cells(n_rows)
    text = {}
    for column in table.columns:
        cell = raw.cells.column(places[column.name]) if column.name in places else nothing
        text[column.name] = cell if column.kind == "text" else cells.trimmed(cell)
        if column.kind in ("id", "name"):
            text[column.name] = cells.composed(text[column.name])
    if table.name == "responses":
        text["metric"] = cells.spelled_as(text["metric"], tuple(settings.scales))
    decimal = source.decimal or _decimal_sign(raw, table, places, text)
    failures = Failures(raw.file, raw.rows)
    dates = DateColumns(raw, table.name, places, failures, told=source.date_order, zone=settings.zone)
    malformed = raw.malformed
    failures.add_rows(
        [bad.row for bad in malformed],
        [bad.text for bad in malformed],
        [bad.reason for bad in malformed],
        [bad.allowed for bad in malformed],
    )
    n_further = _further_rows(raw, table, places, failures)

    values: dict[str, object] = {}
    for column in table.columns:
        if column.kind != "score":
            sign = "." if places.get(column.name) in raw.typed_numbers else decimal
            values[column.name] = _values(column, text[column.name], failures, sign, dates)
        if column.kind == "id" and places.get(column.name) in raw.inexact:
            reason = "is a number with decimals or too large to be exact, which cannot be an id"
            inexact = raw.inexact[places[column.name]]
            failures.add(inexact, column.name, text[column.name], reason, allowed="a whole number, or text")
    if any(column.kind == "score" for column in table.columns):
        codes, scales = _scales_of_rows(table, text, settings, failures)
        signs = {name: "." if places.get(name) in raw.typed_numbers else decimal for name in ("score", "expectation")}
        values |= _scored(text, codes, scales, failures, signs, dates)
        for name in ("score", "expectation"):
            if table.column(name).needs_value:
                failures.add(np.isnan(values[name]) & ~failures.failed, name, text[name], EMPTY)
    _check_order(table, values, text, failures)
    _check_references(table, text, failures, known)

    _check_key(table, values, text, failures)
    frame = _frame(table, values, text, raw.rows, failures.failed) if n_rows else empty_frame(table, settings.zone)
    n_rejected = int(failures.failed.sum()) + len(malformed) + n_further
    rejected = failures.frame()
    return TypedTable(
        frame=frame,
        rejected=rejected,
        rejected_rows=rejected_rows(raw, failures.failed, rejected, table=table.name, places=places),
        decimal=decimal,
        date_order=dates.shown_order(),
        columns_ignored=_ignored(raw, table, places),
        n_read=raw.n_read + n_further,
        n_rejected=n_rejected,
    )


def _frame(
    table: Table, values: dict[str, object], text: Mapping[str, pa.ChunkedArray], rows: pd.Index, failed: np.ndarray
) -> pd.DataFrame:
    """The rows that did not fail; each column leaves `values`, so that few are held twice."""
    kept = ~failed if failed.any() else None
    columns = {}
    for name in table.column_names:
        column = pd.Series(values.pop(name), copy=False).array
        if kept is not None:  # pandas takes ten times as long as Arrow for texts in many chunks
            column = cells.to_text(chosen(text[name], kept)).array if column.dtype == "str" else column[kept]
        columns[name] = column
    return pd.DataFrame(columns, index=(rows if kept is None else rows[kept]).rename("source_row"), copy=False)


def _further_rows(raw: RawTable, table: Table, places: Mapping[str, int], failures: Failures) -> int:
    """How many rows an unclosed quote put into cells of others; a row that holds some fails.

    A line within a cell looks like a row where a date, a time or a category stands in the place of the column that
    always has one.
    """
    sure = [column for column in table.columns if column.needs_value and column.kind in ("timestamp", "category")]
    sure += [column for column in table.columns if column.kind == "date"]
    column = next((column for column in sure if column.name in places), None)
    if column is None:
        return 0

    def looks_right(cell: str) -> bool:
        return cell.lower() in column.allowed if column.allowed else looks_like_a_date(cell)

    return note_swallowed_rows(raw, raw.cells, failures, position=places[column.name], looks_right=looks_right)


def _decimal_sign(raw: RawTable, table: Table, places: Mapping[str, int], text: Mapping[str, pa.ChunkedArray]) -> str:
    needs_quotes = raw.delimiter == ","  # as Google Sheets writes "3,5" in Swedish
    if needs_quotes and not raw.quoted:
        return "."
    numeric = [column.name for column in table.columns if column.kind in ("number", "score")]
    written = [name for name in numeric if name in places and places[name] not in raw.typed_numbers]
    found = {name: cells.decimal_commas(text[name]) for name in written}
    found = {name: first_doubtful for name, (any_comma, first_doubtful) in found.items() if any_comma}
    if needs_quotes and (None not in found.values() or any(cells.holds(text[name], ".") for name in written)):
        return "."
    if found and None not in found.values():
        name, row = next(iter(found.items()))
        raise RefusedFileError(
            Problem(
                file=raw.file,
                row=int(raw.rows[row]),
                column=raw.header[places[name]],
                value=text[name][row].as_py(),
                reason="nothing in this file tells whether the comma is a decimal sign or separates thousands",
                allowed=f'decimal = "," in [tables.{table.name}] of {STUDY_FILE} where it is a decimal sign; else write'
                ' thousands without a sign or with a space, and decimal = "."',
            )
        )
    return "," if found else "."


def _values(column: Column, text: pa.ChunkedArray, failures: Failures, decimal: str, dates: DateColumns):
    """The values of a column of any kind but score; failing cells are noted and NA."""
    name = column.name
    match column.kind:
        case "id" | "name" | "text":
            values = cells.to_text(text)
        case "number":
            values = _numbers(name, text, failures, decimal)
            _check_range(column, values, text, failures)
        case "boolean":
            values, failed = cells.booleans(text, default=bool(column.default))
            failures.add(failed, name, text, "is not true or false", allowed=column.allowed_text)
        case "category":
            values, failed = cells.categories(text, column.allowed)
            failures.add(failed, name, text, f"unknown {name}", names=column.allowed)
        case "timestamp":
            values = dates.moments(name, text)
        case "date":
            values = dates.days(name, text)
        case other:
            raise ValueError(f"no column is of the kind {other!r}")
    if column.needs_value:
        failures.add(pc.is_null(text).to_numpy(), name, text, EMPTY, allowed=column.allowed_text)
    if column.default is not None and column.kind == "number":
        values[np.isnan(values)] = column.default
    return values


def _numbers(name: str, text: pa.ChunkedArray, failures: Failures, decimal: str) -> np.ndarray:
    values, failed = cells.numbers(text, decimal=decimal)
    if failed.any():
        other = "." if decimal == "," else ","
        _, still = cells.numbers(text.filter(pa.array(failed)), decimal=other)
        mixed = failed.copy()
        mixed[failed] = ~still & ~cells.in_thousands(text.filter(pa.array(failed)))
        allowed = f"a number such as 3{decimal}5"
        failures.add(mixed, name, text, f"has another decimal sign than this file's, {decimal!r}", allowed=allowed)
        failures.add(failed & ~mixed, name, text, "is not a number", allowed=allowed)
    return values


def _check_range(column: Column, values: np.ndarray, text: pa.ChunkedArray, failures: Failures) -> None:
    outside = np.zeros(len(values), dtype=bool)
    if column.minimum is not None:
        outside |= values < column.minimum
    if column.maximum is not None:
        outside |= values > column.maximum
    if column.allowed is not None:
        outside |= ~np.isnan(values) & ~np.isin(values, column.allowed)
    failures.add(outside, column.name, text, "out of range", allowed=column.allowed_text)


def _scales_of_rows(
    table: Table, text: Mapping[str, pa.ChunkedArray], settings: Settings, failures: Failures
) -> tuple[np.ndarray, list[Scale | None]]:
    """The scale of each row as a position in the list; the last one is for rows that name none."""
    if table.name == "responses":
        names = tuple(settings.scales)
        codes = cells.positions(text["metric"], names)
        unknown = (codes < 0) & pc.is_valid(text["metric"]).to_numpy()
        failures.add(unknown, "metric", text["metric"], "unknown metric", names=names)
        codes[codes < 0] = len(names)
        return codes, [*settings.scales.values(), None]
    own = settings.event_scales
    codes = cells.positions(text["touchpoint"], tuple(own))
    codes[codes < 0] = len(own)
    return codes, [*own.values(), settings.default_event_scale]


def _scored(
    text: Mapping[str, pa.ChunkedArray],
    codes: np.ndarray,
    scales: list[Scale | None],
    failures: Failures,
    signs: Mapping[str, str],
    dates: DateColumns,
) -> dict[str, np.ndarray]:
    """Score and expectation on the scale of each row."""
    is_date = np.array([scale is not None and scale.is_date for scale in scales])
    on_dates = is_date[codes] if is_date.any() else np.False_
    lowest = np.array([-np.inf if scale is None else scale.minimum for scale in scales])
    highest = np.array([np.inf if scale is None else scale.maximum for scale in scales])
    of_rows = codes if len(scales) > 1 else slice(None)
    values = {}
    for name in ("score", "expectation"):
        written = pc.if_else(pa.array(~on_dates), text[name], None) if on_dates.any() else text[name]
        values[name] = _numbers(name, written, failures, signs[name])
        outside = (values[name] < lowest[of_rows]) | (values[name] > highest[of_rows])
        for code in np.unique(codes[outside]):
            failed = outside & (codes == code)
            failures.add(failed, name, text[name], "outside its scale", allowed=scales[code].allowed)
    for code in np.flatnonzero(is_date):
        rows = codes == code
        if rows.any():
            days_early = _days_early(text, rows, scales[code], failures, dates)
            values["score"][rows] = days_early[rows]
            values["expectation"][rows] = np.where(np.isnan(days_early[rows]), np.nan, 0.0)
    return values


def _days_early(
    text: Mapping[str, pa.ChunkedArray], rows: np.ndarray, scale: Scale, failures: Failures, dates: DateColumns
) -> np.ndarray:
    """Whole calendar days from the score's date (delivered) to the expectation's (promised); NaN without a score."""
    found = {}
    for name in ("score", "expectation"):
        written = pc.if_else(pa.array(rows), text[name], None)
        found[name] = dates.days(name, written, allowed=scale.allowed)
    alone = pc.is_valid(text["score"]).to_numpy() & rows
    alone &= pc.is_null(text["expectation"]).to_numpy()
    reason = "is empty, but a date scale needs both dates"
    failures.add(alone, "expectation", text["expectation"], reason, allowed=scale.allowed)
    return ((found["expectation"] - found["score"]) / pd.Timedelta(days=1)).to_numpy()


def _check_order(table: Table, values: Mapping, text: Mapping[str, pa.ChunkedArray], failures: Failures) -> None:
    for earlier, later, reason in table.in_order:
        wrong = (values[later] < values[earlier]).to_numpy()
        failures.add(wrong, later, text[later], reason, allowed=f"not before {earlier}")


def _check_references(
    table: Table, text: Mapping[str, pa.ChunkedArray], failures: Failures, known: Mapping[str, tuple[str, ...]]
) -> None:
    for column in table.columns:
        if column.refers_to in known:
            names = known[column.refers_to]
            name = text[column.name]
            unknown = (cells.positions(name, names) < 0) & pc.is_valid(name).to_numpy()
            failures.add(unknown, column.name, name, f"unknown {column.name}", names=names)


def _check_key(table: Table, values: Mapping, text: Mapping[str, pa.ChunkedArray], failures: Failures) -> None:
    """Only among rows that are good so far: a refused row must not push out a good one."""
    key = values.get(table.key)
    if key is None or not key.notna().any() or rises(text[table.key]):
        return
    candidates = ~failures.failed & key.notna().to_numpy()
    twice = np.zeros(len(key), dtype=bool)
    twice[candidates] = key[candidates].duplicated().to_numpy()
    failures.add(twice, table.key, text[table.key], "comes more than once; the first row stays", allowed="once")


def _ignored(raw: RawTable, table: Table, places: Mapping[str, int]) -> str:
    used = set(places.values())
    absent = [name for name in table.column_names if name not in places]
    shown = {}
    for position, name in enumerate(raw.header):
        if name and position not in used:
            near = nearest_name(name, absent)
            shown[name] = f"{name} (near {near})" if near else name
    return "; ".join(shown.values())
