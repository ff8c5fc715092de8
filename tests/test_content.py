"""What is read of a file, and what is refused before it fills the memory."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import tracemalloc
from pathlib import Path

import pytest

from cxlib.errors import RefusedFileError
from cxlib.readers import content as reader
from cxlib.readers.content import LONGEST_LINE_BYTES, read_content

MB = 1024 * 1024


@pytest.fixture
def read(tmp_path):
    def read(content: bytes) -> tuple[bytes, str]:
        path = tmp_path / "t.csv"
        path.write_bytes(content)
        found, sha256 = read_content(path, file="t.csv")
        return bytes(found), sha256.result()

    return read


def refusal(read, content: bytes) -> str:
    with pytest.raises(RefusedFileError) as caught:
        read(content)
    return caught.value.problem.reason


def test_the_content_is_unpacked_and_hashed_as_it_lies_there(read):
    assert read(b"a,b\n") == (b"a,b\n", hashlib.sha256(b"a,b\n").hexdigest())
    packed = gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n")  # gzip files may be joined
    assert read(packed) == (b"a,b\n1,2\n", hashlib.sha256(packed).hexdigest())


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a picture (PNG), not a table"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "is a picture (JPEG), not a table"),
        (b"%PDF-1.7\n1 0 obj", "is a PDF, not a table"),
        (b"PK\x03\x04\x14\0", "is a workbook or an archive, not a table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is a workbook or an archive, not a table"),
        (b"SQLite format 3\0", "is a database (SQLite), not a table"),
        (b"\xef\xbb\xbf \n<!DOCTYPE HTML>", "is a web page or XML, not a table, whatever its name says"),
        (b'<?xml version="1.0"?>', "is a web page or XML, not a table, whatever its name says"),
        (gzip.compress(b"a,b\n"), "is packed by gzip twice"),
    ],
    ids=lambda value: str(value)[:14],
)
def test_what_is_known_to_be_no_table_is_named_packed_or_not(read, start, reason):
    if "gzip" not in reason:
        assert refusal(read, start) == reason
    assert refusal(read, gzip.compress(start)) == reason


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_a_line_may_be_as_long_as_allowed_and_no_longer(read, monkeypatch, pack, end):
    monkeypatch.setattr(reader, "LONGEST_LINE_BYTES", 100)
    monkeypatch.setattr(reader, "_STEP_BYTES", 7)
    good = 3 * (b"a" * 90 + end) + b"b" * 90
    assert read(pack(good))[0] == good
    assert refusal(read, pack(good + b"b" * 20)) == f"the line that begins at byte 274 is longer than {100 / MB:g} MB"
    assert refusal(read, pack(b"x" * 120)) == f"the line that begins at byte 1 is longer than {100 / MB:g} MB"


@pytest.mark.parametrize("header", ["", "customer_id,occurred_at,touchpoint\n"])
def test_a_gigabyte_without_a_line_break_is_refused_without_filling_the_memory(tmp_path, header):
    path = tmp_path / "t.csv"
    with path.open("wb") as file:  # a sparse file: it takes no room on the disk
        file.write(header.encode())
        file.truncate(1024 * MB)
    tracemalloc.start()
    try:
        with pytest.raises(RefusedFileError, match=f"begins at byte {len(header) + 1} is longer than 4 MB"):
            read_content(path, file="t.csv")
        assert tracemalloc.get_traced_memory()[1] < 16 * MB
    finally:
        tracemalloc.stop()


def test_a_small_file_that_unpacks_into_one_endless_line_is_refused_without_filling_the_memory(tmp_path):
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        file.write(b"a,b\n")
        for _ in range(32):
            file.write(bytes(MB).replace(b"\0", b"x"))
    path = tmp_path / "t.csv.gz"
    path.write_bytes(packed.getvalue())
    tracemalloc.start()
    try:
        with pytest.raises(RefusedFileError, match="begins at byte 5 is longer than 4 MB"):
            read_content(path, file="t.csv.gz")
        assert tracemalloc.get_traced_memory()[1] < 16 * MB
    finally:
        tracemalloc.stop()


def test_a_parquet_file_has_no_lines(read):
    content = b"PAR1" + bytes(LONGEST_LINE_BYTES + 2 * MB)
    assert read(content)[0] == content


@pytest.mark.parametrize("end", [0, 40, -10])
def test_a_truncated_gzip_is_a_broken_one(read, end):
    whole = gzip.compress(random.Random(1).randbytes(200).hex().encode())
    assert "is a broken gzip file" in refusal(read, whole[: end or 12])


@pytest.mark.parametrize("change", ["append", "shorten", "rewrite"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, change):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,2\n")
    opened = Path.open

    class Changing:
        """Somebody else writes into the file after its first bytes were read."""

        def __init__(self, source):
            self.source = source

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.source.close()

        def __getattr__(self, name):
            return getattr(self.source, name)

        def readinto(self, room):
            found = self.source.readinto(room)
            if change == "append":
                with opened(path, "ab") as other:
                    other.write(b"3,4\n")
            elif change == "shorten":
                os.truncate(path, 4)
            else:
                with opened(path, "r+b") as other:
                    other.write(b"a,c\n")
                os.utime(path, ns=(1, 1))  # a clock that is too coarse would hide it
            return found

    monkeypatch.setattr(Path, "open", lambda path, *options: Changing(opened(path, *options)))
    with pytest.raises(RefusedFileError, match=r"t\.csv: changed while it was read; try again"):
        read_content(path, file="t.csv")
