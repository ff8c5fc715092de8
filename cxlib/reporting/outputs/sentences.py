"""Sentences: where they end, and a long one shortened without changing what it says."""

from __future__ import annotations

import re

LONGEST_TITLE = 125
"""Letters of a slide's title on two lines."""
SHORTEST_TITLE = 30
LONGEST_OF_ALL = 240

_END = re.compile(r"(?<=[.!?])[\"”’)]?\s+(?=[\"“”‘(]?[A-ZÅÄÖÉÜ0-9−+–])")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:[A-ZÅÄÖ][a-zåäö]|[A-Za-zÅÄÖåäö]|ca|kl|nr|vs)\.$")
_BRACKETED = re.compile(r"\s*\([^()]*\)")
_PAUSES = ("; ", ": ")


def sentences(text: str) -> list[str]:
    """The sentences of a text. A full stop after a letter, or after two such as St., is taken for an abbreviation.

    >>> sentences("Capital fell 0.3 in October. Customers of St. Olof Nord left: 12. Why?")
    ['Capital fell 0.3 in October.', 'Customers of St. Olof Nord left: 12.', 'Why?']
    """
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        sentence = text[start : end.start()] + end.group().rstrip()
        if not _ABBREVIATION.search(sentence):
            found.append(sentence.strip())
            start = end.end()
    return [*found, text[start:].strip()] if text[start:].strip() else found


def as_title(sentence: str, *, longest: int = LONGEST_TITLE) -> str:
    """A sentence as a title: whole where it is short enough, else without brackets, else up to a colon or semicolon.

    >>> as_title("The weakest link is Use, though above zero: 26% of 12 fell (mean +0.18).", longest=50)
    'The weakest link is Use, though above zero'
    """
    whole = sentence.strip().removesuffix(".")
    bare = _BRACKETED.sub("", whole)
    for title in (whole, bare):
        if len(title) <= longest:
            return title
    for pause in _PAUSES:
        first = bare.rpartition(pause)[0]
        while len(first) > longest and pause in first:
            first = first.rpartition(pause)[0]
        if SHORTEST_TITLE <= len(first) <= longest:
            return first
    return (
        bare if len(bare) <= LONGEST_OF_ALL else f"{bare[:LONGEST_OF_ALL].rpartition(' ')[0] or bare[:LONGEST_OF_ALL]}…"
    )


def without(text: str, words: tuple[str, ...]) -> str:
    """The text without what it says of `words`: the clause after a semicolon that has one of them, else the sentence.

    >>> without("This report uses 2; move the slider to see others. The sliders are below. It is so.", ("slider",))
    'This report uses 2. It is so.'
    """
    kept = []
    for sentence in sentences(text):
        clauses = [clause for clause in sentence.split("; ") if not any(word in clause.casefold() for word in words)]
        if clauses:
            rest = "; ".join(clauses)
            kept.append(rest if rest.endswith((".", "?", "!", ":")) or sentence.endswith(rest) else f"{rest}.")
    return " ".join(kept)
