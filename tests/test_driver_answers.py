"""Which answers count, by which policy, and the correlations that follow."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.drivers.answers import driver_answers
from cxlib.drivers.correlations import Products, contradicts, mended, weighted_sums
from cxlib.drivers.resampling import effective_sizes, outside_share, percentile_interval, samples_of_people
from cxlib.errors import MissingColumnError, ParameterError

NA = np.nan
ANSWERS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c", "d", "e", None, None],
        "overall": [5, 4, 3, NA, 2, 1, 5, 4],
        "price": [5, 4, NA, 1, NA, 2, 5, 3],
        "staff": [4, 4, 2, 1, NA, 2, 4, 1],
        "survey_weight": [1, NA, 1, 1, 1, 0, 2, 1],
    }
)


def used(missing="listwise", answers=ANSWERS, **columns):
    return driver_answers(answers.assign(**columns), outcome="overall", drivers=["price", "staff"], missing=missing)


def correlations(found) -> np.ndarray:
    products = Products.of(found)
    return products.correlations(weighted_sums(products, np.ones((1, found.n_customers), np.int16), found))[0]


def test_every_row_has_one_fate_by_hand():
    whole = used().fates.set_index("fate")["n_answers"]
    # c has no outcome, e no weight, d no driver, b no price; used: a twice, and two without a name, who are two people
    assert whole.to_dict() == {"used": 4, "no_outcome": 1, "no_weight": 1, "no_driver": 1, "incomplete": 1}
    assert used().n_customers == 3 and used().weight.tolist() == [1, 1, 2, 1]
    pairs = used("pairwise").fates.set_index("fate")["n_answers"]
    assert pairs.to_dict() == {"used": 5, "no_outcome": 1, "no_weight": 1, "no_driver": 1, "incomplete": 0}
    assert used("pairwise").n_customers == 4


def test_each_driver_says_who_answered_it_and_what_leaving_it_out_would_give():
    asked = used().asked.set_index("driver")
    assert asked["n_outcome"].tolist() == [5, 5]  # a, b, d and the two without a name
    assert asked["n_answered"].tolist() == [3, 4]
    assert asked["n_without"].tolist() == [4, 3]


def test_the_effective_n_counts_a_persons_rows_together():
    # weights of people 2, 2 and 1
    assert used().effective_n == pytest.approx(25 / 9)


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_without_weights_the_correlations_are_those_of_pandas(missing):
    rng = np.random.default_rng(4)
    answers = pd.DataFrame(rng.normal(size=(90, 4)) @ rng.normal(size=(4, 4)), columns=["a", "b", "c", "y"])
    answers = answers.mask(rng.random(answers.shape) < 0.2)
    found = driver_answers(answers, outcome="y", drivers=["a", "b", "c"], missing=missing)
    expected = answers.dropna() if missing == "listwise" else answers.loc[answers["y"].notna()]
    np.testing.assert_allclose(correlations(found), expected.corr().to_numpy(), atol=1e-12)


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_a_weight_of_two_is_the_row_twice_and_so_is_being_drawn_twice(missing):
    rng = np.random.default_rng(6)
    answers = pd.DataFrame(rng.normal(size=(30, 3)), columns=["price", "staff", "overall"])
    answers = answers.mask(rng.random(answers.shape) < 0.1)
    doubled = pd.concat([answers, answers.iloc[:9]])
    plain = correlations(used(missing, doubled))
    heavy = correlations(used(missing, answers.assign(survey_weight=[2.0] * 9 + [1.0] * 21)))
    np.testing.assert_allclose(heavy, plain, atol=1e-12)
    of_person = answers.assign(customer_id=range(30))
    found = used(missing, of_person)
    is_drawn_twice = np.isin(found.person, found.person[:1])
    products = Products.of(found)
    times = np.ones((1, found.n_customers), np.int16)
    times[0, found.person[0]] = 2
    drawn = products.correlations(weighted_sums(products, times, found))[0]
    again = pd.DataFrame(found.scores, columns=["price", "staff", "overall"])
    again = pd.concat([again, again.loc[is_drawn_twice]])
    np.testing.assert_allclose(drawn, correlations(used(missing, again)), atol=1e-12)


@settings(max_examples=30)
@given(st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter_and_inputs_stay(seed):
    rng = np.random.default_rng(seed)
    answers = pd.DataFrame(rng.integers(1, 6, (40, 3)).astype(float), columns=["price", "staff", "overall"])
    answers = answers.mask(rng.random(answers.shape) < 0.1).assign(customer_id=rng.integers(0, 20, 40))
    before = answers.copy()
    one, other = used(answers=answers), used(answers=answers.sample(frac=1, random_state=seed))
    np.testing.assert_allclose(correlations(one), correlations(other), atol=1e-12)
    assert one.n_customers == other.n_customers and one.fates.equals(other.fates)
    assert one.fates["n_answers"].sum() == len(answers)
    pd.testing.assert_frame_equal(answers, before)


def test_a_driver_without_spread_has_no_correlation_and_such_an_outcome_none_that_is_known():
    answers = pd.DataFrame({"price": [3.0] * 6, "staff": [1.0, 2, 3, 1, 2, 3], "overall": [1.0, 2, 2, 1, 2, 3]})
    found = correlations(used(answers=answers))
    assert found[0].tolist() == [1, 0, 0]
    assert np.isnan(correlations(used(answers=answers.assign(overall=2.0)))[:2, 2]).all()


def test_contradictions_are_seen_and_mended():
    wrong = np.array([[[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]], np.eye(3)])
    assert contradicts(wrong).tolist() == [True, False]
    right = mended(wrong)
    assert not contradicts(right).any()
    np.testing.assert_allclose(right[1], np.eye(3), atol=1e-12)
    assert np.diagonal(right[0]) == pytest.approx([1, 1, 1])


def test_samples_are_of_so_many_people_and_progress_is_told_to_the_end():
    heard = []
    blocks = list(samples_of_people(7, draws=200, seed=3, progress=lambda *step: heard.append(step)))
    times = np.concatenate(blocks)
    assert times.shape == (200, 7) and (times.sum(axis=1) == 7).all()
    assert heard[-1] == (200, 200) and [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert (times.mean(axis=0) > 0.75).all()
    again = np.concatenate(list(samples_of_people(7, draws=200, seed=3)))
    assert (times == again).all()


def test_the_effective_n_of_a_sample_counts_whom_it_drew_by_weight():
    # weights 2, 2 and 3 of those drawn; then nobody of any weight
    times = np.array([[1, 2, 3, 0], [0, 0, 0, 5]], np.int16)
    assert effective_sizes(times, np.array([2.0, 1, 1, 0])).tolist() == pytest.approx([49 / 17, 0])
    # more people than are summed at once
    many = np.random.default_rng(1).integers(0, 4, (2, 5000)).astype(np.int16)
    expected = many.sum(axis=1, dtype=float) ** 2 / (many.astype(float) ** 2).sum(axis=1)
    np.testing.assert_allclose(effective_sizes(many, np.ones(5000)), expected)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("share", [0.05, 0.4, 0.8])
def test_pairwise_correlations_of_a_sample_are_those_of_its_rows(weighted, share):
    rng = np.random.default_rng(int(100 * share))
    answers = pd.DataFrame(rng.normal(size=(240, 4)) @ rng.normal(size=(4, 4)), columns=["price", "staff", "site", "y"])
    # the first is seldom answered, the second mostly, the third always: gaps are summed from either side
    answers["price"] = answers["price"].mask(rng.random(240) < share)
    answers["staff"] = answers["staff"].mask(rng.random(240) < 0.2)
    answers = answers.assign(customer_id=rng.integers(0, 90, 240))
    if weighted:
        answers["survey_weight"] = rng.lognormal(size=240)
    found = driver_answers(answers, outcome="y", drivers=["price", "staff", "site"], missing="pairwise")
    products = Products.of(found)
    assert [few for few, _ in products.gaps] == [share > 0.5, False, False, False]
    times = next(samples_of_people(found.n_customers, draws=100, seed=2))[:5]
    drawn = products.correlations(weighted_sums(products, times, found))
    for sample, r in zip(times, drawn, strict=True):
        weight = found.weight * sample[found.person]
        for one, other in combinations(range(4), 2):
            both = ~np.isnan(found.scores[:, [one, other]]).any(axis=1)
            expected = np.cov(found.scores[both][:, [one, other]].T, aweights=weight[both], ddof=0)
            assert r[one, other] == pytest.approx(expected[0, 1] / np.sqrt(expected[0, 0] * expected[1, 1]), abs=1e-12)


def test_a_pair_that_nobody_drawn_answered_has_no_correlation():
    answers = pd.DataFrame(
        {"price": [1, 2, 3, NA, NA, 5], "staff": [NA, NA, NA, 1, 2, 3], "overall": [1.0, 2, 3, 1, 2, 5]}
    ).assign(survey_weight=[0.1, 0.3, 0.7, 0.1, 0.3, 0.7])
    found = used("pairwise", answers)
    products = Products.of(found)
    drawn = products.correlations(weighted_sums(products, np.array([[1, 1, 2, 1, 1, 0]], np.int16), found))[0]
    assert np.isnan(drawn[0, 1]) and np.isfinite(drawn[:2, 2]).all()


def test_the_interval_is_wider_for_few_people():
    # by hand from tables, 20 people and a mean: t of 19 degrees is 2.0930, times √(20/19) is 2.1474, and beyond that
    # the normal distribution has 0.0159
    assert outside_share(19) == pytest.approx(0.0159, abs=5e-5)
    drawn = np.arange(1001.0)[:, None]
    assert [end.item() for end in percentile_interval(drawn, df=1e9)] == pytest.approx([25, 975], abs=0.01)
    low, high = percentile_interval(drawn, df=20)
    assert low.item() < 20 and high.item() > 980
    assert np.isnan(percentile_interval(drawn * np.nan, df=20)).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"missing": "mean"}, "missing is 'mean'; allowed: listwise, pairwise"),
        ({"drivers": []}, "drivers is empty"),
        ({"drivers": ["price", "overall"]}, "the outcome 'overall' is among its own drivers"),
        ({"drivers": ["price", "price"]}, "names 'price' more than once"),
        ({"drivers": ["customer_id"]}, "'customer_id' holds .*, not numbers"),
        ({"drivers": ["endless"]}, "'endless' holds 1 infinite values"),
        ({"answers": ANSWERS.assign(survey_weight=-1)}, "8 survey weights, such as -1, are negative"),
        ({"answers": ANSWERS.assign(survey_weight="much")}, "survey_weight holds str, not numbers"),
    ],
)
def test_what_cannot_be_used_is_refused(changed, message):
    options = {"answers": ANSWERS.assign(endless=[np.inf, *range(7)]), "outcome": "overall", "drivers": ["price"]}
    options |= changed
    with pytest.raises(ParameterError, match=message):
        driver_answers(options.pop("answers"), **options)
    with pytest.raises(MissingColumnError, match="'prise' \\(is it 'price'"):
        driver_answers(ANSWERS, outcome="overall", drivers=["prise"])
    with pytest.raises(ParameterError, match="draws must be at least 100"):
        next(samples_of_people(5, draws=99, seed=0))
