"""One table as a sheet of a workbook: headings that stay in sight, typed cells, columns as wide as what they hold."""

from __future__ import annotations

import datetime as dt
import math
import re
import textwrap
from collections.abc import Iterable
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from cxlib.language import Language
from cxlib.reporting.outputs.colours import COLOURS
from cxlib.reporting.outputs.handed_tables import HandedTable, TableColumn
from cxlib.reporting.outputs.office_text import office_text, one_line

SHEET_NAME_LENGTH = 31
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_CHARACTERS = 32_767
"""What Excel holds: rows and columns of a sheet, characters of a cell."""
LONGEST_HEADING = 255

INK, SOFT, ACCENT, FAINT, WHITE = (COLOURS[name] for name in ("ink", "soft", "accent", "faint", "ground"))
FONT = "Calibri"

WRITTEN = {
    "count": "#,##0",
    "percent": "0.0%",
    "signed": "+#,##0;-#,##0;0",
    "signed-1": "+#,##0.0;-#,##0.0;0.0",
    "signed-2": "+0.00;-0.00;0.00",
    "decimal-1": "#,##0.0",
    "decimal-2": "#,##0.00",
    "currency": "#,##0",
    "month": "mmm yyyy",
}
"""Excel's own codes: the marks for thousands and decimals, and the months' names, are the reader's."""
BY_TYPE = {"date": "yyyy-mm-dd"}
SHOWN_LETTERS = {"percent": 6, "month": 8}

_CODE = re.compile(r"_(x[0-9A-Fa-f]{4})(?=_)")

NARROWEST, WIDEST, LONGEST_WORD = 9, 44, 68
"""Letters in a column; one word that cannot be broken, such as a SHA-256, may take more."""
PAGE_WIDTH = 180
"""Letters across a printed page; of more, a reader would see little."""
LETTERS_IN_A_DIGIT_S_PLACE = 1.08
"""A column's width is counted in digits; the letters of a text are narrower on average."""
BUTTON = 3
"""Letters that the filter's button covers."""
HEADING_LINES = 3
TALLEST = 409
"""Points that a row of Excel may be high."""
ROWS_MEASURED = 500
"""Rows whose texts a column's width is made for; those below are much the same."""


class Looks:
    """The formats of a workbook, each made once."""

    def __init__(self, book) -> None:
        self.book = book
        self.made: dict[tuple, Any] = {}

    def of(
        self,
        *,
        written: str = "",
        size: int = 11,
        bold: bool = False,
        soft: bool = False,
        heading: bool = False,
        link: bool = False,
        line: bool = False,
        wrap: bool = False,
        right: bool = False,
        centre: bool = False,
        indent: bool = False,
    ):
        """A format: how a number is written, and how a cell looks."""
        key = tuple(locals().items())[1:]
        if key not in self.made:
            look = {
                "font_name": FONT,
                "font_size": size,
                "font_color": WHITE if heading else ACCENT if link else SOFT if soft else INK,
                "bold": bold or heading,
                "underline": 1 if link else 0,
                "valign": "bottom" if heading else "top",
                "text_wrap": wrap or heading,
                "align": "right" if right else "center" if centre else "left" if indent else "",
                "indent": int(indent),
            }
            if heading:
                look["bg_color"] = ACCENT
            if line:
                look |= {"bottom": 1, "bottom_color": FAINT}
            if written:
                look["num_format"] = WRITTEN.get(written, written)
            self.made[key] = self.book.add_format(look)
        return self.made[key]


def write_sheet(
    sheet, table: HandedTable, *, table_name: str, contents: str, looks: Looks, words: Language
) -> list[str]:
    """Write a table into an empty sheet: title, note, a link back, then the table.

    Returns
    -------
    list of str
        What did not fit, in the workbook's language.
    """
    missing: list[str] = []
    columns = table.columns[:MOST_COLUMNS]
    if len(columns) < len(table.columns):
        missing.append(_too_many("columns", sheet, len(table.columns), MOST_COLUMNS, words))
    widths = [_width(table, place) for place in range(len(columns))]
    first = _write_top(sheet, table, contents, looks, words, width=sum(widths))
    rows = table.rows[: MOST_ROWS - first - 1]
    if len(rows) < len(table.rows):
        missing.append(_too_many("rows", sheet, len(table.rows), MOST_ROWS - first - 1, words))
    titles = headings(columns)
    for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
        sheet.set_column(place, place, width)
        missing += _write_column(sheet, rows, place, column, first + 1, looks, words, wrap=width >= WIDEST)
    for row, cells in enumerate(rows, start=first + 1):
        lines = max(
            (
                lines_of(cell, w * LETTERS_IN_A_DIGIT_S_PLACE)
                for cell, w in zip(cells, widths, strict=False)
                if _is_long(cell, w)
            ),
            default=1,
        )
        if lines > 1:
            sheet.set_row(row, min(height_of(lines), TALLEST))
    sheet.set_row(first, height_of(max((lines_of(t, w - 1) for t, w in zip(titles, widths, strict=True)), default=1)))
    if rows and columns:
        formats = [_heading_look(looks, column) for column in columns]
        sheet.add_table(
            first,
            0,
            first + len(rows),
            len(columns) - 1,
            {
                "name": table_name,
                "style": None,
                "columns": [
                    {"header": title, "header_format": look} for title, look in zip(titles, formats, strict=True)
                ],
            },
        )
    else:
        for place, (title, column) in enumerate(zip(titles, columns, strict=True)):
            sheet.write_string(first, place, title, _heading_look(looks, column))
    # The first column names the row; where it is wide, little would be left beside it.
    stays = bool(columns) and columns[0].type in ("string", "date") and widths[0] <= WIDEST and len(columns) > 4
    sheet.freeze_panes(first + 1, int(stays))
    sheet.repeat_rows(first)
    n_pages = math.ceil(sum(widths) / PAGE_WIDTH)
    sheet.fit_to_pages(max(n_pages, 1), 0)
    if n_pages > 1:
        sheet.repeat_columns(0)
    return missing


def _too_many(what: str, sheet, n: int, most: int, words: Language) -> str:
    return words.text(f"workbook.{what}_cut", sheet=sheet.get_name(), n=words.number(n), most=words.number(most))


def _write_top(sheet, table: HandedTable, contents: str, looks: Looks, words: Language, *, width: float) -> int:
    """Title, note and the link back; the row of the headings."""
    sheet.set_row(0, 24)
    sheet.write_string(0, 0, one_line(table.title)[:MOST_CHARACTERS], looks.of(size=16, bold=True))
    row = 1
    for line in textwrap.wrap(one_line(table.note), int(min(max(width, 60), 130))):
        sheet.write_string(row, 0, line, looks.of(soft=True))
        row += 1
    sheet.write_url(row, 0, link_to(contents), looks.of(link=True), words.text("workbook.back"))
    return row + 2


def headings(columns: Iterable[TableColumn]) -> list[str]:
    """The titles of the columns, on one line each and none twice, as a table of Excel needs them."""
    titles: list[str] = []
    taken: set[str] = set()
    for column in columns:
        # Excel reads _x0041_ in a table's heading as A, and would find another heading in the cell.
        called = _CODE.sub(r"\1", one_line(column.title) or one_line(column.name))
        whole = called[: LONGEST_HEADING - 8] or "-"
        title, n = whole, 1
        while title.casefold() in taken:
            n += 1
            title = f"{whole} ({n})"
        taken.add(title.casefold())
        titles.append(title)
    return titles


def _is_long(cell: Any, width: int) -> bool:
    return isinstance(cell, str) and (len(cell) > width - 2 or "\n" in cell)


def _heading_look(looks: Looks, column: TableColumn):
    """The heading stands where the cells below it stand."""
    right, centre = column.type in ("integer", "number"), column.type == "boolean"
    return looks.of(heading=True, right=right, centre=centre, indent=not (right or centre))


def _write_column(
    sheet, rows: tuple, place: int, column: TableColumn, first: int, looks: Looks, words: Language, *, wrap: bool
) -> list[str]:
    missing: list[str] = []
    empty = looks.of(line=True)
    # Excel writes TRUE and FALSE in its user's language whatever it is told; LibreOffice would write 1 and 0.
    yes, no = words.text("workbook.yes"), words.text("workbook.no")
    yes_or_no = looks.of(written=f'[=1]"{yes}";[=0]"{no}";General', line=True, centre=True)
    for row, (cells, asked) in enumerate(zip(rows, column.formats, strict=False), start=first):
        value, written = cells[place], asked if asked in WRITTEN else ""
        if value is None:
            sheet.write_blank(row, place, None, empty)
        elif isinstance(value, bool):
            sheet.write_boolean(row, place, value, yes_or_no)
        elif isinstance(value, dt.date):
            look = looks.of(written=written or BY_TYPE["date"], line=True, indent=True)
            sheet.write_datetime(row, place, dt.datetime(value.year, value.month, value.day), look)
        elif isinstance(value, str):
            text = office_text(value)
            kept = _fitting(text)
            if kept != text:
                cell = xl_rowcol_to_cell(row, place)
                n, most = words.number(_units(text)), words.number(MOST_CHARACTERS)
                missing.append(words.text("workbook.text_cut", sheet=sheet.get_name(), cell=cell, n=n, most=most))
            sheet.write_string(row, place, kept, looks.of(line=True, indent=True, wrap=wrap or "\n" in kept))
        else:
            sheet.write_number(row, place, value, looks.of(written=written, line=True))
    return missing


def _units(text: str) -> int:
    """How long Excel takes a text to be."""
    return len(text.encode("utf-16-le")) // 2


def _fitting(text: str) -> str:
    if _units(text) <= MOST_CHARACTERS:
        return text
    kept = text.encode("utf-16-le")[: 2 * (MOST_CHARACTERS - 1)].decode("utf-16-le", errors="ignore")
    return f"{kept}…"


def _width(table: HandedTable, place: int) -> int:
    """The width of a column: that of its longest cell, and of its heading on three lines."""
    column = table.columns[place]
    longest = max(
        (
            _letters(row[place], written)
            for row, written in zip(table.rows[:ROWS_MEASURED], column.formats, strict=False)
        ),
        default=0,
    )
    texts = (row[place] for row in table.rows[:ROWS_MEASURED] if isinstance(row[place], str))
    unbroken = max((len(word) for text in texts for word in text.split()), default=0)
    title = one_line(column.title)
    words = max((len(word) for word in title.split()), default=0)
    heading = max(words, math.ceil(len(title) / HEADING_LINES) + 2) + BUTTON
    return max(min(max(longest + 3, heading, NARROWEST), WIDEST), min(unbroken + 3, LONGEST_WORD))


def lines_of(text: str, width: float) -> int:
    """On how many lines a text stands in a cell so wide."""
    return max(1, sum(len(textwrap.wrap(line, int(width))) or 1 for line in text.split("\n")))


def height_of(lines: int) -> float:
    """The height of a row of so many lines, with a little air."""
    return 15 * lines + 3


def _letters(value: Any, written: str | None) -> int:
    """About how many letters a cell shows."""
    if isinstance(value, str):
        return max((len(line) for line in value.split("\n")), default=0)
    if value is None or isinstance(value, bool):
        return 6
    if written in SHOWN_LETTERS:
        return SHOWN_LETTERS[written]
    if isinstance(value, dt.date):
        return 10
    decimals = int(written[-1]) if written and written[-1].isdigit() else 0 if written else 6
    return len(f"{value:+,.{decimals}f}")


def link_to(sheet_name: str) -> str:
    """A link to the top of a sheet of the same workbook."""
    quoted = sheet_name.replace("'", "''")
    return f"internal:'{quoted}'!A1"
