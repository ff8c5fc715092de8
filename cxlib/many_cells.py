"""Text cells by the hundred thousand: in threads, by their bytes, and one by one only where some of them are odd."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.readers.table import MEMORY
from cxlib.side_by_side import side_by_side

_CELLS_AT_ONCE = 1 << 16
_CELLS_WITH_AN_ODD_ONE = 256  # are looked at one by one; the rest of a column is not


def empty_cells(n_cells: int) -> pa.ChunkedArray:
    """Empty cells, in the memory of a few."""
    few = pa.nulls(min(n_cells, _CELLS_AT_ONCE), pa.large_string())
    n_whole, rest = divmod(n_cells, _CELLS_AT_ONCE)
    return pa.chunked_array([*[few] * n_whole, few.slice(0, rest)], pa.large_string())


def edges_of(chunk: pa.LargeStringArray) -> np.ndarray:
    """Where each cell begins in the memory of its text, and the last one ends; int64, without a copy."""
    return np.frombuffer(chunk.buffers()[1], dtype=np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]


def bytes_of(chunk: pa.LargeStringArray) -> np.ndarray:
    """The letters of all cells, one after another, as uint8 without a copy; an empty cell may have hidden ones."""
    data = chunk.buffers()[2]
    if data is None or chunk.null_count == len(chunk):
        return np.empty(0, dtype=np.uint8)
    edges = edges_of(chunk)
    return np.frombuffer(data, dtype=np.uint8)[edges[0] : edges[-1]]


def parts_of(text: pa.ChunkedArray) -> list[tuple[slice, pa.Array]]:
    """The cells in arrays that are large enough to be worth a call and small enough for threads, and their places."""
    parts = []
    begin = 0
    for chunk in text.chunks:
        for at in range(0, len(chunk), _CELLS_AT_ONCE):
            part = chunk.slice(at, _CELLS_AT_ONCE)
            parts.append((slice(begin, begin + len(part)), part))
            begin += len(part)
    return parts


def chosen(text: pa.ChunkedArray, mask: np.ndarray) -> pa.ChunkedArray:
    """The cells where `mask` is True, as `text.filter` gives them, in threads."""
    wanted = [(part, mask[place]) for place, part in parts_of(text) if mask[place].any()]

    def choose(part: pa.Array, of_part: np.ndarray) -> pa.Array:
        if part.null_count == len(part):
            return part.slice(0, np.count_nonzero(of_part))
        return pc.filter(part, pa.array(of_part), memory_pool=MEMORY)

    return pa.chunked_array(side_by_side(lambda pair: choose(*pair), wanted), text.type)


def most_at_once(
    text: pa.ChunkedArray, convert: Callable[[pa.Array], np.ndarray | None], missing: np.generic, *, letters: bytes
) -> tuple[np.ndarray, np.ndarray]:
    """The values that `convert` finds, and True for cells that are left to slower ways: odd ones and a few neighbours.

    `convert` takes all cells of an array, or gives None where any of them is odd. A cell with other letters than
    `letters` is odd; where that is not all, those beside an odd one are left out too.
    """
    values = np.empty(len(text), dtype=missing.dtype)
    odd = np.zeros(len(text), dtype=bool)

    def take(place: slice, part: pa.Array) -> bool:
        found = convert(part)
        if found is not None:
            values[place] = found
        return found is not None

    def take_most(place: slice, part: pa.Array) -> None:
        if take(place, part):
            return
        odd[place] = _has_other_letters(part, letters)
        part = pc.if_else(pa.array(odd[place]), None, part)
        if take(place, part):
            return
        for at in range(0, len(part), _CELLS_WITH_AN_ODD_ONE):
            few = part.slice(at, _CELLS_WITH_AN_ODD_ONE)
            here = slice(place.start + at, place.start + at + len(few))
            if not take(here, few):
                values[here], odd[here] = missing, True

    side_by_side(lambda part: take_most(*part), parts_of(text))
    return values, odd


def _has_other_letters(text: pa.LargeStringArray, letters: bytes) -> np.ndarray:
    other = np.ones(256, dtype=bool)
    other[list(letters)] = False
    places = np.flatnonzero(other[bytes_of(text)])
    edges = edges_of(text)
    found = np.zeros(len(text), dtype=bool)
    found[np.searchsorted(edges - edges[0], places, side="right") - 1] = True
    return found


def rises(text: pa.ChunkedArray) -> bool:
    """Whether each cell comes after the one before it in the alphabet, so that none can come twice."""
    if text.null_count:
        return False
    parts = [part for _, part in parts_of(text)]
    firsts, lasts = (pa.array([part[at].as_py() for part in parts], text.type) for at in (0, -1))
    return _all_less(lasts[:-1], firsts[1:]) and all(side_by_side(lambda part: _all_less(part[:-1], part[1:]), parts))


def _all_less(cells: pa.Array, others: pa.Array) -> bool:
    return bool(pc.all(pc.less(cells, others), min_count=0).as_py())
