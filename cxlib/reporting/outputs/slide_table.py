"""A table of a slide: PowerPoint's own, in letters as large as its room lets them be."""

from __future__ import annotations

from collections.abc import Sequence

from pptx.dml.color import RGBColor
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches

from cxlib.language import Language
from cxlib.reporting.outputs.blocks import TableBlock
from cxlib.reporting.outputs.office_text import one_line
from cxlib.reporting.outputs.slide_template import ACCENT, BODY_HEIGHT, BODY_TOP, INK, SHADE
from cxlib.reporting.outputs.slide_text import write
from cxlib.reporting.outputs.text_fit import LINE, POINTS, lines_of, width_of

MOST_ROWS, MOST_COLUMNS = 9, 6
"""Of a table beside texts."""
MOST_COLUMNS_ALONE = 10
SIZES = (16, 15, 14, 13, 12, 11, 10)
BESIDE, ABOVE = 0.08, 0.06
"""Inches between a cell's edge and its text."""


def is_small(table: TableBlock) -> bool:
    """Whether it can stand beside texts."""
    return 0 < len(table.rows) <= MOST_ROWS and 0 < len(table.columns) <= MOST_COLUMNS


def can_stand_alone(table: TableBlock) -> bool:
    """Whether it can have a slide's whole width."""
    return len(table.rows) > 0 and 0 < len(table.columns) <= MOST_COLUMNS_ALONE


def draw_table(
    drawn, table: TableBlock, left: float, width: float, *, tongue: MSO_LANGUAGE_ID, words: Language
) -> list[str]:
    """Draw as many of a table's rows as a slide has room for, the first ones; lengths in inches.

    Returns
    -------
    list of str
        What is to be said of the rows that are left out: they stand in the speaker's notes.
    """
    lines = [tuple(one_line(text) for text in row) for row in (table.columns, *table.rows)]
    widths = [width * share for share in _column_shares(lines)]
    size = next((size for size in SIZES if sum(_heights(lines, widths, size)) <= BODY_HEIGHT), SIZES[-1])
    heights = _heights(lines, widths, size)
    while len(heights) > 2 and sum(heights) > BODY_HEIGHT:
        heights.pop()
    n_rows, n_columns = len(heights), len(table.columns)
    frame = drawn.shapes.add_table(
        n_rows, n_columns, Inches(left), Inches(BODY_TOP), Inches(width), Inches(sum(heights))
    )
    frame.name = one_line(table.caption) or words.text("slides.table")
    for row, tall in zip(frame.table.rows, heights, strict=True):
        row.height = Inches(tall)
    for place, (column, wide) in enumerate(zip(frame.table.columns, widths, strict=True)):
        column.width = Inches(wide)
        for row in range(n_rows):
            _write_cell(frame.table.cell(row, place), lines[row][place], row, size, table.numbers[place], tongue)
    n_left_out = len(lines) - n_rows
    return [words.text("slides.more_rows", n=words.number(n_left_out))] if n_left_out else []


def _write_cell(cell, text: str, row: int, size: float, is_number: bool, tongue: MSO_LANGUAGE_ID) -> None:
    is_heading = row == 0
    align = PP_ALIGN.RIGHT if is_number else PP_ALIGN.LEFT
    colour = "FFFFFF" if is_heading else INK
    write(cell.text_frame, [text], size=size, bold=is_heading, colour=colour, align=align, tongue=tongue)
    cell.margin_left = cell.margin_right = Inches(BESIDE)
    cell.margin_top = cell.margin_bottom = Inches(ABOVE)
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor.from_string(ACCENT if is_heading else "FFFFFF" if row % 2 else SHADE)


def _column_shares(lines: Sequence[Sequence[str]]) -> list[float]:
    """What part of a table's width each column has: as its longest text needs, a very long one no more than three."""
    longest = [max(width_of(text, 1) for text in column) for column in zip(*lines, strict=True)]
    needed = [min(max(width, 3.0), 3 * min(longest) + 6) for width in longest]
    return [width / sum(needed) for width in needed]


def _heights(lines: Sequence[Sequence[str]], widths: Sequence[float], size: float) -> list[float]:
    """How high each row is, in inches."""
    return [
        2 * ABOVE
        + max(lines_of(text, size, (wide - 2 * BESIDE) * POINTS) for text, wide in zip(row, widths, strict=True))
        * (LINE * size / POINTS)
        for row in lines
    ]
