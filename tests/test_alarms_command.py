"""`cx alarms`: as many customers as the report counts, in a file that Excel opens and that runs nothing."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import cxlib as cx
from cxlib.errors import ParameterError
from cxlib.findings.figures import zone_counts
from cxlib.language import Language
from cxlib.reporting.alarms_file import COLUMNS, find_alarms
from cxlib.reporting.definition import load_definition
from cxlib.reporting.output_file import write_file
from cxlib.reporting.rules_asked import rules_from
from tests.toy_project import DEFINITION, EVENTS, make_project, make_study

ROOT = Path(__file__).parents[1]
OLIST = ROOT / "data" / "olist"
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=x", "\r=x", "a\n=x", "＝1+1"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = make_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def rows_of(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    assert text.startswith(BOM)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM)), delimiter=delimiter))


# ---- the list by hand: A1 +1 then -2.25, A2 -2.25 then +1; B1 neutral ----


def test_the_list_goes_to_the_terminal_and_its_summary_beside_it(cx_command, project):
    code, out, err = cx_command("alarms", "toy", "--period", "2026-10")
    assert code == 0
    rows = rows_of(out)
    assert [row["Customer"] for row in rows] == ["A1", "A2", "B1"]
    assert [row["Capital"] for row in rows] == ["-1.25", "-1.25", "0.00"]
    assert [row["Zone"] for row in rows] == ["At risk"] * 3
    assert [row["Drained most by"] for row in rows] == ["invoice", "invoice", ""]
    assert [row["Share of what was drained (%)"] for row in rows] == ["100", "100", ""]
    assert [row["Last disappointment on"] for row in rows] == ["2026-10-05", "2026-09-30", ""]
    assert {row["As known at the end of"] for row in rows} == {"2026-10-31"}
    assert err.splitlines()[-1] == "3 customers at the end of 2026-10: 3 at risk, 0 thin"


def test_without_a_period_it_is_the_last_whole_month(cx_command, project):
    assert "at the end of 2026-10" in cx_command("alarms", "toy")[2]


def test_a_file_is_written_in_one_step_and_not_replaced_unasked(cx_command, project):
    code, out, _ = cx_command("alarms", "toy", "--output", "call.csv")
    assert (code, out) == (0, "call.csv\n")
    written = (project / "call.csv").read_bytes()
    assert written == cx_command("alarms", "toy")[1].encode()
    code, out, err = cx_command("alarms", "toy", "--output", "call.csv", "--zone", "thin")
    assert (code, out) == (2, "")
    assert "call.csv is there already; to replace it, add --again" in err
    assert (project / "call.csv").read_bytes() == written
    assert cx_command("alarms", "toy", "--output", "call.csv", "--zone", "thin", "--again")[0] == 0
    assert rows_of((project / "call.csv").read_text(encoding="utf-8")) == []
    assert sorted(path.name for path in project.iterdir()) == ["call.csv", "data", "notebooks", "reports"]


def test_what_fails_while_writing_leaves_nothing_behind(project, monkeypatch):
    def refuse(self, target):
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ParameterError, match=r"call\.csv cannot be written: permission denied"):
        write_file(project / "call.csv", "x", again=False)
    assert sorted(path.name for path in project.iterdir()) == ["data", "notebooks", "reports"]


def test_swedish_has_semicolons_decimal_commas_and_labels(cx_command, project):
    study = project / "data" / "small"
    (study / "study.toml").write_text(
        'name = "S"\ntimezone = "Europe/Stockholm"\ncurrency = "SEK"\n'
        '[labels.sv]\ninvoice = "Faktura"\nPrivate = "Privat"\nBilling = "Fakturering"\n',
        encoding="utf-8",
    )
    (study / "customers.csv").write_text("customer_id,segment,price_per_month\nA1,Private,99.5\nA2,Private,100\n")
    (study / "touchpoints.csv").write_text(
        "touchpoint,phase,owners\ninvoice,payment,Billing; IT;\nmeter,consumption,\n"
    )
    code, out, err = cx_command("alarms", "toy", "--language", "sv", "--period", "2026-10")
    assert code == 0
    first, second = rows_of(out, ";")[:2]
    assert first["Kund"] == "A2"
    assert [row["Pris per månad (SEK)"] for row in (first, second)] == ["100", "99,50"]
    assert first["Kapital"] == "-1,25"
    assert first["Zon"] == "I riskzonen"
    assert (first["Segment"], first["Tömdes mest av"], first["Ansvariga för den"]) == (
        "Privat",
        "Faktura",
        "Fakturering, IT",
    )
    assert first["Öppet ärende"] == "nej"
    assert err.splitlines()[-1].endswith("; the dearest pays 100 SEK a month")


@pytest.mark.parametrize("language", ["en", "sv"])
def test_no_cell_is_run_as_a_formula_and_numbers_stay_numbers(project, language):
    alarms = find_alarms(load_definition("toy", project), language=language)
    for text in HOSTILE:
        frame = alarms.frame.assign(
            customer_id=text, segment=text, drained_by=text, last_loss_touchpoint=text, drained_by_owners=f"{text};IT"
        )
        shown = type(alarms)(**{**vars(alarms), "frame": frame}).to_csv().removeprefix(BOM)
        for row in csv.reader(io.StringIO(shown, newline=""), delimiter="," if language == "en" else ";"):
            for cell in row:
                if cell.startswith(tuple("=+-@\t\r＝")):
                    float(cell.replace(",", "."))
            assert len(row) == len(COLUMNS)
    assert "'＝1+1" in shown


def test_an_id_that_is_a_negative_number_is_left_as_it_is(project):
    alarms = find_alarms(load_definition("toy", project))
    shown = type(alarms)(**{**vars(alarms), "frame": alarms.frame.assign(customer_id="-12")}).to_csv()
    assert [row["Customer"] for row in rows_of(shown)] == ["-12"] * 3


@pytest.mark.parametrize("code", ["en", "sv"])
def test_headings_differ_from_each_other(code):
    headings = [Language(code).text(f"alarms.columns.{name}", currency="SEK") for name in COLUMNS]
    assert len(set(headings)) == len(COLUMNS)


def test_the_list_holds_every_column_of_the_alarm_list(project):
    assert {*COLUMNS} == {*find_alarms(load_definition("toy", project)).frame.columns, "as_of"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tyo"], "did you mean 'toy'?"),
        ([], "no report is named 'monthly'"),
        (["toy", "--zone", "thinn"], "did you mean 'thin'?"),
        (["toy", "--drained-months", "0"], "at least 1"),
        (["toy", "--period", "2026-13"], "period: found '2026-13'"),
        (["toy", "--period", "2030-01"], "its data cover 2026-08 to 2026-10"),
        (["toy", "--segment", "Privat"], "did you mean 'Private'?"),
        (["toy", "--language", "de"], "allowed: en, sv"),
        (["toy", "-p", "loss_weight=heavy"], "allowed: a number above 0 and at most 100"),
        (["toy", "-p", "loss_wieght=2"], "did you mean 'loss_weight'?"),
        (["toy", "--output", "nowhere/call.csv"], "the folder nowhere is not there"),
        (["toy", "--output", "data"], "data is a folder"),
        (["toy", "--output", "x" * 300], "file name too long"),
    ],
)
def test_wrong_parameters_end_with_2(cx_command, project, arguments, said):
    code, out, err = cx_command("alarms", *arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_refused_data_end_with_3(cx_command, project):
    make_study(project / "data" / "small", events="customer_id,occured_at,touchpoint\nA1,2026-10-01,invoice\n")
    code, out, err = cx_command("alarms", "toy", "--output", "call.csv")
    assert (code, out) == (3, "")
    assert "occurred_at" in err
    assert not (project / "call.csv").exists()


def test_a_parameter_that_changes_nothing_is_said(cx_command, project):
    more = '\n[parameters.recent_months]\ntype = "integer"\ndefault = 3\n'
    (project / "reports" / "toy.toml").write_text(DEFINITION + more, encoding="utf-8")
    _, _, err = cx_command("alarms", "toy", "-p", "recent_months=4", "-p", "loss_weight=1")
    assert "-p recent_months: the list does not depend on it" in err
    assert "-p loss_weight" not in err


def test_what_came_later_is_not_known(cx_command, project):
    later = EVENTS + "B1,2026-11-02 10:00,invoice,1\n"
    make_study(project / "data" / "small", events=later)
    before = cx_command("alarms", "toy", "--period", "2026-10")[1]
    make_study(project / "data" / "small")
    assert cx_command("alarms", "toy", "--period", "2026-10")[1] == before


def test_a_reader_that_stops_reading_sees_no_error(project):
    process = subprocess.Popen(
        [sys.executable, "-m", "cxlib.cli", "alarms", "toy"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    process.wait()
    assert "Error" not in err and "Traceback" not in err


def test_the_rules_are_the_reports():
    given = {"loss_weight": 12.0, "half_life_days": 0.0, "resolved_loss_weight": None, "smallest_base": 5}
    assert rules_from(given) == cx.CapitalRules(loss_weight=12)
    assert rules_from({"half_life_days": 90.0}) == cx.CapitalRules(half_life_days=90)


# ---- the same counts as the report ----


def counts_by_hand(study: cx.Study, period: pd.Period, segment: str | None, values: dict) -> dict:
    """The zones as the report's notebook counts them."""
    everyone = study.as_of((period + 1).to_timestamp())
    rules = cx.CapitalRules(
        loss_weight=values["loss_weight"],
        resolved_loss_weight=values["resolved_loss_weight"],
        half_life_days=values["half_life_days"] or None,
        carry_over=values["carry_over"],
        neutral_band=values["neutral_band"],
    )
    required = cx.Requirement(
        base=values["requirement"],
        elasticity=values["price_elasticity"],
        median_price=cx.median_price(everyone.customers),
    )
    experiences = cx.experiences(everyone, rules)
    ledger = cx.capital_ledger(experiences, rules, cases=everyone.cases)
    zones = cx.risk_zones(cx.customer_months(ledger, rules, until=period), everyone.customers, required)
    if segment:
        zones = zones[zones["customer_id"].isin(everyone.segment(segment).customers["customer_id"])]
    return zone_counts(zones, period, smallest_base=5)


@pytest.mark.parametrize(
    ("period", "segment", "parameters"),
    [
        ("2026-10", None, {}),
        ("2026-02", "House", {"loss_weight": "12", "half_life_days": "0"}),
        ("2025-12", None, {"requirement": "1.5", "price_elasticity": "0.8", "carry_over": "0.3"}),
    ],
)
def test_the_list_is_as_long_as_the_report_counts(period, segment, parameters):
    definition = load_definition("monthly", ROOT)
    found = find_alarms(definition, period=period, segment=segment, parameters=parameters)
    counts = found.frame["zone"].value_counts()
    expected = counts_by_hand(
        cx.load_study(definition.study), pd.Period(period, "M"), segment, definition.check(parameters)
    )
    assert {zone: int(counts[zone]) for zone in counts.index} == {zone: expected[zone] for zone in ("at_risk", "thin")}
    for zone in ("at_risk", "thin"):
        alone = find_alarms(definition, period=period, segment=segment, parameters=parameters, zone=zone)
        pd.testing.assert_frame_equal(alone.frame, found.frame[found.frame["zone"] == zone].reset_index(drop=True))


def test_the_marketplace_has_a_list_too(shared_data):
    found = find_alarms(
        load_definition("monthly", ROOT), study_path=OLIST, data_dir=shared_data / "olist", period="2018-08"
    )
    assert len(found.frame) == len(rows_of(found.to_csv())) > 5_000
    assert found.frame["price_per_month"].isna().all()
    assert "pays" not in found.summary()
