"""Conclusions under other rules: toys whose answers turn with the loss weight, and the report's own path."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

import cxlib as cx
from cxlib.capital.rule_effects import one_rule_at_a_time, rules_that_matter
from cxlib.capital.rule_grid import conclusions_by_rules, rank_correlation, rule_grid
from cxlib.capital.rules import CapitalRules
from cxlib.errors import MissingColumnError, ParameterError

SIMPLE, NORMANN = CapitalRules(), CapitalRules(loss_weight=12)
DEMO = Path(__file__).parents[1] / "data/demo"


def account(customer: str, gains: int, losses: int, touchpoint: str = "Invoice") -> pd.DataFrame:
    """One customer's experiences, all on the same day."""
    gap = [1.0] * gains + [-1.0] * losses
    return pd.DataFrame(
        {
            "customer_id": customer,
            "occurred_at": pd.Timestamp("2026-03-10 12:00"),
            "touchpoint": touchpoint,
            "phase": "payment",
            "gap": gap,
            "is_measured": True,
        }
    )


def two_segments() -> tuple[pd.DataFrame, pd.DataFrame]:
    """20 busy customers with 6 gains and 2 losses; 20 quiet ones, half with a gain and a loss, half with a gain."""
    accounts = [account(f"busy{i}", 6, 2) for i in range(20)]
    accounts += [account(f"quiet{i}", 1, i % 2) for i in range(20)]
    experiences = pd.concat(accounts, ignore_index=True).assign(file_order=lambda frame: range(len(frame)))
    ids = experiences["customer_id"].unique()
    return experiences, pd.DataFrame({"customer_id": ids, "segment": pd.Series(ids).str.rstrip("0123456789")})


def three_touchpoints() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nets at a loss weight of 1: 18, 12, 6; of 12: −81, −21, 6. The order is reversed."""
    parts = [("Calls", 27, 9), ("Letters", 15, 3), ("Visits", 6, 0)]
    accounts = [account(f"c{i}", 1, 0, name) for name, gains, _ in parts for i in range(gains)]
    accounts += [account(f"c{i}", 0, 1, name) for name, _, losses in parts for i in range(losses)]
    experiences = pd.concat(accounts, ignore_index=True).assign(file_order=lambda frame: range(len(frame)))
    return experiences, pd.DataFrame({"customer_id": experiences["customer_id"].unique(), "segment": "all"})


# ---- the grid ----


def test_the_default_grid_holds_the_base_first_and_moves_every_slider():
    rules = CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
    grid = rule_grid(rules)
    assert grid[0] == rules
    assert len(grid) == len(set(grid)) == 3 * 3 * 2 * 2 + 2 + 3
    moved = {name for each in grid for name in vars(each) if getattr(each, name) != getattr(rules, name)}
    assert moved == {"loss_weight", "half_life_days", "carry_over", "measure", "resolved_loss_weight", "neutral_band"}


def test_a_value_of_the_base_joins_those_named():
    grid = rule_grid(CapitalRules(loss_weight=3), loss_weights=[1], half_lives_days=[], carry_overs=[], measures=[],
                     resolved_loss_weights=[], neutral_bands=[])  # fmt: skip
    assert [each.loss_weight for each in grid] == [3, 1]


def test_a_resolved_loss_never_weighs_more_than_an_unresolved_one():
    rules = CapitalRules(loss_weight=5, resolved_loss_weight=3)
    assert {(e.loss_weight, e.resolved_loss_weight) for e in rule_grid(rules, resolved_loss_weights=[9])} == {
        (5, 3), (1, 1), (2.25, 2.25), (12, 3), (5, 5),
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [{"loss_weights": [0]}, {"carry_overs": ["much"]}, {"measures": ["sum"]}])
def test_a_value_that_a_rule_may_not_have_is_refused(wrong):
    with pytest.raises(ParameterError, match=r"must be"):
        rule_grid(SIMPLE, **wrong)


# ---- the toys ----


def test_the_order_of_two_segments_turns_with_the_loss_weight():
    found = conclusions_by_rules(*two_segments(), SIMPLE, grid=[NORMANN])
    # busy: 6 − 2 = 4 and 6 − 24 = −18, so 0 and 20 of 20; quiet: 10 of 20 have 0 and −11, 10 have 1
    assert found["at_risk_share"].tolist() == [10 / 40, 30 / 40]
    assert found["n_customers"].tolist() == [40, 40]
    assert found["worst_segment"].tolist() == ["quiet", "busy"]
    assert found["is_same_worst_segment"].tolist() == [True, False]
    assert found["n_segment_swaps"].tolist() == [0, 1]
    assert found["n_segments"].tolist() == [2, 2]
    assert found["segment_rank_correlation"].isna().all(), "two can be told apart, not ranked"
    # Wilson: 10 of 40, as statsmodels' proportion_confint gives it
    assert found.loc[0, ["low_share", "high_share"]].tolist() == pytest.approx([0.141867, 0.401942], abs=5e-6)
    assert found["is_base"].tolist() == [True, False]


def test_the_ranking_of_three_touchpoints_reverses_with_the_loss_weight():
    found = conclusions_by_rules(*three_touchpoints(), SIMPLE, grid=[NORMANN])
    assert found["n_touchpoints"].tolist() == [3, 3]
    assert found["touchpoint_rank_correlation"].tolist() == [1, -1]
    assert found["worst_touchpoint"].tolist() == ["Visits", "Calls"]
    assert found["is_same_worst_touchpoint"].tolist() == [True, False]


def test_a_swap_that_may_be_chance_is_no_swap():
    experiences, customers = two_segments()
    few = customers.groupby("segment").head(6)
    experiences = experiences[experiences["customer_id"].isin(few["customer_id"])]
    # 0 of 6 and 6 of 6 busy, 3 of 6 quiet: Wilson's intervals overlap
    found = conclusions_by_rules(experiences, few, SIMPLE, grid=[NORMANN])
    assert found["worst_segment"].tolist() == ["quiet", "busy"]
    assert found["n_segment_swaps"].tolist() == [0, 0]
    assert found["is_same_worst_segment"].tolist() == [True, True]


def test_a_swap_counts_where_either_rules_tell_the_two_apart():
    accounts = [account("busy0", 0, 1), *(account(f"busy{i}", 6, 2) for i in range(1, 20))]
    accounts += [account(f"quiet{i}", int(i > 1), int(i < 2)) for i in range(20)]
    experiences = pd.concat(accounts, ignore_index=True)
    _, customers = two_segments()
    # 1 and 2 of 20 at risk, which may be chance; with losses at 12 it is 20 and 2 of 20
    light = conclusions_by_rules(experiences, customers, SIMPLE, grid=[NORMANN]).iloc[1]
    heavy = conclusions_by_rules(experiences, customers, NORMANN, grid=[SIMPLE]).iloc[1]
    assert (light["n_segment_swaps"], heavy["n_segment_swaps"]) == (1, 1)
    assert not light["is_same_worst_segment"] and not heavy["is_same_worst_segment"]


def test_which_loss_a_case_returns_hangs_on_the_neutral_band():
    one = account("c", 1, 2).assign(gap=[1.0, -1.0, -0.2], file_order=range(3))
    experiences = pd.concat([one.assign(customer_id=f"c{i}") for i in range(5)], ignore_index=True)
    day = pd.Timestamp("2026-03-12")
    cases = pd.DataFrame({"customer_id": experiences["customer_id"].unique(), "opened_at": day})
    cases = cases.assign(customer_informed_at=day)
    customers = cases[["customer_id"]].assign(segment="all")
    base = CapitalRules(resolved_loss_weight=0)
    # 1 − 1 − 1 + 1 (the last loss) = 0; where a gap of −0.2 is none, 1 − 1 + 1 = 1
    found = conclusions_by_rules(
        experiences, customers, base, grid=[replace(base, neutral_band=0.3)], cases=cases, until="2026-03"
    )
    assert found["at_risk_share"].tolist() == [1, 0]


def test_the_requirement_is_held_to_and_who_has_no_segment_is_in_none():
    experiences, customers = two_segments()
    required = cx.Requirement(base=4)  # as much as the busy have
    unknown = customers.assign(segment=customers["segment"].where(customers["segment"] == "busy"))
    found = conclusions_by_rules(experiences, unknown, SIMPLE, grid=[], requirement=required).iloc[0]
    assert (found["at_risk_share"], found["n_segments"]) == (1, 1)


def test_rankings_without_any_order():
    level = pd.Series([1.0, 1.0, 1.0], list("abc"))
    rising = pd.Series([1.0, 2.0, 3.0], list("abc"))
    assert rank_correlation(rising, level) == 0
    assert rank_correlation(rising, level + 1e-12 * rising) == 0
    assert np.isnan(rank_correlation(level, rising))
    assert np.isnan(rank_correlation(rising[:2], rising))
    assert rank_correlation(rising, rising + 1e-12 * np.array([1, -1, 1])) == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=12))
def test_the_rank_correlation_is_scipys_tau_b(pairs):
    base, other = pd.DataFrame(pairs).T.itertuples(index=False)
    if len(set(base)) > 1 and len(set(other)) > 1:
        expected = kendalltau(base, other).statistic
        assert rank_correlation(pd.Series(base), pd.Series(other)) == pytest.approx(expected, abs=1e-9)


def test_only_the_recent_months_up_to_the_last_count_for_touchpoints():
    experiences, customers = three_touchpoints()
    moved = experiences["touchpoint"] == "Calls"
    experiences["occurred_at"] = experiences["occurred_at"].mask(moved, pd.Timestamp("2026-01-31 12:00"))
    n_ranked = [
        conclusions_by_rules(experiences, customers, SIMPLE, grid=[], recent_months=recent, until=until).loc[
            0, "n_touchpoints"
        ]
        for recent, until in ((3, None), (2, None), (1, "2026-01"), (3, "2026-04"), (4, "2026-04"))
    ]
    assert n_ranked == [3, 2, 1, 2, 3]
    midnight = experiences.assign(occurred_at=pd.Timestamp("2026-04-01"))
    assert conclusions_by_rules(midnight, customers, SIMPLE, grid=[], until="2026-03").loc[0, "n_touchpoints"] == 0


def test_what_was_only_assumed_ranks_no_touchpoint_but_counts_in_the_accounts():
    experiences, customers = three_touchpoints()
    experiences["is_measured"] = experiences["touchpoint"] != "Visits"
    found = conclusions_by_rules(experiences, customers, SIMPLE, grid=[]).iloc[0]
    assert (found["n_touchpoints"], found["n_customers"], found["worst_touchpoint"]) == (2, 27, "Letters")


def test_groups_under_the_smallest_base_are_not_ranked_nor_is_what_would_give_them_away():
    experiences, customers = two_segments()
    renamed = customers.assign(segment=["few"] * 4 + ["busy"] * 16 + ["quiet"] * 20)
    found = conclusions_by_rules(experiences, renamed, SIMPLE, grid=[]).iloc[0]
    assert found["n_segments"] == 1, "of the few, and of the smallest beside them, nothing is shown"
    assert pd.isna(found["worst_segment"]) and pd.isna(found["is_same_worst_segment"])
    hidden = conclusions_by_rules(experiences, customers, SIMPLE, grid=[], smallest_base=41).iloc[0]
    assert hidden["n_customers"] == 40 and np.isnan(hidden["at_risk_share"])
    assert (hidden["n_segments"], hidden["n_touchpoints"]) == (0, 0)


def test_without_experiences_there_is_no_conclusion():
    experiences, customers = two_segments()
    found = conclusions_by_rules(experiences.iloc[:0], customers, SIMPLE, grid=[])
    assert found.loc[0, ["n_customers", "n_segments", "n_touchpoints"]].tolist() == [0, 0, 0]
    assert rules_that_matter(found)["verdict"].isna().all()


# ---- as the report ----


BASE, MONTH = CapitalRules(loss_weight=2.25, resolved_loss_weight=1.0, half_life_days=365.0), pd.Period("2026-04")


@pytest.fixture(scope="module")
def demo():
    study = cx.load_study(DEMO).as_of(pd.Timestamp("2026-05-01"))
    experiences = cx.experiences(study)
    return study, experiences, cache(lambda rules: report_figures(study, experiences, rules))


def report_figures(study, experiences, rules):
    ledger = cx.capital_ledger(experiences, rules, study.cases)
    zones = cx.risk_zones(cx.customer_months(ledger, rules, until=MONTH), study.customers)
    return cx.findings.month_figures(
        study, experiences, zones,
        period=MONTH, importance=study.settings.importance, rules=rules, requirement=cx.Requirement(),
    )  # fmt: skip


def rankings(figures) -> dict[str, pd.Series]:
    """Higher is worse, as the report has them."""
    segments, touchpoints = pd.DataFrame(figures["segments"]), pd.DataFrame(figures["touchpoints"])
    touchpoints = touchpoints.loc[touchpoints["n_customers"] > 0].set_index("touchpoint")
    return {
        "segment": segments.set_index("segment")["at_risk_share"].dropna(),
        "touchpoint": -touchpoints["net_capital"].dropna(),
    }


@pytest.mark.parametrize(
    "changes",
    [{}, {"loss_weight": 12.0, "half_life_days": None}, {"neutral_band": 0.3}, {"carry_over": 0.5, "measure": "size"},
     {"resolved_loss_weight": 0.0, "loss_weight": 7.0}],
)  # fmt: skip
def test_the_conclusions_are_those_of_the_report(demo, changes):
    study, experiences, figures_under = demo
    rules = replace(BASE, **changes)
    found = conclusions_by_rules(experiences, study.customers, BASE, grid=[rules], cases=study.cases, until=MONTH).iloc[
        -1
    ]
    figures = figures_under(rules)
    risk = figures["headline"]["at_risk_share"]
    assert found["n_customers"] == risk["base"]
    assert found[["at_risk_share", "low_share", "high_share"]].tolist() == pytest.approx(
        [risk["value"], risk["low"], risk["high"]], abs=1e-6
    )
    for group, ranked in rankings(figures).items():
        before = rankings(figures_under(BASE))[group].reindex(ranked.index)
        assert found[f"n_{group}s"] == len(ranked)
        assert found[f"worst_{group}"] == ranked.idxmax()
        assert found[f"{group}_rank_correlation"] == pytest.approx(kendalltau(before, ranked).statistic, abs=1e-9)


# ---- properties ----


@given(seed=st.integers(0, 1000))
@settings(max_examples=15)
def test_row_order_does_not_matter_and_inputs_are_left_alone(seed):
    experiences, customers = two_segments()
    frames = [experiences, customers]
    before = [frame.copy(deep=True) for frame in frames]
    found = conclusions_by_rules(*frames, SIMPLE, grid=[NORMANN])
    for frame, old in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, old)
    shuffled = [frame.sample(frac=1, random_state=seed) for frame in frames]
    pd.testing.assert_frame_equal(conclusions_by_rules(*shuffled, SIMPLE, grid=[NORMANN]), found)


def test_under_the_base_alone_everything_holds():
    experiences, customers = three_touchpoints()
    customers = customers.assign(segment=["abc"[min(i // 8, 2)] for i in range(len(customers))])
    found = conclusions_by_rules(experiences, customers, NORMANN, grid=[NORMANN])
    assert len(found) == 1
    assert found.loc[0, ["segment_rank_correlation", "touchpoint_rank_correlation"]].tolist() == [1, 1]
    effects = rules_that_matter(found)
    assert effects[["rule", "verdict", "share_range"]].to_numpy().tolist() == [["all", "holds", 0.0]]
    assert one_rule_at_a_time(found).empty


def test_the_order_of_the_grid_does_not_matter_and_the_base_is_tried_once():
    grid = [NORMANN, CapitalRules(loss_weight=2), SIMPLE, NORMANN]
    one = conclusions_by_rules(*two_segments(), SIMPLE, grid=grid)
    other = conclusions_by_rules(*two_segments(), SIMPLE, grid=grid[::-1])
    assert one["loss_weight"].tolist() == [1, 12, 2]
    pd.testing.assert_frame_equal(
        one.sort_values("loss_weight", ignore_index=True), other.sort_values("loss_weight", ignore_index=True)
    )


@pytest.mark.parametrize(("missing", "frame"), [("touchpoint", 0), ("gap", 0), ("segment", 1)])
def test_a_missing_column_is_named(missing, frame):
    frames = list(two_segments())
    frames[frame] = frames[frame].drop(columns=missing)
    with pytest.raises(MissingColumnError, match=missing):
        conclusions_by_rules(*frames, SIMPLE)


def test_no_recent_month_is_refused():
    with pytest.raises(ParameterError, match="recent_months must be at least 1, found 0"):
        conclusions_by_rules(*two_segments(), SIMPLE, recent_months=0)
