"""What the report says of the order of the phases and of their importance."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest

from cxlib.findings import (
    importance_rows,
    importance_section,
    importance_words,
    phase_order_rows,
    phase_order_section,
)
from cxlib.findings.phases_figures import IMPORTANCE_COLUMNS
from cxlib.language import Language
from tests.test_findings import figures_of, write_study
from tests.test_phase_charts import compared, order

EN, SV = Language("en"), Language("sv")


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
    assert "recurring payments (95% interval 70% to 87%)" in page
    assert "it takes under a day from purchase to payment and 12 days from payment to consumption" in page
    assert "has 30 days between one payment and the next" in page
    assert "15% have met purchase, and have not paid yet" in page
    assert "40 more were customers before the data begin" in page


def test_the_order_in_swedish_and_without_anybody():
    page = said(phase_order_section(figures(order()), language=SV))
    assert "i ordningen köp, betalning, konsumtion, med återkommande betalningar" in page
    assert "under ett dygn från köp till betalning och 12 dagar från betalning till konsumtion" in page
    assert "Nobody has met a phase" in said(phase_order_section(figures(order().iloc[:0])))


def test_one_day_is_a_day_in_the_singular():
    page = said(phase_order_section(figures(order().assign(days_to_third=1.0))))
    assert "and 1 day from payment to consumption" in page


def test_where_declared_and_found_disagree_the_phases_are_named():
    page = said(importance_words(found(), metric="nps"))
    assert "NPS hangs most on payment: 46% of what the phases explain (95% interval 32% to 62%)" in page
    assert "do not fit this: purchase (declared 43%, found 11% to 35%) and consumption (declared 14%" in page
    assert "explain 25% of the differences in NPS among 520 customers (20% to 32%)" in page
    assert "no proof" in page and "1,024 of 1,544" in page and "consumption 791" in page
    swedish = said(importance_words(found(), metric="nps", language=SV))
    assert "köp (uttalad 43\N{NO-BREAK SPACE}%, funnen 11\N{NO-BREAK SPACE}% till 35\N{NO-BREAK SPACE}%)" in swedish


def test_where_they_agree_it_says_no_more_than_that():
    page = said(importance_words(found(verdict="agrees"), metric="nps"))
    assert "do not contradict this" in page and "do not fit" not in page


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
