"""Several stress tests on one ledger say what each says alone."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import ParameterError

AT = "2026-11-01"
INVOICE = cx.Incident(touchpoint="Invoice", at=AT)


def study_of(gaps: list[list[float]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A customer for each list, with an experience every ten days before November; the segments take turns."""
    rows = [
        (f"c{who}", pd.Timestamp(AT) - pd.Timedelta(days=10 * (number + 1)), "Invoice", gap)
        for who, own in enumerate(gaps)
        for number, gap in enumerate(own)
    ]
    experiences = pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint", "gap"])
    customers = pd.DataFrame({"customer_id": [f"c{who}" for who in range(len(gaps))]})
    return experiences, customers.assign(segment=["A", "B"] * (len(gaps) // 2) + ["A"] * (len(gaps) % 2))


@settings(max_examples=6)
@given(
    gaps=st.lists(
        st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.3, 1.0]), min_size=1, max_size=6), min_size=4, max_size=16
    ),
    loss_weight=st.sampled_from([1.0, 2.25, 12.0]),
    half_life=st.sampled_from([None, 90.0]),
    measure=st.sampled_from(["sign", "size"]),
    gap=st.sampled_from([-1.0, -0.4, -0.05]),
    n_losses=st.integers(1, 3),
    n_gestures=st.integers(0, 2),
)
def test_a_grid_says_what_each_test_says_alone(gaps, loss_weight, half_life, measure, gap, n_losses, n_gestures):
    experiences, customers = study_of(gaps)
    rules = cx.CapitalRules(loss_weight=loss_weight, half_life_days=half_life, measure=measure)
    incident = cx.Incident(touchpoint="Invoice", at=AT, gap=gap, weight=2.0, n_losses=n_losses)
    gesture = cx.RecoveryGestures(gap=0.6, weight=1.5, after_days=10)
    grid = cx.stress_grid(
        experiences, customers, rules, incident=incident, n_losses=[n_losses, 4],
        n_gestures=[n_gestures], gesture=gesture,
    )  # fmt: skip
    found = grid[grid["n_losses"] == n_losses].drop(columns=["n_losses", "n_gestures_each"]).reset_index(drop=True)
    gestures = cx.RecoveryGestures(gap=0.6, weight=1.5, after_days=10, n_gestures=n_gestures) if n_gestures else None
    alone = cx.stress_test(experiences, customers, rules, incident=incident, gestures=gestures).summary
    pd.testing.assert_frame_equal(found, alone, rtol=1e-9)


def test_by_hand():
    # five customers with 3 gains and five with 6: one loss of 2.25 leaves 0.75 and 3.75, two leave −1.5 and 1.5
    experiences, customers = study_of([[1.0] * 3] * 5 + [[1.0] * 6] * 5)
    grid = cx.stress_grid(
        experiences, customers.drop(columns="segment"), cx.CapitalRules(loss_weight=2.25), incident=INVOICE,
        n_losses=[1, 2, 3], n_gestures=[0, 2],
    )  # fmt: skip
    counts = grid.set_index(["n_losses", "n_gestures_each"])[["n_at_risk_after", "n_at_risk_with_gestures"]]
    assert counts["n_at_risk_after"].unstack().to_numpy().tolist() == [[0, 0], [5, 5], [10, 10]]
    # two gestures lift −1.5 to 0.5, and after three losses −3.75 to −1.75 and −0.75 to 1.25
    assert counts["n_at_risk_with_gestures"].xs(2, level=1).tolist() == [0, 0, 5]
    assert counts["n_at_risk_with_gestures"].xs(0, level=1).isna().all()


def test_small_segments_are_blank_in_every_test():
    experiences, customers = study_of([[1.0]] * 12)
    customers["segment"] = ["few"] * 3 + ["many"] * 9
    grid = cx.stress_grid(experiences, customers, cx.CapitalRules(), incident=INVOICE)
    assert len(grid) == 3 * 4 * 3
    # the second goes too: all customers less it would be the first
    assert grid.loc[grid["group"] == "segment", "at_risk_share_after"].isna().all()
    assert grid.loc[grid["group"] == "all", "at_risk_share_after"].notna().all()


def test_rules_and_numbers_that_a_grid_cannot_have():
    experiences, customers = study_of([[1.0]] * 5)
    with pytest.raises(ParameterError, match=r"carry_over is 0\.5; a grid needs 0: use cx\.stress_test"):
        cx.stress_grid(experiences, customers, cx.CapitalRules(carry_over=0.5), incident=INVOICE)
    with pytest.raises(ParameterError, match="must name at least one number each"):
        cx.stress_grid(experiences, customers, cx.CapitalRules(), incident=INVOICE, n_losses=[])
    with pytest.raises(ParameterError, match="n_gestures must be a whole number from 1 to 1,000, found -1"):
        cx.stress_grid(experiences, customers, cx.CapitalRules(), incident=INVOICE, n_gestures=[-1])
