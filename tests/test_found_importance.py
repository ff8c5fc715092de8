"""The importance that the data show: on a design that can be read, against what must not count, and its reasons."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from cxlib.errors import MissingColumnError, ParameterError
from cxlib.phases import declared_against_found, found_importance
from cxlib.phases.found import FEWEST_PER_PHASE

PHASES = ["purchase", "consumption", "payment"]
MARCH = pd.Timestamp("2026-03-01", tz="UTC")


def gaps(rows) -> pd.DataFrame:
    """Rows of (customer, phase, gap)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "phase", "gap"])
    return frame.assign(occurred_at=MARCH, is_measured=True)


def answers(scores: dict[str, float], **columns) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": list(scores), "score": list(scores.values())}).astype({"score": "float64"})
    return frame.assign(**{"answered_at": MARCH + pd.Timedelta(days=9), "metric": "nps"} | columns)


def design(weights=(2.0, 1.0, 0.0), *, times: int = 12, noise: float = 0.0):
    """Every combination of good and bad in the three phases, some times over: the phases are uncorrelated.

    The noise is as large for everybody, and uncorrelated with each phase.
    """
    rows, scores = [], {}
    for number, (signs, _) in enumerate(product(product([-0.5, 0.5], repeat=3), range(times))):
        name = f"c{number:03d}"
        rows += [(name, phase, gap) for phase, gap in zip(PHASES, signs, strict=True)]
        scores[name] = 5 + float(np.dot(weights, signs)) + noise * 8 * float(np.prod(signs))
    return gaps(rows), answers(scores)


def shares(found: pd.DataFrame) -> list[float]:
    return found["importance_share"].tolist()


def test_uncorrelated_phases_by_hand():
    found = found_importance(*design())
    # variances 4, 1 and 0 of a sum of 5
    assert shares(found) == pytest.approx([0.8, 0.2, 0])
    assert found["r2"].tolist() == pytest.approx([1, 1, 1])
    assert found["correlation"].tolist() == pytest.approx([0.8**0.5, 0.2**0.5, 0], abs=1e-12)
    assert found["n_customers"].tolist() == [96] * 3 == found["n_answered"].tolist()
    assert found["n_without"].tolist() == [0, 0, 0] and found["reason"].isna().all()
    assert (found["low_share"] <= found["importance_share"]).all()
    assert (found["importance_share"] <= found["high_share"]).all()
    assert (found["high_share"] - found["low_share"]).iloc[0] > 0.05


def test_a_driver_is_the_mean_of_a_customers_gaps():
    experiences, responses = design()
    twice = pd.concat(
        [experiences.assign(gap=experiences["gap"] + 0.25), experiences.assign(gap=experiences["gap"] - 0.25)]
    )
    pd.testing.assert_frame_equal(found_importance(twice, responses), found_importance(experiences, responses))
    # 0, 0 and 0.9: the mean is 0.3, the median is not
    is_even = experiences["customer_id"].str[-1].isin(list("02468"))
    thrice = pd.concat(
        [
            experiences.loc[~is_even],
            *(experiences.loc[is_even].assign(gap=experiences["gap"] - 0.3 + more) for more in (0, 0, 0.9)),
        ]
    )
    pd.testing.assert_frame_equal(found_importance(thrice, responses), found_importance(experiences, responses))


def test_the_latest_answer_counts_and_other_metrics_do_not():
    experiences, responses = design()
    noise = responses.assign(score=range(len(responses)))
    earlier = noise.assign(answered_at=MARCH + pd.Timedelta(days=2))
    unanswered = responses.assign(score=np.nan, answered_at=MARCH + pd.Timedelta(days=20))
    other = noise.assign(metric="csat", answered_at=MARCH + pd.Timedelta(days=20))
    everything = pd.concat([responses, earlier, unanswered, other], ignore_index=True)
    pd.testing.assert_frame_equal(found_importance(experiences, everything), found_importance(experiences, responses))


def test_what_comes_after_the_answer_or_was_only_assumed_does_not_count():
    experiences, responses = design()
    later = experiences.assign(gap=-experiences["gap"] * 3, occurred_at=MARCH + pd.Timedelta(days=9))
    assumed = experiences.assign(gap=-experiences["gap"] * 3, is_measured=False)
    without_phase = experiences.assign(phase=None, gap=9)
    everything = pd.concat([experiences, later, assumed, without_phase], ignore_index=True)
    pd.testing.assert_frame_equal(found_importance(everything, responses), found_importance(experiences, responses))


def test_no_answer_drives_itself():
    experiences, responses = design()
    responses = responses.assign(response_id=[f"r{number}" for number in range(len(responses))])
    score = experiences["customer_id"].map(responses.set_index("customer_id")["score"])
    form = experiences["customer_id"].map(responses.set_index("customer_id")["response_id"])
    by_form = experiences.assign(gap=score, response_id=form, source="response", source_row=-1)
    # without an id of the form the row says which answer it is
    row = experiences["customer_id"].map(pd.Series(responses.index, responses["customer_id"]))
    by_row = experiences.assign(gap=score, response_id=None, source="response", source_row=row)
    rest = experiences.assign(response_id=None, source="event", source_row=row)
    plain = found_importance(experiences, responses)
    for own in (by_form, by_row):
        everything = pd.concat([rest, own.loc[own["phase"] == "payment"]], ignore_index=True)
        pd.testing.assert_frame_equal(found_importance(everything, responses), plain)


def with_tied_answers(responses: pd.DataFrame, **columns) -> pd.DataFrame:
    """The answers, and one more of each customer that is tied to an event and stands in row 1000 and on."""
    tied = responses.assign(metric="csat", event_id="e" + responses["customer_id"], **columns)
    return pd.concat([responses.assign(event_id=None), tied.set_axis(tied.index + 1000)])


def test_what_was_told_after_the_answer_does_not_count_though_it_happened_before():
    experiences, responses = design()
    responses["response_id"] = [f"r{number}" for number in range(len(responses))]
    is_payment = experiences["phase"] == "payment"
    row = experiences["customer_id"].map(pd.Series(responses.index + 1000, responses["customer_id"]))
    other = experiences.loc[is_payment].assign(
        gap=-3 * experiences["customer_id"].map(responses.set_index("customer_id")["score"]),
        source="response", source_row=row, response_id="other",
    )  # fmt: skip
    everything = pd.concat([experiences.assign(source="event", source_row=0, response_id=None), other])
    plain = found_importance(experiences, responses)
    for told in (9, 11):
        later = with_tied_answers(responses, response_id="other", answered_at=MARCH + pd.Timedelta(days=told))
        pd.testing.assert_frame_equal(found_importance(everything, later), plain)
    before = with_tied_answers(responses, response_id="other", answered_at=MARCH + pd.Timedelta(days=8))
    assert shares(found_importance(everything, before)) != pytest.approx(shares(plain), nan_ok=True)
    # the form of the overall answer asked about the event too, and a later form hides that
    own = before.iloc[len(responses) :].set_axis(np.arange(2000, 2000 + len(responses)))
    own = own.assign(metric="ces", response_id=responses["response_id"].to_numpy())
    pd.testing.assert_frame_equal(found_importance(everything, pd.concat([before, own])), plain)
    # and where the experience names no form, the row does
    nameless = everything.assign(response_id=None)
    same_form = before.assign(response_id=np.tile(responses["response_id"], 2))
    pd.testing.assert_frame_equal(found_importance(nameless, same_form), plain)
    pd.testing.assert_frame_equal(found_importance(nameless, same_form.drop(columns="event_id")), plain)


def test_of_two_answers_of_one_moment_the_later_row_counts():
    experiences, responses = design()
    first = responses.assign(score=-responses["score"])
    both = pd.concat([first, responses], ignore_index=True)
    plain = found_importance(experiences, responses)
    for rows in (both, both.iloc[::-1], both.sample(frac=1, random_state=3)):
        pd.testing.assert_frame_equal(found_importance(experiences, rows), plain)
    named = both.rename_axis("source_row")  # as a study's answers are
    pd.testing.assert_frame_equal(found_importance(experiences, named), plain)


def test_a_survey_weight_counts_as_so_many_customers():
    experiences, responses = design((1, 2, 3))
    responses["score"] += np.arange(len(responses)) % 7
    heavy = responses.assign(survey_weight=np.where(responses.index < 10, 2.0, np.nan))
    copies = experiences.loc[experiences["customer_id"] < "c010"].assign(
        customer_id=lambda rows: rows["customer_id"] + "x"
    )
    twins = responses.iloc[:10].assign(customer_id=lambda rows: rows["customer_id"] + "x")
    doubled = found_importance(pd.concat([experiences, copies]), pd.concat([responses, twins], ignore_index=True))
    weighted = found_importance(experiences, heavy)
    assert shares(weighted) == pytest.approx(shares(doubled))
    assert weighted["correlation"].tolist() == pytest.approx(doubled["correlation"].tolist())
    # the adjustment goes by the effective n: 106² / 126 customers tell less than 106
    plain = (doubled["r2"].iloc[0] + 3 / 102) / (1 + 3 / 102)
    assert weighted["r2"].iloc[0] == pytest.approx(plain - 3 * (1 - plain) / (106**2 / 126 - 4))
    weightless = responses.assign(survey_weight=np.where(responses.index < 5, 0.0, 1.0))
    assert found_importance(experiences, weightless)["n_customers"].iloc[0] == 91


@pytest.mark.parametrize("weight", [-1.0, np.inf])
def test_a_weight_that_is_none_is_refused(weight):
    experiences, responses = design()
    responses["survey_weight"] = np.where(responses.index == 3, weight, 1.0)
    with pytest.raises(ParameterError, match="1 survey weights, such as"):
        found_importance(experiences, responses)


def test_the_interval_weighs_customers_too():
    experiences, responses = design()
    others, their_answers = design((0, 0, 9))
    others["customer_id"] += "x"
    their_answers["customer_id"] += "x"
    everybody = pd.concat(
        [responses.assign(survey_weight=1.0), their_answers.assign(survey_weight=1e-9)], ignore_index=True
    )
    found = found_importance(pd.concat([experiences, others]), everybody)
    assert found["n_customers"].iloc[0] == 192
    assert found["high_share"].iloc[2] < 0.2 < 0.6 < found["low_share"].iloc[0]


def test_who_lacks_a_phase_is_left_out_and_counted():
    experiences, responses = design()
    lacking = experiences.loc[~((experiences["customer_id"] < "c004") & (experiences["phase"] == "payment"))]
    found = found_importance(lacking, responses)
    assert found["n_customers"].tolist() == [92] * 3 and found["n_answered"].tolist() == [96] * 3
    assert found["n_without"].tolist() == [0, 0, 4]


@pytest.mark.parametrize(
    ("reason", "changed"),
    [
        ("nobody_answered", lambda e, r: (e, r.assign(metric="ces"))),
        ("phase_unmeasured", lambda e, r: (e.loc[e["phase"] != "payment"], r)),
        ("too_few", lambda e, r: (e, r.iloc[: 3 * FEWEST_PER_PHASE - 1])),
        ("no_spread", lambda e, r: (e, r.assign(score=7.0))),
        ("unexplained", lambda e, r: (e, r.assign(score=np.arange(len(r)) % 5.0))),
    ],
)
def test_without_shares_the_frame_says_why(reason, changed):
    found = found_importance(*changed(*design()))
    assert found["reason"].tolist() == [reason] * 3
    assert found[["importance_share", "low_share", "high_share"]].isna().all(axis=None)
    assert declared_against_found(found, "restaurant")["verdict"].isna().all()
    assert found["phase"].tolist() == PHASES


def test_a_larger_smallest_base_is_respected():
    assert found_importance(*design(), smallest_base=97)["reason"].tolist() == ["too_few"] * 3


def test_r2_is_adjusted_and_weighted_customers_tell_less():
    experiences, responses = design((1, 0, 0), noise=(17 / 12) ** 0.5)
    found = found_importance(experiences, responses, draws=2000)
    # 0.25 of 0.25 + 17/12 is 0.15, of which three phases among 96 customers get 0.028 by chance
    assert found["r2"].tolist() == pytest.approx([0.15 - 3 * 0.85 / 92] * 3)
    # the standard error of R² is about 2 · √R² · (1 − R²) / √n = 0.067
    low, high = found["low_r2"].iloc[0], found["high_r2"].iloc[0]
    assert 0 <= low < 0.03 and 0.22 < high < 0.28
    # one in twelve weighs fifty times as much: as many as twelve customers, and R² the same
    heavy = responses.assign(survey_weight=np.where(responses.index % 12 == 0, 50.0, 1.0))
    assert found_importance(experiences, heavy)["reason"].tolist() == ["unexplained"] * 3


def samples(weights, *, n: int, how_many: int, mixed=None):
    """Seeded samples of customers whose three phases are normal, and whose score is their sum and noise."""
    rng = np.random.default_rng(11)
    names = [f"c{number:03d}" for number in range(n)]
    for _ in range(how_many):
        drivers = rng.normal(size=(n, 3)) @ (np.eye(3) if mixed is None else mixed)
        score = drivers @ np.asarray(weights) + rng.normal(size=n)
        frame = gaps(list(zip(np.repeat(names, 3), PHASES * n, drivers.ravel(), strict=True)))
        yield frame, answers(dict(zip(names, score, strict=True)))


def test_a_phase_that_explains_nothing_agrees_with_a_declared_weight_of_zero():
    declared = {"purchase": 1, "consumption": 1, "payment": 0}
    compared = [
        declared_against_found(found_importance(*sample, draws=60), declared)
        for sample in samples((0.6, 0.6, 0), n=150, how_many=40)
    ]
    verdicts = [each["verdict"].iloc[2] for each in compared]
    assert 34 <= verdicts.count("agrees") < 40  # two tests at 5 % each: 36 to 38 of 40
    agreeing = next(each for each in compared if each["verdict"].iloc[2] == "agrees")
    assert agreeing["low_share"].iloc[2] == 0 < agreeing["importance_share"].iloc[2]
    assert (agreeing["low_share"].iloc[:2] > 0.1).all()


def test_where_two_phases_explain_nothing_the_third_may_explain_all():
    declared = {"purchase": 1, "consumption": 0, "payment": 0}
    verdicts = [
        declared_against_found(found_importance(*sample, draws=60), declared)["verdict"].tolist()
        for sample in samples((0.6, 0, 0), n=150, how_many=20)
    ]
    assert verdicts.count(["agrees"] * 3) >= 14


def test_a_phase_that_goes_with_the_score_through_another_has_a_share_above_zero():
    mixed = np.array([[1, 0, 0.9], [0, 1, 0], [0, 0, 0.4]])  # payment is purchase and a little of its own
    found = found_importance(*next(samples((1, 0.5, 0), n=300, how_many=1, mixed=mixed)), draws=200)
    assert found["low_share"].iloc[2] > 0.1


def test_a_phase_in_which_all_had_the_same_explains_nothing():
    experiences, responses = design()
    flat = experiences.assign(gap=experiences["gap"].where(experiences["phase"] != "payment", 0.3))
    found = found_importance(flat, responses)
    assert shares(found) == pytest.approx([0.8, 0.2, 0]) and pd.isna(found["correlation"].iloc[2])


def test_row_order_and_inputs():
    experiences, responses = design((1, 2, 3))
    responses["score"] += np.arange(len(responses)) % 7
    before = experiences.copy(deep=True), responses.copy(deep=True)
    found = found_importance(experiences, responses, seed=4)
    pd.testing.assert_frame_equal(experiences, before[0])
    pd.testing.assert_frame_equal(responses, before[1])
    shuffled = found_importance(
        experiences.sample(frac=1, random_state=1), responses.sample(frac=1, random_state=2), seed=4
    )
    pd.testing.assert_frame_equal(shuffled, found)
    assert found_importance(experiences, responses, seed=5)["low_share"].iloc[0] != found["low_share"].iloc[0]
    assert shares(found) == pytest.approx(shares(found_importance(experiences, responses, draws=1)))
    assert sum(shares(found)) == pytest.approx(1)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    hits, r2_hits = 0, 0
    for sample in samples((0.8, 0.4, 0.4), n=150, how_many=60):  # true shares 2/3, 1/6, 1/6; R² 0.96 / 1.96
        found = found_importance(*sample, draws=200)
        hits += found["low_share"].iloc[0] <= 2 / 3 <= found["high_share"].iloc[0]
        r2_hits += found["low_r2"].iloc[0] <= 0.96 / 1.96 <= found["high_r2"].iloc[0]
    assert 52 <= hits <= 60 and 52 <= r2_hits <= 60  # 95 % of 60 is 57


def test_declared_outside_the_interval_disagrees():
    found = found_importance(*design())
    compared = declared_against_found(found, {"purchase": 1, "consumption": 1, "payment": 2})
    assert compared["declared_share"].tolist() == [0.25, 0.25, 0.5]
    assert compared["verdict"].tolist() == ["underrated", "agrees", "overrated"]


def test_what_reads_the_same_agrees():
    found = found_importance(*design()).assign(low_share=[0.434, 0.1, 0.126], high_share=[0.6, 0.4249, 0.2])
    declared = {"purchase": 3 / 7, "consumption": 3 / 7 - 1 / 280, "payment": 1 / 7 + 1 / 280}
    # 43 % and 43 %; 42.5 % and 42 %; 14.6 % in 13 % to 20 %
    assert declared_against_found(found, declared)["verdict"].tolist() == ["agrees", "overrated", "agrees"]
    half = found.assign(low_share=[0.1, 0.1, 0.13])
    eighth = declared_against_found(half, {"purchase": 4, "consumption": 3, "payment": 1})
    assert eighth["verdict"].iloc[2] == "agrees"  # 12.5 % reads as 13 %


def test_what_is_wrong_is_named():
    experiences, responses = design()
    with pytest.raises(MissingColumnError, match="answered_at"):
        found_importance(experiences, responses.drop(columns="answered_at"))
    with pytest.raises(MissingColumnError, match="gap"):
        found_importance(experiences.drop(columns="gap"), responses)
    with pytest.raises(ParameterError, match="draws must be at least 1"):
        found_importance(experiences, responses, draws=0)
    naive = experiences.assign(occurred_at=experiences["occurred_at"].dt.tz_localize(None))
    with pytest.raises(ParameterError, match=r"both have a timezone, or neither: use \.dt"):
        found_importance(naive, responses)
    with pytest.raises(ParameterError, match=r"96 experiences have an unknown phase.*did you mean 'payment'"):
        found_importance(experiences.assign(phase=experiences["phase"].replace("payment", "paiment")), responses)
    with pytest.raises(ParameterError, match=r"no answer has the metric 'npss'.*did you mean 'nps'"):
        found_importance(experiences, responses, metric="npss")
    assert found_importance(experiences, responses, metric="csat")["reason"].tolist() == ["nobody_answered"] * 3
