"""Answers of Microsoft Forms, of which there is no real file: written by hand, with the columns that it writes."""

import pytest

from cxlib.errors import RefusedFileError
from tests.toy_exports import answers_to, kinds, moments, survey_of

# "ID, Start time, Completion time, Email, Name, Last modified time" as in exports that repositories describe.
IN_ENGLISH = """\
ID,Start time,Completion time,Email,Name,Last modified time,How was it?,What did you buy?,Name1,Why?
1,10/13/26 14:05:33,10/13/26 14:09:33,anonymous,,,5,Coffee;,Ada,Fast
2,10/13/26 21:05:46,10/13/26 21:09:46,b@example.com,B,10/14/26 8:00,4,Coffee;Cake; warm;Tea (mint; hot);,,"Slow; dear"
3,10/14/26 4:05:59,10/14/26 4:09:59,anonymous,,,,Tea (mint; hot);,,
"""

IN_SWEDISH = """\
ID;Starttid;Slutförandetid;E-post;Namn;Hur nöjd är du?;Vad köpte du?
1;2026-10-03 14:05;2026-10-03 14:09;anonymous;;Mycket nöjd;"Kaffe;te;"
2;2026-10-03 21:05;2026-10-03 21:09;anonymous;;Nöjd;"Kaffe;te;"
3;2026-10-04 04:05;2026-10-04 04:09;anonymous;;Nöjd;
"""


def test_an_export_in_english(tmp_path):
    survey = survey_of(tmp_path, IN_ENGLISH, timezone="Europe/Stockholm")
    assert survey.reader == "microsoft_forms"
    assert survey.why == "its first columns are ID, Start time, Completion time"
    assert survey.respondents["respondent"].tolist() == ["1", "2", "3"]
    assert moments(survey) == ["2026-10-13 14:09:33", "2026-10-13 21:09:46", "2026-10-14 04:09:59"]
    assert kinds(survey) == {
        "How was it?": "scale",
        "What did you buy?": "several choices",
        "Name1": "open text",
        "Why?": "open text",
    }
    assert survey.left_out.to_numpy().tolist() == [
        ["Email", "tells who somebody is"],
        ["Name", "tells who somebody is"],
        ["Last modified time", "about the form, no answer"],
    ]


def test_each_choice_ends_with_a_semicolon_and_keeps_its_own(tmp_path):
    survey = survey_of(tmp_path, IN_ENGLISH)
    assert list(answers_to(survey, "What did you buy?").values()) == [
        ["Coffee"],
        ["Coffee", "Cake; warm", "Tea (mint; hot)"],
        ["Tea (mint; hot)"],
    ]
    assert answers_to(survey, "Why?")["2"] == ["Slow; dear"]


def test_an_export_in_swedish(tmp_path):
    survey = survey_of(tmp_path, IN_SWEDISH)
    assert (survey.reader, survey.rows_kept) == ("microsoft_forms", 3)
    assert moments(survey, "%d %H:%M") == ["03 14:09", "03 21:09", "04 04:09"]
    assert answers_to(survey, "Vad köpte du?") == {"1": ["Kaffe", "te"], "2": ["Kaffe", "te"]}  # never one alone


def test_in_another_language_its_columns_are_known_by_what_they_hold(tmp_path):
    head = "Id,Starttidspunkt,Fuldførelsestidspunkt,Mail,Navn,Tilfreds?,Hvad?"
    moment = "2026-10-03 14:05:33"
    rows = f"1,{moment},{moment},anonymous,,5,A;B;\n2,{moment},{moment},b@x.se,B,4,A;\n"
    survey = survey_of(tmp_path, f"{head}\n{rows}")
    assert survey.reader == "microsoft_forms"
    assert kinds(survey) == {"Tilfreds?": "scale", "Hvad?": "several choices"}
    assert survey.left_out["column"].tolist() == ["Mail", "Navn"]
    plain = survey_of(tmp_path, f"{head}\n{rows}".replace("anonymous", "somebody"))
    assert plain.reader == "plain"


def test_what_a_quiz_adds(tmp_path):
    text = (
        "ID,Start time,Completion time,Email,Name,Total points,Quiz feedback,What is it?,Points - What is it?,"
        "Feedback - What is it?,Feedback - other\n"
        "1,7/27/26 19:06:23,7/27/26 19:17:10,anonymous,,2,,Grace,2,Well done,x\n"
        "2,7/27/26 20:06:23,7/27/26 20:17:10,anonymous,,0,,Faith,0,,y\n"
    )
    survey = survey_of(tmp_path, text)
    assert list(kinds(survey)) == ["Total points", "What is it?", "Points - What is it?", "Feedback - other"]
    assert survey.left_out["column"].tolist()[2:] == ["Quiz feedback", "Feedback - What is it?"]


def test_a_table_that_begins_otherwise_is_refused_by_name(tmp_path):
    with pytest.raises(RefusedFileError, match="as an export of Microsoft Forms it lacks the columns that it begins"):
        survey_of(tmp_path, "a,b\n1,2\n", reader="microsoft_forms")
