"""Windows of months of one touchpoint, and what they tell of the months between."""

import pandas as pd
import pytest

import cxlib as cx
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.findings.windows import shown_windows, telling_windows

OCTOBER = pd.Period("2026-10", "M")


def answers(**customers_by_month) -> pd.DataFrame:
    """One experience of the touchpoint Invoice for each letter: answers(aug="abc", oct="abcdef")."""
    months = {"older": "2026-02", "aug": "2026-08", "sep": "2026-09", "oct": "2026-10"}
    rows = [(c, f"{months[name]}-05", "Invoice") for name, people in customers_by_month.items() for c in people]
    frame = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint"])
    return frame.assign(occurred_at=pd.to_datetime(frame["occurred_at"]).dt.tz_localize("Europe/Stockholm"))


def withheld(experiences, *, recent_months=3, choice_months=12) -> set[str]:
    windows = shown_windows(OCTOBER, recent_months=recent_months, choice_months=choice_months)
    return {name for name, told in telling_windows(experiences, windows, smallest_base=5).items() if told}


def test_a_quarter_less_its_last_months_tells_its_first():
    # August rests on three: of October and September, which would leave it, one goes
    assert withheld(answers(aug="abc", sep="abcdef", oct="abcdef")) == {"previous"}
    assert withheld(answers(aug="abcdef", sep="abcdef", oct="abcdef")) == set()
    assert withheld(answers(sep="abcdef", oct="abcdef")) == set()


def test_a_year_less_a_quarter_tells_the_months_before():
    assert withheld(answers(older="ab", oct="abcdef")) == {"choice"}
    assert withheld(answers(older="ab", oct="abcdef"), choice_months=3) == set()


def test_one_window_less_another_of_the_same_people_counts_them_once():
    # the year less September and October is February and August: three people, twice each
    assert withheld(answers(older="abc", aug="abc", sep="abcdef", oct="abcdef")) == {"choice", "previous"}


def test_a_window_on_too_few_is_withheld_and_none_is_where_nobody_was_asked():
    assert withheld(answers(oct="abc")) == {"recent", "choice", "period"}
    assert withheld(answers()) == set()


def test_a_missing_column_is_named():
    windows = shown_windows(OCTOBER, recent_months=3, choice_months=12)
    with pytest.raises(MissingColumnError, match="touchpoint"):
        telling_windows(answers(oct="a").drop(columns="touchpoint"), windows, smallest_base=5)
    with pytest.raises(ParameterError, match="at least 1"):
        telling_windows(answers(oct="a"), windows, smallest_base=0)


def study_of_a_quarter(write_study) -> cx.Study:
    """Six customers have an invoice in September and October, three of them in August too; all of them sign up."""
    customers, events = [], []
    for place, customer in enumerate("abcdef"):
        customers.append(f"{customer},2026-06-01")
        events.append(f"{customer},2026-08-03,Sign-up,4")
        months = ("08", "09", "10") if place < 3 else ("09", "10")
        events += [f"{customer},2026-{month}-05,Invoice,{2 if month == '08' else 4}" for month in months]
    files = {
        "study.toml": 'name = "Toy"\narchetype = "e-commerce"\n',
        "touchpoints.csv": "touchpoint,phase,stage\nSign-up,purchase,purchase\nInvoice,payment,use\n",
        "customers.csv": "customer_id,joined_on\n" + "\n".join(customers) + "\n",
        "events.csv": "customer_id,occurred_at,touchpoint,score\n" + "\n".join(events) + "\n",
        "responses.csv": "customer_id,answered_at,metric,score\na,2026-10-06,nps,9\n",
    }
    return cx.load_study(write_study(files))


def test_a_report_tells_no_month_of_few_by_its_movers(write_study):
    study = study_of_a_quarter(write_study)
    rules = cx.CapitalRules()
    experiences = cx.experiences(study, rules)
    months = cx.customer_months(cx.capital_ledger(experiences, rules), rules, until=OCTOBER)
    zones = cx.risk_zones(months, study.customers, cx.Requirement())

    def moved(smallest_base):
        figures = cx.findings.month_figures(
            study, experiences, zones, period=OCTOBER, importance=study.settings.importance, rules=rules,
            requirement=cx.Requirement(), smallest_base=smallest_base,
        )  # fmt: skip
        shown = {row["touchpoint"]: row["net_capital"] for row in figures["touchpoints"]}
        return shown, {row["touchpoint"] for row in figures["movers"]}

    shown, movers = moved(3)
    assert shown["Invoice"] == 9 and "Invoice" in movers  # twelve good ones, three bad
    # the quarter's 9, less 6 and 6, would tell the three of August
    shown, movers = moved(5)
    assert shown["Invoice"] == 9 and "Invoice" not in movers
