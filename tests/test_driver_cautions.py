"""What protects: leakage, collinearity, small bases, questions hardly answered, signs that turn; in both languages."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.drivers.cautions import Caution, in_words, listed
from cxlib.drivers.importance import driver_importance
from cxlib.drivers.leakage import decides
from cxlib.drivers.regression import Regression, adjusted_r2, told_from
from cxlib.language import Language, catalogue

EN, SV = Language("en"), Language("sv")


def answers(n: int = 300, seed: int = 1) -> pd.DataFrame:
    """Three related questions from 1 to 7 and an overall score from 0 to 10."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=n)
    scores = {name: np.clip(np.round(4 + shared + rng.normal(size=n)), 1, 7) for name in ("price", "staff", "site")}
    frame = pd.DataFrame(scores)
    overall = 5 + 0.7 * (frame["price"] - 4) + 0.4 * (frame["staff"] - 4) + 1.5 * rng.normal(size=n)
    return frame.assign(overall=np.clip(np.round(overall), 0, 10))


def cautions(frame, drivers=("price", "staff", "site"), **options) -> dict[str, list[Caution]]:
    result = driver_importance(frame, outcome="overall", drivers=drivers, draws=100, **options)
    found: dict[str, list[Caution]] = {}
    for caution in result.cautions:
        found.setdefault(caution.kind, []).append(caution)
    assert len(result.said(language=EN)) == len(result.said(language=SV)) == len(result.cautions)
    return found


def test_an_ordinary_survey_needs_no_caution():
    assert cautions(answers()) == {}


@pytest.mark.parametrize(
    ("kind", "recode"),
    [
        ("decides_outcome", lambda f: f["overall"]),
        ("decides_outcome", lambda f: 10 - f["overall"]),
        ("decides_outcome", lambda f: f["overall"].map(lambda score: (score * 7) % 11)),  # no order, but a rule
        ("made_from_outcome", lambda f: np.select([f["overall"] >= 9, f["overall"] <= 6], [1, -1], 0)),
        ("made_from_outcome", lambda f: (f["overall"] >= 7).astype(int)),
    ],
)
def test_a_driver_that_is_the_outcome_in_another_form_is_named(kind, recode):
    frame = answers()
    found = cautions(frame.assign(again=recode(frame)), ["price", "again"])
    assert [caution.driver for caution in found[kind]] == ["again"]
    assert "nearly_outcome" not in found and "all_decided" not in found


def test_an_outcome_made_from_a_finer_driver_is_decided_by_it():
    frame = answers().assign(fine=lambda f: f["overall"] + np.arange(len(f)) / 1000)
    found = cautions(frame.assign(overall=frame["overall"].round()), ["price", "fine"])
    assert [caution.driver for caution in found["decides_outcome"]] == ["fine"]


def test_one_exception_and_it_is_only_nearly_the_same():
    frame = answers().assign(again=lambda f: f["overall"])
    frame.loc[0, "again"] += 1
    found = cautions(frame, ["price", "again"])
    assert [caution.driver for caution in found["nearly_outcome"]] == ["again"] and "decides_outcome" not in found


def test_an_outcome_that_is_the_mean_of_its_drivers_is_said_to_be():
    frame = answers().assign(overall=lambda f: f[["price", "staff", "site"]].mean(axis=1))
    (caution,) = cautions(frame)["all_decided"]
    assert caution.shares["r2"] == pytest.approx(1)


def test_what_chance_can_do_is_no_rule():
    few = np.array([1.0, 2, 3, 4])
    assert not decides(few, few)
    assert not decides(np.arange(40.0), np.tile([1.0, 5, 2, 4], 10))  # no value comes twice
    assert not decides(np.ones(50), np.arange(50.0)) and not decides(np.arange(50.0), np.ones(50))
    # the first rows keep to a rule that a later one breaks
    broken = np.tile(np.arange(5.0), 600)
    broken[2500] += 1
    assert decides(np.tile(np.arange(5.0), 600), np.tile(np.arange(5.0), 600))
    assert not decides(np.tile(np.arange(5.0), 600), broken)
    # all alike but two that have a value of their own: 98 of 100 say 5
    rare = np.r_[1.0, 2.0, np.full(98, 5.0)]
    assert not decides(np.r_[9.0, 8.0, np.full(98, 7.0)], rare)
    rising = np.arange(40.0)
    assert decides(rising, np.floor(rising / 10)) and decides(rising, -(rising**3))


@given(st.integers(0, 10_000), st.integers(5, 200))
def test_independent_scores_never_decide_each_other(seed, n):
    rng = np.random.default_rng(seed)
    assert not decides(rng.integers(1, 8, n).astype(float), rng.integers(1, 6, n).astype(float))


@given(st.integers(0, 10_000))
def test_a_rule_on_a_scale_is_always_seen_whatever_the_order_of_rows(seed):
    rng = np.random.default_rng(seed)
    score = rng.integers(0, 11, 200).astype(float)
    rule = rng.permutation(11)[score.astype(int)] % 4
    assert decides(score, rule.astype(float)) and not decides(rule.astype(float), score)


def test_drivers_that_cannot_be_told_apart_are_named_together():
    frame = answers()
    rng = np.random.default_rng(3)
    frame["value"] = frame["price"] + 0.3 * rng.normal(size=len(frame))
    found = cautions(frame, ["price", "staff", "value"])
    assert {caution.driver: caution.others for caution in found["collinear"]} == {
        "price": ("value",),
        "value": ("price",),
    }
    share = found["collinear"][0].shares["share"]
    assert 0.9 < share < 1
    result = driver_importance(frame, outcome="overall", drivers=["price", "staff", "value"], draws=100)
    price = result.drivers["vif"].iloc[0]
    assert share == pytest.approx(1 - 1 / price)


def test_a_driver_made_up_by_others_has_endless_inflation_and_is_still_shared_out():
    frame = answers().assign(total=lambda f: f["price"] + f["staff"])
    result = driver_importance(frame, outcome="overall", drivers=["price", "staff", "total"], draws=100)
    assert np.isinf(result.drivers["vif"]).all()
    assert result.drivers["lmg"].sum() == pytest.approx(result.r2)
    assert {"collinear"} == {caution.kind for caution in result.cautions}


def test_a_small_base_is_told_by_the_effective_n():
    frame = answers(59)
    assert cautions(frame)["small_base"][0].counts == {"n": 59, "drivers": 3, "each": 59 / 3, "wanted": 20}
    assert "small_base" not in cautions(answers(60))
    assert "small_base" in cautions(answers(70).assign(survey_weight=np.r_[np.full(35, 9.0), np.ones(35)]))


def test_a_question_that_hardly_anybody_answered_is_named_with_what_it_costs():
    frame = answers().assign(lounge=lambda f: f["site"].where(f.index % 6 == 0))
    (caution,) = cautions(frame, ["price", "staff", "lounge"])["few_answered"]
    assert caution.driver == "lounge" and caution.shares["share"] == pytest.approx(50 / 300)
    assert caution.counts == {"n": 50, "n_without": 300}
    assert "few_answered" not in cautions(frame.assign(lounge=frame["site"].where(frame.index % 5 == 0)), ["lounge"])


def test_questions_that_all_answered_alike_are_named():
    assert cautions(answers().assign(site=4))["driver_alike"][0].driver == "site"


def test_a_sign_that_turns_is_said():
    rng = np.random.default_rng(2)
    quality, noise = rng.normal(size=400), rng.normal(size=400)
    frame = pd.DataFrame({"quality": quality, "price": quality * 0.8 + noise * 0.6})
    frame["overall"] = quality - 0.5 * frame["price"] + 0.5 * rng.normal(size=400)
    (caution,) = cautions(frame, ["quality", "price"])["sign_turns"]
    assert caution.driver == "price" and caution.numbers["r"] > 0 > caution.numbers["beta"]


def test_the_regression_against_numpy_on_whole_rows():
    frame = answers()
    x, y = frame[["price", "staff", "site"]].to_numpy(), frame["overall"].to_numpy()
    r = np.corrcoef(np.column_stack([x, y]), rowvar=False)
    fit = Regression(r_xx=r[:3, :3], r_xy=r[:3, 3], n=len(y))
    design = np.column_stack([np.ones(len(y)), x])
    slopes, rest, *_ = np.linalg.lstsq(design, y, rcond=None)
    assert fit.beta == pytest.approx(slopes[1:] * x.std(axis=0) / y.std())
    assert fit.r2 == pytest.approx(1 - rest[0] / y.var() / len(y))
    # the squared t of each coefficient is the F of what it adds
    variance = rest[0] / (len(y) - 4) * np.diag(np.linalg.inv(design.T @ design))[1:]
    assert fit.added / ((1 - fit.r2) / fit.df) == pytest.approx(slopes[1:] ** 2 / variance)
    assert fit.vif == pytest.approx(np.diag(np.linalg.inv(r[:3, :3])))
    assert told_from(r[:3, :3], 0, least=0.0) == []
    assert adjusted_r2(0.5, 23, 2).item() == pytest.approx(0.45) and np.isnan(adjusted_r2(0.5, 3, 2))


def test_words_name_columns_as_they_are_called():
    caution = Caution(kind="collinear", driver="q2", others=("q3", "q4"), shares={"share": 0.84})
    names = {"q2": "Reach", "q3": "Time"}
    (english,) = in_words([caution], outcome="q1", names=names)
    assert english.startswith(
        "Reach can be told from the other drivers (84% of its variance), most of all from Time and q4"
    )
    (swedish,) = in_words([caution], outcome="q1", names=names, language=SV)
    assert swedish.startswith(
        "Reach kan utläsas ur de andra drivkrafterna (84\u00a0% av variansen), mest ur Time och q4"
    )
    assert listed(["a"], EN) == "a" and listed(["a", "b", "c"], SV) == "a, b och c"


@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
def test_every_kind_can_be_said(language):
    kinds = [key.rpartition(".")[2] for key in catalogue(language.code) if key.startswith("drivers.cautions.")]
    given = dict.fromkeys(("share", "r2"), 0.5)
    numbers = dict.fromkeys(("r", "beta", "penalty", "reward", "error"), -0.25)
    counts = dict.fromkeys(("n", "needed", "drivers", "each", "wanted", "n_without", "draws", "orders"), 12)
    for kind in kinds:
        caution = Caution(kind=kind, driver="Pris", others=("Bemötande",), shares=given, numbers=numbers, counts=counts)
        (said,) = in_words([caution], outcome="NPS", language=language)
        assert said.endswith(".") and "{" not in said
