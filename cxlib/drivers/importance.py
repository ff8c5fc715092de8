"""How much each driver explains of a score, with intervals over people and what must be known beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from cxlib.answers import effective_n
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.drivers.answers import DriverAnswers, driver_answers
from cxlib.drivers.cautions import Caution, cautions_of_answers, cautions_of_fit, in_words
from cxlib.drivers.correlations import Products, contradicts, mended, weighted_sums
from cxlib.drivers.directions import scales_of, signs_of
from cxlib.drivers.lmg import MOST_DRIVERS, lmg_contributions
from cxlib.drivers.regression import HIGHEST_P, Regression, adjusted_r2
from cxlib.drivers.relative_weights import relative_weights
from cxlib.drivers.resampling import Watcher, effective_sizes, percentile_interval, samples_of_people
from cxlib.drivers.sampled_orders import balanced_orders, sampled_lmg_contributions
from cxlib.errors import ParameterError
from cxlib.intervals import normal_quantile
from cxlib.language import ENGLISH, Language
from cxlib.scales import Scale

ROUNDS = 20
"""Rounds of orders where not all can be taken: they leave an error of about 2 % of a driver's contribution."""

TOP = 3
"""Places that count as the top."""

FIGURES = [
    "lmg", "low_lmg", "high_lmg", "lmg_share", "low_share", "high_share",
    "relative_weight", "low_relative_weight", "high_relative_weight", "weight_share",
    "correlation", "beta", "vif", "rank", "low_rank", "high_rank", "top_share", "order_error",
]  # fmt: skip

OF_EXPLAINED = ["lmg_share", "low_share", "high_share", "weight_share", "rank", "low_rank", "high_rank", "top_share"]
"""What makes no sense where nothing is explained."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DriverImportance:
    """What explains a score, and what to know before it is believed.

    Attributes
    ----------
    outcome : str
    drivers : DataFrame, one row per driver, as given
        As `driver_importance` says.
    r2 : float, 0 to 1: of all drivers together; what the contributions sum to
    adjusted_r2, low_r2, high_r2 : float, 0 to 1: less what chance would explain, with its 95 % interval
    n_customers : int
    effective_n : float
    fates : DataFrame, one row per fate: fate, n_answers
        What became of the rows given: used, no_outcome, no_weight, no_driver, incomplete.
    missing : str, the policy
    n_orders : int or None
        Orders of entry that were drawn; None where all were taken.
    draws, n_mended : int
        Bootstrap samples, and those among them whose pairwise correlations had to be mended.
    cautions : tuple of Caution
    """

    outcome: str
    drivers: pd.DataFrame
    r2: float
    adjusted_r2: float
    low_r2: float
    high_r2: float
    n_customers: int
    effective_n: float
    fates: pd.DataFrame
    missing: str
    n_orders: int | None
    draws: int
    n_mended: int
    cautions: tuple[Caution, ...]

    def __repr__(self) -> str:
        how = "every order" if self.n_orders is None else f"{self.n_orders} orders drawn"
        return (
            f"<DriverImportance of {self.outcome!r}: {len(self.drivers)} drivers, {self.n_customers} people, "
            f"R² {self.r2:.2f}, {how}, {len(self.cautions)} cautions>"
        )

    def said(self, *, names: dict[str, str] | None = None, language: Language = ENGLISH) -> list[str]:
        """The cautions in words; `names` says how columns are called."""
        return in_words(self.cautions, outcome=self.outcome, names=names, language=language)


def driver_importance(
    answers: pd.DataFrame,
    *,
    outcome: str,
    drivers: Sequence[str],
    missing: str = "listwise",
    scales: Mapping[str, Scale] | None = None,
    draws: int = 1000,
    seed: int = 0,
    smallest_base: int = SMALLEST_BASE,
    progress: Watcher | None = None,
) -> DriverImportance:
    """How much of the variance of a score each driver explains: LMG, with relative weights beside it.

    Parameters
    ----------
    answers : DataFrame, one row per answered form
        Needs the outcome and the drivers, numbers with NA where unanswered (codes such as 99 made NA first). Uses
        `survey_weight` (1 where missing) and `customer_id`: the forms of one customer are one person's.
    outcome : str
    drivers : sequence of str
    missing : str
        "listwise": forms that answer everything. "pairwise": each correlation from all forms that answer both
        questions; refused where such correlations contradict each other.
    scales : mapping of column to Scale, optional
        Which end is good, of drivers and of the outcome; without one it is the higher. It turns no figure, only what is
        said of their directions, and refuses answers that lie outside.
    draws : int, >= 100
        Bootstrap samples of people.
    seed : int
    smallest_base : int
        Fewer people than this give no figures.
    progress : callable of (done, total), optional
        Is told how many draws are done.

    Returns
    -------
    DriverImportance
        Its `drivers` has one row per driver:

        driver : str
        n_answered : int, people who answered the driver and the outcome
        lmg, low_lmg, high_lmg : float, 0 to 1: the part of the outcome's variance, with its 95 % interval; low_lmg is 0
            where neither the driver alone nor what it adds to the others is beyond chance
        lmg_share, low_share, high_share : float, 0 to 1: the part of R²; NaN where R² is not beyond chance
        relative_weight, low_relative_weight, high_relative_weight : float, 0 to 1: Johnson's, sums to R² too
        weight_share : float, 0 to 1: the relative weight's part of R²; NaN where R² is not beyond chance
        correlation, beta : float, −1 to 1 (beta can exceed it): alone, and beside the others in standard deviations
        goes_with : str, "better" or "worse": the outcome that a better answer about the driver goes together with; NA
            where the correlation may be chance (5 %)
        vif : float, >= 1
        rank, low_rank, high_rank : float, 1 is the most important by LMG; NaN where R² is not beyond chance
        top_share : float, 0 to 1: of the draws, in how many it is among the first `TOP`
        order_error : float: standard error of lmg from drawing orders; 0 where all were taken
        r2, n_customers, effective_n : of the whole, the same in each row

    Raises
    ------
    MissingColumnError
    ParameterError
        What `driver_answers` refuses; pairwise correlations that nobody can have, or of a pair that nobody answered; a
        scale of something that is no column.

    Notes
    -----
    Exact up to `MOST_DRIVERS` drivers; above, over `ROUNDS` balanced rounds of orders, the same for every draw. Shares
    are of explained variance, not of effect: they have no sign and prove no cause. Intervals are percentiles of the
    draws, widened for a small sample. Contributions are never under 0, so those of a sample lie above 0 even for a
    driver that explains nothing; hence low_lmg by F tests, at 2.5 % each. The measured coverage is in
    docs/statistics_drivers.md.

    References
    ----------
    Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate Analysis. Grömping (2006), Journal of
    Statistical Software 17(1). Johnson (2000), Multivariate Behavioral Research 35. Kish (1965) for the effective n.
    """
    check_smallest_base(smallest_base)
    used = driver_answers(answers, outcome=outcome, drivers=drivers, missing=missing)
    scales = scales_of(answers, scales)
    signs = signs_of(used.drivers, scales) * signs_of([outcome], scales)
    cautions = cautions_of_answers(used)
    p = len(used.drivers)
    orders = balanced_orders(p, ROUNDS, seed=seed) if p > MOST_DRIVERS else None
    frame = used.asked[["driver", "n_answered"]].assign(**dict.fromkeys(FIGURES, np.nan), goes_with=None)
    whole = {"r2": np.nan, "adjusted_r2": np.nan, "low_r2": np.nan, "high_r2": np.nan, "n_mended": 0}
    n_customers, n = _smallest_base_of_pairs(used)
    needed = max(smallest_base, p + 3)
    if n_customers < needed or n <= p + 1:
        cautions.insert(0, Caution(kind="too_few", counts={"n": n_customers, "needed": needed, "drivers": p}))
    elif not any(caution.kind == "outcome_alike" for caution in cautions):
        products = Products.of(used)
        correlations = _correlations(products, used)
        fit = Regression(r_xx=correlations[:p, :p], r_xy=correlations[:p, p], n=n)
        decided = [each.driver for each in cautions if each.kind in ("decides_outcome", "made_from_outcome")]
        cautions += cautions_of_fit(fit, used, signs=signs, decided=decided)
        figures, whole = _figures(fit, products, used, orders, draws=draws, seed=seed, progress=progress)
        frame = frame.assign(**figures, goes_with=_goes_with(fit, signs))
        if fit.p_value > HIGHEST_P:
            cautions.insert(0, Caution(kind="unexplained", shares={"r2": fit.r2}))
            frame[OF_EXPLAINED] = np.nan
        if orders is not None:
            # in percentage points, as R² reads
            counts = {"drivers": p, "orders": orders.shape[0] * orders.shape[1]}
            error = {"error": 100 * normal_quantile() * float(frame["order_error"].max())}
            cautions.append(Caution(kind="sampled", counts=counts, numbers=error))
        if whole["n_mended"]:
            cautions.append(Caution(kind="mended", counts={"n": whole["n_mended"], "draws": draws}))
    effective = float(used.effective_n)
    frame = frame.assign(r2=whole["r2"], n_customers=used.n_customers, effective_n=effective)
    frame = frame.astype({"driver": "str", "goes_with": "str"})
    return DriverImportance(
        outcome=outcome,
        drivers=frame,
        **whole,
        n_customers=used.n_customers,
        effective_n=effective,
        fates=used.fates,
        missing=missing,
        n_orders=None if orders is None else orders.shape[0] * orders.shape[1],
        draws=draws,
        cautions=tuple(cautions),
    )


def _smallest_base_of_pairs(used: DriverAnswers) -> tuple[int, float]:
    """People behind the correlation that rests on the fewest, and their effective n."""
    if used.missing == "listwise":
        return used.n_customers, float(used.effective_n)
    is_answered = ~np.isnan(used.scores)
    customers, sizes = [], []
    for one, other in combinations(range(is_answered.shape[1]), 2):
        both = is_answered[:, one] & is_answered[:, other]
        weight = np.bincount(used.person[both], used.weight[both], minlength=used.n_customers)
        customers.append(int((weight > 0).sum()))
        sizes.append(float(effective_n(weight)))
    return min(customers), min(sizes)


def _correlations(products: Products, used: DriverAnswers) -> np.ndarray:
    """Of the whole sample, (p + 1, p + 1).

    Raises
    ------
    ParameterError
        Pairwise correlations contradict each other.
    """
    once = np.ones((1, used.n_customers), dtype=np.int16)
    found = products.correlations(weighted_sums(products, once, used))
    if not products.is_whole and contradicts(found)[0]:
        raise ParameterError(
            "the pairwise correlations contradict each other: no complete answers could have them, because too few "
            'forms answer the same questions; use missing="listwise", or leave out the drivers that fewest answered '
            f"(such as {used.asked.sort_values('n_answered')['driver'].iloc[0]!r})"
        )
    return found[0]


def _goes_with(fit: Regression, signs: np.ndarray) -> np.ndarray:
    """Which outcome better answers about each driver go together with; None where that may be chance."""
    found = np.where(fit.r_xy * signs > 0, "better", "worse").astype(object)
    return np.where(fit.p_values_alone > HIGHEST_P, None, found)


def _parts(correlations: np.ndarray, orders: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """LMG and the error from drawing orders, of (n, p + 1, p + 1) correlations."""
    r_xx, r_xy = correlations[:, :-1, :-1], correlations[:, :-1, -1]
    if orders is None:
        return lmg_contributions(r_xx, r_xy), np.zeros_like(r_xy)
    return sampled_lmg_contributions(r_xx, r_xy, orders=orders)


def _figures(
    fit: Regression,
    products: Products,
    used: DriverAnswers,
    orders: np.ndarray | None,
    *,
    draws: int,
    seed: int,
    progress: Watcher | None,
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """The columns of the drivers, and R² with its interval."""
    p = len(fit.r_xy)
    together = np.eye(p + 1)
    together[:p, :p], together[p, :p], together[:p, p] = fit.r_xx, fit.r_xy, fit.r_xy
    lmg, order_error = (found[0] for found in _parts(together[None], orders))
    weight = relative_weights(fit.r_xx, fit.r_xy)
    drawn, drawn_weight, drawn_n, n_mended = _drawn(products, used, orders, draws=draws, seed=seed, progress=progress)
    drawn_r2 = drawn.sum(axis=1)
    shares, drawn_shares = _shares(lmg), _shares(drawn)
    nothing = fit.may_be_nothing
    low, high = _around(lmg, percentile_interval(drawn, df=fit.df), nothing)
    low_share, high_share = _around(shares, percentile_interval(drawn_shares, df=fit.df), nothing)
    # where all others may explain nothing, this one may explain all
    high_share = np.where(nothing.sum() - nothing == p - 1, 1.0, high_share)
    low_weight, high_weight = _around(weight, percentile_interval(drawn_weight, df=fit.df), nothing)
    adjusted = float(adjusted_r2(fit.r2, fit.n, p))
    low_r2, high_r2 = _around(
        np.array(adjusted), percentile_interval(adjusted_r2(drawn_r2, drawn_n * fit.n / used.effective_n, p), df=fit.df)
    )
    rank, ranks = _ranks(lmg), _ranks(drawn[np.isfinite(drawn_r2)])
    low_rank, high_rank = _around(rank, tuple(map(np.round, percentile_interval(ranks, df=fit.df))))
    figures = {
        "lmg": lmg, "low_lmg": low, "high_lmg": high,
        "lmg_share": shares, "low_share": low_share, "high_share": high_share,
        "relative_weight": weight, "low_relative_weight": low_weight, "high_relative_weight": high_weight,
        "weight_share": _shares(weight),
        "correlation": fit.r_xy, "beta": fit.beta, "vif": fit.vif,
        "rank": rank, "low_rank": low_rank, "high_rank": high_rank, "top_share": (ranks <= TOP).mean(axis=0),
        "order_error": order_error,
    }  # fmt: skip
    whole = {
        "r2": float(lmg.sum()), "adjusted_r2": adjusted, "low_r2": float(low_r2), "high_r2": float(high_r2),
        "n_mended": n_mended,
    }  # fmt: skip
    return figures, whole


def _drawn(
    products: Products,
    used: DriverAnswers,
    orders: np.ndarray | None,
    *,
    draws: int,
    seed: int,
    progress: Watcher | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """LMG, relative weights and the effective n of each draw, and how many draws were mended."""
    parts, weights, sizes, n_mended = [], [], [], 0
    of_person = np.bincount(used.person, used.weight, minlength=used.n_customers)
    for times in samples_of_people(used.n_customers, draws=draws, seed=seed, progress=progress):
        found = products.correlations(weighted_sums(products, times, used))
        if not products.is_whole:
            wrong = contradicts(found)
            found[wrong] = mended(found[wrong])
            n_mended += int(wrong.sum())
        parts.append(_parts(found, orders)[0])
        weights.append(relative_weights(found[:, :-1, :-1], found[:, :-1, -1]))
        sizes.append(effective_sizes(times, of_person))
    return np.concatenate(parts), np.concatenate(weights), np.concatenate(sizes), n_mended


def _shares(parts: np.ndarray) -> np.ndarray:
    r2 = parts.sum(axis=-1, keepdims=True)
    return np.where(r2 > 0, parts / np.where(r2 > 0, r2, 1.0), np.nan)


def _around(
    estimate: np.ndarray, interval: tuple[np.ndarray, np.ndarray], nothing: np.ndarray | bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The interval, never without its estimate, and from 0 on where there may be nothing."""
    return np.where(nothing, 0.0, np.fmin(interval[0], estimate)), np.fmax(interval[1], estimate)


def _ranks(parts: np.ndarray) -> np.ndarray:
    """1 for the largest."""
    return np.argsort(np.argsort(-parts, axis=-1, kind="stable"), axis=-1).astype(float) + 1
