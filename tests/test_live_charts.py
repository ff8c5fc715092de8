"""The charts that are changed while they stand: what travels to them, and what they draw without anybody sending."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import vl_convert

import cxlib as cx
from cxlib.capital.risk import Requirement
from cxlib.charts.live_account import MOST_ENTRIES, live_account, live_account_chart
from cxlib.charts.live_capital import LIVE, live_capital, live_capital_chart
from cxlib.language import Language
from tests.toy_charts import capital_by_month

MONTHS = pd.period_range("2026-01", "2026-03", freq="M")


def toy(medians=(1.0, 2.0, 3.0), *, share=0.5) -> pd.DataFrame:
    medians = np.array(medians)
    return pd.DataFrame(
        {
            "month": pd.date_range("2026-01-01", periods=len(medians), freq="MS").as_unit("us"),
            "n_customers": 100,
            "at_risk_share": share,
            "low_share": share - 0.1,
            "high_share": share + 0.1,
            "capital_q25": medians - 1,
            "capital_median": medians,
            "capital_q75": medians + 1,
        }
    )


def statement(*rows) -> pd.DataFrame:
    """Rows of (moment, kind, amount, balance), of a customer in Stockholm."""
    frame = pd.DataFrame(rows, columns=["occurred_at", "kind", "amount", "balance"])
    frame["occurred_at"] = pd.to_datetime(frame["occurred_at"]).dt.tz_localize("Europe/Stockholm")
    return frame.assign(touchpoint="Faktura")


def svg(chart) -> str:
    return vl_convert.vegalite_to_svg(chart.to_dict())


# ---- capital ----


def test_one_value_holds_everything_that_may_change():
    start = toy((2.0, 2.0, 2.0), share=0.2)
    value = live_capital(toy(), start=start, months=MONTHS)
    assert value["capital_median"] == [1, 2, 3]
    assert value["start_median"] == [2, 2, 2] and value["start_share"] == [0.2] * 3
    assert value["last_month"] == "2026-03" and value["joined"] is True
    assert value["base"] == "Base in March 2026: 100 customers."
    assert [label["line"] for label in value["labels"]] == ["zero", "median", "start"]
    json.dumps(value, allow_nan=False)


def test_the_axis_holds_both_pictures_so_that_it_does_not_jump():
    wide, narrow = toy((-20.0, 0.0, 20.0)), toy()
    domain = live_capital(narrow, start=wide, months=MONTHS)["domain"]
    assert domain == live_capital(wide, start=narrow, months=MONTHS)["domain"]
    assert domain[0] < -21 and domain[1] > 21


def test_the_start_is_named_only_where_it_is_another_line():
    value = live_capital(toy(), start=toy(), months=MONTHS)
    assert [label["line"] for label in value["labels"]] == ["zero", "median"]


def test_what_is_required_is_a_line_with_its_name_within_the_picture():
    label = "Required capital"
    value = live_capital(toy(), start=toy(), months=MONTHS, requirement=Requirement(base=7.0, elasticity=1.0))
    assert value["required"] == 7.0 < value["domain"][1]
    assert {"line": "required", "text": label, "y": 7.0} in value["labels"]
    chart = live_capital_chart(toy()).to_dict()
    without = vl_convert.vegalite_to_svg(chart)
    (param,) = (param for param in chart["params"] if param["name"] == LIVE)
    param["value"] = value
    drawn = vl_convert.vegalite_to_svg(chart)
    assert label in drawn and label not in without
    assert drawn.count('stroke-dasharray="7,4"') == without.count('stroke-dasharray="7,4"') + 1


def test_labels_at_the_end_stand_apart():
    value = live_capital(toy((0.0, 0.0, 0.01)), start=toy((0.0, 0.0, 0.02)), months=MONTHS)
    places = sorted(label["y"] for label in value["labels"])
    height = value["domain"][1] - value["domain"][0]
    assert min(np.diff(places)) >= 13.9 / 230 * height


def test_months_that_may_not_be_shown_are_gaps():
    hidden = toy()
    hidden.loc[1, hidden.columns[2:]] = np.nan
    value = live_capital(hidden, start=toy(), months=MONTHS)
    assert value["capital_median"] == [1, None, 3] and value["joined"] is False
    fewer = live_capital(toy().iloc[1:], start=toy(), months=MONTHS)
    assert fewer["capital_median"] == [None, 2, 3] and fewer["start_median"] == [1, 2, 3]


def test_nothing_to_show_is_said_in_words():
    nothing = toy().assign(**dict.fromkeys(toy().columns[2:], np.nan))
    for start in (toy(), nothing):
        value = live_capital(nothing, start=start, months=MONTHS)
        assert value["labels"] == [] and value["last_month"] == "" and value["base"] == ""
    assert "No data for capital over time" in svg(live_capital_chart(nothing))
    assert "No data for capital over time" not in svg(live_capital_chart(toy()))


@pytest.mark.parametrize(("code", "words"), [("en", "At the start"), ("sv", "Från start")])
def test_the_chart_draws_without_a_widget(code, words):
    start = capital_by_month().assign(capital_median=lambda frame: frame["capital_median"] - 1)
    drawn = svg(live_capital_chart(capital_by_month(), start=start, language=Language(code)))
    assert words in drawn and Language(code).text("charts.capital.title") in drawn
    assert drawn.count("mark-line") >= 4
    assert "NaN" not in drawn and "undefined" not in drawn


def test_a_value_draws_what_a_new_chart_would():
    chart, later = live_capital_chart(toy(), months=MONTHS), toy((3.0, -4.0, 1.0), share=0.8)
    spec = chart.to_dict()
    (param,) = (param for param in spec["params"] if param["name"] == LIVE)
    param["value"] = live_capital(later, start=toy(), months=MONTHS)
    assert vl_convert.vegalite_to_svg(spec) == svg(live_capital_chart(later, start=toy(), months=MONTHS))
    assert vl_convert.vegalite_to_svg(spec) != svg(chart)


def test_only_the_one_parameter_is_open_to_change():
    assert [param["name"] for param in live_capital_chart(toy()).to_dict()["params"]] == [LIVE]


def test_several_rows_of_a_month_are_refused_and_inputs_are_left_alone():
    frame = toy()
    before = frame.copy()
    live_capital(frame, start=frame, months=MONTHS)
    pd.testing.assert_frame_equal(frame, before)
    with pytest.raises(cx.ParameterError, match="one row per month"):
        live_capital(pd.concat([frame, frame]), start=frame, months=MONTHS)
    with pytest.raises(cx.MissingColumnError, match="capital_q25"):
        live_capital(frame.drop(columns="capital_q25"), start=frame, months=MONTHS)


# ---- one account ----


def test_entries_stand_where_their_moment_is_in_the_month():
    value = live_account(
        statement(
            ("2026-01-01 00:00", "gain", 1.0, 1.0),
            ("2026-02-15 00:00", "loss", -2.0, -1.2),
            ("2026-04-01 00:00", "closing", 0.0, -1.0),
        ),
        months=MONTHS,
    )
    assert [entry["x"] for entry in value["entries"]] == [0, 1.5]
    assert [entry["y"] for entry in value["entries"]] == [1, -1.2]
    assert value["path"] == [
        {"x": 0, "y": 0}, {"x": 0, "y": 1},
        {"x": 1.5, "y": 0.8}, {"x": 1.5, "y": -1.2},
        {"x": 3, "y": -1}, {"x": 3, "y": -1},
    ]  # fmt: skip
    assert value["end"] == {"x": 3, "y": -1, "text": "−1.0"}
    assert value["entries"][1] | {"x": 0, "y": 0} == {
        "x": 0, "y": 0, "kind": "loss", "kind_name": "Loss", "touchpoint": "Faktura", "date": "15 February 2026",
        "amount": "−2.00", "balance": "−1.20",
    }  # fmt: skip
    json.dumps(value, allow_nan=False)


def test_entries_outside_the_months_are_left_out():
    rows = [("2025-12-31 23:59", "gain", 1.0, 1.0), ("2026-03-31 23:59", "gain", 1.0, 2.0)]
    assert len(live_account(statement(*rows), months=MONTHS)["entries"]) == 1


def test_an_account_without_entries_is_an_empty_frame():
    value = live_account(statement().iloc[:0], months=MONTHS)
    assert (value["entries"], value["path"], value["domain"]) == ([], [], [-1, 1])
    assert "undefined" not in svg(live_account_chart(statement().iloc[:0], months=MONTHS))


def test_of_a_long_account_the_latest_entries_are_drawn():
    moments = pd.date_range("2026-01-01", "2026-03-30", periods=MOST_ENTRIES + 50).floor("s")
    rows = [(moment, "gain", 1.0, float(number)) for number, moment in enumerate(moments)]
    value = live_account(statement(*rows), months=MONTHS)
    assert len(value["entries"]) == MOST_ENTRIES and value["end"]["y"] == MOST_ENTRIES + 49


@pytest.mark.parametrize("code", ["en", "sv"])
def test_the_account_draws_without_a_widget(code):
    rows = [
        ("2026-01-05", "gain", 1.0, 1.0),
        ("2026-01-20", "neutral", 0.0, 1.0),
        ("2026-02-10", "loss", -2.25, -1.25),
        ("2026-03-01", "recovery", 1.25, 0.0),
    ]
    chart = live_account_chart(statement(*rows), months=MONTHS, language=Language(code))
    drawn = svg(chart)
    assert Language(code).text("charts.live_account.title") in drawn and "NaN" not in drawn
    assert f">{'mars' if code == 'sv' else 'Mar'}</" in drawn


def test_the_months_of_an_account_stand_below_those_of_capital():
    """The middle of a month is at the same pixel in both charts."""
    capital = live_capital_chart(toy(), months=MONTHS).to_dict()
    account = live_account_chart(statement().iloc[:0], months=MONTHS).to_dict()
    points = capital["vconcat"][1]["layer"][0]["encoding"]["x"]
    linear = account["layer"][0]["encoding"]["x"]
    assert points["scale"]["type"] == "point" and points["scale"]["padding"] == 0.5
    assert linear["scale"]["domain"] == [0, 3] and linear["axis"]["values"] == [0.5, 1.5, 2.5]
    assert capital["vconcat"][1]["width"] == account["width"]
