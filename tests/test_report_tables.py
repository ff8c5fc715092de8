"""The report's tables as data: typed, named in the reader's language, and equal to the figures."""

import datetime as dt
import io
import json
import re

import nbformat
import openpyxl
import pandas as pd
import pytest

import cxlib as cx
from cxlib.findings import report_tables
from cxlib.findings.table_fields import FORMATS, KINDS, columns_of
from cxlib.findings.tables import _TABLES
from cxlib.language import Language, catalogue
from cxlib.reporting.outputs.workbook import workbook_bytes
from tests.test_findings import EVIL, figures_of, write_study

TYPES = {"string": str, "integer": int, "number": int | float, "boolean": bool, "date": str}
LOSS_WEIGHTS = (1.0, 2.0)


def tables_of(folder, *, language="en", **options) -> dict:
    """The tables of October 2026, with the development by month made as the notebook makes it."""
    figures = figures_of(folder, **options)
    month, rules = pd.Period("2026-10", "M"), cx.CapitalRules(loss_weight=2)
    study = cx.load_study(folder).as_of((month + 1).to_timestamp())
    rows = cx.experiences(study, rules)
    ledger = cx.capital_ledger(rows, rules, study.cases)
    zones = cx.risk_zones(cx.customer_months(ledger, rules, until=month), study.customers, cx.Requirement())
    answers = study.responses.assign(month=cx.month_starts(study.responses["answered_at"]))
    weights = cx.capital_by_loss_weight(rows, study.customers, rules, loss_weights=LOSS_WEIGHTS, until=month)
    return report_tables(
        figures,
        capital=cx.capital_by_month(zones),
        zones=cx.zones_by_month(zones),
        scores=cx.net_promoter_score(answers, by="month"),
        loss_weights=weights,
        language=Language(language),
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("toy"), bad_invoices=4)


@pytest.fixture(scope="module")
def tables(study):
    return {resource["name"]: resource for resource in tables_of(study)["resources"]}


@pytest.fixture(scope="module")
def demo_tables(make_report):
    """The tables of the bundled study's report, as its notebook hands them over."""
    notebook = json.loads((make_report(period="2026-10") / "notebook.ipynb").read_text(encoding="utf-8"))
    found = [
        output["data"][cx.reporting.TABLES_MIME]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if cx.reporting.TABLES_MIME in output.get("data", {})
    ]
    assert len(found) == 1
    return {resource["name"]: resource for resource in found[0]["resources"]}


def test_the_key_figures_by_hand(tables):
    rows = {row["figure"]: row for row in tables["key_figures"]["data"]}
    risk = rows["Customers at risk"]
    # four of ten customers at −1; none of ten in the month before
    assert (risk["value"], risk["base"], risk["previous"], risk["change"]) == (0.4, 10, 0.0, 40.0)
    assert (risk["unit"], risk["change_unit"], risk["may_be_chance"]) == ("customers", "percentage points", True)
    capital = rows["Capital of the median customer"]
    assert (capital["value"], capital["low"], capital["low_quartile"]) == (1.0, -1.0, -1.0)
    score = rows["Net Promoter Score"]
    assert score["value"] == pytest.approx(100 * 4 / 9, abs=1e-6) and score["previous"] is None
    assert list(rows) == [
        "Customers", "Customers at risk", "Capital of the median customer", "Measured experiences below expectation",
        "Net Promoter Score",
    ]  # fmt: skip


def test_a_column_of_several_units_has_a_format_for_each_row(tables):
    fields = {field["name"]: field for field in tables["key_figures"]["schema"]["fields"]}
    assert fields["value"]["formats"] == ["count", "percent", "signed-1", "percent", "signed-1"]
    assert "formats" not in fields["base"] and fields["base"]["format"] == "count"


def test_the_months_by_hand(tables):
    capital = tables["capital_by_month"]["data"]
    assert [(row["month"], row["n_customers"], row["n_at_risk"]) for row in capital] == [
        ("2026-09-01", 10, 0),
        ("2026-10-01", 10, 4),
    ]
    october = [row for row in tables["zones_by_month"]["data"] if row["month"] == "2026-10-01"]
    assert {row["zone"]: row["n_in_zone"] for row in october} == {"At risk": 4, "Thin margin": 6, "Cushioned": 0}
    weights = [row for row in tables["loss_weights"]["data"] if row["month"] == "2026-10-01"]
    # a bad invoice at weight 1 leaves its customer at 0, which is at risk as well
    assert [(row["loss_weight"], row["n_at_risk"]) for row in weights] == [(1.0, 4), (2.0, 4)]


def test_the_touchpoints_by_hand(tables):
    invoice, sign_up = tables["touchpoints"]["data"]
    assert (invoice["touchpoint"], invoice["capital_drained"], invoice["owners"]) == (
        f"Invoice {EVIL}",
        -8.0,
        "Billing, IT",
    )
    assert (sign_up["touchpoint"], sign_up["capital_carried"], sign_up["phase"]) == ("Sign-up", 10.0, "Purchase")


def test_what_the_figures_hide_no_table_shows(tables):
    # of the two segments one has four customers, and the other could be had by subtraction
    for row in tables["segments"]["data"]:
        assert row["n_customers"] in (6, 4)
        assert {value for name, value in row.items() if name not in ("segment", "n_customers")} == {None}


def test_a_table_without_rows_is_left_out(tables):
    assert not {"cases", "cases_by_owner", "closing", "canvas", "incidents", "replay"} & tables.keys()


def test_the_same_tables_in_swedish(study, tables):
    swedish = {resource["name"]: resource for resource in tables_of(study, language="sv")["resources"]}
    assert swedish.keys() == tables.keys()
    assert swedish["key_figures"]["title"] == "Nyckeltal"
    fields = {field["name"]: field["title"] for field in swedish["segments"]["schema"]["fields"]}
    assert fields["low_share"] == "I riskzonen, andel, 95 %-intervall från"
    for name, table in tables.items():
        for english, other in zip(table["data"], swedish[name]["data"], strict=True):
            numbers = [field["name"] for field in table["schema"]["fields"] if field["type"] != "string"]
            assert {field: english[field] for field in numbers} == {field: other[field] for field in numbers}


def test_names_of_the_study_s_own_are_those_of_the_language(make_report):
    folder = make_report(period="2026-10", language="sv")
    text = (folder / "notebook.ipynb").read_text(encoding="utf-8")
    assert "Besked om nytt pris" in text
    tables = next(
        output["data"][cx.reporting.TABLES_MIME]
        for cell in json.loads(text)["cells"]
        for output in cell.get("outputs", [])
        if cx.reporting.TABLES_MIME in output.get("data", {})
    )
    first = next(resource for resource in tables["resources"] if resource["name"] == "touchpoints")["data"][0]
    assert (first["touchpoint"], first["phase"]) == ("Besked om nytt pris", "Betalning")
    assert first["owners"] == "Prissättning, Marknad"


def test_every_cell_of_the_bundled_study_is_of_its_column_s_type(demo_tables):
    # the bundled study has something for every table, and beside this report there is no earlier one
    assert demo_tables.keys() == {table.name for table in _TABLES} - {"changes"}
    for name, table in demo_tables.items():
        fields = {field["name"]: field for field in table["schema"]["fields"]}
        assert {field["type"] for field in fields.values()} <= TYPES.keys()
        assert {field["format"] for field in fields.values() if "format" in field} <= set(FORMATS)
        for row in table["data"]:
            assert row.keys() == fields.keys(), name
            for column, value in row.items():
                if value is None:
                    continue
                kind = fields[column]["type"]
                assert isinstance(value, TYPES[kind]), (name, column, value)
                assert isinstance(value, bool) == (kind == "boolean"), (name, column, value)
                if kind == "date":
                    assert dt.date.fromisoformat(value).day == 1


def test_titles_are_one_of_a_kind_and_fit_a_sheet(demo_tables):
    for language in ("en", "sv"):
        titles = [catalogue(language)[f"tables.titles.{table.name}"] for table in _TABLES]
        assert len({title.lower() for title in titles}) == len(titles)
        assert all(len(title) <= 31 for title in titles)
    for table in demo_tables.values():
        called = [field["title"] for field in table["schema"]["fields"]]
        assert len(set(called)) == len(called), table["name"]


def test_the_tables_equal_the_figures(demo_tables, make_report):
    figures = json.loads((make_report(period="2026-10") / "metrics.json").read_text(encoding="utf-8"))
    drained = sum(row["capital_drained"] or 0 for row in demo_tables["touchpoints"]["data"])
    assert drained == sum(row["capital_drained"] or 0 for row in figures["touchpoints"]) < 0
    october = demo_tables["capital_by_month"]["data"][-1]
    risk = figures["headline"]["at_risk_share"]
    assert (october["month"], october["n_at_risk"], october["at_risk_share"]) == (
        "2026-10-01",
        risk["count"],
        risk["value"],
    )
    zones = [row["n_in_zone"] for row in demo_tables["zones_by_month"]["data"] if row["month"] == october["month"]]
    assert zones == [figures["zones"][zone] for zone in ("at_risk", "thin", "cushioned")]
    least = demo_tables["sets_by_capital"]["data"][0]
    going = [row["touchpoint"] for row in figures["choice"]["set"] if not row["kept"]]
    assert sorted(least["goes"].split(", ")) == sorted(going)
    assert least["n_kept"] == least["n_before"] - len(going)


def shown_in_workbook(notebook, sheet: str) -> list[list[str]]:
    """The cells below a sheet's headings as a reader sees them, where each number has its format applied."""
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(notebook, title="Toy")))
    rows = list(book[sheet].iter_rows(max_col=20))
    n_top = 1 + next(n for n, row in enumerate(rows) if row[1].value is not None)
    return [[shown(cell) for cell in row] for row in rows[n_top:]]


def shown(cell) -> str:
    codes = {
        "#,##0": "{:,.0f}", "0.0%": "{:.1%}", "+#,##0.0;-#,##0.0;0.0": "{:+,.1f}", "+0.00;-0.00;0.00": "{:+.2f}",
        "#,##0.0": "{:,.1f}", "#,##0.00": "{:,.2f}",
    }  # fmt: skip
    numeric = isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
    return codes[cell.number_format].format(cell.value) if numeric else str(cell.value)


def test_a_difference_of_shares_is_in_points_as_on_the_page(demo_tables, make_report):
    folder = make_report(period="2026-10")
    notebook = nbformat.read(folder / "notebook.ipynb", as_version=4)
    page = " ".join((folder / "report.html").read_text(encoding="utf-8").replace("−", "-").split())

    said = re.search(r"a difference of (\S+) percentage points \(95% interval (\S+) to (\S+)\)", page)
    departures = {row[0]: row for row in shown_in_workbook(notebook, "Replay, departures")}
    assert departures["Pushed into risk"][6:9] == list(said.groups())
    fields = {field["name"]: field["title"] for field in demo_tables["replay_departures"]["schema"]["fields"]}
    assert fields["low_difference"] == "Difference to the saved (percentage points), 95% interval from"

    closing = {row[0]: row[1:4] for row in shown_in_workbook(notebook, "Differences by closing")}
    said = re.search(r"chance can make \(95% interval (\S+) to (\S+) percentage points\)", page)
    assert closing["Share who left (percentage points)"][1:] == list(said.groups())
    groups = {row["group"]: row["at_risk_share"] for row in demo_tables["closing"]["data"]}
    shares = [groups["Every case closed"], groups["None closed"]]
    assert closing["Share at risk (percentage points)"][0] == f"{100 * (shares[0] - shares[1]):+.1f}"

    for phase, cells in zip(demo_tables["phases"]["data"], shown_in_workbook(notebook, "Phases"), strict=True):
        gap = 100 * (phase["carried_share"] - phase["importance_share"])
        assert f"{gap:+.1f}" in cells


def test_no_customer_and_no_comment_is_in_a_table(demo_tables):
    study = cx.load_study("data/demo")
    text = json.dumps(demo_tables, ensure_ascii=False)
    assert not [one for one in study.customers["customer_id"].head(200) if one in text]
    comments = study.responses["comment"].dropna().unique()
    assert len(comments) and not [one for one in comments if one in text]


def test_the_page_shows_nothing_of_the_tables(make_report):
    page = (make_report(period="2026-10") / "report.html").read_text(encoding="utf-8")
    assert cx.reporting.TABLES_MIME not in page and "Touchpoints and departments" not in page


@pytest.mark.parametrize("table", _TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_column_has_a_heading_in_both_languages(table, language):
    texts = catalogue(language)
    for column in columns_of(table.columns):
        assert f"tables.columns.{column.of}" in texts or f"tables.own.{table.name}.{column.of}" in texts


def test_no_kind_of_column_is_unused():
    used = {word.partition("~")[0].rpartition(":")[2] for table in _TABLES for word in table.columns.split()}
    assert KINDS.keys() == used
