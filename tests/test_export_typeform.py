"""Exports of Typeform, old and new. There is no file: the headings are as it writes them, the answers made up."""

import pytest

from cxlib.errors import RefusedFileError
from tests.toy_exports import answers_to, kinds, moments, survey_of

NEW = """\
#,Ditt namn,Telefon,Hur nöjd är du?,Kaffe,Te,Other,Bulle,"Kaka, varm",Other,Varför?,Tags,\
Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags,Ending
hefup1,Ada,'+46701234567,5,Kaffe,,,Bulle,,,'=bra,egen,completed,2026-02-22 17:15:19,,2026-02-22 17:16:39,98ee,,Tack
hefup2,Bo,'+46701234568,4,Kaffe,Te,Saft,,"Kaka, varm",,bra,,completed,2026-02-22 18:15:19,,2026-02-22 18:16:39,98ee,,
hefup3,Cy,'+46701234569,3,,,Saft,Bulle,"Kaka, varm",Glass,,,partial,2026-02-23 17:15:19,2026-02-23 17:20:00,,2d4d,,
"""

OLD = """\
#,How likely?,Why?,Start Date (UTC),Submit Date (UTC),Network ID
a1,9,'+5 for you,2018-01-23 06:24:12,2018-01-23 06:25:12,f00
a2,3,,2018-01-24 06:24:12,2018-01-24 06:25:12,f01
"""

CHOSEN = "Bulle / Kaka, varm"


def test_a_new_export(tmp_path):
    survey = survey_of(tmp_path, NEW, timezone="Europe/Stockholm")
    assert (survey.reader, survey.why) == (
        "typeform",
        "its last columns are Start Date (UTC) and Submit Date (UTC)",
    )
    assert survey.respondents["respondent"].tolist() == ["hefup1", "hefup2", "hefup3"]
    assert kinds(survey) == {
        "Hur nöjd är du?": "scale",
        "Kaffe / Te": "several choices",
        "Kaffe / Te [Other]": "open text",
        CHOSEN: "several choices",
        f"{CHOSEN} [Other]": "open text",
        "Varför?": "open text",
        "Tags": "open text",
    }


def test_moments_are_utc_and_a_partial_response_has_that_of_its_stage(tmp_path):
    assert moments(survey_of(tmp_path, NEW, timezone="Europe/Stockholm")) == [
        "2026-02-22 18:16:39",
        "2026-02-22 19:16:39",
        "2026-02-23 18:20:00",
    ]


def test_options_are_told_by_their_heading_and_other_stays_apart(tmp_path):
    survey = survey_of(tmp_path, NEW)
    assert answers_to(survey, CHOSEN) == {
        "hefup1": ["Bulle"],
        "hefup2": ["Kaka, varm"],
        "hefup3": ["Bulle", "Kaka, varm"],
    }
    assert answers_to(survey, "Kaffe / Te [Other]") == {"hefup2": ["Saft"], "hefup3": ["Saft"]}
    assert answers_to(survey, f"{CHOSEN} [Other]") == {"hefup3": ["Glass"]}


def test_names_and_telephone_numbers_stay_out_unless_asked_for(tmp_path):
    left = survey_of(tmp_path, NEW).left_out.set_index("column")["reason"]
    assert left[["Ditt namn", "Telefon"]].eq("tells who somebody is").all()
    assert answers_to(survey_of(tmp_path, NEW, personal=True), "Telefon")["hefup1"] == ["+46701234567"]


def test_the_sign_before_a_formula_is_no_part_of_the_answer(tmp_path):
    assert answers_to(survey_of(tmp_path, NEW), "Varför?") == {"hefup1": ["=bra"], "hefup2": ["bra"]}
    assert answers_to(survey_of(tmp_path, OLD), "Why?") == {"a1": ["+5 for you"]}


def test_a_question_may_be_called_like_a_column_of_its_own(tmp_path):
    assert answers_to(survey_of(tmp_path, NEW), "Tags") == {"hefup1": ["egen"]}


def test_an_old_export(tmp_path):
    survey = survey_of(tmp_path, OLD)
    assert survey.reader == "typeform"
    assert moments(survey) == ["2018-01-23 06:25:12", "2018-01-24 06:25:12"]
    assert kinds(survey) == {"How likely?": "scale", "Why?": "open text"}
    assert survey.left_out["column"].tolist() == ["Network ID"]


def test_a_heading_that_comes_again_begins_another_question(tmp_path):
    rows = [
        "#,Tea,Milk,Tea,Cake,Submit Date (UTC)",
        "a1,Tea,,Tea,Cake,2018-01-23 06:24:12",
        "a2,,Milk,,Cake,2018-01-24 06:24",
    ]
    text = "\n".join(rows)
    survey = survey_of(tmp_path, text)
    assert answers_to(survey, "Tea / Milk") == {"a1": ["Tea"], "a2": ["Milk"]}
    assert answers_to(survey, "Tea / Cake") == {"a1": ["Tea", "Cake"], "a2": ["Cake"]}


def test_a_table_without_its_moments_is_refused_by_name(tmp_path):
    with pytest.raises(RefusedFileError, match=r"as an export of Typeform it lacks a column Submit Date \(UTC\)"):
        survey_of(tmp_path, "a,b\n1,2\n", reader="typeform")


def test_it_is_known_by_its_id_and_network_too(tmp_path):
    survey = survey_of(tmp_path, "#,How likely?,Network ID\na1,9,f00\na2,3,f01\n")
    assert survey.why == "its first column is # and one of its last Network ID"


def test_an_option_that_nobody_chose_is_an_option_all_the_same(tmp_path):
    text = "#,Tea,Milk,Cake,Why?,Submit Date (UTC)\na1,Tea,,Cake,,2018-01-23 06:24:12\na2,,,Cake,,2018-01-24 06:24:12\n"
    survey = survey_of(tmp_path, text)
    assert survey.questions["question"].tolist() == ["Tea / Milk / Cake", "Why?"]
    assert answers_to(survey, "Tea / Milk / Cake") == {"a1": ["Tea", "Cake"], "a2": ["Cake"]}


def test_many_options_make_a_name_that_can_be_read(tmp_path):
    options = [f"An option with many words, number {at}" for at in range(4)]
    rows = ["#," + ",".join(f'"{one}"' for one in options) + ",Submit Date (UTC)"]
    rows += ["a1," + ",".join(f'"{one}"' for one in options) + ",2018-01-23 06:24:12"]
    survey = survey_of(tmp_path, "\n".join(rows))
    assert survey.questions["question"].tolist() == ["An option with many words, number 0 / An option with many …"]
    assert survey.questions["question_text"].tolist() == [" / ".join(options)]
