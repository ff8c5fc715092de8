"""A text cut at ends of records: no piece begins within a cell, nothing is lost, and rows keep their numbers."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.readers import pieces, read_table
from cxlib.readers.pieces import cut_at_records


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE_BYTES", 8)
    monkeypatch.setattr(pieces, "_WINDOW_BYTES", 3)


def cut(text: str) -> list[str]:
    return [bytes(piece).decode() for piece in cut_at_records(memoryview(text.encode()), quoted='"' in text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("a,b\n", ["a,b\n"]),
        ("a,b\n1,2\n3,4\n5,6\n7", ["a,b\n1,2\n3,4\n", "5,6\n7"]),
        ('a\n"1\n2\n3\n4\n"\n5\n', ['a\n"1\n2\n3\n4\n"\n', "5\n"]),
        ('a\n"1""\n""3\n4"\n5\n', ['a\n"1""\n""3\n4"\n', "5\n"]),
        ("a\r1\r2\r3\r4\r5\r6\r", ["a\r1\r2\r3\r4\r5\r6\r"]),
        ("a\r\n1\r\n2\r\n3\r\n4\r\n", ["a\r\n1\r\n2\r\n", "3\r\n4\r\n"]),
        ('a\n"123456789\n123456789\n', ['a\n"123456789\n123456789\n']),  # never closed
    ],
)
def test_where_a_text_is_cut(text, expected):
    assert cut(text) == expected


CELLS = st.text(st.sampled_from('ab,;"\n '), max_size=6)


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=12),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_table_read_in_pieces_is_the_table(tmp_path_factory, rows, line_end):
    """The records of the csv module, those with another number of cells than the header apart."""
    rows = [["x", "y", "z"], *rows]
    written = io.StringIO()
    csv.writer(written, lineterminator=line_end).writerows([["one", "two", "three"], *rows])
    path = tmp_path_factory.mktemp("pieces") / "t.csv"
    path.write_bytes(written.getvalue().encode())
    raw = read_table(path, delimiter=",", header_row=1)
    numbered = list(enumerate(rows, start=2))
    good = [(row, [cell or None for cell in cells]) for row, cells in numbered if len(cells) == 3 and any(cells)]
    bad = [(row, f"has {len(cells)} cells, the header has 3") for row, cells in numbered if len(cells) != 3]
    found = [list(record.values()) for record in raw.cells.to_pylist()]
    assert list(zip(raw.rows.tolist(), found, strict=True)) == good
    assert [(row.row, row.reason) for row in raw.malformed] == bad
    assert raw.n_blank == sum(len(cells) == 3 and not any(cells) for cells in rows)
    with_breaks = {at for _, cells in good for at, cell in enumerate(cells) if cell and "\n" in cell}
    assert set(raw.with_line_breaks) == with_breaks


def test_letters_after_a_closing_quote_are_found_in_any_piece(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + 20 * '1,"x"\n' + '2,"x"y\n' + 20 * '3,"x\nx"\n')
    raw = read_table(path)
    assert [(bad.row, bad.text) for bad in raw.malformed] == [(22, '2,"x"y')]
    assert raw.rows.tolist() == [*range(2, 22), *range(23, 43)]
    assert raw.with_line_breaks == (1,)
