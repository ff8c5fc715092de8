"""Which record is the header: titles, days and blank lines above it are told from a table that merely looks odd."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxlib.errors import RefusedFileError
from cxlib.readers import read_table
from cxlib.readers.header_row import header_position

ROWS = [["1", "köp", "4"], ["2", "faktura", "3"]]
NAMES = ["kund", "beröringspunkt", "betyg"]


@pytest.mark.parametrize(
    "above",
    [
        [["Svar, oktober 2026"]],
        [["Svar", "", ""]],  # as Excel pads it
        [["Svar"], ["Skapad", "2026-11-01"], []],
        [["Svar", "", ""], ["", "", ""]],
        [["# made by hand, at night, for fun"], ["# 3"]],
        [["// made by hand"]],
        [[]],
        [["", "", ""], ["Svar"]],
        [[f"rad {number}"] for number in range(30)],
    ],
)
def test_what_stands_above_is_found(above):
    assert header_position([*above, NAMES, *ROWS]) == len(above)


@pytest.mark.parametrize(
    "records",
    [
        [NAMES, *ROWS],
        [NAMES],
        [["betyg"], ["4"], ["3,5"]],
        [["kommentar"], ["Bra", " men dyrt"], ["Ok", " men sent"]],  # commas in text that nobody quoted
        [["kund", "betyg"], ["1", "3", "5"], ["2", "4", "5"]],  # decimal commas that nobody quoted
        [["kund", "betyg"], ["1", "4", ""], ["2", "3", ""]],  # a delimiter at the end of each row
        [["namn", "telefon"], ["Bo", "okänt", ""], ["Eva", "08-123", ""], ["Ida", "08-444", ""]],
        [["namn", ""], ["Bo", "1"], ["Eva", "2"]],  # a column without a name
        [["", "a"], ["0", "x"], ["1", "y"]],  # the row numbers that pandas writes
        [["Id", "Which?", "", ""], ["", "Part I", "Part II", "Part III"], ["1", "a 1", "", "b 2"]],  # two header rows
        [["Id", "Which?", "", ""], ["", "Response", "Response", "x"], ["1", "a", "", "b"]],
        [["titel"], ["namn", "ort"], ["Bo", "Umeå"], ["Eva", "Malmö"]],  # all words: study.toml has to say it
        [*([f"rad {number}"] for number in range(31)), NAMES, *ROWS],  # too many to be a title
        [["titel"], ["kund", "kund"], ["1", "2"]],
        [["titel"], ["1", "2"], ["3", "4"]],  # a title, and no header at all
        [["titel"], ["2026-10-01", "köp"], ["2026-10-02", "köp"]],
        [["titel"], [], NAMES],
        [],
        [[]],
    ],
)
def test_a_table_that_merely_looks_odd_keeps_its_first_line(records):
    assert header_position(records) == 0


def test_a_blank_line_sets_a_table_of_words_off():
    assert header_position([["Kundlista"], [], ["namn", "ort"], ["Bo", "Umeå"]]) == 2


@pytest.fixture
def read(tmp_path):
    def read(text: str, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(text.encode("utf-8"))
        return read_table(path, **options)

    return read


TITLED = 'Rapport, skapad "i dag"\n\n"Två\nrader"\nkund;betyg\n1;3,5\n\n2;"a\nb"\n3;4;5\n'


def test_rows_keep_the_numbers_of_the_spreadsheet(read):
    raw = read(TITLED)
    assert (raw.header, raw.header_row, raw.delimiter) == (("kund", "betyg"), 4, ";")
    assert (raw.rows.tolist(), raw.n_blank, [bad.row for bad in raw.malformed]) == ([5, 7], 1, [8])
    assert raw.cells.column(1).to_pylist() == ["3,5", "a\nb"]


def test_the_row_can_be_told(read):
    assert read(TITLED, header_row=4).cells.equals(read(TITLED).cells)
    words = read("titel\nnamn;ort\nBo;Umeå\nEva;Malmö\n", header_row=2)
    assert (words.header, words.rows.tolist(), words.delimiter) == (("namn", "ort"), [3, 4], ";")
    assert read("a;b\n1;2\n3;4\n", header_row=2).header == ("1", "2")
    for row in (5, 99):
        with pytest.raises(RefusedFileError, match=f"row {row}: the row of the header is blank or not there"):
            read("a;b\n1;2\n3;4\n\n", header_row=row)
    far = "x\n" * 499 + "a;b\n" + "1;2\n" * 5
    assert read(far, header_row=500).rows.tolist() == [501, 502, 503, 504, 505]


def test_a_quote_that_is_never_closed_has_its_row(read):
    with pytest.raises(RefusedFileError, match="row 5: a quote that is opened here is never closed"):
        read('titel\n\nkund;betyg\n1;2\n"2;3\n', header_row=3)


def test_a_sep_line_is_none_of_the_rows(read):
    raw = read("sep=;\ntitel\nkund;betyg\n1;2\n")
    assert (raw.header_row, raw.rows.tolist(), raw.header) == (2, [3], ("kund", "betyg"))


def test_a_title_with_the_table_s_decimal_sign_does_not_choose_the_delimiter(read):
    rows = "".join(f"{number};{number % 5},5\n" for number in range(40))
    raw = read(f"Rapport, oktober\nkund;betyg\n{rows}")
    assert (raw.delimiter, raw.header_row, raw.n_read) == (";", 2, 40)


def test_old_mac_line_ends(read):
    raw = read("titel\rkund;betyg\r1;2\r3;4\r")
    assert (raw.header, raw.rows.tolist()) == (("kund", "betyg"), [3, 4])


def test_every_table_of_the_project_has_its_header_in_the_first_row():
    paths = sorted((Path(__file__).parents[1] / "data").rglob("*.csv"))
    assert len(paths) > 6
    assert {read_table(path).header_row for path in paths} == {1}


# The delimiter, columns and rows of every real file, from `csv.reader` with the dialect told.
SHAPES = {
    "german_cp1252/publictr.csv": (";", 20, 456),
    "google_forms/Starbucks satisfactory survey.csv": (",", 21, 122),
    "goteborg_forskoleenkat/derived_excel_sv/centrum2025_cp1252_semikolon_decimalkomma.csv": (";", 10, 2604),
    "goteborg_forskoleenkat/derived_excel_sv/centrum2025_utf16le_tab_decimalkomma.txt": ("\t", 10, 2604),
    "goteborg_forskoleenkat/derived_excel_sv/centrum2025_utf8bom_semikolon_decimalkomma.csv": (";", 10, 2604),
    "goteborg_forskoleenkat/enheter_per_ar.csv": (",", 9, 3531),
    "goteborg_forskoleenkat/medel_per_fraga.csv.gz": (",", 4, 98868),
    "limesurvey/export_1.csv": (",", 205, 68),
    "limesurvey/export_2.csv": (",", 205, 82),
    "oddjob_airline/airlinesat.csv": (",", 70, 1065),
    "olist/olist_customers_dataset.csv": (",", 5, 8135),
    "olist/olist_order_items_dataset.csv": (",", 7, 8365),
    "olist/olist_order_payments_dataset.csv": (",", 5, 8924),
    "olist/olist_order_reviews_dataset.csv": (",", 7, 8225),
    "olist/olist_orders_dataset.csv": (",", 8, 8135),
    "qualtrics/Better_Sample_Survey__Better_Sample_Survey.csv": (",", 59, 12),
    "qualtrics/Matrix_Single_Answer_Survey__Matrix_Single_Answer_Testing.csv": (",", 35, 7),
    "qualtrics/Multiple_Answer_Matrix_Questions__Multiple_Answer_Matrix_Questions.csv": (",", 75, 6),
    "qualtrics/Multiple_Answer_Matrix_Questions__Multiple_Answer_Matrix_Questions_(Insights).csv": (",", 75, 7),
    "qualtrics/No_Basis_for_Evaluation__No_Basis_for_Evaluation_(Insights).csv": (",", 49, 17),
    "qualtrics/No_Basis_for_Evaluation__No_Basis_for_Evaluation_(Legacy).csv": (",", 49, 16),
    "qualtrics/Single_Answer_Multiple_Choice_Questions__Single_Answer_MC_Questions.csv": (",", 20, 6),
    "qualtrics/Single_Answer_Multiple_Choice_Questions__Single_Answer_MC_Questions_(Insights).csv": (",", 20, 7),
    "qualtrics/Test_Getting_Choice_Text_from_Response_Columns__Choice_Text_from_Response_Columns.csv": (",", 30, 7),
    "qualtrics/ropensci__sample.csv": (",", 20, 3),
    "qualtrics/ropensci__sample_legacy.csv": (",", 16, 2),
    "reference_tables/customerSat.csv": (",", 10, 1811),
    "reference_tables/mtcars.csv": (",", 12, 32),
    "sfo_airport_survey/2017_SFO_Customer_Survey.csv": (",", 97, 2831),
    "sfo_airport_survey/2018_SFO_Customer_Survey.csv": (",", 97, 2809),
    "surveymonkey/StarWars.csv": (",", 38, 1187),
    "surveymonkey/flying-etiquette.csv": (",", 27, 1040),
    "surveymonkey/steak-risk-survey.csv": (",", 15, 551),
}


def test_every_real_file_has_its_shape_and_its_header_in_the_first_row(shared_data):
    found = {}
    for path in sorted(shared_data.rglob("*")):
        if path.suffix in (".csv", ".gz") or "_decimalkomma" in path.name:
            raw = read_table(path)
            assert (raw.header_row, len(raw.malformed)) == (1, 0), path.name
            found[str(path.relative_to(shared_data))] = (raw.delimiter, len(raw.header), raw.n_read)
    assert found == SHAPES
