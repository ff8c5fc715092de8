"""How much room a text takes on a slide, near enough to keep it from running over: no font is at hand to measure."""

from __future__ import annotations

from collections.abc import Sequence

POINTS = 72
LINE = 1.22
"""A line's height, in the size of its letters, of Calibri and the like."""
AFTER = 0.45
"""The space after a paragraph, in the size of its letters."""

# Widths of Arial, the widest of the fonts that the slides may fall back on, in the size of the letters.
_WIDTHS = {
    **dict.fromkeys("iíìîïjl'|!.,:;", 0.25),
    **dict.fromkeys("ftrI ()[]/\\-\u00a0", 0.32),
    **dict.fromkeys('ckszvxyJ"“”’', 0.5),
    **dict.fromkeys("mMwW%@—", 0.87),
    **dict.fromkeys("ABEKPSVXYÅÄCDHNRUTFLZ", 0.68),
    **dict.fromkeys("GOQÖ", 0.78),
}
_OTHER = 0.56
_WIDE = 1.05
"""Letters beyond the Latin ones."""


def width_of(text: str, size: float) -> float:
    """The width of a text on one line, in points."""
    return size * sum(_WIDTHS.get(letter, _OTHER if ord(letter) < 0x2E80 else _WIDE) for letter in text)


def lines_of(text: str, size: float, width: float) -> int:
    """On how many lines a text stands in a box so many points wide."""
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        used = 0.0
        for word in paragraph.split(" "):
            needed = width_of(word, size)
            if used and used + needed > width:
                lines, used = lines + 1, 0.0
            while needed > width:  # a word longer than a line is broken
                lines, needed = lines + 1, needed - width
            used += needed + width_of(" ", size)
    return lines


def height_of(texts: Sequence[str], size: float, width: float) -> float:
    """The height of paragraphs below each other, in points."""
    return sum(size * (LINE * lines_of(text, size, width) + AFTER) for text in texts)


def fitting_size(texts: Sequence[str], *, width: float, height: float, sizes: Sequence[float]) -> float | None:
    """The largest of the sizes at which all the texts fit; None where they do not at any."""
    return next((size for size in sizes if height_of(texts, size, width) <= height), None)
