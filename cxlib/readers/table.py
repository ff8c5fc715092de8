"""One table file (CSV, CSV.gz, Parquet) as a frame of text, with what is known about where it came from."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from cxlib.errors import Problem, RefusedFileError
from cxlib.readers.dialect import decode_to_utf8, find_dialect

TEXT = pa.large_string()
"""The Arrow type of pandas' `str` dtype, so that a text column becomes a pandas one without a copy."""

HEADER_ROW = 1
_BLOCK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class MalformedRow:
    """A record with another number of cells than the header; `text` is the record as it stands in the file."""

    row: int
    n_cells: int
    text: str


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """A table as text, before anything is checked.

    Parameters
    ----------
    file : str
        The name shown to the user.
    sha256 : str
        Of the bytes as they lie on disk.
    header : tuple of str
        The file's column names, as they are (a name may come twice).
    cells : pyarrow.Table
        One text column for each name of `header`, in that order; an empty cell is null.
    rows : ndarray of int64
        Spreadsheet row of each row in `cells`: the header is 1, each record counts one, blank ones too.
    malformed : tuple of MalformedRow
    n_blank : int
        Records without anything in any cell; they are not rows.
    encoding, delimiter : str or None
        None where the source is not a text file.
    typed_numbers : frozenset of int
        Positions in `header` of columns that were numbers in the source: their text has a decimal point whatever
        the decimal sign of the text columns is.
    """

    file: str
    sha256: str
    header: tuple[str, ...]
    cells: pa.Table
    rows: np.ndarray
    malformed: tuple[MalformedRow, ...] = ()
    n_blank: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    typed_numbers: frozenset[int] = frozenset()

    @property
    def n_read(self) -> int:
        return len(self.rows) + len(self.malformed)


def read_table(
    path: Path, *, file: str | None = None, encoding: str | None = None, delimiter: str | None = None
) -> RawTable:
    """Read a CSV, gzipped CSV or Parquet file as text; its content says which it is, not its name.

    Parameters
    ----------
    path : Path
    file : str, optional
        The name shown to the user; the path's last part where not given.
    encoding, delimiter : str, optional
        Override what the content says.

    Raises
    ------
    RefusedFileError
        The file cannot be read, is empty or is not a table.
    """
    file = file or path.name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RefusedFileError(Problem(file=file, reason=f"cannot be read ({error.strerror})")) from error
    sha256 = hashlib.sha256(content).hexdigest()
    if content[:2] == b"\x1f\x8b":
        content = _unpack(content, file)
    if content[:4] == b"PAR1":
        return read_typed(_parquet(content, file), file=file, sha256=sha256)
    if content[:4] == b"PK\x03\x04":
        raise RefusedFileError(
            Problem(file=file, reason="is a workbook or an archive, not a table", allowed=".csv, .csv.gz, .parquet")
        )
    text, encoding = decode_to_utf8(content, file=file, encoding=encoding)
    if not bytes(text[:4096]).strip() and not bytes(text).strip():
        raise RefusedFileError(Problem(file=file, reason="is empty", allowed="a header and rows"))
    text, dialect = find_dialect(text, encoding=encoding, delimiter=delimiter)
    if not any(dialect.header):
        raise RefusedFileError(Problem(file=file, reason="the first line is blank; it must be the header"))
    cells, malformed = _parse(text, dialect.delimiter, len(dialect.header), file)
    rows = _row_numbers(len(cells), [bad.row for bad in malformed])
    _refuse_open_quote(text, cells, rows, malformed, file)
    cells, rows, n_blank = _without_blank_rows(cells, rows)
    return RawTable(
        file=file,
        sha256=sha256,
        header=dialect.header,
        cells=cells,
        rows=rows,
        malformed=tuple(malformed),
        n_blank=n_blank,
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
    )


def read_typed(table: pa.Table, *, file: str, sha256: str) -> RawTable:
    """A table that has types already (Parquet, the result of a query) as text, for the same checks as a CSV.

    Raises
    ------
    RefusedFileError
        A column holds lists, records or something else that is no cell.
    """
    columns, typed_numbers = [], set()
    for position, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        kind = column.type
        if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            typed_numbers.add(position)
        try:
            columns.append(_as_text(column))
        except pa.ArrowException as error:
            reason = f"holds values of the type {kind}, which are not cells"
            raise RefusedFileError(Problem(file=file, column=name, reason=reason)) from error
    return RawTable(
        file=file,
        sha256=sha256,
        header=tuple(str(name).strip() for name in table.column_names),
        cells=_table_of(columns),
        rows=_row_numbers(table.num_rows, []),
        typed_numbers=frozenset(typed_numbers),
    )


def _unpack(content: bytes, file: str) -> bytes:
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RefusedFileError(Problem(file=file, reason=f"is a broken gzip file ({error})")) from error


def _parquet(content: bytes, file: str) -> pa.Table:
    try:
        return pyarrow.parquet.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        raise RefusedFileError(Problem(file=file, reason=f"is a broken Parquet file ({error})")) from error


def _parse(text: memoryview, delimiter: str, n_columns: int, file: str) -> tuple[pa.Table, list[MalformedRow]]:
    # Threads first; only they cannot number the rows that have the wrong number of cells, so a file
    # that has such rows is read once more without them.
    if len(text) < _BLOCK_BYTES and text[-1:] != b"\n":
        text = memoryview(bytes(text) + b"\n")  # Arrow takes a header without a line end for half a record
    names = [str(position) for position in range(n_columns)]
    malformed: list[MalformedRow] = []
    n_wrong = 0

    def count(row: pyarrow.csv.InvalidRow) -> str:
        nonlocal n_wrong
        n_wrong += 1
        return "error"

    def collect(row: pyarrow.csv.InvalidRow) -> str:
        malformed.append(MalformedRow(row=row.number, n_cells=row.actual_columns, text=row.text))
        return "skip"

    def read(use_threads: bool) -> pa.Table:
        return pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(text)),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=use_threads, block_size=_BLOCK_BYTES, column_names=names, skip_rows_after_names=HEADER_ROW
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,  # a blank line has a row number in a spreadsheet
                invalid_row_handler=count if use_threads else collect,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, TEXT),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                check_utf8=False,  # the dialect has seen to it
            ),
        )

    try:
        try:
            table = read(use_threads=True)
        except pa.ArrowInvalid:
            if not n_wrong:
                raise
            table = read(use_threads=False)
    except pa.ArrowInvalid as error:
        raise RefusedFileError(Problem(file=file, reason=f"cannot be read as a table ({error})")) from error
    return table, malformed


def _refuse_open_quote(
    text: memoryview, cells: pa.Table, rows: np.ndarray, malformed: Sequence[MalformedRow], file: str
) -> None:
    """A quote that is never closed swallows the rest of the file into one cell of the last record."""
    last_row = rows[-1] if len(rows) else 0
    if malformed and malformed[-1].row > last_row:
        last_row, last = malformed[-1].row, [malformed[-1].text]
    else:
        last = [column[-1].as_py() for column in cells.columns] if len(rows) else []
    if any("\n" in (cell or "") for cell in last) and bytes(text).count(b'"') % 2:
        reason = "a quote that is opened here is never closed"
        raise RefusedFileError(Problem(file=file, row=int(last_row), reason=reason))


def _row_numbers(n_rows: int, taken: Sequence[int]) -> np.ndarray:
    """Numbers of the rows under the header, leaving out those of malformed ones."""
    first = HEADER_ROW + 1
    numbers = np.arange(first, first + n_rows + len(taken), dtype=np.int64)
    return np.delete(numbers, np.asarray(taken, dtype=np.int64) - first) if len(taken) else numbers


def _without_blank_rows(cells: pa.Table, rows: np.ndarray) -> tuple[pa.Table, np.ndarray, int]:
    if not all(column.null_count for column in cells.columns):
        return cells, rows, 0
    blank = np.ones(len(rows), dtype=bool)
    for column in cells.columns:
        blank &= pc.is_null(column).to_numpy()
    n_blank = int(blank.sum())
    if not n_blank:
        return cells, rows, 0
    return cells.filter(pa.array(~blank)), rows[~blank], n_blank


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)  # finer parts of a second are cut
    elif pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)  # pandas writes NaN for an empty cell
    text = column.cast(TEXT)
    return pc.if_else(pc.equal(text, ""), None, text)


def _table_of(columns: list[pa.ChunkedArray]) -> pa.Table:
    return pa.table(columns, names=[str(position) for position in range(len(columns))])
