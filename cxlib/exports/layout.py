"""What each column of a survey export is, as the reader of one tool finds it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cxlib import cells
from cxlib.readers import RawTable

ROLES = ("question", "option", "respondent", "moment", "finished", "form", "personal")

SAMPLE_ROWS = 1000
"""So many rows under the headings a reader looks at to know its own files."""

OF_RESPONDENTS = "every row counts as a respondent of its own"
"""Ends what is in doubt of who answered: whoever names the column that tells it settles it."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """The beginning of an export, by which a reader knows its own files.

    Attributes
    ----------
    names : tuple of str
        The cells of the first row, without space around them; "" where there is none.
    rows : tuple of tuple of str
        The next `SAMPLE_ROWS` rows, as text without space around it; "" for an empty cell.
    table : pa.Table, optional
        All rows under the first one; without it the sample is all there is.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    table: pa.Table | None = field(default=None, compare=False, repr=False)

    def column(self, position: int, *, first_row: int = 0) -> list[str]:
        """The cells of one column that are not empty, from a row on, in the sample."""
        return [row[position] for row in self.rows[first_row:] if row[position]]

    def counts(self, position: int, *, first_row: int = 0) -> Counter[str]:
        """How often each cell of one column stands in the whole file from a row on, empty ones left out.

        What a column holds is decided by it: the 1,100 first answers may all be 1.
        """
        if self.table is None:
            return Counter(self.column(position, first_row=first_row))
        found = cells.trimmed(self.table.column(position).slice(first_row)).drop_null().value_counts()
        values, times = found.field("values"), found.field("counts")
        return Counter(dict(zip(values.to_pylist(), times.to_pylist(), strict=True)))

    def filled(self, position: int, *, first_row: int = 0) -> np.ndarray:
        """Bool array: which cells of one column are not empty in the whole file, from a row on."""
        if self.table is None:
            return np.array([bool(row[position]) for row in self.rows[first_row:]], dtype=bool)
        return pc.is_valid(cells.trimmed(self.table.column(position).slice(first_row))).to_numpy()


@dataclass(frozen=True, kw_only=True)
class ExportColumn:
    """One column of an export.

    Attributes
    ----------
    position : int
        From 0.
    role : one of ROLES
        "question": its cells are answers. "option": a cell says whether this option of a question was chosen.
        "respondent": who answered. "moment": when. "finished": whether to the end. "form": about the form or the
        browser, no answer. "personal": an e-mail address, a network address, a name, a telephone number.
    name : str
        What the question is called, such as Q3: the same for all options of a question.
    text : str
        The question as it was put.
    option : str
        What the option is called; "" where the role is another one.
    separator : str
        What stands between several choices in one cell; "" where a cell holds one answer.
    whole : frozenset of str
        Choices that hold the separator themselves.
    is_written : bool
        Whether the tool says that answers were written: they are no choices then, however often one comes again.
    """

    position: int
    role: str
    name: str
    text: str
    option: str = ""
    separator: str = ""
    whole: frozenset[str] = frozenset()
    is_written: bool = False


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How an export is laid out.

    Attributes
    ----------
    n_header_rows : int
        Rows that hold no answers, at least 1.
    columns : tuple of ExportColumn
        Every column of the file once, in its order.
    moments : tuple of int
        Positions of the columns that say when somebody answered, the best first: the first that is not empty counts.
    chosen : frozenset of str
        What an option's cell holds, in lower case, where the option was chosen; empty: anything but `not_chosen`.
    not_chosen : frozenset of str
        What it holds, in lower case, where the option was not chosen.
    no_moments : frozenset of str
        What a tool writes where it keeps no moment.
    timezone : str, optional
        Of moments that do not say theirs, where the export itself tells it.
    not_asked : frozenset of str
        What a tool writes into the cells of questions that were not put to somebody.
    escape : str
        A sign that the tool puts before a cell that begins with = + - or @, so that no spreadsheet takes it for a
        formula; "" where it puts none.
    doubts : tuple of str
        What the file does not tell, and how it was read, a sentence each.
    """

    n_header_rows: int
    columns: tuple[ExportColumn, ...]
    moments: tuple[int, ...] = ()
    chosen: frozenset[str] = frozenset()
    not_chosen: frozenset[str] = frozenset()
    no_moments: frozenset[str] = frozenset()
    timezone: str | None = None
    not_asked: frozenset[str] = frozenset()
    escape: str = ""
    doubts: tuple[str, ...] = ()

    def of_role(self, role: str) -> tuple[ExportColumn, ...]:
        """The columns of one role, in the file's order."""
        return tuple(column for column in self.columns if column.role == role)


def head_of(raw: RawTable) -> Head:
    """The beginning of a table that was read as text."""
    sample = raw.cells.slice(0, SAMPLE_ROWS)
    columns = [_texts(column) for column in sample.columns]
    return Head(names=tuple(raw.header), rows=tuple(zip(*columns, strict=True)), table=raw.cells)


def _texts(column: pa.ChunkedArray) -> list[str]:
    return [(cell or "").strip() for cell in column.to_pylist()]
