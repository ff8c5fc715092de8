"""Rows that an unclosed quote put into a cell of another row: they are counted, and the row that holds them fails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.readers import RawTable
from cxlib.readers.quotes import further_rows
from cxlib.rejections import Failures

_REASON = "holds what looks like further rows: a quote before it may be unclosed"


def note_swallowed_rows(
    raw: RawTable,
    cells: pa.Table,
    failures: Failures,
    *,
    position: int,
    looks_right: Callable[[str], bool],
    n_cells: int | None = None,
) -> int:
    """How many rows lie in cells of others and in malformed ones; a row that holds some fails.

    Parameters
    ----------
    raw : RawTable
    cells : Table
        Those of its rows that `failures` is about.
    failures : Failures
    position, looks_right
        A line within a cell looks like a row where what stands in the place of this column looks right.
    n_cells : int, optional
        And where it has exactly so many cells.
    """
    where = {"delimiter": raw.delimiter, "position": position, "looks_right": looks_right, "n_cells": n_cells}
    n_further = sum(further_rows(bad.text, at_least=0, **where) for bad in raw.malformed)
    for place in raw.with_line_breaks:
        cell = cells.column(place)
        broken = pc.fill_null(pc.match_substring(cell, "\n"), False)
        counts = np.zeros(len(cells), dtype=np.int64)
        counts[broken.to_numpy()] = [
            further_rows(text, at_least=place, **where) for text in cell.filter(broken).to_pylist()
        ]
        failures.add(counts > 0, raw.header[place], cell, _REASON, allowed="a quote within quotes is written twice")
        n_further += int(counts.sum())
    return n_further
