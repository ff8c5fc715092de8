"""Which end of a scale is the good one, for each driver and for the outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cxlib.drivers.answers import numbers
from cxlib.errors import ParameterError, hint
from cxlib.metrics.answers import check_scores, scale_of
from cxlib.scales import Scale

BETTER = ("higher", "lower")


def scales_of(answers: pd.DataFrame, scales: Mapping[str, Scale] | None) -> dict[str, Scale]:
    """The scales that are given, each of a column of the answers.

    Parameters
    ----------
    answers : DataFrame
    scales : mapping of column to Scale, optional

    Returns
    -------
    dict of column to Scale

    Raises
    ------
    ParameterError
        A name that is no column, a column without numbers, or a scale of dates.
    ScoreRangeError
        An answer lies outside its scale, as a code for no answer would.
    """
    found = dict(scales or {})
    for name, scale in found.items():
        if name not in answers.columns:
            raise ParameterError(
                f"scales names {name!r}, which is no column of answers{hint(name, list(map(str, answers.columns)))}"
            )
        scale_of(None, scale)
        score = numbers(answers, name)
        check_scores(score[~np.isnan(score)], scale, metric=name, column=name, frame="answers")
    return found


def better_of(columns: Iterable[str], scales: Mapping[str, Scale]) -> list[str]:
    """Which end of each column's scale is the good one, of `BETTER`; the higher one where no scale is given."""
    return [scales[name].better if name in scales else "higher" for name in columns]


def signs_of(columns: Iterable[str], scales: Mapping[str, Scale]) -> np.ndarray:
    """1 for each column whose higher end is the good one, −1 for the others.

    >>> effort = Scale(name="effort", minimum=1, maximum=7, expected=4, better="lower")
    >>> signs_of(["effort", "staff"], {"effort": effort})
    array([-1,  1])
    """
    return np.array([1 if better == "higher" else -1 for better in better_of(columns, scales)], dtype=int)
