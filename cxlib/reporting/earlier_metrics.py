"""The metrics.json of an earlier report, read so that a damaged one stops nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from cxlib.findings import Earlier


def read_metrics(path: Path | str | None) -> Earlier | None:
    """The figures of an earlier report.

    Parameters
    ----------
    path : path or None
        Of its metrics.json; "" or None where there is no earlier report.

    Returns
    -------
    Earlier or None
        None where no path is given. Where the file is gone, cannot be read or is no JSON object, an `Earlier` without
        figures that says so: this month's report is made all the same.
    """
    if not path:
        return None
    # Here and not above: `cx` loads this package, and need not wait for pandas.
    from cxlib.findings import Earlier

    try:
        figures = figures_of(Path(path))
    except (OSError, ValueError, RecursionError) as error:
        return Earlier(figures=None, problem=reason(error))
    return Earlier(figures=figures)


def figures_of(path: Path) -> dict:
    """The content of a metrics.json.

    Raises
    ------
    OSError
        It cannot be read.
    ValueError, RecursionError
        It is no JSON object of finite numbers.
    """
    found = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def reason(error: OSError | ValueError | RecursionError) -> str:
    """Why a metrics.json could not be read: `gone`, `unreadable` or `no_json`, which the catalogue has words for."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "gone"
    return "unreadable" if isinstance(error, OSError) else "no_json"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
