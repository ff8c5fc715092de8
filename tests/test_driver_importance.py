"""Drivers of a score: on designs that can be read, on published data, and what must not be shown."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.drivers.importance import OF_EXPLAINED, TOP, driver_importance
from cxlib.drivers.lmg import MOST_DRIVERS
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.scales import Scale

DRAWS = 200


NOISE = (-3.0, -1.0, 1.0, 3.0)
"""Of variance 5; sums of it and answers coincide, so that no answer follows from the outcome."""


def design(weights=(2.0, 1.0, 0.0), *, times: int = 12, noise: float = 0.0) -> pd.DataFrame:
    """Every combination of a good and a bad answer to three questions, some times over: they are uncorrelated, and so
    is the noise, of which every combination gets as much."""
    rows = []
    for signs, turn in product(product([-1.0, 1.0], repeat=3), range(times)):
        rows.append([*signs, float(np.dot(weights, signs)) + noise * NOISE[turn % 4]])
    return pd.DataFrame(rows, columns=["price", "staff", "site", "overall"])


def found(answers, **options):
    drivers = options.pop("drivers", ["price", "staff", "site"])
    return driver_importance(answers, outcome="overall", drivers=drivers, **{"draws": DRAWS} | options)


def kinds(result) -> list[str]:
    return [caution.kind for caution in result.cautions]


def test_uncorrelated_drivers_by_hand():
    # variances 4, 1 and 0, and 5 of noise
    result = found(design(noise=1.0))
    frame = result.drivers
    assert frame["driver"].tolist() == ["price", "staff", "site"]
    assert frame["lmg"].tolist() == pytest.approx([0.4, 0.1, 0.0])
    assert frame["lmg_share"].tolist() == pytest.approx([0.8, 0.2, 0.0])
    assert frame["relative_weight"].tolist() == pytest.approx([0.4, 0.1, 0.0])
    assert frame["weight_share"].tolist() == pytest.approx([0.8, 0.2, 0.0])
    assert frame["correlation"].tolist() == pytest.approx([0.4**0.5, 0.1**0.5, 0.0], abs=1e-12)
    assert frame["beta"].tolist() == pytest.approx(frame["correlation"].tolist(), abs=1e-12)
    assert frame["vif"].tolist() == pytest.approx([1, 1, 1]) and frame["rank"].tolist() == [1, 2, 3]
    assert result.r2 == pytest.approx(0.5) and result.adjusted_r2 == pytest.approx(1 - 0.5 * 95 / 92)
    assert result.n_customers == 96 == result.effective_n and result.n_orders is None and kinds(result) == []
    assert (frame["r2"] == result.r2).all() and (frame["n_customers"] == 96).all()


def test_intervals_hold_their_estimates_and_a_driver_of_nothing_may_be_nothing():
    result = found(design(noise=1.0), draws=1000)
    frame = result.drivers
    for name in ("lmg", "relative_weight"):
        assert (frame[f"low_{name}"] <= frame[name]).all() and (frame[name] <= frame[f"high_{name}"]).all()
    assert (frame["low_share"] <= frame["lmg_share"]).all() and (frame["lmg_share"] <= frame["high_share"]).all()
    assert frame["low_lmg"].iloc[2] == 0 == frame["low_share"].iloc[2] and frame["low_lmg"].iloc[0] > 0.2
    assert frame["high_lmg"].iloc[2] > 0.01
    assert result.low_r2 < result.adjusted_r2 < result.high_r2
    assert frame["top_share"].tolist() == [1, 1, 1] and TOP == 3
    assert frame["low_rank"].iloc[0] == 1 and frame["high_rank"].iloc[2] == 3


def test_the_published_numbers_of_the_advertisers(shared_data):
    """LMG, R² and relative weights published for the data set customerSat of the R package bayesm."""
    answers = pd.read_csv(shared_data / "reference_tables" / "customerSat.csv")
    drivers = [f"q{number}" for number in range(2, 11)]
    result = driver_importance(answers, outcome="q1", drivers=drivers, draws=DRAWS)
    assert result.r2 == pytest.approx(0.716729, abs=5e-7) and result.n_customers == 1811
    printed = [0.08709562, 0.07039182, 0.16142831, 0.0787233, 0.15222723, 0.0627629, 0.05032439, 0.02569774, 0.02807759]
    assert result.drivers["lmg"].tolist() == pytest.approx(printed, abs=5e-9)
    printed = [0.0914195, 0.0741815, 0.1488983, 0.0788269, 0.1523142, 0.0648323, 0.0510699, 0.0253888, 0.0297975]
    assert result.drivers["relative_weight"].tolist() == pytest.approx(printed, abs=5e-8)
    assert set(result.drivers.loc[result.drivers["rank"] <= 2, "driver"]) == {"q4", "q6"}


def test_forms_of_one_customer_are_one_person():
    alone = design((1, 1, 1), noise=1.0)
    thrice = pd.concat([alone] * 3).assign(customer_id=np.tile(np.arange(len(alone)), 3))
    one, many = found(alone, draws=1000), found(thrice, draws=1000)
    as_people = found(thrice.drop(columns="customer_id"), draws=1000)
    assert many.n_customers == 96 == many.effective_n and as_people.n_customers == 288
    assert many.drivers["lmg"].tolist() == pytest.approx(one.drivers["lmg"].tolist())
    width = {name: (each.drivers["high_lmg"] - each.drivers["low_lmg"]).mean() for name, each in
             {"one": one, "many": many, "as_people": as_people}.items()}  # fmt: skip
    assert width["many"] == pytest.approx(width["one"], rel=1e-9)
    assert width["as_people"] == pytest.approx(width["one"] / 3**0.5, rel=0.1)


def test_survey_weights_count_as_so_many_people_and_lower_the_effective_n():
    answers = design((1, 2, 3), noise=1.0)
    heavy = answers.assign(survey_weight=np.where(np.arange(96) < 10, 2.0, np.nan))
    doubled = found(pd.concat([answers, answers.iloc[:10]]))
    weighted = found(heavy)
    assert weighted.drivers["lmg"].tolist() == pytest.approx(doubled.drivers["lmg"].tolist())
    assert weighted.effective_n == pytest.approx(106**2 / 126) and weighted.n_customers == 96


def test_pairwise_uses_forms_that_listwise_cannot():
    answers = design((1, 1, 1), noise=1.0, times=36)
    answers.loc[answers.index % 3 == 0, "price"] = np.nan
    answers.loc[answers.index % 3 == 1, "staff"] = np.nan
    listwise, pairwise = found(answers), found(answers, missing="pairwise")
    assert listwise.n_customers == 96 and pairwise.n_customers == 288
    assert pairwise.drivers["n_answered"].tolist() == [192, 192, 288]
    assert pairwise.drivers["lmg"].tolist() == pytest.approx([1 / 8] * 3, abs=0.03)
    # without a gap the two are one
    whole = design((1, 2, 3), noise=1.0)
    pd.testing.assert_frame_equal(found(whole).drivers, found(whole, missing="pairwise").drivers)


def test_pairwise_correlations_that_nobody_can_have_are_refused():
    good, bad = np.linspace(1, 5, 20), np.linspace(5, 1, 20)
    gap = np.full(20, np.nan)
    parts = [(good, good, gap, good), (gap, good, good, good), (good, gap, bad, good)]
    answers = pd.concat([pd.DataFrame(dict(zip(["price", "staff", "site", "overall"], p, strict=True))) for p in parts])
    with pytest.raises(ParameterError, match=r'contradict each other.*use missing="listwise"'):
        found(answers, missing="pairwise")


def test_more_drivers_than_can_be_fitted_in_every_subset_are_sampled_and_it_is_said():
    rng = np.random.default_rng(8)
    drivers = [f"d{number}" for number in range(MOST_DRIVERS + 1)]
    answers = pd.DataFrame(rng.normal(size=(600, len(drivers))), columns=drivers)
    answers["overall"] = answers["d0"] + 0.5 * answers["d1"] + rng.normal(size=600)
    result = found(answers, drivers=drivers, draws=100)
    assert result.n_orders == 20 * 2 * 16 and "sampled" in kinds(result)
    frame = result.drivers
    assert frame["lmg"].sum() == pytest.approx(result.r2) and (frame["order_error"] > 0).all()
    assert frame["rank"].iloc[0] == 1 and frame["order_error"].max() < 0.01
    assert "16 drivers are too many for every order of entry: 640 balanced orders" in result.said()[-1]
    exact = found(answers, drivers=drivers[:-1], draws=100)
    assert exact.n_orders is None and (exact.drivers["order_error"] == 0).all()


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("too_few", design().iloc[:5]),
        ("too_few", design().assign(price=np.nan)),
        ("outcome_alike", design().assign(overall=7.0)),
    ],
)
def test_without_figures_the_caution_says_why(kind, answers):
    result = found(answers)
    assert kind in kinds(result) and np.isnan(result.r2)
    assert result.drivers[["lmg", "low_lmg", "relative_weight", "correlation", "rank"]].isna().all(axis=None)


def test_directions_are_told_towards_the_good_end_of_each_scale():
    effort = Scale(name="effort", minimum=-9, maximum=9, expected=0, better="lower")
    turned = design((2.0, -1.0, 0.0), noise=1.0)
    plain = found(turned)
    assert plain.drivers["goes_with"].tolist()[:2] == ["better", "worse"] and pd.isna(
        plain.drivers["goes_with"].iloc[2]
    )
    assert kinds(plain) == ["goes_against"]
    assert "Better answers about staff go together with a worse overall (correlation −0.32)" in plain.said()[0]
    said = found(turned, scales={"staff": effort})
    assert said.drivers["goes_with"].tolist()[:2] == ["better", "better"] and kinds(said) == []
    pd.testing.assert_frame_equal(said.drivers.drop(columns="goes_with"), plain.drivers.drop(columns="goes_with"))
    both = found(turned, scales={"overall": effort, "price": effort})
    assert both.drivers["goes_with"].tolist()[:2] == ["better", "better"] and kinds(both) == []
    with pytest.raises(
        ParameterError, match="scales names 'staf', which is no column of answers; did you mean 'staff'"
    ):
        found(turned, scales={"staf": effort})


def test_no_rows_and_nobody_give_the_same_columns_and_types():
    usual = found(design(noise=1.0)).drivers
    for answers in (design().iloc[:0], design().iloc[:5], design().assign(price=np.nan), design().assign(overall=7.0)):
        assert found(answers).drivers.dtypes.to_dict() == usual.dtypes.to_dict()


def test_nothing_is_shown_under_the_smallest_base():
    answers = design(noise=1.0).iloc[:90]
    assert found(answers, smallest_base=90).drivers["lmg"].notna().all()
    assert found(answers, smallest_base=91).drivers["lmg"].isna().all()
    # three people, however often they answer
    often = answers.assign(customer_id=answers.index % 3)
    assert found(often).drivers["lmg"].isna().all()


def test_where_nothing_is_explained_there_are_no_shares():
    answers = design().assign(overall=np.arange(96) % 5.0)
    result = found(answers)
    assert kinds(result)[0] == "unexplained"
    assert result.drivers[OF_EXPLAINED].isna().all(axis=None)
    assert result.drivers["lmg"].notna().all() and (result.drivers["low_lmg"] == 0).all()


@settings(max_examples=6)
@given(st.integers(0, 10_000))
def test_scale_and_order_of_anything_do_not_matter_and_inputs_stay(seed):
    rng = np.random.default_rng(seed)
    answers = pd.DataFrame(
        rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4)), columns=["price", "staff", "site", "overall"]
    )
    before = answers.copy()
    plain = found(answers, draws=100).drivers
    moved = found(answers.assign(price=3 * answers["price"] + 1, overall=5 - answers["overall"]), draws=100).drivers
    figures = ["lmg", "low_lmg", "high_lmg", "relative_weight", "vif"]
    np.testing.assert_allclose(moved[figures], plain[figures], rtol=1e-6, atol=1e-9)
    turned = found(answers, drivers=["site", "price", "staff"], draws=100).drivers.set_index("driver")
    np.testing.assert_allclose(turned.loc[plain["driver"], "lmg"], plain["lmg"], atol=1e-9)
    pd.testing.assert_frame_equal(answers, before)
    assert plain["lmg"].sum() == pytest.approx(plain["r2"].iloc[0]) and (plain["lmg"] > -1e-12).all()


def test_the_same_seed_gives_the_same_figures_and_progress_is_told():
    heard = []
    answers = design(noise=1.0)
    one = found(answers, seed=4, progress=lambda *step: heard.append(step)).drivers
    pd.testing.assert_frame_equal(one, found(answers, seed=4).drivers)
    assert heard[-1] == (DRAWS, DRAWS)
    assert not one["low_lmg"].equals(found(answers, seed=5).drivers["low_lmg"])


def test_what_is_wrong_is_named():
    with pytest.raises(MissingColumnError, match="answers lacks 'sight'"):
        found(design(), drivers=["sight"])
    with pytest.raises(ParameterError, match="smallest_base must be at least 1"):
        found(design(), smallest_base=0)
    with pytest.raises(ParameterError, match="draws must be at least 100, found 10"):
        found(design(noise=1.0), draws=10)
