"""Free texts that name somebody of the firm."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import pandas as pd

SHORTEST_PART = 3
"""A part of a name of fewer letters is too often a word of its own."""


def names_somebody(texts: pd.Series, owners: Iterable[str], *, departments: Iterable[str] = ()) -> pd.Series:
    """Which texts hold the name of an owner, as whole words, whatever the case of the letters.

    Parameters
    ----------
    texts : Series of str
    owners : iterable of str
        Persons or departments. Of a name of several words each word of at least `SHORTEST_PART` letters counts too,
        unless it is a department's.
    departments : iterable of str
        Owners known to be no person.

    Returns
    -------
    Series of bool; False where there is no text

    Notes
    -----
    It finds the names that it is given, also with an s at the end (Annas, Anna's), and no others: whoever publishes
    such texts reads them first. Linear in the distinct texts.
    """
    known = {_folded(name) for name in departments}
    wanted = set()
    for name in {_folded(name) for name in owners} - {""}:
        wanted.add(name)
        parts = re.findall(r"\w+", name)
        if len(parts) > 1 and name not in known:
            wanted.update(part for part in parts if len(part) >= SHORTEST_PART)
    if not wanted:
        return pd.Series(False, texts.index)
    longest_first = sorted(wanted, key=lambda name: (-len(name), name))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})s?(?!\w)")
    found = {text: bool(pattern.search(_folded(text))) for text in texts.dropna().unique()}
    return texts.map(found).astype("object").fillna(False).astype(bool)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", str(text)).casefold().split())
