"""Exports of Qualtrics: real ones with two and three header rows, and the forms for which there is no file."""

import csv

import pandas as pd
import pytest

import cxlib as cx
from tests.toy_exports import kinds, survey_of

THREE_ROWS = """StartDate,EndDate,IPAddress,Finished,RecordedDate,ResponseId,RecipientEmail,Q1,Q2_1,Q2_2,Q3
Startdatum,Slutdatum,IP-adress,Avslutad,Registrerat,Svars-ID,E-post,Hur nöjd är du?,\
Vad köpte du?-Kaffe,Vad köpte du?-Te,"Varför?
Skriv fritt"
"{""ImportId"":""startDate""}","{""ImportId"":""endDate""}","{""ImportId"":""ipAddress""}","{""ImportId"":""finished""}",\
"{""ImportId"":""recordedDate""}","{""ImportId"":""_recordId""}","{""ImportId"":""recipientEmail""}",\
"{""ImportId"":""QID1""}","{""ImportId"":""QID2_1""}","{""ImportId"":""QID2_2""}","{""ImportId"":""QID3_TEXT""}"
2026-05-01 08:00:00,2026-05-01 08:01:00,192.0.2.1,1,2026-05-01 08:01:05,R_1,a@example.com,5,1,,Bra
2026-05-02 09:00:00,2026-05-02 09:02:00,192.0.2.2,1,2026-05-02 09:02:05,R_2,b@example.com,2,1,1,
2026-05-03 10:00:00,2026-05-03 10:03:00,192.0.2.3,0,,R_3,c@example.com,,,,
"""


@pytest.fixture
def export(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "export.csv"
        path.write_text(text, encoding=encoding, newline="")
        return path

    return write


def test_three_header_rows_hold_no_answer(export):
    survey = cx.read_survey(export(THREE_ROWS), timezone="Europe/Stockholm")
    assert (survey.reader, survey.why) == ("qualtrics", "its third row holds ImportId marks")
    assert survey.respondents["respondent"].tolist() == ["R_1", "R_2", "R_3"]
    assert survey.respondents["source_row"].tolist() == [4, 5, 6]
    assert (survey.rows_read, survey.rows_kept, survey.rows_rejected) == (3, 3, 0)


def test_the_answers_are_tidy_and_options_are_told_by_their_text(export):
    survey = cx.read_survey(export(THREE_ROWS), timezone="Europe/Stockholm")
    found = survey.answers[["respondent", "question", "answer"]].to_numpy().tolist()
    assert found == [
        ["R_1", "Q1", "5"],
        ["R_1", "Q2", "Kaffe"],
        ["R_1", "Q3", "Bra"],
        ["R_2", "Q1", "2"],
        ["R_2", "Q2", "Kaffe"],
        ["R_2", "Q2", "Te"],
    ]
    assert survey.questions.set_index("question")["kind"].to_dict() == {
        "Q1": "scale",
        "Q2": "several choices",
        "Q3": "open text",
    }
    assert survey.questions["question_text"].tolist() == ["Hur nöjd är du?", "Vad köpte du?", "Varför? Skriv fritt"]


def test_the_moment_is_that_of_recording_else_of_the_end(export):
    survey = cx.read_survey(export(THREE_ROWS), timezone="Europe/Stockholm")
    moments = survey.respondents["answered_at"]
    assert moments.dtype == pd.DatetimeTZDtype("us", "Europe/Stockholm")
    assert moments.dt.strftime("%d %H:%M:%S").tolist() == ["01 08:01:05", "02 09:02:05", "03 10:03:00"]


def test_what_tells_who_somebody_is_stays_out_unless_asked_for(export):
    path = export(THREE_ROWS)
    left = cx.read_survey(path).left_out.set_index("column")["reason"]
    assert left[["IPAddress", "RecipientEmail"]].eq("tells who somebody is").all()
    asked = cx.read_survey(path, personal=True)
    mails = asked.answers.loc[asked.answers["question"] == "RecipientEmail", "answer"]
    assert mails.tolist() == ["a@example.com", "b@example.com", "c@example.com"]


def test_marks_in_the_manner_of_python_are_known_too(export):
    text = THREE_ROWS.replace('"{""ImportId"":""', "{'ImportId': '").replace('""}"', "'}")
    survey = cx.read_survey(export(text))
    assert survey.why == "its third row holds ImportId marks"
    assert len(survey.respondents) == 3


def test_an_option_not_chosen_may_be_written_as_zero(export):
    survey = cx.read_survey(export(THREE_ROWS.replace("a@example.com,5,1,,", "a@example.com,5,1,0,")))
    several = survey.answers.query("question == 'Q2' and respondent == 'R_1'")
    assert several["answer"].tolist() == ["Kaffe"]


def test_options_may_be_told_by_their_own_text(export):
    text = THREE_ROWS.replace("a@example.com,5,1,,", "a@example.com,5,Kaffe,,").replace(
        "b@example.com,2,1,1,", "b@example.com,2,Kaffe,Te,"
    )
    answers = cx.read_survey(export(text)).answers
    assert answers.loc[answers["question"] == "Q2", "answer"].tolist() == ["Kaffe", "Kaffe", "Te"]


def test_a_respondent_who_comes_twice_is_told_and_counts_once(export):
    survey = cx.read_survey(export(THREE_ROWS + THREE_ROWS.splitlines()[-3] + "\n"))
    assert (survey.rows_read, survey.rows_kept, survey.rows_rejected) == (4, 3, 1)
    assert survey.rejected[["row", "column", "value"]].to_numpy().tolist() == [[7, "ResponseId", "R_1"]]


def test_a_table_without_a_response_id_is_refused_as_a_qualtrics_export(export):
    with pytest.raises(cx.errors.RefusedFileError, match="as an export of Qualtrics it lacks a column ResponseId"):
        cx.read_survey(export("a,b\n1,2\n"), reader="qualtrics")


COUNTS = {
    # file: header rows, as the shared folder's README and the tool's documentation have them
    "Better_Sample_Survey__Better_Sample_Survey.csv": 3,
    "Matrix_Single_Answer_Survey__Matrix_Single_Answer_Testing.csv": 3,
    "Multiple_Answer_Matrix_Questions__Multiple_Answer_Matrix_Questions.csv": 2,
    "Multiple_Answer_Matrix_Questions__Multiple_Answer_Matrix_Questions_(Insights).csv": 3,
    "No_Basis_for_Evaluation__No_Basis_for_Evaluation_(Insights).csv": 3,
    "No_Basis_for_Evaluation__No_Basis_for_Evaluation_(Legacy).csv": 2,
    "Single_Answer_Multiple_Choice_Questions__Single_Answer_MC_Questions.csv": 2,
    "Single_Answer_Multiple_Choice_Questions__Single_Answer_MC_Questions_(Insights).csv": 3,
    "Test_Getting_Choice_Text_from_Response_Columns__Choice_Text_from_Response_Columns.csv": 3,
    "ropensci__sample.csv": 3,
    "ropensci__sample_legacy.csv": 2,
}


@pytest.mark.parametrize(("name", "n_header_rows"), COUNTS.items())
def test_of_a_real_export_every_respondent_comes_once(shared_data, name, n_header_rows):
    path = shared_data / "qualtrics" / name
    survey = cx.read_survey(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = [record for record in csv.reader(file) if any(record)][n_header_rows:]
    at = next(at for at, cell in enumerate(records[0]) if cell.startswith("R_"))
    assert survey.reader == "qualtrics"
    assert survey.respondents["respondent"].tolist() == [record[at] for record in records]
    assert (survey.rows_read, survey.rows_rejected) == (len(records), 0)
    assert survey.respondents["answered_at"].notna().all()


@pytest.mark.parametrize("name", [name for name in COUNTS if "Insights" in name or "ropensci" in name])
def test_of_a_real_export_every_answer_is_there(shared_data, name):
    """Each filled cell of a question's column is one answer: nothing lost, nothing made up."""
    path = shared_data / "qualtrics" / name
    survey = cx.read_survey(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = [record for record in csv.reader(file) if any(record)]
    left, n_header_rows = set(survey.left_out["column"]), COUNTS[name]
    about = {"ResponseID", "ResponseId", "StartDate", "EndDate", "RecordedDate", "Finished", "V1", "V8", "V9", "V10"}
    questions = [at for at, heading in enumerate(records[0]) if heading and heading not in left | about]
    n_filled = sum(bool(record[at]) for record in records[n_header_rows:] for at in questions)
    assert len(survey.answers) == n_filled


def test_both_exports_of_one_survey_hold_the_same_answers(shared_data):
    """The same 15 people, exported in the new form and in the old one; a code of the latter is another number."""
    name = "No_Basis_for_Evaluation__No_Basis_for_Evaluation_({}).csv"
    new, old = (cx.read_survey(shared_data / "qualtrics" / name.format(form)) for form in ("Insights", "Legacy"))
    assert new.respondents["respondent"].tolist() == old.respondents["respondent"].tolist()
    assert new.questions["question"].tolist() == old.questions["question"].tolist()
    assert new.answers["answer"].tolist() == old.answers["answer"].tolist()


def test_repeated_column_names_stay_apart(shared_data):
    name = "Multiple_Answer_Matrix_Questions__Multiple_Answer_Matrix_Questions.csv"
    questions = cx.read_survey(shared_data / "qualtrics" / name).questions["question"]
    assert questions.is_unique
    assert {"question_one", "question_one (2)", "question_one (3)"} <= set(questions)


def test_labels_in_another_language_change_nothing(shared_data):
    survey = cx.read_survey(shared_data / "qualtrics" / "ropensci__sample.csv")
    assert survey.questions["question"].tolist() == ["Q1", "Q2", "Q2 - Topics"]
    assert survey.answers["answer"].tolist() == ["2", "Hello World!"]
    assert {"IPAddress", "RecipientLastName", "RecipientFirstName"} <= set(survey.left_out["column"])


@pytest.mark.parametrize(
    "below",
    ["Start Date,Recorded Date,Response ID", "Startdatum,Registrerat datum,Svars-ID"],
)
def test_a_second_row_of_texts_without_marks_below_is_no_answer(tmp_path, below):
    text = (
        f"StartDate,RecordedDate,ResponseId,Q1,Q2\n{below},How was it?,Why?\n"
        "2026-10-03 14:00:33,2026-10-03 14:05:33,R_1aB,5,Fast\n2026-10-03 15:00:33,2026-10-03 15:05:33,R_2aB,4,\n"
    )
    survey = survey_of(tmp_path, text)
    assert (survey.reader, survey.rows_read, survey.rows_rejected) == ("qualtrics", 2, 0)
    assert survey.questions["question_text"].tolist() == ["How was it?", "Why?"]
    assert kinds(survey) == {"Q1": "scale", "Q2": "open text"}
    without_moments = "\n".join(",".join(line.split(",")[2:]) for line in text.splitlines())
    other = survey_of(tmp_path, without_moments, reader="qualtrics")
    assert other.questions["question_text"].tolist() == ["How was it?", "Why?"]


def test_a_second_row_that_is_an_answer_stays_one(tmp_path):
    rows = "2026-10-03 14:05:33,{},5\n2026-10-03 15:05:33,{},4\n"
    for ids in (("R_1aB", "R_2aB"), ("anna", "bo")):
        survey = survey_of(tmp_path, "RecordedDate,ResponseId,Q1\n" + rows.format(*ids), reader="qualtrics")
        assert survey.respondents["respondent"].tolist() == list(ids)


def of_qualtrics(columns: dict[str, tuple[str, str]], *rows: str) -> str:
    """An export with an id, and columns of (text, mark)."""
    marks = [f'"{{""ImportId"":""{mark}""}}"' for mark in ("_recordId", *(mark for _, mark in columns.values()))]
    texts = [f'"{text}"' for text in ("Response ID", *(text for text, _ in columns.values()))]
    return "\n".join([",".join(["ResponseId", *columns]), ",".join(texts), ",".join(marks), *rows, ""])


def several_of(survey: cx.Survey) -> dict[str, list[str]]:
    return survey.answers.groupby("question")["answer"].agg(list).to_dict()


def test_several_choices_in_one_cell_are_parted_and_never_a_decimal(export):
    columns = {"Q1": ("Which?", "QID1"), "Q2": ("Where?", "QID2")}
    survey = cx.read_survey(
        export(of_qualtrics(columns, "R_1,1,Phone", "R_2,2,Chat", 'R_3,"1,2","Phone,Chat"', "R_4,2,Phone"))
    )
    assert several_of(survey) == {
        "Q1": ["1", "2", "1", "2", "2"],
        "Q2": ["Phone", "Chat", "Phone", "Chat", "Phone"],
    }
    assert set(survey.questions["kind"]) == {"several choices"}


def test_several_choices_are_known_however_late_they_come(export):
    rows = [f"R_{at},{at % 3 + 1}" for at in range(1100)]
    survey = cx.read_survey(export(of_qualtrics({"Q1": ("Which?", "QID1")}, *rows, 'R_x,"1,3"')))
    assert survey.questions["kind"].tolist() == ["several choices"]
    assert survey.answers["number"].isin([1, 2, 3]).all()


def test_what_was_typed_in_may_have_a_decimal_comma(export):
    columns = {"Q1_4_TEXT": ("How long?", "QID1_4_TEXT"), "Hours": ("Hours", "Hours")}
    survey = cx.read_survey(export(of_qualtrics(columns, 'R_1,"1,5","2,5"', "R_2,2,3")))
    assert survey.questions["kind"].tolist() == ["scale", "scale"]
    assert survey.questions["lowest_seen"].tolist() == [1.5, 2.5]


def test_columns_are_options_only_where_every_row_says_so(export):
    columns = {"Q1_1": ("Rate - A", "QID1_1"), "Q1_2": ("Rate - B", "QID1_2")}
    rows = [f"R_{at},1,{'1' if at % 2 else ''}" for at in range(1100)]
    options = cx.read_survey(export(of_qualtrics(columns, *rows)))
    assert options.questions["question"].tolist() == ["Q1"]
    assert options.answers["answer"].value_counts().to_dict() == {"A": 1100, "B": 550}
    grid = cx.read_survey(export(of_qualtrics(columns, *rows, "R_x,5,4")))
    assert grid.questions[["question", "highest_seen"]].to_numpy().tolist() == [["Q1_1", 5], ["Q1_2", 4]]


def test_nothing_but_ones_in_the_same_rows_is_said_to_be_in_doubt(export):
    columns = {"Q1_1": ("Rate - A", "QID1_1"), "Q1_2": ("Rate - B", "QID1_2")}
    survey = cx.read_survey(export(of_qualtrics(columns, "R_1,1,1", "R_2,,", "R_3,1,1")))
    assert several_of(survey) == {"Q1_1": ["1", "1"], "Q1_2": ["1", "1"]}
    assert [doubt.partition(",")[0] for doubt in survey.doubts] == ["Q1_1 to Q1_2 hold nothing but 1"]


@pytest.mark.parametrize("coded", [True, False])
@pytest.mark.parametrize(
    ("stem", "labels", "text"),
    [
        ("Which? - Selected Choice - ", ("Gas", "El"), "Which?"),
        ("Kanaler - ", ("Wi-Fi hemma", "Wi-Fi ute"), "Kanaler"),
        ("Vad köpte du?-", ("Kaffe", "Te"), "Vad köpte du?"),
    ],
)
def test_options_are_called_by_what_stands_behind_the_question(export, stem, labels, text, coded):
    columns = {f"Q1_{at}": (f"{stem}{label}", f"QID1_{at}") for at, label in enumerate(labels, start=1)}
    said = ("1", "1") if coded else labels
    survey = cx.read_survey(export(of_qualtrics(columns, f"R_1,{said[0]},{said[1]}", f"R_2,,{said[1]}")))
    assert survey.questions[["question", "question_text"]].to_numpy().tolist() == [["Q1", text]]
    assert survey.answers["answer"].tolist() == [labels[0], labels[1], labels[1]]


def test_successive_exports_are_laid_out_by_the_rows_of_all(tmp_path):
    columns = {"Q1_1": ("Rate - A", "QID1_1"), "Q1_2": ("Rate - B", "QID1_2"), "Q2": ("Which?", "QID2")}
    (tmp_path / "a.csv").write_text(of_qualtrics(columns, 'R_1,5,4,"1,2"', "R_2,1,,1"), encoding="utf-8")
    (tmp_path / "b.csv").write_text(of_qualtrics(columns, "R_3,1,,1", "R_4,,1,2"), encoding="utf-8")
    assert several_of(cx.read_survey(tmp_path)) == {
        "Q1_1": ["5", "1", "1"],
        "Q1_2": ["4", "1"],
        "Q2": ["1", "2", "1", "1", "2"],
    }
