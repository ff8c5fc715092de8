"""How long somebody stayed on each page of a LimeSurvey form: columns at the end of the file, and no answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cxlib.exports.layout import Head

_CODE = re.compile(r"^(?:interviewtime|groupTime\d+|.+Time)$")
_SECONDS = re.compile(r"^\d+(?:[.,]\d+)?$")
_FRACTION = re.compile(r"[.,]\d")


def timings_of(head: Head, codes: Sequence[str]) -> frozenset[int]:
    """The positions of the columns of seconds.

    Notes
    -----
    By code they are interviewtime, groupTime1, Q1Time. In the texts of any language they are a total, then columns
    whose headings begin alike before a colon ("Question time: Q1"): seconds with decimals, or nothing.
    """
    if "interviewtime" in codes:
        first = codes.index("interviewtime")
        return frozenset(at for at in range(first, len(codes)) if _CODE.match(codes[at]))
    first = len(codes)
    while first and ":" in codes[first - 1] and _are_seconds(head.column(first - 1)):
        first -= 1
    run = range(first, len(codes))
    beginnings = {codes[at].partition(":")[0].strip() for at in run if not codes[at].endswith(":")}
    # a page and a question each have a beginning of their own, and the total has seconds in every row
    totals = [at for at in (first - 1, first) if 0 <= at < len(codes) and _are_totals(head, at)]
    if len(run) < 2 or len(beginnings) > 2 or not totals:
        return frozenset()
    return frozenset(range(totals[0], len(codes)))


def _are_seconds(cells: list[str]) -> bool:
    return all(_SECONDS.match(cell) for cell in cells) and (not cells or _with_decimals(cells))


def _are_totals(head: Head, position: int) -> bool:
    cells = head.column(position)
    return len(cells) > len(head.rows) / 2 and _are_seconds(cells)


def _with_decimals(cells: list[str]) -> bool:
    return sum(bool(_FRACTION.search(cell)) for cell in cells) > len(cells) / 2
