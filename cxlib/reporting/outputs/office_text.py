"""Texts as a file of Excel or PowerPoint may hold them, and what such a file says of itself."""

from __future__ import annotations

import datetime as dt
import re

from cxlib.reporting.outputs.shown import NO_XML, seen

CREATED = dt.datetime(2000, 1, 1)
"""When every file says that it was made: the same input gives the same bytes. The report's record has the real time."""

# A mark of the order of bytes is no letter either.
_NO_XML = re.compile(f"{NO_XML.pattern}|\ufeff")


def office_text(value: object) -> str:
    """The text without letters that nobody sees or that XML cannot hold; line breaks and tabs stay.

    >>> office_text("=1+1\\x07\\ud800")
    '=1+1'
    """
    return _NO_XML.sub("", seen(str(value)))


def one_line(value: object) -> str:
    """The same on one line."""
    return " ".join(office_text(value).split())
