"""How a text file was written: its encoding and its delimiter, found from its content."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cxlib.errors import Problem, RefusedFileError
from cxlib.readers.header_row import MOST_LINES_ABOVE, header_position
from cxlib.readers.quotes import well_formed
from cxlib.readers.unmarked import control_share, one_byte_encoding, utf16_order

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_RECORDS = 100
SAMPLE_BYTES = 256 * 1024
_STEP_BYTES = 4 * 1024 * 1024
_MOST_CONTROLS_SHARE = 0.01
_SEP_LINE = re.compile(rb'"?sep=([^\w"\r\n\x80-\xff])"?(?:\r\n|\n|\r)', re.IGNORECASE)
_UTF8_LETTER = re.compile(rb"\xc3[\x84-\x8f\x96\x98\x9c\x9f\xa1-\xaa\xac-\xb6\xb8-\xba\xbc-\xbf]")
"""A letter of western Europe in UTF-8. In a one-byte encoding it would be Ã or √ and a sign that follows neither:
without the quotes, spaces and hyphens that may."""

_BEYOND_ASCII = bytes(range(0x80, 0x100))

# UTF-32 is left out: nothing that exports tables writes it. Its mark begins like that of UTF-16; the zero bytes tell.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a text file was written.

    `encoding` is the name shown in `study.sources`; `header` are the names in the record of the spreadsheet's row
    `header_row`, without space around them, as many as there are columns; it is empty where the file has no such
    row. `ends_with_delimiter`: each of the first rows, but not the header, has an empty cell more than there are
    columns.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_row: int = 1
    ends_with_delimiter: bool = False


def decode_to_utf8(content: bytes | memoryview, *, file: str, encoding: str | None = None) -> tuple[memoryview, str]:
    """The text of a file as UTF-8 without a byte order mark, and the name of the encoding that it had.

    A byte order mark decides. Without one the file is UTF-16 where every second byte is zero as a rule, UTF-8 where
    all of it is valid UTF-8, and else Windows-1252, Mac Roman or Latin-1, whichever gives the likeliest letters.
    `encoding` overrides the guess.

    Raises
    ------
    RefusedFileError
        The bytes are not text in the encoding, are UTF-8 with a few faults, hold a zero byte, or are not text at all.
    """
    content = memoryview(content)
    mark, shown, codec = next(
        ((mark, shown, codec) for mark, shown, codec in _MARKS if content[: len(mark)] == mark), (b"", None, None)
    )
    if encoding is not None:
        asked = codecs.lookup(encoding).name
        if codec is not None and asked in (codec, "utf-8-sig", "utf-16"):
            asked = codec  # the mark is cut away below, and it knows the byte order
        else:
            mark = b""
            if asked == "utf-16":
                asked = utf16_order(content) or asked
        shown, codec = encoding, asked
    body = content[len(mark) :]
    if codec is None:
        shown = codec = utf16_order(body)
    if codec in (None, "utf-8"):
        _refuse_zero_bytes(body, file)
        fault = _first_fault(body)
        if fault is None:
            return body, shown or "utf-8"
        if codec == "utf-8" or _is_mostly_utf8(body):
            line = bytes(body[:fault]).count(b"\n") + 1
            value = f"0x{body[fault]:02x}"
            reason = f"not valid UTF-8: it is UTF-8 except at byte {fault + 1} in line {line}, and perhaps later"
            allowed = "UTF-8 throughout, or set encoding of the table in study.toml (cx survey: --encoding)"
            raise RefusedFileError(Problem(file=file, reason=reason, value=value, allowed=allowed))
        _refuse_control_signs(body, file)
        _refuse_mixture(body, fault, file)
        shown = codec = one_byte_encoding(body)
    text = _transcode(body, codec, shown=shown, file=file)
    _refuse_zero_bytes(text, file)
    return text, shown


def _refuse_zero_bytes(body: memoryview, file: str) -> None:
    for start in range(0, len(body), _STEP_BYTES):
        step = body[start : start + _STEP_BYTES]
        if not np.frombuffer(step, dtype=np.uint8).min():
            place = bytes(step).find(0)
            reason = f"is not text: byte {start + place + 1} is zero, as in UTF-32 or in no text at all"
            allowed = "UTF-8, UTF-16, or the encoding told in study.toml (cx survey: --encoding)"
            raise RefusedFileError(Problem(file=file, reason=reason, allowed=allowed))


def _refuse_control_signs(body: memoryview, file: str) -> None:
    # In a one-byte encoding everything is a letter, so that pictures and programs would be text too.
    if control_share(body) > _MOST_CONTROLS_SHARE:
        reason = "is not text: too many of its bytes are control signs"
        raise RefusedFileError(Problem(file=file, reason=reason, allowed="a table as CSV (.csv, .csv.gz) or .parquet"))


def _refuse_mixture(body: memoryview, fault: int, file: str) -> None:
    # Files of several programs put behind one another: read in one encoding, Malmö becomes MalmÃ¶ in some rows.
    found = _UTF8_LETTER.search(body)
    if found is None:
        return
    line, other = (bytes(body[:place]).count(b"\n") + 1 for place in (found.start(), fault))
    reason = f"is in two encodings: line {line} has {found[0].decode()!r} in UTF-8, and line {other} is no UTF-8"
    allowed = "one encoding throughout, or set encoding of the table in study.toml (cx survey: --encoding)"
    raise RefusedFileError(Problem(file=file, reason=reason, allowed=allowed))


def _first_fault(body: memoryview) -> int | None:
    """Where the first byte lies that is not UTF-8."""
    if _is_utf8(body):
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    end = 0
    try:
        for start in range(0, len(body), _STEP_BYTES):
            end = min(start + _STEP_BYTES, len(body))
            decoder.decode(body[start:end])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return end - len(error.object) + error.start  # it also holds what the step before left over
    return None


def _is_utf8(body: memoryview) -> bool:
    # As one cell that Arrow takes for text: ten times as fast as decoding it.
    edges = pa.py_buffer(np.array([0, len(body)]))
    cell = pa.Array.from_buffers(pa.large_binary(), 1, [None, edges, pa.py_buffer(body)])
    try:
        cell.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _is_mostly_utf8(body: memoryview) -> bool:
    """Whether letters beyond ASCII that are valid UTF-8 outnumber the bytes that are not."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
    n_letters = n_valid_bytes = n_ascii = 0
    for start in range(0, len(body) or 1, _STEP_BYTES):
        piece = bytes(body[start : start + _STEP_BYTES])
        text = decoder.decode(piece, final=start + _STEP_BYTES >= len(body))
        n_letters += len(text)
        n_valid_bytes += len(text.encode("utf-8"))
        n_ascii += len(piece.translate(None, _BEYOND_ASCII))
    return n_letters - n_ascii > len(body) - n_valid_bytes


def _transcode(body: memoryview, codec: str, *, shown: str, file: str) -> memoryview:
    # In steps, so that the whole text is never held as a Python string too.
    decoder = codecs.getincrementaldecoder(codec)()
    text = io.BytesIO()
    end = 0
    try:
        for start in range(0, len(body), _STEP_BYTES):
            end = min(start + _STEP_BYTES, len(body))
            text.write(decoder.decode(body[start:end]).encode("utf-8"))
        text.write(decoder.decode(b"", final=True).encode("utf-8"))
    except UnicodeError as error:
        # The object of the error holds what the step before left over; a rare codec gives none, and the step must do.
        decoding = isinstance(error, UnicodeDecodeError)
        place = end - len(error.object) + error.start if decoding else end
        line = bytes(body[:place]).count(b"\n") + 1
        raise RefusedFileError(
            Problem(
                file=file,
                reason=f"byte {place + 1} (near line {line}) is not a character of {shown}",
                value=_hex_of(error),
                allowed="UTF-8, UTF-16, Windows-1252, Mac Roman, Latin-1, or the encoding told in study.toml "
                "(cx survey: --encoding)",
            )
        ) from error
    return text.getbuffer()


def _hex_of(error: UnicodeError) -> str | None:
    if isinstance(error, UnicodeDecodeError):
        return "0x" + bytes(error.object[error.start : error.end]).hex()
    return None


def find_dialect(
    text: memoryview, *, encoding: str, delimiter: str | None = None, header_row: int | None = None
) -> tuple[memoryview, Dialect]:
    """The text from its header on, and its dialect.

    A first line `sep=;`, as Excel writes and obeys it, is cut away and decides. Otherwise each delimiter is tried
    on the first records: the one that stands beside the quotes wins, then the one that gives most records as many
    cells as the header (or all of them an empty one more), then the one that gives most cells. Lines above the header
    are cut away too. `delimiter` and `header_row` override the guess.
    """
    told, text = _cut_sep_line(text)
    candidates = DELIMITERS if delimiter is None and told is None else (delimiter or told,)
    sample = _sample(text)
    # Each as the one that it would be: with its own records, and its own header among them.
    parsed = {candidate: _Records(sample, candidate, header_row) for candidate in candidates}
    delimiter = max(candidates, key=lambda candidate: parsed[candidate].fitness)
    records = parsed[delimiter]
    header = tuple(unicodedata.normalize("NFC", cell.strip()) for cell in records.header)
    return text[records.n_bytes_above :], Dialect(
        encoding=encoding,
        delimiter=delimiter,
        header=header,
        header_row=records.header_row,
        ends_with_delimiter=records.end_with_delimiter,
    )


def _cut_sep_line(text: memoryview) -> tuple[str | None, memoryview]:
    line = _SEP_LINE.match(bytes(text[:16]))
    return (line[1].decode("ascii"), text[line.end() :]) if line else (None, text)


def _sample(text: memoryview) -> str:
    start = bytes(text[:SAMPLE_BYTES])
    if len(text) > SAMPLE_BYTES:
        start = start[: start.rfind(b"\n") + 1] or start
    return start.decode("utf-8", errors="ignore")  # a character may be cut in two at the end


class _Records:
    """The first records of a text, split at a delimiter: the header, and the first rows that are not blank lines."""

    def __init__(self, sample: str, delimiter: str, header_row: int | None) -> None:
        records, n_lines = _split(sample, delimiter, n_records=SAMPLE_RECORDS + (header_row or MOST_LINES_ABOVE))
        place = header_position(records) if header_row is None else header_row - 1
        self.header_row = place + 1
        self.header = records[place] if place < len(records) else []
        self.rows = [record for record in records[place + 1 :] if record][:SAMPLE_RECORDS]
        self.quotes_fit = well_formed(memoryview(sample.encode("utf-8")), delimiter)
        above = itertools.islice(io.StringIO(sample, newline=""), n_lines[place - 1] if 0 < place < len(records) else 0)
        self.n_bytes_above = sum(len(line.encode("utf-8")) for line in above)

    @property
    def end_with_delimiter(self) -> bool:
        """Whether each row, but not the header, has an empty cell more than there are columns."""
        n_cells = len(self.header) + 1
        return bool(self.rows) and all(len(record) == n_cells and not record[-1] for record in self.rows)

    @property
    def fitness(self) -> tuple[bool, float, bool, bool, int]:
        n_columns = len(self.header)
        n_cells = n_columns + self.end_with_delimiter
        share = (1 + sum(len(record) == n_cells for record in self.rows)) / (1 + len(self.rows))
        # A delimiter that splits nothing fits every file; it wins only where no other one fits at all.
        share = share if n_columns > 1 else share - 1
        return (self.quotes_fit, share, self.header_row == 1, not self._parts_numbers(), n_columns)

    def _parts_numbers(self) -> bool:
        """Whether a name begins with a space where cells on both sides of the sign are digits: "Pris, kr" over 4,5."""
        parted = [at for at, name in enumerate(self.header) if at and name[:1] == " "]
        return any(
            len(record) > at and record[at - 1][-1:].isdigit() and record[at][:1].isdigit()
            for at in parted
            for record in self.rows
        )


def _split(sample: str, delimiter: str, *, n_records: int) -> tuple[list[list[str]], list[int]]:
    """Records, blank ones too, and the number of lines that end with each."""
    records, n_lines = [], []
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        for record in itertools.islice(reader, n_records):
            records.append(record)
            n_lines.append(reader.line_num)
    except csv.Error:  # a cell longer than the csv module takes; what came before it is enough
        pass
    return records, n_lines
