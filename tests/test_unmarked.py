"""Encodings that a file says nothing of: which letters are the likelier ones."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.readers.dialect import decode_to_utf8
from cxlib.readers.unmarked import control_share, one_byte_encoding, utf16_order

WORDS = [
    "Malmö",
    "Växjö",
    "räksmörgås",
    "Älmhult",
    "ÖREBRO",
    "VÄSTERÅS",
    "på kafé",
    "“Hej”",
    "nöjd – mycket",
    "bra…",
    "München",
    "Straße",
    "garçon",
    "São Paulo",
    "Bjørn",
    "don’t",
    "5 % å 12 kr",
]


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman"])
@pytest.mark.parametrize("word", WORDS)
def test_one_word_is_enough(word, encoding):
    assert one_byte_encoding(memoryview(f"kund;ort\n1;{word}\n".encode(encoding))) == encoding


@pytest.mark.parametrize("word", ["10–12", "50 €", "€50", "1\u00a0234", "50 °C", "½ liter", "§ 5", "cœur"])
def test_signs_alone_are_those_of_windows(word):
    assert one_byte_encoding(memoryview(word.encode("cp1252"))) == "cp1252"


def test_latin_1_only_where_windows_has_no_such_byte():
    assert one_byte_encoding(memoryview("Malmö\x85, \x81Växjö".encode("latin-1"))) == "latin-1"
    assert one_byte_encoding(memoryview("Malmö, Växjö".encode("latin-1"))) == "cp1252"  # the same bytes
    assert one_byte_encoding(memoryview("Åre och Åmål".encode("mac-roman"))) == "mac-roman"  # Å is 0x81 there


def test_letters_at_the_edges_of_the_file_and_no_letter_at_all():
    assert one_byte_encoding(memoryview("ö".encode("cp1252") + b"a")) == "cp1252"
    assert one_byte_encoding(memoryview("aö".encode("mac-roman"))) == "mac-roman"
    assert one_byte_encoding(memoryview(b"abc")) == "cp1252"


@given(
    words=st.lists(st.sampled_from(WORDS[:9]), min_size=2, max_size=30),
    separator=st.sampled_from([";", ",", "\n", " ", "\t"]),
    encoding=st.sampled_from(["cp1252", "mac-roman", "utf-8", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-16"]),
)
def test_swedish_words_come_back_from_every_encoding(words, separator, encoding):
    text = separator.join(words)
    decoded, _ = decode_to_utf8(text.encode(encoding), file="f.csv")
    assert bytes(decoded).decode() == text


def test_the_order_of_utf_16():
    text = "ort – pris 5 €\n"
    assert utf16_order(memoryview(text.encode("utf-16-le"))) == "utf-16-le"
    assert utf16_order(memoryview(text.encode("utf-16-be"))) == "utf-16-be"
    for other in (b"", b"a", b"ab", b"\x00\x00", text.encode("utf-32-le"), text.encode("utf-16-le") + b"a"):
        assert utf16_order(memoryview(other)) is None


def test_control_signs_are_counted():
    assert control_share(memoryview(b"a\tb\r\n")) == 0
    assert control_share(memoryview(b"\x00a\x01b")) == 0.5
    assert control_share(memoryview(b"")) == 0


def lines_beyond_ascii(shared_data) -> list[str]:
    """Swedish, Portuguese, French and German lines of real files, in the two encodings' common letters."""
    units = (shared_data / "goteborg_forskoleenkat" / "enheter_per_ar.csv").read_text(encoding="utf-8")
    reviews = (shared_data / "olist" / "olist_order_reviews_dataset.csv").read_text(encoding="utf-8")
    providers = (shared_data / "limesurvey" / "export_1.csv").read_text(encoding="utf-8")
    taxes = (shared_data / "german_cp1252" / "publictr.csv").read_text(encoding="cp1252")
    lines = [line for text in (units, reviews, providers, taxes) for line in text.splitlines() if not line.isascii()]
    return list(dict.fromkeys(lines))[::4]


@pytest.mark.parametrize(("encoding", "share"), [("cp1252", 0.98), ("mac-roman", 0.95)])
def test_single_lines_of_real_files_come_back(shared_data, encoding, share):
    n_lines = n_right = 0
    for line in lines_beyond_ascii(shared_data):
        try:
            content = line.encode(encoding)
        except UnicodeEncodeError:
            continue
        n_lines += 1
        n_right += content.decode(one_byte_encoding(memoryview(content)), errors="replace") == line
    assert n_lines > 1500
    assert n_right / n_lines > share  # one line; a file of such lines has thousands of them


# What each file is, as its bytes say: by hand, from a hex dump.
ENCODINGS = {
    "german_cp1252/publictr.csv": "cp1252",
    "goteborg_forskoleenkat/derived_excel_sv/centrum2025_cp1252_semikolon_decimalkomma.csv": "cp1252",
    "goteborg_forskoleenkat/derived_excel_sv/centrum2025_utf16le_tab_decimalkomma.txt": "utf-16-le",
    "goteborg_forskoleenkat/derived_excel_sv/centrum2025_utf8bom_semikolon_decimalkomma.csv": "utf-8-sig",
    "surveymonkey/StarWars.csv": "mac-roman",
    "qualtrics/Multiple_Answer_Matrix_Questions__Multiple_Answer_Matrix_Questions.csv": "utf-8-sig",
    "qualtrics/No_Basis_for_Evaluation__No_Basis_for_Evaluation_(Legacy).csv": "utf-8-sig",
    "qualtrics/Single_Answer_Multiple_Choice_Questions__Single_Answer_MC_Questions.csv": "utf-8-sig",
    "qualtrics/ropensci__sample_legacy.csv": "utf-8-sig",
}


def test_every_real_file_has_its_encoding(shared_data):
    found = {}
    for path in sorted(shared_data.rglob("*")):
        if path.suffix in (".csv", ".gz") or "_decimalkomma" in path.name:
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            found[str(path.relative_to(shared_data))] = decode_to_utf8(content, file=path.name)[1]
    assert len(found) > 25
    assert {name: encoding for name, encoding in found.items() if encoding != "utf-8"} == ENCODINGS
