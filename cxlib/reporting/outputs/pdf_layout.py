"""How wide things are on paper: the size of a table's type, its columns, and where long words may break."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from cxlib.reporting.outputs.blocks import TableBlock

MM = 72 / 25.4
MARGIN_X = 18 * MM
TEXT_WIDTH = 210 * MM - 2 * MARGIN_X
TEXT_HEIGHT = 225 * MM
"""What a chart may take of a page's height; the rest is margins, header, footer and a heading."""
LANDSCAPE_WIDTH = 297 * MM - 2 * MARGIN_X

NARROW, MIDDLE, WIDE, WIDEST = 0.30, 0.57, 0.72, 0.95
"""The widths of letters of our font in ems, a little more than they are, for headings are bold."""
COLUMN_GAP = 1.0
"""Between two columns, in ems."""
LONGEST_UNBROKEN = 7.5
"""Ems of a word from which a column need not hold it whole: words of a language are hyphenated."""
LONGEST_WORD = 25
"""Letters from which a word is taken for none of a language, and may break anywhere."""
SIZES = (9.0, 8.2, 7.4)
"""Points, the type of tables: the largest with which a table fits."""
SMALLEST_SIZE = 6.5
MOST_KEPT_TOGETHER = 18
"""Lines of a table that is not broken over two pages."""

# What stands between two places where a line may break; a no-break space is none.
_WORD = re.compile(r"[^ \t\n\u200b]+")
_SEAM = re.compile(r"(?<=[_/\\.,;:|=&?@+\-])(?=[^\W_])|(?<=[a-z])(?=[A-Z])|(?<=\d)(?=[^\W\d])")
_BREAK = "\u200b"
_NARROW = frozenset(" .,:;'’!|()[]ijlftrI/-\u00a0\u202f")
_WIDE = frozenset("mwMW@%—…ABCDEGHKNOQRUVXYÅÄÖ+−=<>≠≤≥±")


@dataclass(frozen=True, kw_only=True)
class TableLayout:
    """How a table is set."""

    size: float
    """Of its type, in points."""
    widths: list[float]
    """Of its columns with the gaps between them, in ems."""
    natural: bool
    """Whether each column may be as wide as it likes instead: the widths are estimates."""
    divided: list[bool]
    """For each column, whether words in it must be divided."""
    forced: bool
    """Whether the columns are narrower than even divided words need."""
    landscape: bool
    together: bool
    """Whether it stands on one page as a whole."""
    head_repeated: bool
    """Whether its headings stand on every page; not where they take up a large part of one."""
    tall: list[bool]
    """For each row, whether it may go on over the page: it is a large part of one."""


def breakable(text: str, *, most: int = 10, forced: bool = False) -> str:
    """The text with places where a very long word may break.

    Parameters
    ----------
    text : str
    most : int
        Letters that stay together in a word that is broken.
    forced : bool
        Break every word of more letters than that, not only those that no language has.

    Examples
    --------
    >>> breakable("a short word").count("\\u200b"), breakable("x" * 60).count("\\u200b")
    (0, 5)
    """
    long = re.compile(rf"[^ \t\n{_BREAK}]{{{most + 1 if forced else LONGEST_WORD},}}")
    return long.sub(lambda word: _broken(word[0], most), text)


def _broken(word: str, most: int) -> str:
    parts = _SEAM.sub(_BREAK, word).split(_BREAK)
    return _BREAK.join(part[i : i + most] for part in parts for i in range(0, len(part), most))


def letters_in(width: float) -> int:
    """How many letters surely fit into a column, at least one."""
    return max(1, int((width - COLUMN_GAP) / WIDEST))


def is_divided(text: str, *, size: float, room: float) -> bool:
    """Whether a word of a text is wider than the room there is, in points."""
    return _longest_word((text,)) * size > room


def layout_of(table: TableBlock) -> TableLayout:
    """The type and columns with which a table fits on the page.

    First upright, with smaller and smaller type, then on a page on its side. Headings take two lines before the type
    gets smaller, and cells more than one before the page is turned. In what never fits (fifty columns), words break
    where they must.
    """
    cells = list(zip(*table.rows, strict=True)) if table.rows else [()] * len(table.columns)
    heads = [_longest_line(heading) for heading in table.columns]
    bodies = [max(map(_longest_line, texts), default=0) for texts in cells]
    words = [_longest_word((heading, *texts)) for heading, texts in zip(table.columns, cells, strict=True)]
    least = [COLUMN_GAP + min(word, LONGEST_UNBROKEN) for word in words]
    whole = [COLUMN_GAP + max(head, body) for head, body in zip(heads, bodies, strict=True)]
    # A heading of two lines, of which one is a little longer than half of it.
    folded = [max(0.6 * head, _longest_word((text,))) for text, head in zip(table.columns, heads, strict=True)]
    wrapped = [COLUMN_GAP + max(body, min(head, fold)) for head, body, fold in zip(heads, bodies, folded, strict=True)]
    for landscape, page in ((False, TEXT_WIDTH), (True, LANDSCAPE_WIDTH)):
        for size in SIZES:
            room = page / size
            if sum(whole) <= room:
                return _layout(table, size, whole, words, natural=True, landscape=landscape)
            if sum(wrapped) <= room:
                return _layout(table, size, wrapped, words, landscape=landscape)
            if sum(least) <= 0.8 * room:
                return _layout(table, size, _shared(room, least, wrapped), words, landscape=landscape)
    room = LANDSCAPE_WIDTH / SMALLEST_SIZE
    shrunk = [room * width / sum(least) for width in least]
    return _layout(table, SMALLEST_SIZE, shrunk, words, landscape=True, forced=True)


def _layout(
    table: TableBlock,
    size: float,
    widths: list[float],
    words: list[float],
    *,
    landscape: bool,
    natural: bool = False,
    forced: bool = False,
) -> TableLayout:
    head, *lines = [
        max((_n_lines(text, width) for text, width in zip(row, widths, strict=True)), default=1)
        for row in (table.columns, *table.rows)
    ]
    return TableLayout(
        size=size,
        widths=widths,
        natural=natural,
        forced=forced,
        landscape=landscape,
        together=head + sum(lines) <= MOST_KEPT_TOGETHER and not landscape,
        divided=[not natural and COLUMN_GAP + word > width for word, width in zip(words, widths, strict=True)],
        head_repeated=head <= MOST_KEPT_TOGETHER / 2,
        tall=[n > MOST_KEPT_TOGETHER for n in lines],
    )


def _shared(room: float, least: list[float], wished: list[float]) -> list[float]:
    """Every column's least width, and of the rest a part in proportion to what its longest line lacks."""
    # No column takes it all for a single long text.
    lacking = [min(wish - need, room) for need, wish in zip(least, wished, strict=True)]
    part = min(1.0, (room - sum(least)) / sum(lacking))
    return [need + part * lack for need, lack in zip(least, lacking, strict=True)]


def _n_lines(text: str, width: float) -> int:
    room = max(width - COLUMN_GAP, 1.0)
    return sum(max(1, math.ceil(_ems(line) / room - 0.001)) for line in text.split("\n"))


def _longest_line(text: str) -> float:
    return max(map(_ems, text.split("\n")))


def _longest_word(texts: tuple[str, ...]) -> float:
    return max((_ems(word) for text in texts for word in _WORD.findall(breakable(text))), default=0.0)


def _ems(text: str) -> float:
    """About how wide a text is, in ems."""
    n_narrow = sum(letter in _NARROW for letter in text)
    n_wide = sum(letter in _WIDE for letter in text)
    return NARROW * n_narrow + WIDE * n_wide + MIDDLE * (len(text) - n_narrow - n_wide)
