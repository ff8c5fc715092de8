"""Weighted correlations from sums that can be added up over any sample of people, whole rows or pair by pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlib.drivers.answers import DriverAnswers

NO_SPREAD = 1e-12
"""Variance, of variables with variance 1 in the whole sample, under which what is left is rounding."""

ROWS_AT_ONCE, CELLS_AT_ONCE = 16_384, 8_000_000
"""Rows whose products are held at once, and at most so many products: 64 MB. Far fewer make matrix products so short
that on a busy machine their threads wait for each other most of the time: fifty times as long was measured."""

LEAST_EIGENVALUE = -1e-8
"""Further below 0 than rounding takes it, correlations contradict each other."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Products:
    """What is summed over rows, and how correlations follow from the sums.

    Attributes
    ----------
    values : array, (rows, q)
        Variables of mean 0 and variance 1; NaN where unanswered, 0 throughout where a variable has no spread.
    sd : array, (q,)
        What each variable was divided by; 1 where it has no spread.
    is_whole : bool
        Every row answers everything.
    """

    values: np.ndarray
    sd: np.ndarray
    is_whole: bool

    @classmethod
    def of(cls, used: DriverAnswers) -> Products:
        """Of the answers that are used, the outcome last."""
        values, weight = used.scores, used.weight[:, None]
        is_answered = ~np.isnan(values)
        total = (weight * is_answered).sum(axis=0)
        total = np.where(total > 0, total, 1.0)
        filled = np.where(is_answered, values, 0.0)
        centred = np.where(is_answered, values - (weight * filled).sum(axis=0) / total, 0.0)
        sd = np.sqrt((weight * centred**2).sum(axis=0) / total)
        with_spread = has_spread(values)
        sd = np.where(with_spread, sd, 1.0)
        standard = np.where(with_spread, centred / sd, 0.0)
        return cls(values=np.where(is_answered, standard, np.nan), sd=sd, is_whole=bool(is_answered.all()))

    @property
    def n_sums(self) -> int:
        """How many products there are of each row."""
        q = self.values.shape[1]
        pairs = q * (q + 1) // 2
        return 1 + q + pairs if self.is_whole else 2 * pairs + 2 * q * q

    def __call__(self, rows: slice) -> np.ndarray:
        """The products of some rows, (rows, sums)."""
        values = np.ascontiguousarray(self.values[rows].T)
        q = len(values)
        pairs = list(zip(*np.tril_indices(q), strict=True))
        found = np.empty((self.n_sums, values.shape[1]))
        if self.is_whole:
            found[0] = 1.0
            found[1 : q + 1] = values
            for row, (one, other) in zip(found[q + 1 :], pairs, strict=True):
                np.multiply(values[one], values[other], out=row)
            return found.T
        is_answered = ~np.isnan(values)
        values, answered = np.where(is_answered, values, 0.0), is_answered.astype(float)
        squares = values**2
        counts, products, firsts, seconds = np.split(found, np.cumsum([len(pairs), len(pairs), q * q]))
        for row, (one, other) in enumerate(pairs):
            np.multiply(answered[one], answered[other], out=counts[row])
            np.multiply(values[one], values[other], out=products[row])
        np.multiply(values[:, None], answered, out=firsts.reshape(q, q, -1))
        np.multiply(squares[:, None], answered, out=seconds.reshape(q, q, -1))
        return found.T

    def covariances(self, sums: np.ndarray) -> np.ndarray:
        """Covariances of whole rows, in standard deviations of the whole sample: (n, sums) → (n, q, q)."""
        q = self.values.shape[1]
        means = sums[:, 1:] / sums[:, :1]
        covariance = _square(means[:, q:], q)
        return covariance - means[:, :q, None] * means[:, None, :q]

    def correlations(self, sums: np.ndarray) -> np.ndarray:
        """Correlations from weighted sums of the products: (n, sums) → (n, q, q).

        0 off the diagonal where a variable has no spread; NaN for an outcome without spread, and where nobody answered
        both of a pair.
        """
        q = self.values.shape[1]
        if self.is_whole:
            covariance = self.covariances(sums)
            variance = np.broadcast_to(np.einsum("...ii->...i", covariance)[:, :, None], covariance.shape)
        else:
            pairs = q * (q + 1) // 2
            n = _square(sums[:, :pairs], q)
            n = np.where(n > 0, n, np.nan)
            mean, square = (part.reshape(-1, q, q) / n for part in np.split(sums[:, 2 * pairs :], 2, axis=1))
            covariance = _square(sums[:, pairs : 2 * pairs], q) / n - mean * np.swapaxes(mean, 1, 2)
            variance = square - mean**2
        spread = np.sqrt(np.where(variance > NO_SPREAD, variance, np.inf))
        found = covariance / (spread * np.swapaxes(spread, 1, 2))
        outcome_spreads = np.einsum("...ii->...i", variance)[:, -1] > NO_SPREAD
        found[~outcome_spreads, -1, :] = found[~outcome_spreads, :, -1] = np.nan
        found = np.clip(found, -1.0, 1.0)
        found[:, np.arange(q), np.arange(q)] = 1.0
        return found


def _square(lower: np.ndarray, q: int) -> np.ndarray:
    """Symmetric matrices from their lower triangles."""
    first, second = np.tril_indices(q)
    whole = np.empty((len(lower), q, q))
    whole[:, first, second] = whole[:, second, first] = lower
    return whole


def weighted_sums(products: Products, times: np.ndarray, used: DriverAnswers) -> np.ndarray:
    """Sums of products over rows, each counted by its weight and as often as its person is drawn.

    Parameters
    ----------
    products : Products, or anything that gives them for some rows and knows `n_sums`
    times : array, (n, people)
    used : DriverAnswers

    Returns
    -------
    array, (n, sums)
    """
    n_rows = len(used.weight)
    is_one_each = n_rows == used.n_customers and bool((used.person == np.arange(n_rows)).all())
    total = np.zeros((len(times), products.n_sums))
    at_once = max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // products.n_sums))
    for begin in range(0, n_rows, at_once):
        rows = slice(begin, begin + at_once)
        counted = times[:, rows] if is_one_each else times[:, used.person[rows]]
        total += (counted * used.weight[rows]) @ products(rows)
    return total


def has_spread(values: np.ndarray) -> np.ndarray:
    """Which columns hold more than one value, NaN aside."""
    is_answered = ~np.isnan(values)
    high = np.where(is_answered, values, -np.inf).max(axis=0, initial=-np.inf)
    low = np.where(is_answered, values, np.inf).min(axis=0, initial=np.inf)
    return high > low


def contradicts(correlations: np.ndarray) -> np.ndarray:
    """Which matrices, (n, q, q), no data without gaps could have: an eigenvalue is below 0."""
    is_finite = np.isfinite(correlations).all(axis=(1, 2))
    least = np.full(len(correlations), np.nan)
    least[is_finite] = np.linalg.eigvalsh(correlations[is_finite])[:, 0]
    return least < LEAST_EIGENVALUE


def mended(correlations: np.ndarray) -> np.ndarray:
    """Matrices of correlations with what contradicts taken out: eigenvalues below 0 made 0, and the diagonal 1 again.

    References
    ----------
    Rebonato & Jäckel (2000), Journal of Risk 2.
    """
    size, axis = np.linalg.eigh(correlations)
    whole = (axis * np.maximum(size, 0.0)[:, None, :]) @ np.swapaxes(axis, 1, 2)
    sd = np.sqrt(np.einsum("...ii->...i", whole))
    return whole / (sd[:, :, None] * sd[:, None, :])
