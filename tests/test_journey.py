"""The stages of the journey, small enough to count by hand; then outside numbers and properties."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import cxlib as cx
from cxlib.archetypes import STAGES
from cxlib.journeys.stages import with_weakest

DEMO = Path(__file__).parents[1] / "data" / "demo"

TOUCHPOINTS = pd.DataFrame(
    {
        "touchpoint": ["Advert", "Quote", "Order", "Letter", "Invoice", "Greeting"],
        "stage": ["awareness", "evaluation", "purchase", "use", "use", None],
    }
)
STAGE_OF = dict(zip(TOUCHPOINTS["touchpoint"], TOUCHPOINTS["stage"], strict=True))


def met(*rows) -> pd.DataFrame:
    """Experiences from (customer, touchpoint, met or None where nobody asked); expected is the middle, 0.5."""
    frame = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "met"])
    frame["met"] = frame["met"].astype("float64")
    gap = frame["met"] - 0.5
    return frame.assign(
        stage=pd.Categorical(frame["touchpoint"].map(STAGE_OF), categories=list(STAGES)),
        expected=np.where(frame["met"].notna(), 0.5, np.nan),
        gap=gap.fillna(0.0),
        experience=np.sign(gap.fillna(0.0)).astype("int8"),
        is_measured=frame["met"].notna(),
    )


EXPERIENCES = met(
    ("a", "Quote", 1.0),
    ("b", "Quote", 0.5),
    ("a", "Order", 1.0),
    ("b", "Order", None),
    ("a", "Invoice", 0.0),
    ("a", "Invoice", 0.0),
    ("b", "Invoice", 0.75),
    ("b", "Letter", None),
    ("c", "Greeting", 1.0),
)


def stages_of(experiences=EXPERIENCES, *, smallest_base=1):
    return cx.journey(experiences, TOUCHPOINTS, smallest_base=smallest_base).set_index("stage")


def test_the_stages_by_hand():
    found = stages_of()
    assert found.index.tolist() == list(STAGES)
    assert found["part"].tolist() == ["before", "before", "during", "after", "after"]
    assert found["n_touchpoints"].tolist() == [1, 1, 1, 2, 0]
    assert found["n_touchpoints_measured"].tolist() == [0, 1, 1, 1, 0]
    assert found["n_experiences"].tolist() == [0, 2, 1, 3, 0]
    assert found["n_assumed"].tolist() == [0, 0, 1, 1, 0]
    assert found["n_customers"].tolist() == [0, 2, 1, 2, 0]
    assert found["is_measured"].tolist() == [False, True, True, True, False]
    use = found.loc["use"]
    assert use["mean_experience"] == pytest.approx(-1 / 3)
    assert use["share_negative"] == pytest.approx(2 / 3)
    assert (use["mean_expected"], use["mean_met"], use["mean_gap"]) == (0.5, 0.25, -0.25)
    assert found["n_without_stage"].tolist() == [1] * 5
    assert found.loc[["awareness", "loyalty"], ["mean_experience", "high_gap", "low_negative"]].isna().all(axis=None)


def test_the_intervals_are_those_of_scipy():
    found = stages_of().loc["use"]
    values = np.array([-1, -1, 1])
    low, high = stats.t.interval(0.95, 2, loc=values.mean(), scale=stats.sem(values))
    assert (found["low_mean"], found["high_mean"]) == pytest.approx((max(low, -1), min(high, 1)))
    gaps = np.array([-0.5, -0.5, 0.25])
    low, high = stats.t.interval(0.95, 2, loc=gaps.mean(), scale=stats.sem(gaps))
    assert (found["low_gap"], found["high_gap"]) == pytest.approx((max(low, -1), high))
    wilson = stats.binomtest(2, 3).proportion_ci(method="wilson")
    assert (found["low_negative"], found["high_negative"]) == pytest.approx((wilson.low, wilson.high))


def many(touchpoint, *scores):
    return [(f"{touchpoint}{i}", touchpoint, score) for i, score in enumerate(scores)]


def test_the_weakest_link_has_the_lowest_upper_bound_not_the_lowest_mean():
    few_bad = many("Quote", *[0.0] * 4, *[1.0] * 2)  # mean −0.33, but up to +0.75
    many_even = many("Invoice", *[0.0] * 100, *[1.0] * 100)  # mean 0, at most +0.14
    good = many("Order", *[1.0] * 50)
    found = stages_of(met(*few_bad, *many_even, *good))
    assert found["mean_experience"].idxmin() == "evaluation"
    assert found.index[found["is_weakest"]].tolist() == ["use"]
    assert not found["is_surely_weakest"].any()  # the few may be worse
    without = stages_of(met(*many_even, *good))
    assert without.index[without["is_surely_weakest"]].tolist() == ["use"]


@pytest.mark.parametrize(
    ("others", "is_surely"),
    [([(0.2, 0.4)], True), ([(0.1, 0.4)], False), ([(0.05, 0.45)], False), ([(0.3, 0.5), (0.0, 0.6)], False)],
)
def test_surely_weakest_is_what_lies_under_the_whole_interval_of_every_other(others, is_surely):
    bounds = [(-0.1, 0.1), *others]
    stages = pd.DataFrame(bounds, columns=["low_mean", "high_mean"]).assign(
        mean_experience=[(low + high) / 2 for low, high in bounds]
    )
    found = with_weakest(stages)
    assert found["is_weakest"].tolist() == [True, *[False] * len(others)]
    assert found["is_surely_weakest"].tolist() == [is_surely, *[False] * len(others)]


def test_one_measured_stage_alone_is_no_weakest_link():
    found = stages_of(met(*many("Invoice", 0.0, 0.0, 1.0)))
    assert not found["is_weakest"].any() and not found["is_surely_weakest"].any()


def test_equal_stages_have_one_weakest_the_earlier():
    found = stages_of(met(*many("Quote", 0.0, 1.0), *many("Invoice", 0.0, 1.0)))
    assert found.index[found["is_weakest"]].tolist() == ["evaluation"]


def test_a_small_stage_is_hidden_and_what_would_give_it_away():
    rows = [*many("Quote", *[1.0] * 3), *many("Order", *[1.0] * 8), *many("Invoice", *[0.0] * 20)]
    found = stages_of(met(*rows), smallest_base=5)
    # evaluation has three customers; with purchase shown, all less purchase and use would tell them
    assert found["mean_experience"].notna().tolist() == [False, False, False, True, False]
    assert found.loc["purchase", ["low_negative", "mean_met", "high_gap"]].isna().all()
    assert found["n_customers"].tolist() == [0, 3, 8, 20, 0]
    assert found["is_measured"].tolist() == [False, True, True, True, False]
    assert not found["is_weakest"].any()


def test_the_few_who_have_no_place_on_a_scale_are_not_told_by_subtraction():
    frame = met(*many("Invoice", *[0.0, 1.0] * 10))
    without_place = frame["customer_id"].isin(["Invoice0", "Invoice1"])
    frame.loc[without_place, ["expected", "met"]] = np.nan  # a date: measured, but on no scale
    found = stages_of(frame, smallest_base=5).loc["use"]
    assert (found["n_experiences"], found["n_scaled"]) == (20, 18)
    assert found[["mean_expected", "mean_met"]].isna().all()
    assert found["mean_gap"] == 0
    assert stages_of(frame, smallest_base=2).loc["use", "mean_met"] == 0.5
    # nor are the few who have one shown, beside the many who have none
    frame.loc[~frame["customer_id"].isin(["Invoice0", "Invoice1"]), ["expected", "met"]] = np.nan
    frame.loc[without_place, ["expected", "met"]] = 0.5
    few = stages_of(frame, smallest_base=5).loc["use"]
    assert few["n_scaled"] == 2 and np.isnan(few["mean_met"])


def test_a_study_without_stages_or_experiences_breaks_nothing():
    bare = TOUCHPOINTS.assign(stage=pd.Series([None] * 6, dtype="str"))
    found = cx.journey(EXPERIENCES.assign(stage=np.nan), bare)
    assert found["n_without_stage"].tolist() == [7] * 5
    assert not found["is_measured"].any() and (found["n_touchpoints"] == 0).all()
    empty = cx.journey(EXPERIENCES.iloc[:0], TOUCHPOINTS.iloc[:0])
    assert len(empty) == 5 and empty["mean_experience"].isna().all()


def test_errors_say_what_and_where():
    with pytest.raises(cx.MissingColumnError, match="experiences lacks 'expected'"):
        cx.journey(EXPERIENCES.drop(columns="expected"), TOUCHPOINTS)
    with pytest.raises(
        cx.ParameterError, match=r"touchpoints has an unknown stage 'purchasse'.*did you mean 'purchase'"
    ):
        cx.journey(EXPERIENCES, TOUCHPOINTS.replace({"stage": {"purchase": "purchasse"}}))
    with pytest.raises(cx.ParameterError, match="smallest_base must be at least 1"):
        cx.journey(EXPERIENCES, TOUCHPOINTS, smallest_base=0)
    with pytest.raises(cx.ParameterError, match="lack a gap or a sign"):
        cx.journey(EXPERIENCES.assign(gap=np.nan), TOUCHPOINTS)


rows = st.lists(
    st.tuples(
        st.sampled_from("abcdefghij"),
        st.sampled_from(TOUCHPOINTS["touchpoint"].tolist()),
        st.sampled_from([None, 0.0, 0.25, 0.5, 1.0]),
    ),
    min_size=1,
    max_size=60,
)


@given(rows=rows, smallest_base=st.integers(1, 6), seed=st.integers(0, 99))
def test_properties(rows, smallest_base, seed):
    frame = met(*rows)
    before = frame.copy(deep=True)
    found = cx.journey(frame, TOUCHPOINTS, smallest_base=smallest_base)
    pd.testing.assert_frame_equal(frame, before)
    shuffled = frame.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(found, cx.journey(shuffled, TOUCHPOINTS, smallest_base=smallest_base))
    n_without = found["n_without_stage"].iloc[0]
    assert found["n_experiences"].sum() + n_without == frame["is_measured"].sum()
    unasked = (~frame["is_measured"] & frame["stage"].notna()).sum()
    assert found["n_assumed"].sum() == unasked
    shown = found.dropna(subset="mean_experience")
    assert (shown["n_customers"] >= smallest_base).all()
    assert (shown["low_mean"] <= shown["mean_experience"] + 1e-12).all()
    # a stage without any score has a mean sign, and no mean gap
    assert not ((shown["mean_met"] - shown["mean_expected"] - shown["mean_gap"]).abs() > 1e-12).any()
    assert found["is_weakest"].sum() == (len(shown) > 1)
    assert not (found["is_surely_weakest"] & ~found["is_weakest"]).any()
    assert shown.loc[shown["is_weakest"], "high_mean"].tolist() == (
        [shown["high_mean"].min()] if len(shown) > 1 else []
    )
    hidden = found.loc[found["mean_experience"].isna() & (found["n_customers"] > 0), "n_customers"]
    assert hidden.empty or len(hidden) > 1 or not len(shown)


def test_the_demos_weakest_link_is_use_and_nothing_measures_awareness():
    study = cx.load_study(DEMO)
    found = cx.journey(cx.experiences(study, scope="whole_journey"), study.touchpoints).set_index("stage")
    assert found.index[found["is_surely_weakest"]].tolist() == ["use"]
    assert found["is_measured"].tolist() == [False, True, True, True, True]
    counting = cx.experiences(study)
    assert found.loc[["purchase", "use", "loyalty"], "n_experiences"].sum() == counting["is_measured"].sum()
