"""The overdue cases and `cx overdue`: what is missing, the longest first, in a file that Excel opens."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings

import cxlib as cx
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.language import Language
from cxlib.reporting.definition import load_definition
from cxlib.reporting.overdue_file import COLUMNS, find_overdue
from cxlib.reporting.spreadsheet import safe_cell
from tests.toy_cases import AS_OF, BY_HAND, make_cases, some_cases
from tests.toy_project import DEFINITION, make_project

ROOT = Path(__file__).parents[1]
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["D", "E"],
        "segment": ["Private", None],
        "price_per_month": [99.5, None],
        "churned_on": pd.to_datetime(["2026-10-31", None]),
    }
)
TOUCHPOINTS = pd.DataFrame({"touchpoint": ["meter"], "owners": ["Sales;IT"]})


# ---- the frame, by hand ----


def test_the_list_by_hand():
    listed = cx.overdue_cases(BY_HAND, AS_OF, customers=CUSTOMERS, touchpoints=TOUCHPOINTS)
    assert list(listed["case_id"]) == ["K5", "K4"]  # whose customer has left, stands last
    second, first = listed.to_dict("records")
    assert (first["missing"], first["target_days"], first["due_on"]) == ("inform", 3.0, pd.Timestamp("2026-09-08"))
    assert (first["overdue_days"], first["waited_days"], first["has_left"]) == (54, 61, True)
    assert (first["segment"], first["price_per_month"], first["touchpoint_owners"]) == ("Private", 99.5, "Sales;IT")
    assert (second["missing"], second["target_days"], second["due_on"]) == ("resolve", 14.0, pd.Timestamp("2026-10-31"))
    assert (second["overdue_days"], second["waited_days"], second["has_left"]) == (1, 15, False)
    assert pd.isna(second["segment"]) and pd.isna(second["resolved_at"]) and pd.isna(second["zone"])


def test_the_longest_first_then_the_dearest():
    cases = make_cases(*[(who, "2026-09-01", None, None) for who in "DEC"], ("E", "2026-08-01", None, None))
    customers = pd.DataFrame({"customer_id": ["C", "D", "E"], "price_per_month": [50.0, None, 70.0]})
    listed = cx.overdue_cases(cases, AS_OF, customers=customers)
    assert list(listed["customer_id"]) == ["E", "E", "C", "D"]


def test_the_zone_is_that_of_the_last_month_begun():
    months = pd.to_datetime(["2026-09-01", "2026-10-01", "2026-11-01"])
    zones = pd.DataFrame({"customer_id": "E", "month": months, "zone": ["cushioned", "thin", "at_risk"]})
    listed = cx.overdue_cases(BY_HAND, AS_OF, zones=zones).set_index("customer_id")
    assert listed.loc["E", "zone"] == "thin"
    assert pd.isna(listed.loc["D", "zone"])


def test_without_a_case_it_is_empty_and_has_its_columns():
    listed = cx.overdue_cases(BY_HAND, "2020-01-01", customers=CUSTOMERS, touchpoints=TOUCHPOINTS)
    assert listed.empty
    assert {*listed.columns, "as_of"} == {*COLUMNS}


@settings(max_examples=40)
@given(some_cases())
def test_the_list_is_as_long_as_the_loop_counts(cases):
    before = cases.copy(deep=True)
    listed = cx.overdue_cases(cases, AS_OF)
    pd.testing.assert_frame_equal(cases, before)
    pd.testing.assert_frame_equal(cx.overdue_cases(cases[::-1], AS_OF), listed)
    pd.testing.assert_frame_equal(cx.overdue_cases(cases.set_axis([0] * len(cases)), AS_OF), listed)
    loop = cx.feedback_loop(cases, AS_OF, smallest_base=1).iloc[0]
    if loop["n_cases"]:
        missing = listed["missing"].value_counts()
        assert (missing["resolve"], missing["inform"]) == (loop["n_overdue_open"], loop["n_overdue_untold"])
    assert (listed["overdue_days"] >= 1).all()


def test_mistakes_are_named():
    with pytest.raises(MissingColumnError, match="case_id"):
        cx.overdue_cases(BY_HAND.drop(columns="case_id"), AS_OF)
    with pytest.raises(ParameterError, match="customers holds 2 repeated ids, such as 'D'"):
        cx.overdue_cases(BY_HAND, AS_OF, customers=pd.concat([CUSTOMERS, CUSTOMERS]))


# ---- the command ----

CASES_CSV = """\
case_id,customer_id,opened_at,touchpoint,owner,action,resolved_at,customer_informed_at
K1,A1,2026-09-01 09:00,invoice,Billing,=1+1,2026-09-05 09:00,
K2,A2,2026-10-10 09:00,invoice,Billing,,,
K3,B1,2026-10-17 09:00,meter,Field,,,
K4,B1,2026-11-02 09:00,meter,Field,,,
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = make_project(tmp_path / "project")
    (folder / "data" / "small" / "cases.csv").write_text(CASES_CSV, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def rows_of(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    assert text.startswith(BOM)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM)), delimiter=delimiter))


def test_the_list_goes_to_the_terminal_and_its_summary_beside_it(cx_command, project):
    code, out, err = cx_command("overdue", "toy")
    assert code == 0
    rows = rows_of(out)
    assert [row["Case"] for row in rows] == ["K1", "K2", "K3"]
    assert [row["What is missing"] for row in rows] == ["Tell the customer", "Resolve the case", "Resolve the case"]
    assert [row["Days overdue"] for row in rows] == ["54", "8", "1"]
    assert [row["Was due on"] for row in rows] == ["2026-09-08", "2026-10-24", "2026-10-31"]
    assert rows[0]["Measure taken"] == "'=1+1"
    assert [row["Zone"] for row in rows] == ["At risk", "At risk", "At risk"]
    assert {row["Days counted to the morning of"] for row in rows} == {"2026-11-01"}
    assert err.splitlines()[-1] == (
        "3 of 3 cases overdue at the end of 2026-10-31: 2 to resolve (target 14 days), 1 resolved, the customer to be "
        "told (target 3 days); the longest for 54 days"
    )


def test_as_of_a_day_and_of_one_owner(cx_command, project):
    _, out, err = cx_command("overdue", "toy", "--as-of", "2026-10-25", "--owner", "Billing")
    assert [(row["Case"], row["Days overdue"]) for row in rows_of(out)] == [("K1", "48"), ("K2", "2")]
    assert "2 of 2 cases overdue at the end of 2026-10-25" in err
    assert [row["Case"] for row in rows_of(cx_command("overdue", "toy", "--as-of", "2026-11-30")[1])][-1] == "K4"
    assert [row["Case"] for row in rows_of(cx_command("overdue", "toy", "--segment", "Private")[1])] == ["K1", "K2"]


def test_a_day_after_the_data_is_said_and_a_month_after_refused(cx_command, project):
    said = "The data end on 2026-11-02; what was done since is not known"
    for day, is_late in (("2026-11-02", False), ("2026-11-03", False), ("2026-11-04", True), ("2026-12-03", True)):
        code, _, err = cx_command("overdue", "toy", "--as-of", day)
        assert code == 0
        assert (said in err) == is_late


def test_an_owner_without_a_case_has_an_empty_list(cx_command, project):
    (project / "data" / "small" / "study.toml").write_text(
        'name = "S"\ntimezone = "Europe/Stockholm"\n[labels.sv]\nBilling = "Fakturering"\n', encoding="utf-8"
    )
    (project / "data" / "small" / "touchpoints.csv").write_text(
        "touchpoint,phase,owners\ninvoice,payment,Billing;IT\nmeter,consumption,\n", encoding="utf-8"
    )
    for options in (
        ["--owner", "IT"],
        ["--owner", "Field", "--segment", "Private"],
        ["--owner", "IT", "--as-of", "2026-01-01"],
    ):
        code, out, err = cx_command("overdue", "toy", *options)
        assert (code, rows_of(out)) == (0, [])
        assert out.startswith(f"{BOM}Case,What is missing")
        assert f"No case of {options[1]} had been opened at the end of" in err
    swedish = cx_command("overdue", "toy", "--language", "sv", "--owner", "Fakturering")[1]
    assert [row["Ärende"] for row in rows_of(swedish, ";")] == ["K1", "K2"]
    assert cx_command("overdue", "toy", "--owner", "Fakturering")[0] == 2  # not in English
    assert "did you mean 'Fakturering'?" in cx_command("overdue", "toy", "--language", "sv", "--owner", "Faktureing")[2]


@pytest.mark.parametrize(
    ("command", "offered"), [("alarms", "alarms.csv"), ("overdue", "overdue.csv"), ("told", "told.html")]
)
def test_a_folder_as_output_is_answered_with_a_file_in_it(cx_command, project, command, offered):
    (project / "lists.html").mkdir()
    code, _, err = cx_command(command, "toy", "--output", "lists.html")
    assert code == 2
    assert f"lists.html is a folder; name a file in it, such as lists.html/{offered}" in err


def test_what_is_not_seen_does_not_reach_the_terminal(cx_command, project):
    evil = "\x1b[31m=1\u200b\ufeff"
    text = CASES_CSV.replace("K1,A1,", f"K1,{evil}A1,").replace("=1+1", "\u200b\ufeff=1\x85+1")
    (project / "data" / "small" / "cases.csv").write_text(text, encoding="utf-8")
    out = cx_command("overdue", "toy")[1]
    assert not [letter for letter in out.removeprefix(BOM) if not letter.isprintable() and letter != "\n"]
    assert "'=1 +1" in [row["Measure taken"] for row in rows_of(out)]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("\u200b=1", "'=1"),
        ("\ufeff=1", "'=1"),
        ("\x00=1", "'=1"),
        ("\x85=1", "'=1"),
        ("\xa0=1", "'=1"),
        ("a\u2028=b", "a =b"),
    ],
)
def test_what_is_not_seen_hides_no_formula(text, safe):
    assert safe_cell(text) == safe


def test_the_targets_are_the_reports(cx_command, project):
    more = "\n".join(
        f'\n[parameters.{name}]\ntype = "number"\ndefault = {days}\nminimum = 0'
        for name, days in (("resolve_days", 21), ("inform_days", 60), ("recent_months", 3))
    )
    (project / "reports" / "toy.toml").write_text(DEFINITION + more, encoding="utf-8")
    _, out, err = cx_command("overdue", "toy")
    assert [row["Case"] for row in rows_of(out)] == ["K2"] or rows_of(out) == []
    assert "(target 21 days)" in err and "(target 60 days)" in err
    _, out, err = cx_command("overdue", "toy", "-p", "resolve_days=20", "-p", "recent_months=4")
    assert [(row["Case"], row["Target (days)"]) for row in rows_of(out)] == [("K2", "20")]
    assert "-p recent_months: the list does not depend on it" in err
    assert "-p resolve_days:" not in err


def test_swedish_has_semicolons_decimal_commas_and_labels(cx_command, project):
    study = project / "data" / "small"
    (study / "study.toml").write_text(
        'name = "S"\ntimezone = "Europe/Stockholm"\ncurrency = "SEK"\n'
        '[labels.sv]\ninvoice = "Faktura"\nBilling = "Fakturering"\nPrivate = "Privat"\n',
        encoding="utf-8",
    )
    (study / "customers.csv").write_text("customer_id,segment,price_per_month\nA1,Private,99.5\nA2,Private,100\nB1,,\n")
    first = rows_of(cx_command("overdue", "toy", "--language", "sv")[1], ";")[0]
    assert (first["Ärende"], first["Vad som saknas"], first["Ansvarig"]) == ("K1", "Ge kunden besked", "Fakturering")
    assert (first["Kontaktpunkt"], first["Segment"], first["Pris per månad (SEK)"]) == ("Faktura", "Privat", "99,50")
    assert first["Har lämnat"] == "nej"


def test_a_file_is_not_replaced_unasked(cx_command, project):
    assert cx_command("overdue", "toy", "--output", "overdue.csv")[:2] == (0, "overdue.csv\n")
    code, out, err = cx_command("overdue", "toy", "--output", "overdue.csv")
    assert (code, out) == (2, "")
    assert "to replace it, add --again" in err
    assert cx_command("overdue", "toy", "--output", "overdue.csv", "--again")[0] == 0
    assert "such as data/overdue.csv" in cx_command("overdue", "toy", "--output", "data")[2]


def test_a_study_without_cases_says_so(cx_command, project):
    (project / "data" / "small" / "cases.csv").unlink()
    code, out, err = cx_command("overdue", "toy")
    assert (code, rows_of(out)) == (0, [])
    assert "No case had been opened at the end of 2026-10-31, so none is overdue" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tyo"], "did you mean 'toy'?"),
        (["toy", "--owner", "Biling"], "allowed: 'Billing', 'Field'; did you mean 'Billing'?"),
        (["toy", "--as-of", "yesterday"], "--as-of: found 'yesterday'; allowed: a day written like '2026-11-15'"),
        (
            ["toy", "--as-of", "9999-12-31"],
            "found '9999-12-31'; allowed: a day written like '2026-11-15', from 1900-01-01",
        ),
        (
            ["toy", "--as-of", "2026-12-04"],
            "the data end on 2026-11-02: every open case would seem overdue; allowed: days",
        ),
        (["toy", "--as-of", "2026-10-31", "--period", "2026-10"], "give one of them"),
        (["toy", "--period", "2030-01"], "its data cover 2026-08 to 2026-10"),
        (["toy", "--language", "de"], "allowed: en, sv"),
        (["toy", "-p", "resolve_days=1"], "no such parameter"),
        (["toy", "--output", "nowhere/x.csv"], "the folder nowhere is not there"),
    ],
)
def test_wrong_parameters_end_with_2(cx_command, project, arguments, said):
    code, out, err = cx_command("overdue", *arguments)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("code", ["en", "sv"])
def test_headings_differ_from_each_other(code):
    headings = [Language(code).text(f"overdue.columns.{name}", currency="SEK") for name in COLUMNS]
    assert len(set(headings)) == len(COLUMNS)


def test_the_bundled_study():
    found = find_overdue(load_definition("monthly", ROOT), period="2026-10")
    study = cx.load_study(ROOT / "data" / "demo")
    loop = cx.feedback_loop(study.cases, AS_OF).iloc[0]
    assert len(found.frame) == loop["n_overdue"] == len(rows_of(found.to_csv()))
    assert found.frame["has_left"].is_monotonic_increasing
    assert found.frame.groupby("has_left")["overdue_days"].agg(lambda days: days.is_monotonic_decreasing).all()


def test_the_days_of_the_bundled_study_add_up_in_the_file():
    rows = rows_of(find_overdue(load_definition("monthly", ROOT), period="2026-10").to_csv())
    assert {row["What is missing"] for row in rows} == {"Resolve the case", "Tell the customer"}
    for row in rows:
        waited, late, target = (
            int(row[f"{name}"]) for name in ("Days the customer has waited", "Days overdue", "Target (days)")
        )
        opened, resolved, due, counted = (
            pd.Timestamp(row[name] or pd.NaT)
            for name in ("Opened on", "Resolved on", "Was due on", "Days counted to the morning of")
        )
        assert (counted - opened).days == waited and (counted - due).days == late
        begun = opened if row["What is missing"] == "Resolve the case" else resolved
        assert (counted - begun).days == target + late
        assert waited == target + late or row["What is missing"] == "Tell the customer"


def test_the_marketplace_has_no_cases(shared_data):
    found = find_overdue(
        load_definition("monthly", ROOT),
        study_path=ROOT / "data" / "olist",
        data_dir=shared_data / "olist",
        period="2018-08",
    )
    assert found.frame.empty and "No case had been opened" in found.summary()
