"""What every analysis of answers asks of them first: grouped by what, of what weight, given by whom.

The metrics, the drivers, the views of a survey and those of its non-respondents take their answers from here, so that
one answer counts alike everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlib.errors import ParameterError, hint, require_columns


def key_columns(by: str | list[str] | None, *, taken: Iterable[str] = ()) -> list[str]:
    """The columns that `by` names.

    Parameters
    ----------
    by : str or list of str, optional
    taken : iterable of str
        What the columns of the result are called: no group can be called so.

    Raises
    ------
    ParameterError
        A column is named twice, or its name is taken.
    """
    keys = [] if by is None else [by] if isinstance(by, str) else list(by)
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ParameterError(f"by names {', '.join(map(repr, twice))} more than once; name each column once")
    both = [key for key in keys if key in set(taken)]
    if both:
        raise ParameterError(
            f"by names {', '.join(map(repr, both))}, and so is a column of the result called; rename it first, such as "
            f"frame.rename(columns={{{both[0]!r}: {both[0] + '_group'!r}}})"
        )
    return keys


def check_metric_name(metric: str | None) -> None:
    """Raise where a metric is no name, such as a list of them.

    Raises
    ------
    ParameterError
    """
    if metric is not None and not isinstance(metric, str):
        raise ParameterError(
            f"metric: found {metric!r}; allowed: one name, such as 'nps'; ask for one metric at a time"
        )


def of_metric(responses: pd.DataFrame, metric: str | None) -> pd.DataFrame:
    """The rows of one metric; all of them where none is named, or where there is no `metric` column.

    Parameters
    ----------
    responses : DataFrame, one row per answer
    metric : str or None

    Returns
    -------
    DataFrame; no row of a frame without any

    Raises
    ------
    ParameterError
        The metric is no name, or no row has it while others have another: nothing is known of it, which is not nobody.
    """
    require_columns(responses, [], name="responses")
    check_metric_name(metric)
    if metric is None or "metric" not in responses.columns:
        return responses
    rows = responses.loc[responses["metric"] == metric]
    if rows.empty:
        known = sorted(responses["metric"].dropna().astype("str").unique())
        if known:
            raise ParameterError(
                f"no answer has the metric {metric!r}; there are {', '.join(map(repr, known))}{hint(metric, known)}"
            )
    return rows


def survey_weights(answers: pd.DataFrame) -> np.ndarray:
    """How much each row counts: its `survey_weight`, and 1 where it or the column is missing.

    Parameters
    ----------
    answers : DataFrame, one row per answer

    Returns
    -------
    array of float, one per row, at least 0; an answer of weight 0 counts nowhere

    Raises
    ------
    ParameterError
        A weight is no number, negative, or infinite.
    """
    if "survey_weight" not in answers.columns:
        return np.ones(len(answers))
    column = answers["survey_weight"]
    if not (pd.api.types.is_numeric_dtype(column.dtype) or column.isna().all()):
        raise ParameterError(f"survey_weight holds {column.dtype}, not numbers; weights are numbers of at least 0")
    weight = column.astype("float64").fillna(1.0).to_numpy()
    is_bad = ~((weight >= 0) & np.isfinite(weight))
    if is_bad.any():
        raise ParameterError(
            f"{int(is_bad.sum()):,} survey weights, such as {weight[is_bad][0]:g}, are negative or infinite; they are "
            "numbers of at least 0"
        )
    return weight


def respondents(answers: pd.DataFrame) -> tuple[np.ndarray, bool]:
    """Who gave each answer.

    Parameters
    ----------
    answers : DataFrame, one row per answer

    Returns
    -------
    code : array of int, one per row, 0 to n − 1
        The same for all answers of one `customer_id`; an answer of nobody known is one of somebody else.
    is_known : bool
        Whether there is a `customer_id`. Where there is none, several answers of one customer look like those of
        several.
    """
    if "customer_id" not in answers.columns:
        return np.arange(len(answers)), False
    code, customers = pd.factorize(answers["customer_id"])
    code = code.astype("int64")
    is_nameless = code < 0
    code[is_nameless] = len(customers) + np.arange(is_nameless.sum())
    return code, True


def people_of(customer_id: pd.Series, groups: pd.Series | np.ndarray) -> pd.Series:
    """The people of each group; a missing customer is nobody, as in a count of different ones.

    Parameters
    ----------
    customer_id : Series
    groups : Series or array, as long
        A missing group is none.

    Returns
    -------
    Series of frozenset, one entry per group with any row, its name as index

    >>> people_of(pd.Series(["C1", None, "C1", None]), np.array(["use", "use", "pay", "loyalty"])).map(len).to_dict()
    {'loyalty': 0, 'pay': 1, 'use': 1}
    """
    group, names = pd.factorize(groups, sort=True)
    person, people = pd.factorize(customer_id)
    is_someone = (group >= 0) & (person >= 0)
    pairs = np.unique(np.column_stack([group[is_someone], person[is_someone]]), axis=0)
    edges = np.searchsorted(pairs[:, 0], np.arange(1, len(names)))
    parts = np.split(np.asarray(people, dtype=object)[pairs[:, 1]], edges) if len(names) else []
    return pd.Series(list(map(frozenset, parts)), index=pd.Index(names), dtype="object")


def effective_n(weight: np.ndarray) -> np.ndarray:
    """How many equal weights would tell as much, along the last axis: (Σw)² / Σw²; 0 where there are none.

    References
    ----------
    Kish (1965), Survey Sampling.
    """
    squares = (weight**2).sum(axis=-1)
    return np.divide(weight.sum(axis=-1) ** 2, squares, out=np.zeros_like(squares, dtype=float), where=squares > 0)
