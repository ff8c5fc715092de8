"""The generated study holds its known truth, the contract, and its promises of size and sameness."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.months import customer_months
from cxlib.capital.risk import capital_by_month, risk_zones
from cxlib.capital.rules import CapitalRules
from cxlib.contract import TABLES
from cxlib.errors import ParameterError
from cxlib.experience import experiences
from cxlib.simulate import ChurnTruth, Truth, simulate_study
from cxlib.simulate.calendar import Calendar
from cxlib.study import load_study

DEMO = Path(__file__).parents[1] / "data" / "demo"
MEGABYTE = 1_000_000
FILES = {"study.toml", "truth.toml", *(f"{name}.csv" for name in TABLES)}


@pytest.fixture(scope="module")
def study():
    return load_study(DEMO)


@pytest.fixture(scope="module")
def truth():
    return tomllib.loads((DEMO / "truth.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rules(truth):
    return CapitalRules(**truth["rules"])


@pytest.fixture(scope="module")
def all_experiences(study, rules):
    return experiences(study, rules)


@pytest.fixture(scope="module")
def balances(study, rules, all_experiences):
    ledger = capital_ledger(all_experiences, rules, study.cases)
    return customer_months(ledger, rules, until="2026-10")


@pytest.fixture(scope="module")
def by_month(study, balances):
    return capital_by_month(risk_zones(balances, study.customers)).set_index("month")


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# -- the promises of the bundled study ------------------------------------------------------------------------


def test_the_demo_loads_whole_with_no_row_rejected(study):
    assert len(study.rejected) == 0
    for name in TABLES:
        assert len(getattr(study, name)) > 0, name


def test_the_demo_is_what_the_generator_writes_now(tmp_path):
    made = simulate_study(tmp_path / "demo")
    assert {path.name for path in DEMO.iterdir()} == FILES
    for name, content in bytes_of(made).items():
        assert (DEMO / name).read_bytes() == content, f"{name} differs: run `make demo`"


def test_the_demo_fits_into_git():
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 6 * MEGABYTE


def test_the_counts_are_those_that_the_readme_tells(study):
    assert len(study.customers) == 2000
    assert 40_000 <= len(study.events) <= 60_000
    months = study.events["occurred_at"].dt.tz_localize(None).dt.to_period("M")
    assert (str(months.min()), str(months.max()), months.nunique()) == ("2024-11", "2026-10", 24)
    # about half of those asked answer, and some of these write something
    answered = study.responses["score"].notna()
    assert 0.35 <= answered.mean() <= 0.55
    assert not study.responses.loc[~answered, "comment"].notna().any()
    assert 0.08 <= study.responses.loc[answered, "comment"].notna().mean() <= 0.16


def test_ids_are_unique(study):
    assert study.customers["customer_id"].is_unique
    assert study.events["event_id"].is_unique
    assert study.responses["response_id"].is_unique
    assert study.cases["case_id"].is_unique


def test_every_event_lies_between_joining_and_leaving(study):
    joined = study.events.merge(study.customers, on="customer_id", validate="many_to_one")
    day = joined["occurred_at"].dt.tz_localize(None).dt.normalize()
    assert len(joined) == len(study.events)
    assert (day >= joined["joined_on"]).all()
    assert (joined["churned_on"].isna() | (day <= joined["churned_on"])).all()


def test_answers_and_cases_belong_to_what_they_name(study):
    about = study.responses.loc[study.responses["event_id"].notna()]
    tied = about.merge(study.events, on="event_id", suffixes=("", "_event"), validate="one_to_one")
    assert len(tied) == len(about) == (study.responses["metric"] == "csat").sum()
    assert (tied["customer_id"] == tied["customer_id_event"]).all()
    assert (tied["touchpoint"] == tied["touchpoint_event"]).all()
    assert (tied["answered_at"] > tied["occurred_at"]).all()
    # an event has a rating of its own or a question, never both
    assert tied["score_event"].isna().all()

    led_to = study.cases.merge(study.responses, on="response_id", suffixes=("", "_answer"), validate="one_to_one")
    assert len(led_to) == len(study.cases)
    assert (led_to["customer_id"] == led_to["customer_id_answer"]).all()
    assert (led_to["score"] <= 2).all()
    assert (led_to["opened_at"] > led_to["answered_at"]).all()
    assert 0.5 < study.cases["customer_informed_at"].notna().mean() < 0.95


def test_times_are_local_through_both_changes_of_clocks(study):
    noon = study.events.set_index("occurred_at").sort_index()
    for day, hours in (("2025-03-29", 1), ("2025-03-30", 2), ("2025-10-25", 2), ("2025-10-26", 1)):
        moments = noon.loc[day].index
        assert len(moments) > 0, day
        assert {moment.utcoffset() for moment in moments} == {pd.Timedelta(hours=hours)}, day


def test_survey_weights_keep_the_base_of_each_wave(study):
    weighted = study.responses.loc[study.responses["survey_weight"].notna()]
    assert (weighted["metric"] == "nps").all()
    assert weighted["score"].notna().all()
    # the weights of a wave have mean 1, and are written with three digits
    assert weighted["survey_weight"].sum() == pytest.approx(len(weighted), abs=0.0005 * len(weighted))
    assert weighted["survey_weight"].min() < 0.8
    assert weighted["survey_weight"].max() > 1.2


def test_the_relational_survey_is_no_experience(study, all_experiences):
    assert not study.settings.scales["nps"].counts_as_experience
    assert len(all_experiences) <= len(study.events)


# -- the truth comes back --------------------------------------------------------------------------------------


def test_the_month_of_the_incident_has_the_largest_share_of_negatives(all_experiences, truth):
    month = all_experiences["occurred_at"].dt.tz_localize(None).dt.to_period("M").astype(str)
    share = (all_experiences["experience"] < 0).groupby(month).mean()
    assert share.idxmax() == truth["incident"]["month"] == "2026-02"
    assert share.max() > 3 * share.drop("2026-02").max()


def test_the_share_at_risk_jumps_and_recovers(by_month):
    share = by_month["at_risk_share"]
    assert share["2025-02":"2026-01"].between(0.05, 0.15).all()
    assert share["2026-02-01"] > 0.30
    assert share["2026-02-01"] > share["2026-01-01"] + 0.15
    assert share["2026-09-01"] < share["2026-02-01"] / 2
    assert share["2026-02":"2026-09"].is_monotonic_decreasing


def test_the_last_month_has_something_to_tell(by_month, all_experiences):
    share = by_month["at_risk_share"]
    assert share["2026-10-01"] > share["2026-09-01"] + 0.01
    at = all_experiences["occurred_at"].dt.tz_localize(None)
    october = all_experiences.loc[at >= "2026-10-01"]
    losses = october.loc[october["experience"] < 0, "touchpoint"].value_counts()
    assert losses.idxmax() == "Price change notice"


def test_scores_lie_around_their_true_quality(study, truth):
    scored = study.responses.dropna(subset=["score", "touchpoint"])
    scored = scored.loc[scored["answered_at"].dt.tz_localize(None) < "2026-02-01"]
    offset = {one["touchpoint"]: one["quality_offset"] for one in truth["touchpoints"]}
    phase = {one["touchpoint"]: one["phase"] for one in truth["touchpoints"]}
    mean = scored.groupby("touchpoint")["score"].mean()
    for touchpoint, base in scored.groupby("touchpoint").size().items():
        if base < 200:
            continue
        true = truth["phase_quality"][phase[touchpoint]] + offset[touchpoint]
        # the ends of the scale pull high means down and low ones up by about 0.1; two standard errors are 0.14
        assert mean[touchpoint] == pytest.approx(true, abs=0.2), touchpoint


def test_payment_drains_and_purchase_carries(study, rules, all_experiences):
    ledger = capital_ledger(all_experiences, rules, study.cases)
    net = ledger.groupby("phase", observed=True)["amount"].sum()
    assert net["payment"] < 0 < net["consumption"] < net["purchase"]


def test_those_who_left_had_less_capital_by_the_true_hazard(study, balances, truth):
    """A logistic regression of leaving on capital at the month before gives the true slope back."""
    months = balances.merge(study.customers, on="customer_id", validate="many_to_one")
    months = months.loc[months["month"] < "2026-10-01"]
    next_month = (months["month"] + pd.offsets.MonthBegin(1)).dt.to_period("M")
    left_in = months["churned_on"].dt.to_period("M")
    at_hand = months["churned_on"].isna() | (left_in >= next_month)
    capital = months.loc[at_hand, "capital"].to_numpy()
    leaves = (left_in == next_month)[at_hand].to_numpy(dtype=float)
    assert leaves.sum() == study.customers["churned_on"].notna().sum()
    assert capital[leaves == 1].mean() < capital[leaves == 0].mean() - 0.5

    design = np.column_stack([np.ones_like(capital), capital])
    coefficients = np.array([-4.0, 0.0])
    for _ in range(25):  # Newton's method
        fitted = 1 / (1 + np.exp(-design @ coefficients))
        information = (design * (fitted * (1 - fitted))[:, None]).T @ design
        coefficients = coefficients + np.linalg.solve(information, design.T @ (leaves - fitted))
    standard_error = np.sqrt(np.diag(np.linalg.inv(information)))
    true = np.array([truth["churn"]["intercept"], truth["churn"]["slope"]])
    assert (np.abs(coefficients - true) < 3 * standard_error).all()
    assert standard_error[1] < 0.05


def test_monthly_churn_is_plausible(study, by_month):
    churned = study.customers["churned_on"].dropna().dt.to_period("M").value_counts()
    at_start = by_month["n_customers"].shift().dropna()
    rate = churned.to_numpy().sum() / at_start.sum()
    assert 0.008 < rate < 0.02


# -- the generator ---------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    first = bytes_of(simulate_study(tmp_path / "first", customers=60, months=5, seed=7))
    again = bytes_of(simulate_study(tmp_path / "again", customers=60, months=5, seed=7))
    other = bytes_of(simulate_study(tmp_path / "other", customers=60, months=5, seed=8))
    assert set(first) == FILES
    assert first == again
    assert first["events.csv"] != other["events.csv"]


def test_taking_leavers_away_does_not_touch_the_capital_they_left_with(tmp_path):
    """The same draws with and without leaving: every balance before the month of leaving is the same."""
    leaving = Truth(churn=ChurnTruth(intercept=-2.0, slope=-0.3))
    staying = dataclasses.replace(leaving, churn=ChurnTruth(intercept=-1000.0, slope=0.0))
    found = {}
    for name, truth in (("leaving", leaving), ("staying", staying)):
        study = load_study(simulate_study(tmp_path / name, customers=300, months=24, seed=3, truth=truth))
        ledger = capital_ledger(experiences(study, truth.rules), truth.rules, study.cases)
        months = customer_months(ledger, truth.rules, until="2026-10")
        found[name] = study, months.set_index(["customer_id", "month"])["capital"]
    study, capital = found["leaving"]
    assert found["staying"][0].customers["churned_on"].isna().all()
    churned_on = study.customers.set_index("customer_id")["churned_on"]
    assert churned_on.notna().sum() > 100
    left = capital.index.get_level_values("customer_id").map(churned_on)
    before = left.isna() | (capital.index.get_level_values("month") + pd.offsets.MonthEnd(0) < left)
    assert before.sum() > 2000
    expected = found["staying"][1].reindex(capital.index[before])
    np.testing.assert_allclose(capital[before], expected, rtol=0, atol=1e-9)


def test_a_short_study_needs_no_incident(tmp_path):
    study = load_study(simulate_study(tmp_path / "short", customers=30, months=2, last_month="2025-06"))
    assert len(study.rejected) == 0
    assert (study.events["touchpoint"] != "Price change notice").all()


def test_truth_toml_holds_every_number_of_the_truth(truth):
    default = Truth()
    assert truth["rules"]["half_life_days"] == default.rules.half_life_days
    assert truth["churn"] == dataclasses.asdict(default.churn)
    assert truth["answers"] == dataclasses.asdict(default.answers)
    assert truth["phase_quality"] == dict(default.phase_quality)
    assert set(truth["incident"]) == {field.name for field in dataclasses.fields(default.incident)}
    assert [one["touchpoint"] for one in truth["touchpoints"]] == [one.touchpoint for one in default.touchpoints]
    assert [one["segment"] for one in truth["segments"]] == [one.segment for one in default.segments]


def test_an_earlier_generated_study_is_replaced_whole(tmp_path):
    folder = simulate_study(tmp_path / "study", customers=20, months=3, seed=1)
    before = bytes_of(folder)
    simulate_study(folder, customers=20, months=3, seed=2)
    assert bytes_of(folder)["events.csv"] != before["events.csv"]
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_a_folder_with_anything_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ParameterError, match=r"files that the generator did not make \(thesis.txt\)"):
        simulate_study(tmp_path, customers=20, months=3)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_users_own_study_is_refused(tmp_path):
    (tmp_path / "events.csv").write_text("customer_id,occurred_at,touchpoint\n")
    with pytest.raises(ParameterError, match=r"did not make \(events.csv\)"):
        simulate_study(tmp_path, customers=20, months=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"customers": 0}, "customers must be a whole number of at least 1, found 0"),
        ({"months": 1}, "months must be a whole number of at least 2, found 1"),
        ({"seed": -1}, "seed must be a whole number of at least 0, found -1"),
        ({"seed": True}, "seed must be a whole number"),
        ({"last_month": "October"}, "last_month must be a month such as '2026-10', found 'October'"),
        ({"last_month": "2026-10-01"}, "last_month must be a month"),
    ],
)
def test_wrong_parameters_are_refused(tmp_path, options, message):
    with pytest.raises(ParameterError, match=message):
        simulate_study(tmp_path / "study", **options)
    assert not (tmp_path / "study").exists()


def test_the_module_runs_from_the_command_line(tmp_path):
    command = [sys.executable, "-m", "cxlib.simulate", str(tmp_path / "study"), "--customers", "20", "--months", "3"]
    subprocess.run(command, check=True, capture_output=True, cwd=DEMO.parents[1])
    assert {path.name for path in (tmp_path / "study").iterdir()} == FILES
    refused = subprocess.run([*command[:-1], "0"], check=False, capture_output=True, text=True, cwd=DEMO.parents[1])
    assert refused.returncode == 2
    assert "months must be a whole number of at least 2" in refused.stderr


def test_the_calendar_counts_months_and_knows_winter():
    calendar = Calendar.ending("2026-10", 24)
    assert str(calendar.first) == "2024-11"
    assert calendar.number("2026-02") == 15
    assert str(calendar.end) == "2026-11-01"
    # 2024-11, 2024-12, 2025-01, 2025-02, 2025-03, 2025-04
    assert list(calendar.is_winter(np.arange(6))) == [True, True, True, True, True, False]
    assert list(calendar.n_days(np.array([3, 16]))) == [28, 31]
