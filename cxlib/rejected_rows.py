"""Refused rows whole, as they stand in their file, so that somebody can mend them and load them again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlib.errors import Problem
from cxlib.readers.table import TEXT, RawTable
from cxlib.repeated_names import kept_apart

ROW_COLUMNS = {
    "rejected_table": "str",
    "rejected_file": "str",
    "rejected_row": "int64",
    "rejected_reasons": "str",
    "rejected_record": "str",
}
"""What stands in front of the file's own columns. Those of a study's file are seldom called so: rows that were mended
can be loaded with these columns still in place, which the study does not use."""


DELIMITER = ";"
"""Of `rejected.csv`, whatever the study's language: Excel in Sweden parts cells by it, pandas takes it as `sep`."""

_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it Excel misreads å, ä and ö


def rejected_rows(
    raw: RawTable, failed: np.ndarray, rejected: pd.DataFrame, *, table: str, places: Mapping[str, int]
) -> pd.DataFrame:
    """The rows of one file that were refused, each whole.

    Parameters
    ----------
    raw : RawTable
    failed : ndarray of bool
        For each row of `raw.cells`.
    rejected : DataFrame, one row per failing cell
        Of this file: the columns of `Study.rejected`.
    table : str
    places : mapping of contract column to position in the file
        A reason names the column of the contract and, where it is called otherwise, that of the file.

    Returns
    -------
    DataFrame, one row per refused row, by row number
        ROW_COLUMNS (`rejected_record` is the text of a record that cannot be split into cells, else empty), then the
        columns of the file under their own names, as text; a name that comes again has its number behind it.
    """
    if rejected.empty:
        return _no_rows()
    names = _own_names(raw.header)
    split = raw.cells.filter(pa.array(failed))
    rows = np.concatenate([raw.rows[failed], np.array([bad.row for bad in raw.malformed], dtype=np.int64)])
    order = np.argsort(rows, kind="stable")
    called = {name: names[place] for name, place in places.items() if names[place] != name}
    reasons = _reasons(rejected, called).reindex(rows[order])
    front = {
        "rejected_table": pa.array([table] * len(rows), TEXT),
        "rejected_file": pa.array([raw.file] * len(rows), TEXT),
        "rejected_row": pa.array(rows[order]),
        "rejected_reasons": pa.array(reasons.to_numpy(), TEXT),
        "rejected_record": pa.array([None] * len(split) + [bad.text for bad in raw.malformed], TEXT).take(
            pa.array(order)
        ),
    }
    # In Arrow to the end: a broken file may have thousands of columns, and pandas joins each of them apart.
    cells = _with_nulls(split, len(raw.malformed)).take(pa.array(order))
    own = dict(zip(names, cells.columns, strict=True))
    return pa.table({**front, **own}).to_pandas()


def joined_rows(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The refused rows of several files: a column for each name that one of them has, empty for the others."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else _no_rows()
    tables = [pa.Table.from_pandas(part, preserve_index=False) for part in parts]
    return pa.concat_tables(tables, promote_options="default").to_pandas()


def rejected_csv(rows: pd.DataFrame) -> str:
    """Refused rows as the text of `rejected.csv`, which begins with a byte order mark; no cell is changed."""
    # Not by pandas, which takes a second for every few thousand columns.
    writer = csv.writer(text := io.StringIO(), delimiter=DELIMITER, lineterminator="\r\n")
    writer.writerow(rows.columns)
    columns = pa.Table.from_pandas(rows, preserve_index=False).columns
    writer.writerows(zip(*(column.to_pylist() for column in columns), strict=True))
    return _BYTE_ORDER_MARK + text.getvalue()


def _with_nulls(cells: pa.Table, n_rows: int) -> pa.Table:
    """The cells with rows of empty ones below."""
    nothing = pa.nulls(n_rows, TEXT)
    return pa.concat_tables([cells, pa.table([nothing] * cells.num_columns, names=cells.column_names)])


def without_row_columns(raw: RawTable) -> RawTable:
    """A file of refused rows as the file that they were refused of: without the columns in front."""
    n_front = len(ROW_COLUMNS)
    if raw.header[:n_front] != tuple(ROW_COLUMNS) or raw.typed_numbers or raw.unreadable or raw.inexact:
        return raw
    cells = raw.cells.select(range(n_front, len(raw.header)))
    names = [str(position) for position in range(cells.num_columns)]
    breaks = tuple(position - n_front for position in raw.with_line_breaks if position >= n_front)
    return replace(raw, header=raw.header[n_front:], cells=cells.rename_columns(names), with_line_breaks=breaks)


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in ROW_COLUMNS.items()})


def _own_names(header: Sequence[str]) -> list[str]:
    """The names of a header, made different from each other and from ROW_COLUMNS."""
    named = (name or f"column {place}" for place, name in enumerate(header, start=1))
    return kept_apart([*ROW_COLUMNS, *named])[len(ROW_COLUMNS) :]


def _reasons(rejected: pd.DataFrame, called: Mapping[str, str]) -> pd.Series:
    """Why each row was refused, by row number: all its reasons, parted by a bar."""
    kind = ["column", "value", "reason", "allowed", "nearest"]
    # What stood in no cell of its own is in `rejected_record`, whole.
    rejected = rejected.assign(value=rejected["value"].where(rejected["column"].notna()))
    shown = {name: f"{name} ({own} in the file)" for name, own in called.items()}
    rejected = rejected.assign(column=rejected["column"].replace(shown))
    kinds = rejected[kind].drop_duplicates(ignore_index=True)
    # Millions of rows can fail alike: each wording is made once.
    wording = [str(Problem(**each)) for each in kinds.astype(object).where(kinds.notna(), None).to_dict("records")]
    codes = rejected.groupby(kind, dropna=False, sort=False).ngroup()
    told = pd.Series(wording, dtype="str").take(codes).set_axis(rejected["row"].to_numpy())
    again = told.index.duplicated(keep=False)
    several = told[again].groupby(level=0).agg(" | ".join)
    return pd.concat([told[~again], several])
