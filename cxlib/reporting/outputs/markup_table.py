"""An HTML table → rows of texts, rectangular."""

from __future__ import annotations

import re

from bs4 import Tag

from cxlib.reporting.outputs.blocks import TableBlock
from cxlib.reporting.outputs.markup_tree import classes_of, joined, part_of_text, walk

MOST_SPANNED = 100
"""Columns or rows that one cell may span; more is a mistake or malice."""

_NUMBER = re.compile(r"[-+\u2212]?\s?\d[\d\s.,\u00a0\u202f]*\s?%?|\u2013|[Nn]a[Nn]|<NA>|[-+]?\d[\d.]*e[-+]?\d+")


class _Cell:
    def __init__(self, element: Tag) -> None:
        self.parts: list[str] = []
        self.is_heading = element.name == "th"
        self.is_number = "number" in classes_of(element)
        self.n_columns = _span(element, "colspan")
        self.n_rows = _span(element, "rowspan")


class _Row:
    def __init__(self, *, in_head: bool) -> None:
        self.cells: list[_Cell] = []
        self.in_head = in_head


def table_block(element: Tag) -> tuple[str, TableBlock | None]:
    """What stands in a table but in no cell of it, and the table; None where it has no cell.

    A table within a cell is text of that cell. A column is one of numbers if a cell of it has the class `number`, or,
    in a table that uses no such class, if all its cells read as numbers.
    """
    rows: list[_Row] = []
    caption: list[str] = []
    outside: list[str] = []
    writing = outside
    n_inner, n_captions, n_heads = 0, 0, 0
    for what, node in walk(element):
        name = node.name if what != "text" else None
        if n_inner or name not in ("table", "tr", "td", "th", "caption", "thead"):
            writing.append(part_of_text(what, node))
            n_inner += (what == "start") - (what == "end") if name == "table" else 0
        elif name == "table":
            n_inner += 1
            writing.append(part_of_text(what, node))
        elif name == "caption":
            n_captions += 1 if what == "start" else -1
            writing = caption if n_captions else outside
        elif name == "thead":
            n_heads += 1 if what == "start" else -1
            writing = outside
        elif what == "end":
            # An unclosed cell lies around the next one, and ends after it.
            writing = outside
        elif name == "tr":
            rows.append(_Row(in_head=n_heads > 0))
            writing = outside
        else:
            if not rows:
                rows.append(_Row(in_head=n_heads > 0))
            rows[-1].cells.append(_Cell(node))
            writing = rows[-1].cells[-1].parts
    return joined(outside).replace("\n", " "), _table(rows, joined(caption))


def _table(rows: list[_Row], caption: str) -> TableBlock | None:
    placed = _placed(rows)
    width = max(map(len, placed), default=0)
    if not width:
        return None
    n_head = _n_heading_rows(rows)
    texts = [[joined(cell.parts) if cell else "" for cell in row] + [""] * (width - len(row)) for row in placed]
    head, body = texts[:n_head], texts[n_head:]
    marked = {place for row in placed for place, cell in enumerate(row) if cell and cell.is_number}
    return TableBlock(
        columns=tuple("\n".join(filter(None, (row[place] for row in head))) for place in range(width)),
        rows=tuple(map(tuple, body)),
        numbers=tuple(place in marked if marked else _all_numbers(body, place) for place in range(width)),
        caption=caption,
        n_heading_columns=_n_heading_columns(placed[n_head:]),
    )


def _placed(rows: list[_Row]) -> list[list[_Cell | None]]:
    """The cells where they stand on paper, with nothing where a cell spans more than its own place."""
    placed = []
    below: dict[int, int] = {}
    for row in rows:
        line: list[_Cell | None] = []
        above, below = below, {place: n - 1 for place, n in below.items() if n > 1}
        for cell in row.cells:
            while above.get(len(line)):
                line.append(None)
            for place in range(len(line), len(line) + cell.n_columns):
                if cell.n_rows > 1:
                    below[place] = cell.n_rows - 1
            line += [cell, *[None] * (cell.n_columns - 1)]
        placed.append(line)
    return placed


def _n_heading_rows(rows: list[_Row]) -> int:
    """The first rows that are headings: those in the table's head, else those of nothing but headings."""
    n = 0
    while n < len(rows) and rows[n].in_head:
        n += 1
    if not n:
        while n < len(rows) and rows[n].cells and all(cell.is_heading for cell in rows[n].cells):
            n += 1
    return n


def _n_heading_columns(body: list[list[_Cell | None]]) -> int:
    """Columns from the left that hold only headings of rows."""
    n = 0
    while body and all(len(row) > n + 1 and row[n] and row[n].is_heading for row in body):
        n += 1
    return n


def _all_numbers(body: list[list[str]], place: int) -> bool:
    texts = [row[place] for row in body if row[place]]
    return bool(texts) and all(_NUMBER.fullmatch(text) for text in texts)


def _span(cell: Tag, name: str) -> int:
    text = str(cell.get(name, "1"))
    return min(max(int(text), 1), MOST_SPANNED) if re.fullmatch(r"[0-9]{1,9}", text) else 1
