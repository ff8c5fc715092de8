"""What the tables of all metrics have in common: their columns, whoever answered, and what `by` may name."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.errors import ParameterError
from cxlib.scales import BUILT_IN_SCALES


def mean_mood(responses: pd.DataFrame, **options) -> pd.DataFrame:
    """The mean of a metric whose scale nobody knows: every number goes."""
    return cx.mean_score(responses.assign(metric="mood"), metric="mood", **options)


LEVELS = {
    "net_promoter_score": cx.net_promoter_score,
    "customer_satisfaction": cx.customer_satisfaction,
    "customer_effort": cx.customer_effort,
    "mean_score": partial(cx.mean_score, metric="csat"),
    "mean_score, without a scale": mean_mood,
    "median_score": partial(cx.median_score, metric="csat"),
    "response_rate": cx.response_rate,
}
OVER_TIME = {
    "score_changes": cx.score_changes,
    "score_changes by quarter": partial(cx.score_changes, metric="csat", every="quarter"),
    "score_trend": cx.score_trend,
}
OTHERS = {
    "mix_change": cx.mix_change,
    "survey_questions": partial(cx.survey_questions, scales=BUILT_IN_SCALES),
    "score_distribution": partial(cx.score_distribution, scale=BUILT_IN_SCALES["csat"]),
}
WITH_BY = LEVELS | OVER_TIME


def survey(n: int = 400) -> pd.DataFrame:
    """Answers to all three metrics over eight months, in two segments."""
    rng = np.random.default_rng(1)
    moments = pd.date_range("2026-01-15", periods=8, freq="MS").tz_localize("Europe/Stockholm").as_unit("us")
    return pd.DataFrame(
        {
            "customer_id": pd.Series(rng.integers(0, 200, n)).map("C{}".format),
            "answered_at": rng.choice(moments, n),
            "metric": rng.choice(["nps", "csat", "ces"], n, p=[0.5, 0.4, 0.1]),
            "touchpoint": pd.Series(rng.choice(["Invoice", "Support"], n), dtype="str"),
            "score": rng.integers(1, 6, n).astype(float),
            "survey_weight": rng.uniform(0.5, 2, n),
            "segment": pd.Series(rng.choice(["a", "b"], n), dtype="str"),
        }
    ).astype({"customer_id": "str", "metric": "str", "answered_at": moments.dtype})


def named(functions: dict):
    return pytest.mark.parametrize("metric", functions.values(), ids=functions.keys())


@named(WITH_BY)
def test_a_group_called_like_a_column_of_the_result_is_refused(metric):
    frame = survey()
    columns = metric(frame, by="segment").columns.drop("segment")
    assert len(columns) > 5
    for column in columns:
        with pytest.raises(ParameterError, match=f"by names '{column}'"):
            metric(frame.assign(**{column: frame["segment"]}), by=["segment", column])


@named(WITH_BY)
def test_a_group_named_twice_is_refused(metric):
    with pytest.raises(ParameterError, match="by names 'segment' more than once"):
        metric(survey(), by=["segment", "segment"])


NOBODY = {
    "an empty frame": survey().iloc[:0],
    "nobody answered": survey().assign(score=np.nan),
    "no answer weighs anything": survey().assign(survey_weight=0.0),
}
WITHOUT_WEIGHTS = {"response_rate", "survey_questions"}
"""They count what was asked, answered or not, whatever it weighs."""


@pytest.mark.parametrize("case", NOBODY)
@pytest.mark.parametrize("name", [*WITH_BY, *OTHERS])
def test_without_any_answer_a_table_has_the_same_columns_and_types(case, name):
    metric = (WITH_BY | OTHERS)[name]
    for by in [{}, {"by": "segment"}, {"by": ["touchpoint", "segment"]}] if name in WITH_BY else [{}]:
        usual, empty = metric(survey(), **by), metric(NOBODY[case], **by)
        assert empty.dtypes.to_dict() == usual.dtypes.to_dict()
        if name in WITHOUT_WEIGHTS and case != "an empty frame":
            assert len(empty) == len(usual)
        elif not by and name in LEVELS:
            assert len(empty) == 1 and empty.filter(like="n_").fillna(0).eq(0).all(axis=None)
        elif not by and name == "score_trend":
            assert len(empty) == 1 and empty["n_periods"].tolist() == [0]
        else:
            assert empty.empty


ENDS = {
    "net_promoter_score": ("nps_points", "low_points", "high_points", -100, 100),
    "customer_satisfaction": ("satisfied_share", "low_share", "high_share", 0, 1),
    "customer_effort": ("mean_score", "low_score", "high_score", 1, 7),
    "mean_score": ("mean_score", "low_score", "high_score", 1, 5),
    "median_score": ("median_score", "low_score", "high_score", 1, 5),
    "response_rate": ("response_share", "low_share", "high_share", 0, 1),
}
ANSWERS = st.lists(
    st.tuples(
        st.integers(0, 10),
        st.sampled_from([1e-6, 0.01, 0.3, 1.0, 1.0, 2.5, 100.0]) | st.floats(0.001, 50),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=80)
@given(ANSWERS, st.booleans())
def test_every_interval_holds_its_estimate_and_stays_on_the_scale(rows, is_known):
    frame = pd.DataFrame(rows, columns=["score", "survey_weight", "customer_id"]).astype({"score": float})
    frame = frame if is_known else frame.drop(columns="customer_id")
    for name, (estimate, low, high, least, most) in ENDS.items():
        scored = frame if name == "net_promoter_score" else frame.assign(score=frame["score"] % 5 + 1)
        scored = scored.assign(score=scored["score"].where(scored["score"] > 1)) if name == "response_rate" else scored
        row = LEVELS[name](scored, smallest_base=1).iloc[0]
        assert least <= row[estimate] <= most
        if name == "median_score" and np.isnan(row[low]):
            continue  # so few answers bound no median
        assert least <= row[low] <= row[estimate] <= row[high] <= most, name
