"""Ids of respondents that a spreadsheet has shortened: 1.23457E+10 stands for thousands of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from cxlib.exports.layout import OF_RESPONDENTS, Head, Layout

_SHORTENED = re.compile(r"^\d[.,]\d+E\+\d+$", re.IGNORECASE)


def are_shortened(cells: Iterable[str]) -> bool:
    """Whether any cell is a number as Excel shows one that is too long for its column.

    >>> are_shortened(["1,23457E+10"]), are_shortened(["12345678901", "R_1E+5"])
    (True, False)
    """
    return any(_SHORTENED.match(cell) for cell in cells)


def without_shortened_ids(layout: Layout, head: Head) -> Layout:
    """The layout without the column of respondents where its ids are shortened: they name nobody any more."""
    columns, doubts = [], list(layout.doubts)
    for column in layout.columns:
        if column.role == "respondent" and are_shortened(
            head.counts(column.position, first_row=layout.n_header_rows - 1)
        ):
            column = replace(column, role="form")
            doubts.append(
                f"{column.name!r} tells nobody apart: Excel has shortened its ids to such as 1.23457E+10; "
                f"{OF_RESPONDENTS}. Export again, and do not save the file in Excel"
            )
        columns.append(column)
    return replace(layout, columns=tuple(columns), doubts=tuple(doubts))
