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

import cxlib.readers.quotes
from cxlib import cells
from cxlib.errors import RefusedFileError
from cxlib.readers import read_table
from cxlib.readers.quotes import examine_quotes, well_formed


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
    assert [(bad.row, bad.text, bad.reason) for bad in raw.malformed] == [
        (3, "2", "has 1 cells, the header has 2"),
        (4, "3,4,5", "has 3 cells, the header has 2"),
    ]
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
        (b" ;;\n;;\n", "row 1: the row of the header is blank or not there"),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:25], "broken gzip"),
        (b"\x1f\x8b\x08nonsense", "broken gzip"),
        (b"PAR1nonsense", "broken Parquet"),
        (b"PK\x03\x04rest", "a workbook or an archive.*save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook or an archive"),
        ("a,b\n1,2\n3".encode("utf-16-le")[:-1], "is not text: byte 2 is zero"),
        (b"a,b\n1,\x00\n2,3\n", "is not text: byte 7 is zero"),
        (bytes(range(1, 256)), "is not text: too many of its bytes are control signs"),
        ("a,b\n1,2\n".encode("utf-32"), "is not text: byte .* is zero"),
        ("a,b\n1,2\n".encode("utf-32-be"), "is not text: byte 1 is zero"),
        (b'a,"b\n1,2\n', "row 1: a quote that is opened here is never closed"),
        (b'a,b\n1,"x\n2,"y"\n3,"z', "row 3: a quote that is opened here is never closed"),
        (b'a,b\n1,"x\n2,y\n3,z\n', "never closed"),
        (b'a,b,c\n1,2,3\n1,"x\n2,y\n3,z\n', "row 3: a quote that is opened here is never closed"),
    ],
)
def test_files_that_are_no_tables_are_refused(read, content, reason):
    with pytest.raises(RefusedFileError, match=reason):
        read(content)


def test_a_stray_quote_is_part_of_its_cell(read):
    assert rows_of(read('a,b\n1,5" screen\n2,y\n')) == [("1", '5" screen'), ("2", "y")]


def test_letters_after_a_closing_quote_make_a_malformed_row(read):
    raw = read('a,b,c\n1,"ab"cd,x\n2,"ab" ,x\n3,""y"",x\n4,"say ""hi"", do",x\n5,"p\n6,"q",x\n7,r,x\n')
    assert [(bad.row, bad.text) for bad in raw.malformed] == [
        (2, '1,"ab"cd,x'),
        (4, '3,""y"",x'),
        (6, '5,"p\n6,"q",x'),
    ]
    assert raw.malformed[0].reason.startswith("has letters after a closing quote")
    assert [row[0] for row in rows_of(raw)] == ["2", "4", "7"]
    assert raw.rows.tolist() == [3, 5, 7]
    assert raw.n_read == 6


def test_a_quote_that_swallows_very_much_is_named(read):
    much = "2,x\n" * 2_000_000
    assert [bad.row for bad in read('a,b\n1,"x\n' + much + '3,"y"\n').malformed] == [2]
    with pytest.raises(RefusedFileError, match="row 2: a quote that is opened here is never closed"):
        read('a,b\n1,"x\n' + much)


@given(text=st.text(st.sampled_from('ab"",\n'), max_size=20))
def test_quotes_are_judged_as_a_strict_reader_does(text):
    try:
        list(csv.reader(io.StringIO(text, newline=""), strict=True))
        good = True
    except csv.Error:
        good = False
    content = memoryview(text.encode())
    quotes = examine_quotes(content, ",")
    assert good == (not quotes.stray and quotes.open_row is None)
    assert good or not well_formed(content, ",")  # quotes within a cell without quotes are good, and looked at closely


def test_quotes_are_followed_from_block_to_block(monkeypatch):
    monkeypatch.setattr(cxlib.readers.quotes, "_STEP_BYTES", 3)
    assert well_formed(memoryview(b'"ab","c""d"\n"e","f\ng"\n'), ",")
    assert not well_formed(memoryview(b'"ab","c""d"\n"e","f\ng\n'), ",")
    assert not well_formed(memoryview(b'"ab","c"d"\n"e","f\ng"\n'), ",")


@pytest.mark.parametrize("rows", ["1,2,\n3,4,\n", "1,2,\n\n3,4,\n", '"x, y","p\nq",\n'])
def test_a_delimiter_at_the_end_of_each_row_but_not_of_the_header_does_no_harm(read, rows):
    raw = read("a,b\n" + rows)
    assert raw.header == ("a", "b")
    assert not raw.malformed and len(rows_of(raw)) == rows.count(",\n")


def test_a_cell_too_many_that_is_not_always_empty_is_one_too_many(read):
    assert len(read("a,b\n1,2,\n3,4,5\n").malformed) == 2
    assert len(read("a,b\n" + "1,2,\n" * 200 + "3,4,5\n").malformed) == 201
    assert len(read("a,b\n" + "1,2,\n" * 200 + "3,4\n").malformed) == 200


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


def test_a_parquet_column_of_lists_is_null_and_named(tmp_path):
    pa.parquet.write_table(pa.table({"a": [[{"b": 1}]], "c": ["x"]}), tmp_path / "t.parquet")
    raw = read_table(tmp_path / "t.parquet")
    assert rows_of(raw) == [(None, "x")]
    assert list(raw.unreadable) == [0] and raw.unreadable[0].startswith("list")


def test_parquet_names_that_come_twice_are_left_to_the_contract(tmp_path):
    pa.parquet.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").header == ("a", "a")


def test_an_empty_parquet_row_is_blank_like_one_of_a_csv(tmp_path):
    table = pa.table({"a": pa.array([1.0, float("nan"), 3.0]), "b": pa.array([[1], None, None])})
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    raw = read_table(tmp_path / "t.parquet")
    assert (raw.rows.tolist(), raw.n_read, raw.n_blank) == ([2, 4], 2, 1)


def test_whole_floating_numbers_are_written_as_such(tmp_path):
    table = pa.table({"a": [1e15, 2.0**53 - 1, 2.0**53, 0.5, None], "b": pa.array([1, 2**24, 3, 4, 5], pa.float32())})
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    raw = read_table(tmp_path / "t.parquet")
    assert [row[0] for row in rows_of(raw)][:2] == ["1000000000000000", "9007199254740991"]
    assert raw.inexact[0].tolist() == [False, False, True, True, False]
    assert raw.inexact[1].tolist() == [False, True, False, False, False]


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
    assert cells.decimal_commas(mean) == (True, None)
    _, failed = cells.numbers(mean, decimal=",")
    assert not failed.any()


def test_line_breaks_inside_reviews_are_not_rows(shared_data):
    raw = read_table(shared_data / "olist" / "olist_order_reviews_dataset.csv")
    assert (raw.n_read, len(raw.malformed)) == (8225, 0)  # 8,884 lines of text
