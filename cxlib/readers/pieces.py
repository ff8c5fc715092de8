"""A CSV text cut at ends of records, so that its pieces can be read side by side and each row keeps its number."""

from __future__ import annotations

import numpy as np

from cxlib.side_by_side import side_by_side

PIECE_BYTES = 2 * 1024 * 1024
_WINDOW_BYTES = 64 * 1024
_BLOCK_BYTES = 256 * 1024  # stay in the processor while they are compared
_QUOTE, _LINE_FEED, _RETURN = b'"\n\r'


def cut_at_records(text: memoryview, *, quoted: bool) -> list[memoryview]:
    """The text in pieces of about two megabytes, each of which begins with a record; without a copy.

    Where quotes open and close in turn (`quotes.well_formed`), a line feed with an even number of quotes before it ends
    a record. The pieces are well formed if and only if the whole is. Records that end with a carriage return alone are
    not cut: such a text is one piece.

    Parameters
    ----------
    text : memoryview of bytes
    quoted : bool
        Whether the text holds any quote.
    """
    letters = np.frombuffer(text, dtype=np.uint8)
    pieces = []
    begin = 0
    while len(text) - begin > PIECE_BYTES:
        end = _next_record(letters, begin, quoted)
        if end is None:
            break
        pieces.append(text[begin:end])
        begin = end
    if begin < len(text) or not pieces:
        pieces.append(text[begin:])
    return pieces


def _next_record(letters: np.ndarray, begin: int, quoted: bool) -> int | None:
    """Where the first record begins that lies a piece or more behind the one at `begin`."""
    start = begin + PIECE_BYTES
    n_quotes = np.count_nonzero(letters[begin:start] == _QUOTE) if quoted else 0
    while start < len(letters):
        window = letters[start : start + _WINDOW_BYTES]
        ends = np.flatnonzero(window == _LINE_FEED)
        if quoted:
            so_far = n_quotes + np.cumsum(window == _QUOTE)
            ends = ends[so_far[ends] % 2 == 0]
            n_quotes = so_far[-1]
        if len(ends):
            return start + int(ends[0]) + 1
        start += _WINDOW_BYTES
    return None


def n_lines_in(pieces: list[memoryview]) -> int | None:
    """How many lines there are; None where lines may end with a carriage return alone."""

    def count(piece: memoryview) -> int | None:
        letters = np.frombuffer(piece, dtype=np.uint8)
        return None if (letters == _RETURN).any() else int(np.count_nonzero(letters == _LINE_FEED))

    counts = side_by_side(count, pieces)
    return None if None in counts else sum(counts) + (pieces[-1][-1:] != b"\n")


def n_blank_lines(text: memoryview) -> int:
    """How many lines have no letter, whichever way lines end; one on which a block of 256 kB begins may be missed."""
    steps = range(0, len(text), PIECE_BYTES)
    return sum(side_by_side(lambda begin: _n_blank_lines(text[begin : begin + PIECE_BYTES]), steps))


def _n_blank_lines(text: memoryview) -> int:
    letters = np.frombuffer(text, dtype=np.uint8)
    found = 0
    for begin in range(0, len(letters), _BLOCK_BYTES):
        block = letters[begin : begin + _BLOCK_BYTES]
        feeds = block == _LINE_FEED
        found += np.count_nonzero(feeds[1:] & feeds[:-1])
        returns = block == _RETURN
        if returns.any():
            found += np.count_nonzero(returns[1:] & returns[:-1])
            found += np.count_nonzero(feeds[2:] & returns[1:-1] & feeds[:-2])
    return found
