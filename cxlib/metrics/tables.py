"""The frame that a metric hands back: groups, bases, figures, with those of few people blanked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.confidentiality import suppress_small_bases
from cxlib.metrics.answers import Answers


def metric_table(
    answers: Answers,
    bases: Mapping[str, np.ndarray],
    figures: Mapping[str, np.ndarray],
    *,
    n_customers: np.ndarray,
    smallest_base: int,
) -> pd.DataFrame:
    """One row per group: its keys, its bases, its figures.

    Parameters
    ----------
    answers : Answers
    bases : mapping of column to counts
        Shown whatever their size.
    figures : mapping of column to numbers
        Blanked where fewer than `smallest_base` people answered.
    n_customers : array of int
        Where nobody says who answered, every answer is one.
    smallest_base : int

    Returns
    -------
    DataFrame, with n_customers after the bases where the answers say who gave them

    Raises
    ------
    ParameterError
    """
    known = {"n_customers": n_customers.astype("int64")} if answers.knows_customers else {}
    table = answers.groups.assign(**bases, **known, **figures, n_people=n_customers)
    shown = suppress_small_bases(table, base="n_people", columns=figures, smallest_base=smallest_base)
    shown = shown.drop(columns="n_people")
    return shown.set_axis(shown.columns.astype("str"), axis=1)
