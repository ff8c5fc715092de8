"""How long customers under contract stay: the shifted beta-geometric model of a retention curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import differentiate, optimize, special

from cxlib.errors import ParameterError
from cxlib.intervals import normal_quantile

FARTHEST = 8.0
"""Of log alpha and log beta from 0. Beyond it customers differ so little, or so much, that any further number fits as
well."""


@dataclass(frozen=True, kw_only=True)
class RetentionCurve:
    """A fitted shifted beta-geometric model.

    Attributes
    ----------
    alpha, beta : float, > 0
        Each customer leaves in a period with a probability of her own, and these vary as Beta(alpha, beta).
    low_alpha, high_alpha, low_beta, high_beta : float
        95 % intervals, from the curvature of the likelihood on the log scale.
    n_customers : int
        At the start.
    n_periods : int
        That were observed.
    """

    alpha: float
    beta: float
    low_alpha: float
    high_alpha: float
    low_beta: float
    high_beta: float
    n_customers: int
    n_periods: int

    def survival(self, period) -> np.ndarray:
        """The share that is still there after so many periods, 0 to 1.

        Parameters
        ----------
        period : array-like of float, >= 0
        """
        return np.exp(_log_survival(self.alpha, self.beta, np.asarray(period, float)))


def fit_retention(survivors: Sequence[float]) -> RetentionCurve:
    """Fit the shifted beta-geometric model to the number of customers left after each period.

    Parameters
    ----------
    survivors : sequence of int, one per period
        The customers at the start, then those left at the end of each period: never more than before. All are under
        contract from the start, and leave only between two periods.

    Returns
    -------
    RetentionCurve

    Raises
    ------
    ParameterError
        Fewer than three numbers; one that is not whole, negative or above the one before; nobody who left or stayed; or
        no alpha and beta that fit better than all others.

    Notes
    -----
    Maximum likelihood of P(T = t) = B(α + 1, β + t − 1) / B(α, β) for those who left, and of
    S(t) = B(α, β + t) / B(α, β) for those who stay. The cost is that of the periods, not of the customers. That the
    remaining customers stay longer and longer need not mean that anybody grows loyal: the ready to leave have left.

    References
    ----------
    Fader & Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1).

    Examples
    --------
    >>> curve = fit_retention([1000, 631, 468, 382, 326, 289, 262, 241])
    >>> round(curve.alpha, 3), round(curve.beta, 3)
    (0.704, 1.182)
    """
    left_behind = np.asarray(survivors, float)
    if left_behind.ndim != 1 or left_behind.size < 3:
        raise ParameterError(
            f"survivors: found {left_behind.size} numbers; needed: the customers at the start and those left after "
            "each of at least two periods"
        )
    if not (np.isfinite(left_behind).all() and (left_behind >= 0).all() and (left_behind % 1 == 0).all()):
        raise ParameterError("survivors holds something that is no whole number of customers; multiply shares first")
    lost = -np.diff(left_behind)
    if (lost < 0).any():
        period = int(np.argmax(lost < 0)) + 1
        raise ParameterError(
            f"survivors: more customers after period {period} than before it ({left_behind[period]:g} after "
            f"{left_behind[period - 1]:g}); count those of one start only"
        )
    if lost.sum() == 0 or left_behind[1] == 0:
        raise ParameterError(
            "survivors: a curve needs somebody who left and somebody who stayed after the first period"
        )

    periods = np.arange(1, left_behind.size)

    def cost(logs):
        alpha, beta = np.exp(logs)
        total = left_behind[-1] * _log_survival(alpha, beta, periods[-1])
        for period, count in zip(periods, lost, strict=True):
            total = total + count * (special.betaln(alpha + 1, beta + period - 1) - special.betaln(alpha, beta))
        return -total

    fitted = optimize.minimize(cost, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9})
    if not fitted.success or np.abs(fitted.x).max() > FARTHEST:
        raise ParameterError(
            "survivors: no curve of this model is the best one; where the same share leaves in every period, or "
            "more and more do, customers do not differ in the way that the model takes"
        )
    curvature = differentiate.hessian(cost, fitted.x).ddf
    if not (np.isfinite(curvature).all() and (np.linalg.eigvalsh(curvature) > 0).all()):
        raise ParameterError("survivors: too few periods or customers to tell one curve from the next")
    covariance = np.linalg.inv(curvature)
    half = normal_quantile() * np.sqrt(np.diag(covariance))
    (alpha, beta), low, high = np.exp(fitted.x), np.exp(fitted.x - half), np.exp(fitted.x + half)
    return RetentionCurve(
        alpha=float(alpha),
        beta=float(beta),
        low_alpha=float(low[0]),
        high_alpha=float(high[0]),
        low_beta=float(low[1]),
        high_beta=float(high[1]),
        n_customers=int(left_behind[0]),
        n_periods=int(periods[-1]),
    )


def _log_survival(alpha, beta, period):
    return special.betaln(alpha, beta + period) - special.betaln(alpha, beta)
