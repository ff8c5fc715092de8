"""What the report says of the order of the phases and of their importance."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.charts import phase_order_chart
from cxlib.errors import ParameterError
from cxlib.findings import (
    importance_rows,
    importance_section,
    importance_words,
    phase_order_rows,
    phase_order_section,
)
from cxlib.findings.phases_figures import IMPORTANCE_COLUMNS
from cxlib.language import Language
from tests.test_findings import EVIL, figures_of, write_study
from tests.test_phase_charts import compared, order, svg

EN, SV = Language("en"), Language("sv")
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def said(html) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", html.data))


def figures(rows: pd.DataFrame, **importance) -> dict:
    """As much of a month's figures as these sections read."""
    plain = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return {
        "period": "2026-10", "previous_period": "2026-09", "recent_months": 3, "labels": {"sv": {"helhet": "Helheten"}},
        "rules": {"loss_weight": 2}, "phase_order": plain, "found_importance": importance,
    }  # fmt: skip


def found(**changed) -> pd.DataFrame:
    columns = {
        "low_r2": 0.2, "high_r2": 0.32, "n_answered": 1544, "n_without": [480, 791, 288], "reason": None,
        "correlation": 0.3,
    }  # fmt: skip
    return compared(**columns | changed)


def test_the_order_is_told_with_base_interval_and_days():
    page = said(phase_order_section(figures(order())))
    assert "80% of 100 customers meet the phases in the order purchase, payment, consumption" in page
    assert "with contact about payment on three days or more (95% interval 70% to 87%)" in page
    assert "it takes under a day from purchase to payment and 12 days from payment to consumption" in page
    assert "has 30 days between one day with contact about payment and the next" in page
    assert "15% have met purchase, and have had no contact about payment yet" in page
    assert "reminders and questions too" in page
    assert "40 more were customers before the data begin" in page


def test_the_order_in_swedish_and_without_anybody():
    page = said(phase_order_section(figures(order()), language=SV))
    assert "i ordningen köp, betalning, konsumtion, med kontakt om betalning tre dagar eller fler" in page
    assert "under ett dygn från köp till betalning och 12 dagar från betalning till konsumtion" in page


@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
@pytest.mark.parametrize(
    ("rows", "said_keys"),
    [
        (order().iloc[:0], ["nothing"]),
        (order().iloc[2:3], ["too_few"]),
        (order().iloc[2:], ["too_few", "began_earlier"]),
        (order().iloc[3:], ["all_began_earlier"]),
    ],
    ids=["no rows", "too few", "too few and earlier", "all earlier"],
)
def test_without_an_order_it_says_which_of_three_reasons(rows, said_keys, language):
    page = said(phase_order_section(figures(rows), language=language))
    for key in ("nothing", "too_few", "began_earlier", "all_began_earlier"):
        assert (language.text(f"report.order.{key}", n="40") in page) == (key in said_keys)
    assert language.text("report.order.note", month="X").split("X")[1] not in page
    drawn = " ".join(re.sub(r"<[^>]+>", " ", svg(phase_order_chart(rows, language=language))).split())
    assert language.text(f"charts.phase_order.{said_keys[0]}") in drawn


def test_one_day_is_a_day_in_the_singular():
    page = said(phase_order_section(figures(order().assign(days_to_third=1.0))))
    assert "and 1 day from payment to consumption" in page


def test_where_declared_and_found_disagree_the_phases_are_named():
    page = said(importance_words(found(), metric="nps"))
    assert "NPS hangs most on payment: 46% of what the phases explain (95% interval 32% to 62%)" in page
    assert "do not fit this: purchase (declared 43%, found 11% to 35%) and consumption (declared 14%" in page
    assert "Allowing for chance, the phases together explain 25% of the differences in NPS among 520" in page
    assert "520 customers (20% to 32%)" in page
    assert "no proof" in page and "1,024 of 1,544" in page and "consumption 791" in page
    swedish = said(importance_words(found(), metric="nps", language=SV))
    assert "köp (uttalad 43\N{NO-BREAK SPACE}%, funnen 11\N{NO-BREAK SPACE}% till 35\N{NO-BREAK SPACE}%)" in swedish


def test_where_they_agree_it_says_no_more_than_that():
    page = said(importance_words(found(verdict="agrees"), metric="nps"))
    assert "do not contradict this" in page and "do not fit" not in page


def test_a_phase_that_goes_the_wrong_way_is_said_to():
    rows = found(correlation=[0.3, -0.2, -0.3], low_share=[0.11, 0.0, 0.32])
    page = said(importance_words(rows, metric="nps"))
    # consumption lies within chance
    assert "Better experiences of payment go with lower scores here, not higher: check the data." in page
    assert "lower scores" not in said(importance_words(found(), metric="nps"))
    swedish = said(importance_words(rows, metric="nps", language=SV))
    assert "Bättre upplevelser av betalning följs här åt med lägre betyg" in swedish


def test_nobody_left_out_is_not_said_and_a_phase_that_nobody_lacks_is_not_named():
    complete = said(importance_words(found(n_answered=520, n_without=0), metric="nps"))
    assert "no proof" in complete and "Left out" not in complete
    some = said(importance_words(found(n_without=[0, 791, 0]), metric="nps"))
    assert "of at least one phase: consumption 791." in some
    nothing = found(
        importance_share=np.nan, low_share=np.nan, high_share=np.nan, verdict=None, reason="unexplained",
        n_answered=520, n_without=0,
    )  # fmt: skip
    page = said(importance_words(nothing, metric="nps"))
    assert "Left out" not in page and "no proof" not in page and "adjusted R² 25.0%" in page


@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
@pytest.mark.parametrize("reason", ["nobody_answered", "phase_unmeasured", "too_few", "no_spread", "unexplained"])
def test_without_shares_the_reason_is_said(reason, language):
    rows = found(
        importance_share=np.nan, low_share=np.nan, high_share=np.nan, verdict=None, reason=reason, r2=0.011,
        n_customers=0 if reason in ("nobody_answered", "phase_unmeasured") else 41,
        n_answered=0 if reason == "nobody_answered" else 100, n_without=[0, 0, 100],
    )  # fmt: skip
    page = said(importance_words(rows, metric="nps", language=language))
    assert language.text("report.importance.no_cause") not in page
    payment = language.text("names.phase.payment").lower()
    assert (payment in page.split("NPS")[1]) or reason != "phase_unmeasured"
    assert "None" not in page and "nan" not in page.lower().split()


def test_the_overall_score_has_its_label_and_is_escaped():
    rows = found().astype(object).where(found().notna(), None).to_dict("records")
    of_study = figures(order(), metric="helhet", phases=rows)
    assert "I data hänger Helheten mest på" in said(importance_section(of_study, language=SV))
    evil = figures(order(), metric="<script>alert(1)</script>", phases=rows)
    assert "<script>" not in importance_section(evil).data


def test_the_figures_of_a_month_hold_both_and_give_them_back_as_frames(tmp_path):
    month = figures_of(write_study(tmp_path, bad_invoices=4))
    orders = phase_order_rows(month)
    assert orders[["order", "payments", "n_customers"]].to_numpy().tolist() == [["purchase-payment", "once", 10]]
    assert orders["days_to_second"].tolist() == [30]
    rows = importance_rows(month)
    assert list(rows.columns) == IMPORTANCE_COLUMNS and rows["reason"].tolist() == ["phase_unmeasured"] * 3
    assert month["found_importance"]["metric"] == "nps"
    assert "no customer has a measured experience of consumption" in said(importance_section(month))
    other = figures_of(write_study(tmp_path, bad_invoices=4), overall_metric="ces")
    assert "Nobody has answered CES" in said(importance_section(other))


def test_what_began_is_told_of_the_whole_study_though_the_figures_are_of_a_part(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    assert {row["group"] for row in figures_of(folder, segment="North")["phase_order"]} == {"order"}
    month = figures_of(folder, segment="North", begins_on="2026-10")
    assert [(row["group"], row["n_customers"]) for row in month["phase_order"]] == [("began_earlier", 6)]
    assert "All 6 customers were customers before the data begin" in said(phase_order_section(month))
    for name in ("30_trepunkt", "90_monthly_report"):
        cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        source = "".join(line for cell in cells for line in cell["source"])
        assert "begins_on=begins_on" in source and source.count("begins_on = cx.month_starts(") == 1


def test_a_scale_that_nobody_answered_breaks_no_report_and_a_misspelt_one_does(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    with pytest.raises(ParameterError, match="did you mean 'nps'"):
        figures_of(folder, overall_metric="npss")
    scale = "\n[scales.enps]\nmin = 0\nmax = 10\nexpected = 7.5\n"
    with (folder / "study.toml").open("a", encoding="utf-8") as settings:
        settings.write(scale)
    assert figures_of(folder, overall_metric="enps")["found_importance"]["phases"][0]["reason"] == "nobody_answered"


def test_an_answer_alone_is_no_meeting_in_the_report(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    answers = (folder / "responses.csv").read_text(encoding="utf-8").splitlines()
    tied_to_nothing = [f"c{i},2026-09-01,csat,5,Invoice {EVIL}" for i in range(10)]
    rows = [f"{answers[0]},touchpoint", *(f"{row}," for row in answers[1:]), *tied_to_nothing]
    (folder / "responses.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert [row["order"] for row in figures_of(folder)["phase_order"]] == ["purchase-payment"]
