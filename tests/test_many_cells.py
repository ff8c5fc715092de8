"""Very many cells: the fast ways give what the slow ones give, whatever lies beside what."""

from __future__ import annotations

import threading
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib import cells, many_cells
from cxlib.many_cells import chosen, empty_cells, rises
from cxlib.side_by_side import side_by_side

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def text(*chunks: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(chunk, pa.large_string()) for chunk in chunks], pa.large_string())


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    """A handful of cells takes every way that millions take."""
    monkeypatch.setattr(many_cells, "_CELLS_AT_ONCE", 4)
    monkeypatch.setattr(many_cells, "_CELLS_WITH_AN_ODD_ONE", 2)


def in_chunks(written: list[str | None], sizes: list[int]) -> pa.ChunkedArray:
    """The cells in chunks of these sizes, over and over; the first cell is cut away, so that nothing begins at 0."""
    whole = pa.array(["x y", *written], pa.large_string()).slice(1)
    chunks, begin = [], 0
    while begin < len(whole):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(whole.slice(begin, size))
        begin += size
    return pa.chunked_array(chunks, pa.large_string())


NUMBERS = ["1", "-2.5", "3,5", "1e3", "nan", "inf", "1 000", "\u22124", "1.2.3", "n/a", "x", "é", "1e999", None]
TIMES = [
    "2026-10-03",
    "2026-10-03 14:05:06",
    "2026-10-25 02:30",
    "2026-03-29 02:30",
    "2026-10-03T14:05Z",
    "2026-10-03 14",
    "2026-02-30",
    "0000-01-01",
    "2026-13-01 10:00:00",
    "soon",
    "",
    None,
]
SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=3)


@given(written=st.lists(st.sampled_from(NUMBERS), max_size=30), sizes=SIZES, decimal=st.sampled_from(".,"))
def test_a_number_is_the_same_whatever_lies_beside_it(written, sizes, decimal):
    alone = [cells.numbers(text([cell]), decimal=decimal) for cell in written]
    values, failed = cells.numbers(in_chunks(written, sizes), decimal=decimal)
    np.testing.assert_array_equal(values, np.array([value[0] for value, _ in alone], dtype="float64"))
    np.testing.assert_array_equal(failed, np.array([bad[0] for _, bad in alone], dtype=bool))


@given(written=st.lists(st.sampled_from(TIMES).filter(lambda cell: cell != ""), max_size=30), sizes=SIZES)
def test_a_time_is_the_same_whatever_lies_beside_it(written, sizes):
    for read in (cells.timestamps, cells.dates):
        alone = [read(text([cell]), STOCKHOLM) for cell in written]
        values, failed = read(in_chunks(written, sizes), STOCKHOLM)
        assert values.dtype == read(text([None]), STOCKHOLM)[0].dtype
        assert [None if pd.isna(value) else value for value in values] == [
            None if pd.isna(value[0]) else value[0] for value, _ in alone
        ]
        np.testing.assert_array_equal(failed, np.array([bad[0] for _, bad in alone], dtype=bool))


@given(written=st.lists(st.text(" ab\u00a0\tå", max_size=4) | st.none(), max_size=20), sizes=SIZES)
def test_trimmed_is_what_python_strips(written, sizes):
    expected = [None if cell is None else cell.strip() or None for cell in written]
    # An empty text is no cell of a raw table: there it is null.
    written = [cell or None for cell in written]
    assert cells.trimmed(in_chunks(written, sizes)).to_pylist() == expected


@given(written=st.lists(st.sampled_from(["a", "b", "c", None]), max_size=20), sizes=SIZES)
def test_positions_are_those_in_the_list(written, sizes):
    expected = [-1 if cell not in ("b", "a") else ("b", "a").index(cell) for cell in written]
    assert cells.positions(in_chunks(written, sizes), ("b", "a")).tolist() == expected


@given(written=st.lists(st.text("ab", min_size=1, max_size=2), max_size=12), sizes=SIZES)
def test_what_rises_is_sorted_and_comes_once(written, sizes):
    assert rises(in_chunks(written, sizes)) == (written == sorted(set(written)))


def test_cells_with_an_empty_one_do_not_rise():
    assert not rises(text(["a", None, "b"]))
    assert rises(text([])) and rises(text(["a"], ["b"]))
    assert not rises(text(["a", "b"], ["b", "c"]))


@given(marked=st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.booleans()), max_size=20), sizes=SIZES)
def test_chosen_are_those_that_are_marked(marked, sizes):
    found = chosen(in_chunks([cell for cell, _ in marked], sizes), np.array([mark for _, mark in marked], dtype=bool))
    assert found.to_pylist() == [cell for cell, mark in marked if mark]
    assert found.type == pa.large_string()


@pytest.mark.parametrize("n_cells", [0, 3, 4, 9])
def test_empty_cells(n_cells):
    assert empty_cells(n_cells).to_pylist() == [None] * n_cells


def test_side_by_side_keeps_the_order_and_hands_on_an_error():
    meeting = threading.Barrier(2, timeout=10)
    assert side_by_side(lambda number: number * number, range(100)) == [number * number for number in range(100)]
    assert side_by_side(str, []) == []

    def refuse(number: int) -> int:
        if number == 7:
            raise ValueError("seven")
        return number

    with pytest.raises(ValueError, match="seven"):
        side_by_side(refuse, range(20))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cxlib.side_by_side.cores", lambda: 2)
        assert sorted(side_by_side(lambda _: meeting.wait(), "ab")) == [0, 1]  # each waits for the other
