"""Two folders change names in one step of the system, so that neither name is ever missing."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # Linux, renameat2(2)
_RENAME_SWAP = 2  # macOS, renamex_np(2)


def exchange(one: Path, other: Path) -> bool:
    """Let two paths of one file system change places in one step.

    Returns
    -------
    bool
        False where the system or the file system cannot do it (or would not); then nothing has happened.
    """
    names = os.fsencode(one), os.fsencode(other)
    library = ctypes.CDLL(None)
    # Looked for by name and not by platform: an old C library lacks it on any of them.
    if hasattr(library, "renameat2"):
        return library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0
    if hasattr(library, "renamex_np"):
        return library.renamex_np(*names, _RENAME_SWAP) == 0
    return False
