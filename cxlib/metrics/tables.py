"""The frame that a metric hands back: groups, bases, figures, with those of few people blanked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.answers import key_columns
from cxlib.metrics.answers import Answers
from cxlib.metrics.hiding import hidden_groups


def metric_table(
    answers: Answers,
    bases: Mapping[str, np.ndarray | str],
    figures: Mapping[str, np.ndarray],
    *,
    smallest_base: int,
) -> pd.DataFrame:
    """One row per group: its keys, its bases, its figures.

    Parameters
    ----------
    answers : Answers
    bases : mapping of column to counts, or to a text
        Shown whatever their size.
    figures : mapping of column to numbers
        Blanked where fewer than `smallest_base` people answered, and where they would give such a group away.
    smallest_base : int, >= 1

    Returns
    -------
    DataFrame

    Raises
    ------
    ParameterError
        A key has the name of a column of the result; the smallest base is under 1.
    """
    key_columns(list(answers.groups.columns), taken=[*bases, *figures])
    hidden = hidden_groups(answers, smallest_base=smallest_base)
    table = answers.groups.assign(**{name: _column(values, answers.n_groups) for name, values in bases.items()})
    shown = {name: _column(values, answers.n_groups) for name, values in figures.items()}
    table = table.assign(**{name: _nullable(values).mask(hidden) for name, values in shown.items()})
    return table.set_axis(table.columns.astype("str"), axis=1)


def _column(values: np.ndarray | str, size: int) -> pd.Series:
    return pd.Series([values] * size, dtype="str") if isinstance(values, str) else pd.Series(values)


def _nullable(values: pd.Series) -> pd.Series:
    return values.astype("Int64") if pd.api.types.is_integer_dtype(values.dtype) else values
