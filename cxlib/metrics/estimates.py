"""Means of answers, and how certain they are when one person answers several times and answers weigh unlike.

Every metric here is a mean of a value per answer: 1, 0, −1 for the Net Promoter Score, 1 or 0 for a share, the score
itself for a mean. What they have in common is in this module.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from cxlib.intervals import CONFIDENCE
from cxlib.metrics.answers import Answers


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """The mean of a value in every group, as arrays with one entry per group.

    Attributes
    ----------
    n, n_customers : int
    mean, variance : float
        Weighted; the variance is that of the value around its mean, Σw(y − m)² / Σw.
    effective_n : float
        How many equally weighing answers of as many customers would be as certain.
    degrees_of_freedom : float
        Customers less one, were they of equal weight: (ΣW)² / ΣW² − 1 of the customers' weights.
    interval_n : float
        The effective n less what it costs that it is itself estimated from so few customers.
    pair_group, pair_customer : int, one entry per customer and group
    pair_pull : float, one entry per customer and group
        By how much the mean would move without this customer, times √((C − 1)/C), the sign turned.
    """

    n: np.ndarray
    n_customers: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    effective_n: np.ndarray
    degrees_of_freedom: np.ndarray
    interval_n: np.ndarray
    pair_group: np.ndarray
    pair_customer: np.ndarray
    pair_pull: np.ndarray

    def of(self, rows: np.ndarray) -> Estimates:
        """Those of some groups, as often as they are named; without the customers."""
        names = ("n", "n_customers", "mean", "variance", "effective_n", "degrees_of_freedom", "interval_n")
        nobody = {name: getattr(self, name)[:0] for name in ("pair_group", "pair_customer", "pair_pull")}
        return Estimates(**{name: getattr(self, name)[rows] for name in names}, **nobody)

    @property
    def standard_error(self) -> np.ndarray:
        """Of a mean, from the sample's variance (n − 1)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.sqrt(self.variance / self.effective_n * self.n / (self.n - 1))


def group_means(answers: Answers, values: np.ndarray) -> Estimates:
    """The weighted mean of `values` in every group, with its certainty.

    Parameters
    ----------
    answers : Answers
    values : array of float, one per answer

    Returns
    -------
    Estimates; NaN in a group without answers

    Notes
    -----
    The variance of the mean is that of leaving out one customer at a time, (C − 1)/C · Σ (m₍c₎ − m)². The mean is a
    ratio, so no loop is needed: m − m₍c₎ = Σ w(y − m) of the customer, divided by the weight of all others. Where all
    customers weigh alike this is the linearised (Taylor) variance C/(C − 1) · Σ z², and where each answers once it is
    s²/n. Unlike the linearised variance it is not too small where a few customers weigh most.

    The effective n is variance / that variance, as Korn & Graubard take it, and at most Kish's (Σw)² / Σw²: that
    weights or repeated answers should make a mean MORE certain is mostly luck of the sample. Of answers that are all
    alike, it is Kish's n of the customers. Linear in the answers.

    References
    ----------
    Kish (1965), Survey Sampling. Korn & Graubard (1998), Survey Methodology 24. Wolter (2007), Introduction to
    Variance Estimation, chapter 4. Carter, Schnepel & Steigerwald (2017), Review of Economics and Statistics 99, for
    the effective number of customers.
    """
    size, group, weight = answers.n_groups, answers.group, answers.weight

    def sums(values, of=group):
        return np.bincount(of, values, minlength=size)

    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.bincount(group, minlength=size)
        total = sums(weight)
        mean, is_alike = sums(weight * values) / total, _alike(group, values, n)
        mean = np.where(is_alike, _some_value(group, values, size), mean)
        residual = values - mean[group]
        variance = sums(weight * residual**2) / total

        pair, pair_group, pair_customer = _pairs(answers)
        pair_weight = np.bincount(pair, weight, minlength=len(pair_group))
        n_customers = np.bincount(pair_group, minlength=size)
        others = (total[pair_group] - pair_weight).clip(min=0)
        pull = np.bincount(pair, weight * residual, minlength=len(pair_group)) / others
        pull = np.where(n_customers[pair_group] > 1, pull, 0.0) * np.sqrt(1 - 1 / n_customers[pair_group])
        spread = sums(pull**2, pair_group)

        kish = total**2 / sums(weight**2)
        kish_customers = total**2 / sums(pair_weight**2, pair_group)
        found = n * variance / ((n - 1) * spread)
        is_known = (variance > 0) & (n_customers > 1)
        effective = np.where(is_known, np.fmin(kish, np.where(spread > 0, found, np.inf)), kish_customers)
        freedom = kish_customers - 1
        # of one answer each the two quantiles are one
        penalty = _t(n - 1) / _t(freedom)
        interval_n = effective * np.where(n > 1, penalty, 1.0) ** 2
    return Estimates(
        n=n,
        n_customers=n_customers,
        mean=mean,
        variance=variance,
        effective_n=effective,
        degrees_of_freedom=freedom,
        interval_n=interval_n,
        pair_group=pair_group,
        pair_customer=pair_customer,
        pair_pull=pull,
    )


def correlation_with(estimates: Estimates, earlier: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How each group's mean goes together with an earlier group's, for the customers who are in both.

    Parameters
    ----------
    estimates : Estimates
    earlier : array of int
        For each group, the one it is compared with; −1 for none.

    Returns
    -------
    correlation : array of float, −1 to 1; 0 where nobody is in both
    n_both : array of int, customers in both

    Notes
    -----
    Leaving a customer out moves both means. The sum of the products of the two moves is their covariance, by the same
    count that gives their variances. Few customers give a correlation that is large by luck, and would make the
    interval of the change too narrow, so r is taken for r · (1 − (1 − r²) / n_both); docs/statistics.md has the check.
    """
    size = len(earlier)
    width = int(estimates.pair_customer.max(initial=0)) + 1
    known = pd.Index(estimates.pair_group.astype("int64") * width + estimates.pair_customer)
    then = earlier[estimates.pair_group]
    at = np.where(then >= 0, known.get_indexer(then * width + estimates.pair_customer), -1)
    is_both = at >= 0
    group = estimates.pair_group[is_both]
    products = estimates.pair_pull[is_both] * estimates.pair_pull[at[is_both]]
    covariance, n_both = np.bincount(group, products, minlength=size), np.bincount(group, minlength=size)
    spread = np.bincount(estimates.pair_group, estimates.pair_pull**2, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        joint = np.sqrt(spread * np.where(earlier >= 0, spread[earlier], np.nan))
        correlation = np.clip(np.nan_to_num(covariance / joint), -1, 1)
    return correlation * (1 - (1 - correlation**2) / np.maximum(n_both, 1)), n_both


def mean_correlation(estimates: Estimates, of: np.ndarray, size: int) -> np.ndarray:
    """How much the means of several groups go together on average, for the customers who are in several of them.

    Parameters
    ----------
    estimates : Estimates
    of : array of int
        For each group, to which of `size` sets it belongs; −1: to none.
    size : int

    Returns
    -------
    array of float, one per set: the mean of the correlations of all pairs of its groups, −1 to 1; 0 of under two

    Notes
    -----
    With every group's pulls divided by their standard deviation, Σ (Σ u)² over customers holds each pair twice beside
    the groups themselves. Linear in the customers of each group.
    """
    spread = np.bincount(estimates.pair_group, estimates.pair_pull**2, minlength=len(of))
    is_in = (of[estimates.pair_group] >= 0) & (spread[estimates.pair_group] > 0)
    group = estimates.pair_group[is_in]
    pull = estimates.pair_pull[is_in] / np.sqrt(spread[group])
    width = int(estimates.pair_customer.max(initial=0)) + 1
    who, whom = pd.factorize(of[group] * width + estimates.pair_customer[is_in])
    together = np.bincount(whom // width, np.bincount(who, pull, minlength=len(whom)) ** 2, minlength=size)
    n = np.bincount(of[(of >= 0) & (spread > 0)], minlength=size)
    return np.clip((together - n) / np.maximum(n * (n - 1), 1), -1, 1)


def _pairs(answers: Answers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each answer its pair of group and customer; for each pair its group and its customer."""
    if not answers.knows_customers:
        return np.arange(len(answers.group)), answers.group, answers.customer
    width = int(answers.customer.max(initial=0)) + 1
    pair, pairs = pd.factorize(answers.group * width + answers.customer)
    return pair, pairs // width, pairs % width


def _some_value(group: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    some = np.full(size, np.nan)
    some[group] = values
    return some


def _alike(group: np.ndarray, values: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Whether all values of a group are the same: then rounding must not make them differ from their mean."""
    same = values == _some_value(group, values, len(n))[group]
    return np.bincount(group, same, minlength=len(n)) == n


def _t(degrees_of_freedom: np.ndarray) -> np.ndarray:
    return special.stdtrit(np.maximum(degrees_of_freedom, 1.0), 0.5 + CONFIDENCE / 2)
