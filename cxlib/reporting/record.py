"""What a run says of itself: `run.json` in the report's folder, from which the history can always be made good."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

RECORD = "run.json"
"""The name under which a report's folder keeps the record of the run that made it."""


@dataclass(frozen=True, kw_only=True)
class Hashed:
    """A file that a run read or made, and what was in it."""

    file: str
    sha256: str

    @classmethod
    def of(cls, path: Path, name: str) -> Hashed:
        """The file at `path`, called `name`.

        Raises
        ------
        OSError
        """
        with path.open("rb") as content:
            return cls(file=name, sha256=hashlib.file_digest(content, "sha256").hexdigest())


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One run, from its beginning: what was asked, what it read, what it made.

    Attributes
    ----------
    id : str
        Its own; no two runs share one.
    report, period, segment, language, study : str
        What was asked; `study` is the study's own name.
    folder : str
        Where the report stands, from the folder of reports: "monthly/2026-10".
    titles : mapping of language code to str
    subtitle : str
    parameters : mapping
        As the notebook was given them.
    inputs : tuple of Hashed
        Every file that the figures rest on: the study's tables and settings, the notebook, the definition, the
        figures of earlier reports.
    versions : mapping of str to str
        Python, cxlib, and the packages that cxlib needs.
    attempt : int
        1 for the first try of a period, more for those after a failure.
    is_due : bool
        It was made because it was due, so it is also sent to those whom its definition names.
    started_at, finished_at : str
        UTC, ISO 8601; `finished_at` is None while it runs.
    outputs : tuple of Hashed
        What stands in the folder; empty while it runs.
    """

    id: str
    report: str
    period: str
    segment: str | None
    language: str
    study: str
    folder: str
    titles: Mapping[str, str]
    subtitle: str
    parameters: Mapping[str, Any]
    inputs: tuple[Hashed, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1
    is_due: bool = False
    started_at: str
    finished_at: str | None = None
    outputs: tuple[Hashed, ...] = ()

    @property
    def duration_seconds(self) -> float | None:
        """How long it took; None while it runs."""
        if self.finished_at is None:
            return None
        return (datetime.fromisoformat(self.finished_at) - datetime.fromisoformat(self.started_at)).total_seconds()

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> RunRecord:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            The text is no record.
        """
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("a record is an object")
        known = {each.name for each in fields(cls)}
        try:
            given = {name: value for name, value in content.items() if name in known}
            for name in ("inputs", "outputs"):
                given[name] = tuple(Hashed(**each) for each in given.get(name, ()))
            return cls(**given)
        except TypeError as error:
            raise ValueError(str(error)) from error


def record_in(folder: Path) -> RunRecord | None:
    """The record of the run that made the report in `folder`; None where there is none that can be read."""
    try:
        return RunRecord.from_json((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_record(begun: RunRecord, folder: Path) -> RunRecord:
    """Finish the record of a run with what stands in `folder`, and write it there.

    Raises
    ------
    OSError
    """
    made = tuple(Hashed.of(path, path.name) for path in sorted(folder.iterdir()))
    finished = replace(begun, outputs=made, finished_at=moment())
    (folder / RECORD).write_text(finished.to_json(), encoding="utf-8", newline="\n")
    return finished


def new_run_id() -> str:
    return uuid.uuid4().hex


def moment() -> str:
    """Now, as records write it: UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def package_versions() -> dict[str, str]:
    """The versions of Python, cxlib, and every package that cxlib needs at run time."""
    needed = {re.match(r"[A-Za-z0-9._-]+", line)[0] for line in _requirements() if "extra ==" not in line}
    versions = {"python": platform.python_version(), "cxlib": metadata.version("cxlib")}
    return versions | {name: metadata.version(name) for name in sorted(needed)}


def _requirements() -> Iterable[str]:
    return metadata.requires("cxlib") or ()
