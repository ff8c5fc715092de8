"""Weighted correlations from sums that can be added up over any sample of people, whole rows or pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cxlib.drivers.answers import DriverAnswers

NO_SPREAD = 1e-10
"""Variance, of variables with variance 1 in the whole sample, under which what is left is rounding."""

NOBODY = 1e-12
"""Of all weight; a pair that so little answered was answered by nobody, and what is left is rounding."""

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
        """How many sums there are of each draw: those of all rows, and those of each variable's gap, if any."""
        return self.n_products + (0 if self.is_whole else self.values.shape[1] * self.n_gap_products)

    @property
    def n_products(self) -> int:
        """How many products there are of each row: 1, the variables, and the products of two."""
        q = self.values.shape[1]
        return 1 + q + q * (q + 1) // 2

    @property
    def n_gap_products(self) -> int:
        """How many there are of each row of a gap: 1, and who answered what, the variables and their squares."""
        return 1 + 3 * self.values.shape[1]

    @cached_property
    def gaps(self) -> list[tuple[bool, np.ndarray]]:
        """For each variable the fewer rows, those that answered it (True) or those that did not."""
        answered = ~np.isnan(self.values)
        is_few = answered.sum(axis=0) <= len(answered) / 2
        return [(few, np.flatnonzero(column == few)) for few, column in zip(is_few.tolist(), answered.T, strict=True)]

    def __call__(self, rows: slice) -> np.ndarray:
        """The products of some rows, (rows, products); of gaps they are 0."""
        values = np.nan_to_num(np.ascontiguousarray(self.values[rows].T), copy=False)
        q = len(values)
        found = np.empty((self.n_products, values.shape[1]))
        found[0] = 1.0
        found[1 : q + 1] = values
        for row, (one, other) in zip(found[q + 1 :], zip(*np.tril_indices(q), strict=True), strict=True):
            np.multiply(values[one], values[other], out=row)
        return found.T

    def of_gap(self, rows: np.ndarray) -> np.ndarray:
        """The products of some rows of a gap, (rows, gap products)."""
        values = self.values[rows]
        answered = ~np.isnan(values)
        values = np.where(answered, values, 0.0)
        return np.column_stack([np.ones(len(values)), answered, values, values**2])

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
            n, mean, square = self._of_both(sums)
            covariance = _square(sums[:, 1 + q : self.n_products], q) / n - mean * np.swapaxes(mean, 1, 2)
            variance = square - mean**2
        spread = np.sqrt(np.where(variance > NO_SPREAD, variance, np.inf))
        found = covariance / (spread * np.swapaxes(spread, 1, 2))
        outcome_spreads = np.einsum("...ii->...i", variance)[:, -1] > NO_SPREAD
        found[~outcome_spreads, -1, :] = found[~outcome_spreads, :, -1] = np.nan
        found = np.clip(found, -1.0, 1.0)
        found[:, np.arange(q), np.arange(q)] = 1.0
        return found

    def _of_both(self, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of the rows that answered both of a pair, (n, q, q): their weight, NaN where there is none, and the first
        one's mean and mean square."""
        q = self.values.shape[1]
        total = sums[:, 0]
        by_gap = sums[:, self.n_products :].reshape(len(sums), q, self.n_gap_products)
        is_few = np.array([few for few, _ in self.gaps])
        n_answered = np.where(is_few, by_gap[:, :, 0], total[:, None] - by_gap[:, :, 0])
        squares = _square(sums[:, 1 + q : self.n_products], q)
        whole = np.concatenate([n_answered, sums[:, 1 : 1 + q], np.einsum("...ii->...i", squares)], axis=1)
        # of each variable by the rows that answered another: of those, or of all less those that did not
        found = np.where(is_few[:, None], by_gap[:, :, 1:], whole[:, None, :] - by_gap[:, :, 1:])
        n, first, second = (np.swapaxes(part, 1, 2) for part in np.split(found, 3, axis=2))
        n = np.where(n > NOBODY * total[:, None, None], n, np.nan)
        return n, first / n, second / n


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
    products : Products
    times : array, (n, people)
    used : DriverAnswers

    Returns
    -------
    array, (n, sums)
    """
    n_rows = len(used.weight)
    is_one_each = n_rows == used.n_customers and bool((used.person == np.arange(n_rows)).all())
    sums = np.zeros((len(times), products.n_sums))
    whole = sums[:, : products.n_products]
    at_once = max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // products.n_products))
    for begin in range(0, n_rows, at_once):
        rows = slice(begin, begin + at_once)
        counted = times[:, rows] if is_one_each else times[:, used.person[rows]]
        whole += (counted * used.weight[rows]) @ products(rows)
    if not products.is_whole:
        by_gap = sums[:, products.n_products :].reshape(len(times), -1, products.n_gap_products)
        for number, (_, gap) in enumerate(products.gaps):
            for begin in range(0, len(gap), at_once):
                rows = gap[begin : begin + at_once]
                counted = times[:, used.person[rows]] * used.weight[rows]
                by_gap[:, number] += counted @ products.of_gap(rows)
    return sums


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
    Rebonato & Jäckel (2000), Journal of Risk 2, "The most general methodology for creating a valid correlation
    matrix …".
    """
    size, axis = np.linalg.eigh(correlations)
    whole = (axis * np.maximum(size, 0.0)[:, None, :]) @ np.swapaxes(axis, 1, 2)
    sd = np.sqrt(np.einsum("...ii->...i", whole))
    return whole / (sd[:, :, None] * sd[:, None, :])
