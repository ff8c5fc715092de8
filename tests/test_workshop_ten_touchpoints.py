"""Ten touchpoints and an eleventh that fails: the numbers, and the chart that adds them up itself."""

from __future__ import annotations

import re

import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.charts.live_ten_touchpoints import live_ten_touchpoints, live_ten_touchpoints_chart
from cxlib.charts.theme import LINE
from cxlib.errors import ParameterError
from cxlib.language import Language
from cxlib.workshop.ten_touchpoints import START_SIGNS, crash_cushion, ten_touchpoints

SIGNS = st.lists(st.sampled_from([-1, 0, 1]), min_size=10, max_size=10)


def test_four_good_three_bad_three_as_expected():
    # the worked example of the capital article: +1, −2.75 and −32 by the loss weight
    cushion = crash_cushion(START_SIGNS, crash_weight=2)
    assert cushion["loss_weight"].tolist() == [1, 2.25, 12]
    assert cushion["capital"].tolist() == [1, -2.75, -32]
    assert cushion["left"].tolist() == [-1, -7.25, -56]
    assert cushion["holds"].tolist() == [False] * 3
    assert cushion["n_crashes_held"].tolist() == [0, 0, 0]


def test_ten_good_ones_hold_four_crashes_at_tversky_kahneman_and_none_at_normann():
    cushion = crash_cushion([1] * 10)
    assert cushion["left"].tolist() == [9, 7.75, -2]
    assert cushion["holds"].tolist() == [True, True, False]
    # 10 − 9·1 = 1 and 10 − 10·1 = 0, which is no plus; 10 − 4·2.25 = 1
    assert cushion["n_crashes_held"].tolist() == [9, 4, 0]


def test_a_crash_without_weight_takes_nothing():
    cushion = crash_cushion([1] * 10, crash_weight=0)
    assert cushion["left"].tolist() == [10, 10, 10]
    assert cushion["n_crashes_held"].isna().all()


@settings(max_examples=20)
@given(signs=SIGNS, crash_weight=st.integers(1, 5))
def test_crash_after_crash_leaves_a_plus_as_often_as_is_said(signs, crash_weight):
    for row in crash_cushion(signs, crash_weight=crash_weight).itertuples():
        crash = row.loss_weight * crash_weight
        assert (row.left > 0) == row.holds == (row.n_crashes_held > 0)
        assert row.capital - row.n_crashes_held * crash > 0 or row.n_crashes_held == 0
        assert row.capital - (row.n_crashes_held + 1) * crash <= 0


def test_the_eleventh_is_the_crash():
    steps = ten_touchpoints(START_SIGNS, crash_weight=3)
    assert len(steps) == 33
    assert steps.loc[steps["is_crash"], "position"].tolist() == [11] * 3
    assert steps.loc[steps["is_crash"], "amount"].tolist() == [-3, -6.75, -36]


@pytest.mark.parametrize(
    ("signs", "crash_weight", "message"),
    [
        ([1] * 9, 1, "signs has 9 entries; give one for each of the 10 touchpoints"),
        ([1] * 9 + [2], 1, r"signs has 2; allowed: 1 \(good\), 0 \(as expected\), -1 \(bad\)"),
        ([1] * 10, 6, "crash_weight is 6; allowed: a number from 0 to 5"),
        ([1] * 10, float("nan"), "crash_weight is nan"),
    ],
)
def test_what_is_refused(signs, crash_weight, message):
    with pytest.raises(ParameterError, match=message):
        ten_touchpoints(signs, crash_weight=crash_weight)


# ---- the chart adds up as Python does ----


def drawn_balances(signs, crash_weight, language="en") -> list[str]:
    """The numbers written large, two in each panel, as the chart's own transforms make them."""
    spec = live_ten_touchpoints_chart(START_SIGNS, language=Language(language)).to_dict()
    (parameter,) = spec["params"]
    parameter["value"] = live_ten_touchpoints(signs, crash_weight=crash_weight)
    svg = vl_convert.vegalite_to_svg(spec)
    return re.findall(r'font-size="23px"[^>]*>([^<]+)</text>', svg)


@pytest.mark.parametrize(
    ("signs", "crash_weight"),
    [
        (START_SIGNS, 2),
        ([1] * 10, 1),
        ([-1] * 10, 5),
        ([0] * 10, 3),
        ([-1, 1, 1, 0, 1, 1, 1, 1, 1, 1], 4),
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, -1], 1),
    ],
)
def test_the_chart_writes_the_balances_of_the_ledger(signs, crash_weight):
    english = Language("en")

    def written(x: float) -> str:
        return english.signed(x) if x == int(x) else english.signed(x, 2).rstrip("0")

    expected = [
        written(number)
        for row in crash_cushion(signs, crash_weight=crash_weight).itertuples()
        for number in (row.capital, row.left)
    ]
    assert drawn_balances(signs, crash_weight) == expected


def test_the_chart_speaks_swedish():
    assert drawn_balances(START_SIGNS, 1, "sv") == ["+1", "0", "−2,75", "−5", "−32", "−44"]


def test_every_step_is_drawn_where_the_ledger_has_it():
    spec = live_ten_touchpoints_chart(START_SIGNS, crash_weight=2).to_dict()
    shapes = vl_convert.vegalite_to_scenegraph(spec)
    steps = ten_touchpoints(START_SIGNS, crash_weight=2)
    # ticks are rectangles too
    bars = [mark for mark in _marks(shapes["scenegraph"]) if mark.get("marktype") == "rect" and mark["role"] == "mark"]
    drawn = [item["height"] for mark in bars for item in mark["items"] if item.get("fill") != LINE]
    assert len(drawn) == 3 * 11  # those that move nothing have no height
    heights = [height for height in drawn if height]
    moved = steps.loc[steps["amount"] != 0]
    assert len(heights) == len(moved) == 3 * 8
    # in each panel the heights stand to one another as the amounts do
    for preset, own in moved.groupby("preset", sort=False):
        first = list(steps["preset"].unique()).index(preset) * 8
        drawn = sorted(heights[first : first + 8])
        amounts = sorted(own["amount"].abs())
        assert drawn == pytest.approx([amount * drawn[0] / amounts[0] for amount in amounts], rel=1e-6)


def _marks(node):
    for item in node.get("items", []):
        yield item
        yield from _marks(item)
