"""What headings have in common whatever tool wrote them: options of one question, marks of a tool."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

_TAGS = re.compile(r"</?[A-Za-z][^<>]{0,200}>")  # a number behind the sign is a number: under <20 and over >65
_SPACES = re.compile(r"\s+")
_HYPHEN = re.compile(" - |-")


def plain_text(text: str) -> str:
    """A heading as a reader sees it: entities and tags of HTML resolved, spaces and line breaks one space.

    >>> plain_text("Nom &amp; Post-nom<br>Firstname")
    'Nom & Post-nom Firstname'
    >>> plain_text("Ålder <20 eller >65")
    'Ålder <20 eller >65'
    """
    return _SPACES.sub(" ", html.unescape(_TAGS.sub(" ", text))).strip()


def stems_of(texts: Sequence[str]) -> list[tuple[str, str]]:
    """What all texts may begin with, and the hyphen that ends it, the likeliest first.

    A hyphen with space around it, or behind a sign such as ?, ends a question more likely than one within a word.

    >>> stems_of(["Where?-Wi-Fi at home", "Where?-Wi-Fi outside"])
    [('Where?', '-'), ('Where?-Wi', '-')]
    """
    first, last = min(texts), max(texts)  # what these two share, all that lie between them share
    n_shared = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    found = [match for match in _HYPHEN.finditer(first[:n_shared]) if match.start()]
    between = [match for match in found if match[0] != "-" or not first[match.start() - 1].isalnum()]
    within = [match for match in found if match not in between]
    return [(first[: match.start()], match[0]) for match in (*between[::-1], *within[::-1])]


def bracketed(heading: str) -> tuple[str, str] | None:
    """The question and the row or option in brackets behind it; None where no bracket ends the heading.

    >>> bracketed("How is it? [Coffee [black]]")
    ('How is it?', 'Coffee [black]')
    """
    if not heading.endswith("]"):
        return None
    depth = 0
    for at in range(len(heading) - 1, -1, -1):
        depth += (heading[at] == "]") - (heading[at] == "[")
        if not depth:
            return heading[:at].strip(), heading[at + 1 : -1].strip()
    return None
