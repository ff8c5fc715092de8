"""The charts of the stress test and of the replay: rows, words, and what may not be shown."""

import numpy as np
import pandas as pd
import pytest
import vl_convert

from cxlib import charts
from cxlib.errors import ParameterError
from cxlib.language import Language
from tests import toy_charts as toy
from tests.test_charts import every


def rows_of(spec):
    return [row for rows in spec["datasets"].values() for row in rows]


def test_every_line_says_what_it_is_beside_its_mark():
    rows = rows_of(charts.stress_chart(toy.stress_summary()).to_dict())
    assert [row["text"] for row in rows[:3]] == ["16% before", "61% after the incident", "34% with gestures"]
    assert rows[0]["label"] == "All customers\nn = 1,594"
    assert rows[1]["label"] == ""  # a name stands once
    swedish = rows_of(charts.stress_chart(toy.stress_summary(), language=Language("sv")).to_dict())
    assert swedish[2]["text"] == "34\N{NO-BREAK SPACE}% med gottgörelse"


def test_the_states_differ_in_shape_and_colour():
    spec = charts.stress_chart(toy.stress_summary()).to_dict()
    for channel in ("shape", "color"):
        scales = [found["scale"] for found in every(spec, channel) if isinstance(found, dict) and "scale" in found]
        assert all(len(set(scale["range"])) == len(scale["domain"]) == 3 for scale in scales)


def test_a_suppressed_segment_is_counted_and_not_drawn():
    spec = charts.stress_chart(toy.stress_summary()).to_dict()
    assert "Lantbruk" not in {row["name"] for row in rows_of(spec)}
    assert "Not shown, too few customers: 1 of the segments." in spec["title"]["subtitle"]


def test_without_gestures_there_are_two_lines_each():
    summary = toy.stress_summary()
    summary[[name for name in summary if name.endswith("with_gestures")]] = np.nan
    assert {row["state"] for row in rows_of(charts.stress_chart(summary).to_dict())} == {"before", "after"}


def test_the_largest_of_many_segments_are_drawn():
    summary = toy.stress_summary()
    many = [summary.iloc[[1]].assign(segment=f"S{i:02}", n_customers=100 + i) for i in range(14)]
    spec = charts.stress_chart(pd.concat([summary.iloc[[0]], *many])).to_dict()
    names = list(dict.fromkeys(row["name"] for row in rows_of(spec)))
    assert names == ["All customers", *(f"S{i:02}" for i in range(13, 3, -1))]
    assert "The 10 largest of 14 segments." in spec["title"]["subtitle"]


def test_the_subject_stands_under_the_title_and_is_spoken():
    spec = charts.stress_chart(toy.stress_summary(), subject="One bad invoice for everyone.").to_dict()
    assert spec["title"]["subtitle"][0] == "One bad invoice for everyone."
    assert "One bad invoice for everyone." in spec["description"]


def replay(**options):
    return charts.replay_chart(toy.replay_by_month(), toy.replay_shares(), **options).to_dict()


def test_the_replay_names_before_predicted_and_real():
    texts = {row["text"] for row in rows_of(replay()) if "text" in row}
    assert texts == {"before 9%", "predicted 45%", "really 55%"}
    assert ">18%<" in vl_convert.vegalite_to_svg(replay())  # the last month: 0.4 · 0.85^5 = 0.177


def test_only_the_prediction_is_drawn_of_the_moments():
    rows = [row for row in rows_of(replay()) if "low_share" in row and row["n_customers"] == 703]
    assert [row["at_risk_share"] for row in rows if row["month"] == "2026-04"] == [0.45]


def test_a_replay_without_its_month_is_refused():
    months = toy.replay_by_month().assign(is_incident=False)
    with pytest.raises(ParameterError, match="0 months with is_incident"):
        charts.replay_chart(months, toy.replay_shares())


def test_a_hidden_prediction_leaves_the_line():
    hidden = toy.replay_shares().assign(at_risk_share=np.nan, low_share=np.nan, high_share=np.nan)
    texts = {
        row["text"] for row in rows_of(charts.replay_chart(toy.replay_by_month(), hidden).to_dict()) if "text" in row
    }
    assert texts == {"before 9%", "really 55%"}
