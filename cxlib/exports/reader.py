"""What a reader of one tool's exports has to offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cxlib.exports.layout import Head, Layout

CERTAIN, LIKELY = 2, 1
"""How sure a reader is of a file: by a mark that no other tool writes, or by several headings."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """That a file is an export of some tool.

    Attributes
    ----------
    strength : CERTAIN or LIKELY
    why : str
        What in the file says so, to be read after "because": "its third row holds ImportId marks".
    """

    strength: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Reader:
    """The reader of one tool's exports.

    Attributes
    ----------
    name : str
        As users write it, such as "qualtrics".
    title : str
        As a sentence names it, such as "Qualtrics".
    evidence : callable
        From the head of a file to what says that it is an export of this tool; None where nothing does.
    layout : callable
        From the head of a file to its layout. It is called where the user named the reader, too, so it must be able to
        read whatever a table is, and raise LayoutError where it cannot.
    """

    name: str
    title: str
    evidence: Callable[[Head], Evidence | None]
    layout: Callable[[Head], Layout]


class LayoutError(ValueError):
    """A file that a reader cannot take; the text is what it lacks, to be read after "as an export of NAME it lacks"."""
