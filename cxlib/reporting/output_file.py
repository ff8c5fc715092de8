"""A file that the user named: refused before anybody waits for it, and put in place in one step."""

from __future__ import annotations

import os
from pathlib import Path

from cxlib.errors import ParameterError
from cxlib.reporting.failures import reason_of


def check_place(path: Path, *, again: bool, example: str, option: str = "--output") -> None:
    """Refuse a place where the file may not be written, before anybody waits for it; `example` names a file that might
    lie in a folder that was named, `option` is how the user named the file.

    Raises
    ------
    ParameterError
    """
    try:
        if not path.parent.is_dir():
            raise ParameterError(f"{option}: the folder {path.parent} is not there")
        if path.is_dir():
            raise ParameterError(f"{option}: {path} is a folder; name a file in it, such as {path / example}")
        if path.exists() and not again:
            raise ParameterError(f"{option}: {path} is there already; to replace it, add --again")
    except OSError as error:
        raise ParameterError(f"{option}: {path} cannot be used: {reason_of(error)}") from error


def write_file(path: Path, text: str, *, again: bool, option: str = "--output") -> None:
    """Write the file aside and put it in place in one step, so that nobody ever opens half a list.

    Raises
    ------
    ParameterError
        It is there already and `again` is False, or nothing can be written there.
    """
    check_place(path, again=again, example=path.name, option=option)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            aside.write_text(text, encoding="utf-8", newline="")
            check_place(path, again=again, example=path.name, option=option)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise ParameterError(f"{option}: {path} cannot be written: {reason_of(error)}") from error
