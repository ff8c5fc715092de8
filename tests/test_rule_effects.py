"""Which rules a conclusion hangs on, from tables of conclusions that a reader can check by hand."""

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from cxlib.capital.rule_effects import one_rule_at_a_time, rules_that_matter
from cxlib.capital.rules import CapitalRules
from cxlib.errors import MissingColumnError, ParameterError

BASE = CapitalRules(loss_weight=2, resolved_loss_weight=1, half_life_days=365)


def conclusions(*rows: tuple[dict, dict]) -> pd.DataFrame:
    """The base at a share of 0.2 and with perfect agreement, and rows of (rules changed, conclusions changed)."""
    facts = {
        "n_customers": 100, "at_risk_share": 0.2, "segment_rank_correlation": 1.0, "touchpoint_rank_correlation": 1.0,
        "n_segment_swaps": 0, "is_same_worst_segment": True, "is_same_worst_touchpoint": True,
    }  # fmt: skip
    table = [
        {"is_base": not rules} | asdict(replace(BASE, **rules)) | facts | changed
        for rules, changed in [({}, {}), *rows]
    ]
    frame = pd.DataFrame(table).astype(
        {"half_life_days": float, "is_same_worst_segment": "boolean", "is_same_worst_touchpoint": "boolean"}
    )
    return frame.assign(low_share=frame["at_risk_share"] - 0.03, high_share=frame["at_risk_share"] + 0.04)


def test_a_rule_is_judged_by_the_rows_that_move_it_alone():
    found = rules_that_matter(
        conclusions(
            ({"loss_weight": 12}, {"at_risk_share": 0.5, "touchpoint_rank_correlation": 0.7}),
            ({"loss_weight": 3}, {"at_risk_share": 0.25}),
            ({"half_life_days": None}, {"at_risk_share": 0.16}),
            ({"loss_weight": 12, "half_life_days": None}, {"at_risk_share": 0.9, "touchpoint_rank_correlation": -0.5}),
        )
    ).set_index("rule")
    assert found.index.tolist() == ["loss_weight", "half_life_days", "all"], "what moves most comes first, all last"
    assert found["n_rules"].tolist() == [3, 2, 5]
    assert found["share_range"].tolist() == pytest.approx([0.3, 0.04, 0.74])
    # with nothing forgotten the loss weight moves it from 0.16 to 0.9; at a loss weight of 12 the half-life to 0.9
    assert found["widest_range"].tolist() == pytest.approx([0.74, 0.4, 0.74])
    assert found["lowest_share"].tolist() == [0.2, 0.16, 0.16]
    assert found["highest_share"].tolist() == [0.5, 0.2, 0.9]
    assert found["low_share"].tolist() == pytest.approx([0.17, 0.13, 0.13])
    assert found["high_share"].tolist() == pytest.approx([0.54, 0.24, 0.94])
    assert found["touchpoint_rank_correlation"].tolist() == [0.7, 1, -0.5]
    assert found["verdict"].tolist() == ["shifts", "holds", "turns"]


@pytest.mark.parametrize(
    ("changed", "verdict", "turned"),
    [
        ({}, "holds", ""),
        ({"at_risk_share": 0.2499}, "holds", ""),
        ({"at_risk_share": 0.2501}, "shifts", ""),
        ({"segment_rank_correlation": -1.0}, "holds", ""),  # a swap that may be chance
        ({"n_segment_swaps": 1}, "turns", "segments"),
        ({"touchpoint_rank_correlation": 0.6}, "holds", ""),
        ({"touchpoint_rank_correlation": 0.59}, "turns", "touchpoints"),
        ({"is_same_worst_touchpoint": False}, "turns", "touchpoints"),
        ({"is_same_worst_touchpoint": False, "n_segment_swaps": 2, "is_same_worst_segment": False}, "turns", "both"),
        ({"is_same_worst_touchpoint": pd.NA, "touchpoint_rank_correlation": np.nan}, "holds", ""),
    ],
)
def test_verdicts(changed, verdict, turned):
    found = rules_that_matter(conclusions(({"carry_over": 0.5}, changed))).iloc[0]
    assert found["verdict"] == verdict
    assert found["segments_turn"] == (turned in ("segments", "both"))
    assert found["touchpoints_turn"] == (turned in ("touchpoints", "both"))
    assert found["share_moves"] == (changed.get("at_risk_share", 0) > 0.25)
    assert found["worst_touchpoint_changes"] == (changed.get("is_same_worst_touchpoint") is False)


def test_a_resolved_weight_that_had_to_follow_is_no_move_of_its_own():
    found = one_rule_at_a_time(
        conclusions(({"loss_weight": 0.5, "resolved_loss_weight": 0.5}, {}), ({"resolved_loss_weight": 0}, {}))
    )
    assert found[["rule", "value"]].to_numpy().tolist() == [
        ["loss_weight", 0.5], ["loss_weight", 2.0], ["resolved_loss_weight", 0.0], ["resolved_loss_weight", 1.0],
    ]  # fmt: skip


def test_values_rise_and_none_stands_last():
    found = one_rule_at_a_time(
        conclusions(({"half_life_days": None}, {}), ({"half_life_days": 30}, {}), ({"measure": "size"}, {}))
    )
    assert found["value"].tolist() == [30.0, 365.0, None, "sign", "size"]
    assert found["is_base"].tolist() == [False, True, False, True, False]


def test_where_no_share_may_be_shown_there_is_no_verdict_but_a_turn():
    hidden = {"at_risk_share": np.nan}
    frame = conclusions(({"carry_over": 0.5}, {}), ({"measure": "size"}, {"is_same_worst_touchpoint": False}))
    frame[["at_risk_share", "low_share", "high_share"]] = np.nan
    found = rules_that_matter(frame.assign(**hidden)).set_index("rule")["verdict"]
    assert pd.isna(found["carry_over"]) and found["measure"] == "turns"


def test_row_order_does_not_matter_and_the_input_is_left_alone():
    frame = conclusions(
        ({"loss_weight": 12}, {"at_risk_share": 0.5}),
        ({"measure": "size"}, {"at_risk_share": 0.1}),
        ({"opening": 1}, {}),
    )
    before = frame.copy(deep=True)
    for summary in (rules_that_matter, one_rule_at_a_time):
        pd.testing.assert_frame_equal(summary(frame.iloc[::-1]), summary(frame))
    pd.testing.assert_frame_equal(frame, before)


def test_what_is_refused():
    frame = conclusions(({"carry_over": 0.5}, {}))
    with pytest.raises(ParameterError, match="conclusions has 0 base rows; wanted is one"):
        rules_that_matter(frame.iloc[1:])
    with pytest.raises(ParameterError, match="unique row labels"):
        one_rule_at_a_time(frame.set_axis([0, 0]))
    with pytest.raises(MissingColumnError, match="n_segment_swaps"):
        rules_that_matter(frame.drop(columns="n_segment_swaps"))
