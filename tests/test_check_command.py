"""`cx check`: every problem, in words, as JSON and as rows to mend."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from cxlib.cli import checks

TOML = 'name = "Small & Co"\nmax_rejected_share = 0.5\n[tables.customers.columns]\nprice_per_month = "pris"\n'
TOUCHPOINTS = "touchpoint,phase\ninvoice,payment\nköp,purchase\n"
EVENTS = (
    "customer_id,occurred_at,touchpoint,score,note\n"
    "007,2026-10-03,invoice,4,\n007,2026-10-04,invoice,4,\n007,2026-10-05,invoice,4,\n"
    '008,2026-10-06,invocie,9,"=1+1; säger ""nej""\nrad två"\n'
    "008,2026-10-07\n"
)
CUSTOMERS = "customer_id;pris\n007;3,5\n"
FILES = {"study.toml": TOML, "events.csv": EVENTS, "touchpoints.csv": TOUCHPOINTS, "customers.csv": CUSTOMERS}
PROBLEM_KEYS = ["file", "row", "column", "value", "reason", "allowed", "nearest"]


@pytest.fixture
def as_json(cx_command):
    def run(*arguments):
        code, out, err = cx_command("check", *arguments, "--json")
        return code, json.loads(out), err

    return run


def test_json_of_a_usable_study(write_study, as_json):
    folder = write_study(FILES)
    code, found, err = as_json(folder)
    assert (code, err) == (0, "")
    assert list(found) == ["study", "name", "usable", "problems", "sources", "rejected", "remarks"]
    assert (found["study"], found["name"], found["usable"]) == (str(folder), "Small & Co", True)
    assert [list(problem) for problem in found["problems"]] == 3 * [PROBLEM_KEYS]
    assert found["problems"][1] == {
        "file": "events.csv",
        "row": 5,
        "column": "touchpoint",
        "value": "invocie",
        "reason": "unknown touchpoint",
        "allowed": "invoice, köp",
        "nearest": "invoice",
    }
    assert [source["rows_rejected"] for source in found["sources"]] == [0, 0, 2]
    assert found["rejected"][0]["cells"]["note"] == '=1+1; säger "nej"\nrad två'
    assert {key: found["rejected"][1][key] for key in ("table", "file", "row", "record", "cells")} == {
        "table": "events",
        "file": "events.csv",
        "row": 6,
        "record": "008,2026-10-07",
        "cells": {},
    }
    assert found["remarks"] == []


def test_json_of_a_refused_study_is_the_whole_of_stdout(write_study, as_json):
    folder = write_study({**FILES, "study.toml": TOML.replace("0.5", "0.1"), "cases.csv": ""})
    code, found, err = as_json(folder)
    assert (code, err) == (3, "")
    assert (found["usable"], found["name"]) == (False, None)
    assert [(problem["file"], problem["row"], problem["reason"]) for problem in found["problems"]] == [
        ("cases.csv", None, "is empty"),
        ("events.csv", None, "2 of 5 rows were rejected"),
        ("events.csv", 5, "outside its scale"),
        ("events.csv", 5, "unknown touchpoint"),
        ("events.csv", 6, "has 2 cells, the header has 5"),
    ]
    assert len(found["rejected"]) == 2 and len(found["sources"]) == 3


def test_json_where_there_is_no_study_at_all(tmp_path, as_json):
    code, found, err = as_json(tmp_path / "nowhere")
    assert (code, err) == (3, "")
    assert [problem["reason"] for problem in found["problems"]] == ["the folder is not there"]
    assert found["sources"] == found["rejected"] == found["remarks"] == []


def test_every_problem_of_a_refused_study_is_shown(write_study, cx_command):
    events = EVENTS + 15 * "007,2026-10-03,invocie,4,\n"
    folder = write_study({**FILES, "events.csv": events, "cases.csv": ""})
    code, out, err = cx_command("check", folder)
    assert code == 3
    assert err == f"Error: {folder} was refused: 20 problems\n"
    assert "Rejected: 18 cells in 17 rows, of 3 kinds" in out
    assert out.count("unknown touchpoint, found 'invocie'") == 16
    assert "cases.csv: is empty; allowed: a header and rows" in out
    assert "more like these" not in out


def test_where_very_many_fail_alike_the_rest_is_counted_and_in_the_file(write_study, cx_command, tmp_path):
    events = EVENTS + 40 * "007,2026-10-03,invocie,4,\n"
    folder = write_study({**FILES, "events.csv": events})
    _, out, _ = cx_command("check", folder)
    assert out.count("unknown touchpoint, found 'invocie'") == checks.MOST_SHOWN_PER_KIND
    assert "… and 21 more like these of 41 cells; all of them come with --rejected FILE.csv or with --json" in out
    file = tmp_path / "rejected.csv"
    _, out, err = cx_command("check", folder, "--rejected", file)
    assert f"all of them are in {file}" in out
    assert f"{file}: 42 refused rows\n" in err
    assert len(pd.read_csv(file, sep=";")) == 42


def test_rejected_csv_is_read_by_pandas_and_by_a_swedish_excel(write_study, cx_command, tmp_path):
    file = tmp_path / "rejected.csv"
    assert cx_command("check", write_study(FILES), "--rejected", file)[0] == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbfrejected_table;rejected_file;")
    rows = pd.read_csv(file, sep=";", dtype="str", keep_default_na=False)
    assert rows[["rejected_file", "rejected_row", "rejected_record"]].to_numpy().tolist() == [
        ["events.csv", "5", ""],
        ["events.csv", "6", "008,2026-10-07"],
    ]
    cells = ["customer_id", "occurred_at", "touchpoint", "score", "note"]
    assert rows.loc[0, cells].tolist() == ["008", "2026-10-06", "invocie", "9", '=1+1; säger "nej"\nrad två']
    assert "allowed: 1 to 5 (scale csat) | column touchpoint: unknown touchpoint" in rows["rejected_reasons"][0]
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ""] == ["rejected.csv"]


def test_mended_rows_are_loaded_from_the_file_as_it_is(write_study, cx_command, tmp_path):
    file = tmp_path / "rejected.csv"
    cx_command("check", write_study(FILES), "--rejected", file)
    mended = (
        file.read_text("utf-8-sig")
        .replace("invocie;9", "köp;5")
        .replace("008,2026-10-07;;;;;", ";008;2026-10-07;köp;;")
    )
    toml = '[tables.events]\nfile = "mended.csv"\n'
    files = {**FILES, "study.toml": toml, "mended.csv": mended.encode("utf-8-sig"), "customers.csv": "customer_id\n"}
    code, out, _ = cx_command("check", write_study(files, folder="again"))
    assert code == 0
    assert "events       mended.csv          2     2         0" in out


def test_the_file_is_written_for_a_refused_study_and_for_one_without_refused_rows(write_study, cx_command, tmp_path):
    file = tmp_path / "rejected.csv"
    assert cx_command("check", write_study({"events.csv": ""}), "--rejected", file)[0] == 3
    assert file.read_text("utf-8-sig").splitlines() == [
        "rejected_table;rejected_file;rejected_row;rejected_reasons;rejected_record"
    ]


def test_a_file_that_is_there_is_not_replaced_unasked(write_study, cx_command, tmp_path):
    file = tmp_path / "rejected.csv"
    file.write_text("mended by hand")
    folder = write_study(FILES)
    code, out, err = cx_command("check", folder, "--rejected", file)
    assert (code, out) == (2, "")
    assert f"Error: --rejected: {file} is there already; to replace it, add --again" in err
    assert file.read_text() == "mended by hand"
    assert cx_command("check", folder, "--rejected", file, "--again")[0] == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_remarks_are_shown_and_do_not_refuse(write_study, cx_command, as_json):
    files = {**FILES, "customers.csv": "customer_id,churned_on\n007,2026-10-03\n008,\n"}
    folder = write_study({**files, "events.csv": EVENTS + "008,2999-01-01,invoice,3,\n008,2090-01-01,invoice,3,\n"})
    toml = TOML.split("[tables")[0]
    (folder / "study.toml").write_text(toml)
    code, out, _ = cx_command("check", folder)
    assert code == 0
    assert "Remarks: these rows are kept" in out
    assert (
        "2 rows of events of 1 customer lie after their churned_on, such as row 3: customer '007',"
        " occurred_at 2026-10-04, churned_on 2026-10-03. They count like others"
    ) in out
    _, found, _ = as_json(folder)
    assert [(remark["kind"], remark["n_rows"]) for remark in found["remarks"]] == [("after_churn", 2), ("in_future", 1)]
    assert list(found["remarks"][0]) == [
        *("kind", "table", "column", "n_rows", "n_customers", "what", "example", "what_to_do"),
    ]
