"""Answers of Google Forms: a real survey, and the forms for which there is no file."""

import csv

import pytest

import cxlib as cx
from cxlib.errors import RefusedFileError
from tests.toy_exports import answers_to, kinds, moments, survey_of

BY_THE_FORM = """\
"Tidstämpel","E-postadress","Hur nöjd är du?","Vad köpte du?","Var köper du? [Torget]","Poäng",\
"Vad köpte du? [Feedback]"\r
"2026/05/01 2:05:33 em GMT+2","a@example.com","4 / 5","Kaffe;Bulle, varm;Annat (te; saft)","Ofta","4 / 5",""\r
"2026/05/02 9:05:33 fm GMT+2","b@example.com","5 / 5","Kaffe","Ofta","3 / 5","Bra!"\r
"2026/05/03 12:05:33 em GMT+2","c@example.com","","Bulle, varm;Annat (te; saft)","","",""\r
"""

BY_THE_SHEET = """\
Timestamp,What did you buy?,Where?,Comment
{0},"Coffee, Cake","Malmö, Sweden","Good, cheap"
{1},Coffee,"Lund, Sweden","Nice, but slow"
{2},"Cake, Deal sites (fave, iprice, etc...)","Malmö, Sweden",Fine
{3},"Coffee, Deal sites (fave, iprice, etc...)","Lund, Sweden",Fine
"""


def test_the_form_in_swedish(tmp_path):
    survey = survey_of(tmp_path, BY_THE_FORM, timezone="Europe/Stockholm")
    assert survey.reader == "google_forms"
    assert survey.why == "its first column holds moments such as 2026/05/01 2:05:33 em GMT+2"
    assert moments(survey) == ["2026-05-01 14:05:33", "2026-05-02 09:05:33", "2026-05-03 12:05:33"]
    assert survey.respondents["respondent"].iloc[0] == "2026-05-01T12:05:33Z"
    assert kinds(survey) == {
        "Hur nöjd är du?": "scale",
        "Vad köpte du?": "several choices",
        "Var köper du? [Torget]": "choice",
        "Poäng": "scale",
    }


def test_scores_out_of_some_are_numbers(tmp_path):
    survey = survey_of(tmp_path, BY_THE_FORM)
    found = survey.answers[survey.answers["question"] == "Hur nöjd är du?"]
    assert found[["answer", "number"]].to_numpy().tolist() == [["4 / 5", 4.0], ["5 / 5", 5.0]]


def test_choices_keep_their_commas_and_what_is_in_brackets(tmp_path):
    found = list(answers_to(survey_of(tmp_path, BY_THE_FORM), "Vad köpte du?").values())
    assert found == [["Kaffe", "Bulle, varm", "Annat (te; saft)"], ["Kaffe"], ["Bulle, varm", "Annat (te; saft)"]]


def test_the_address_and_what_the_teacher_wrote_are_no_answers(tmp_path):
    left = survey_of(tmp_path, BY_THE_FORM).left_out
    assert left.to_numpy().tolist() == [
        ["E-postadress", "tells who somebody is"],
        ["Vad köpte du? [Feedback]", "about the form, no answer"],
    ]


@pytest.mark.parametrize(
    "written",
    [
        ("2026-01-31 14.05.30", "2026-01-31 15.05.30", "2026-02-01 14.05.30", "2026-02-02 14.05.30"),
        ("1/31/2026 14:05:30", "1/31/2026 15:05:30", "2/1/2026 14:05:30", "2/2/2026 14:05:30"),
        ("31/01/2026 14:05:30", "31/01/2026 15:05:30", "01/02/2026 14:05:30", "02/02/2026 14:05:30"),
        ("2026-01-31 14:05:30", "2026-01-31 15:05:30", "2026-02-01 14:05:30", "2026-02-02 14:05:30"),
    ],
)
def test_the_sheet_writes_moments_in_its_language_and_they_are_local(tmp_path, written):
    survey = survey_of(tmp_path, BY_THE_SHEET.format(*written), timezone="Europe/Stockholm")
    assert survey.reader == "google_forms"
    assert survey.why == f"its first column is Timestamp and holds moments such as {written[0]}"
    assert moments(survey, "%m-%d %H") == ["01-31 14", "01-31 15", "02-01 14", "02-02 14"]


@pytest.mark.parametrize(
    ("heading", "written", "order"),
    [
        ("Tidstämpel", "2026-10-{} 14:05", "ymd"),
        ("Timestamp", "10/{}/2026 2:05 PM", "mdy"),
        ("Timestamp", "10/{}/2026 2:05:30\u202fPM", "mdy"),
        ("Marca temporal", "{}/10/2026 2:05:30 p.\u00a0m.", "dmy"),
        ("Tidsstempel", "{}.10.2026 14.05.30", "dmy"),
        ("Időbélyeg", "2026. 10. {}. 14:05:30", "ymd"),
    ],
)
def test_a_sheet_that_a_spreadsheet_saved_again_or_of_another_language(tmp_path, heading, written, order):
    text = BY_THE_SHEET.format(*(written.format(day) for day in (11, 13, 14, 15))).replace("Timestamp", heading)
    survey = survey_of(tmp_path, text, timezone="Europe/Stockholm")
    assert (survey.reader, survey.exports["date_order"].tolist()) == ("google_forms", [order])
    assert moments(survey, "%m-%d %H:%M") == [f"10-{day} 14:05" for day in (11, 13, 14, 15)]
    assert kinds(survey)["What did you buy?"] == "several choices"


def test_the_form_with_a_space_that_breaks_no_line(tmp_path):
    survey = survey_of(tmp_path, BY_THE_FORM.replace(" em", "\u202fem"), timezone="Europe/Stockholm")
    assert survey.reader == "google_forms"
    assert moments(survey) == ["2026-05-01 14:05:33", "2026-05-02 09:05:33", "2026-05-03 12:05:33"]


def test_the_sheet_joins_choices_with_commas_and_texts_have_commas_too(tmp_path):
    text = BY_THE_SHEET.format(*(f"2026-01-{day} 14:05:30" for day in range(11, 15)))
    survey = survey_of(tmp_path, text)
    assert list(answers_to(survey, "What did you buy?").values()) == [
        ["Coffee", "Cake"],
        ["Coffee"],
        ["Cake", "Deal sites (fave, iprice, etc...)"],
        ["Coffee", "Deal sites (fave, iprice, etc...)"],
    ]
    assert ["Malmö, Sweden"] in answers_to(survey, "Where?").values()
    assert ["Nice, but slow"] in answers_to(survey, "Comment").values()


def test_a_timestamp_of_another_form_is_that_of_a_plain_table(tmp_path):
    survey = survey_of(tmp_path, "Timestamp,q\n2026-01-31T14:05:30Z,5\n2026-01-31T15:05:30Z,4\n")
    assert survey.reader == "plain"


def test_a_table_without_moments_is_refused_by_name(tmp_path):
    with pytest.raises(RefusedFileError, match="as an export of Google Forms it lacks a first column Timestamp"):
        survey_of(tmp_path, "a,b\n1,2\n", reader="google_forms")


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def coffee(shared_data):
    return shared_data / "google_forms" / "Starbucks satisfactory survey.csv"


def test_the_real_survey_loses_nobody(coffee):
    survey = cx.read_survey(coffee, timezone="Asia/Kuala_Lumpur")
    assert (survey.reader, survey.rows_read, survey.rows_rejected) == ("google_forms", 122, 0)
    assert len(survey.respondents) == survey.respondents["respondent"].nunique() == 122
    assert moments(survey)[0] == "2019-10-01 12:38:43"  # PM GMT+8 is noon in Malaysia


def test_each_choice_of_the_real_survey_is_one_of_those_that_were_offered(coffee):
    survey = cx.read_survey(coffee)
    assert kinds(survey)["19. How do you come to hear of promotions at Starbucks? Check all that apply."] == (
        "several choices"
    )
    bought = survey.answers[survey.answers["question"].str.startswith("10. ")]
    cells = [row[10] for row in rows_of(coffee)[1:]]
    assert len(bought) == sum(cell.count(";") + 1 for cell in cells)
    assert (bought["answer"] == "Coffee").sum() == sum("Coffee" in cell.split(";") for cell in cells)
    promoted = survey.answers[survey.answers["question"].str.startswith("19. ")]
    whole = "Deal sites (fave, iprice, etc...)"
    assert (promoted["answer"] == whole).sum() == sum(whole in row[19] for row in rows_of(coffee)) > 0


def test_ratings_of_the_real_survey_are_scales(coffee):
    questions = cx.read_survey(coffee).questions
    ratings = questions[questions["question"].str.match(r"1[2-8]\. ")]
    assert ratings["kind"].eq("scale").all() and len(ratings) == 7
    assert ratings["lowest_seen"].ge(1).all() and ratings["highest_seen"].le(5).all()


def test_labels_that_hold_a_comma_stay_whole_and_are_said_to(tmp_path):
    rows = "".join(
        f'2026-05-0{at + 1} 10.00.00,"{answer}"\n'
        for at, answer in enumerate(["Ja", "Ja, absolut", "Ja", "Ja, absolut", "Nej"])
    )
    survey = survey_of(tmp_path, f"Tidstämpel,Köpa igen?\n{rows}")
    assert survey.answers["answer"].tolist() == ["Ja", "Ja, absolut", "Ja", "Ja, absolut", "Nej"]
    assert len(survey.doubts) == 1
    assert "'Köpa igen?' is read as one answer each, such as 'Ja, absolut'" in survey.doubts[0]
    told = survey_of(tmp_path, f"Tidstämpel,Köpa igen?\n{rows}", separators={"Köpa igen?": ", "})
    assert kinds(told) == {"Köpa igen?": "several choices"}
    assert told.answers["answer"].value_counts().to_dict() == {"Ja": 4, "absolut": 2, "Nej": 1}
    assert told.doubts == ()
