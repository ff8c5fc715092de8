"""Who was asked, and how many of them answered."""

from __future__ import annotations

import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, suppress_derivable
from cxlib.errors import ParameterError, require_columns
from cxlib.intervals import wilson_interval


def asked_customers(customers: pd.DataFrame, responses: pd.DataFrame, *, metric: str | None = None) -> pd.DataFrame:
    """The customers who were asked, where the answers that never came stand among the answers with an empty score.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        Needs customer_id.
    responses : DataFrame, one row per answer, given or not
        Needs customer_id; and metric where one is asked for.
    metric : str, optional
        Only those who were asked for this one.

    Returns
    -------
    DataFrame, the rows of `customers` who have a row among the responses

    Raises
    ------
    MissingColumnError
    """
    require_columns(customers, ["customer_id"], name="customers")
    require_columns(responses, ["customer_id", *(["metric"] if metric else [])], name="responses")
    meant = responses if metric is None else responses.loc[responses["metric"] == metric]
    return customers.loc[customers["customer_id"].isin(meant["customer_id"])]


def nonresponse(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    metric: str | None = None,
    by: str | list[str] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """How many of those who were asked answered, per group, with the interval of the rate.

    Parameters
    ----------
    asked : DataFrame, one row per customer who was asked
        Needs customer_id and the `by` columns, which are known of everybody, such as `segment`. See `asked_customers`;
        where the study holds no unanswered rows it is for you to say who was asked.
    responses : DataFrame, one row per answer
        Needs customer_id and score (NA = unanswered); and metric where one is asked for. Whoever gave one score has
        answered.
    metric : str, optional
    by : str or list of str, optional
    smallest_base : int, >= 1
        Groups with fewer asked are suppressed, and with them what their total would give away.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`; a missing value is a group of its own
        n_asked : int
        n_answered : int
        response_share, low_share, high_share : float, 0 to 1, 95 % Wilson interval

    Raises
    ------
    MissingColumnError
    ParameterError
        A customer is listed twice, or somebody answered who was not asked.

    Notes
    -----
    A low rate is not bias, and a high one no proof against it (Groves 2006): what counts is whether those who stay
    silent would have said something else. `headline_bounds` says how much that could be.

    References
    ----------
    Groves (2006), Public Opinion Quarterly 70(5). AAPOR, Standard Definitions, for the response rate: here the asked
    are all eligible (RR1).
    """
    people = answered_of(asked, responses, metric=metric, by=by)
    keys = keys_of(by)
    groups = people.groupby(keys, observed=True, dropna=False) if keys else people.groupby(lambda _: 0)
    counts = groups["has_answered"].agg(n_asked="size", n_answered="sum")
    counts = counts.reset_index() if keys else counts.reset_index(drop=True)
    low, high = wilson_interval(counts["n_answered"], counts["n_asked"])
    rates = counts.assign(response_share=counts["n_answered"] / counts["n_asked"], low_share=low, high_share=high)
    figures = ["n_answered", "response_share", "low_share", "high_share"]
    return suppress_derivable(rates, base="n_asked", columns=figures, smallest_base=smallest_base)


def keys_of(by: str | list[str] | None) -> list[str]:
    """The grouping columns as a list."""
    return [] if by is None else [by] if isinstance(by, str) else list(by)


def answered_of(
    asked: pd.DataFrame, responses: pd.DataFrame, *, metric: str | None, by: str | list[str] | None
) -> pd.DataFrame:
    """The asked, each with their groups and whether they answered.

    Raises
    ------
    MissingColumnError, ParameterError
    """
    keys = keys_of(by)
    require_columns(asked, ["customer_id", *keys], name="those who were asked")
    repeated = asked["customer_id"].duplicated()
    if repeated.any():
        raise ParameterError(
            f"those who were asked hold {int(repeated.sum())} repeated ids, such as "
            f"{asked.loc[repeated, 'customer_id'].iloc[0]!r}: one row per customer"
        )
    answered = answers_of(responses, metric=metric)["customer_id"]
    stray = answered[~answered.isin(asked["customer_id"])]
    if len(stray):
        raise ParameterError(
            f"{stray.nunique()} of {answered.nunique()} who answered are not among those who were asked, such as "
            f"{stray.iloc[0]!r}; list everybody who was asked, or leave their answers out"
        )
    return asked[["customer_id", *keys]].assign(has_answered=asked["customer_id"].isin(answered))


def answers_of(responses: pd.DataFrame, *, metric: str | None) -> pd.DataFrame:
    """The answers that hold a score and weigh anything, of one metric where it is named.

    Raises
    ------
    MissingColumnError
    """
    require_columns(responses, ["customer_id", "score", *(["metric"] if metric else [])], name="responses")
    meant = responses if metric is None else responses.loc[responses["metric"] == metric]
    counts = meant["score"].notna()
    if "survey_weight" in meant.columns:
        counts &= meant["survey_weight"].fillna(1.0) != 0  # a negative one is refused where it is used
    return meant.loc[counts]
