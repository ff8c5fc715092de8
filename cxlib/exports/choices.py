"""Several choices that a tool writes into one cell: whether it did, and where one choice ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import pairwise

FEWEST_AGAIN = 0.5
"""Of the choices in cells that hold several, at least this share stands in another cell as well: who writes freely
seldom writes the same piece twice."""

FEWEST_ALONE = 1 / 3
"""Where the separator is one that sentences have too, at least this share of the choices stands alone in some cell:
Sweden in "Malmö, Sweden" never does."""

FEWEST_TOGETHER = 3
"""Different cells in which two pieces stand together, and neither without the other, so that they are one choice
though the second begins with a capital letter."""

_OPENING, _CLOSING = "([{", ")]}"


def choices_in(cell: str, separator: str, whole: frozenset[str] = frozenset()) -> list[str]:
    """The choices in one cell, without space around them.

    Parameters
    ----------
    cell, separator : str
    whole : frozenset of str
        Choices that hold the separator themselves.

    Notes
    -----
    A separator within brackets parts no choices, nor does one that ends without a space where a space follows it.

    >>> choices_in("Emails;Deal sites (fave; iprice; etc.)", ";")
    ['Emails', 'Deal sites (fave; iprice; etc.)']
    """
    pieces = [piece.strip() for piece in _outside_brackets(cell, separator)]
    pieces = [piece for piece in pieces if piece]
    if not whole:
        return pieces
    choices: list[str] = []
    longest = _most_pieces(whole, separator)
    at = 0
    while at < len(pieces):
        ends = range(min(len(pieces), at + longest), at + 1, -1)
        end = next((end for end in ends if separator.join(pieces[at:end]) in whole), at + 1)
        choices.append(separator.join(pieces[at:end]))
        at = end
    return choices


@lru_cache(maxsize=64)
def _most_pieces(whole: frozenset[str], separator: str) -> int:
    return 1 + max(choice.count(separator) for choice in whole)


def _outside_brackets(cell: str, separator: str) -> Iterable[str]:
    closes_at = _closings(cell)
    is_tight = not separator.endswith(" ")
    start = at = 0
    while at < len(cell):
        if at in closes_at:
            at = closes_at[at]
        elif cell.startswith(separator, at):
            behind = at + len(separator)
            if not (is_tight and cell[behind : behind + 1].isspace()):
                yield cell[start:at]
                at = start = behind
                continue
        at += 1
    yield cell[start:]


def _closings(cell: str) -> dict[int, int]:
    """Where each bracket that is closed is closed; one that is not is a letter like any other."""
    opened: list[int] = []
    closes_at = {}
    for at, letter in enumerate(cell):
        if letter in _OPENING:
            opened.append(at)
        elif letter in _CLOSING:
            fitting = _OPENING[_CLOSING.index(letter)]
            while opened:
                start = opened.pop()
                if cell[start] == fitting:
                    closes_at[start] = at
                    break
    return closes_at


def whole_choices(cells: Collection[str], separator: str) -> frozenset[str]:
    """The choices that hold the separator themselves, such as "Yes, often".

    A piece belongs to the one before it where neither ever stands without the other, and it begins with a small letter
    or they stand together often.
    """
    split = [choices_in(cell, separator) for cell in set(cells)]
    times = Counter(piece for pieces in split for piece in pieces)
    pairs = Counter(pair for pieces in split for pair in pairwise(pieces))
    belongs = {
        pair
        for pair, n in pairs.items()
        if n == times[pair[0]] == times[pair[1]] and (pair[1][:1].islower() or n >= FEWEST_TOGETHER)
    }
    found = set()
    for pieces in split:
        at = 0
        while at < len(pieces):
            end = at + 1
            while end < len(pieces) and (pieces[end - 1], pieces[end]) in belongs:
                end += 1
            if end > at + 1:
                found.add(separator.join(pieces[at:end]))
            at = end
    return frozenset(found)


def are_several(cells: Collection[str], separator: str) -> bool:
    """Whether the cells of a column hold several choices each, with a separator between them.

    Parameters
    ----------
    cells : collection of str
        None of them empty; a Counter says how often each stands there.
    separator : str
        One with a space, such as ", ", may stand in a sentence too.

    >>> are_several(["Coffee;Cake", "Coffee", "Cake;Tea"], ";"), are_several(["Malmö, Sweden", "Lund, Sweden"], ", ")
    (True, False)
    """
    if not separator.endswith(" "):
        return _come_again(cells, separator)
    return _come_again(cells, separator, are_alone=True) and not _are_labels(cells, separator)


def may_be_labels(cells: Collection[str], separator: str) -> bool:
    """Whether cells look like several choices, but may as well be labels that hold the separator themselves.

    >>> may_be_labels(["Yes", "Yes, often", "Yes", "Yes, often", "No"], ", ")
    True
    """
    return separator.endswith(" ") and _come_again(cells, separator, are_alone=True) and _are_labels(cells, separator)


def _come_again(cells: Collection[str], separator: str, *, are_alone: bool = False) -> bool:
    """Whether the choices of cells that hold several stand in other cells too, and, if asked for, alone."""
    whole = whole_choices(cells, separator)
    split = [(choices_in(cell, separator, whole), n) for cell, n in Counter(cells).items()]
    joined = [(choices, n) for choices, n in split if len(choices) > 1]
    if not joined or any(len(set(choices)) < len(choices) for choices, _ in joined):
        return False
    times = Counter()
    for choices, n in split:
        times.update(dict.fromkeys(choices, n))
    n_together = sum(n * len(choices) for choices, n in joined)
    n_again = sum(n for choices, n in joined for choice in choices if times[choice] > 1)
    if n_again < FEWEST_AGAIN * n_together:
        return False
    again = {choice for choices, _ in joined for choice in choices if times[choice] > 1}
    alone = {choices[0] for choices, _ in split if len(choices) == 1}
    return not are_alone or len(again & alone) >= FEWEST_ALONE * len(again)


def _are_labels(cells: Collection[str], separator: str) -> bool:
    """Whether no cell needs to hold more than one choice: "absolutely" stands behind "Yes" alone in "Yes, absolutely",
    never first in a cell, so that it may be the end of that label."""
    split = [choices_in(cell, separator) for cell in set(cells)]
    first = {pieces[0] for pieces in split if pieces}
    return not any(piece in first for pieces in split for piece in pieces[1:])
