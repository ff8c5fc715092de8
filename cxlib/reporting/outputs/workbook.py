"""A report's tables as an Excel workbook: a sheet of contents, and a sheet for each table, its cells typed.

What is trusted: nothing. Every text is written as a text: xlsxwriter is told to make no formula, no link and no number
of one, so a comment that begins with = is a comment.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import nbformat
import xlsxwriter

from cxlib.language import Language
from cxlib.reporting.failures import NothingToWriteError
from cxlib.reporting.outputs.handed_tables import HandedTable, handed_tables
from cxlib.reporting.outputs.office_text import CREATED, office_text, one_line
from cxlib.reporting.outputs.page_tables import page_tables
from cxlib.reporting.outputs.sheet import SHEET_NAME_LENGTH, Looks, height_of, lines_of, link_to, write_sheet

TITLE_WIDTH, ABOUT_WIDTH, ROWS_WIDTH = 34, 96, 9
A4 = 9
LONGEST_IN_HEADER = 80
"""A header holds 255 letters, two texts and their codes."""

_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")
_RESERVED = {"history", "historik"}
"""Excel keeps these for itself."""


class NoTablesError(NothingToWriteError):
    """A report without a table has no workbook."""


def write_workbook(
    notebook: nbformat.NotebookNode, path: Path, *, title: str, subtitle: str = "", language: str = "en"
) -> None:
    """Write the workbook of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Left alone. Its tables are those that it hands over as `cxlib.reporting.TABLES_MIME`, else those of
        its page, as text.
    path : Path
    title : str
        In the workbook's language, as `subtitle`.
    subtitle : str
        What sets this report apart: the period, the study, the segment.
    language : "en" or "sv"

    Raises
    ------
    NoTablesError
        The notebook has no table.
    TablesError
        Its tables are not of the shape that a workbook is made of.
    OSError
    """
    path.write_bytes(workbook_bytes(notebook, title=title, subtitle=subtitle, language=language))


def workbook_bytes(notebook: nbformat.NotebookNode, *, title: str, subtitle: str = "", language: str = "en") -> bytes:
    """The workbook as bytes; see `write_workbook`. The same input gives the same bytes."""
    words = Language(language)
    handed = handed_tables(notebook)
    tables = handed or page_tables(notebook, words)
    if not tables:
        raise NoTablesError("the report has no table, so no workbook can be made of it")
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {
            "in_memory": True,  # the parts of a file on disk would bear the time that they were written
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    title, subtitle = one_line(title), one_line(subtitle)
    book.set_properties({"title": title, "subject": subtitle, "author": "cxlib", "created": CREATED})
    book.set_size(2400, 1600)
    looks = Looks(book)
    names = sheet_names(
        [words.text("workbook.contents"), *(table.title for table in tables)], nameless=words.text("workbook.nameless")
    )
    contents = book.add_worksheet(names[0])
    missing: list[str] = []
    for table, name, table_name in zip(tables, names[1:], table_names(tables), strict=True):
        sheet = book.add_worksheet(name)
        _set_page(sheet, title, subtitle, words)
        missing += write_sheet(sheet, table, table_name=table_name, contents=names[0], looks=looks, words=words)
    _set_page(contents, title, subtitle, words)
    contents.fit_to_pages(1, 0)
    notes = [words.text(f"workbook.{key}") for key in (("hidden", "typed") if handed else ("texts",))]
    _write_contents(contents, tables, names, looks, words, top=[title, subtitle, *notes], missing=missing)
    book.close()
    return file.getvalue()


def sheet_names(titles: Sequence[str], *, nameless: str = "Table") -> list[str]:
    """The titles as sheets may be called: 31 letters at most, none that Excel refuses, no name twice.

    >>> sheet_names(["Sum: [a]/b", "Sum a b", "History", "x" * 40, "X" * 40])
    ['Sum a b', 'Sum a b (2)', 'History (2)', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'XXXXXXXXXXXXXXXXXXXXXXXXXXX (2)']
    """
    names: list[str] = []
    taken = set(_RESERVED)
    for title in titles:
        whole = " ".join(_NOT_IN_SHEET_NAMES.sub(" ", one_line(title)).split()).strip("' ") or nameless
        name, n = _cut(whole, SHEET_NAME_LENGTH), 1
        while name.casefold() in taken:
            n += 1
            name = f"{_cut(whole, SHEET_NAME_LENGTH - len(f' ({n})'))} ({n})"
        taken.add(name.casefold())
        names.append(name)
    return names


def _cut(name: str, length: int) -> str:
    """The beginning of a name; Excel counts letters outside the basic plane as two."""
    while len(name.encode("utf-16-le")) > 2 * length:
        name = name[:-1]
    return name.rstrip("' ")


def table_names(tables: Sequence[HandedTable]) -> list[str]:
    """What formulas and queries call the tables: their own names, as far as Excel lets them.

    A name begins with a letter, and looks like no cell (A1, R1C1).
    """
    names: list[str] = []
    for table in tables:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", table.name)[:200]
        name = plain if re.fullmatch(r"(?=[A-Za-z]*_|[A-Za-z]{4})[A-Za-z]\w*", plain) else f"table_{plain}"
        taken = {one.casefold() for one in names}
        n = 1
        while (called := name if n == 1 else f"{name}_{n}").casefold() in taken:
            n += 1
        names.append(called)
    return names


def _set_page(sheet, title: str, subtitle: str, words: Language) -> None:
    """The sheet as it prints, and as it looks on a screen before it is touched."""
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
    sheet.set_header(f"&L&9{_in_header(title)}&R&9{_in_header(subtitle)}")
    sheet.set_footer(f"&L&9&A&R&9{words.text('workbook.page', page='&P', pages='&N')}")


def _in_header(text: str) -> str:
    """A text as letters of a header, where & begins a code and a digit after one is a part of it.

    xlsxwriter takes &G for a picture, even where it is the end of &&G: a code that changes nothing parts the two.
    """
    text = re.sub(r"&(?=([G\[])?)", lambda found: "&&&9" if found[1] else "&&", text[:LONGEST_IN_HEADER])
    return f" {text}" if text[:1].isdigit() else text


def _write_contents(
    sheet,
    tables: Sequence[HandedTable],
    names: Sequence[str],
    looks: Looks,
    words: Language,
    *,
    top: Sequence[str],
    missing: Sequence[str],
) -> None:
    sheet.set_column(0, 0, TITLE_WIDTH)
    sheet.set_column(1, 1, ABOUT_WIDTH)
    sheet.set_column(2, 2, ROWS_WIDTH)
    sheet.set_row(0, 30)
    title, subtitle, *notes = top
    sheet.write_string(0, 0, title, looks.of(size=20, bold=True))
    sheet.write_string(1, 0, subtitle, looks.of(size=12, soft=True))
    row = 3
    for text in notes:
        sheet.merge_range(row, 0, row, 2, "", looks.of(wrap=True, soft=True))
        sheet.write_string(row, 0, text, looks.of(wrap=True, soft=True))
        sheet.set_row(row, height_of(lines_of(text, TITLE_WIDTH + ABOUT_WIDTH + ROWS_WIDTH)))
        row += 1
    row += 1
    sheet.set_row(row, 20)
    for column, key in enumerate(("sheet", "about", "rows")):
        look = looks.of(heading=True, right=key == "rows", indent=key != "rows")
        sheet.write_string(row, column, words.text(f"workbook.{key}"), look)
    for table, name in zip(tables, names[1:], strict=True):
        row += 1
        sheet.write_url(row, 0, link_to(name), looks.of(link=True, line=True, indent=True), office_text(name))
        sheet.write_string(row, 1, one_line(table.note), looks.of(wrap=True, line=True, indent=True))
        sheet.write_number(row, 2, len(table.rows), looks.of(written="count", line=True))
        sheet.set_row(row, height_of(lines_of(one_line(table.note), ABOUT_WIDTH)))
    if missing:
        row += 2
        sheet.write_string(row, 0, words.text("workbook.notes"), looks.of(bold=True))
        for text in missing:
            row += 1
            sheet.write_string(row, 0, text, looks.of())
