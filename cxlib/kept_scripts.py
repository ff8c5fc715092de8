"""The scripts that draw charts without a network, kept on the machine: vl-convert takes two seconds to pack one."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

PACKED_BY = ("altair", "vl-convert-python")
"""Of these a script is made: of another version it is another script."""


def kept_script(name: str, pack: Callable[[], str], *, folder: Path | None = None) -> str:
    """A script of the machine's store of them; packed and put there where it is missing.

    Parameters
    ----------
    name : str
        What it is called there.
    pack : callable
        Gives the script; the same one for the same versions of `PACKED_BY`.
    folder : Path, optional
        Default the user's folder for what can be made again (XDG_CACHE_HOME, ~/Library/Caches, %LOCALAPPDATA%).

    Returns
    -------
    str

    Notes
    -----
    A file that is not whole is packed anew. Where the folder cannot be written to, nothing is kept.
    """
    versions = "-".join(f"{package}-{version(package)}" for package in PACKED_BY)
    folder = user_cache_path("cxlib", appauthor=False) if folder is None else folder
    if not folder.is_absolute():  # of a user without a home: it would be made wherever one happens to stand
        return pack()
    path = folder / f"{name}-{versions}.js"
    with suppress(OSError, ValueError):
        return _checked(path.read_bytes())
    script = pack()
    with suppress(OSError):
        _keep(script, path)
    return script


def _checked(kept: bytes) -> str:
    """The script, if the file is whole.

    Raises
    ------
    ValueError
    """
    digest, _, script = kept.partition(b"\n")
    if digest != _digest(script):
        raise ValueError("not whole")
    return script.decode("utf-8")


def _keep(script: str, path: Path) -> None:
    """Put the script there at once and whole, however many do so.

    Raises
    ------
    OSError
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = script.encode("utf-8")
    number, aside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(_digest(packed) + b"\n" + packed)
        Path(aside).replace(path)
    finally:
        Path(aside).unlink(missing_ok=True)


def _digest(script: bytes) -> bytes:
    return hashlib.sha256(script).hexdigest().encode("ascii")
