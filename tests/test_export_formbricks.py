"""Exports of Formbricks. There is no file: the columns are those of its own source, the answers made up."""

import pytest

from cxlib.errors import RefusedFileError
from tests.toy_exports import answers_to, kinds, moments, survey_of

# formbricks/formbricks, apps/web/lib/response/utils.ts, commit 0457410.
HEADINGS = (
    "No.,Response ID,Timestamp,Finished,Survey ID,Formbricks ID (internal),User ID,Tags,source,url,userAgent - browser,"
    "userAgent - os,userAgent - device,country,1. How was it?,2. Which did you buy?,2. Which did you buy? - Option ID,"
    "3. Rate - Taste,3. Rate - Price,4. Why?,Score,plan,Verified Email"
)


def export(moments=("2026-06-15 10:00:00", "2026-06-15 11:00:00"), join="; "):
    first, second = moments
    return (
        f"{HEADINGS}\n"
        f"1,resp-1,{first},Yes,s1,c1,K17,vip,web,https://example.com,Chrome,Windows,Desktop,SE,"
        f'5,"Coffee{join}Cake, warm","ab, cd",Good,Bad,\'=1+1 is what I got,42,Pro,a@example.com\n'
        f"2,resp-2,{second},No,s1,,K18,,web,https://example.com,Firefox,macOS,Phone,SE,"
        f"4,Coffee,ab,Good,,,0,,b@example.com\n"
    )


def test_an_export(tmp_path):
    survey = survey_of(tmp_path, export())
    assert (survey.reader, survey.why) == (
        "formbricks",
        "it has the columns Response ID, Timestamp, Finished, Survey ID",
    )
    assert survey.respondents["respondent"].tolist() == ["resp-1", "resp-2"]
    assert kinds(survey) == {
        "User ID": "open text",
        "1. How was it?": "scale",
        "2. Which did you buy?": "several choices",
        "3. Rate - Taste": "choice",
        "3. Rate - Price": "open text",
        "4. Why?": "open text",
        "Score": "scale",
        "plan": "open text",
    }


@pytest.mark.parametrize("join", ["; ", ", "])
def test_several_choices_are_parted_as_their_ids_tell(tmp_path, join):
    survey = survey_of(tmp_path, export(join=join))
    assert answers_to(survey, "2. Which did you buy?") == {"resp-1": ["Coffee", "Cake, warm"], "resp-2": ["Coffee"]}


def test_one_choice_with_a_comma_stays_whole(tmp_path):
    text = export().replace('"Coffee; Cake, warm","ab, cd"', '"Cake, warm",cd')
    survey = survey_of(tmp_path, text)
    assert answers_to(survey, "2. Which did you buy?") == {"resp-1": ["Cake, warm"], "resp-2": ["Coffee"]}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (("Sat Jun 15 2024", "Sun Jun 16 2024"), ["2024-06-15 00:00:00", "2024-06-16 00:00:00"]),
        (("2024-06-15 10:00:00", "2024-06-16 10:00:00"), ["2024-06-15 10:00:00", "2024-06-16 10:00:00"]),
        (("2025-05-06 14:30:00 UTC", "2025-05-06 14:30:00 GMT+8"), ["2025-05-06 16:30:00", "2025-05-06 08:30:00"]),
    ],
)
def test_its_three_forms_of_a_moment(tmp_path, written, found):
    assert moments(survey_of(tmp_path, export(written), timezone="Europe/Stockholm")) == found


def test_a_name_of_several_zones_counts_where_clocks_of_the_timezone_show_it(tmp_path):
    written = export(("2026-10-03 14:05:33 EDT", "2026-11-03 14:05:33 EST"))
    told = survey_of(tmp_path, written, timezone="America/New_York")
    assert (told.rows_rejected, moments(told)) == (0, ["2026-10-03 14:05:33", "2026-11-03 14:05:33"])
    assert told.respondents["answered_at"].iloc[0].isoformat() == "2026-10-03T14:05:33-04:00"
    nothing_told = survey_of(tmp_path, written)
    assert nothing_told.rows_rejected == 2
    assert nothing_told.rejected["reason"].tolist() == [
        "EDT names no zone for certain, and clocks in UTC do not show it then",
        "EST names no zone for certain, and clocks in UTC do not show it then",
    ]
    assert "America/New_York: an option of cx survey" in nothing_told.rejected["allowed"].iloc[0]
    other_season = survey_of(tmp_path, export(("2026-10-03 14:05:33 EST", "x")), timezone="America/New_York")
    assert other_season.rejected["reason"].tolist()[1:] == ["is not a date or time"]


def test_the_name_of_a_zone_tells_which_of_two_hours_it_was(tmp_path):
    written = export(("2026-11-01 01:30:00 EDT", "2026-11-01 01:30:00 EST"))  # clocks are set back at 2:00
    survey = survey_of(tmp_path, written, timezone="America/New_York")
    assert [at.isoformat() for at in survey.respondents["answered_at"]] == [
        "2026-11-01T01:30:00-04:00",
        "2026-11-01T01:30:00-05:00",
    ]


def test_the_sign_before_a_formula_is_no_part_of_the_answer(tmp_path):
    assert answers_to(survey_of(tmp_path, export()), "4. Why?") == {"resp-1": ["=1+1 is what I got"]}


def test_the_browser_and_the_mail_are_no_answers(tmp_path):
    left = survey_of(tmp_path, export()).left_out.set_index("column")["reason"]
    assert left["Verified Email"] == "tells who somebody is"
    assert (
        left[["userAgent - browser", "source", "country", "2. Which did you buy? - Option ID"]]
        .eq("about the form, no answer")
        .all()
    )


def test_the_columns_of_an_older_export(tmp_path):
    text = (
        "No.,Response ID,Timestamp,Finished,Survey ID,Formbricks ID (internal),User ID,Notes,Tags,1. How was it?\n"
        "1,r1,2024-06-15 10:00:00,Yes,s1,,,Ada: call her,,5\n2,r2,2024-06-15 10:00:00,Yes,s1,,,,,4\n"
    )
    survey = survey_of(tmp_path, text)
    assert answers_to(survey, "1. How was it?") == {"r1": ["5"], "r2": ["4"]}
    assert "Notes" in set(survey.left_out["column"])


def test_a_table_without_its_columns_is_refused_by_name(tmp_path):
    with pytest.raises(
        RefusedFileError, match="as an export of Formbricks it lacks a column Response ID and Timestamp"
    ):
        survey_of(tmp_path, "a,b\n1,2\n", reader="formbricks")
