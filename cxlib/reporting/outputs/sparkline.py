"""A line the size of a word: how a figure went through the periods, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 96, 26, 3


def sparkline(points: Sequence[tuple[int, float | None, bool]]) -> str:
    """The line of a figure; empty where fewer than two points are known.

    Parameters
    ----------
    points : sequence of (place, value, is_redefined), oldest first
        `place` is the period's, one apart from the next. A value of None, or a period that is missing, breaks the
        line. So does a figure that is defined otherwise than before, and an upright dash stands in the break.

    Examples
    --------
    >>> sparkline([(1, 0.1, False)])
    ''
    """
    known = [value for _, value, _ in points if value is not None]
    if len(known) < 2:
        return ""
    first, last = points[0][0], points[-1][0]
    low, high = min(known), max(known)

    def x(place: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (place - first) / max(last - first, 1)

    def y(value: float) -> float:
        part = (value - low) / (high - low) if high > low else 0.5
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * part

    pieces: list[list[str]] = []
    dashes = []
    before: int | None = None
    for place, value, is_redefined in points:
        if is_redefined and place > first:
            at = x(place - 0.5)
            dashes.append(f'<path class="break" d="M{at:.1f} 1V{HEIGHT - 1}"/>')
        if value is None:
            before = None
            continue
        if before is None or place - before > 1 or is_redefined:
            pieces.append([])
        pieces[-1].append(f"{x(place):.1f} {y(value):.1f}")
        before = place
    lines = "".join(
        f'<path d="M{"L".join(piece)}"/>'
        if len(piece) > 1
        else f'<circle class="alone" cx="{piece[0].split()[0]}" cy="{piece[0].split()[1]}" r="1.5"/>'
        for piece in pieces
    )
    end = next((place, value) for place, value, _ in reversed(points) if value is not None)
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f"{''.join(dashes)}{lines}"
        f'<circle cx="{x(end[0]):.1f}" cy="{y(end[1]):.1f}" r="2.5"/></svg>'
    )
