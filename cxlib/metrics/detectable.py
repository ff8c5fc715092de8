"""How large a change must be before it can be told from noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from scipy import special

from cxlib.errors import ParameterError
from cxlib.intervals import normal_quantile
from cxlib.metrics.measures import ADDED_ANSWERS

POWER = 0.8


@dataclass(frozen=True, kw_only=True)
class DetectableChange:
    """What so many answers can tell of a change in the Net Promoter Score.

    Attributes
    ----------
    n, n_before : float
        Answers now, and in the period compared with; None: a level that is known, such as a target.
    noise_points : float
        A smaller change is inside the 95 % interval around no change.
    detectable_points : float
        A true change of this size is outside of it with the probability `power`.
    power : float
    """

    n: float
    n_before: float | None
    noise_points: float
    detectable_points: float
    power: float


def detectable_change(
    n: float,
    *,
    promoter_share: float,
    detractor_share: float,
    n_before: float | None = None,
    correlation: float = 0.0,
    power: float = POWER,
) -> DetectableChange:
    """The smallest change of a Net Promoter Score that `n` answers can tell from noise.

    Parameters
    ----------
    n : float, > 0
        Answers now; the effective n where they are weighted or some customers answer twice.
    promoter_share, detractor_share : float, 0 to 1, together at most 1
        As `net_promoter_score` gives them.
    n_before : float, optional
        Answers in the period compared with, of about the same shares; default: against a level that is known, such as
        a target or the mean of a long history. Against a period of n answers a change must be √2 as large.
    correlation : float, −1 to 1
        Of the two periods' scores, with `n_before`, where the same customers answer in both.
    power : float, between 0.5 and 1
        Of `detectable_points`.

    Returns
    -------
    DetectableChange

    Raises
    ------
    ParameterError

    Notes
    -----
    noise = z(.975) · √(v/n + v/n_before − 2 r √(v/n · v/n_before)) with v = p + d − (p − d)², and
    detectable = (1 + z(power) / z(.975)) · noise, which is (z(.975) + z(power)) · standard error. Each period has three
    answers more than it has, as in the adjusted-Wald interval: of few that happen to be alike the next may not be.

    References
    ----------
    Cohen (1988), Statistical Power Analysis, chapter 2. Rocks (2016) for the added answers.

    Examples
    --------
    84 answers, of them 40 % promoters and 25 % detractors, tell a change of 17 points from a level that is known:

    >>> shares = {"promoter_share": 0.40, "detractor_share": 0.25}
    >>> round(detectable_change(84, **shares).noise_points)
    17

    From another month of 84 answers it takes more, and more still to be found four times in five:

    >>> two_months = detectable_change(84, n_before=84, **shares)
    >>> round(two_months.noise_points), round(two_months.detectable_points)
    (23, 34)
    """
    for name, value in (("n", n), ("n_before", n_before)):
        if value is not None and not value > 0:
            raise ParameterError(f"{name} must be above 0, found {value}")
    if not (promoter_share >= 0 and detractor_share >= 0 and promoter_share + detractor_share <= 1 + 1e-9):
        raise ParameterError(
            f"promoter_share and detractor_share must be at least 0 and together at most 1, found {promoter_share} "
            f"and {detractor_share}; 40 % is written 0.40"
        )
    if correlation and n_before is None:
        raise ParameterError(
            f"correlation ({correlation}) is that of two periods: give the answers of the other one as n_before; a "
            "level that is known goes together with nothing"
        )
    if not -1 <= correlation <= 1:
        raise ParameterError(f"correlation must lie from -1 to 1, found {correlation}")
    if not 0.5 < power < 1:
        raise ParameterError(f"power must lie between 0.5 and 1, found {power}")
    now = _error(n, promoter_share, detractor_share)
    then = 0.0 if n_before is None else _error(n_before, promoter_share, detractor_share)
    noise = 100 * normal_quantile() * sqrt(max(now**2 + then**2 - 2 * correlation * now * then, 0.0))
    return DetectableChange(
        n=n, n_before=n_before, noise_points=noise, detectable_points=times_noise(power) * noise, power=power
    )


def times_noise(power: float) -> float:
    """How many times the noise a true change must be to be told from it with this probability.

    >>> round(times_noise(0.8), 3)
    1.429
    """
    return 1 + float(special.ndtri(power)) / normal_quantile()


def _error(n: float, promoter_share: float, detractor_share: float) -> float:
    """The standard error of the score, in shares, with the added answers."""
    enlarged = n + sum(ADDED_ANSWERS.values())
    p = (promoter_share * n + ADDED_ANSWERS["promoters"]) / enlarged
    d = (detractor_share * n + ADDED_ANSWERS["detractors"]) / enlarged
    return sqrt((p + d - (p - d) ** 2) / enlarged)
