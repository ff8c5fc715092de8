"""Successive exports of one survey: each respondent once, as she answered last."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import RefusedFileError

COUNTS = ["n_new", "n_changed", "n_unchanged"]
MAY = "respondent_id;datum;Nöjd?\n7;2026-05-01;5\n8;2026-05-02;4\n"
JUNE = "respondent_id;datum;Nöjd?;Varför?\n7;2026-05-01;5;\n8;2026-06-02;2;Kön var lång\n9;2026-06-03;3;\n"


@pytest.fixture
def folder(tmp_path):
    def write(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / name.replace("_csv", ".csv")).write_text(text, encoding="utf-8", newline="")
        return tmp_path

    return write


def scores(survey: cx.Survey) -> dict[str, str]:
    answers = survey.answers.loc[survey.answers["question"] == "Nöjd?"]
    return dict(zip(answers["respondent"], answers["answer"], strict=True))


def test_each_respondent_counts_once_as_she_answered_last(folder):
    # the later export has the name that comes first: its last answer is later
    survey = cx.read_survey(folder(b_csv=MAY, a_csv=JUNE))
    assert survey.exports["file"].tolist() == ["b.csv", "a.csv"]
    assert survey.exports[COUNTS].to_numpy().tolist() == [[2, 0, 0], [1, 1, 1]]
    assert scores(survey) == {"7": "5", "8": "2", "9": "3"}
    assert survey.respondents[["respondent", "file", "source_row"]].to_numpy().tolist() == [
        ["7", "b.csv", 2],
        ["8", "a.csv", 3],
        ["9", "a.csv", 4],
    ]
    assert survey.questions.set_index("question")["n_answered"].to_dict() == {"Nöjd?": 3, "Varför?": 1}
    assert (survey.rows_read, survey.rows_kept, survey.rows_rejected) == (5, 5, 0)


def test_an_answer_that_is_earlier_changes_nothing(folder):
    older = "respondent_id;datum;Nöjd?\n7;2026-05-01;5\n8;2026-05-02;4\n10;2026-07-01;1\n"
    newer = "respondent_id;datum;Nöjd?\n7;2026-04-01;2\n8;;3\n11;2026-08-01;1\n"
    survey = cx.read_survey(folder(a_csv=older, b_csv=newer))
    # 8 has no moment in the later export, so nothing says that it is earlier
    assert scores(survey) == {"7": "5", "8": "3", "10": "1", "11": "1"}
    assert survey.exports[COUNTS].to_numpy().tolist() == [[3, 0, 0], [1, 1, 1]]


def test_a_moment_written_in_another_way_is_the_same(folder):
    survey = cx.read_survey(folder(a_csv=MAY, b_csv=MAY.replace("2026-05-01", "2026-05-01 00:00:00")))
    assert survey.exports[COUNTS].to_numpy().tolist() == [[2, 0, 0], [0, 0, 2]]


def test_the_same_export_twice_is_one(folder):
    once = cx.read_survey(folder(a_csv=MAY) / "a.csv")
    twice = cx.read_survey(folder(a_csv=MAY, b_csv=MAY))
    pd.testing.assert_frame_equal(once.answers, twice.answers)
    pd.testing.assert_frame_equal(once.questions, twice.questions)
    assert twice.exports[COUNTS].to_numpy().tolist() == [[2, 0, 0], [0, 0, 2]]


def test_rejected_rows_name_their_file_and_its_row(folder):
    files = folder(a_csv=MAY, b_csv=JUNE + "10;en fredag;4;\n9;2026-06-04;1;\n")
    survey = cx.read_survey(files, respondent="respondent_id")
    assert survey.rejected[["file", "row", "value"]].to_numpy().tolist() == [
        ["b.csv", 5, "en fredag"],
        ["b.csv", 6, "9"],
    ]
    assert survey.exports[["rows_read", "rows_kept", "rows_rejected"]].to_numpy().tolist() == [[2, 2, 0], [5, 3, 2]]
    assert (survey.exports["rows_kept"] == survey.exports[COUNTS].sum(axis=1)).all()


def test_an_export_without_rows_changes_nothing(folder):
    survey = cx.read_survey(folder(a_csv=MAY, b_csv="respondent_id;datum;Nöjd?\n"))
    assert survey.exports[COUNTS].to_numpy().tolist() == [[0, 0, 0], [2, 0, 0]]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"a_csv": MAY, "b_csv": JUNE.replace("Nöjd?", "Nojd?")},
            r"b\.csv, column Nöjd\?: is not of the same survey as a\.csv: it lacks Nöjd\?, and has Nojd\?, Varför\?.*"
            r"did you mean 'Nojd\?'",
        ),
        ({"a_csv": "q\n1\n2\n", "b_csv": "q\n1\n3\n"}, r"a\.csv, row 2: nothing tells who answered"),
        ({"a_csv": MAY, "notes.xlsx": "x"}, r"notes\.xlsx: lies among the exports, but is none"),
        ({}, "holds no export"),
    ],
    ids=["another question", "nobody known", "another file", "empty"],
)
def test_what_is_not_one_survey_is_refused_with_its_reason(folder, files, said):
    with pytest.raises(RefusedFileError, match=said):
        cx.read_survey(folder(**files))


def test_exports_of_two_tools_are_refused(folder):
    legacy = "V1,V2,Q1\nResponseID,ResponseSet,How?\nR_1,Default,5\n"
    with pytest.raises(RefusedFileError, match=r"is read as Qualtrics, because .*a\.csv as a plain table"):
        cx.read_survey(folder(a_csv=MAY, b_csv=legacy))


def test_a_folder_that_is_not_there_names_the_near_one(tmp_path):
    (tmp_path / "exports").mkdir()
    with pytest.raises(RefusedFileError, match="is not there; did you mean 'exports'"):
        cx.read_survey(tmp_path / "exprts")


def test_columns_that_the_user_tells_take_the_place_of_those_the_reader_found(folder):
    path = folder(a_csv="id;Kund;Svar den;Vikt;Nöjd?\n1;0070;2026-05-01;1,5;4\n2;0071;2026-05-02;0,5;3\n") / "a.csv"
    survey = cx.read_survey(path, respondent="Kund", answered_at="Svar den", alongside=["Vikt", "id"])
    assert survey.respondents.columns.tolist() == ["respondent", "answered_at", "source_row", "Vikt", "id", "file"]
    assert survey.respondents[["respondent", "Vikt", "id"]].to_numpy().tolist() == [
        ["0070", "1,5", "1"],
        ["0071", "0,5", "2"],
    ]
    assert survey.respondents["answered_at"].dt.day.tolist() == [1, 2]
    with pytest.raises(RefusedFileError, match=r"column Vigt: there is no such column .*did you mean 'Vikt'"):
        cx.read_survey(path, alongside=["Vigt"])
    with pytest.raises(cx.ParameterError, match="a column 'file' already"):
        cx.read_survey(path, alongside=["file"])


CELLS = st.sampled_from(["", "1", "5", "Nöjd", "Nöjd; mycket", '"ja"', "rad\nrad"])


@st.composite
def surveys(draw) -> tuple[list[list[str]], list[int]]:
    """Rows of a survey in the order in which they came in, and after how many of them an export was taken."""
    n_rows = draw(st.integers(1, 12))
    rows = [[f"R{at}", f"2026-05-{at + 1:02}", draw(CELLS), draw(CELLS)] for at in range(n_rows)]
    return rows, [*draw(st.lists(st.integers(0, n_rows), max_size=3)), n_rows]


def written(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([["respondent_id", "datum", "Nöjd?", "Varför?"], *rows])
    return text.getvalue()


@settings(max_examples=20)
@given(surveys(), st.data())
def test_a_survey_cut_into_overlapping_exports_is_the_whole_again(survey, data):
    rows, ends = survey
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "exports").mkdir()
        start = 0
        for number, end in enumerate(sorted(ends)):
            first = data.draw(st.integers(0, start))  # overlaps what was exported before
            (folder / "exports" / f"{number}.csv").write_text(written(rows[first:end]), encoding="utf-8", newline="")
            start = end
        (folder / "whole.csv").write_text(written(rows), encoding="utf-8", newline="")
        whole, merged = cx.read_survey(folder / "whole.csv"), cx.read_survey(folder / "exports")
    pd.testing.assert_frame_equal(merged.answers, whole.answers)
    pd.testing.assert_frame_equal(merged.questions, whole.questions)
    moments = ["respondent", "answered_at"]
    pd.testing.assert_frame_equal(merged.respondents[moments], whole.respondents[moments])
    assert merged.exports["n_new"].sum() == len(rows)
    assert not merged.exports["n_changed"].any()
    assert (merged.exports["rows_kept"] == merged.exports[COUNTS].sum(axis=1)).all()


def test_a_real_export_cut_in_two_is_the_whole_again(shared_data, tmp_path):
    path = shared_data / "qualtrics" / "Better_Sample_Survey__Better_Sample_Survey.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = list(csv.reader(file))
    for name, rows in (("first.csv", records[:9]), ("second.csv", records[:3] + records[5:])):
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        (tmp_path / name).write_text(text.getvalue(), encoding="utf-8", newline="")
    whole, merged = cx.read_survey(path), cx.read_survey(tmp_path)
    assert merged.reader == "qualtrics"
    assert merged.exports[COUNTS].to_numpy().tolist() == [[6, 0, 0], [4, 0, 4]]
    pd.testing.assert_frame_equal(merged.answers, whole.answers)


def test_the_second_of_two_real_exports_repeats_the_first(shared_data):
    """68, then 82 respondents, of whom 68 are the first export's: data/README of the real files."""
    survey = cx.read_survey(shared_data / "limesurvey", timezone="Africa/Kinshasa")
    assert survey.reader == "limesurvey"
    assert survey.exports["rows_read"].tolist() == [68, 82]
    # 13 moments are written 7:05:00 in the second export and 07:05:00 in the first (counted with Python's csv module)
    assert survey.exports[COUNTS].to_numpy().tolist() == [[68, 0, 0], [14, 0, 68]]
    whole = cx.read_survey(shared_data / "limesurvey" / "export_2.csv", timezone="Africa/Kinshasa")
    pd.testing.assert_frame_equal(survey.answers, whole.answers)
    pd.testing.assert_frame_equal(survey.questions, whole.questions)


def google_form(rows: int, *, first: int = 0) -> str:
    answers = "".join(
        f"2026/10/{1 + row // 60:02} 2:{row % 60:02}:00 PM GMT+2,{'Coffee;Cake' if row % 2 else 'Coffee'},{row % 5}\n"
        for row in range(first, first + rows)
    )
    return f'"Timestamp","What did you have?","Rate us"\n{answers}'


def test_a_small_new_export_does_not_decide_what_the_questions_are(tmp_path):
    (tmp_path / "old.csv").write_text(google_form(100), encoding="utf-8")
    alone = cx.read_survey(tmp_path / "old.csv")
    (tmp_path / "new.csv").write_text(google_form(2, first=101), encoding="utf-8")
    merged = cx.read_survey(tmp_path)
    kinds = alone.questions.set_index("question")["kind"]
    assert merged.questions.set_index("question")["kind"].to_dict() == kinds.to_dict()
    had = merged.answers.loc[merged.answers["question"] == "What did you have?", "answer"].value_counts()
    assert had.to_dict() == {"Coffee": 102, "Cake": 51}


def test_exports_whose_headings_have_another_number_of_rows_are_refused(tmp_path):
    names = "StartDate,EndDate,ResponseId,Q1\n"
    texts = 'Start Date,End Date,Response ID,How was it?\n"{""ImportId"":""startDate""}","{""ImportId"":""endDate""}",'
    texts += '"{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}"\n'
    rows = [f"2026-10-0{at} 10:00:00,2026-10-0{at} 10:05:00,R_00{at},{at}\n" for at in range(1, 9)]
    (tmp_path / "a.csv").write_text(names + "".join(rows[:5]), encoding="utf-8")
    (tmp_path / "b.csv").write_text(names + texts + "".join(rows[3:]), encoding="utf-8")
    with pytest.raises(RefusedFileError, match="its headings have another number of rows"):
        cx.read_survey(tmp_path, reader="qualtrics")


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("2026-10-03;1\n2026-10-04;2\n", r"a\.csv, row 2, column datum: is only a day, .* found '2026-10-03'"),
        ("2026-10-03 10:00;1\n2026-10-04;2\n", r"a\.csv, row 3, column datum: is only a day"),
        (
            "2026-10-03 10:00;1\n2026-10-03 11:00;2\n2026-10-03 11:00;3\n",
            r"a\.csv, row 3, column datum: is the moment of more than one answer",
        ),
    ],
)
def test_moments_that_several_may_share_do_not_tell_who_answered(folder, first, said):
    files = {"a_csv": "datum;Nöjd?\n" + first, "b_csv": "datum;Nöjd?\n2026-10-03 10:00;5\n2026-10-05 12:00;4\n"}
    with pytest.raises(RefusedFileError, match=said):
        cx.read_survey(folder(**files))
    assert len(cx.read_survey(folder(**files) / "a.csv").respondents) == first.count("\n")


def test_moments_tell_who_answered_where_each_has_a_time_of_its_own(folder):
    both = "datum;Nöjd?\n2026-10-03 00:00;1\n2026-10-03 11:00;2\n"
    survey = cx.read_survey(folder(a_csv=both, b_csv=both + "2026-10-04 09:00;5\n"))
    assert survey.exports[COUNTS].to_numpy().tolist() == [[2, 0, 0], [1, 0, 2]]
