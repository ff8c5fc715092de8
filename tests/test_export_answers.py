"""From the columns of an export to tidy answers, whatever tool wrote it."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import RefusedFileError
from cxlib.exports.headings import plain_text, stems_of
from cxlib.exports.kinds import kind_of
from cxlib.exports.personal import is_personal
from cxlib.repeated_names import kept_apart
from tests.toy_exports import survey_of


@pytest.fixture
def export(tmp_path):
    def write(text):
        path = tmp_path / "export.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


def test_a_plain_table_is_read_as_it_stands(export):
    survey = cx.read_survey(export("respondent_id;datum;Nöjd?;Varför?\n7;2026-05-01;5;Bra\n8;2026-05-02;;\n"))
    assert (survey.reader, survey.delimiter) == ("plain", ";")
    assert survey.respondents["respondent"].tolist() == ["7", "8"]
    assert survey.answers[["respondent", "question", "answer"]].to_numpy().tolist() == [
        ["7", "Nöjd?", "5"],
        ["7", "Varför?", "Bra"],
    ]
    assert survey.questions["n_answered"].tolist() == [1, 1]


def test_who_answered_nothing_is_a_respondent_all_the_same(export):
    survey = cx.read_survey(export("id,q\n1,\n2,5\n"))
    assert survey.respondents["respondent"].tolist() == ["1", "2"]
    assert survey.answers["respondent"].tolist() == ["2"]


def test_without_an_id_the_row_names_the_respondent(export):
    assert cx.read_survey(export("q\n5\n4\n")).respondents["respondent"].tolist() == ["row 2", "row 3"]


def test_without_an_id_the_moment_names_the_respondent_where_all_have_one(export):
    text = "timestamp,q\n2026-05-01 10:00:00,5\n2026-05-01 10:00:00,4\n2026-05-02 10:00:00,3\n"
    found = cx.read_survey(export(text), timezone="Europe/Stockholm").respondents["respondent"].tolist()
    assert found == ["2026-05-01T08:00:00Z", "2026-05-01T08:00:00Z (2)", "2026-05-02T08:00:00Z"]


def test_a_bare_day_of_the_month_is_no_moment(export):
    survey = cx.read_survey(export("INTDATE,q\n12,5\n13,4\n"))
    assert survey.respondents["answered_at"].isna().all()
    assert "INTDATE" in set(survey.questions["question"])


def test_a_moment_that_cannot_be_read_rejects_its_row(export):
    survey = cx.read_survey(export("id,date,q\n1,2026-05-01,5\n2,2026-05-03,5\n3,soon,4\n"))
    assert (survey.rows_read, survey.rows_kept, survey.rows_rejected) == (3, 2, 1)
    assert survey.rejected[["row", "column", "value"]].to_numpy().tolist() == [[4, "date", "soon"]]
    assert survey.answers["respondent"].tolist() == ["1", "2"]


def test_a_row_with_too_many_cells_is_rejected_whole(export):
    survey = cx.read_survey(export("id,q\n1,5\n2,4,3\n3,2\n"))
    assert (survey.rows_read, survey.rows_kept, survey.rows_rejected) == (3, 2, 1)
    assert survey.respondents["source_row"].tolist() == [2, 4]


def test_the_observed_range_is_of_the_numbers_that_were_met(export):
    questions = cx.read_survey(export("id,q\n1,2\n2,4\n3,4\n")).questions
    assert questions[["kind", "lowest_seen", "highest_seen"]].to_numpy().tolist() == [["scale", 2, 4]]


def test_an_unknown_reader_is_refused_with_the_nearest(export):
    with pytest.raises(cx.ParameterError, match=r"unknown reader 'qualtric'.*did you mean 'qualtrics'"):
        cx.read_survey(export("q\n1\n"), reader="qualtric")


def test_an_unknown_timezone_is_refused(export):
    with pytest.raises(cx.ParameterError, match="unknown timezone 'Stockholm'"):
        cx.read_survey(export("q\n1\n"), timezone="Stockholm")


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["1", "5", "4"], "scale"),
        (["1", "5", "n/a"], "open text"),
        (["Ja", "Nej", "Ja", "Nej"], "choice"),
        (["bra", "dåligt", "sådär"], "open text"),
        ([], "open text"),
    ],
)
def test_kinds_by_what_was_answered(answers, kind):
    text = pd.Series(answers, dtype="str")
    assert kind_of(text, pd.to_numeric(text, errors="coerce").astype("float64")) == kind


@pytest.mark.parametrize(
    "heading",
    [
        "E-post", "Email Address", "Your e-mail", "IP Address", "Adresse IP", "First Name", "Förnamn", "Efternamn",
        "Nom & Post-nom /Firstname and Surname", "Ditt namn", "Phone number", "Telefonnummer", "Namn", "Personnummer",
        "Vad heter du?", "Mobil", "Kontaktperson", "Mejl", "Mobile number", "Telefonnr", "Hemadress", "Tfn:",
    ],
)  # fmt: skip
def test_headings_that_ask_who_somebody_is(heading):
    assert is_personal(heading, [])


@pytest.mark.parametrize(
    "heading",
    [
        "How do you like our brand name?", "What comes to mind?", "Which e-shop did you use?", "Namnge tre butiker",
        "How did you like the mailing?", "Gender", "Is the user name easy to choose?", "Företagsnamn stämde",
    ],
)  # fmt: skip
def test_headings_that_do_not(heading):
    assert not is_personal(heading, ["well", "badly"])


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Hur nöjd är du med vår support via telefon?", ["5", "4", "1", "10"]),
        ("Hur nöjd är du med kontakten? [E-post]", ["Nöjd", "Missnöjd", "Nöjd", "Missnöjd"]),
        ("Hur nöjd är du med kontakten? [Telefon]", ["4 / 5"]),
        ("Har du fått vårt e-post-utskick?", ["Ja", "Nej"]),
        ("Får vi använda ditt namn?", ["ja", "nej", "ja"]),
        ("Which phone do you own?", ["A", "B"] * 2),
        ("Chatt / Telefon [Other]", ["Brev", "Fax"]),
    ],
)
def test_scores_and_choices_stay_whatever_their_heading_speaks_of(heading, cells):
    assert not is_personal(heading, cells)


def test_names_that_come_again_are_still_names():
    assert is_personal("Vad heter du?", ["Anna", "Bo"] * 4)
    assert is_personal("Kontaktperson", ["Anna Ek", "Åsa von Ek", "Bo Ås"] * 100)
    assert not is_personal("Name", ["North", "South"] * 5)
    assert is_personal("Telefon", ["0701234567", "0702345678"] * 9)


@pytest.mark.parametrize(
    "written", ["070-123 45 67", "08-123 456 78", "070 1234567", "(0431) 12 34 56", "555-123-4567"]
)
def test_telephone_numbers_are_known_by_their_look(written):
    assert is_personal("Q7", [written, written, "none"])


@pytest.mark.parametrize(
    "written", ["03-10-2026", "0000012345", "0701234567", "2026-10-03", "12 345 678", "10.5", "04 12"]
)
def test_other_numbers_are_none(written):
    assert not is_personal("Q7", [written] * 3)


def test_the_whole_column_is_looked_at(tmp_path):
    rows = "".join(f"{at},{f'a{at}@example.com' if at > 300 else ''},{at % 5}\n" for at in range(400))
    survey = survey_of(tmp_path, f"id,Q1,Q2\n{rows}")
    assert survey.left_out["column"].tolist() == ["Q1"]


def test_addresses_are_known_by_their_look():
    assert is_personal("Q7", ["a@example.com", "b@example.com", "none"])
    assert is_personal("Q7", ["192.0.2.1", "2001:db8::1"])
    assert not is_personal("Q7", ["a@example.com", "fine", "fine", "10:30"])


def test_headings_lose_their_markup():
    assert plain_text("<b>How&nbsp;was it?</b><br>\nAll &amp; all") == "How was it? All & all"
    assert plain_text("Ålder <20 eller >65") == "Ålder <20 eller >65"


def test_what_is_left_out_is_named_as_a_reader_sees_it(tmp_path):
    survey = survey_of(tmp_path, "id,Nom &amp; Prénom,Q1\n1,Ada,5\n2,Bo,4\n")
    assert survey.left_out["column"].tolist() == ["Nom & Prénom"]


@given(st.lists(st.sampled_from(["a", "b", "a (2)", ""]), max_size=12))
def test_names_kept_apart_are_all_different_and_begin_alike(names):
    apart = kept_apart(names)
    assert len(set(apart)) == len(names)
    assert all(new.startswith(old) for new, old in zip(apart, names, strict=True))


@given(st.lists(st.text("ab-", max_size=8), min_size=1, max_size=5))
def test_a_stem_is_what_all_texts_begin_with(texts):
    for stem, hyphen in stems_of(texts):
        assert stem
        assert all(text.startswith(f"{stem}{hyphen}") for text in texts)


@pytest.mark.parametrize(
    ("texts", "stem"),
    [
        (["How?-Coffee", "How?-Corn"], "How?"),
        (["How - Coffee", "How - Tea"], "How"),
        (["Where - Wi-Fi at home", "Where - Wi-Fi outside"], "Where"),
        (["Rate us - now?-Gas", "Rate us - now?-Oil"], "Rate us - now?"),
        (["Which-Gas", "Which-Oil"], "Which"),
    ],
)
def test_the_likeliest_stem_ends_at_a_hyphen_that_ends_the_question(texts, stem):
    assert stems_of(texts)[0][0] == stem


def test_texts_with_nothing_in_common_have_no_stem():
    assert stems_of(["How?-Gas", "Why?-Gas"]) == []


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=" \n,;\"'åäö"), max_size=12
)


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.tuples(
            st.lists(st.sampled_from(["Q", "Other", "Why?", ""]), min_size=n, max_size=n),
            st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=8),
        )
    )
)
def test_whatever_is_written_comes_back_cell_by_cell(tmp_path_factory, table):
    headings, rows = table
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(["respondent_id", *headings])
    writer.writerows([f"R{at}", *row] for at, row in enumerate(rows))
    path = tmp_path_factory.mktemp("survey") / "export.csv"
    path.write_text(file.getvalue(), encoding="utf-8", newline="")
    # cells of any letters can look like a title above a header, so it is told where the header is
    told = {"delimiter": ",", "encoding": "utf-8", "header_row": 1}
    survey = cx.read_survey(path, reader="plain", personal=True, **told)
    assert survey.rows_read == survey.rows_kept + survey.rows_rejected == len(rows)
    assert survey.respondents["respondent"].tolist() == [f"R{at}" for at in range(len(rows))]
    written = [cell.strip() for row in rows for cell in row if cell.strip()]
    assert sorted(survey.answers["answer"]) == sorted(written)
    assert survey.questions["question"].is_unique


def test_headings_that_come_once_more_are_no_respondent(tmp_path):
    path = tmp_path / "joined.csv"
    path.write_text("id,q\na,1\nid,q\nb,2\n\na,q\n", encoding="utf-8")
    survey = cx.read_survey(path, respondent="id")
    assert survey.respondents["respondent"].tolist() == ["a", "b"]
    assert survey.rejected[["row", "reason"]].to_numpy().tolist() == [
        [3, "the headings come once more here: files were put one behind the other"],
        [6, "comes more than once; the first row stays"],
    ]


@pytest.mark.parametrize("cells", [["1,200", "950", "12,000"], ["1,234,567", "950"], ["1,200", "3.5", "4.5"]])
def test_commas_that_may_separate_thousands_are_refused(tmp_path, cells):
    text = "id,Belopp\n" + "".join(f'{at},"{cell}"\n' for at, cell in enumerate(cells))
    with pytest.raises(RefusedFileError, match="row 2, column Belopp: nothing in this file tells whether the comma"):
        survey_of(tmp_path, text)


def test_commas_are_decimals_where_the_file_or_the_user_says_so(tmp_path):
    text = 'id,Belopp,Vikt\n1,"1,200","0,5"\n2,950,1\n'
    assert survey_of(tmp_path, text).questions["lowest_seen"].tolist() == [1.2, 0.5]
    doubtful = text.replace('"0,5"', "1")
    assert survey_of(tmp_path, doubtful, decimal=",").questions["lowest_seen"].tolist() == [1.2, 1]
    words = survey_of(tmp_path, doubtful, decimal=".").questions
    assert words[["kind", "lowest_seen"]].to_numpy().tolist() == [["open text", 950], ["scale", 1]]


def test_a_comma_among_words_is_no_reason_to_refuse(tmp_path):
    survey = survey_of(tmp_path, 'id,Varför?\n1,"1,200"\n2,Kön var lång\n')
    assert survey.questions["kind"].tolist() == ["open text"]
    assert survey.answers["number"].isna().all()


def test_scores_out_of_different_numbers_are_no_numbers(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,one,two\na,4 / 5,4 / 5\nb,3/5,9/10\nc,2,7\n", encoding="utf-8")
    answers = cx.read_survey(path, respondent="id").answers
    numbers = answers.pivot(index="respondent", columns="question", values="number")
    assert numbers["one"].tolist() == [4, 3, 2]
    assert numbers["two"].isna().tolist() == [True, True, False]
    assert answers.loc[answers["question"] == "two", "answer"].tolist() == ["4 / 5", "9/10", "7"]
