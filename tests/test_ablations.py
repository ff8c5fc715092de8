"""The monthly report on studies that lack what is optional: it says so, and breaks nothing."""

import ast
import itertools
import json
import re
import shutil
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from IPython.display import HTML

from cxlib.simulate import simulate_study

BROKEN = r"\bnan\b|\bNone\b|NaT|: \.|: ,|: of |: av |\(\)|>\s*</(?:p|li|td)>"
"""What a sentence without its figures looks like."""

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "90_monthly_report.ipynb"
MONTH = "2026-10"


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("ablations") / "whole"
    simulate_study(folder, customers=150, months=12)
    return folder


def run_report(study: Path, monkeypatch, *, upto: str = "", **parameters) -> tuple[dict, str, list[dict]]:
    """Run the notebook's cells in this process, all or those up to the one of a name: its figures, what its sections
    say, its charts' specs."""
    monkeypatch.chdir(NOTEBOOK.parent)
    names: dict[str, object] = {}
    pages, charts = [], []

    def show(shown, **kwargs):
        if isinstance(shown, HTML):
            pages.append(shown.data)
        elif hasattr(shown, "to_dict") and hasattr(shown, "save"):
            charts.append(shown.to_dict())

    monkeypatch.setattr("IPython.display.display", show)
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, NOTEBOOK.name, "exec"), names)
        if "parameters" in cell["metadata"].get("tags", []):
            names |= {"study_path": study, "period": MONTH, **parameters}
        if last is not None:
            show(eval(compile(ast.Expression(last.value), NOTEBOOK.name, "eval"), names))
        if cell["metadata"]["name"] == upto:
            break
    return names["figures"], "\n".join(pages), charts


def without(*files):
    def cut(folder):
        for file in files:
            (folder / file).unlink()

    return cut


def edited(file, change):
    def cut(folder):
        frame = pd.read_csv(folder / file, dtype="str", keep_default_na=False)
        change(frame).to_csv(folder / file, index=False)

    return cut


TABLES = ("customers.csv", "touchpoints.csv", "events.csv", "responses.csv", "cases.csv", "journey_steps.csv")


def only(*kept):
    return without(*(file for file in TABLES if file not in kept))


def nps_alone(folder):
    only("responses.csv")(folder)
    edited("responses.csv", lambda f: f[f["metric"] == "nps"].drop(columns=["touchpoint", "event_id"]))(folder)


def three_customers(folder):
    kept = pd.read_csv(folder / "customers.csv", dtype="str")["customer_id"].iloc[:3]
    for file in ("customers.csv", "events.csv", "responses.csv", "cases.csv"):
        edited(file, lambda f: f[f["customer_id"].isin(kept)])(folder)


ABLATIONS = {
    "nothing": lambda folder: None,
    "customers": without("customers.csv"),
    "customers but a header": edited("customers.csv", lambda f: f.iloc[:0]),
    "all of customers but the id": edited("customers.csv", lambda f: f[["customer_id"]]),
    "segments": edited("customers.csv", lambda f: f.drop(columns="segment")),
    "touchpoints": without("touchpoints.csv"),
    "phases": edited("touchpoints.csv", lambda f: f.assign(phase=f["phase"].where(f["phase"] == "payment", "payment"))),
    "responses": without("responses.csv"),
    "cases and steps": without("cases.csv", "journey_steps.csv"),
    "all but events": only("events.csv"),
    "all but responses": only("responses.csv"),
    "all but the relational score": nps_alone,
    "scores and answers": lambda folder: (
        without("responses.csv", "cases.csv")(folder),
        edited("events.csv", lambda f: f.assign(score=""))(folder),
    ),
    "all months but one": edited("events.csv", lambda f: f[f["occurred_at"] >= MONTH]),
    "all events but one": edited("events.csv", lambda f: f[f["occurred_at"] >= MONTH].iloc[:1]),
    "all but three customers": three_customers,
}


CHARTS_LESS = {
    "touchpoints": 2,
    "cases and steps": 3,
    "all but events": 5,
    "all but responses": 5,
    "all but the relational score": 5,
    "scores and answers": 2,
}
"""Charts that are left out where there is nothing to draw: the sections that they belong to say why."""


# the languages in turn: what is missing breaks a sentence in both or in none, and half the runs take half the time
LANGUAGES = dict(zip(ABLATIONS, itertools.cycle(["en", "sv"]), strict=False))


@pytest.fixture(scope="module")
def report_without(whole, tmp_path_factory):
    """The report without something, made once."""

    @cache
    def made(missing: str) -> tuple[dict, str, list[dict]]:
        study = shutil.copytree(whole, tmp_path_factory.mktemp("without") / "study")
        ABLATIONS[missing](study)
        with pytest.MonkeyPatch.context() as patch:
            return run_report(study, patch, language=LANGUAGES[missing])

    return made


@pytest.mark.parametrize("missing", ABLATIONS)
def test_the_report_reads_without(report_without, missing):
    figures, page, charts = report_without(missing)
    assert len(charts) == 18 - CHARTS_LESS.get(missing, 0)
    assert page.count("<h2>") == 13
    json.dumps(figures, allow_nan=False)
    assert re.findall(BROKEN, page) == []


def test_three_customers_are_never_described(report_without):
    figures, page, _ = report_without("all but three customers")
    for name, figure in figures["headline"].items():
        assert name == "customers" or figure is None or figure["value"] is None, name
    for kind in ("phases", "touchpoints", "segments"):
        for row in (row for row in figures[kind] if row["n_customers"] > 0):  # nobody is no secret
            for column in ("mean_experience", "share_negative", "carried_share", "capital_drained", "at_risk_share"):
                assert row.get(column) is None, (kind, column)
    assert "%" not in page.split("<h2>")[1].split("key-figures")[0]


def test_a_segment_is_held_to_the_same_requirement_as_the_whole(whole, monkeypatch):
    options = {"requirement": 1.0, "price_elasticity": 1.0}
    everyone, _, _ = run_report(whole, monkeypatch, upto="figures", **options)
    for row in everyone["segments"]:
        alone, _, _ = run_report(whole, monkeypatch, upto="figures", segment=row["segment"], **options)
        assert alone["headline"]["customers"]["value"] == row["n_customers"]
        if row["at_risk_share"] is not None:
            assert alone["headline"]["at_risk_share"]["value"] == row["at_risk_share"]
