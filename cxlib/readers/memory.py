"""Memory for the bytes of a file, which goes back part by part while the file is parsed."""

from __future__ import annotations

import mmap

import numpy as np

_PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_ANONYMOUS") else {}
_GIVES_BACK = hasattr(mmap.mmap, "madvise") and hasattr(mmap, "MADV_DONTNEED") and bool(_PRIVATE)


def room(n_bytes: int) -> memoryview:
    """Memory of its own, all zero, for as many bytes."""
    if not n_bytes:
        return memoryview(bytearray())
    whole = mmap.mmap(-1, n_bytes, **_PRIVATE)
    if _GIVES_BACK and hasattr(mmap, "MADV_HUGEPAGE"):
        whole.madvise(mmap.MADV_HUGEPAGE)  # filled in half of the time
    return memoryview(whole)


def give_back(part: memoryview) -> None:
    """Let the system have the memory of a part of a `room` that nobody reads again: its bytes are lost.

    Only whole pages within the part go; of other memory, and where the system knows no such thing, nothing.
    """
    whole = part.obj
    if not _GIVES_BACK or not isinstance(whole, mmap.mmap) or not len(part):
        return
    begin = _address(part) - _address(memoryview(whole))
    first = -(-begin // mmap.PAGESIZE) * mmap.PAGESIZE
    last = (begin + len(part)) // mmap.PAGESIZE * mmap.PAGESIZE
    if last > first:
        whole.madvise(mmap.MADV_DONTNEED, first, last - first)


def _address(part: memoryview) -> int:
    return np.frombuffer(part, dtype=np.uint8).ctypes.data
