"""Which phase the overall score hangs on in the data, held against what was declared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.answers import effective_n
from cxlib.archetypes import PHASES
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.drivers.lmg import lmg_contributions
from cxlib.drivers.regression import HIGHEST_P, Regression, adjusted_r2
from cxlib.errors import ParameterError, require_columns
from cxlib.intervals import CONFIDENCE
from cxlib.language import rounded
from cxlib.phases.answered import check_answers, latest_answers, mean_gaps_before
from cxlib.phases.importance import importance_shares

FEWEST_PER_PHASE = 30
"""Fewer complete customers per phase give shares that another sample would turn around."""

REASONS = ("nobody_answered", "phase_unmeasured", "too_few", "no_spread", "unexplained")

SHARE_DECIMALS = 2
"""Declared and found are compared as they read, in whole per cent."""

CELLS_AT_ONCE = 2_000_000
"""Draws times customers that are held at once: 16 MB."""


def found_importance(
    experiences: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    metric: str = "nps",
    draws: int = 1000,
    seed: int = 0,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """How much of the variance of customers' overall score their experiences in each phase explain.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        Needs `customer_id`, `occurred_at`, `phase`, `gap`; measured ones alone count, by `is_measured`, where there
        is such a column. Uses `response_id`, and `source` with `source_row`, to know an answer that is an experience
        itself.
    responses : DataFrame, one row per answer
        Needs `customer_id`, `answered_at`, `metric`, `score`; uses `response_id`, `event_id`, and `survey_weight` (1
        where missing). Its index is what `source_row` names.
    metric : str
        The overall score. Each customer's latest answer counts; of one moment, that of the last row.
    draws : int, >= 1
        Bootstrap samples of the customers.
    seed : int
    smallest_base : int
        Fewer complete customers than this, or than `FEWEST_PER_PHASE` per phase, give no shares.

    Returns
    -------
    DataFrame, three rows: purchase, consumption, payment
        phase
        importance_share, low_share, high_share : float, 0 to 1: the phase's part of R² (LMG), 95 % percentile interval;
            low_share is 0 where neither the phase alone nor what it adds to the others explains more than chance would,
            and high_share 1 where that holds of both others
        correlation : float, −1 to 1, of the phase's mean gap with the score; a share says nothing of its sign
        r2, low_r2, high_r2 : float, 0 to 1, of all phases together, adjusted for their number, with a 95 % percentile
            interval; the same in the three rows
        n_customers : int, complete ones: an answer, and before it a measured experience in every phase
        n_answered : int, customers with an answer; the same in the three rows
        n_without : int, of those, customers without a measured experience of this phase before their answer
        reason : str, why there are no shares, one of `REASONS`; NA where there are

    Raises
    ------
    MissingColumnError
    ParameterError
        An unknown phase; moments with a timezone beside moments without; a metric that nobody answered where one of
        nearly that name was answered; a weight that is no number, negative, or infinite.

    Notes
    -----
    An experience counts for a phase where it happened, and was told, before the customer's answer, and rests neither
    on that answer nor on one of the same form or of an event which that form was about: no score drives itself. A
    driver is the mean gap of a customer's experiences in a phase. Shares are of explained variance, a correlation that
    a lucky or an unlucky customer can bring about as well: no proof of cause. They are never under 0, and so those of
    a sample lie above 0 even for a phase that explains nothing: hence low_share by the two F tests, at 5 %. Linear in
    the experiences, then draws times complete customers.

    References
    ----------
    Lindeman, Merenda & Gold (1980) for the shares. Efron (1979), Annals of Statistics 7, for the interval. Ezekiel
    (1930), Methods of Correlation Analysis, for the adjusted R²; n is the effective n of Kish (1965) where customers
    are weighted, and in each bootstrap sample, where some are counted twice.
    """
    check_smallest_base(smallest_base)
    if draws < 1:
        raise ParameterError(f"draws must be at least 1, found {draws}")
    require_columns(experiences, ["customer_id", "occurred_at", "phase", "gap"], name="experiences")
    require_columns(responses, ["customer_id", "answered_at", "metric", "score"], name="responses")
    check_answers(experiences, responses, metric)
    answers = latest_answers(responses, metric)
    means = mean_gaps_before(experiences, responses, answers)
    is_met = means.notna()
    complete = is_met.all(axis=1)
    drivers, answered = means.loc[complete].to_numpy(), answers.loc[complete]
    score, weight = answered["score"].to_numpy(float), answered["weight"].to_numpy(float)
    found = {
        "phase": pd.Categorical(PHASES, categories=list(PHASES), ordered=True),
        "importance_share": np.nan, "low_share": np.nan, "high_share": np.nan, "correlation": np.nan,
        "r2": np.nan, "low_r2": np.nan, "high_r2": np.nan,
        "n_customers": int(complete.sum()),
        "n_answered": len(answers),
        "n_without": (~is_met).sum().to_numpy(dtype="int64"),
        "reason": pd.Series([pd.NA] * len(PHASES), dtype="str"),
    }  # fmt: skip
    reason = _reason(answers, is_met, score, smallest_base)
    if reason is None:
        moments = _products(drivers, score)
        r_xx, r_xy = _correlations(_weighted(moments, weight[None, :]), len(PHASES))
        parts = lmg_contributions(r_xx, r_xy)[0]
        fit = Regression(r_xx=r_xx[0], r_xy=r_xy[0], n=float(effective_n(weight)))
        adjusted = float(_adjusted_r2(parts.sum(), fit.n))
        found |= {"correlation": np.where(_spread(drivers) > 0, r_xy[0], np.nan), "r2": adjusted}
        if fit.df <= 0:
            reason = "too_few"
        elif fit.p_value > HIGHEST_P:
            reason = "unexplained"
        else:
            sampled = _bootstrap(moments, weight, draws=draws, seed=seed)
            can_be_zero = np.minimum(fit.p_values_alone, fit.p_values_added) > HIGHEST_P
            found |= _intervals(parts, *sampled, adjusted, can_be_zero=can_be_zero)
    if reason is not None:
        found["reason"] = reason
    return pd.DataFrame(found).astype({"reason": "str"})


def declared_against_found(found: pd.DataFrame, importance: str | Mapping[str, float | str]) -> pd.DataFrame:
    """The declared importance of each phase beside the one found in the data.

    Parameters
    ----------
    found : DataFrame
        As `found_importance` gives it.
    importance : str or mapping
        As `importance_shares` takes it.

    Returns
    -------
    DataFrame, the rows of `found` with
        declared_share : float, 0 to 1
        verdict : "agrees", "overrated" (declared above the interval found), "underrated" (below it), all in whole per
            cent, as they read; NA where nothing was found

    Raises
    ------
    MissingColumnError, ParameterError
    """
    require_columns(found, ["phase", "importance_share", "low_share", "high_share"], name="found")
    declared = found["phase"].astype("str").map(importance_shares(importance)).astype("float64")
    read, low, high = (
        share.map(lambda x: rounded(x, SHARE_DECIMALS)) for share in (declared, found["low_share"], found["high_share"])
    )
    verdict = np.select([read > high, read < low], ["overrated", "underrated"], "agrees")
    verdict = pd.Series(verdict, found.index, dtype="str").where(found["low_share"].notna())
    return found.assign(declared_share=declared, verdict=verdict)


def _reason(answers: pd.DataFrame, is_met: pd.DataFrame, score: np.ndarray, smallest_base: int) -> str | None:
    """Why there can be no shares, if so."""
    if answers.empty:
        return "nobody_answered"
    if not is_met.any().all():
        return "phase_unmeasured"
    if len(score) < max(smallest_base, FEWEST_PER_PHASE * len(PHASES)):
        return "too_few"
    return "no_spread" if np.ptp(score) == 0 else None


def _adjusted_r2(r2: np.ndarray, n: np.ndarray) -> np.ndarray:
    """R² less what chance alone would explain of n customers by the three phases; 0 where they leave nothing free."""
    return np.nan_to_num(adjusted_r2(r2, n, len(PHASES)))


def _spread(drivers: np.ndarray) -> np.ndarray:
    return np.ptp(drivers, axis=0)


def _products(drivers: np.ndarray, score: np.ndarray) -> np.ndarray:
    """One row per customer: 1, the p + 1 standardised variables, and their products two by two."""
    variables = np.column_stack([drivers, score])
    sd = variables.std(axis=0)
    # without spread a variable stays exactly 0, and so do its products
    variables = (variables - variables.mean(axis=0)) / np.where(np.ptp(variables, axis=0) > 0, sd, 1.0)
    variables[:, np.ptp(variables, axis=0) == 0] = 0.0
    upper = np.triu_indices(variables.shape[1])
    return np.column_stack([np.ones(len(score)), variables, variables[:, upper[0]] * variables[:, upper[1]]])


def _weighted(products: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted means of the products, a row for each row of weights."""
    sums = weights @ products
    return sums[:, 1:] / sums[:, :1]


def _correlations(means: np.ndarray, p: int) -> tuple[np.ndarray, np.ndarray]:
    """Correlations among the p drivers, and with the outcome, from weighted means; NaN where it has no spread."""
    first, second = means[:, : p + 1], means[:, p + 1 :]
    upper = np.triu_indices(p + 1)
    covariance = np.empty((len(means), p + 1, p + 1))
    covariance[:, upper[0], upper[1]] = covariance[:, upper[1], upper[0]] = second
    covariance -= first[:, :, None] * first[:, None, :]
    variance = np.einsum("...ii->...i", covariance)
    is_spread = variance > 1e-12
    sd = np.sqrt(np.where(is_spread, variance, 1.0))
    correlation = covariance / (sd[:, :, None] * sd[:, None, :])
    correlation *= is_spread[:, :, None] & is_spread[:, None, :]
    r_xy = np.where(is_spread[:, p, None], correlation[:, :p, p], np.nan)
    return correlation[:, :p, :p], r_xy


def _bootstrap(products: np.ndarray, weight: np.ndarray, *, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Contributions in samples of the customers, draws × phases, NaN where the score has no spread; the effective n."""
    rng = np.random.default_rng(seed)
    n = len(weight)
    at_once = max(1, CELLS_AT_ONCE // n)
    parts, sizes = [], []
    for begin in range(0, draws, at_once):
        times = rng.multinomial(n, np.full(n, 1 / n), size=min(at_once, draws - begin))
        parts.append(lmg_contributions(*_correlations(_weighted(products, times * weight), len(PHASES))))
        sizes.append(effective_n(times * weight))
    return np.concatenate(parts), np.concatenate(sizes)


def _intervals(
    parts: np.ndarray, sampled: np.ndarray, sizes: np.ndarray, adjusted: float, *, can_be_zero: np.ndarray
) -> dict[str, object]:
    is_whole = np.isfinite(sampled).all(axis=1)
    sampled, sizes = sampled[is_whole], sizes[is_whole]
    r2 = sampled.sum(axis=1)
    ends = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    low, high = np.quantile(sampled[r2 > 0] / r2[r2 > 0, None], ends, axis=0)
    low_r2, high_r2 = np.quantile(_adjusted_r2(r2, sizes), ends)
    shares = parts / parts.sum()
    # a phase that explains nothing has a share above 0 in every sample
    low, high = np.where(can_be_zero, 0.0, np.minimum(low, shares)), np.maximum(high, shares)
    # and where both others may explain nothing, the third may explain all
    high = np.where(can_be_zero.sum() - can_be_zero == len(PHASES) - 1, 1.0, high)
    return {
        "importance_share": shares, "low_share": low, "high_share": high,
        "low_r2": min(low_r2, adjusted), "high_r2": max(high_r2, adjusted),
    }  # fmt: skip
