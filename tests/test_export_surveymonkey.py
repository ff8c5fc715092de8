"""Exports of SurveyMonkey: three real surveys, and the forms for which there is no file."""

import pytest

import cxlib as cx
from cxlib.errors import RefusedFileError
from tests.toy_exports import answers_to, kinds, moments, survey_of

# The columns as newer exports call them; what follows was made up by hand.
NEW = """\
Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,\
How satisfied are you?,Which did you buy?,,,,Please rate each:,,Why?,Contact details,
,,,,,,,,,Response,Coffee,Tea,"Cake, warm",Other (please specify),Speed,Taste,Open-Ended Response,Name:,City:
10000000001,7,2026-05-01 08:00:00,2026-05-01 08:05:00,192.0.2.1,a@example.com,Ada,L,K17,5,Coffee,,,,Good,Bad,Fine,\
Ada,Lund
10000000002,7,2026-05-02 09:00:00,2026-05-02 09:05:00,192.0.2.2,b@example.com,Bo,M,K18,4,Coffee,Tea,"Cake, warm",\
Milk,Good,,Fine,Bo,Lund
10000000003,7,2026-05-03 10:00:00,,192.0.2.3,c@example.com,Cy,N,,,,,,,,,,,
"""


def test_two_header_rows_of_a_new_export(tmp_path):
    survey = survey_of(tmp_path, NEW)
    assert (survey.reader, survey.why) == ("surveymonkey", "it has the columns RespondentID and CollectorID")
    assert survey.respondents["respondent"].tolist() == ["10000000001", "10000000002", "10000000003"]
    assert survey.respondents["source_row"].tolist() == [3, 4, 5]
    assert moments(survey) == ["2026-05-01 08:05:00", "2026-05-02 09:05:00", "2026-05-03 10:00:00"]


def test_a_question_is_filled_to_the_right_over_its_options_and_rows(tmp_path):
    survey = survey_of(tmp_path, NEW)
    assert kinds(survey) == {
        "Custom Data 1": "open text",
        "How satisfied are you?": "scale",
        "Which did you buy?": "several choices",
        "Which did you buy? [Other (please specify)]": "open text",
        "Please rate each: [Speed]": "choice",
        "Please rate each: [Taste]": "open text",
        "Why?": "open text",
        "Contact details [City:]": "choice",
    }
    assert answers_to(survey, "Which did you buy?") == {
        "10000000001": ["Coffee"],
        "10000000002": ["Coffee", "Tea", "Cake, warm"],
    }
    assert answers_to(survey, "Please rate each: [Speed]") == {"10000000001": ["Good"], "10000000002": ["Good"]}


def test_who_somebody_is_stays_out_in_details_too(tmp_path):
    survey = survey_of(tmp_path, NEW)
    personal = survey.left_out.loc[survey.left_out["reason"] == "tells who somebody is", "column"]
    assert personal.tolist() == ["IP Address", "Email Address", "First Name", "Last Name", "Contact details"]
    assert answers_to(survey_of(tmp_path, NEW, personal=True), "Contact details [Name:]") == {
        "10000000001": ["Ada"],
        "10000000002": ["Bo"],
    }


TRANSLATED = {
    "sv": ("Svar", "Annat (var god specificera)", "Öppet svar"),
    "fr": ("Réponse", "Autre (veuillez préciser)", "Réponse ouverte"),
    "de": ("Antwort", "Sonstiges (bitte angeben)", "Offene Antwort"),
    "es": ("Respuesta", "Otro (especifique)", "Respuesta abierta"),
}


@pytest.mark.parametrize("words", TRANSLATED.values(), ids=TRANSLATED)
@pytest.mark.parametrize("by_number", [False, True])
def test_a_second_row_in_another_language(tmp_path, words, by_number):
    one, other, written = words
    rows = [
        ["10000000001", "7", "2026-10-13 14:05:33", "5", "Chat", "", "", "Fax", "ok"],
        ["10000000002", "7", "2026-10-14 14:05:33", "4", "Chat", "Telefon", "", "", "ok"],
        ["10000000003", "7", "2026-10-14 15:05:33", "4", "", "", "E-post", "Fax", "ok"],
    ]
    if by_number:
        rows = [[{"Chat": "1", "Telefon": "2", "E-post": "3"}.get(cell, cell) for cell in row] for row in rows]
    lines = [f",,,{one},Chat,Telefon,E-post,{other},{written}", *map(",".join, rows)]
    head = "Respondent ID,Collector ID,End Date,Happy?,Which?,,,,Why?"
    survey = survey_of(tmp_path, "\n".join([head, *lines]))
    assert kinds(survey) == {
        "Happy?": "scale",
        "Which?": "several choices",
        f"Which? [{other}]": "open text",
        "Why?": "open text",
    }
    assert list(answers_to(survey, "Which?").values()) == [["Chat"], ["Chat", "Telefon"], ["E-post"]]


def test_the_last_column_of_options_may_be_what_was_written_in_any_language(tmp_path):
    text = NEW.replace("Other (please specify)", "Muu (mikä)")
    survey = survey_of(tmp_path, text)
    assert answers_to(survey, "Which did you buy?")["10000000002"] == ["Coffee", "Tea", "Cake, warm"]
    assert kinds(survey)["Which did you buy? [Muu (mikä)]"] == "open text"


@pytest.mark.parametrize(
    "names",
    [
        "RespondentID,CollectorID,StartDate,EndDate,IP Address,Email Address,First Name,LastName,Custom Data 1",
        "respondent_id,collector_id,date_created,date_modified,ip_address,email_address,first_name,last_name,custom_1",
    ],
)
def test_other_spellings_of_its_own_columns_say_the_same(tmp_path, names):
    new = survey_of(tmp_path, NEW)
    old = survey_of(tmp_path, names + NEW[NEW.index(",How satisfied") :])
    assert old.reader == "surveymonkey"
    assert old.respondents.equals(new.respondents)
    assert old.answers["answer"].tolist() == new.answers["answer"].tolist()


def test_the_question_may_stand_over_each_of_its_columns(tmp_path):
    text = NEW.replace(
        "Which did you buy?,,,,", "Which did you buy?,Which did you buy?,Which did you buy?,Which did you buy?,"
    )
    assert survey_of(tmp_path, text).answers.equals(survey_of(tmp_path, NEW).answers)


def test_neighbours_of_the_same_name_that_each_have_a_response_are_two_questions(tmp_path):
    text = "Respondent ID,Collector ID,Why?,Why?\n,,Open-Ended Response,Open-Ended Response\n1,7,a,b\n2,7,c,d\n"
    survey = survey_of(tmp_path, text)
    assert survey.questions["question"].tolist() == ["Why?", "Why? (2)"]
    assert answers_to(survey, "Why? (2)") == {"1": ["b"], "2": ["d"]}


def test_options_told_by_their_number(tmp_path):
    text = "Respondent ID,Collector ID,Which?,,Next?\n,,Tea,Milk,Response\n1,7,1,,3\n2,7,1,2,4\n"
    assert answers_to(survey_of(tmp_path, text), "Which?") == {"1": ["Tea"], "2": ["Tea", "Milk"]}


def test_a_grid_of_numbers_is_no_list_of_options(tmp_path):
    text = "Respondent ID,Collector ID,Rank these,\n,,Tea,Milk\n1,7,1,2\n2,7,2,1\n"
    survey = survey_of(tmp_path, text)
    assert kinds(survey) == {"Rank these [Tea]": "scale", "Rank these [Milk]": "scale"}


def test_a_grid_in_which_several_may_be_chosen_is_a_question_a_row(tmp_path):
    text = (
        "Respondent ID,Collector ID,Where and when?,,,\n"
        ",,Shop - Monday,Shop - Friday,Web - Monday,Web - Friday\n"
        "1,7,Monday,Friday,,\n2,7,Monday,,,Friday\n"
    )
    survey = survey_of(tmp_path, text)
    assert answers_to(survey, "Where and when? [Shop]") == {"1": ["Monday", "Friday"], "2": ["Monday"]}
    assert answers_to(survey, "Where and when? [Web]") == {"2": ["Friday"]}


def test_an_export_with_an_empty_second_row_keeps_its_first_respondent(tmp_path):
    survey = survey_of(tmp_path, "Respondent ID,Collector ID,Happy?\n,,\n1001,7,4\n1002,7,5\n")
    assert survey.respondents["respondent"].tolist() == ["1001", "1002"]


def test_a_table_that_lacks_the_id_is_refused_by_name(tmp_path):
    with pytest.raises(RefusedFileError, match="as an export of SurveyMonkey it lacks a column RespondentID"):
        survey_of(tmp_path, "a,b\n1,2\n", reader="surveymonkey")


# "America's Favorite 'Star Wars' Movies", FiveThirtyEight, 22 July 2014: 1,186 were asked, 79 % had seen a film; the
# charts are of 835 who named films they had seen, 471 of whom all six; Han shot first 39 %, Greedo 24 %.
def test_star_wars_as_it_was_published(shared_data):
    survey = cx.read_survey(shared_data / "surveymonkey" / "StarWars.csv")
    assert (survey.reader, survey.encoding) == ("surveymonkey", "mac-roman")
    assert (survey.rows_read, survey.rows_kept, survey.rows_rejected) == (1186, 1186, 0)
    assert "Do you consider yourself to be a fan of the Expanded Universe?åÊ" in set(survey.questions["question"])
    answers = survey.answers
    seen_any = answers[answers["question"] == "Have you seen any of the 6 films in the Star Wars franchise?"]
    assert round(100 * (seen_any["answer"] == "Yes").sum() / 1186) == 79
    films = answers[answers["question"].str.startswith("Which of the following Star Wars films")]
    n_films = films.groupby("respondent").size()
    assert (len(n_films), (n_films == 6).sum()) == (835, 471)
    shot = answers.loc[answers["question"] == "Which character shot first?", "answer"].value_counts(normalize=True)
    assert (round(100 * shot["Han"]), round(100 * shot["Greedo"])) == (39, 24)


def test_star_wars_has_each_character_and_each_rank_as_a_question(shared_data):
    questions = cx.read_survey(shared_data / "surveymonkey" / "StarWars.csv").questions
    assert questions["question"].str.startswith("Please state whether you view").sum() == 14
    ranks = questions[questions["question"].str.startswith("Please rank the Star Wars films")]
    assert ranks["kind"].eq("scale").all()
    assert ranks[["lowest_seen", "highest_seen"]].to_numpy().tolist() == [[1, 6]] * 6


# "41 Percent Of Fliers Think You're Rude If You Recline Your Seat", FiveThirtyEight, 2 September 2014.
def test_flying_etiquette_as_it_was_published(shared_data):
    survey = cx.read_survey(shared_data / "surveymonkey" / "flying-etiquette.csv")
    assert survey.reader == "surveymonkey"
    assert survey.why == "its first column is RespondentID and holds numbers as SurveyMonkey has them"
    assert survey.respondents["respondent"].nunique() == survey.rows_read == 1040
    recline = survey.answers[survey.answers["question"] == "Is itrude to recline your seat on a plane?"]
    assert round(100 * recline["answer"].str.startswith("Yes").mean()) == 41


# "How Americans Like Their Steak", FiveThirtyEight, 16 May 2014: 550 were asked.
def test_steak_loses_no_respondent_to_its_second_row(shared_data):
    survey = cx.read_survey(shared_data / "surveymonkey" / "steak-risk-survey.csv")
    assert survey.why == "it has a column RespondentID and a second row of headings, Response …"
    assert survey.respondents["respondent"].nunique() == survey.rows_read == 550
    assert survey.respondents["source_row"].iloc[0] == 3
    assert "Response" not in set(survey.answers["answer"])
    assert "<br>" not in "".join(survey.questions["question"])
