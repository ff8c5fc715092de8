"""The charts of the feedback loop: what stands in them, and that they draw."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import vl_convert

import cxlib as cx
from cxlib import charts
from cxlib.charts import theme
from cxlib.charts.feedback import BARS_WIDTH, MOST_GROUPS, STATE_COLOURS, STATE_INK
from cxlib.errors import MissingColumnError, ParameterError
from tests.test_charts import data_columns, every, relative_luminance

EN, SV = cx.Language("en"), cx.Language("sv")
TITLES = {EN: "What became of the cases", SV: "Vad det blev av ärendena"}
CLOSING_TITLES = {
    EN: "Customers whose cases were closed, beside the others",
    SV: "Kunder vars ärenden avslutades, bredvid de andra",
}
NAN = np.nan


def loop(**changes) -> pd.DataFrame:
    """Billing with all, Sales with no upper end, IT without half, none named, and one with too few customers."""
    frame = pd.DataFrame(
        {
            "owner": ["IT", "Billing", "Sales and after-sales in the north", None, "Field"],
            "n_cases": [10, 100, 50, 5, 2],
            "n_customers": [10, 90, 50, 5, 2],
            "n_in_time": pd.array([1, 40, 20, 5, None], dtype="Int64"),
            "n_late": pd.array([0, 30, 10, 0, None], dtype="Int64"),
            "n_waiting": pd.array([4, 1, 10, 0, None], dtype="Int64"),
            "n_overdue": pd.array([5, 29, 10, 0, None], dtype="Int64"),
            "median_close_days": [NAN, 20.4, 12.0, 3.0, NAN],
            "low_close_days": [8.0, 18.0, 9.0, 2.0, NAN],
            "high_close_days": [NAN, 23.0, NAN, 4.0, NAN],
        }
    )
    return frame.assign(**changes)


def overall() -> pd.DataFrame:
    total = loop().iloc[[1]].drop(columns="owner")
    return total.assign(n_cases=167, n_in_time=66, n_late=40, n_waiting=15, n_overdue=46)


def groups() -> pd.DataFrame:
    mean = np.array([1.6, -0.1, 0.8])
    frame = pd.DataFrame(
        {"group": pd.Categorical(["closed", "mixed", "open"]), "n_current": pd.array([618, 67, 92], dtype="Int64")}
    )
    for ending, shift in (("_before", -1.6), ("_unrecovered", -0.8), ("", 0.0)):
        name = "mean_capital" + ending
        frame[name] = mean + shift
        frame[f"low_mean{ending}"], frame[f"high_mean{ending}"] = mean + shift - 0.3, mean + shift + 0.3
    return frame


def draw(language=EN, **options) -> dict:
    return charts.feedback_loop_chart(loop(), overall(), target_days=17, language=language, **options).to_dict()


def texts(spec: dict) -> str:
    return json.dumps(spec, ensure_ascii=False)


@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
def test_both_charts_draw_in_the_language(language):
    for spec, title in (
        (draw(language), TITLES[language]),
        (charts.closing_effect_chart(groups(), language=language).to_dict(), CLOSING_TITLES[language]),
    ):
        assert spec["title"]["text"] == title
        assert spec["description"].startswith(title)
        assert max(map(len, spec["title"]["subtitle"])) <= theme.SUBTITLE_CHARACTERS
        for version in ("6.4", "5.8"):
            svg = vl_convert.vegalite_to_svg(spec, vl_version=version)
            assert title in svg and "NaN" not in svg and "undefined" not in svg and "null" not in svg
        assert len(json.dumps(spec)) < 150_000
        assert '"aggregate"' not in texts(spec)


def test_the_bars_are_whole_and_all_cases_stand_on_top():
    spec = draw()
    parts = [row for rows in spec["datasets"].values() for row in rows if "start" in row]
    by_group = pd.DataFrame(parts).groupby("group", sort=False)
    assert list(by_group.groups) == [
        "All cases", "Billing", "Sales and after-sales in the north", "IT", "No owner named"
    ]  # fmt: skip
    assert by_group["share"].sum().round(9).eq(1).all()
    assert by_group["end"].max().round(9).eq(1).all()
    billing = by_group.get_group("Billing").set_index("state")["n"]
    assert billing.to_dict() == {"in_time": 40, "late": 30, "waiting": 1, "overdue": 29}


def test_every_state_has_its_name_and_its_count_where_there_is_room():
    spec = draw()
    for words in ("Told in time", "Told too late", "Still in time", "Overdue", "n = 167", "not half yet"):
        assert words in texts(spec)
    written = {(row["place"], row["text"]) for rows in spec["datasets"].values() for row in rows if "middle" in row}
    assert (60.0, "40") in written
    assert (60.0, "1") not in written  # one of a hundred has no room
    assert BARS_WIDTH / 100 < 10


def test_a_count_is_readable_on_its_part():
    for state, colour in STATE_COLOURS.items():
        light, dark = sorted((relative_luminance(colour), relative_luminance(STATE_INK[state])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.4, state


def test_a_median_that_is_not_reached_has_no_point_and_an_open_end_runs_to_the_edge():
    spec = draw()
    rows = [row for rows in spec["datasets"].values() for row in rows if "end" in row and "low_close_days" in row]
    edges = {row["place"]: row["end"] for row in rows}
    assert edges[60.0] == 23.0 and edges[100.0] == edges[140.0] == pytest.approx(23 * 1.05)
    points = [r for rows in spec["datasets"].values() for r in rows if "median_close_days" in r and "n_cases" in r]
    assert sorted({row["group"] for row in points}) == [
        "All cases", "Billing", "No owner named", "Sales and after-sales in the north"
    ]  # fmt: skip


def test_the_target_is_a_line_where_there_is_one():
    assert "dashed: target 17" in texts(draw())
    assert "target" not in texts(charts.feedback_loop_chart(loop(), overall()).to_dict()["hconcat"][1]["title"])
    far = charts.feedback_loop_chart(loop(), overall(), target_days=400).to_dict()
    assert any(max(domain) >= 400 for domain in every(far["hconcat"][1], "domain"))


def test_suppressed_groups_are_counted_and_of_many_the_largest_shown():
    assert "Not shown, for too few customers: 1." in draw()["title"]["subtitle"]
    many = pd.concat([loop().iloc[[1]].assign(owner=f"Owner {n:02}", n_cases=100 + n) for n in range(15)])
    spec = charts.feedback_loop_chart(many.assign(n_overdue=30), overall()).to_dict()
    assert f"The {MOST_GROUPS} of 15 with most cases are shown." in spec["title"]["subtitle"]
    assert "Owner 14" in texts(spec) and "Owner 04" not in texts(spec)


def test_touchpoints_are_drawn_the_same_way():
    frame = loop().rename(columns={"owner": "touchpoint"})
    spec = charts.feedback_loop_chart(frame, overall(), by="touchpoint", language=SV).to_dict()
    assert "Ingen kontaktpunkt angiven" in texts(spec)


def test_only_what_is_drawn_travels_and_inputs_stay():
    frame, total = loop(customer_id="C000123"), overall()
    before = frame.copy(deep=True)
    spec = charts.feedback_loop_chart(frame, total).to_dict()
    pd.testing.assert_frame_equal(frame, before)
    assert "C000123" not in texts(spec) and "n_customers" not in data_columns(spec)


@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
def test_without_cases_a_sentence_says_so(language):
    nothing = "No data for" if language is EN else "saknar underlag"
    empty = charts.feedback_loop_chart(loop().iloc[:0], overall().iloc[:0], language=language).to_dict()
    none = charts.feedback_loop_chart(loop().iloc[:0], overall().assign(n_cases=0), language=language).to_dict()
    hidden = charts.feedback_loop_chart(loop(), overall().assign(n_overdue=NAN), language=language).to_dict()
    closing = charts.closing_effect_chart(groups().iloc[:2], language=language).to_dict()
    for spec in (empty, none, hidden, closing):
        assert nothing in texts(spec["layer"])
        assert vl_convert.vegalite_to_svg(spec)


def test_capital_before_and_now_of_each_group():
    spec = charts.closing_effect_chart(groups()).to_dict()
    rows = [row for rows in spec["datasets"].values() for row in rows if "mean" in row]
    assert len(rows) == 9
    assert [row["label"].replace("\n", " ") for row in rows if row["label"]] == [
        "When the latest case was opened", "Now, without what closing gives back by definition", "Now"
    ]  # fmt: skip
    assert rows[-3]["text"] == "+1.6 every case closed (n = 618)"
    assert rows[0]["mean"] == pytest.approx(0)
    assert {"n", "low", "high"} <= {tip["field"] for tips in every(spec, "tooltip") for tip in tips}


def test_a_group_alone_of_its_kind_may_be_missing():
    spec = charts.closing_effect_chart(groups().iloc[[0, 2]]).to_dict()
    assert len([row for rows in spec["datasets"].values() for row in rows if "mean" in row]) == 6


def test_mistakes_are_named():
    with pytest.raises(ParameterError, match="by: found 'segment'; allowed: owner, touchpoint"):
        charts.feedback_loop_chart(loop(), overall(), by="segment")
    with pytest.raises(ParameterError, match="choose one group"):
        charts.feedback_loop_chart(pd.concat([loop(), loop()]), overall())
    with pytest.raises(ParameterError, match="overall has 2 rows"):
        charts.feedback_loop_chart(loop(), pd.concat([overall(), overall()]))
    with pytest.raises(MissingColumnError, match="n_late"):
        charts.feedback_loop_chart(loop().drop(columns="n_late"), overall())
    with pytest.raises(MissingColumnError, match="low_mean_before"):
        charts.closing_effect_chart(groups().drop(columns="low_mean_before"))
    with pytest.raises(ParameterError, match="choose one group"):
        charts.closing_effect_chart(pd.concat([groups(), groups()]))
