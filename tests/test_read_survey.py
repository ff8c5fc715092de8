"""Which reader takes a file and why, and what holds of every export whatever tool wrote it."""

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import RefusedFileError
from cxlib.exports.layout import Head, Layout, head_of
from cxlib.exports.reader import LayoutError
from cxlib.exports.survey import READERS
from cxlib.exports.survey import _chosen as chosen
from cxlib.readers import read_table
from tests.test_export_formbricks import export as formbricks_export
from tests.test_export_google_forms import BY_THE_FORM as GOOGLE_FORM
from tests.test_export_limesurvey import CODES as LIMESURVEY_CODES
from tests.test_export_microsoft_forms import IN_ENGLISH as MICROSOFT_FORM
from tests.test_export_qualtrics import THREE_ROWS
from tests.test_export_surveymonkey import NEW as NEW_SURVEYMONKEY
from tests.test_export_typeform import NEW as NEW_TYPEFORM
from tests.toy_exports import moments, survey_of

PLAIN = "id,date,q\n1,{0},5\n2,{1},4\n"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (("13/1/2026 14:05", "1/2/2026 14:05"), ["2026-01-13", "2026-02-01"]),
        (("1/13/2026 2:05 PM", "2/1/2026 2:05 PM"), ["2026-01-13", "2026-02-01"]),
        (("13 januari 2026", "1 februari 2026"), ["2026-01-13", "2026-02-01"]),
        (("2026-01-13 14.05.30", "2026-02-01 14.05.30"), ["2026-01-13", "2026-02-01"]),
    ],
)
def test_moments_are_read_as_they_are_written(tmp_path, written, found):
    assert moments(survey_of(tmp_path, PLAIN.format(*written)), "%Y-%m-%d") == found


def test_an_order_of_day_and_month_that_nothing_tells_is_asked_for(tmp_path):
    message = r"export.csv, row 2, column date: nothing in this file tells whether the day or the month comes first"
    with pytest.raises(RefusedFileError, match=message) as refused:
        survey_of(tmp_path, PLAIN.format("3/4/2026", "5/4/2026"))
    assert refused.value.problem.value == "3/4/2026"
    assert refused.value.problem.allowed.startswith('date_order "dmy" or "mdy" (day d')
    with pytest.raises(RefusedFileError, match='"mdy" or "ymd"'):
        survey_of(tmp_path, PLAIN.format("26-04-03", "26-04-05"))


@pytest.mark.parametrize(("order", "first"), [("dmy", "2026-04-03"), ("mdy", "2026-03-04")])
def test_the_order_can_be_told(tmp_path, order, first):
    survey = survey_of(tmp_path, PLAIN.format("3/4/2026", "5/4/2026"), date_order=order)
    assert moments(survey, "%Y-%m-%d")[0] == first


def test_moments_in_two_orders_are_refused_with_both(tmp_path):
    with pytest.raises(RefusedFileError, match=r"row 3, .*as '13/1/2026' in row 2"):
        survey_of(tmp_path, PLAIN.format("13/1/2026", "1/14/2026"))


def test_an_unknown_order_is_refused(tmp_path):
    with pytest.raises(cx.ParameterError, match="unknown date_order 'day first'; allowed: dmy, mdy, ymd"):
        survey_of(tmp_path, PLAIN.format("3/4/2026", "5/4/2026"), date_order="day first")


def test_one_moment_of_a_tool_tells_the_order_of_all_its_moments(tmp_path):
    text = (
        "Respondent ID,Collector ID,Start Date,End Date,Happy?\n"
        "1,7,12/31/2025 11:59:00 PM,01/01/2026 12:01:00 AM,5\n2,7,01/02/2026 10:00:00 AM,01/02/2026 10:01:00 AM,4\n"
    )
    assert moments(survey_of(tmp_path, text)) == ["2026-01-01 00:01:00", "2026-01-02 10:01:00"]


def test_a_title_above_the_headings_is_stepped_over_and_can_be_told(tmp_path):
    text = "Kundenkät 2026\n\nrespondent_id;Nöjd?;Varför?\n7;5;Bra\n8;4;Dyrt\n"
    survey = survey_of(tmp_path, text)
    assert survey.respondents["source_row"].tolist() == [4, 5]
    assert survey_of(tmp_path, text, header_row=3).respondents.equals(survey.respondents)


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path):
    assert survey_of(tmp_path, "id,q\n1,5\n\n2,4\n").respondents["source_row"].tolist() == [2, 4]
    assert pd.api.types.is_integer_dtype(survey_of(tmp_path, "id,q\n1,5\n").respondents["source_row"])


# What is in each folder of real files, and the reader for it.
REAL = {
    "qualtrics": "qualtrics",
    "surveymonkey": "surveymonkey",
    "limesurvey": "limesurvey",
    "google_forms": "google_forms",
    "oddjob_airline": "plain",
    "sfo_airport_survey": "plain",
    "olist": "plain",
    "goteborg_forskoleenkat": "plain",
    "german_cp1252": "plain",
    "reference_tables": "plain",
}
HAND_MADE = {
    "surveymonkey": NEW_SURVEYMONKEY,
    "typeform": NEW_TYPEFORM,
    "limesurvey": LIMESURVEY_CODES,
    "formbricks": formbricks_export(),
    "google_forms": GOOGLE_FORM,
    "microsoft_forms": MICROSOFT_FORM,
    "qualtrics": THREE_ROWS,
    "plain": PLAIN.format("2026-05-01", "2026-05-02"),
}
# The column of ids of each hand-made export, and the rows of headings.
IDS = {
    "surveymonkey": ("Respondent ID", 2),
    "typeform": ("#", 1),
    "limesurvey": ("id", 1),
    "formbricks": ("Response ID", 1),
    "qualtrics": ("ResponseId", 3),
    "microsoft_forms": ("ID", 1),
}


def written_again(rows: list[list[str]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue()


def survey_layout(path, tool: str) -> Layout:
    return READERS[tool].layout(head_of(read_table(path)))


@pytest.mark.parametrize("folder", REAL)
def test_every_real_file_is_known_by_its_content(shared_data, folder):
    files = [path for path in sorted((shared_data / folder).rglob("*")) if path.suffix in (".csv", ".gz")]
    assert files
    for path in files:
        assert chosen(head_of(read_table(path)))[0].name == REAL[folder], path.name


@pytest.mark.parametrize("tool", HAND_MADE)
def test_the_name_of_a_file_changes_nothing(tmp_path, tool):
    for name in ("typeform.csv", "results-survey123456.csv", "Qualtrics export", "x.txt"):
        path = tmp_path / name
        path.write_text(HAND_MADE[tool], encoding="utf-8", newline="")
        assert cx.read_survey(path).reader == tool


@pytest.mark.parametrize("tool", HAND_MADE)
def test_the_order_of_lines_of_answers_changes_nothing(tmp_path, tool):
    n_headings = IDS.get(tool, ("", 1))[1]
    rows = list(csv.reader(io.StringIO(HAND_MADE[tool], newline="")))
    text = written_again([*rows[:n_headings], *rows[: n_headings - 1 : -1]])
    assert survey_of(tmp_path, text).reader == tool
    first, second = survey_of(tmp_path, HAND_MADE[tool]), survey_of(tmp_path, text)
    by = ["respondent", "question", "answer"]
    pd.testing.assert_frame_equal(
        first.answers.sort_values(by, ignore_index=True), second.answers.sort_values(by, ignore_index=True)
    )


@pytest.mark.parametrize("tool", HAND_MADE)
def test_the_reader_that_is_named_is_taken(tmp_path, tool):
    survey = survey_of(tmp_path, HAND_MADE[tool], reader=tool)
    assert (survey.reader, survey.why) == (tool, "it was asked for")
    plain = survey_of(tmp_path, HAND_MADE[tool], reader="plain", date_order="ymd")
    assert (plain.reader, plain.why) == ("plain", "it was asked for")


def test_what_no_tool_writes_is_a_plain_table_and_it_says_so(tmp_path):
    survey = survey_of(tmp_path, HAND_MADE["plain"])
    assert (survey.reader, survey.why) == ("plain", "nothing in it is what a survey tool writes")


@pytest.mark.parametrize("tool", IDS)
def test_no_respondent_is_lost_or_doubled(tmp_path, tool):
    heading, n_headings = IDS[tool]
    rows = list(csv.reader(io.StringIO(HAND_MADE[tool], newline="")))
    again = written_again([*rows, rows[-1]])  # the last respondent once more
    survey = survey_of(tmp_path, again)
    ids = [row[rows[0].index(heading)] for row in rows[n_headings:]]
    assert survey.respondents["respondent"].tolist() == ids
    assert survey.rejected[["column", "value"]].to_numpy().tolist() == [[heading, ids[-1]]]
    assert survey.rows_read == survey.rows_kept + survey.rows_rejected == len(ids) + 1


def test_an_id_that_comes_again_in_a_plain_table_names_no_respondent(tmp_path):
    survey = survey_of(tmp_path, "id,q\nK1,5\nK1,4\nK2,3\n")  # a customer may answer twice
    assert survey.respondents["respondent"].tolist() == ["row 2", "row 3", "row 4"]
    assert survey.questions["question"].tolist() == ["id", "q"]


@pytest.mark.parametrize("tool", HAND_MADE)
def test_mail_and_network_addresses_come_only_where_they_are_asked_for(tmp_path, tool):
    def addresses(survey):
        return set(survey.answers.loc[survey.answers["answer"].str.contains(r"@|^192\.0\.2\.\d+$"), "answer"])

    assert not addresses(survey_of(tmp_path, HAND_MADE[tool]))
    found = set(re.findall(r"[a-z]@example\.com|192\.0\.2\.\d+", HAND_MADE[tool]))
    assert addresses(survey_of(tmp_path, HAND_MADE[tool], personal=True)) == found


@pytest.mark.parametrize("tool", HAND_MADE)
def test_every_column_is_in_one_frame(tmp_path, tool):
    survey = survey_of(tmp_path, HAND_MADE[tool])
    layout = survey_layout(tmp_path / "export.csv", tool)
    assert [column.position for column in layout.columns] == list(range(len(layout.columns)))
    n_questions = len({column.name for column in layout.columns if column.role in ("question", "option")})
    personal = survey.left_out["reason"].eq("tells who somebody is").sum()
    told = sum(column.role == "personal" for column in layout.columns)
    assert len(survey.questions) == n_questions - (personal - told)


def test_one_bad_moment_does_not_take_their_names_from_the_others(tmp_path):
    text = "timestamp,q\n2026-05-01 10:00:00,5\nsoon,4\n2026-05-02 10:00:00,3\n"
    survey = survey_of(tmp_path, text)
    assert survey.respondents["respondent"].tolist() == ["2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z"]


@given(st.text(max_size=12), st.lists(st.text(max_size=8), max_size=5))
def test_no_reader_is_upset_by_a_strange_head(first, cells):
    """Every reader gives a layout or says what it lacks, whatever a table holds."""
    head = Head(names=(first.strip(), "b"), rows=tuple((cell.strip(), "") for cell in cells))
    for reader in READERS.values():
        reader.evidence(head)
        try:
            layout = reader.layout(head)
        except LayoutError as error:
            assert str(error)
        else:
            assert [column.position for column in layout.columns] == [0, 1]


@pytest.mark.parametrize("at", [2, 1502])
def test_an_id_that_comes_again_is_rejected_wherever_it_stands(tmp_path, at):
    ids = [f"{row}" for row in range(2, 1600)]
    ids[at - 1] = ids[at - 2]
    survey = survey_of(tmp_path, "Respondent ID,q\n" + "".join(f"{one},5\n" for one in ids))
    assert survey.questions["question"].tolist() == ["q"]
    assert survey.rejected[["column", "row", "value"]].to_numpy().tolist() == [["Respondent ID", at + 1, ids[at - 1]]]


@pytest.mark.parametrize("at", [2, 1502])
def test_a_number_of_customers_that_comes_again_is_said_to_be_no_respondent(tmp_path, at):
    ids = [f"{row}" for row in range(2, 1600)]
    ids[at - 1] = ids[at - 2]
    text = "Kundnr,q\n" + "".join(f"{one},5\n" for one in ids)
    survey = survey_of(tmp_path, text)
    assert (len(survey.respondents), survey.rows_rejected) == (1598, 0)
    assert survey.doubts[0].startswith("'Kundnr' is not unique, so every row counts as a respondent of its own")
    told = survey_of(tmp_path, text, respondent="Kundnr")
    assert (len(told.respondents), told.rows_rejected, told.doubts) == (1597, 1, ())


@pytest.mark.parametrize("heading", ["Respondent ID", "Respondent ID,Collector ID"])
def test_ids_that_excel_shortened_name_nobody(tmp_path, heading):
    more = ",7" if "Collector" in heading else ""
    rows = "".join(f'"1,23457E+{10 + row % 2}"{more},{row % 5}\n' for row in range(8))
    survey = survey_of(tmp_path, f"{heading},q\n{rows}")
    assert (len(survey.respondents), survey.rows_rejected) == (8, 0)
    assert survey.questions["question"].tolist() == ["q"]
    assert survey.doubts[0].startswith("'Respondent ID' tells nobody apart: Excel has shortened its ids")
