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


def design(weights=(2.0, 1.0, 0.0), *, times: int = 5):
    """Every combination of good and bad in the three phases, some times over: the phases are uncorrelated."""
    rows, scores = [], {}
    for number, (signs, _) in enumerate(product(product([-0.5, 0.5], repeat=3), range(times))):
        name = f"c{number:03d}"
        rows += [(name, phase, gap) for phase, gap in zip(PHASES, signs, strict=True)]
        scores[name] = 5 + float(np.dot(weights, signs))
    return gaps(rows), answers(scores)


def shares(found: pd.DataFrame) -> list[float]:
    return found["importance_share"].tolist()


def test_uncorrelated_phases_by_hand():
    found = found_importance(*design())
    # variances 4, 1 and 0 of a sum of 5
    assert shares(found) == pytest.approx([0.8, 0.2, 0])
    assert found["r2"].tolist() == pytest.approx([1, 1, 1])
    assert found["correlation"].tolist() == pytest.approx([0.8**0.5, 0.2**0.5, 0], abs=1e-12)
    assert found["n_customers"].tolist() == [40] * 3 == found["n_answered"].tolist()
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
    assert weighted["r2"].iloc[0] == pytest.approx(doubled["r2"].iloc[0])
    weightless = responses.assign(survey_weight=np.where(responses.index < 5, 0.0, 1.0))
    assert found_importance(experiences, weightless)["n_customers"].iloc[0] == 35


def test_the_interval_weighs_customers_too():
    experiences, responses = design()
    others, their_answers = design((0, 0, 9))
    others["customer_id"] += "x"
    their_answers["customer_id"] += "x"
    everybody = pd.concat(
        [responses.assign(survey_weight=1.0), their_answers.assign(survey_weight=1e-9)], ignore_index=True
    )
    found = found_importance(pd.concat([experiences, others]), everybody)
    assert found["n_customers"].iloc[0] == 80
    assert found["high_share"].iloc[2] < 0.2 < 0.6 < found["low_share"].iloc[0]


def test_who_lacks_a_phase_is_left_out_and_counted():
    experiences, responses = design(times=6)
    lacking = experiences.loc[~((experiences["customer_id"] < "c004") & (experiences["phase"] == "payment"))]
    found = found_importance(lacking, responses)
    assert found["n_customers"].tolist() == [44] * 3 and found["n_answered"].tolist() == [48] * 3
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
    assert found_importance(*design(), smallest_base=41)["reason"].tolist() == ["too_few"] * 3


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
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(60):
        drivers = rng.normal(size=(150, 3))
        score = drivers @ [0.8, 0.4, 0.4] + rng.normal(size=150)  # true shares 2/3, 1/6, 1/6
        names = [f"c{number:03d}" for number in range(150)]
        rows = [
            (name, phase, gap)
            for name, own in zip(names, drivers, strict=True)
            for phase, gap in zip(PHASES, own, strict=True)
        ]
        found = found_importance(gaps(rows), answers(dict(zip(names, score, strict=True))), draws=200)
        hits += found["low_share"].iloc[0] <= 2 / 3 <= found["high_share"].iloc[0]
    assert 52 <= hits <= 60  # 95 % of 60 is 57


def test_declared_outside_the_interval_disagrees():
    found = found_importance(*design())
    compared = declared_against_found(found, {"purchase": 1, "consumption": 1, "payment": 2})
    assert compared["declared_share"].tolist() == [0.25, 0.25, 0.5]
    assert compared["verdict"].tolist() == ["underrated", "agrees", "overrated"]


def test_what_is_wrong_is_named():
    experiences, responses = design()
    with pytest.raises(MissingColumnError, match="answered_at"):
        found_importance(experiences, responses.drop(columns="answered_at"))
    with pytest.raises(MissingColumnError, match="gap"):
        found_importance(experiences.drop(columns="gap"), responses)
    with pytest.raises(ParameterError, match="draws must be at least 1"):
        found_importance(experiences, responses, draws=0)
