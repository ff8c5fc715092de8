"""The charts of the phases that this month's issue adds: what they draw, what they say, and where nothing is to say."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
import vl_convert

import cxlib as cx
from cxlib import charts
from cxlib.charts.live_capital import LIVE
from cxlib.charts.live_phases import live_phases, live_phases_chart
from cxlib.language import Language
from cxlib.phases.order import ORDER_COLUMNS

EN, SV = Language("en"), Language("sv")
PHASES = pd.CategoricalDtype(["purchase", "consumption", "payment"], ordered=True)


def balance(**changed) -> pd.DataFrame:
    columns = {
        "phase": pd.Categorical(PHASES.categories, dtype=PHASES),
        "n_experiences": [2292, 1580, 5162],
        "mean_experience": [0.72, 0.44, -0.1],
        "low_mean": [0.69, 0.40, -0.13],
        "high_mean": [0.74, 0.48, -0.07],
        "importance_share": [3 / 7, 1 / 7, 3 / 7],
        "carried_share": [0.6, 0.1, 0.3],
        "value": [0.31, 0.06, -0.04],
        "is_weakest": [False, False, True],
    }
    return pd.DataFrame(columns | changed)


def order() -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "group": ["order", "order", "other", "began_earlier"],
            "order": ["purchase-payment-consumption", "purchase", None, None],
            "payments": ["recurring", "none", None, None],
            "n_customers": [80, 15, 5, 40],
            "n_ordered": 100,
            "share": [0.8, 0.15, 0.05, np.nan],
            "low_share": [0.7, 0.1, 0.02, np.nan],
            "high_share": [0.87, 0.2, 0.1, np.nan],
            "days_to_second": [0.01, np.nan, np.nan, np.nan],
            "days_to_third": [12.4, np.nan, np.nan, np.nan],
            "days_between_payments": [30.0, np.nan, np.nan, np.nan],
            "n_days_between_payments": [75, 0, 0, 0],
        }
    )
    return rows.reindex(columns=list(ORDER_COLUMNS))


def compared(**changed) -> pd.DataFrame:
    columns = {
        "phase": pd.Categorical(PHASES.categories, dtype=PHASES),
        "declared_share": [0.43, 0.14, 0.43],
        "importance_share": [0.23, 0.31, 0.46],
        "low_share": [0.11, 0.18, 0.32],
        "high_share": [0.35, 0.45, 0.62],
        "r2": 0.25,
        "n_customers": 520,
        "verdict": ["overrated", "underrated", "agrees"],
    }
    return pd.DataFrame(columns | changed)


def svg(chart) -> str:
    return vl_convert.vegalite_to_svg(chart.to_dict())


# ---- live ----


def test_one_value_holds_everything_that_may_change():
    value = live_phases(balance())
    assert value["carried_share"] == [0.6, 0.1, 0.3] and value["has_carried"] is True and value["nothing"] == ""
    assert value["base"][0] == "n = 2,292" and value["interval"][2] == "−0.13 to −0.07"
    assert value["weakest"] == [False, False, True] and value["value_label"][2] == "−0.04"
    assert value["value_domain"] == pytest.approx([-0.496, 0.496])
    json.dumps(value, allow_nan=False)


def test_what_is_hidden_or_unmeasured_is_said_beside_the_phase():
    hidden = balance(
        n_experiences=[9, 3, 0], mean_experience=[0.1, np.nan, np.nan], low_mean=[0.0, np.nan, np.nan],
        high_mean=[0.2, np.nan, np.nan], carried_share=[np.nan, np.nan, 0], value=[0.1, np.nan, np.nan],
        is_weakest=pd.array([True, None, False], dtype="boolean"),
    )  # fmt: skip
    value = live_phases(hidden)
    assert value["interval"][1:] == ["too few to show", "not measured"] and value["weakest"] == [True, False, False]
    assert value["has_carried"] is False and value["carried_share"] == [None, None, 0]
    drawn = svg(live_phases_chart(hidden))
    assert "Too few gains to say what carries" in drawn and "NaN" not in drawn and "undefined" not in drawn
    assert ">Declared<" in drawn and ">Carried<" not in drawn
    assert ">Carried<" in svg(live_phases_chart(balance()))


def test_a_value_draws_what_a_new_chart_would():
    later = balance(importance_share=[0.2, 0.2, 0.6], carried_share=[0.1, 0.2, 0.7], value=[-0.5, 0.1, 0.2])
    spec = live_phases_chart(balance()).to_dict()
    assert [param["name"] for param in spec["params"]] == [LIVE]
    spec["params"][0]["value"] = live_phases(later)
    assert vl_convert.vegalite_to_svg(spec) == svg(live_phases_chart(later)) != svg(live_phases_chart(balance()))


@pytest.mark.parametrize(("language", "words"), [(EN, "Declared and carried"), (SV, "Uttalad och faktisk vikt")])
def test_the_live_chart_speaks_both_languages_and_is_small(language, words):
    chart = live_phases_chart(balance(), language=language)
    assert words in svg(chart) and len(json.dumps(chart.to_dict())) < 60_000
    assert language.text("charts.phases.weakest") in svg(chart)


def test_several_rows_of_a_phase_are_refused_and_inputs_are_left_alone():
    frame = balance()
    before = frame.copy()
    live_phases(frame)
    pd.testing.assert_frame_equal(frame, before)
    with pytest.raises(cx.ParameterError, match="one row per phase"):
        live_phases(pd.concat([frame, frame]))
    with pytest.raises(cx.MissingColumnError, match="value"):
        live_phases(frame.drop(columns="value"))


# ---- the order ----


@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
def test_the_orders_are_named_with_share_base_interval_and_days(language):
    drawn = svg(charts.phase_order_chart(order(), language=language))
    for number in (80, 15, 5):
        assert language.text("charts.common.base_short", n=language.number(number)) in drawn
    for key in ("payments_recurring", "payments_none", "other"):
        assert language.text(f"charts.phase_order.{key}") in drawn
    assert language.percent(0.8, 1) in drawn and language.percent(0.87, 1) in drawn
    steps = f"{language.text('charts.phase_order.under_a_day')} + 12"
    assert language.text("charts.phase_order.steps", steps=steps) in drawn
    between = language.text("charts.phase_order.between", days="30")
    assert between + " (n = 75)" in drawn
    assert drawn.count("→") == 2 and "NaN" not in drawn and "nan" not in drawn


def test_who_began_earlier_is_not_drawn_and_without_orders_a_sentence_stands():
    assert ">n = 40<" not in svg(charts.phase_order_chart(order()))
    nothing = charts.phase_order_chart(order().iloc[:0])
    assert "no event at a touchpoint with a phase" in " ".join(re.sub(r"<[^>]+>", " ", svg(nothing)).split())
    with pytest.raises(cx.MissingColumnError, match="payments"):
        charts.phase_order_chart(order().drop(columns="payments"))


# ---- importance ----


@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
def test_declared_and_found_are_named_with_interval_and_verdict(language):
    drawn = svg(charts.importance_chart(compared(), subject="NPS", language=language))
    for verdict in ("overrated", "underrated", "agrees"):
        assert language.text(f"charts.importance.{verdict}") in drawn
    assert language.text("charts.importance.interval", low=language.percent(0.11), high=language.percent(0.35)) in drawn
    assert language.text("charts.importance.declared", share=language.percent(0.14)) in drawn
    assert "NPS" in drawn and "520" in drawn and language.percent(0.25) in drawn


def test_without_shares_a_sentence_stands():
    nothing = compared(importance_share=np.nan, low_share=np.nan, high_share=np.nan, verdict=None)
    assert "do not say which phase" in " ".join(svg(charts.importance_chart(nothing)).split())


def test_every_text_of_the_charts_is_escaped_by_the_chart_itself():
    drawn = svg(charts.importance_chart(compared(), subject="<script>alert(1)</script>"))
    assert "<script>" not in drawn
