"""A text out of the data on one line, of letters that are seen."""

from __future__ import annotations


def plain_line(text: str) -> str:
    """The text on one line: every break or odd space is a space, and what is not seen (terminal codes, characters
    without width, direction marks) is dropped.

    >>> plain_line("a\\tb\\x1b[31m\\u200b\\n c")
    'a b[31m c'
    """
    seen = (" " if letter.isspace() else letter for letter in text if letter.isspace() or letter.isprintable())
    return " ".join("".join(seen).split())
