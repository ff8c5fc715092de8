"""Weights under which those who answered have the known margins of all who were asked."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.answers import effective_n
from cxlib.errors import ParameterError, require_columns

TOLERANCE = 1e-9
"""A margin is met where no share is further off."""

MOST_ROUNDS = 1_000


class EmptyMarginWarning(UserWarning):
    """A level of a margin has nobody who answered, so no weight can bring it to its share."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RakedWeights:
    """Weights that meet known margins, and what they cost.

    Attributes
    ----------
    weights : Series of float, by respondent, with a mean of 1
    margins : DataFrame, one row per margin and level
        margin, level; n_respondents : int; known_share, share_before, share_after : float
    n_rounds : int
        After so many no share was off by more than `largest_gap`.
    largest_gap : float
        The largest difference between a share after weighting and the known one; above the tolerance only where weights
        were trimmed.
    effective_n : float
        (Σw)² / Σw² (Kish): as many unweighted answers would be as sure.
    n_trimmed : int
    empty : tuple of (margin, level)
        Levels with a known share and without respondents of any weight; their share went to the others in proportion.
    """

    weights: pd.Series
    margins: pd.DataFrame
    n_rounds: int
    largest_gap: float
    effective_n: float
    n_trimmed: int
    empty: tuple[tuple[str, object], ...]


def raked_weights(
    respondents: pd.DataFrame,
    margins: Mapping[str, Mapping],
    *,
    start: str | None = None,
    largest_weight: float | None = None,
) -> RakedWeights:
    """Rake: scale the weights to one margin after the other until all are met (iterative proportional fitting).

    Parameters
    ----------
    respondents : DataFrame, one row per respondent
        Needs a column for each margin.
    margins : mapping of column to a mapping or Series of level to share or count
        Such as `{"segment": {"House": 739, "Apartment": 904}}`; each is scaled to sum to 1. `Series.value_counts()` of
        all who were asked is one.
    start : str, optional
        The column with the weights to begin with; else each is 1.
    largest_weight : float, > 1, optional
        Weights above so many times the mean are cut to it after raking, and what is cut goes to all others in
        proportion, until none is above it: less variance, and the margins are no longer met (see `largest_gap`).

    Returns
    -------
    RakedWeights

    Raises
    ------
    MissingColumnError
    ParameterError
        No margin, a respondent without a level or with one that the margin does not have, a share or weight that is no
        number of at least 0, margins that contradict one another in these respondents, or a largest weight that cannot
        hold since too few have a weight above 0.

    Warns
    -----
    EmptyMarginWarning
        A level has a known share and no respondent, or none with a weight above 0: put it together with another.

    Notes
    -----
    Of all weights that meet the margins these are nearest to the first ones in Kullback-Leibler divergence. They take
    away the bias that comes of the margins' own levels, and none that is left within them.

    References
    ----------
    Deming & Stephan (1940), Annals of Mathematical Statistics 11. Csiszár (1975), Annals of Probability 3, for
    convergence. Kish (1965), Survey Sampling, for the effective n. Potter (1990), Proceedings of the Survey Research
    Methods Section, American Statistical Association, for cutting by turns.

    Examples
    --------
    >>> answered = pd.DataFrame({"segment": ["House"] * 3 + ["Farm"]})
    >>> raked_weights(answered, {"segment": {"House": 50, "Farm": 50}}).weights.round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    if not margins:
        raise ParameterError("margins is empty: give at least one, such as {'segment': {'House': 0.4, 'Farm': 0.6}}")
    require_columns(respondents, [*margins, *([start] if start else [])], name="the respondents")
    if respondents.empty:
        raise ParameterError("there is no respondent to weight")
    if largest_weight is not None and not largest_weight > 1:
        raise ParameterError(f"largest_weight: found {largest_weight}; allowed: above 1, in means of the weights")
    first = _first_weights(respondents, start)
    known = {name: _known_shares(respondents, name, margin, first) for name, margin in margins.items()}
    empty = tuple((name, level) for name, (_, _, absent) in known.items() for level in absent)
    if empty:
        listed = ", ".join(f"{name} {level!r}" for name, level in empty)
        warnings.warn(
            f"nobody who counts answered in {listed}: their share goes to the others; put such a level together with "
            "another",
            EmptyMarginWarning,
            stacklevel=2,
        )
    codes = {
        name: pd.Categorical(respondents[name], categories=shares.index).codes for name, (shares, _, _) in known.items()
    }
    targets = {name: shares.to_numpy(float) for name, (shares, _, _) in known.items()}
    weights, n_rounds = _rake(first, codes, targets)
    is_trimmed = np.zeros(len(weights), dtype=bool)
    if largest_weight is not None:
        weights, is_trimmed = _trimmed(weights, largest_weight)
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "margin": name,
                    "level": shares.index.astype("object"),
                    "n_respondents": np.bincount(codes[name], minlength=len(shares)),
                    "known_share": given.reindex(shares.index).to_numpy(),
                    "share_before": _shares(first, codes[name], len(shares)),
                    "share_after": _shares(weights, codes[name], len(shares)),
                }
            )
            for name, (shares, given, _) in known.items()
        ],
        ignore_index=True,
    )
    return RakedWeights(
        weights=pd.Series(weights, respondents.index, name="survey_weight"),
        margins=table,
        n_rounds=n_rounds,
        largest_gap=_largest_gap(weights, codes, targets),
        effective_n=float(effective_n(weights)),
        n_trimmed=int(is_trimmed.sum()),
        empty=empty,
    )


def _rake(
    first: np.ndarray, codes: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, int]:
    """The weights, scaled to each margin in turn until none is off, and after how many rounds."""
    weights = first / first.mean()
    for n_rounds in range(MOST_ROUNDS):
        if _largest_gap(weights, codes, targets) <= TOLERANCE:
            return weights / weights.mean(), n_rounds
        for name, code in codes.items():
            shares = _shares(weights, code, len(targets[name]))
            factors = np.divide(targets[name], shares, out=np.zeros_like(shares), where=shares > 0)
            weights = weights * factors[code]
    raise ParameterError(
        f"after {MOST_ROUNDS:,} rounds a margin is still off by {_largest_gap(weights, codes, targets):.2g}: the "
        "margins contradict one another in these respondents, since levels that should go together have nobody; use "
        "fewer margins, or put levels together"
    )


def _trimmed(weights: np.ndarray, largest: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights with a mean of 1 of which none is above the largest, and which were cut.

    Raises
    ------
    ParameterError
    """
    n, n_weighing = len(weights), int((weights > 0).sum())
    if n_weighing * largest < n:
        raise ParameterError(
            f"largest_weight: found {largest:g}, but only {n_weighing} of {n} respondents have a weight above 0, so "
            f"some of theirs is {n / n_weighing:g} or more; allowed: at least that, or leave the others out first"
        )
    is_cut = np.zeros(n, dtype=bool)
    while (weights > largest).any():
        # those cut stay cut, since the others only grow: at most as many rounds as respondents
        is_cut |= weights > largest
        left, others = max(n - largest * is_cut.sum(), 0.0), weights[~is_cut].sum()
        weights = np.where(is_cut, largest, weights * (left / others if others > 0 else 0.0))
    return weights, is_cut


def _shares(weights: np.ndarray, code: np.ndarray, n_levels: int) -> np.ndarray:
    return np.bincount(code, weights=weights, minlength=n_levels) / weights.sum()


def _largest_gap(weights: np.ndarray, codes: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray]) -> float:
    gaps = [np.abs(_shares(weights, code, len(targets[name])) - targets[name]).max() for name, code in codes.items()]
    return float(max(gaps))


def _first_weights(respondents: pd.DataFrame, start: str | None) -> np.ndarray:
    if start is None:
        return np.ones(len(respondents))
    weights = respondents[start].to_numpy(float, na_value=np.nan)
    if not (np.isfinite(weights) & (weights >= 0)).all() or not weights.sum() > 0:
        raise ParameterError(f"{start} is to hold a weight of at least 0 for every respondent, and not only 0")
    return weights


def _known_shares(
    respondents: pd.DataFrame, name: str, margin: Mapping, first: np.ndarray
) -> tuple[pd.Series, pd.Series, list]:
    """The shares to be met by the levels that have respondents, the known shares of all levels, and the empty ones."""
    given = pd.Series(dict(margin), dtype="float64")
    if not (np.isfinite(given) & (given >= 0)).all() or not given.sum() > 0:
        raise ParameterError(f"margin {name!r}: every share or count is a number of at least 0, and not all are 0")
    levels = respondents[name]
    if levels.isna().any():
        raise ParameterError(
            f"margin {name!r}: {int(levels.isna().sum())} of {len(levels)} respondents have no {name}; give them a "
            "level of their own, with its share, or leave them out"
        )
    met = levels.astype("object").groupby(levels.astype("object")).size()
    stray = [level for level in met.index if not given.get(level, 0) > 0]
    if stray:
        raise ParameterError(
            f"margin {name!r}: {int(met[stray].sum())} respondents have {stray[0]!r}, which the margin gives no share; "
            f"it has {', '.join(map(repr, given.index))}"
        )
    given = given / given.sum()
    weighed = pd.Series(first).groupby(levels.to_numpy(object)).sum()
    absent = [level for level, share in given.items() if share > 0 and not weighed.get(level, 0) > 0]
    # who weighs nothing is in a level that no factor can fill: its share is 0
    there = given[given > 0].drop(index=[level for level in absent if level not in met.index])
    there = there.mask(there.index.isin(absent), 0.0)
    return there / there.sum(), given, absent
