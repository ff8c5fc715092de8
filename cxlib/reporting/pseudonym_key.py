"""The key of pseudonyms: from the environment, or from a file that lies where no report does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cxlib.errors import ParameterError
from cxlib.reporting.failures import reason_of

KEY, KEY_FILE = "CX_PSEUDONYM_KEY", "CX_PSEUDONYM_KEY_FILE"


def pseudonym_key(environment: Mapping[str, str], *, reports: Path) -> bytes:
    """The key that the environment holds or names; it is read, and never written anywhere.

    Parameters
    ----------
    environment : mapping
        `CX_PSEUDONYM_KEY` holds the key, or `CX_PSEUDONYM_KEY_FILE` names a file with nothing else in it.
    reports : Path
        The folder of the reports, in which the file may not lie: whoever is given the folder would have the key.

    Raises
    ------
    ParameterError
        Neither is set, or both; the file cannot be read, lies among the reports, or can be read by others than its
        owner. The key is no part of the message.
    """
    held, named = environment.get(KEY, "").strip(), environment.get(KEY_FILE, "").strip()
    if bool(held) == bool(named):
        found = "both are set" if held else "neither is set"
        raise ParameterError(
            f"pseudonyms need a key, in {KEY} or in the file that {KEY_FILE} names, and {found}; "
            '`python -c "import secrets; print(secrets.token_hex())"` makes one'
        )
    if held:
        return held.encode()
    file = Path(named).expanduser()
    try:
        if file.resolve().is_relative_to(reports.resolve()):
            raise ParameterError(f"{KEY_FILE}: {file} lies among the reports; keep the key where no report is")
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise ParameterError(f"{KEY_FILE}: {file} can be read by others than its owner; use `chmod 600 {file}`")
        return file.read_bytes().strip()
    except OSError as error:
        raise ParameterError(f"{KEY_FILE}: {file} cannot be read: {reason_of(error)}") from error
