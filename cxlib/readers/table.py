"""One table file (CSV, CSV.gz, Parquet) as a frame of text, with what is known about where it came from."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from cxlib.errors import Problem, RefusedFileError
from cxlib.readers.content import LONGEST_LINE_BYTES, PARQUET, read_content
from cxlib.readers.dialect import Dialect, decode_to_utf8, find_dialect
from cxlib.readers.memory import give_back
from cxlib.readers.pieces import cut_at_records, n_blank_lines, n_lines_in
from cxlib.readers.quotes import Quotes, examine_quotes, well_formed
from cxlib.readers.typed_text import TEXT, text_of, text_of_floats
from cxlib.side_by_side import side_by_side

# Parsing makes and frees many small buffers. Where Arrow has jemalloc, that takes half of the processor time that its
# default (mimalloc) takes, and a sixth less memory (pyarrow 26, Linux, November 2026): 2.2 instead of 4.9 s for 480 MB.
MEMORY = pa.jemalloc_memory_pool() if "jemalloc" in pa.supported_memory_backends() else pa.default_memory_pool()

HEADER_ROW = 1
MOST_COLUMNS = 16_384
"""As many as a spreadsheet takes."""

MOST_MALFORMED = 200_000
"""Of rows that do not have as many cells as the header: a file with more of them has another delimiter or header."""

MOST_BLANK_CELLS = 20_000_000
"""That blank lines may stand for. They keep their numbers, so each takes the room of a row; a megabyte of line ends
under a wide header would fill the memory."""

_BLOCK_BYTES = LONGEST_LINE_BYTES
_STRAY = "has letters after a closing quote: a quote before it may be unclosed"
_TWICE = "a quote within quotes is written twice"


@dataclass(frozen=True, kw_only=True)
class MalformedRow:
    """A record that cannot be split into cells; `text` is the record as it stands in the file."""

    row: int
    text: str
    reason: str
    allowed: str


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
    rows : pandas Index of int64, a RangeIndex where no row is left out
        Spreadsheet row of each row in `cells`: each record of the file counts one, blank ones too.
    header_row : int
        Spreadsheet row of the header; 1 where nothing stands above it.
    malformed : tuple of MalformedRow
    n_blank : int
        Records without anything in any cell; they are not rows.
    encoding, delimiter : str or None
        None where the source is not a text file.
    typed_numbers : frozenset of int
        Positions in `header` of columns that were numbers in the source: their text has a decimal point whatever
        the decimal sign of the text columns is.
    inexact : mapping of position to bool ndarray
        For columns of floating numbers: True where a cell is not a whole number that the type holds exactly.
    unreadable : mapping of position to type
        Columns of lists, records or something else that is no cell; in `cells` they are null.
    quoted : bool
        Whether a text file has any quote in it.
    with_line_breaks : tuple of int
        Positions of the columns of a text file in which some cell holds a line break.
    """

    file: str
    sha256: str
    header: tuple[str, ...]
    cells: pa.Table
    rows: pd.Index
    malformed: tuple[MalformedRow, ...] = ()
    n_blank: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int = HEADER_ROW
    typed_numbers: frozenset[int] = frozenset()
    inexact: Mapping[int, np.ndarray] = field(default_factory=dict)
    unreadable: Mapping[int, str] = field(default_factory=dict)
    quoted: bool = False
    with_line_breaks: tuple[int, ...] = ()

    @property
    def n_read(self) -> int:
        return len(self.rows) + len(self.malformed)


def read_table(
    path: Path,
    *,
    file: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
) -> RawTable:
    """Read a CSV, gzipped CSV or Parquet file as text; its content says which it is, not its name.

    Parameters
    ----------
    path : Path
    file : str, optional
        The name shown to the user; the path's last part where not given.
    encoding, delimiter : str, optional
    header_row : int, optional
        Spreadsheet row of the header, at least 1. All three override what the content says.

    Raises
    ------
    RefusedFileError
        The file cannot be read, is empty or is not a table.
    """
    file = file or path.name
    content, sha256 = read_content(path, file=file)
    if content[: len(PARQUET)] == PARQUET:
        told = {"encoding": encoding, "delimiter": delimiter, "header_row": header_row}
        for name, value in told.items():
            if value is not None:
                reason = f"is a Parquet file, which says itself how it is written, but {name} is told"
                raise RefusedFileError(Problem(file=file, value=str(value), reason=reason, allowed=f"no {name}"))
        return read_typed(_parquet(content, file), file=file, sha256=sha256.result())
    text, encoding = decode_to_utf8(content, file=file, encoding=encoding)
    if not bytes(text[:4096]).strip() and not bytes(text).strip():
        raise RefusedFileError(Problem(file=file, reason="is empty", allowed="a header and rows"))
    text, dialect = find_dialect(text, encoding=encoding, delimiter=delimiter, header_row=header_row)
    if not any(dialect.header):
        reason = "the row of the header is blank or not there"
        allowed = "names of columns; header_row of the table in study.toml or --header-row of cx survey tells where"
        raise RefusedFileError(Problem(file=file, row=dialect.header_row, reason=reason, allowed=allowed))
    if len(dialect.header) > MOST_COLUMNS:
        reason, allowed = "has too many columns", f"at most {MOST_COLUMNS:,}"
        raise RefusedFileError(
            Problem(file=file, reason=reason, value=f"{len(dialect.header):,} columns", allowed=allowed)
        )
    _refuse_blank_lines(text, len(dialect.header), file)
    quoted = _holds_quote(text)
    pieces = cut_at_records(text, quoted=quoted)
    quotes = Quotes()
    if quoted and not all(side_by_side(lambda piece: well_formed(piece, dialect.delimiter), pieces)):
        quotes = _quotes_of(text, dialect, file)
        pieces = [text]  # cut by the same quotes
    n_lines = n_lines_in(pieces) if quoted else None
    del content, text

    def done(piece: memoryview) -> None:
        if sha256.done():
            give_back(piece)

    cells, malformed = _parse_dialect(pieces, dialect, file, done)
    del pieces
    raw = RawTable(
        file=file,
        sha256=sha256.result(),
        header=dialect.header,
        cells=cells,
        rows=_row_numbers(len(cells), [bad.row for bad in malformed]),
        malformed=tuple(malformed),
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        quoted=quoted,
    )
    raw = _without_blank_rows(_without_stray_rows(raw, quotes))
    if quoted and n_lines != len(cells) + len(malformed) + HEADER_ROW:
        broken = (at for at, column in enumerate(raw.cells.columns) if _holds_line_break(column))
        raw = replace(raw, with_line_breaks=tuple(broken))
    return _counted_from(raw, dialect.header_row)


def read_typed(table: pa.Table, *, file: str, sha256: str) -> RawTable:
    """A table that has types already (Parquet, the result of a query) as text, for the same checks as a CSV."""
    rows = _row_numbers(table.num_rows, [])
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        blank &= pc.is_null(column, nan_is_null=True).to_numpy()
    if blank.any():
        table, rows = table.filter(pa.array(~blank)), rows[~blank]
    columns, typed_numbers, inexact, unreadable = [], set(), {}, {}
    for position, column in enumerate(table.columns):
        kind = column.type
        if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            typed_numbers.add(position)
        try:
            if pa.types.is_floating(kind):
                text, inexact[position] = text_of_floats(column)
            else:
                text = text_of(column)
        except pa.ArrowException:
            unreadable[position] = str(kind)
            text = pa.chunked_array([pa.nulls(len(column), TEXT)])
        columns.append(text)
    return RawTable(
        file=file,
        sha256=sha256,
        header=tuple(unicodedata.normalize("NFC", str(name).strip()) for name in table.column_names),
        cells=_table_of(columns),
        rows=rows,
        n_blank=int(blank.sum()),
        typed_numbers=frozenset(typed_numbers),
        inexact=inexact,
        unreadable=unreadable,
    )


def _parquet(content: memoryview, file: str) -> pa.Table:
    try:
        # `read_table` of the same module stops at a name that comes twice, used or not.
        return pyarrow.parquet.ParquetFile(pa.BufferReader(pa.py_buffer(content))).read()
    except (pa.ArrowException, OSError) as error:
        raise RefusedFileError(Problem(file=file, reason=f"is a broken Parquet file ({error})")) from error


def _parse_dialect(
    pieces: list[memoryview], dialect: Dialect, file: str, done: Callable[[memoryview], None]
) -> tuple[pa.Table, list[MalformedRow]]:
    """`done` is told of each piece that is not read again."""
    n_columns = len(dialect.header)
    if dialect.ends_with_delimiter:
        cells, malformed = _parse(pieces, dialect.delimiter, n_columns + 1, file)
        if not malformed and cells.column(n_columns).null_count == len(cells):
            return cells.remove_column(n_columns), []
    return _parse(pieces, dialect.delimiter, n_columns, file, done)


def _parse(
    pieces: list[memoryview],
    delimiter: str,
    n_columns: int,
    file: str,
    done: Callable[[memoryview], None] = lambda piece: None,
) -> tuple[pa.Table, list[MalformedRow]]:
    """The records of all pieces, and those that have the wrong number of cells."""

    wrong_lengths: list[int] = []

    def read(piece: memoryview) -> tuple[pa.Table, list[MalformedRow]]:
        parsed = _parse_piece(piece, delimiter, n_columns, wrong_lengths, with_header=piece is pieces[0])
        done(piece)
        return parsed

    try:
        parsed = side_by_side(read, pieces)
    except pa.ArrowInvalid as error:
        reason, allowed = f"cannot be read as a table ({error})", None
        if len(wrong_lengths) > MOST_MALFORMED:
            reason = f"more than {MOST_MALFORMED:,} rows do not have {n_columns} cells, as the header has"
            allowed = "another delimiter or header_row (study.toml, or options of cx survey), if the one found is wrong"
        elif "straddl" in str(error):  # so Arrow says that a record is longer than a block
            reason = f"a row with line breaks in it is longer than {LONGEST_LINE_BYTES / 2**20:g} MB"
            allowed = "a quote at both ends of a cell that holds line breaks"
        raise RefusedFileError(Problem(file=file, reason=reason, allowed=allowed)) from error
    malformed: list[MalformedRow] = []
    n_before = 0
    for table, wrong in parsed:
        malformed += [replace(bad, row=bad.row + n_before) for bad in wrong] if n_before else wrong
        n_before += len(table) + len(wrong) + (0 if n_before else HEADER_ROW)
    return pa.concat_tables([table for table, _ in parsed]), malformed


def _parse_piece(
    text: memoryview, delimiter: str, n_columns: int, wrong_lengths: list[int], *, with_header: bool
) -> tuple[pa.Table, list[MalformedRow]]:
    # `wrong_lengths` is shared by all pieces: how many cells each row has that has not as many as the header.
    if len(text) < _BLOCK_BYTES and text[-1:] != b"\n":
        text = memoryview(bytes(text) + b"\n")  # Arrow takes a header without a line end for half a record
    names = [str(position) for position in range(n_columns)]
    malformed: list[MalformedRow] = []

    def collect(row: pyarrow.csv.InvalidRow) -> str:
        wrong_lengths.append(row.actual_columns)
        if len(wrong_lengths) > MOST_MALFORMED:
            return "error"
        reason = f"has {row.actual_columns} cells, the header has {n_columns}"
        malformed.append(MalformedRow(row=row.number, text=row.text, reason=reason, allowed=f"{n_columns} cells"))
        return "skip"

    table = pyarrow.csv.read_csv(
        pa.BufferReader(pa.py_buffer(text)),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False,  # Arrow's own threads cannot number the rows that have the wrong number of cells
            block_size=_BLOCK_BYTES,
            column_names=names,
            skip_rows_after_names=HEADER_ROW if with_header else 0,
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,  # a blank line has a row number in a spreadsheet
            invalid_row_handler=collect,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, TEXT),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            check_utf8=False,  # the dialect has seen to it
        ),
        memory_pool=MEMORY,
    )
    return table, malformed


def _quotes_of(text: memoryview, dialect: Dialect, file: str) -> Quotes:
    """What is wrong with the quotes, but a quote that is never closed is refused: it has the rest of the file."""
    quotes = examine_quotes(text, dialect.delimiter)
    if quotes.open_row is not None:
        reason = "a quote that is opened here is never closed"
        row = quotes.open_row + dialect.header_row - HEADER_ROW
        raise RefusedFileError(Problem(file=file, row=row, reason=reason))
    return quotes


def _without_stray_rows(raw: RawTable, quotes: Quotes) -> RawTable:
    """A record with letters after a closing quote becomes a malformed one."""
    known = {HEADER_ROW, *(bad.row for bad in raw.malformed)}
    stray = [
        MalformedRow(row=row, text=record, reason=_STRAY, allowed=_TWICE)
        for row, record in quotes.stray
        if row not in known
    ]
    if not stray:
        return raw
    kept = ~raw.rows.isin([bad.row for bad in stray])
    malformed = tuple(sorted([*raw.malformed, *stray], key=lambda bad: bad.row))
    return replace(raw, cells=raw.cells.filter(pa.array(kept)), rows=raw.rows[kept], malformed=malformed)


def _counted_from(raw: RawTable, header_row: int) -> RawTable:
    """The table with its rows numbered as those of the whole file, of which it is the part from the header on."""
    above = header_row - HEADER_ROW
    if not above:
        return raw
    malformed = tuple(replace(bad, row=bad.row + above) for bad in raw.malformed)
    return replace(raw, rows=raw.rows + above, malformed=malformed, header_row=header_row)


def _refuse_blank_lines(text: memoryview, n_columns: int, file: str) -> None:
    most = MOST_BLANK_CELLS // n_columns
    if len(text) <= most:
        return
    if n_blank_lines(text) > most:
        reason = "has too many blank lines"
        allowed = f"at most {most:,} under a header of {n_columns:,} columns"
        raise RefusedFileError(Problem(file=file, reason=reason, allowed=allowed))


def _holds_quote(text: memoryview) -> bool:
    return any(b'"' in bytes(text[at : at + _BLOCK_BYTES]) for at in range(0, len(text), _BLOCK_BYTES))


def _holds_line_break(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.match_substring(column, "\n")).as_py())


def _row_numbers(n_rows: int, taken: Sequence[int]) -> pd.Index:
    """Numbers of the rows under the header, leaving out those of malformed ones."""
    first = HEADER_ROW + 1
    numbers = pd.RangeIndex(first, first + n_rows + len(taken))
    return numbers.delete([row - first for row in taken]) if len(taken) else numbers


def _without_blank_rows(raw: RawTable) -> RawTable:
    cells = raw.cells
    if not all(column.null_count for column in cells.columns):
        return raw
    blank = np.ones(len(raw.rows), dtype=bool)
    for column in cells.columns:
        blank &= pc.is_null(column).to_numpy()
    n_blank = int(blank.sum())
    if not n_blank:
        return raw
    return replace(raw, cells=cells.filter(pa.array(~blank)), rows=raw.rows[~blank], n_blank=n_blank)


def _table_of(columns: list[pa.ChunkedArray]) -> pa.Table:
    return pa.table(columns, names=[str(position) for position in range(len(columns))])
