"""Ways to break a file: what disks, programs, people and mail do to it, and what nobody would."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable

DELIMITERS = (b",", b";", b"\t", b"|")
ENCODINGS = (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "cp1252",
    "mac-roman",
    "latin-1",
    "cp437",
    "utf-7",
)
ODD_CELLS = (
    b"", b" ", b'"', b'""', b'"""', b"''", b"\\", b"\r", b"\n", b"\r\n", b"\x00", b"\x1a", b"\xef\xbb\xbf", b"\xff",
    b"\xc3", b"nan", b"NaN", b"inf", b"-inf", b"1e999", b"-0", b"1,5", b"1.000,5", b"1 000", b"1e-400", b"0x1F",
    b"9" * 40, b"NULL", b"true", b"2026-02-30", b"0000-01-01", b"9999-12-31", b"10000-01-01", b"1900-01-01T00:00",
    b"2026-03-29 02:30", b"2026-10-25 02:30:00", b"2026-10-03T10:00+99:99", b"31/12/2026", b"12/31/26", b"24:00",
    b"=cmd|' /C calc'!A0", b"sep=;", b"\xe2\x80\xae", b"a\xcc\x81" * 50, b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80", b"{rows}",
)  # fmt: skip

Mutation = Callable[[random.Random, bytes], bytes]


def flip_bytes(rng: random.Random, content: bytes) -> bytes:
    broken = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5, 50)) if broken else 0):
        broken[rng.randrange(len(broken))] = rng.randrange(256)
    return bytes(broken)


def flip_bits(rng: random.Random, content: bytes) -> bytes:
    broken = bytearray(content)
    for _ in range(rng.choice((1, 2, 5)) if broken else 0):
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
    return bytes(broken)


def delete_bytes(rng: random.Random, content: bytes) -> bytes:
    start, end = _slice(rng, content)
    return content[:start] + content[end:]


def insert_bytes(rng: random.Random, content: bytes) -> bytes:
    return _inserted(rng, content, rng.randbytes(rng.choice((1, 2, 8, 200))))


def repeat_bytes(rng: random.Random, content: bytes) -> bytes:
    start, end = _slice(rng, content)
    return content[:end] + content[start:end] * rng.choice((1, 2, 20)) + content[end:]


def truncate(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def lose_beginning(rng: random.Random, content: bytes) -> bytes:
    return content[rng.randrange(len(content) + 1) :]


def double_lines(rng: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    for _ in range(rng.choice((1, 3, 10)) if lines else 0):
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return b"".join(lines)


def delete_lines(rng: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    for _ in range(rng.choice((1, 3, 10))):
        if lines:
            del lines[rng.randrange(min(len(lines), rng.choice((1, len(lines)))))]
    return b"".join(lines)


def shuffle_lines(rng: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines)


def join_lines(rng: random.Random, content: bytes) -> bytes:
    ends = [match.start() for match in re.finditer(rb"\n", content)]
    for at in sorted(rng.sample(ends, min(len(ends), rng.choice((1, 3)))), reverse=True):
        content = content[:at] + content[at + 1 :]
    return content


def swap_delimiters(rng: random.Random, content: bytes) -> bytes:
    old, new = rng.sample(DELIMITERS, 2)
    return content.replace(old, new, rng.choice((-1, -1, 1, 10)))


def insert_delimiters(rng: random.Random, content: bytes) -> bytes:
    return _inserted(rng, content, rng.choice(DELIMITERS) * rng.choice((1, 2, 30)))


def insert_quotes(rng: random.Random, content: bytes) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 3, 20))):
        content = _inserted(rng, content, rng.choice((b'"', b'"', b'""', b'"\n', b',"', b"'")))
    return content


def delete_quotes(rng: random.Random, content: bytes) -> bytes:
    return content.replace(b'"', b"", rng.choice((-1, 1, 3)))


def insert_zeros(rng: random.Random, content: bytes) -> bytes:
    return _inserted(rng, content, bytes(rng.choice((1, 2, 512))))


def encode_anew(rng: random.Random, content: bytes) -> bytes:
    text = content.decode("utf-8", errors="replace")
    return text.encode(rng.choice(ENCODINGS), errors="replace")


def encode_partly(rng: random.Random, content: bytes) -> bytes:
    place = rng.randrange(len(content) + 1)
    return content[:place] + encode_anew(rng, content[place:])


def encode_twice(rng: random.Random, content: bytes) -> bytes:
    return content.decode("latin-1").encode("utf-8")


def change_line_ends(rng: random.Random, content: bytes) -> bytes:
    plain = content.replace(b"\r\n", b"\n")
    return plain.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b"\r\r\n", b"\n\r", b"\x0b", b"\xc2\x85")))


def fill_cell(rng: random.Random, content: bytes) -> bytes:
    """Odd things in the place of a few cells."""
    cells = list(re.finditer(rb"(?<=[,;\t|\n])[^,;\t|\n]*", content))
    for cell in sorted(rng.sample(cells, min(len(cells), rng.choice((1, 3, 10)))), key=lambda m: -m.start()):
        content = content[: cell.start()] + rng.choice(ODD_CELLS) + content[cell.end() :]
    return content


def huge_cell(rng: random.Random, content: bytes) -> bytes:
    piece = rng.choice((b"x", b"9", b"\xc3\xa5", b" ", b'""', b"a\n", b"a,", b"\n"))
    return _inserted(rng, content, piece * rng.choice((10_000, 200_000, 2_000_000)))


def swap_columns(rng: random.Random, content: bytes) -> bytes:
    """Two columns change places, in all lines or only below the header."""
    delimiter = max(DELIMITERS, key=content[:2000].count)
    lines = content.split(b"\n")
    n_columns = lines[0].count(delimiter) + 1
    if n_columns < 2:
        return content
    one, two = rng.sample(range(n_columns), 2)
    for at in range(rng.choice((0, 1)), len(lines)):
        cells = lines[at].split(delimiter)
        if len(cells) == n_columns:
            cells[one], cells[two] = cells[two], cells[one]
            lines[at] = delimiter.join(cells)
    return b"\n".join(lines)


def break_header(rng: random.Random, content: bytes) -> bytes:
    header, end, rest = content.partition(b"\n")
    broken = rng.choice((header.upper(), header * 2, header[::-1], b"", header.replace(b"_", b" "), b"#" + header))
    return broken + end + rest


def put_above(rng: random.Random, content: bytes) -> bytes:
    above = rng.choice(
        (b"sep=;\n", b"sep=,\n", b"\n\n", b"A title\n\n", b"# comment\n", b"\xef\xbb\xbf", b'"Report";;\n')
    )
    return above + content


def put_below(rng: random.Random, content: bytes) -> bytes:
    return content + rng.choice((b"\x1a", b"\n\n\n", b'"', b"Total;5\n", b"\n(42 rows affected)\n", b"\x00", b"\r"))


def cut_gzip(rng: random.Random, content: bytes) -> bytes:
    packed = gzip.compress(content, compresslevel=1, mtime=0)
    return rng.choice((truncate, flip_bits, delete_bytes, insert_bytes))(rng, packed)


def pack(rng: random.Random, content: bytes) -> bytes:
    packed = gzip.compress(content, compresslevel=1, mtime=0)
    return packed * rng.choice((1, 1, 2))


def pretend(rng: random.Random, content: bytes) -> bytes:
    """The first bytes of another format in front."""
    marks = (
        b"PAR1",
        b"PK\x03\x04",
        b"%PDF-",
        b"\x1f\x8b",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xfe",
        b"\xfe\xff",
        b"<html>",
        b"{",
    )
    return rng.choice(marks) + content


def _slice(rng: random.Random, content: bytes) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, min(len(content), start + rng.choice((1, 1, 4, 40, 1000)))


def _inserted(rng: random.Random, content: bytes, piece: bytes) -> bytes:
    place = rng.randrange(len(content) + 1)
    return content[:place] + piece + content[place:]


MUTATIONS: dict[str, Mutation] = {
    mutation.__name__.replace("_", " "): mutation
    for mutation in (
        flip_bytes, flip_bits, delete_bytes, insert_bytes, repeat_bytes, truncate, lose_beginning, double_lines,
        delete_lines, shuffle_lines, join_lines, swap_delimiters, insert_delimiters, insert_quotes, delete_quotes,
        insert_zeros, encode_anew, encode_partly, encode_twice, change_line_ends, fill_cell, huge_cell, swap_columns,
        break_header, put_above, put_below, cut_gzip, pack, pretend,
    )
}  # fmt: skip
