"""Encoding and delimiter, found from the bytes."""

from __future__ import annotations

import pytest

import cxlib.readers.dialect
from cxlib.errors import RefusedFileError
from cxlib.readers.dialect import decode_to_utf8, find_dialect

TEXT = "kund;ort\n1;Malmö\n2;Växjö\n"


def decoded(content: bytes, **options) -> tuple[str, str]:
    text, encoding = decode_to_utf8(content, file="f.csv", **options)
    return bytes(text).decode("utf-8"), encoding


def dialect_of(text: str, **options):
    return find_dialect(memoryview(text.encode("utf-8")), encoding="utf-8", **options)[1]


@pytest.mark.parametrize(
    ("written", "mark", "shown"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8-sig", b"", "utf-8-sig"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
        ("mac-roman", b"", "mac-roman"),
    ],
)
def test_encoding_is_found_and_text_comes_back(written, mark, shown):
    assert decoded(mark + TEXT.encode(written)) == (TEXT, shown)


def test_encoding_can_be_told():
    assert decoded("Malmö".encode("mac-roman"), encoding="mac-roman") == ("Malmö", "mac-roman")
    assert decoded(b"\xef\xbb\xbfabc", encoding="utf-8") == ("abc", "utf-8")
    assert decoded(b"\xff\xfea\x00", encoding="utf-16") == ("a", "utf-16")
    assert decoded(b"\x00a\x00b", encoding="utf-16") == ("ab", "utf-16")


def test_bytes_that_windows_1252_does_not_have_make_it_latin_1():
    assert decoded(b"kund\nMalm\xf6\n\x81\n") == ("kund\nMalmö\n\x81\n", "latin-1")
    with pytest.raises(RefusedFileError) as caught:
        decoded(b"kund\nMalm\xf6\n\x81\n", encoding="cp1252")
    assert "not a character of cp1252" in str(caught.value.problem)
    assert caught.value.problem.value == "0x81"
    assert "near line 3" in caught.value.problem.reason


def test_half_a_character_at_the_end_has_its_place():
    with pytest.raises(RefusedFileError, match=r"byte 7 \(near line 2\) is not a character of utf-16-le"):
        decoded(b"\xff\xfe" + "a\nb".encode("utf-16-le") + b"c")


def test_told_utf8_that_is_not_is_refused():
    with pytest.raises(RefusedFileError, match="not valid UTF-8"):
        decoded("Malmö".encode("cp1252"), encoding="utf-8")


def test_utf8_with_a_few_faults_is_refused_with_the_first_one():
    content = "kund\nMalmö\nVäxjö\n".encode() + b"Ume\xe5\n"
    with pytest.raises(RefusedFileError) as caught:
        decoded(content)
    problem = caught.value.problem
    assert "it is UTF-8 except at byte 24 in line 4" in problem.reason
    assert problem.value == "0xe5"
    assert "set encoding of the table in study.toml" in problem.allowed
    assert decoded(content, encoding="cp1252")[1] == "cp1252"


def test_a_file_in_two_encodings_is_refused_with_both_lines():
    content = "kund\nMalmö\n".encode() + "Örebro\nGävle\n".encode("cp1252")
    with pytest.raises(RefusedFileError, match="in two encodings: line 2 has 'ö' in UTF-8, and line 3 is no UTF-8"):
        decoded(content)
    assert decoded(content, encoding="cp1252")[1] == "cp1252"
    # What may stand behind a letter: closing quotes, a no-break space.
    assert decoded("ÇÃO É NÃO: SÃ” IRMÃ\u00a0SIM".encode("cp1252"))[1] == "cp1252"


def test_the_place_of_a_fault_is_exact_behind_the_first_step(monkeypatch):
    monkeypatch.setattr(cxlib.readers.dialect, "_STEP_BYTES", 5)
    with pytest.raises(RefusedFileError, match="at byte 13 in line 2"):
        decoded("ååååå\n".encode() + b"a\xe5\n")
    assert decoded("åååß”".encode("cp1252"))[1] == "cp1252"  # one letter, three faults
    assert decoded("ååååå\n".encode()) == ("ååååå\n", "utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(delimiter):
    assert dialect_of(delimiter.join("abc") + "\n" + delimiter.join("123") + "\n").delimiter == delimiter


def test_decimal_commas_do_not_make_the_comma_the_delimiter():
    found = dialect_of("a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n")
    assert (found.delimiter, found.header) == (";", ("a", "b", "c"))


def test_commas_and_line_breaks_in_quotes_do_not_count():
    assert dialect_of('a;b\n1;"x, y,\nz"\n2;"p, q"\n').delimiter == ";"


def test_a_single_column_is_not_split_at_its_decimal_commas():
    found = dialect_of("score\n3,5\n4,0\n")
    assert found.header == ("score",)
    assert found.delimiter != ","


def test_header_names_lose_the_space_around_them():
    assert dialect_of("NETPRO  , b\n1,2\n").header == ("NETPRO", "b")


def test_sep_line_is_obeyed_and_cut_away():
    text, found = find_dialect(memoryview(b"sep=|\r\na,b|c\r\n1|2\r\n"), encoding="utf-8")
    assert (found.delimiter, found.header) == ("|", ("a,b", "c"))
    assert bytes(text).startswith(b"a,b")


@pytest.mark.parametrize("line", [b"sep=;\n", b'"sep=;"\r\n', b"SEP=;\r"])
def test_sep_lines_as_programs_write_them(line):
    text, found = find_dialect(memoryview(line + b"a;b\n1;2\n"), encoding="utf-8")
    assert (bytes(text[:3]), found.delimiter, found.header_row) == (b"a;b", ";", 1)


@pytest.mark.parametrize("line", [b"sep=x\n", b"sep=;;\n", b"sep=\xc3\xa5\n", b"sep=\n", b"sep;b\n"])
def test_what_is_no_sep_line_is_a_row(line):
    assert bytes(find_dialect(memoryview(line + b"1;2\n"), encoding="utf-8")[0]).startswith(line)


def test_the_delimiter_that_stands_beside_the_quotes_wins():
    assert dialect_of('a;b\n1;"x,y"\n2;"z,w"\n3;"p,q"\n').delimiter == ";"
    assert dialect_of('a,b;c\n"1;0","2;5"\n').delimiter == ","
    assert dialect_of('id;size\n1;5" tv\n2;6" tv, new\n').delimiter == ";"  # inches stand beside nothing


def test_a_delimiter_at_the_end_of_each_row_does_not_choose_another():
    found = dialect_of("id,note\n1,Quick; friendly,\n2,Slow; 10 minutes,\n3,Fine; 2 calls,\n")
    assert (found.delimiter, found.header, found.header_row) == (",", ("id", "note"), 1)
    assert found.ends_with_delimiter


def test_told_delimiter_wins():
    assert dialect_of("a;b,c;d\n1;2,3;4\n", delimiter=",").header == ("a;b", "c;d")


EXCEL_FORMS = {
    "centrum2025_cp1252_semikolon_decimalkomma.csv": ("cp1252", ";"),
    "centrum2025_utf16le_tab_decimalkomma.txt": ("utf-16-le", "\t"),
    "centrum2025_utf8bom_semikolon_decimalkomma.csv": ("utf-8-sig", ";"),
}


@pytest.mark.parametrize(("name", "expected"), EXCEL_FORMS.items())
def test_swedish_excel_forms(shared_data, name, expected):
    content = (shared_data / "goteborg_forskoleenkat" / "derived_excel_sv" / name).read_bytes()
    text, encoding = decode_to_utf8(content, file=name)
    _, found = find_dialect(text, encoding=encoding)
    assert (found.encoding, found.delimiter) == expected
    assert found.header[:3] == ("år", "område", "enhet")


def test_a_german_office_file(shared_data):
    content = (shared_data / "german_cp1252" / "publictr.csv").read_bytes()
    text, encoding = decode_to_utf8(content, file="publictr.csv")
    _, found = find_dialect(text, encoding=encoding)
    assert (found.encoding, found.delimiter, len(found.header)) == ("cp1252", ";", 20)
    assert "Straßenbahnen".encode() in bytes(text)


def test_a_comma_within_names_and_numbers_does_not_part_cells():
    text = "id;Pris, kr;Vikt, kg\n1;4,5;3,2\n2;5,5;3,1\n"
    _, dialect = find_dialect(memoryview(text.encode()), encoding="utf-8")
    assert (dialect.delimiter, dialect.header) == (";", ("id", "Pris, kr", "Vikt, kg"))


def test_spaces_behind_commas_do_not_keep_them_from_parting_words_or_spaced_numbers():
    for text in ("id, name, town\na, Bo, Ystad\nb, Li, Lund\n", "id, x, y\n1, 2, 3\n4, 5, 6\n"):
        assert find_dialect(memoryview(text.encode()), encoding="utf-8")[1].delimiter == ","
