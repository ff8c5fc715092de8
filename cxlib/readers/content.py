"""The bytes of a table's file: read whole and unchanged, and only where they can be a table."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from cxlib.errors import Problem, RefusedFileError
from cxlib.readers.memory import room

LONGEST_LINE_BYTES = 4 * 1024 * 1024
"""A longer line is no row of a table (a spreadsheet's cell ends at 32,767 letters). The CSV reader takes no longer
record either."""

PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"
_STEP_BYTES = 1024 * 1024
_MARK = b"\xef\xbb\xbf"
_WORKBOOK = "is a workbook or an archive, not a table"
_KINDS = (
    (b"PK\x03\x04", _WORKBOOK),
    (b"\xd0\xcf\x11\xe0", _WORKBOOK),  # .xls
    (b"\x89PNG\r\n\x1a\n", "is a picture (PNG), not a table"),
    (b"\xff\xd8\xff", "is a picture (JPEG), not a table"),
    (b"GIF8", "is a picture (GIF), not a table"),
    (b"%PDF-", "is a PDF, not a table"),
    (b"{\\rtf", "is a text document (RTF), not a table"),
    (b"SQLite format 3\0", "is a database (SQLite), not a table"),
    (b"$FL2@(#)", "is an SPSS file, not a table"),
    (b"$FL3@(#)", "is an SPSS file, not a table"),
    (b"<stata_dta>", "is a Stata file, not a table"),
    (b"\x28\xb5\x2f\xfd", "is packed by zstd, not a table"),
    (b"\xfd7zXZ\0", "is packed by xz, not a table"),
    (b"7z\xbc\xaf\x27\x1c", "is packed by 7-Zip, not a table"),
    (_GZIP, "is packed by gzip twice"),
)
_MARKUP = re.compile(rb"\s*<(?:!doctype\s+html|html|\?xml)[\s>]", re.IGNORECASE)
_SAVE_AS = "save it as CSV (.csv, .csv.gz) or .parquet"


def read_content(path: Path, *, file: str) -> tuple[memoryview, Future[str]]:
    """The content of a file, unpacked where it is gzipped, and the sha256 of the bytes as they lie on disk.

    The sha256 is worked out beside the reading; while it is not done, it holds the bytes.

    A file with an endless line is refused before it has filled the memory, packed or not.

    Parameters
    ----------
    path : Path
    file : str
        The name shown to the user.

    Raises
    ------
    RefusedFileError
        The file cannot be read, changes while it is read, is a broken gzip file, holds something that is known to be
        no table, or has too long a line.
    """
    digest = hashlib.sha256()
    hashing = ThreadPoolExecutor(1)
    try:
        with path.open("rb") as source:
            before = size, _ = _state(source)
            content = room(size)
            n_read = source.readinto(content[:LONGEST_LINE_BYTES])
            hashing.submit(digest.update, content[:n_read])
            start = bytes(content[:n_read])
            packed = start.startswith(_GZIP)
            lines = _Lines(file) if not packed and _may_be_text(start, file) else None
            if lines:
                lines.take(start)
            # No further than its size: a log that grows faster than it is read would have no end.
            while n_read < size and (n_more := source.readinto(content[n_read : n_read + _STEP_BYTES])):
                step = content[n_read : n_read + n_more]
                hashing.submit(digest.update, step)
                if lines:
                    lines.take(bytes(step))
                n_read += n_more
            changed = _state(source) != before or n_read != size or bool(source.read(1))
    except OSError as error:
        raise RefusedFileError(Problem(file=file, reason=f"cannot be read ({error.strerror})")) from error
    finally:
        sha256 = hashing.submit(digest.hexdigest)
        hashing.shutdown(wait=False)  # it ends with its work
    if changed:
        raise RefusedFileError(Problem(file=file, reason="changed while it was read; try again"))
    return (memoryview(_unpack(content, file)) if packed else content), sha256


def _state(source: io.BufferedReader) -> tuple[int, int]:
    state = os.fstat(source.fileno())
    return state.st_size, state.st_mtime_ns


def _unpack(content: memoryview, file: str) -> bytes:
    pieces: list[bytes] = []
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            pieces.append(packed.read(LONGEST_LINE_BYTES))
            lines = _Lines(file) if _may_be_text(pieces[0], file) else None
            if lines:
                lines.take(pieces[0])
            while piece := packed.read(_STEP_BYTES):
                if lines:
                    lines.take(piece)
                pieces.append(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RefusedFileError(Problem(file=file, reason=f"is a broken gzip file ({error})")) from error
    return b"".join(pieces)


def _may_be_text(start: bytes, file: str) -> bool:
    """Whether a file that begins so is text; False for a Parquet file. What is known to be neither is refused."""
    if start.startswith(PARQUET):
        return False
    reason = next((reason for mark, reason in _KINDS if start.startswith(mark)), None)
    if reason is None and _MARKUP.match(start.removeprefix(_MARK)):
        reason = "is a web page or XML, not a table, whatever its name says"
    if reason is not None:
        raise RefusedFileError(Problem(file=file, reason=reason, allowed=_SAVE_AS))
    return True


class _Lines:
    """Refuses a line that is too long while the pieces of a file come in."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.n_taken = 0
        self.line_begins = 0

    def take(self, piece: bytes) -> None:
        end = b"\n" if b"\n" in piece else b"\r"
        first = piece.find(end)
        if self.n_taken + (first if first >= 0 else len(piece)) - self.line_begins > LONGEST_LINE_BYTES:
            size = f"{LONGEST_LINE_BYTES / 2**20:g} MB"
            reason = f"the line that begins at byte {self.line_begins + 1:,} is longer than {size}"
            allowed = "a line break after each row; no row of a table is so long"
            raise RefusedFileError(Problem(file=self.file, reason=reason, allowed=allowed))
        if first >= 0:
            self.line_begins = self.n_taken + piece.rfind(end) + 1
        self.n_taken += len(piece)
