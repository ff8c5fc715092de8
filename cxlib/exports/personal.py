"""Columns that tell who somebody is: they stay out of a survey's answers unless they are asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cxlib.exports.headings import bracketed

_HEADINGS = re.compile(
    r"""
      \b e[-\s]?mail \b | \b e[-\s]?post (?:adress\w*)? \b | \b (?:ip|mac)[-\s]?(?:address|adress|adresse) \b
    | \b adresse \s ip \b | \b ipaddress \b
    | \b (?:first|last|full|sur|given|family|middle|your|contact|respondent'?s?) [-\s_]* names? \b
    | \b (?:för|efter) namn \b | \b (?:ditt|ert|för-\s?och\s?efter) [-\s]* namn \b
    | \b pr[ée]nom \b | \b nom \s de \s famille \b | \b (?:vor|nach) name \b
    | \b (?:tele)?phone \s? (?:number|no|nr)? \b | \b telefon (?:nummer)? \b | \b mobil (?:nummer|e\snumber|telefon) \b
    | \b personnummer \b | \b social \s security \b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WHOLE_HEADINGS = frozenset(
    {"name", "namn", "nom", "ip", "email", "mail", "e-post", "epost", "phone", "telefon", "tel"}
)

_MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]{2,}$")
_ADDRESS = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})$", re.IGNORECASE)
_TELEPHONE = re.compile(r"^'?\+\d[\d\s\-()]{6,}$")

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
        Some of its answers, not empty ones.

    Notes
    -----
    Names are known by their heading alone; addresses and telephone numbers by what they look like, too. A column that
    is left out by mistake is told and can be asked for; one that is let in is in every file made from it.

    >>> is_personal("E-post", []), is_personal("How do you like our brand name?", ["well"])
    (True, False)
    """
    parts = bracketed(heading.strip())
    asked = [heading, *(parts or ())]  # Contact details [Name:]
    if any(word.strip().lower().rstrip(":*? ") in _WHOLE_HEADINGS or _HEADINGS.search(word) for word in asked):
        return True
    return sum(any(map(_looks_so, _BETWEEN.split(cell))) for cell in cells) > FEWEST_CELLS * len(cells)


def _looks_so(word: str) -> bool:
    return bool(_MAIL.match(word) or _ADDRESS.match(word) or _TELEPHONE.match(word))
