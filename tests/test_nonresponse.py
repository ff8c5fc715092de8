"""Who did not answer, how far that could move a figure, and weights to known margins."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize

import cxlib as cx
from cxlib.errors import MissingColumnError, ParameterError, ScoreRangeError
from cxlib.nonrespondents import EmptyMarginWarning
from cxlib.scales import Scale

DEMO = Path(__file__).parents[1] / "data" / "demo"


def asked_of(**n_by_segment) -> pd.DataFrame:
    rows = [(f"{segment}{i}", segment) for segment, n in n_by_segment.items() for i in range(n)]
    return pd.DataFrame(rows, columns=["customer_id", "segment"])


def answers_of(*pairs, **columns) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["customer_id", "score"]).assign(**columns)


# ---- who answered ----


def test_whoever_gave_a_score_answered_once():
    asked = asked_of(a=10, b=6)
    answers = answers_of(("a0", 9), ("a0", 3), ("a1", 7), ("a2", None), ("b0", 1))
    by_segment = cx.nonresponse(asked, answers, by="segment")
    assert by_segment[["segment", "n_asked_customers", "n_customers"]].to_numpy().tolist() == [
        ["a", 10, 2],
        ["b", 6, 1],
    ]
    whole = cx.nonresponse(asked, answers).iloc[0]
    assert (whole["n_asked_customers"], whole["n_customers"], whole["response_share"]) == (16, 3, 3 / 16)


def test_the_interval_is_wilsons():
    # 6 of 32: [.08889545, .35309155], Wilson 95 % as R's prop.test without correction gives it
    asked = asked_of(a=32)
    rate = cx.nonresponse(asked, answers_of(*((f"a{i}", 5) for i in range(6)))).iloc[0]
    assert rate[["low_share", "high_share"]].tolist() == pytest.approx([0.08889545, 0.35309155], abs=5e-9)


def test_a_small_group_is_hidden_with_the_one_that_would_tell_it():
    rates = cx.nonresponse(asked_of(a=20, b=9, c=3), answers_of(("a0", 1), ("c0", 1)), by="segment")
    assert rates["response_share"].isna().tolist() == [False, True, True]
    assert rates["n_customers"].isna().tolist() == [False, True, True]
    assert rates["n_asked_customers"].tolist() == [20, 9, 3]


def test_only_the_metric_that_is_meant_counts():
    asked = asked_of(a=6)
    answers = answers_of(("a0", 1), ("a1", 2)).assign(metric=["nps", "csat"])
    assert cx.nonresponse(asked, answers, metric="nps").iloc[0]["n_customers"] == 1
    assert list(cx.asked_customers(asked, answers, metric="csat")["customer_id"]) == ["a1"]
    assert list(cx.asked_customers(asked, answers)["customer_id"]) == ["a0", "a1"]


def test_mistakes_are_named():
    asked = asked_of(a=6)
    with pytest.raises(ParameterError, match=r"2 of 3 who answered are not among those who were asked, such as 'x'"):
        cx.nonresponse(asked, answers_of(("x", 1), ("y", 1), ("x", 2), ("a0", 1)))
    with pytest.raises(ParameterError, match="1 repeated ids, such as 'a0'"):
        cx.nonresponse(pd.concat([asked, asked.iloc[:1]]), answers_of(("a0", 1)))
    with pytest.raises(MissingColumnError, match="segmnt"):
        cx.nonresponse(asked, answers_of(("a0", 1)), by="segmnt")
    with pytest.raises(MissingColumnError, match="metric"):
        cx.nonresponse(asked, answers_of(("a0", 1)), metric="nps")


def test_the_bundled_study_says_who_was_asked():
    study = cx.load_study(DEMO)
    asked = cx.asked_customers(study.customers, study.responses, metric="nps")
    rates = cx.nonresponse(asked, study.responses, metric="nps", by="segment")
    answers = study.responses[(study.responses["metric"] == "nps") & study.responses["score"].notna()]
    assert rates["n_customers"].sum() == answers["customer_id"].nunique()
    assert rates["n_asked_customers"].sum() == len(asked)
    assert rates["response_share"].between(0.01, 1).all()
    bounds = cx.headline_bounds(asked, study.responses, metric="nps").iloc[0]
    nps = cx.net_promoter_score(study.responses).iloc[0]
    assert bounds["value"] == nps["nps_points"] and bounds["low"] == nps["low_points"]
    assert bounds["lowest_value"] <= bounds["value"] <= bounds["highest_value"]


# ---- how far it could move ----

# 10 of 20 answered: 5 promoters, 3 passives, 2 detractors
ASKED = asked_of(a=20)
ANSWERS = answers_of(*((f"a{i}", score) for i, score in enumerate([10] * 5 + [8] * 3 + [3] * 2)))


def bounds_of(**options) -> pd.Series:
    return cx.headline_bounds(ASKED, ANSWERS, **options).iloc[0]


def test_the_silent_may_all_be_detractors_or_all_promoters():
    bounds = bounds_of()
    # ½ · 30 ± ½ · 100
    assert bounds[["value", "lowest_value", "highest_value"]].tolist() == [30, -35, 65]


def test_a_limit_makes_the_bounds_narrower_and_never_wider_than_the_scale():
    assert bounds_of(at_most_lower=20, at_most_higher=0)[["lowest_value", "highest_value"]].tolist() == [20, 30]
    assert bounds_of(at_most_lower=500)[["lowest_value", "highest_value"]].tolist() == [-35, 65]
    assert bounds_of(at_most_lower=0, at_most_higher=0)[["lowest_value", "highest_value"]].tolist() == [30, 30]


def test_a_share_and_a_mean_have_bounds_too():
    # on 0 to 10 the two best scores are 9 and 10: 5 of 10
    top = bounds_of(statistic="top_two_box")
    assert top[["value", "lowest_value", "highest_value"]].tolist() == [0.5, 0.25, 0.75]
    # Wilson 95 % of 5 in 10: [.2366, .7634] (R, prop.test without correction)
    assert top[["low", "high"]].tolist() == pytest.approx([0.2366, 0.7634], abs=0.00005)
    assert top["lowest_low"] == pytest.approx(top["low"] / 2)
    mean = bounds_of(statistic="mean")
    # (50 + 24 + 6) / 10 = 8, and half of the scale's 0 to 10
    assert mean[["value", "lowest_value", "highest_value"]].tolist() == [8, 4, 9]


def test_weights_count_in_the_figure_and_not_in_who_answered():
    weighted = cx.headline_bounds(
        ASKED, ANSWERS.assign(survey_weight=[2.0] * 5 + [1.0] * 5), statistic="top_two_box"
    ).iloc[0]
    assert weighted["value"] == pytest.approx(10 / 15)
    assert weighted["response_share"] == 0.5


def test_groups_of_whom_few_answered_are_hidden():
    asked = asked_of(a=21, b=20, c=4)
    answers = answers_of(*((f"{s}{i}", 9) for s, n in (("a", 10), ("b", 4), ("c", 1)) for i in range(n)))
    bounds = cx.headline_bounds(asked, answers, by="segment")
    assert bounds["value"].isna().tolist() == [False, True, True]
    assert bounds["lowest_value"].isna().tolist() == bounds["highest_high"].isna().tolist() == [False, True, True]
    assert bounds["n_customers"].isna().tolist() == [False, True, True]  # how many of the four answered, by subtraction
    one = cx.headline_bounds(asked, answers.assign(segment="of the answer"), by="segment").iloc[0]
    assert one["segment"] == "a" and one["value"] == 100


def scale_of(minimum, maximum, *, better="higher") -> Scale:
    return Scale(name="effort", minimum=minimum, maximum=maximum, expected=(minimum + maximum) / 2, better=better)


def test_where_lower_is_better_the_two_lowest_scores_are_the_best():
    # 3 of the 10 gave the 1 or the 2 of 1 to 7, 2 the 6 or the 7; the other ten may all have given either
    answers = answers_of(*((f"a{i}", score) for i, score in enumerate([1, 1, 2, 4, 4, 4, 4, 4, 6, 7])))
    options = {"metric": "effort", "statistic": "top_two_box"}
    values = ["value", "lowest_value", "highest_value"]
    lower = cx.headline_bounds(ASKED, answers, scale=scale_of(1, 7, better="lower"), **options).iloc[0]
    assert lower[values].tolist() == pytest.approx([0.3, 0.15, 0.65])
    higher = cx.headline_bounds(ASKED, answers, scale=scale_of(1, 7), **options).iloc[0]
    assert higher[values].tolist() == pytest.approx([0.2, 0.1, 0.6])
    mean = cx.headline_bounds(ASKED, answers, metric="effort", scale=scale_of(1, 7, better="lower")).iloc[0]
    # 37 / 10, and half of 1 and of 7
    assert mean["unit"] == "score" and mean[values].tolist() == pytest.approx([3.7, 2.35, 5.35])


def test_each_metric_has_its_usual_figure_and_unit():
    answers = ANSWERS.assign(score=[5] * 5 + [4] * 3 + [3] * 2, metric="csat")
    bounds = cx.headline_bounds(ASKED, answers, metric="csat").iloc[0]
    satisfied = cx.customer_satisfaction(answers).iloc[0]
    assert bounds["unit"] == "share" and bounds["value"] == satisfied["satisfied_share"] == 0.8
    assert bounds[["low", "high"]].tolist() == satisfied[["low_share", "high_share"]].tolist()
    assert bounds_of()["unit"] == "points"


def test_answers_and_who_gave_them_are_counted_apart():
    twice = pd.concat([ANSWERS, ANSWERS.head(2)])
    bounds = cx.headline_bounds(ASKED, twice).iloc[0]
    assert bounds[["n_asked_customers", "n_customers", "n_responses"]].tolist() == [20, 10, 12]


@pytest.mark.parametrize("ask", [cx.nonresponse, cx.headline_bounds])
def test_a_group_called_like_a_column_of_the_result_is_refused(ask):
    for name in ask(ASKED, ANSWERS).columns:
        with pytest.raises(ParameterError, match=f"by names '{name}', and so is a column of the result called"):
            ask(ASKED.assign(**{name: "a"}), ANSWERS, by=name)
    with pytest.raises(ParameterError, match="'segment' more than once"):
        ask(ASKED, ANSWERS, by=["segment", "segment"])
    # such a column of the answers is no trouble
    assert len(ask(ASKED, ANSWERS.assign(value=1, n_asked_customers=2, has_answered=3), by="segment")) == 1
    assert len(ask(ASKED.assign(has_answered="x"), ANSWERS, by="has_answered")) == 1


@pytest.mark.parametrize("ask", [cx.nonresponse, cx.headline_bounds])
def test_an_answer_counts_as_in_every_analysis(ask):
    # of weight 0 it is none; a negative weight is refused; nobody known was not asked
    weights = [0.0] * 2 + [1.0] * 8
    assert ask(ASKED, ANSWERS.assign(survey_weight=weights)).iloc[0]["n_customers"] == 8
    with pytest.raises(ParameterError, match="1 survey weights, such as -1"):
        ask(ASKED, ANSWERS.assign(survey_weight=[-1.0] + [1.0] * 9))
    with pytest.raises(ParameterError, match="1 of 10 answers have no customer_id"):
        ask(ASKED, ANSWERS.replace("a3", None))


def test_wrong_questions_are_answered_with_the_right_ones():
    with pytest.raises(ParameterError, match=r"'net_promotr'; allowed: .*did you mean 'net_promoter'"):
        bounds_of(statistic="net_promotr")
    with pytest.raises(ParameterError, match="at_most_lower: found -1"):
        bounds_of(at_most_lower=-1)
    with pytest.raises(ParameterError, match="'effort' runs from 5 to 1; allowed: a minimum below the maximum"):
        bounds_of(statistic="mean", scale=scale_of(5, 1))
    with pytest.raises(ParameterError, match="needs a scale of 0 to 10"):
        bounds_of(scale=scale_of(1, 5))
    with pytest.raises(ParameterError, match="metric 'effort' has no scale of its own"):
        bounds_of(metric="effort")
    with pytest.raises(ScoreRangeError, match=r"8 of 10 .* lie outside 1 to 5: 10 \(5 times\), 8 \(3 times\)"):
        bounds_of(statistic="mean", scale=scale_of(1, 5))


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 10), min_size=5, max_size=12),
    st.lists(st.integers(0, 10), max_size=12),
    st.sampled_from(["net_promoter", "top_two_box", "mean"]),
    st.none() | st.floats(0, 60),
)
def test_the_figure_of_all_lies_within_the_bounds_whatever_the_silent_would_have_said(given_, silent, statistic, limit):
    everybody = asked_of(a=len(given_) + len(silent))
    scores = list(zip(everybody["customer_id"], [*given_, *silent], strict=True))
    bounds = cx.headline_bounds(
        everybody, answers_of(*scores[: len(given_)]), statistic=statistic, at_most_lower=limit, at_most_higher=limit
    ).iloc[0]
    whole = cx.headline_bounds(everybody, answers_of(*scores), statistic=statistic).iloc[0]["value"]
    if silent and limit is not None:
        theirs = answers_of(*scores[len(given_) :])
        of_silent = cx.headline_bounds(
            everybody.iloc[len(given_) :], theirs, statistic=statistic, smallest_base=1
        ).iloc[0]["value"]
        assume(abs(of_silent - bounds["value"]) <= limit)
    assert bounds["lowest_value"] - 1e-9 <= whole <= bounds["highest_value"] + 1e-9
    assert bounds["lowest_low"] <= bounds["lowest_value"] + 1e-9
    assert bounds["highest_high"] >= bounds["highest_value"] - 1e-9


# ---- weights ----


def table_of(counts) -> pd.DataFrame:
    """Respondents of a two-way table: `row` and `column` for each of the counted."""
    rows = [(f"r{i}", f"c{j}") for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    return pd.DataFrame(rows, columns=["row", "column"])


def fitted(respondents, raked, total) -> np.ndarray:
    sums = raked.weights.groupby([respondents["row"], respondents["column"]]).sum().unstack(fill_value=0)
    return sums.to_numpy() * total / len(respondents)


def test_one_margin_is_known_over_answered():
    respondents = pd.DataFrame({"segment": ["House"] * 6 + ["Farm"] * 2})
    raked = cx.raked_weights(respondents, {"segment": {"House": 100, "Farm": 100}})
    assert raked.weights.tolist() == pytest.approx([8 / 12] * 6 + [2] * 2)
    # (6 · 2/3 + 2 · 2)² / (6 · 4/9 + 2 · 4) = 64 / (32 / 3)
    assert raked.effective_n == pytest.approx(6)
    assert raked.n_rounds == 1 and raked.n_trimmed == 0 and raked.empty == ()
    assert raked.margins["share_before"].tolist() == [0.75, 0.25]
    assert raked.margins["share_after"].tolist() == pytest.approx([0.5, 0.5])


def test_a_table_of_two_by_two_by_hand():
    # 7 9 / 12 7 to the rows 5, 15 and the columns 10, 10. Raking keeps the cross-product ratio 7·7 / (9·12) = 49/108,
    # so x (5 + x) / ((5 − x)(10 − x)) is it: 59 x² + 1275 x − 2450 = 0
    respondents = table_of([[7, 9], [12, 7]])
    raked = cx.raked_weights(respondents, {"row": {"r0": 5, "r1": 15}, "column": {"c0": 10, "c1": 10}})
    x = (-1275 + np.sqrt(1275**2 + 4 * 59 * 2450)) / (2 * 59)
    assert fitted(respondents, raked, 20) == pytest.approx(np.array([[x, 5 - x], [10 - x, 5 + x]]), abs=1e-7)


def test_it_is_nearest_in_divergence_as_an_optimiser_finds_it():
    # The table with the margins that is nearest to 40 30 20 10 / 35 50 100 75 / 30 80 70 120 / 20 30 40 50, found by
    # maximising the dual of the divergence (Csiszár 1975) with scipy's BFGS.
    seed = np.array([[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]], float)
    rows, columns = np.array([150, 300, 400, 150]) / 1000, np.array([200, 300, 400, 100]) / 1000
    start = seed / seed.sum()

    def dual(multipliers):
        by_row, by_column = multipliers[:4], multipliers[4:]
        return (start * np.exp(by_row[:, None] + by_column)).sum() - by_row @ rows - by_column @ columns

    found = optimize.minimize(dual, np.zeros(8), method="BFGS", options={"gtol": 1e-8}).x
    nearest = 1000 * start * np.exp(found[:4][:, None] + found[4:])
    respondents = table_of(seed.astype(int))
    margins = {
        "row": {f"r{i}": share for i, share in enumerate(rows)},
        "column": {f"c{j}": share for j, share in enumerate(columns)},
    }
    assert fitted(respondents, cx.raked_weights(respondents, margins), 1000) == pytest.approx(nearest, abs=1e-3)


def test_weights_to_begin_with_are_kept_where_the_margins_are_met():
    respondents = pd.DataFrame({"segment": ["a", "a", "b", "b"], "survey_weight": [1.0, 3.0, 2.0, 2.0]})
    raked = cx.raked_weights(respondents, {"segment": {"a": 1, "b": 1}}, start="survey_weight")
    assert raked.weights.tolist() == [0.5, 1.5, 1, 1] and raked.n_rounds == 0
    assert raked.weights.name == "survey_weight"


def test_weights_are_cut_only_where_asked_and_the_gap_is_stated():
    respondents = pd.DataFrame({"segment": ["a"] * 9 + ["b"]})
    margins = {"segment": {"a": 0.5, "b": 0.5}}
    assert cx.raked_weights(respondents, margins).weights.max() == pytest.approx(5)
    cut = cx.raked_weights(respondents, margins, largest_weight=3)
    # the 5 is cut to 3, and the nine share the 7 that are left: 3 of 10
    assert cut.weights.tolist() == pytest.approx([7 / 9] * 9 + [3])
    assert cut.n_trimmed == 1 and cut.margins["share_after"].tolist() == pytest.approx([7 / 10, 3 / 10])
    assert cut.largest_gap == pytest.approx(2 / 10)
    assert cut.effective_n > cx.raked_weights(respondents, margins).effective_n


def test_what_is_cut_off_one_can_lift_another_above_the_largest():
    # the 240/79 is cut to 1.5; of the 4.5 left, 114/79 would get 2.2 and is cut too; four share the last 3
    respondents = pd.DataFrame({"segment": [*"aaaa", "b", "c"]})
    raked = cx.raked_weights(respondents, {"segment": {"a": 20, "b": 19, "c": 40}})
    assert raked.weights.tolist() == pytest.approx([30 / 79] * 4 + [114 / 79, 240 / 79])
    cut = cx.raked_weights(respondents, {"segment": {"a": 20, "b": 19, "c": 40}}, largest_weight=1.5)
    assert cut.weights.tolist() == pytest.approx([3 / 4] * 4 + [1.5, 1.5]) and cut.n_trimmed == 2


@settings(max_examples=60)
@given(
    st.lists(st.floats(0, 1e3), min_size=2, max_size=12).filter(lambda start: sum(start) > 1e-3),
    st.floats(1.01, 20),
)
def test_no_weight_is_above_the_largest_or_it_is_refused(start, largest):
    respondents = pd.DataFrame({"segment": "a", "w": start})
    plain = cx.raked_weights(respondents, {"segment": {"a": 1}}, start="w").weights
    n_weighing = int((plain > 0).sum())
    if n_weighing * largest < len(start):
        with pytest.raises(ParameterError, match=rf"only {n_weighing} of {len(start)} respondents have a weight above"):
            cx.raked_weights(respondents, {"segment": {"a": 1}}, start="w", largest_weight=largest)
        return
    cut = cx.raked_weights(respondents, {"segment": {"a": 1}}, start="w", largest_weight=largest)
    assert cut.weights.max() <= largest and cut.weights.mean() == pytest.approx(1)
    assert (plain > largest).sum() <= cut.n_trimmed <= (cut.weights == largest).sum()
    # who was not cut keeps the proportions to one another
    kept = (cut.weights < largest) & (plain > 0)
    assert np.ptp((cut.weights / plain)[kept]) == pytest.approx(0, abs=1e-6) if kept.any() else True


def test_a_level_whose_respondents_all_weigh_nothing_is_warned_of():
    respondents = pd.DataFrame({"segment": ["a", "b", "c"], "w": [1.0, 1.0, 0.0]})
    with pytest.warns(EmptyMarginWarning, match="nobody who counts answered in segment 'c'"):
        raked = cx.raked_weights(respondents, {"segment": {"a": 0.2, "b": 0.6, "c": 0.2}}, start="w")
    assert raked.weights.tolist() == pytest.approx([0.75, 2.25, 0]) and raked.empty == (("segment", "c"),)
    assert raked.margins["n_respondents"].tolist() == [1, 1, 1]
    assert raked.margins["share_after"].tolist() == pytest.approx([0.25, 0.75, 0])


def test_a_level_that_nobody_is_in_is_warned_of():
    respondents = pd.DataFrame({"segment": ["a", "b"]})
    with pytest.warns(EmptyMarginWarning, match="nobody who counts answered in segment 'c'"):
        raked = cx.raked_weights(respondents, {"segment": {"a": 0.2, "b": 0.6, "c": 0.2}})
    assert raked.weights.tolist() == pytest.approx([0.5, 1.5]) and raked.empty == (("segment", "c"),)
    assert raked.margins["known_share"].tolist() == pytest.approx([0.2, 0.6])
    assert raked.largest_gap < 1e-9


@pytest.mark.parametrize(
    ("margins", "options", "said"),
    [
        ({}, {}, "margins is empty"),
        ({"row": {"r0": 1}}, {}, "16 respondents have 'r1', which the margin gives no share; it has 'r0'"),
        ({"row": {"r0": -1, "r1": 2}}, {}, "every share or count is a number of at least 0"),
        ({"row": {"r0": 1, "r1": 2}}, {"largest_weight": 1}, "above 1"),
        ({"row": {"r0": 1, "r1": 2}}, {"start": "w"}, "a weight of at least 0 for every respondent"),
    ],
)
def test_what_cannot_be_raked_is_refused(margins, options, said):
    respondents = table_of([[5, 0], [0, 16]]).assign(w=-1.0)
    with pytest.raises(ParameterError, match=said):
        cx.raked_weights(respondents, margins, **options)


def test_margins_that_contradict_one_another_are_refused():
    # every r0 is c0, so they cannot have other shares
    respondents = table_of([[5, 0], [0, 16]])
    with pytest.raises(ParameterError, match=r"after 1,000 rounds a margin is still off by 0.2.*contradict"):
        cx.raked_weights(respondents, {"row": {"r0": 0.5, "r1": 0.5}, "column": {"c0": 0.3, "c1": 0.7}})
    with pytest.raises(ParameterError, match="5 of 21 respondents have no row"):
        cx.raked_weights(respondents.replace("r0", None), {"row": {"r1": 1}})
    with pytest.raises(ParameterError, match="no respondent"):
        cx.raked_weights(respondents.iloc[:0], {"row": {"r1": 1}})


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.integers(1, 6), min_size=2, max_size=3), min_size=2, max_size=3).filter(
        lambda rows: len({len(row) for row in rows}) == 1
    ),
    st.data(),
)
def test_every_margin_is_met_and_the_order_of_rows_does_not_matter(counts, data):
    respondents = table_of(counts)
    sizes = st.integers(1, 9)
    margins = {
        name: {level: data.draw(sizes) for level in sorted(respondents[name].unique())} for name in respondents.columns
    }
    raked = cx.raked_weights(respondents, margins)
    assert raked.weights.mean() == pytest.approx(1) and (raked.weights > 0).all()
    assert raked.margins["share_after"].tolist() == pytest.approx(raked.margins["known_share"].tolist(), abs=1e-8)
    assert raked.effective_n <= len(respondents) + 1e-9
    turned = cx.raked_weights(respondents.iloc[::-1], dict(reversed(margins.items())))
    assert turned.weights.sort_index().tolist() == pytest.approx(raked.weights.tolist(), abs=1e-7)


def test_weights_to_the_margins_of_the_asked_give_their_segments_share():
    study = cx.load_study(DEMO)
    asked = cx.asked_customers(study.customers, study.responses, metric="nps")
    answers = study.responses[(study.responses["metric"] == "nps") & study.responses["score"].notna()]
    answers = answers.merge(asked[["customer_id", "segment"]], on="customer_id", validate="many_to_one")
    raked = cx.raked_weights(answers, {"segment": asked["segment"].value_counts()})
    weighted = cx.net_promoter_score(answers.assign(survey_weight=raked.weights)).iloc[0]
    assert raked.effective_n == pytest.approx(raked.weights.sum() ** 2 / (raked.weights**2).sum())
    # some answered in several months, which the weights know nothing of
    assert weighted["n_customers"] < weighted["effective_n"] < raked.effective_n
    assert (
        abs(weighted["nps_points"] - cx.net_promoter_score(answers.drop(columns="survey_weight")).iloc[0]["nps_points"])
        < 10
    )
