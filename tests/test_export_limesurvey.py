"""Exports of LimeSurvey: a real pair in French, and the forms for which there is no file."""

import csv

import pytest

import cxlib as cx
from cxlib.errors import RefusedFileError
from tests.toy_exports import answers_to, kinds, moments, survey_of

# Headings of crismz/EncuestasUNC, results-survey.csv; answers made up by hand.
CODES = """\
"id","submitdate","lastpage","startlanguage","seed","token","startdate","datestamp","ipaddr","refurl",\
"Q1","P5[O1]","P5[O2]","P5[other]","G[SQ001]","G[SQ002]","Q9","Q9[other]","interviewtime","groupTime8020","Q1Time"
"3","2026-05-01 08:05:00","4","sv","11","aB3dE6gH9jK2mNp","2026-05-01 08:00:00","2026-05-01 08:05:00","192.0.2.1","",\
"A1","Y","","","5","4","-oth-","Cykel","301.5","200.25","12.5"
"5","","2","sv","12","bB3dE6gH9jK2mNp","2026-05-02 08:00:00","2026-05-02 08:02:00","192.0.2.2","https://example.com/",\
"A2","Y","Y","Annat","4","","A1","","120.25","60.5","10.25"
"6","1980-01-01 00:00:00","4","en","13","cB3dE6gH9jK2mNp","2026-05-03 08:00:00","2026-05-03 08:09:00","192.0.2.3","",\
,"N/A","N/A","N/A","","2","A1","","540.75","500.5","15.5"
"""

# Headings as in German surveys (Antwort ID, Datum Abgeschickt, …), in Swedish ones the translation is ours: what they
# are called does not matter.
TEXTS = {
    "de": "Antwort ID;Datum Abgeschickt;Letzte Seite;Start-Sprache;Zufallsstartwert;Datum gestartet;"
    "Datum letzte Aktivität",
    "sv": "Svars-ID;Datum för inlämning;Sista sida;Startspråk;Startvärde;Startdatum;Senaste händelse",
    "eo": "a;b;c;d;e;f;g",
}
YES_NO = {"de": ("Ja", "Nein"), "sv": ("Ja", "Nej"), "eo": ("Ja", "Ne")}


def in_texts(language: str, delimiter: str = ";") -> str:
    yes, no = YES_NO[language]
    rows = [
        [
            *TEXTS[language].split(";"),
            "Hur nöjd är du?", "Vad köpte du? [Kaffe &amp; te]", "Vad köpte du? [Kommentar]",
            "Vad köpte du? [Bulle]", "Vad köpte du? [Kommentar]", "Vad köpte du? [Annat]", "Betyg: [Smak]",
            "Betyg: [Pris]", "Total tid", "Tid för grupp: A", "Tid för fråga: Q1", "Tid för fråga: Q2",
        ],
        [
            "3", "2026-05-01 08:05:00", "4", language, "1503249853", "2026-05-01 08:00:00", "2026-05-01 08:04:59",
            "5", yes, "stark", no, "", "", "4", "2", "44.25", "", "10.5", "",
        ],
        [
            "9", "", "1", language, "668450572", "2026-05-02 08:00:00", "2026-05-02 08:01:00",
            "", yes, "", yes, "kanel", "glass", "3", "", "59.04", "", "11.5", "",
        ],
    ]  # fmt: skip
    return "".join(delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)


def test_moments_that_an_american_spreadsheet_saved_again(tmp_path):
    head = "Response ID,Date submitted,Last page,Start language,Date started,How was it?\n"
    rows = "1,10/15/2026 9:05 PM,3,en,10/15/2026 8:55 PM,5\n2,,1,en,10/16/2026 12:10\u202fAM,\n"
    survey = survey_of(tmp_path, head + rows)
    assert (survey.reader, kinds(survey)) == ("limesurvey", {"How was it?": "scale"})
    assert moments(survey) == ["2026-10-15 21:05:00", "2026-10-16 00:10:00"]


def test_codes(tmp_path):
    survey = survey_of(tmp_path, CODES, timezone="Europe/Stockholm")
    assert survey.reader == "limesurvey"
    assert survey.why == "its first columns are id, submitdate, lastpage, startlanguage"
    assert survey.respondents["respondent"].tolist() == ["3", "5", "6"]
    assert survey.questions["question"].tolist() == ["Q1", "P5", "P5[other]", "G[SQ001]", "G[SQ002]", "Q9", "Q9[other]"]
    assert answers_to(survey, "P5") == {"3": ["O1"], "5": ["O1", "O2"]}
    assert answers_to(survey, "Q9[other]") == {"3": ["Cykel"]}


def test_options_that_were_not_shown_are_no_answers(tmp_path):
    survey = survey_of(tmp_path, CODES)
    assert "6" not in answers_to(survey, "P5")
    assert kinds(survey)["P5"] == "several choices"


def test_where_no_moment_of_submission_is_kept_the_last_action_counts(tmp_path):
    assert moments(survey_of(tmp_path, CODES)) == ["2026-05-01 08:05:00", "2026-05-02 08:02:00", "2026-05-03 08:09:00"]


def test_what_it_writes_itself_is_no_answer(tmp_path):
    left = survey_of(tmp_path, CODES).left_out.set_index("column")["reason"]
    assert left["ipaddr"] == "tells who somebody is"
    assert {"lastpage", "seed", "token", "refurl", "interviewtime", "groupTime8020", "Q1Time"} <= set(left.index)


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("language", TEXTS)
def test_texts_in_any_language(tmp_path, language, delimiter):
    survey = survey_of(tmp_path, in_texts(language, delimiter))
    assert (survey.reader, survey.delimiter) == ("limesurvey", delimiter)
    assert survey.why == "its first columns hold an id, a moment, a page and a language"
    assert moments(survey) == ["2026-05-01 08:05:00", "2026-05-02 08:01:00"]
    assert kinds(survey) == {
        "Hur nöjd är du?": "scale",
        "Vad köpte du?": "several choices",
        "Vad köpte du? [Kaffe & te] [Kommentar]": "open text",
        "Vad köpte du? [Bulle] [Kommentar]": "open text",
        "Vad köpte du? [Annat]": "open text",
        "Betyg: [Smak]": "scale",
        "Betyg: [Pris]": "scale",
    }
    assert answers_to(survey, "Vad köpte du?") == {"3": ["Kaffe & te"], "9": ["Kaffe & te", "Bulle"]}
    assert answers_to(survey, "Vad köpte du? [Bulle] [Kommentar]") == {"9": ["kanel"]}


def test_codes_and_texts_in_one_heading(tmp_path):
    text = (
        "id. Response ID;submitdate. Date submitted;lastpage. Last page;startlanguage. Start language;"
        "Q1. How was it?;Q2[A]. Bought? [Tea];Q2[B]. Bought? [Milk]\n"
        "1;2026-05-01 08:05:00;4;en;5;Yes;No\n2;2026-05-02 08:05:00;4;en;4;Yes;Yes\n"
    )
    survey = survey_of(tmp_path, text)
    assert survey.questions[["question", "question_text"]].to_numpy().tolist() == [
        ["Q1", "How was it?"],
        ["Q2", "Bought?"],
    ]
    assert answers_to(survey, "Q2") == {"1": ["Tea"], "2": ["Tea", "Milk"]}


def test_where_nobody_typed_anything_in_the_heading_tells_what_is_no_option(tmp_path):
    text = in_texts("sv").replace('"stark"', '""').replace('"kanel"', '""').replace('"glass"', '""')
    assert kinds(survey_of(tmp_path, text)) == kinds(survey_of(tmp_path, in_texts("sv")))


def test_a_question_may_be_called_like_a_column_of_its_own(tmp_path):
    rows = ["id,submitdate,lastpage,startlanguage,Q1,seed", "1,2026-05-01 08:05:00,4,en,5,oats", "2,,4,en,4,rye"]
    survey = survey_of(tmp_path, "\n".join(rows))
    assert answers_to(survey, "seed") == {"1": ["oats"], "2": ["rye"]}


def test_words_of_no_known_yes_are_kept_as_they_stand(tmp_path):
    text = in_texts("sv").replace('"Ja"', '"Bai"').replace('"Nej"', '"Ez"')
    survey = survey_of(tmp_path, text)
    assert answers_to(survey, "Vad köpte du? [Bulle]") == {"3": ["Ez"], "9": ["Bai"]}


def test_a_grid_of_yes_no_and_uncertain_keeps_its_words(tmp_path):
    text = (
        "id,submitdate,lastpage,startlanguage,G[A],G[B],G[C]\n"
        "1,2026-05-01 08:05:00,4,en,Yes,No,Uncertain\n2,2026-05-02 08:05:00,4,en,No,No,Yes\n"
    )
    survey = survey_of(tmp_path, text)
    assert answers_to(survey, "G[C]") == {"1": ["Uncertain"], "2": ["Yes"]}
    assert answers_to(survey, "G[B]") == {"1": ["No"], "2": ["No"]}


def test_a_question_for_a_date_is_no_moment(tmp_path):
    rows = ["a,b,c,d,Born?", "1,2026-05-01 8:05,4,en,1985-03-02 00:00:00", "2,2026-05-02 9:05,4,en,1990-03-02 00:00:00"]
    text = "\n".join(rows)
    survey = survey_of(tmp_path, text)
    assert (survey.reader, survey.questions["question"].tolist()) == ("limesurvey", ["Born?"])


def test_a_table_that_begins_otherwise_is_refused_by_name(tmp_path):
    with pytest.raises(RefusedFileError, match="as an export of LimeSurvey it lacks the columns that it begins with"):
        survey_of(tmp_path, "a,b\n1,2\n", reader="limesurvey")


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(("name", "n_respondents"), [("export_1.csv", 68), ("export_2.csv", 82)])
def test_the_real_pair_loses_and_doubles_nobody(shared_data, name, n_respondents):
    path = shared_data / "limesurvey" / name
    survey = cx.read_survey(path, timezone="Africa/Kinshasa")
    assert survey.reader == "limesurvey"
    assert (survey.rows_read, survey.rows_rejected) == (n_respondents, 0)
    assert survey.respondents["respondent"].tolist() == [row[0] for row in rows_of(path)[1:]]
    assert survey.respondents["answered_at"].notna().all()


def test_the_second_export_repeats_the_first_ones_respondents(shared_data):
    first, second = (cx.read_survey(shared_data / "limesurvey" / f"export_{at}.csv") for at in (1, 2))
    assert set(first.respondents["respondent"]) < set(second.respondents["respondent"])
    assert first.questions["question"].tolist() == second.questions["question"].tolist()


def test_nine_repeated_headings_of_the_real_pair_stay_apart(shared_data):
    path = shared_data / "limesurvey" / "export_1.csv"
    header = rows_of(path)[0]
    assert len(header) - len(set(header)) == 9
    questions = cx.read_survey(path).questions
    comments = questions[questions["question"].str.endswith("[Commentaire]")]
    assert len(comments) == 12 == sum(name.endswith("[Commentaire]") for name in header)
    assert comments["question"].is_unique
    assert comments["kind"].eq("open text").all()
    assert "&amp;" not in "".join(questions["question"])


def test_each_yes_of_the_real_export_is_an_answer_and_each_no_is_none(shared_data):
    path = shared_data / "limesurvey" / "export_1.csv"
    survey = cx.read_survey(path)
    cells = [cell for row in rows_of(path)[1:] for cell in row]
    options = survey.questions[survey.questions["kind"] == "several choices"]
    assert options["n_answers"].sum() == cells.count("Oui")
    assert "Non" not in set(survey.answers["answer"])
    gender = survey.answers[survey.answers["question"] == "Genre /Gender"]
    masculine = [row[10] for row in rows_of(path)[1:]].count("Oui")
    assert (gender["answer"] == "Masculin").sum() == masculine


def test_the_seconds_of_the_real_export_are_no_answers(shared_data):
    left = cx.read_survey(shared_data / "limesurvey" / "export_1.csv").left_out
    assert left["column"].str.startswith("Durée pour").sum() == 31
    assert "Temps total :" in set(left["column"])


NOT_SHOWN = "id,submitdate,lastpage,startlanguage,seed,Q1,Q2\n" + "".join(
    f"{at},2026-05-0{at} 08:0{at}:00,3,sv,123456,{at % 5 + 1},{'N/A' if at < 4 else at % 5 + 1}\n" for at in range(1, 9)
)


def test_what_was_not_shown_was_not_asked(tmp_path):
    survey = survey_of(tmp_path, NOT_SHOWN)
    questions = survey.questions.set_index("question")
    assert questions["n_answered"].to_dict() == {"Q1": 8, "Q2": 5}
    assert kinds(survey) == {"Q1": "scale", "Q2": "scale"}
    assert survey.not_asked.to_numpy().tolist() == [["1", "Q2"], ["2", "Q2"], ["3", "Q2"]]


def test_in_successive_exports_what_was_not_shown_keeps_its_respondent(tmp_path):
    (tmp_path / "a.csv").write_text(NOT_SHOWN, encoding="utf-8")
    (tmp_path / "b.csv").write_text(NOT_SHOWN + "9,2026-05-09 08:00:00,3,sv,123456,5,N/A\n", encoding="utf-8")
    assert cx.read_survey(tmp_path).not_asked["respondent"].tolist() == ["1", "2", "3", "9"]
