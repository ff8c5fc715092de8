"""Where the names of single marks stand: beside their mark, on no other name, and on as little else as can be."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

CHARACTER_PX, LINE_PX = 6.2, 14
"""About what a letter and a line of a label take."""

MOST_COVERED = 4
"""Points of lines and marks that a name may lie on; where there are more all around, the mark goes without one."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels from the upper left."""


def free_box(
    text: str,
    mark: tuple[float, float],
    *,
    within: tuple[float, float],
    taken: Sequence[Box],
    under: Sequence[tuple[float, float]],
    others: Sequence[tuple[float, float]] = (),
    clear: float = 0.0,
) -> Box | None:
    """A place for one line of text beside its mark, or None where there is no room.

    Parameters
    ----------
    text : str
    mark : tuple of float
        Where the mark lies, in pixels from the upper left.
    within : tuple of float
        Width and height of the plot.
    taken : sequence of Box
        The places of other names.
    under : sequence of points
        What should be covered as little as can be.
    others : sequence of points, optional
        Marks that the text could be taken for the name of: it stands no nearer to one than to its own.
    clear : float
        By how many pixels it stands farther from each of them.

    Returns
    -------
    Box or None

    Examples
    --------
    >>> free_box("Invoice", (100, 50), within=(500, 300), taken=[], under=[(100, 50)])
    (78.3, 58.0, 121.7, 72.0)
    >>> free_box("Invoice", (100, 50), within=(500, 60), taken=[], under=[])
    (110.0, 43.0, 153.4, 57.0)
    """
    width = len(text) * CHARACTER_PX
    aside, slide = width / 2 + 10, width / 2 - 12
    beside = [(0, 15), (aside, 0), (-aside, 0), (-slide, 15), (slide, 15), (0, -15), (-slide, -15), (slide, -15)]
    best, least = None, MOST_COVERED + 1
    for dx, dy in beside:
        x = min(max(mark[0] + dx, width / 2), within[0] - width / 2)
        y = mark[1] + dy
        box = tuple(round(side, 1) for side in (x - width / 2, y - LINE_PX / 2, x + width / 2, y + LINE_PX / 2))
        if box[1] < 0 or box[3] > within[1] or any(overlap(box, other) for other in taken):
            continue
        own = distance(box, mark) + clear
        if any(distance(box, other) < own for other in others):
            continue
        covered = sum(box[0] - 4 <= px <= box[2] + 4 and box[1] - 3 <= py <= box[3] + 3 for px, py in under)
        if covered < least:
            best, least = box, covered
    return best


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share any place.

    >>> overlap((0, 0, 2, 2), (1, 1, 3, 3)), overlap((0, 0, 2, 2), (2, 0, 3, 2))
    (True, False)
    """
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def distance(box: Box, point: tuple[float, float]) -> float:
    """How far a point lies from a box; 0 within it.

    >>> distance((0, 0, 10, 4), (13, 8)), distance((0, 0, 10, 4), (5, 2))
    (5.0, 0.0)
    """
    across = max(box[0] - point[0], point[0] - box[2], 0)
    up = max(box[1] - point[1], point[1] - box[3], 0)
    return hypot(across, up)
