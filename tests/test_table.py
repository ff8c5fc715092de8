"""Table files as text: every record is a row, a malformed one or blank, with its spreadsheet number."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib import cells
from cxlib.errors import RefusedFileError
from cxlib.readers import read_table


@pytest.fixture
def read(tmp_path):
    def read(content: bytes | str, name: str = "t.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return read_table(path, **options)

    return read


def rows_of(raw) -> list[tuple]:
    return list(zip(*(column.to_pylist() for column in raw.cells.columns), strict=True))


def test_everything_is_text(read):
    raw = read("id,score\n007,4.50\n008,\n")
    assert raw.header == ("id", "score")
    assert rows_of(raw) == [("007", "4.50"), ("008", None)]
    assert raw.rows.tolist() == [2, 3]
    assert raw.n_read == 2


def test_rows_with_the_wrong_number_of_cells_keep_their_numbers(read):
    raw = read('a,b\n1,"x\ny"\n2\n3,4,5\n6,7\n')
    assert raw.rows.tolist() == [2, 5]
    assert [(bad.row, bad.n_cells, bad.text) for bad in raw.malformed] == [(3, 1, "2"), (4, 3, "3,4,5")]
    assert raw.n_read == 4


def test_blank_records_are_no_rows_but_count_in_the_numbers(read):
    raw = read("a;b\n1;2\n\n;\n3;4\n\n")
    assert raw.rows.tolist() == [2, 5]
    assert (raw.n_read, raw.n_blank) == (2, 3)


def test_header_only_has_no_rows(read):
    raw = read("a,b\n")
    assert (raw.header, raw.n_read) == (("a", "b"), 0)
    assert read("a,b").n_read == 0


def test_gzip_is_known_by_its_content_and_hashed_as_it_lies_there(read):
    packed = gzip.compress(b"a,b\n1,2\n")
    raw = read(packed, name="t.csv")
    assert rows_of(raw) == [("1", "2")]
    assert raw.sha256 == hashlib.sha256(packed).hexdigest()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (b"\na,b\n1,2\n", "the first line is blank"),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:25], "broken gzip"),
        (b"\x1f\x8b\x08nonsense", "broken gzip"),
        (b"PAR1nonsense", "broken Parquet"),
        (b"PK\x03\x04rest", "a workbook or an archive"),
        (b'a,b\n1,"x\n2,y\n3,z\n', "never closed"),
        (b'a,b,c\n1,2,3\n1,"x\n2,y\n3,z\n', "row 3: a quote that is opened here is never closed"),
    ],
)
def test_files_that_are_no_tables_are_refused(read, content, reason):
    with pytest.raises(RefusedFileError, match=reason):
        read(content)


def test_a_stray_quote_is_part_of_its_cell(read):
    assert rows_of(read('a,b\n1,5" screen\n2,y\n')) == [("1", '5" screen'), ("2", "y")]


def test_typed_parquet_becomes_text(tmp_path):
    table = pa.table(
        {
            "id": pa.array([7.0, None]),  # what pandas makes of whole numbers with a gap
            "count": pa.array([1, 2]),
            "price": pa.array([Decimal("2.50"), None]),
            "day": pa.array([date(2026, 10, 3), None]),
            "at": pa.array([datetime(2026, 10, 3, 14, 5), None], pa.timestamp("ns", "Europe/Stockholm")),
            "name": pa.array(["x", ""]).dictionary_encode(),
            "ok": pa.array([True, None]),
        }
    )
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    raw = read_table(tmp_path / "t.parquet")
    first, second = rows_of(raw)
    assert first == ("7", "1", "2.50", "2026-10-03", "2026-10-03 16:05:00.000000+0200", "x", "true")
    assert second == (None, "2", None, None, None, None, None)
    assert raw.typed_numbers == {0, 1, 2}
    assert (raw.encoding, raw.delimiter) == (None, None)
    assert raw.rows.tolist() == [2, 3]


def test_parquet_with_lists_in_cells_is_refused(tmp_path):
    pa.parquet.write_table(pa.table({"a": [[{"b": 1}]]}), tmp_path / "t.parquet")
    with pytest.raises(RefusedFileError, match="column a: holds values of the type list"):
        read_table(tmp_path / "t.parquet")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(RefusedFileError, match="cannot be read"):
        read_table(tmp_path)


# Delimiters, quotes and line breaks inside cells are fair play. All of the letters are in cp1252.
CELLS = st.text(st.sampled_from('abåÄé€01,;|\t"\n .-'), max_size=6)
WIDTHS = st.integers(min_value=2, max_value=4)


@given(
    rows=WIDTHS.flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8)),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_comes_back(tmp_path_factory, rows, delimiter, encoding, quoting, line_end):
    width = len(rows[0]) if rows else 2
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    writer.writerow([f"column_{position}" for position in range(width)])
    writer.writerows(rows)
    path = tmp_path_factory.mktemp("round") / "t.csv"
    path.write_bytes(written.getvalue().encode(encoding))
    raw = read_table(path, delimiter=delimiter, encoding="cp1252" if encoding == "cp1252" else None)
    expected = [(number, tuple(cell or None for cell in row)) for number, row in enumerate(rows, start=2) if any(row)]
    assert list(zip(raw.rows.tolist(), rows_of(raw), strict=True)) == expected
    assert raw.n_blank == len(rows) - len(expected)
    assert not raw.malformed


def test_three_excel_forms_of_one_table_hold_the_same_cells(shared_data):
    folder = shared_data / "goteborg_forskoleenkat" / "derived_excel_sv"
    raws = [read_table(path) for path in sorted(folder.iterdir())]
    assert [raw.n_read for raw in raws] == [2604, 2604, 2604]
    assert raws[0].header == raws[1].header == raws[2].header
    assert raws[0].cells.equals(raws[1].cells) and raws[0].cells.equals(raws[2].cells)
    mean = raws[0].cells.column(raws[0].header.index("medel_enhet"))
    assert cells.has_decimal_comma(mean)
    _, failed = cells.numbers(mean, decimal=",")
    assert not failed.any()


def test_line_breaks_inside_reviews_are_not_rows(shared_data):
    raw = read_table(shared_data / "olist" / "olist_order_reviews_dataset.csv")
    assert (raw.n_read, len(raw.malformed)) == (8225, 0)  # 8,884 lines of text
