"""What headings have in common whatever tool wrote them: options of one question, marks of a tool."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

_TAGS = re.compile(r"<[^<>]{1,200}>")
_SPACES = re.compile(r"\s+")


def plain_text(text: str) -> str:
    """A heading as a reader sees it: entities and tags of HTML resolved, spaces and line breaks one space.

    >>> plain_text("Nom &amp; Post-nom<br>Firstname")
    'Nom & Post-nom Firstname'
    """
    return _SPACES.sub(" ", html.unescape(_TAGS.sub(" ", text))).strip()


def common_stem(texts: Sequence[str], separator: str) -> str:
    """What all texts begin with, up to and without the last `separator` in it; "" where there is no such stem.

    >>> common_stem(["How is it?-Coffee", "How is it?-Corn"], "-")
    'How is it?'
    """
    first, last = min(texts), max(texts)  # what these two share, all that lie between them share
    n_shared = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    shared = first[:n_shared]
    return shared[: shared.rindex(separator)] if separator in shared else ""


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
