"""The words of a comment."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from cxlib.comments.stop_words import STOP_WORDS

SHORTEST = 2
"""A letter alone is an initial or a slip."""

# An address names somebody. What holds a digit (a number, an id) is no word, nor is any part of it.
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+", re.IGNORECASE)
_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:[-'][^\W\d_]+)*(?!\w)")
_SAME = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "‐": "-", "‑": "-", "\N{SOFT HYPHEN}": None})

_JOINTS = str.maketrans("", "", "-'")


def words_of(comment: str, *, stop_words: Collection[str] = STOP_WORDS) -> set[str]:
    """The words of a comment, each once: small letters, without stop words, numbers and addresses.

    Parameters
    ----------
    comment : str
    stop_words : collection of str

    Returns
    -------
    set of str
        A word keeps its hyphens and apostrophes; an English genitive loses its 's.

    Examples
    --------
    >>> sorted(words_of("Jag förstår inte el-fakturan, ring 070-123 45 67 eller Eva@example.org!"))
    ['el-fakturan', 'förstår', 'inte', 'ring']
    >>> sorted(words_of("The bill’s late AGAIN and I don't know why"))
    ['bill', "don't", 'know', 'late']
    """
    text = unicodedata.normalize("NFC", _ADDRESS.sub(" ", comment)).translate(_SAME).lower()
    found = {word for word in _WORD.findall(text) if word not in stop_words}
    found = {word.removesuffix("'s") for word in found}
    found = {word for word in found if len(word) >= SHORTEST and word not in stop_words}
    return {word for word in found if word.translate(_JOINTS).isalpha()}  # a ² is no digit to re, and no letter either
