"""Columns that tell who somebody is: they stay out of a survey's answers unless they are asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from cxlib.exports.headings import bracketed

_NAMED = re.compile(
    r"""
      \b (?:first|last|full|sur|given|family|middle|your|contact|respondent'?s?) [-\s_]* names? \b
    | \b (?:för|efter) namn \b | \b (?:ditt|ert|för-\s?och\s?efter|fullständigt) [-\s]* namn \b
    | \b heter \s (?:du|ni) \b | \b pr[ée]nom \b | \b nom \s de \s famille \b | \b (?:vor|nach) name \b
    | \b contact \s person \b | \b kontaktperson (?:en)? (?=\W*$)
    | \b personn (?:ummer|r) \b | \b social \s security \b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_REACHED = re.compile(
    r"""
      \b e[-\s]?mail \b | \b e[-\s]?post (?:adress\w*)? \b | \b (?:e-?)?mejl (?:adress\w*)? \b
    | \b mail [-\s]? adress\w* \b
    | \b (?:ip|mac)[-\s]?(?:address|adress|adresse) \b | \b adresse \s ip \b | \b ipaddress \b
    | \b (?:tele)?phone \s? (?:number|no|nr)? \b | \b (?:mobile|cell) \s (?:number|no|phone) \b
    | \b telefon (?:nummer|nr)? \b | \b mobil (?:nr|nummer|e\snumber|telefon) \b
    | \b (?:street|home|postal) [-\s] address \b | \b (?:gatu|hem|post) adress \b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WHOLE_NAMED = frozenset({"name", "namn", "nom", "contact person", "kontaktperson", "signatur"})
_WHOLE_REACHED = frozenset(
    {
        "ip", "email", "mail", "mejl", "e-post", "epost", "phone", "mobile", "cell", "telefon", "tel", "tfn", "mobil",
        "address", "adress",
    }
)  # fmt: skip
_TYPED_BESIDE = frozenset({"other", "annat", "övrigt", "andere", "autre", "otro", "outro", "altro"})
"""What an answer beside the options of a question is about, these options do not tell."""

_MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]{2,}$")
_ADDRESS = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})$", re.IGNORECASE)
_TELEPHONE = re.compile(r"^'?(?:\+\d[\d\s\-()]{6,}|\(?\d{3}\)?[\s.\-]\d{3}[\s.\-]\d{4})$")
_AT_HOME = re.compile(r"^'?\(?0[1-9]\d{0,2}\)?(?:\s?[-/]\s?|\s)\d[\d\s\-]{4,}$")
"""070-123 45 67, with a sign behind the code of the area: without one it may be any number."""

_FULL_NAME = re.compile(r"^[^\W\d_a-z][\w'’.-]*(?: [^\W\d_a-z][\w'’.-]*){1,3}$")
"""Ada Lovelace; under a heading that asks for a name, that is one however often it comes."""

_DIGITS_AT_HOME = range(9, 12)  # a date has eight

_LONG_NUMBER = re.compile(r"^\D{0,2}\d(?:[\s\-/()]*\d){6,}$")
"""0701234567; under a heading that speaks of telephones, that is one however often it comes."""

_SHORT = re.compile(r"^-?\d{1,3}(?:[.,]\d{1,2})?(?:\s*/\s*\d{1,3})?$")
_YES_OR_NO = frozenset({"yes", "no", "ja", "nej", "y", "n", "j", "true", "false", "sant", "falskt", "x"})

MOST_CHOICES, FEWEST_PER_CHOICE = 40, 2
"""Of ways to reach somebody: where no more are given, each so often on average, they were offered."""

MOST_NAMED_CHOICES, FEWEST_PER_NAMED = 12, 5
"""Of names: first names come again, too."""

_BETWEEN = re.compile(r"[;,]\s*")
"""Stands between what some tools write into one cell: Ada; Lovelace; ada@example.com."""

FEWEST_CELLS = 0.5
"""A column is personal where more than this share of its cells look so."""


def is_personal(heading: str, cells: Sequence[str]) -> bool:
    """Whether a column holds e-mail or network addresses, names or telephone numbers.

    Parameters
    ----------
    heading : str
        The question as it was put.
    cells : sequence of str
        Some of its answers, not empty ones, from the whole column.

    Notes
    -----
    Names are known by their heading alone; addresses and telephone numbers by what they look like, too. A heading takes
    nothing away whose cells are short numbers, yes and no, or few answers that come again: "How satisfied are you with
    our support by phone?". A column that is left out by mistake is told and can be asked for; one that is let in is in
    every file made from it.

    >>> is_personal("E-post", []), is_personal("How do you like our brand name?", ["well"])
    (True, False)
    >>> is_personal("Support [E-post]", ["5", "4"]), is_personal("Support [E-post]", ["070-123 45 67"])
    (False, True)
    """
    # each different cell once: a column of ten thousand scores has a dozen of them
    times = Counter(cells)
    n_look_so = sum(n for cell, n in times.items() if any(map(_looks_so, _BETWEEN.split(cell))))
    if n_look_so > FEWEST_CELLS * max(len(cells), 1):
        return True
    parts = bracketed(heading.strip())
    if parts and _word(parts[1]) in _TYPED_BESIDE:
        return False
    asked = [heading, *(parts or ())]  # Contact details [Name:]
    if any(_word(one) in _WHOLE_NAMED or _NAMED.search(one) for one in asked):
        full_names = sum(bool(_FULL_NAME.match(cell)) for cell in cells) > FEWEST_CELLS * max(len(cells), 1)
        return full_names or not _were_offered(cells, MOST_NAMED_CHOICES, FEWEST_PER_NAMED)
    if any(_word(one) in _WHOLE_REACHED or _REACHED.search(one) for one in asked):
        numbers = sum(bool(_LONG_NUMBER.match(cell)) for cell in cells) > FEWEST_CELLS * max(len(cells), 1)
        return numbers or not _were_offered(cells, MOST_CHOICES, FEWEST_PER_CHOICE)
    return False


def _word(heading: str) -> str:
    return heading.strip().lower().rstrip(":*? ")


def _were_offered(cells: Sequence[str], most: int, fewest: int) -> bool:
    """Whether the cells are scores, yes and no, or answers to choose from."""
    if cells and all(_SHORT.match(cell) or cell.lower() in _YES_OR_NO for cell in cells):
        return True
    n_different = len(set(cells))
    return 0 < n_different <= most and len(cells) >= fewest * n_different


def _looks_so(word: str) -> bool:
    if _MAIL.match(word) or _ADDRESS.match(word) or _TELEPHONE.match(word):
        return True
    return bool(_AT_HOME.match(word)) and sum(letter.isdigit() for letter in word) in _DIGITS_AT_HOME
