"""What the report says of the feedback loop, on a study small enough to count by hand."""

from pathlib import Path

import pandas as pd
import pytest

import cxlib as cx
from cxlib import charts
from cxlib.findings import closing_rows, feedback_rows, feedback_section, feedback_total
from tests.test_findings import EVIL, figures_of, write_study

SV = cx.Language("sv")


def with_cases(folder, rows: list[str]):
    folder = write_study(folder, bad_invoices=8)
    header = "case_id,customer_id,opened_at,touchpoint,owner,action,resolved_at,customer_informed_at\n"
    (folder / "cases.csv").write_text(header + "".join(f"{row}\n" for row in rows))
    return folder


@pytest.fixture
def figures(tmp_path):
    """Ten cases of ten customers, opened on 6 September: five told in time, one late, two untold, two open; and one
    of October that still has time."""
    told = [f"k{i},c{i},2026-09-06 09:00,Sign-up,Sales {EVIL},Called,2026-09-10,2026-09-11" for i in range(5)]
    late = ["k5,c5,2026-09-06 09:00,Sign-up,Billing,Called,2026-09-10,2026-10-11"]
    untold = [f"k{i},c{i},2026-09-06 09:00,Sign-up,Billing,Called,2026-09-10," for i in (6, 7)]
    left_open = [f"k{i},c{i},2026-09-06 09:00,Sign-up,Billing,,," for i in (8, 9)]
    rest = ["k10,c9,2026-10-30 09:00,Sign-up,Billing,,,"]
    return figures_of(with_cases(tmp_path, [*told, *late, *untold, *left_open, *rest]), resolved=1)


def test_the_figures_by_hand(figures):
    loop = figures["feedback"]
    recent = loop["recent"]
    assert (recent["n_cases"], recent["n_customers"], recent["n_resolved"], recent["n_informed"]) == (11, 10, 8, 6)
    assert (recent["n_in_time"], recent["n_late"], recent["n_waiting"], recent["n_overdue"]) == (5, 1, 1, 4)
    assert (recent["n_due"], recent["n_due_in_time"], recent["in_time_share"]) == (10, 5, 0.5)
    assert loop["ever"] == recent
    assert [(row["owner"], row["n_cases"], row["n_overdue_ever"]) for row in loop["owners"]] == [
        ("Billing", 6, 4), (f"Sales {EVIL}", 5, 0),
    ]  # fmt: skip
    assert [(row["group"], row["n_customers"]) for row in loop["closing"]["groups"]] == [
        ("closed", 6), ("mixed", 0), ("open", 4),
    ]  # fmt: skip
    assert (loop["resolve_days"], loop["inform_days"]) == (14, 3)


def test_the_section_states_counts_bases_and_intervals(figures):
    page = feedback_section(figures).data
    assert "11 cases of 10 customers were opened in the last 3 months: 8 (73%) are resolved, and in 6 (55%)" in page
    assert "Of the 10 whose time has run out 50% (95% interval 24% to 76%) met both targets" in page
    assert "resolved within 14 days, and the customer told within 3 more" in page
    assert "4 of all 11 cases ever opened are overdue: 2 wait for a solution, 2 for somebody to tell" in page
    assert "The largest part, 4, lies with Billing." in page
    # four with open cases are too few, and the other six would give them away
    assert "cannot be said: too few customers have closed, or open, cases" in page
    assert "no experiment" in page
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "<td>Billing</td>" in page


def test_the_section_in_swedish(figures):
    page = feedback_section(figures, language=SV).data
    assert "11 ärenden från 10 kunder öppnades under de senaste 3 månaderna" in page
    assert "Av de 10 vars tid har gått ut klarade 50\N{NO-BREAK SPACE}%" in page
    assert "Störst del av dem, 4, ligger hos Billing." in page
    assert "experiment" in page and "overdue" not in page.lower()


def test_other_targets(tmp_path):
    rows = [f"k{i},c{i},2026-09-06 09:00,Sign-up,Sales,Called,2026-09-10,2026-09-11" for i in range(6)]
    targets = cx.LoopTargets(resolve_days=2, inform_days=0.5)
    figures = figures_of(with_cases(tmp_path, rows), targets=targets)
    assert figures["feedback"]["recent"]["in_time_share"] == 0
    page = feedback_section(figures).data
    assert "resolved within 2 days, and the customer told within 0.5 more" in page
    assert "None of the 6 cases ever opened is overdue at the end of October 2026." in page


def test_a_study_without_cases_says_so(tmp_path):
    figures = figures_of(write_study(tmp_path, bad_invoices=4))
    assert figures["feedback"] is None
    page = feedback_section(figures).data
    assert "No case of feedback is in the data" in page and "<table>" not in page
    assert "Det finns inga ärenden i data" in feedback_section(figures, language=SV).data
    for chart in (
        charts.feedback_loop_chart(feedback_rows(figures), feedback_total(figures)),
        charts.feedback_loop_chart(feedback_rows(figures, by="touchpoint"), feedback_total(figures), by="touchpoint"),
        charts.closing_effect_chart(closing_rows(figures)),
    ):
        assert "No data for" in str(chart.to_dict()["layer"])


def test_few_customers_are_said_and_not_described(tmp_path):
    rows = [f"k{i},c{i},2026-09-06 09:00,Sign-up,Sales,,," for i in range(4)]
    figures = figures_of(with_cases(tmp_path, rows))
    page = feedback_section(figures).data
    assert "4 cases were opened in the last 3 months: too few customers to say more." in page
    assert "too few customers to say how many cases are overdue" in page
    assert "%" not in page.split('<p class="note">')[0].replace("95%", "")
    assert figures["feedback"]["recent"]["n_resolved"] is None


def test_what_is_overdue_with_customers_who_have_left_is_counted_apart():
    figures = figures_of(Path(__file__).parents[1] / "data" / "demo")
    assert figures["feedback"]["n_overdue_gone"] == 105
    assert "105 belong to customers who have left." in feedback_section(figures).data


def test_months_without_a_case_are_said(tmp_path):
    rows = [f"k{i},c{i},2026-06-06 09:00,Sign-up,Sales,Called,2026-06-10,2026-06-11" for i in range(6)]
    page = feedback_section(figures_of(with_cases(tmp_path, rows))).data
    assert "No case was opened in the last 3 months." in page
    assert "None of the 6 cases ever opened is overdue" in page


CLOSED = {"group": "closed", "n_current": 60, "mean_capital": 1.6, "mean_capital_unrecovered": 0.7}
OPEN = {"group": "open", "n_current": 40, "mean_capital": 0.8, "mean_capital_unrecovered": 0.3}
LEFT = [
    {"group": "in_time", "n_stayed": 70, "n_left": 7, "left_share": 0.1},
    {"group": "not_in_time", "n_stayed": 50, "n_left": 15, "left_share": 0.3},
]


def closing(figures, *, unrecovered: tuple, left: tuple):
    differences = [
        {"measure": name, "difference": value, "low_difference": low, "high_difference": high}
        for name, (value, low, high) in (("capital_unrecovered", unrecovered), ("left_share", left))
    ]
    compared = {
        "groups": [CLOSED, {"group": "mixed"}, OPEN],
        "departures": LEFT,
        "followed_days": 180,
        "differences": differences,
        "n_not_due": 0,
    }
    return figures | {"feedback": figures["feedback"] | {"closing": compared}}


def test_what_is_definition_and_what_may_be_chance_is_said(figures):
    page = feedback_section(closing(figures, unrecovered=(0.4, -0.1, 0.9), left=(-0.2, -0.3, -0.1))).data
    # more had their cases closed; the capital is that of those who have not left
    assert "The 60 customers whose cases were all closed and who are still customers have +1.6 units of capital" in page
    assert "they have +0.7 and +0.3, and the difference is no larger than chance can make (95% interval" in page
    assert "10.0% of the 70 who by then had an answer to every case left within the next 180 days, against" in page
    assert "against 30.0% of the 50 who had not: −20.0 percentage points" in page
    page = feedback_section(closing(figures, unrecovered=(0.4, 0.1, 0.7), left=(-0.2, -0.5, 0.1))).data
    assert "they have +0.7 and +0.3, a difference of +0.4 (95% interval +0.1 to +0.7)" in page
    assert "no larger than chance can make (95% interval −50.0 to +10.0 percentage points)" in page
    swedish = closing(figures, unrecovered=(0.4, -0.1, 0.9), left=(-0.2, -0.5, 0.1))
    page = feedback_section(swedish, language=SV).data
    assert "De 60 kunder vars ärenden alla avslutats och som fortfarande är kunder har i snitt +1,6" in page
    assert page.count("skillnaden är inte större än vad slumpen kan ge") == 2 and "isär" not in page
    assert "de 70 som då hade fått svar på alla sina ärenden inom de följande 180 dagarna" in page
    page = feedback_section(closing(figures, unrecovered=(None, None, None), left=(None, None, None))).data
    assert "days, against" not in page


def test_waits_read_well_with_and_without_an_upper_end(figures):
    for median, low, high, words in (
        (12.4, 10.0, 15.6, "within 12 days (95% interval 10 to 16)"),
        (12.4, 10.0, None, "within 12 days (95% interval from 10)"),
        (12.4, None, None, "within 12 days. At the end"),
        (12.4, 10.0, 15.6, "In half of the cases the customer can expect"),  # the unit is a case
        (None, 8.0, None, "So far the customer knows the outcome in fewer than half of the cases."),
    ):
        waits = {"median_close_days": median, "low_close_days": low, "high_close_days": high}
        recent = figures["feedback"]["recent"] | waits
        assert words in feedback_section(figures | {"feedback": figures["feedback"] | {"recent": recent}}).data


def test_the_frames_for_the_charts(figures):
    rows = feedback_rows(figures | {"labels": {"sv": {"Billing": "Fakturering"}}}, language=SV)
    assert list(rows["owner"]) == ["Fakturering", f"Sales {EVIL}"]
    assert list(feedback_rows(figures, by="touchpoint")["touchpoint"]) == ["Sign-up"]
    assert len(feedback_total(figures)) == 1
    assert list(closing_rows(figures)["group"]) == ["closed", "mixed", "open"]
    assert pd.isna(closing_rows(figures)["mean_capital"]).all()
