"""Samples of people drawn with replacement, a block at a time, and the intervals that they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil

import numpy as np
from scipy import special

from cxlib.errors import ParameterError
from cxlib.intervals import CONFIDENCE

CELLS_AT_ONCE = 16_000_000
"""Draws times people that are held at once: 32 MB."""

PEOPLE_AT_ONCE = 2048
"""Whose weights are summed at once: what stays in a processor's own memory."""

FEWEST_DRAWS = 100
"""Fewer leave two of them beyond each end of an interval."""

PROGRESS_STEPS, FEWEST_AT_ONCE = 20, 125
"""A watcher hears so often, unless the draws between were too few to be summed well."""

Watcher = Callable[[int, int], None]
"""Is told how many draws are done, of how many."""


def samples_of_people(
    n_customers: int, *, draws: int, seed: int, progress: Watcher | None = None
) -> Iterator[np.ndarray]:
    """How often each person is drawn, for some draws after others.

    Parameters
    ----------
    n_customers : int, >= 1
    draws : int, >= `FEWEST_DRAWS`
    seed : int
    progress : callable of (done, total), optional
        Called when a block has been worked off.

    Yields
    ------
    array of int16, (draws of the block, n_customers)

    Raises
    ------
    ParameterError
    """
    if draws < FEWEST_DRAWS:
        raise ParameterError(f"draws must be at least {FEWEST_DRAWS}, found {draws}")
    random = np.random.default_rng(seed)
    at_once = max(1, min(CELLS_AT_ONCE // n_customers, max(ceil(draws / PROGRESS_STEPS), FEWEST_AT_ONCE)))
    for begin in range(0, draws, at_once):
        times = np.empty((min(at_once, draws - begin), n_customers), dtype=np.int16)
        for row in times:
            row[:] = np.bincount(random.integers(0, n_customers, n_customers, dtype=np.uint32), minlength=n_customers)
        yield times
        if progress is not None:
            progress(begin + len(times), draws)


def effective_sizes(times: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Kish's effective n of each sample: of people counted by their weight, and as often as they are drawn.

    Parameters
    ----------
    times : array of int, (n, people)
    weight : array of float, (people,)

    Returns
    -------
    array of float, (n,); 0 where nobody of any weight is drawn
    """
    total, squares = np.zeros(len(times)), np.zeros(len(times))
    for begin in range(0, len(weight), PEOPLE_AT_ONCE):
        some = slice(begin, begin + PEOPLE_AT_ONCE)
        counted = times[:, some] * weight[some]
        total += counted.sum(axis=1)
        squares += np.einsum("ij,ij->i", counted, counted)
    return np.divide(total**2, squares, out=np.zeros_like(squares), where=squares > 0)


def percentile_interval(drawn: np.ndarray, *, df: float) -> tuple[np.ndarray, np.ndarray]:
    """The interval that leaves an equal part of the draws on either side, widened for a small sample.

    Parameters
    ----------
    drawn : array, (draws, …)
        Draws with a NaN among them are left out.
    df : float, > 0
        What the people leave free once the drivers are fitted.

    Returns
    -------
    (low, high) : arrays; NaN where no draw is left

    Notes
    -----
    A sample drawn of a sample varies less than a sample does, by a factor of about df / n, and its normal quantile
    should be Student's: the parts left out on either side are smaller for that.

    References
    ----------
    Hesterberg (2015), The American Statistician 69, 371-386, "What teachers should know about the bootstrap", for the
    widening.
    """
    drawn = drawn[np.isfinite(drawn.reshape(len(drawn), -1)).all(axis=1)]
    if not len(drawn):
        return np.full(drawn.shape[1:], np.nan), np.full(drawn.shape[1:], np.nan)
    outside = outside_share(df)
    return tuple(np.quantile(drawn, [outside, 1 - outside], axis=0))


def outside_share(df: float, *, confidence: float = CONFIDENCE) -> float:
    """The part of the draws beyond each end of an interval; 0.025 for many people, less for few.

    >>> round(outside_share(1e9), 4), round(outside_share(20), 4)
    (0.025, 0.0163)
    """
    t = special.stdtrit(df, 0.5 + confidence / 2)
    return float(special.ndtr(-t * np.sqrt((df + 1) / df)))
