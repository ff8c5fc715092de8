"""Lists as CSV that a spreadsheet opens, and runs nothing of."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from cxlib.language import Language, rounded
from cxlib.plain_line import plain_line

DELIMITERS = {"en": ",", "sv": ";"}
DECIMAL_MARKS = {"en": ".", "sv": ","}
"""Excel reads a CSV by the country of its user: where the comma parts decimals, it cannot part cells."""

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel misreads å, ä and ö."""

STARTS_A_FORMULA = tuple("=+-@＝＋－＠")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[str]], words: Language) -> str:
    """A list as CSV in the dialect of a language, every cell safe.

    In Swedish the cells are parted by semicolons. A text that a spreadsheet would run as a formula gets an apostrophe
    in front; a line break in a cell becomes a space, and what is not seen (terminal codes among it) is dropped.
    """
    writer = csv.writer(file := io.StringIO(), delimiter=DELIMITERS[words.code], lineterminator="\n")
    writer.writerow(map(safe_cell, headings))
    writer.writerows(map(safe_cell, row) for row in rows)
    return BYTE_ORDER_MARK + file.getvalue()


def safe_cell(text: str) -> str:
    """The text on one line, with an apostrophe in front where a spreadsheet would run it as a formula.

    >>> safe_cell("=1+1"), safe_cell("-12,50"), safe_cell("a\\n=b")
    ("'=1+1", '-12,50', 'a =b')
    """
    text = plain_line(text)
    if text.startswith(STARTS_A_FORMULA) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def number_cell(value: float, words: Language) -> str:
    """A number with two decimals and the language's decimal mark, with no other sign that a spreadsheet trips on."""
    return f"{rounded(float(value), 2):.2f}".replace(".", DECIMAL_MARKS[words.code])


def price_cell(value: float, words: Language) -> str:
    """A price, without decimals where they are none."""
    return number_cell(value, words).removesuffix(f"{DECIMAL_MARKS[words.code]}00")


def owners_cell(owners: str, names: Mapping[str, str]) -> str:
    """Owners parted by semicolons as they read in a language, parted by commas."""
    listed = (owner.strip() for owner in owners.split(";"))
    return ", ".join(names.get(owner, owner) for owner in listed if owner)
