"""`cx survey`: what it shows, what it gives other programs, and a map that only lacks its metrics."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

import cxlib as cx
from cxlib.exports.starting_map import starting_map

LABELS = ("Mycket nöjd", "Nöjd", "Varken eller", "Missnöjd", 'Mycket "missnöjd"')
ROWS = "".join(
    f"R{at};2026-05-{at + 1:02} 10:00;{LABELS[at % 5].replace(chr(34), chr(34) * 2).join([chr(34)] * 2)};{at % 11};"
    f"{'Bra' if at == 3 else ''};anna{at}@example.com\n"
    for at in range(20)
)
EXPORT = "respondent_id;datum;Hur nöjd är du?;Rekommendera;Varför?;E-post\n" + ROWS


@pytest.fixture
def cx_survey(cx_command):
    return lambda *arguments: cx_command("survey", *arguments)


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "svar.csv"
    path.write_bytes(EXPORT.encode("cp1252"))
    return path


def filled_in(toml: str, **metrics: str) -> str:
    """The map with the metrics of some questions, and 5, 4, … for the labels."""
    for question, metric in metrics.items():
        heading = f"[tables.responses.questions.{json.dumps(question, ensure_ascii=False)}]\n"
        assert heading in toml
        toml = toml.replace(f'{heading}metric = ""', f'{heading}metric = "{metric}"')
    for label, score in zip(LABELS, range(5, 0, -1), strict=True):
        toml = toml.replace(f'{json.dumps(label, ensure_ascii=False)} = ""', f"{json.dumps(label)} = {score}")
    return toml


def test_it_shows_the_reader_the_dialect_and_every_question(cx_survey, export):
    code, out, err = cx_survey(export)
    assert (code, err) == (0, "")
    assert "svar.csv: read as plain, because nothing in it is what a survey tool writes" in out
    assert "20 respondents, 3 questions, 41 answers; encoding cp1252, delimiter ;" in out
    assert "rows: 20 read, 20 kept, 0 rejected" in out
    assert "answered 2026-05-01 10:00 to 2026-05-20 10:00 UTC" in out
    assert "Left out (tells who somebody is; --personal takes it): E-post" in out
    assert re.search(r"Hur nöjd är du\? +choice +20 +5 choices", out)
    assert re.search(r"Rekommendera +scale +20 +0 to 10", out)
    assert re.search(r"Varför\? +open text +1", out)
    assert '[tables.responses.questions."Rekommendera"]' in out
    assert "example.com" not in out


def test_json_has_the_promised_keys_first(cx_survey, export):
    code, out, _ = cx_survey(export, "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found)[:5] == ["reader", "encoding", "delimiter", "respondents", "questions"]
    assert [found[key] for key in list(found)[:4]] == ["plain", "cp1252", ";", 20]
    assert found["questions"] == [
        {"name": "Hur nöjd är du?", "text": "Hur nöjd är du?", "kind": "choice", "answered": 20},
        {"name": "Rekommendera", "text": "Rekommendera", "kind": "scale", "answered": 20},
        {"name": "Varför?", "text": "Varför?", "kind": "open text", "answered": 1},
    ]
    assert found["left_out"] == [{"column": "E-post", "reason": "tells who somebody is"}]
    personal = json.loads(cx_survey(export, "--json", "--personal")[1])
    assert [question["name"] for question in personal["questions"]][-1] == "E-post"


def test_a_starting_map_loads_once_its_metrics_are_filled_in(cx_survey, cx_command, export, tmp_path):
    code, out, _ = cx_survey(export, "--map", tmp_path / "study.toml", "--timezone", "Europe/Stockholm")
    assert code == 0
    assert "The starting map: " in out
    toml = (tmp_path / "study.toml").read_text(encoding="utf-8")
    assert '# "Varför?" (open text, 1 of 20 answered)' in toml
    code, out, _ = cx_command("check", tmp_path)
    assert (code, "no question has a metric" in out) == (3, True)
    (tmp_path / "study.toml").write_text(
        filled_in(toml, **{"Hur nöjd är du?": "csat", "Rekommendera": "nps"}), encoding="utf-8"
    )
    code, out, _ = cx_command("check", tmp_path)
    assert code == 0
    assert re.search(r"responses +svar\.csv +40 +40 +0 +encoding cp1252, delimiter ;", out)
    study = cx.load_study(tmp_path)
    csat = study.responses.loc[study.responses["metric"] == "csat", "score"]
    assert csat.value_counts().to_dict() == dict.fromkeys([5, 4, 3, 2, 1], 4)


@pytest.mark.parametrize(
    ("export", "question", "n_respondents"),
    [
        ("qualtrics/Better_Sample_Survey__Better_Sample_Survey.csv", "q2_favorite", 10),
        (
            "google_forms/Starbucks satisfactory survey.csv",
            "15. How would you rate the ambiance at Starbucks? (lighting, music, etc...)",
            122,
        ),
    ],
    ids=["qualtrics", "google_forms"],
)
def test_a_starting_map_of_a_real_export_only_needs_metrics(
    cx_command, shared_data, tmp_path, export, question, n_respondents
):
    code, toml, _ = cx_command("survey", shared_data / export, "--map", "-")
    assert code == 0
    (tmp_path / "study.toml").write_text(filled_in(toml, **{question: "csat"}), encoding="utf-8")
    assert cx_command("check", tmp_path, "--data-dir", (shared_data / export).parent)[0] == 0
    study = cx.load_study(tmp_path, data_dir=(shared_data / export).parent)
    assert (len(study.responses), len(study.rejected)) == (n_respondents, 0)
    assert study.responses["score"].notna().all()


def test_questions_of_a_grid_can_be_told_apart_where_their_names_are_cut(cx_survey, tmp_path):
    path = tmp_path / "svar.csv"
    stem = "Hur nöjd är du med var och en av följande delar av vår service? " * 2
    rows = "".join(f"{at},2026-05-01,5,4\n" for at in range(9))
    path.write_text(f"id,datum,{stem}[Kassan],{stem}[Hyllorna]\n{rows}", encoding="utf-8")
    _, out, _ = cx_survey(path)
    assert re.search(r"^Hur nöjd .*…[^…]*\[Kassan\] +scale +9 +5", out, re.MULTILINE)
    assert re.search(r"^Hur nöjd .*…[^…]*\[Hyllorna\] +scale +9 +4", out, re.MULTILINE)


def test_a_map_is_never_overwritten_unasked(cx_survey, export, tmp_path):
    place = tmp_path / "study.toml"
    place.write_text("mine", encoding="utf-8")
    code, out, err = cx_survey(export, "--map", place)
    assert (code, out) == (2, "")
    assert "is there already; to replace it, add --again" in err
    assert place.read_text(encoding="utf-8") == "mine"
    assert cx_survey(export, "--map", place, "--again")[0] == 0
    assert "[tables.responses]" in place.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.toml", "svar.csv"]


def test_the_file_is_named_from_the_study_and_one_elsewhere_is_said_to_be(cx_survey, tmp_path):
    (tmp_path / "study" / "exports").mkdir(parents=True)
    inside = tmp_path / "study" / "exports" / "maj.csv"
    inside.write_text(EXPORT, encoding="utf-8")
    cx_survey(inside, "--map", tmp_path / "study" / "study.toml")
    assert '\nfile = "exports/maj.csv"\n' in (tmp_path / "study" / "study.toml").read_text(encoding="utf-8")
    (tmp_path / "other").mkdir()
    cx_survey(inside, "--map", tmp_path / "other" / "study.toml")
    found = (tmp_path / "other" / "study.toml").read_text(encoding="utf-8")
    assert '\nfile = "maj.csv"  # put it there, or use --data-dir\n' in found


def test_successive_exports_are_counted(cx_survey, tmp_path):
    lines = EXPORT.splitlines(keepends=True)
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "maj.csv").write_text("".join(lines[:11]), encoding="utf-8")
    (folder / "juni.csv").write_text("".join([lines[0], *lines[5:]]), encoding="utf-8")
    _, out, _ = cx_survey(folder)
    assert re.search(r"maj\.csv +10 +0 +10 +0 +0 *\n", out)
    assert re.search(r"juni\.csv +16 +0 +10 +0 +6 *\n", out)
    assert json.loads(cx_survey(folder, "--json")[1])["exports"][1]["n_unchanged"] == 6


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["svra.csv"], 3, "svra.csv: is not there; did you mean 'svar.csv'?"),
        (["nothing.csv"], 3, "nothing.csv: is not there\n"),
        (["svar.csv", "--reader", "qaultrics"], 2, "did you mean 'qualtrics'?"),
        (["svar.csv", "--reader", "qualtrics"], 3, "as an export of Qualtrics it lacks"),
        (["svar.csv", "--timezone", "Stockholm"], 2, "an IANA name such as Europe/Stockholm"),
        (["svar.csv", "--json", "--map", "-"], 2, "would both go to the terminal"),
        (["svar.csv", "--map", "svar.csv/study.toml"], 2, "--map: "),
    ],
)
def test_what_cannot_be_is_said_with_its_exit_code(cx_survey, export, monkeypatch, arguments, code, said):
    monkeypatch.chdir(export.parent)
    found, out, err = cx_survey(*arguments)
    assert (found, out) == (code, "")
    assert said in err


def test_no_text_of_an_export_can_break_out_of_the_map(tmp_path):
    nasty = 'a"]\nmetric = "nps"\x07\x7f\\ # '
    path = tmp_path / "svar.csv"
    cells = "".join(f'R{at},2026-05-01,"{nasty.replace(chr(34), chr(34) * 2)}"\n' for at in range(4))
    path.write_text(f'id,datum,"{nasty.replace(chr(34), chr(34) * 2)}"\n{cells}', encoding="utf-8", newline="")
    survey = cx.read_survey(path)
    found = tomllib.loads(starting_map(survey, path="svar.csv"))
    assert found["tables"]["responses"]["questions"] == {
        survey.questions["question"].iloc[0]: {"metric": "", "labels": {survey.answers["answer"].iloc[0]: ""}}
    }


def test_a_map_of_an_export_without_times_asks_for_the_day(tmp_path):
    path = tmp_path / "svar.csv"
    path.write_text("id,q\n1,5\n2,4\n", encoding="utf-8")
    found = tomllib.loads(starting_map(cx.read_survey(path), path="svar.csv"))
    assert found["tables"]["responses"]["answered_on"] == ""


IN_DOUBT = "Rapport juli\n\nNamn;Datum;Betyg\nA;3/10/2026;4\nB;4/11/2026;5\n"
TOLD = ("--date-order", "dmy", "--answered-at", "Datum", "--respondent", "Namn")


def test_a_doubt_about_the_dates_is_settled_by_an_option_that_the_map_keeps(cx_survey, cx_command, tmp_path):
    (tmp_path / "juli.csv").write_text(IN_DOUBT, encoding="utf-8")
    code, _, err = cx_survey(tmp_path / "juli.csv", "--answered-at", "Datum")
    assert (code, "nothing in this file tells whether the day or the month comes first" in err) == (3, True)
    assert "an option of cx survey" in err
    code, out, _ = cx_survey(tmp_path / "juli.csv", *TOLD, "--map", tmp_path / "study.toml")
    assert code == 0
    assert "header in row 3, dates dmy" in out
    assert "answered 2026-10-03 00:00 to 2026-11-04 00:00 UTC" in out
    toml = (tmp_path / "study.toml").read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(filled_in(toml, Betyg="csat"), encoding="utf-8")
    code, out, _ = cx_command("check", tmp_path)
    assert code == 0
    assert re.search(r"responses +juli\.csv +2 +2 +0 +delimiter ;, header in row 3, dates dmy", out)
    study = cx.load_study(tmp_path)
    assert study.responses["customer_id"].tolist() == ["A", "B"]
    assert study.responses["answered_at"].dt.strftime("%d/%m").tolist() == ["03/10", "04/11"]


def test_what_is_told_of_the_writing_is_in_the_map(cx_survey, export):
    told = ("--encoding", "cp1252", "--delimiter", ";", "--header-row", "1", "--date-order", "ymd")
    _, toml, _ = cx_survey(export, *told, "--map", "-")
    responses = tomllib.loads(toml)["tables"]["responses"]
    kept = {"encoding": "cp1252", "delimiter": ";", "header_row": 1, "date_order": "ymd"}
    assert {name: responses[name] for name in kept} == kept


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--encoding", "utf8-sig-x", "unknown encoding 'utf8-sig-x'; allowed: utf-8"),
        ("--delimiter", "ab", "'ab' is not a delimiter; allowed: one sign"),
        ("--header-row", "0", "header_row 0 is not the number of a row; allowed"),
        ("--date-order", "dym", "unknown date_order 'dym'; allowed: dmy, mdy, ymd"),
    ],
)
def test_what_is_no_way_of_writing_is_refused_with_what_is_allowed(cx_survey, export, option, value, said):
    code, _, err = cx_survey(export, option, value)
    assert (code, said in err) == (2, True)


def test_the_order_of_dates_that_was_found_is_shown(cx_survey, tmp_path):
    (tmp_path / "a.csv").write_text(IN_DOUBT.replace("4/11", "31/10"), encoding="utf-8")
    found = json.loads(cx_survey(tmp_path / "a.csv", "--answered-at", "Datum", "--json")[1])
    assert [(one["date_order"], one["header_row"]) for one in found["exports"]] == [("dmy", 3)]


def test_a_long_map_is_cut_on_a_terminal_only(cx_survey, export, monkeypatch):
    monkeypatch.setattr("cxlib.cli.surveys.MOST_LINES", 3)
    _, whole, _ = cx_survey(export)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    _, cut, _ = cx_survey(export)
    assert "lines more" not in whole
    assert re.search(r"… and \d+ lines more: --map FILE writes them, --map - shows them\n$", cut)


def test_an_export_of_which_every_row_is_rejected_is_refused(cx_survey, tmp_path):
    head = "No.,Response ID,Timestamp,Finished,Survey ID,1. How was it?\n"
    path = tmp_path / "a.csv"
    path.write_text(
        f"{head}1,r1,2026-10-03 14:05:33 XYZ,Yes,s,5\n2,r2,2026-10-04 14:05:33 XYZ,Yes,s,4\n", encoding="utf-8"
    )
    code, out, err = cx_survey(path, "--map", tmp_path / "study.toml")
    assert code == 3
    assert "rows: 2 read, 0 kept, 2 rejected" in out
    assert "XYZ names no zone for certain, and clocks in UTC do not show it then" in out
    assert "a.csv: every row was rejected" in err
    assert not (tmp_path / "study.toml").exists()
    code, out, _ = cx_survey(path, "--json")
    assert (code, json.loads(out)["rows_rejected"]) == (3, 2)


def test_it_says_when_nothing_tells_when(cx_survey, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Nr,Datum,Betyg\n1,46298.5,5\n2,46299.5,4\n", encoding="utf-8")
    code, out, _ = cx_survey(path)
    assert (code, "nothing tells when anybody answered: Datum holds no dates, but '46298.5'" in out) == (0, True)
    path.write_text("Nr,Datum,Betyg\n1,2026-10-31,5\n2,,4\n", encoding="utf-8")
    assert "of 1 respondent nothing tells when" in cx_survey(path)[1]


def test_headings_alone_are_said_to_be(cx_survey, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Respondent ID,Datum,Nöjdhet,NPS\n", encoding="utf-8")
    code, out, _ = cx_survey(path)
    assert (code, "read as plain" in out, "it holds headings alone" in out) == (0, True, True)


def test_a_map_for_a_folder_that_is_not_there_makes_it_and_says_where_the_export_goes(cx_survey, export, tmp_path):
    code, out, _ = cx_survey(export, "--map", tmp_path / "new" / "study" / "study.toml")
    assert code == 0
    assert (tmp_path / "new" / "study" / "study.toml").is_file()
    assert re.search(r"Put svar\.csv into .*new/study, or use --data-dir\. Fill in the metrics", out)
    assert not re.search("Put svar", cx_survey(export, "--map", tmp_path / "study.toml")[1])


def test_a_refused_export_leaves_no_folder(cx_survey, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    assert cx_survey(tmp_path / "empty.csv", "--map", tmp_path / "new" / "study.toml")[0] == 3
    assert not (tmp_path / "new").exists()


def test_a_narrow_terminal_shows_what_a_question_asks_behind_its_name(cx_survey, shared_data, monkeypatch):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = cx_survey(shared_data / "qualtrics" / "Better_Sample_Survey__Better_Sample_Survey.csv")
    assert re.search(r"q2_favorite: \w", out)
    table = re.sub("\x1b\\[[0-9]*m", "", out[out.index("\x1b[1mquestion") :].partition("\n\n")[0])
    assert max(map(len, table.splitlines())) <= 80


def test_what_is_told_of_separators_and_decimals_is_in_the_map(cx_survey, tmp_path):
    path = tmp_path / "svar.csv"
    rows = "".join(f'2026-05-0{at} 10.00.00,"{"Ja, absolut" if at % 2 else "Ja"}","1,{at}00"\n' for at in range(1, 9))
    path.write_text(f"Tidstämpel,Köpa igen?,Belopp\n{rows}", encoding="utf-8")
    code, out, _ = cx_survey(path, "--decimal", ",")
    assert code == 0
    assert "in doubt: 'Köpa igen?' is read as one answer each, such as 'Ja, absolut'" in out
    code, out, _ = cx_survey(path, "--decimal", ",", "--separator", "Köpa igen?=", "--map", "-")
    assert code == 0
    responses = tomllib.loads(out)["tables"]["responses"]
    assert responses["decimal"] == ","
    assert responses["questions"]["Köpa igen?"] == {
        "metric": "",
        "separator": "",
        "labels": {"Ja": "", "Ja, absolut": ""},
    }
    code, _, err = cx_survey(path)
    assert code == 3
    assert "nothing in this file tells whether the comma is a decimal sign or separates thousands" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--decimal", ";"), 2, "';' is not a decimal sign; allowed: . or ,"),
        (("--separator", "Rekommendera"), 2, "names no question and sign"),
        (("--separator", "Rekomendera="), 3, "did you mean 'Rekommendera'?"),
    ],
)
def test_what_is_told_of_answers_is_checked(cx_survey, export, arguments, code, said):
    found, _, err = cx_survey(export, *arguments)
    assert (found, said in " ".join(err.split())) == (code, True)
