"""Where a table begins: lines above its header, such as a title, the day it was made, and blank ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

MOST_LINES_ABOVE = 30
_MOST_CELLS_ABOVE = 2  # a title, or a name with its value
_NUMBER_OR_DATE = re.compile(r"[\W\d_]*\d[\W\d_]*")
_DIGIT = re.compile(r"\d")
_COMMENT = ("#", "//")
_SHARE_WITH_DIGITS = 0.5


def header_position(records: Sequence[Sequence[str]]) -> int:
    """The position of the record that is the header: the first that is not blank, unless a later one is sure to be.

    A later one is the header where all that stands above it are titles, comments and blank lines, its cells are
    distinct words, none of them a number or a date, and something sets it off from the rows: a blank line above it,
    or digits in a column under a name without any. A wrong guess would make a row a header, so a table that is all
    words and stands right under its title has its first line as header, and study.toml has to say otherwise.
    """
    first = next((place for place, record in enumerate(records) if not is_blank(record)), 0)
    n_cells, n_columns = _usual_columns(records)
    if n_columns < 2 or not _stands_above(records[first], n_columns):
        return first
    for place in range(first + 1, min(len(records), first + 1 + MOST_LINES_ABOVE)):
        if not _stands_above(records[place], n_columns):
            return place if _is_header(records, place, n_cells, n_columns) else first
    return first


def is_blank(record: Sequence[str]) -> bool:
    """Whether no cell of the record holds anything."""
    return not any(cell.strip() for cell in record)


def _length(record: Sequence[str]) -> int:
    """How many cells the record has up to its last one that holds something."""
    return next((n for n in range(len(record), 0, -1) if record[n - 1].strip()), 0)


def _n_filled(record: Sequence[str]) -> int:
    return sum(1 for cell in record if cell.strip())


def _usual_columns(records: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How many cells most records have that have more than one filled, and how many of those are ever filled."""
    counts = Counter(len(record) for record in records if _n_filled(record) > 1)
    if not counts:
        return 0, 0
    n_cells = max(counts, key=lambda n_cells: (counts[n_cells], n_cells))
    return n_cells, max(_length(record) for record in records if len(record) == n_cells)


def _stands_above(record: Sequence[str], n_columns: int) -> bool:
    n_filled = _n_filled(record)
    if n_filled <= min(_MOST_CELLS_ABOVE, n_columns - 1):
        return True
    return record[0].lstrip().startswith(_COMMENT) and _length(record) != n_columns


def _is_header(records: Sequence[Sequence[str]], place: int, n_cells: int, n_columns: int) -> bool:
    names = [cell.strip() for cell in records[place]]
    below = [record for record in records[place + 1 :] if not is_blank(record)]
    filled = [name for name in names if name]
    if not below or not names[0] or len(set(filled)) < len(filled):
        return False
    # A delimiter at the end of each row, but not of the header, makes one cell more that is never filled.
    if len(names) != n_cells and not (len(names) == n_cells - 1 and n_columns < n_cells):
        return False
    if any(_NUMBER_OR_DATE.fullmatch(name) for name in filled):
        return False
    return is_blank(records[place - 1]) or any(
        name and not _DIGIT.search(name) and _has_digits(below, column) for column, name in enumerate(names)
    )


def _has_digits(records: Sequence[Sequence[str]], column: int) -> bool:
    found = [bool(_DIGIT.search(record[column])) for record in records if column < len(record)]
    return sum(found) > _SHARE_WITH_DIGITS * len(found)
