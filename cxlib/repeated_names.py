"""Names that come more than once, such as those of columns, told apart."""

from __future__ import annotations

from collections.abc import Iterable


def kept_apart(names: Iterable[str]) -> list[str]:
    """The names with a number behind those that came before.

    >>> kept_apart(["Other", "Why?", "Other", "Other (2)"])
    ['Other', 'Why?', 'Other (2)', 'Other (2) (2)']
    """
    seen: set[str] = set()
    last: dict[str, int] = {}  # of thousands with one name each would else be counted from 1
    apart = []
    for name in names:
        number, unlike = last.get(name, 1), name
        while unlike in seen:
            number += 1
            unlike = f"{name} ({number})"
        last[name] = number
        seen.add(unlike)
        apart.append(unlike)
    return apart
