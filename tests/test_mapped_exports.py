"""From questions of a survey export to answers of the contract, by the map in study.toml."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import StudyError
from cxlib.question_maps import MappedQuestion, SurveyMap
from cxlib.settings import read_settings
from cxlib.settings_checks import TableSource

EXPORT = """\
Svarsdatum;Kundnummer;Hur nöjd är du?;Varför?;Rekommendera;Ort;Vikt
2026-05-01 10:00;0070;Mycket nöjd;Snabbt;10;Lund;1,5
2026-05-02 10:00;0071;mycket  MISSNÖJD;;11;Lund;0,5
2026-05-03 10:00;0072;Vet ej;;0;Umeå;1
2026-05-04 10:00;0073;;;7;Umeå;1
"""
MAP = """
timezone = "Europe/Stockholm"
max_rejected_share = 0.5
[tables.responses]
file = "svar.csv"
[tables.responses.columns]
customer_id = "Kundnummer"
survey_weight = "Vikt"
[tables.responses.questions."Hur nöjd är du?"]
metric = "csat"
touchpoint = "support"
comment = "Varför?"
not_applicable = ["Vet ej"]
labels = { "Mycket nöjd" = 5, "Mycket missnöjd" = 1 }
[tables.responses.questions.Rekommendera]
metric = "nps"
no_answer = [11]
"""


@pytest.fixture
def load(write_study):
    def load(export: str = EXPORT, toml: str = MAP, **files: str) -> cx.Study:
        return cx.load_study(write_study({"study.toml": toml, "svar.csv": export, **files}))

    return load


def refused(load, **what) -> str:
    with pytest.raises(StudyError) as caught:
        load(**what)
    return str(caught.value)


def test_each_row_is_one_answer_to_each_mapped_question(load):
    study = load()
    columns = ["customer_id", "metric", "score", "touchpoint", "comment", "survey_weight"]
    rows = study.responses[columns].astype(object).where(study.responses[columns].notna(), None)
    assert rows.to_numpy().tolist() == [
        ["0070", "csat", 5, "support", "Snabbt", 1.5],
        ["0070", "nps", 10, None, None, 1.5],
        ["0071", "csat", 1, "support", None, 0.5],  # whatever the case and the spaces
        ["0071", "nps", None, None, None, 0.5],  # 11: asked, no answer
        ["0072", "nps", 0, None, None, 1],  # "Vet ej": no meeting, no row
        ["0073", "csat", None, "support", None, 1],  # an empty cell: asked, no answer
        ["0073", "nps", 7, None, None, 1],
    ]
    assert study.responses.index.tolist() == list(range(2, 9))
    assert study.responses.loc[2, "answered_at"] == pd.Timestamp("2026-05-01 10:00", tz="Europe/Stockholm")
    source = study.sources.iloc[0]
    assert source[["rows_read", "rows_kept", "rows_rejected", "rows_blank"]].tolist() == [7, 7, 0, 1]
    assert source["columns_ignored"] == "Ort"


def test_without_columns_the_respondent_is_the_customer(load):
    study = load(toml=MAP.replace('customer_id = "Kundnummer"\n', ""))
    # the plain reader knows Kundnummer as an id by itself
    assert study.responses["customer_id"].equals(study.responses["response_id"])
    assert study.responses["customer_id"].iloc[0] == "0070"


def test_a_cell_that_is_neither_number_nor_label_nor_code_is_rejected_with_its_row(load):
    study = load(export=EXPORT + "2026-05-05 10:00;0074;Mycket nojd;;12;Umeå;x\n")
    assert study.rejected.loc[:, "row"].tolist() == [6, 6, 6]
    first, weight, score = study.rejected.to_dict("records")
    assert first["file"] == "svar.csv"
    assert (first["column"], first["value"], first["nearest"]) == ("Hur nöjd är du?", "Mycket nojd", "Mycket nöjd")
    assert first["reason"] == "is neither a number nor a label nor a code for no answer"
    assert first["allowed"] == "1 to 5 (scale csat); labels: Mycket nöjd, Mycket missnöjd; codes: Vet ej"
    assert (weight["column"], weight["value"]) == ("Vikt", "x")
    assert (score["column"], score["value"], score["reason"]) == ("Rekommendera", "12", "outside its scale")
    source = study.sources.iloc[0]
    assert source[["rows_read", "rows_kept", "rows_rejected"]].tolist() == [9, 7, 2]
    (whole,) = study.rejected_rows.to_dict("records")  # the row of the file, once
    assert (whole["rejected_table"], whole["rejected_file"], whole["rejected_row"]) == ("responses", "svar.csv", 6)
    assert (whole["Hur nöjd är du?"], whole["Rekommendera"], whole["Ort"]) == ("Mycket nojd", "12", "Umeå")
    assert whole["rejected_reasons"].count(" | ") == 2


def test_a_row_that_the_reader_rejects_counts_once_for_each_question(load):
    study = load(export=EXPORT + "i maj;0074;Mycket nöjd;;9;Umeå;1\n")
    assert study.rejected[["row", "column", "value"]].to_numpy().tolist() == [[6, "Svarsdatum", "i maj"]]
    assert study.sources.iloc[0][["rows_read", "rows_kept", "rows_rejected"]].tolist() == [9, 7, 2]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("questions.Rekommendera", "questions.Rekomendera"), "svar.csv has no such question, found 'Rekomendera'"),
        (("questions.Rekommendera", "questions.Rekomendera"), "did you mean 'Rekommendera'?"),
        (('comment = "Varför?"', 'comment = "Varfor?"'), 'questions.Hur nöjd är du?.comment: svar.csv has no such'),
        (('"Vikt"', '"Vigt"'), "column Vigt: there is no such column in the export"),
        (('metric = "csat"', 'metric = "cast"'), "metric: unknown scale, found 'cast'"),
        (('metric = "csat"', ""), "questions.Hur nöjd är du?.metric: is missing; allowed: ces, csat, nps"),
        (('"Mycket nöjd" = 5', '"Mycket nöjd" = 6'), "labels.Mycket nöjd: outside its scale, found '6'"),
        (('"Mycket nöjd" = 5', '"Mycket nöjd" = ""'), "labels.Mycket nöjd: is not filled in; allowed: 1 to 5"),
        (('"Mycket nöjd" = 5', '"Vet ej" = 5'), "not_applicable: stands in labels too, found 'Vet ej'"),
        (("no_answer = [11]", "no_answer = 11"), 'must be a list, found \'11\'; allowed: texts or numbers, such as'),
        (("no_answer", "no_anwser"), "unknown key; allowed: metric, touchpoint, comment, expectation, labels"),
        (('survey_weight = "Vikt"', 'score = "Vikt"'), "columns.score: is said of each question"),
        (('file = "svar.csv"', 'file = "svar.csv"\ndecimal = ";"'), "decimal"),
        (('touchpoint = "support"', 'separator = "; "'), 'with several choices, which lie on no scale'),
        (('file = "svar.csv"', 'file = "svar.csv"\nreader = "qaultrics"'), "did you mean 'qualtrics'?"),
        (('file = "svar.csv"', 'file = "svar.csv"\nreader = "qualtrics"'), "as an export of Qualtrics it lacks"),
        (('file = "svar.csv"', 'file = "svar.csv"\nanswered_on = "i maj"'), "answered_on: is not a day, found 'i maj'"),
        (('metric = "csat"', 'metric = ""'), None),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_map_is_told_with_its_place(load, change, said):
    assert change[0] in MAP
    toml = MAP.replace(*change)
    if said is None:
        assert set(load(toml=toml).responses["metric"]) == {"nps"}
    else:
        assert said in refused(load, toml=toml)


def test_a_touchpoint_that_the_study_does_not_have_is_one_problem(load):
    text = refused(load, **{"touchpoints.csv": "touchpoint,phase\nsupprt,consumption\n"})
    assert "1 problem:" in text
    assert "questions.Hur nöjd är du?.touchpoint: unknown touchpoint, found 'support'; allowed: supprt" in text


def test_a_reader_without_a_map_says_how_to_begin_one(load):
    toml = '[tables.responses]\nfile = "svar.csv"\nreader = "plain"\n'
    assert "cx survey FILE writes such a map" in refused(load, toml=toml)
    open_map = toml + '[tables.responses.questions.Rekommendera]\nmetric = ""\n'
    assert "questions: no question has a metric" in refused(load, toml=open_map)


def test_only_answers_can_be_a_survey_export(load):
    text = refused(load, toml='[tables.events]\nfile = "svar.csv"\nreader = "plain"\n')
    assert "tables.events.reader: unknown key" in text


def test_several_choices_lie_on_no_scale(write_study, shared_data):
    folder = shared_data / "qualtrics"
    toml = """
    [tables.responses]
    file = "No_Basis_for_Evaluation__No_Basis_for_Evaluation_(Insights).csv"
    questions = { Q2 = { metric = "csat" }, Q1 = { metric = "csat", not_applicable = [-1] } }
    """
    with pytest.raises(StudyError, match="Q2: is a question with several choices, which lie on no scale"):
        cx.load_study(write_study({"study.toml": toml}), data_dir=folder)
    alone = toml.replace('Q2 = { metric = "csat" }, ', "")
    study = cx.load_study(write_study({"study.toml": alone}), data_dir=folder)
    assert len(study.responses) == 15 - study.sources["rows_blank"].iloc[0]
    assert study.responses["score"].between(1, 3).all()


def test_an_export_that_tells_no_time_needs_a_day(load):
    export = "Kundnummer;Rekommendera\n1;9\n2;3\n"
    toml = '[tables.responses]\nfile = "svar.csv"\nquestions.Rekommendera.metric = "nps"\n'
    assert "nothing tells when anybody answered; allowed: answered_on = 2026-10-03" in refused(
        load, export=export, toml=toml
    )
    for day in ("2026-05-01", '"2026-05-01"'):
        dated = toml.replace('"svar.csv"', f'"svar.csv"\nanswered_on = {day}')
        assert load(export=export, toml=dated).responses["answered_at"].dt.day.tolist() == [1, 1]


def test_what_was_expected_and_numbers_as_labels(load):
    export = "id;datum;e1;s1;nps\n1;2026-05-01;4;3;1\n2;2026-05-01;;5;11.0\n3;2026-05-01;nej;5;2\n"
    toml = """
    max_rejected_share = 1
    [tables.responses]
    file = "svar.csv"
    [tables.responses.questions]
    s1 = { metric = "csat", expectation = "e1" }
    nps = { metric = "nps", labels = { "1" = 0, "2" = 1, "11" = 10 } }
    """
    study = load(export=export, toml=toml)
    csat = study.responses.loc[study.responses["metric"] == "csat"]
    assert csat[["score", "expectation"]].to_numpy().tolist()[0] == [3, 4]
    assert np.isnan(csat["expectation"].iloc[1])
    assert study.responses.loc[study.responses["metric"] == "nps", "score"].tolist() == [0, 10, 1]
    assert study.rejected[["row", "column", "value"]].to_numpy().tolist() == [[4, "e1", "nej"]]


def test_an_empty_cell_can_mean_that_the_question_was_not_put(load):
    study = load(toml=MAP.replace('["Vet ej"]', '["Vet ej", ""]'))
    assert study.responses["metric"].value_counts().to_dict() == {"nps": 4, "csat": 2}


def test_a_folder_of_exports_is_merged_and_counted_file_by_file(load):
    first, rest = EXPORT.splitlines(keepends=True)[:3], EXPORT.splitlines(keepends=True)[3:]
    later = [first[0], first[1].replace("2026-05-01", "2026-06-01").replace("10;Lund", "2;Lund"), *rest]
    files = {"exports/a.csv": "".join(first), "exports/b.csv": "".join(later)}
    study = load(toml=MAP.replace("svar.csv", "exports/"), **files)
    assert len(study.responses) == 7
    assert study.responses.query("customer_id == '0070' and metric == 'nps'")["score"].tolist() == [2]
    assert study.sources["file"].tolist() == ["exports/a.csv", "exports/b.csv"]
    assert study.sources[["rows_read", "rows_kept", "rows_blank"]].to_numpy().tolist() == [[2, 2, 0], [5, 5, 1]]
    assert study.sources["rows_kept"].sum() == len(study.responses)


def test_the_answers_go_through_the_rest_of_the_project(load):
    toml = MAP.replace('metric = "nps"', 'metric = "nps"\ntouchpoint = "avtal"')
    touchpoints = "touchpoint,phase\nsupport,consumption\navtal,purchase\n"
    study = load(toml=toml, **{"touchpoints.csv": touchpoints})
    experiences = cx.experiences(study)
    assert experiences["source_row"].is_unique
    assert experiences.groupby("touchpoint").size().to_dict() == {"avtal": 3, "support": 2}
    assert study.responses.index.is_unique


CELLS = ["1", "5", "5,0", "9", "Vet ej", "vet EJ", "Bra", "", "?"]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(CELLS), st.booleans()), max_size=8))
def test_every_row_of_an_export_is_kept_rejected_or_not_put(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("study")
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["respondent_id", "datum", "q"])
    writer.writerows([f"R{at}", "2026-05-01" if good else "?", cell] for at, (cell, good) in enumerate(rows))
    (folder / "svar.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    (folder / "study.toml").write_text(
        'max_rejected_share = 1\n[tables.responses]\nfile = "svar.csv"\nreader = "plain"\n'
        'columns = { response_id = "respondent_id", answered_at = "datum" }\nanswered_on = 2026-05-01\n'
        'questions.q = { metric = "csat", not_applicable = ["Vet ej"], labels = { Bra = 4 } }\n',
        encoding="utf-8",
    )
    study = cx.load_study(folder)
    source = study.sources.iloc[0]
    assert source["rows_read"] == source["rows_kept"] + source["rows_rejected"]
    assert source["rows_read"] + source["rows_blank"] == len(rows)
    good = [cell for cell, is_good in rows if is_good]
    assert source["rows_blank"] == sum(cell.lower() == "vet ej" for cell in good)
    assert source["rows_kept"] == len(study.responses) == sum(cell in ("1", "5", "5,0", "Bra", "") for cell in good)
    assert study.responses["score"].isna().sum() == good.count("")


def test_the_map_of_study_toml_is_settings(tmp_path):
    (tmp_path / "study.toml").write_text(MAP, encoding="utf-8")
    found, problems = read_settings(tmp_path / "study.toml")
    assert not problems
    assert found.tables["responses"] == TableSource(
        file="svar.csv",
        columns={"customer_id": "Kundnummer", "survey_weight": "Vikt"},
        survey=SurveyMap(
            questions={
                "Hur nöjd är du?": MappedQuestion(
                    metric="csat",
                    touchpoint="support",
                    labels={"Mycket nöjd": 5, "Mycket missnöjd": 1},
                    not_applicable=("Vet ej",),
                    comment="Varför?",
                ),
                "Rekommendera": MappedQuestion(metric="nps", no_answer=("11",)),
            }
        ),
    )


def test_the_example_of_the_documentation_loads(write_study):
    section = (
        (Path(__file__).parents[1] / "data" / "README.md").read_text(encoding="utf-8").split("## Survey exports")[1]
    )
    export, toml = (re.search(rf"```{kind}\n(.*?)```", section, re.DOTALL)[1] for kind in ("csv", "toml"))
    study = cx.load_study(write_study({"svar.csv": export, "study.toml": toml}))
    assert study.rejected.empty
    rows = study.responses[["customer_id", "metric", "score", "survey_weight"]].astype(object)
    assert rows.where(rows.notna(), None).to_numpy().tolist() == [
        ["0070", "csat", 5, 1.5],
        ["0070", "nps", 10, 1.5],
        ["0071", "csat", 2, 0.5],
        ["0071", "nps", 3, 0.5],
        ["0072", "nps", None, 1],
    ]
    assert study.responses["comment"].dropna().tolist() == ["Snabbt svar", "Lång kö"]


FORM = "Tidstämpel,Hur nöjd är du?,Hur fort?\n2026-10-03 14:05:00,Bra,4\n2026-10-03 14:06:00,Usel,5\n" + "".join(
    f"2026-10-03 15:{row:02}:00,Bra,{row % 5 + 1}\n" for row in range(60)
)
FORM_MAP = """timezone = "UTC"
max_rejected_share = 0.2
[tables.responses]
file = "{file}"
reader = "google_forms"
[tables.responses.questions."Hur nöjd är du?"]
metric = "csat"
labels = {{ "Bra" = 5, "bra" = 5 }}
"""


def test_refused_rows_can_be_mended_and_loaded_as_they_are(tmp_path):
    (tmp_path / "form.csv").write_text(FORM, encoding="utf-8")
    (tmp_path / "study.toml").write_text(FORM_MAP.format(file="form.csv"), encoding="utf-8")
    study = cx.load_study(tmp_path)
    assert study.rejected["value"].tolist() == ["Usel"]
    mended = tmp_path / "mended"
    mended.mkdir()
    rows = study.rejected_rows.replace({"Hur nöjd är du?": {"Usel": "Bra"}})
    rows.to_csv(mended / "rejected.csv", sep=";", index=False)
    (mended / "study.toml").write_text(FORM_MAP.format(file="rejected.csv"), encoding="utf-8")
    again = cx.load_study(mended)
    assert again.responses["score"].tolist() == [5.0]
    assert again.rejected.empty


def test_labels_that_are_the_same_answer_have_one_number(tmp_path):
    (tmp_path / "form.csv").write_text(FORM, encoding="utf-8")
    toml = FORM_MAP.format(file="form.csv").replace('"bra" = 5', '" bra" = 1').replace('"Bra" = 5', '"BRA" = 5')
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(StudyError, match=r"is the same answer as 'BRA' .*allowed: one number for both"):
        cx.load_study(tmp_path)


def test_a_code_that_is_a_label_but_for_its_spaces_is_refused(tmp_path):
    (tmp_path / "form.csv").write_text(FORM, encoding="utf-8")
    toml = FORM_MAP.format(file="form.csv").replace('{ "Bra" = 5,', '{ "vet ej" = 3, "Bra" = 5,')
    (tmp_path / "study.toml").write_text(toml + 'no_answer = ["Vet  ej"]\n', encoding="utf-8")
    with pytest.raises(StudyError, match="stands in labels too"):
        cx.load_study(tmp_path)


def test_questions_that_nothing_tells_apart_are_remarked_once_and_not_as_repeated_rows(tmp_path):
    (tmp_path / "form.csv").write_text(FORM.replace("Usel", "Bra"), encoding="utf-8")
    toml = FORM_MAP.format(file="form.csv") + '[tables.responses.questions."Hur fort?"]\nmetric = "csat"\n'
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    remarks = cx.study_remarks(cx.load_study(tmp_path))
    assert remarks[["kind", "n_rows"]].to_numpy().tolist() == [["one_scale", 124]]
    assert remarks["what"].tolist() == ["124 rows of responses of 62 customers are csat, from 2 questions"]
    assert remarks["example"].tolist() == ["Hur nöjd är du? and Hur fort?"]
    apart = toml.replace('"Hur fort?"]', '"Hur fort?"]\ntouchpoint = "Delivery"')
    (tmp_path / "study.toml").write_text(apart, encoding="utf-8")
    assert cx.study_remarks(cx.load_study(tmp_path)).empty


def test_a_question_of_which_the_labels_hold_commas_has_one_answer_where_the_map_says_so(load):
    answers = ["Ja, absolut", "Ja", "absolut", "Nej, absolut"]
    export = "Tidstämpel,Köpa igen?\n" + "".join(f'2026-05-0{at + 1} 10.00.00,"{answers[at % 4]}"\n' for at in range(8))
    toml = """
[tables.responses]
file = "svar.csv"
[tables.responses.questions."Köpa igen?"]
metric = "csat"
separator = ""
labels = { "Ja, absolut" = 5, "Ja" = 4, "absolut" = 3, "Nej, absolut" = 1 }
"""
    assert load(export=export, toml=toml).responses["score"].tolist() == [5, 4, 3, 1] * 2
    said = refused(load, export=export, toml=toml.replace('separator = ""\n', ""))
    assert "several choices" in said
    assert 'separator = ""' in said


def test_commas_that_may_separate_thousands_are_read_once_the_map_says_what_they_are(load):
    export = 'svarsdatum,Betyg\n2026-05-01 10:00,"1,250"\n2026-05-02 10:00,4\n'
    toml = """
[tables.responses]
file = "svar.csv"
decimal = ","
[tables.responses.questions.Betyg]
metric = "csat"
"""
    study = load(export=export, toml=toml)
    assert study.responses["score"].tolist() == [1.25, 4]
    assert study.sources.loc[study.sources["table"] == "responses", "decimal"].tolist() == [","]
    assert "separates thousands" in refused(load, export=export, toml=toml.replace('decimal = ","\n', ""))


def test_a_question_that_was_not_shown_is_no_unanswered_one(load):
    export = "id,submitdate,lastpage,startlanguage,Q1\n" + "".join(
        f"{at},2026-05-0{at} 08:00:00,3,sv,{cell}\n" for at, cell in enumerate(["4", "N/A", "", "5"], start=1)
    )
    toml = '[tables.responses]\nfile = "svar.csv"\n[tables.responses.questions.Q1]\nmetric = "csat"\n'
    responses = load(export=export, toml=toml).responses
    assert responses["customer_id"].tolist() == ["1", "3", "4"]
    assert responses["score"].isna().tolist() == [False, True, False]
