"""How a text file was written: its encoding and its delimiter, found from its content."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass

from cxlib.errors import Problem, RefusedFileError

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_RECORDS = 100
SAMPLE_BYTES = 256 * 1024
_STEP_BYTES = 4 * 1024 * 1024

# UTF-32 is left out: nothing that exports tables writes it, and its mark begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a text file was written.

    `encoding` is the name shown in `study.sources`; `header` are the names in the first record, without space
    around them, as many as there are columns.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]


def decode_to_utf8(content: bytes, *, file: str, encoding: str | None = None) -> tuple[memoryview, str]:
    """The text of a file as UTF-8 without a byte order mark, and the name of the encoding that it had.

    A byte order mark decides; without one the file is UTF-8 where all of it is valid UTF-8, else Windows-1252.
    `encoding` overrides the guess.

    Raises
    ------
    RefusedFileError
        The bytes are not text in the encoding.
    """
    mark, shown, codec = next(
        ((mark, shown, codec) for mark, shown, codec in _MARKS if content.startswith(mark)), (b"", None, None)
    )
    if encoding is not None:
        asked = codecs.lookup(encoding).name
        if codec is not None and asked in (codec, "utf-8-sig", "utf-16"):
            asked = codec  # the mark is cut away below, and it knows the byte order
        else:
            mark = b""
        shown, codec = encoding, asked
    body = memoryview(content)[len(mark) :]
    if codec is None:
        if _is_utf8(body):
            return body, "utf-8"
        shown, codec = "cp1252", "cp1252"
    if codec == "utf-8":
        if _is_utf8(body):
            return body, shown
        raise RefusedFileError(
            Problem(file=file, reason="not valid UTF-8", allowed="set encoding of the table in study.toml")
        )
    return _transcode(body, codec, shown=shown, file=file), shown


def _is_utf8(body: memoryview) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), _STEP_BYTES):
            decoder.decode(body[start : start + _STEP_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _transcode(body: memoryview, codec: str, *, shown: str, file: str) -> memoryview:
    # In steps, so that the whole text is never held as a Python string too.
    decoder = codecs.getincrementaldecoder(codec)()
    text = io.BytesIO()
    start = 0
    try:
        for start in range(0, len(body), _STEP_BYTES):
            text.write(decoder.decode(body[start : start + _STEP_BYTES]).encode("utf-8"))
        text.write(decoder.decode(b"", final=True).encode("utf-8"))
    except UnicodeError as error:
        # An incremental decoder counts from what it kept of the step before, so the place is near, not exact.
        place = start + getattr(error, "start", 0)
        line = bytes(body[:place]).count(b"\n") + 1
        raise RefusedFileError(
            Problem(
                file=file,
                reason=f"byte {place + 1} (near line {line}) is not a character of {shown}",
                value=_hex_of(error),
                allowed="UTF-8, UTF-16 with a byte order mark, Windows-1252, or the encoding named in study.toml",
            )
        ) from error
    return text.getbuffer()


def _hex_of(error: UnicodeError) -> str | None:
    if isinstance(error, UnicodeDecodeError):
        return "0x" + bytes(error.object[error.start : error.end]).hex()
    return None


def find_dialect(text: memoryview, *, encoding: str, delimiter: str | None = None) -> tuple[memoryview, Dialect]:
    """The text from its header on, and its dialect.

    A first line `sep=;`, as Excel writes and obeys it, is cut away and decides. Otherwise each delimiter is tried
    on the first records, and the one that gives most records as many cells as the header wins, then the one
    that gives most cells.
    """
    told, text = _cut_sep_line(text)
    records = None
    if delimiter is None:
        delimiter = told
    if delimiter is None:
        sample = _sample(text)
        parsed = {candidate: _records(sample, candidate) for candidate in DELIMITERS}
        delimiter = max(DELIMITERS, key=lambda candidate: _fitness(parsed[candidate]))
        records = parsed[delimiter]
    if records is None:
        records = _records(_sample(text), delimiter)
    header = tuple(cell.strip() for cell in records[0]) if records else ()
    return text, Dialect(encoding=encoding, delimiter=delimiter, header=header)


def _cut_sep_line(text: memoryview) -> tuple[str | None, memoryview]:
    start = bytes(text[:16])
    line = start.split(b"\n", 1)[0]
    bare = line.rstrip(b"\r").strip(b'"')
    if b"\n" in start and bare.lower().startswith(b"sep=") and len(bare) == 5:
        return chr(bare[4]), text[len(line) + 1 :]
    return None, text


def _sample(text: memoryview) -> str:
    start = bytes(text[:SAMPLE_BYTES])
    if len(text) > SAMPLE_BYTES:
        start = start[: start.rfind(b"\n") + 1] or start
    return start.decode("utf-8", errors="ignore")  # a character may be cut in two at the end


def _records(sample: str, delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if record or not records:
                records.append(record)
            if len(records) > SAMPLE_RECORDS:
                break
    except csv.Error:  # a cell longer than the csv module takes; what came before it is enough
        pass
    return records


def _fitness(records: list[list[str]]) -> tuple[float, int]:
    if not records:
        return (0.0, 0)
    cells = Counter(len(record) for record in records)
    n_columns = len(records[0])
    share = cells[n_columns] / len(records)
    # A delimiter that splits nothing fits every file; it wins only where no other one fits at all.
    return (share, n_columns) if n_columns > 1 else (share - 1, 1)
