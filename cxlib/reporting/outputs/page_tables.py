"""The tables of a report's page as a workbook takes them: as text, for a notebook that hands over none as data."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat

from cxlib.language import Language
from cxlib.reporting.outputs.blocks import TableBlock
from cxlib.reporting.outputs.document import document
from cxlib.reporting.outputs.handed_tables import HandedTable, TableColumn


def page_tables(notebook: nbformat.NotebookNode, words: Language) -> tuple[HandedTable, ...]:
    """The tables that the page of an executed notebook shows, every cell a text as it stands there.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Left alone.
    words : Language
        Of the page.

    Returns
    -------
    tuple of HandedTable
        Titled by their captions, else by their sections' headings.
    """
    return tuple(_tables(notebook, words))


def _tables(notebook: nbformat.NotebookNode, words: Language) -> Iterator[HandedTable]:
    n = 0
    for section in document(notebook, language=words.code):
        for block in section.blocks:
            if not isinstance(block, TableBlock):
                continue
            n += 1
            yield HandedTable(
                name=f"table_{n}",
                title=block.caption or section.heading or words.text("workbook.table", n=n),
                note=section.heading if block.caption else "",
                columns=tuple(
                    _column(title, place, len(block.rows), words) for place, title in enumerate(block.columns, start=1)
                ),
                rows=tuple(tuple(cell or None for cell in row) for row in block.rows),
            )


def _column(title: str, place: int, n_rows: int, words: Language) -> TableColumn:
    called = " ".join(title.split()) or words.text("workbook.column", n=place)
    return TableColumn(name=f"column_{place}", title=called, type="string", formats=(None,) * n_rows)
