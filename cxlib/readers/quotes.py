"""Quotes that were not closed where they should be: they swallow rows, and the CSV reader says nothing of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_QUOTE = ord('"')
_CLOSED = re.compile(rb'(?:[^"]++|"")*+"')
"""From behind a quote that opens a cell to the one that closes it."""

_STEP_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Quotes:
    """What is wrong with the quotes of a file.

    `stray` has the row and the text of each record in which letters follow a closing quote; the text begins with the
    record and ends with the line of the stray letters. `open_row` is the row of a quote that is never closed.
    """

    stray: tuple[tuple[int, str], ...] = ()
    open_row: int | None = None


def well_formed(text: memoryview, delimiter: str) -> bool:
    """Whether every quote opens or closes a cell or is written twice within one, and each that opens is closed.

    As long as that is so, the quotes open and close in turn; so a look at the neighbour of each is enough.
    """
    letters = np.frombuffer(text, dtype=np.uint8)
    may_stand_beside = np.zeros(256, dtype=bool)
    may_stand_beside[[ord(delimiter), ord("\n"), ord("\r"), _QUOTE]] = True
    n_quotes = 0
    for start in range(0, len(letters), _STEP_BYTES):
        places = np.flatnonzero(letters[start : start + _STEP_BYTES] == _QUOTE) + start
        before = places[n_quotes % 2 :: 2] - 1
        after = places[1 - n_quotes % 2 :: 2] + 1
        n_quotes += len(places)
        before, after = before[before >= 0], after[after < len(letters)]
        if not may_stand_beside[letters[before]].all() or not may_stand_beside[letters[after]].all():
            return False
    return n_quotes % 2 == 0


def examine_quotes(text: memoryview, delimiter: str) -> Quotes:
    """Walk from quote to quote, as the CSV reader does, and note what is wrong. Slow where there are many."""
    content = bytes(text)
    edges = b"\r\n" + delimiter.encode()
    next_edge = re.compile(b"[" + re.escape(edges) + b"]")
    at_an_edge = re.compile(rb"(?:\A|(?<=[" + re.escape(edges) + rb']))"')  # a quote within a cell is a letter
    line_end = re.compile(rb"\r\n|\r|\n")
    has_returns = b"\r" in content  # without them line ends can be counted, many at once
    stray: dict[int, str] = {}
    row, record, place = 1, 0, 0  # the row, where it begins, and what has been read
    while opens := at_an_edge.search(content, place):
        opening = opens.start()
        if has_returns:
            for end in line_end.finditer(content, place, opening):
                row, record = row + 1, end.end()
        elif (last := content.rfind(b"\n", place, opening)) >= 0:
            row, record = row + content.count(b"\n", place, opening), last + 1
        closed = _CLOSED.match(content, opening + 1)
        if closed is None:
            return Quotes(stray=tuple(stray.items()), open_row=row)
        place = closed.end()
        edge = next_edge.search(content, place)
        end_of_cell = edge.start() if edge else len(content)
        if content[place:end_of_cell].strip() and row not in stray:
            end = line_end.search(content, place)
            record_text = content[record : end.start() if end else len(content)]
            stray[row] = record_text.decode("utf-8", errors="replace")
    return Quotes(stray=tuple(stray.items()))


def further_rows(
    cell: str,
    delimiter: str,
    position: int,
    at_least: int,
    looks_right: Callable[[str], bool],
    n_cells: int | None = None,
) -> int:
    """How many of the later lines of a cell look like rows of their own.

    Such a line has more than `at_least` cells, exactly `n_cells` where that is told, and at `position` one that
    `looks_right`.
    """
    n_rows = 0
    for line in cell.split("\n")[1:]:
        n_delimiters = line.count(delimiter)
        if n_delimiters < max(position, at_least) or (n_cells is not None and n_delimiters != n_cells - 1):
            continue
        if looks_right(line.split(delimiter, position + 1)[position].strip('" \r')):
            n_rows += 1
    return n_rows
