"""Where a report's files come to stand: built aside, put in place in one step, mended after a crash.

In the folder that holds the reports:

- `NAME/PERIOD…/` are finished reports, and nothing else is ever seen there;
- `.building/NAME+PERIOD…/` belongs to a run: `new/` is what it makes, `old/` what it replaces where the system
  cannot exchange the two in one step;
- `.building/NAME+PERIOD….lock` is locked (flock) while the run lives. The system lets go of a lock when its
  process ends in whatever way, so a lock that can be had marks a leftover, with no guessing about process ids.
  The empty lock files stay: a lock file that is removed can be locked by two at once;
- `.failed/NAME-PERIOD…/` holds the notebook of a run that failed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cxlib.errors import ParameterError
from cxlib.reporting.exchange import exchange
from cxlib.reporting.failures import AlreadyThereError, BusyError, reason_of

LONGEST_SLUG = 60
"""Bytes, not letters: file systems count those, and a name with a study, a segment and their hashes stays under the
usual 255."""


PATIENCE_SECONDS = 1.0
"""How long a run waits for its place: whoever clears away a killed run's leftovers holds it for a moment."""


@dataclass(frozen=True, kw_only=True)
class ReportFolder:
    """The place of one report: `root/report/name`."""

    root: Path
    report: str
    name: str
    refuse_other: Callable[[Path], None] = lambda there: None
    """Raises ParameterError where the report that stands there answers another question."""

    def __post_init__(self) -> None:
        for part in (self.report, self.name):
            if part in ("", ".", "..") or part.startswith(".") or "/" in part or "\\" in part or "\0" in part:
                raise ParameterError(f"{part!r} cannot be the name of a report's folder")

    @property
    def target(self) -> Path:
        return self.root / self.report / self.name

    @property
    def aside(self) -> Path:
        return self.root / ".building" / f"{self.report}+{self.name}"

    @property
    def key(self) -> str:
        """How the history calls the place: "monthly/2026-10"."""
        return f"{self.report}/{self.name}"

    @property
    def failed(self) -> Path:
        return self.root / ".failed" / f"{self.report}-{self.name}"

    def refuse_existing(self, *, again: bool) -> None:
        """Refuse to make a report that is there already, unless it is the same one and to be made again.

        Raises
        ------
        ParameterError
        """
        if not self.target.exists():
            return
        self.refuse_other(self.target)
        if not again:
            raise AlreadyThereError(f"{self.target} is there already; to replace it, add --again")

    @contextmanager
    def building(self, *, again: bool) -> Iterator[Path]:
        """A new empty folder to build in; it becomes `target` when the block ends without an error.

        Leftovers of runs that were killed are mended first. After an error, and after Ctrl-C, nothing is left
        and an older report stands as it stood.

        Raises
        ------
        ParameterError
            The report is there already and `again` is False, or it answers another question, or nothing can be
            written there.
        BusyError
            Another run is making the same report.
        """
        self.refuse_unusable()
        with _lock(self.aside, patience_seconds=PATIENCE_SECONDS) as locked:
            if not locked:
                raise BusyError(f"another run is making {self.target} at this moment; wait until it is done")
            _mend(self)
            _mend_others(self.root, besides=self.aside)
            self.refuse_existing(again=again)
            new = self.aside / "new"
            new.mkdir(parents=True)
            try:
                yield new
                for path in (*new.iterdir(), new):
                    _sync(path)
                (self.aside / "complete").touch()
                _put_in_place(self)
                _sync(self.target.parent)
            finally:
                _mend(self)

    @contextmanager
    def unless_busy(self) -> Iterator[bool]:
        """Whether no run is making the report; no run can begin until the block ends, and leftovers are mended."""
        if not self.aside.with_name(self.aside.name + ".lock").exists():
            yield True  # no run ever began here
            return
        with _lock(self.aside) as locked:
            if locked:
                _mend(self)
            yield locked

    def refuse_unusable(self) -> None:
        """Make what the report needs around it, before anybody waits for the report itself.

        Raises
        ------
        ParameterError
        """
        try:
            for folder in (self.aside.parent, self.target.parent):
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):
                    pass
        except OSError as error:
            raise ParameterError(f"the folder for reports, {self.root}, cannot be used: {reason_of(error)}") from error

    def keep_failed(self, name: str, content: str) -> Path:
        """Keep a file of a failed run apart, in place of the last failure's."""
        self.failed.mkdir(parents=True, exist_ok=True)
        path = self.failed / name
        path.write_text(content, encoding="utf-8")
        return path

    def forget_failed(self) -> None:
        """Remove what an earlier failure of the same report left."""
        shutil.rmtree(self.failed, ignore_errors=True)


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk: what stands in place outlives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put_in_place(folder: ReportFolder) -> None:
    """The finished `new/` becomes the target, and what stood there comes aside.

    Where the system cannot exchange the two in one step, a process that is killed between two leaves what `_mend`
    can finish.
    """
    new = folder.aside / "new"
    if folder.target.exists():
        if exchange(new, folder.target):
            return
        folder.target.rename(folder.aside / "old")
    new.rename(folder.target)


def _mend(folder: ReportFolder) -> None:
    """Finish or undo what a run left at `folder.aside`, whose lock the caller holds.

    `complete` says that `new/` is whole. With it and the target away, the run stopped between its two renames:
    the second one is made up for. Without it, an `old/` goes back to where it stood.
    """
    if not folder.aside.is_dir():
        return
    new, old = folder.aside / "new", folder.aside / "old"
    if old.is_dir() and not folder.target.exists():
        folder.target.parent.mkdir(parents=True, exist_ok=True)
        (new if new.is_dir() and (folder.aside / "complete").exists() else old).rename(folder.target)
    shutil.rmtree(folder.aside)


def _mend_others(root: Path, *, besides: Path) -> None:
    for aside in sorted((root / ".building").iterdir()):
        report, separator, name = aside.name.partition("+")
        if aside == besides or not separator or not aside.is_dir():
            continue
        with _lock(aside) as locked:
            if locked:
                _mend(ReportFolder(root=root, report=report, name=name))


@contextmanager
def _lock(aside: Path, *, patience_seconds: float = 0) -> Iterator[bool]:
    """Whether the lock of `aside` could be had, if need be after a while; it is held until the block ends."""
    descriptor = os.open(aside.with_name(aside.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    deadline = time.monotonic() + patience_seconds
    try:
        while not (is_locked := _try_lock(descriptor)) and time.monotonic() < deadline:
            time.sleep(0.05)
        yield is_locked
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def folder_name(
    period: str,
    *,
    study: str | None = None,
    segment: str | None = None,
    segments: Iterable[str] = (),
    language: str | None = None,
) -> str:
    """The name of a report's folder: its period, and whatever sets it apart from the usual report.

    Parts are joined by `_`, which no part contains, so that two different reports have two names.

    Parameters
    ----------
    period : str
    study, segment, language : str, optional
        Given where they are not the usual ones.
    segments : iterable of str
        All segments of the study: two whose names would be written alike are told apart by a hash.

    Examples
    --------
    >>> folder_name("2026-10")
    '2026-10'
    >>> folder_name("2026-10", segment="Små hus", language="sv")
    '2026-10_segment-små-hus_sv'
    >>> folder_name("2026-10", study="../../etc")
    '2026-10_study-etc'
    """
    parts = [period]
    if study is not None:
        parts.append(f"study-{_slug(study)}")
    if segment is not None:
        twins = [other for other in segments if other != segment and _slug(other) == _slug(segment)]
        parts.append(f"segment-{_slug(segment, exact=bool(twins))}")
    if language is not None:
        parts.append(language)
    return "_".join(parts)


def _slug(text: str, *, exact: bool = False) -> str:
    """Small letters, digits and hyphens (Swedish letters too), so that no text can leave the folder."""
    letters = unicodedata.normalize("NFC", text).lower()
    slug = "-".join("".join(letter if letter.isalnum() else " " for letter in letters).split())
    encoded = slug.encode()
    if exact or not slug or len(encoded) > LONGEST_SLUG:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        slug = f"{encoded[:LONGEST_SLUG].decode(errors='ignore')}-{digest}".lstrip("-")
    return slug
