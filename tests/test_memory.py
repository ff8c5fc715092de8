"""Memory that goes back while a file is parsed: only what was named, only in whole pages, and nothing else breaks."""

from __future__ import annotations

import mmap
import sys

import numpy as np
import pytest

from cxlib.readers import read_table
from cxlib.readers.memory import give_back, room

PAGE = mmap.PAGESIZE
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes pages back at once")


@on_linux
@pytest.mark.parametrize(
    ("begin", "end", "lost"),
    [
        (0, 3 * PAGE, (0, 3 * PAGE)),
        (1, 3 * PAGE, (PAGE, 3 * PAGE)),
        (PAGE, 3 * PAGE - 1, (PAGE, 2 * PAGE)),
        (1, PAGE, None),
        (PAGE + 1, 2 * PAGE + 5, None),
    ],
)
def test_whole_pages_of_the_part_go_and_nothing_else(begin, end, lost):
    whole = room(4 * PAGE)
    whole[:] = b"x" * len(whole)
    give_back(whole[begin:end])
    expected = np.full(4 * PAGE, ord("x"), dtype=np.uint8)
    if lost:
        expected[slice(*lost)] = 0
    np.testing.assert_array_equal(np.frombuffer(whole, dtype=np.uint8), expected)


def test_other_memory_stays_as_it_is():
    for part in (memoryview(b"x" * 3 * PAGE), memoryview(bytearray(b"x" * 3 * PAGE)), room(0)):
        give_back(part)
        assert bytes(part) == b"x" * len(part)


def test_room_is_zero_and_can_be_written():
    part = room(PAGE + 1)
    assert bytes(part) == bytes(PAGE + 1)
    part[-1:] = b"x"
    assert bytes(part[PAGE:]) == b"x"


def test_a_table_of_many_pieces_is_whole_although_its_bytes_went_back(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f"{row},{'y' * 90}\n" for row in range(120_000)))
    raw = read_table(path)
    assert raw.cells.column(0).to_pylist() == [str(row) for row in range(120_000)]
    assert set(raw.cells.column(1).to_pylist()) == {"y" * 90}
    assert (raw.n_read, raw.malformed) == (120_000, ())
