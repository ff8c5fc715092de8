"""The regression behind the shares: coefficients, how far drivers can be told apart, and what may be chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from cxlib.drivers.elimination import ROUNDING

HIGHEST_P = 0.05
"""What chance would bring about more often than this is not taken for an effect."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Regression:
    """The regression of the outcome on all drivers, from correlations.

    Attributes
    ----------
    r_xx : array, (p, p)
    r_xy : array, (p,)
    n : float
        People, or as many of equal weight as tell as much.
    """

    r_xx: np.ndarray
    r_xy: np.ndarray
    n: float

    @property
    def df(self) -> float:
        """What the people leave free."""
        return self.n - len(self.r_xy) - 1

    @property
    def beta(self) -> np.ndarray:
        """Standardised coefficients; of drivers that make each other up, the smallest that fit."""
        return _inverse(self.r_xx) @ self.r_xy

    @property
    def r2(self) -> float:
        """The part of the outcome's variance that all drivers explain, 0 to 1."""
        return float(np.clip(self.r_xy @ self.beta, 0.0, 1.0))

    @property
    def p_value(self) -> float:
        """How often chance alone would explain so much: the F test of R²."""
        return _p_value(self.r2, 1 - self.r2, len(self.r_xy), self.df)

    @property
    def p_values_alone(self) -> np.ndarray:
        """How often chance alone would give a driver so large a correlation with the outcome."""
        alone = self.r_xy**2
        return np.array([_p_value(each, 1 - each, 1, self.n - 2) for each in alone])

    @property
    def p_values_added(self) -> np.ndarray:
        """How often chance alone would let a driver add so much to the others."""
        return np.array([_p_value(each, 1 - self.r2, 1, self.df) for each in self.added])

    @property
    def added(self) -> np.ndarray:
        """What each driver adds to R² beside all others."""
        return np.array([max(self.r2 - _explained(self.r_xx, self.r_xy, others), 0.0) for others in self._others])

    @property
    def vif(self) -> np.ndarray:
        """Variance inflation: 1 / (1 − R² of a driver by the others); infinite where they make it up."""
        own = np.array([1 - _explained(self.r_xx, self.r_xx[each], others) for each, others in enumerate(self._others)])
        return np.where(own > ROUNDING, 1 / np.where(own > ROUNDING, own, 1.0), np.inf)

    @property
    def may_be_nothing(self) -> np.ndarray:
        """The drivers of which neither the correlation nor what they add to the others is beyond chance.

        Both are tested at half of 5 %, so that a driver that is nothing is called so in at least 95 % of samples.
        """
        return np.minimum(self.p_values_alone, self.p_values_added) > HIGHEST_P / 2

    @property
    def _others(self) -> list[np.ndarray]:
        everything = np.arange(len(self.r_xy))
        return [np.delete(everything, each) for each in everything]


def adjusted_r2(r2, n, p: int) -> np.ndarray:
    """R² less what chance alone would explain of n people by p drivers, not under 0; NaN where nothing is left free.

    References
    ----------
    Ezekiel (1930), Methods of Correlation Analysis.
    """
    r2, df = np.asarray(r2, float), np.asarray(n, float) - p - 1
    free = df > 0
    return np.where(free, np.clip(r2 - p * (1 - r2) / np.where(free, df, 1.0), 0.0, None), np.nan)


def told_from(r_xx: np.ndarray, driver: int, *, least: float) -> list[int]:
    """Other drivers, taken one after another, the one that adds most first, until they explain `least` of a driver.

    Parameters
    ----------
    r_xx : array, (p, p)
    driver : int
    least : float, at most what all others explain

    Returns
    -------
    list of int
    """
    taken: list[int] = []
    explained = 0.0
    left = [other for other in range(len(r_xx)) if other != driver]
    while left and explained < least:
        found = {other: _explained(r_xx, r_xx[driver], np.array([*taken, other])) for other in left}
        best = max(left, key=found.__getitem__)
        taken.append(best)
        left.remove(best)
        explained = found[best]
    return taken


def _inverse(r_xx: np.ndarray) -> np.ndarray:
    return np.linalg.pinv(r_xx, rtol=ROUNDING, hermitian=True)


def _explained(r_xx: np.ndarray, r_xy: np.ndarray, among: np.ndarray) -> float:
    """R² of some of the drivers."""
    if not among.size:
        return 0.0
    return float(r_xy[among] @ _inverse(r_xx[np.ix_(among, among)]) @ r_xy[among])


def _p_value(added: float, unexplained: float, df: int, df_rest: float) -> float:
    if df_rest <= 0:
        return 1.0
    return float(special.fdtrc(df, df_rest, added / df / max(unexplained / df_rest, 1e-300)))
