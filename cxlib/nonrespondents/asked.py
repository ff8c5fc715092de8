"""Who was asked, and how many of them answered."""

from __future__ import annotations

import pandas as pd

from cxlib.answers import key_columns, survey_weights
from cxlib.confidentiality import SMALLEST_BASE
from cxlib.confidentiality.crossed_groups import suppress_crossed
from cxlib.errors import ParameterError, require_columns
from cxlib.intervals import wilson_interval

RATES = ["response_share", "low_share", "high_share"]


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
        answered; one of `survey_weight` 0 is none.
    metric : str, optional
    by : str or list of str, optional
    smallest_base : int, >= 1
        Groups with fewer asked are suppressed, and with them what their total would give away.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`; a missing value is a group of its own
        n_asked_customers : int, customers
        n_customers : int, of them those who answered; NA where suppressed, as all that follows
        response_share, low_share, high_share : float, 0 to 1, 95 % Wilson interval

    Raises
    ------
    MissingColumnError
    ParameterError
        A customer is listed twice, somebody answered who was not asked, or `by` names a column of the result.

    Notes
    -----
    A low rate is not bias, and a high one no proof against it (Groves 2006): what counts is whether those who stay
    silent would have said something else. `headline_bounds` says how much that could be.

    References
    ----------
    Groves (2006), Public Opinion Quarterly 70(5). AAPOR, Standard Definitions, for the response rate: here the asked
    are all eligible (RR1).
    """
    keys = key_columns(by, taken=["n_asked_customers", "n_customers", *RATES])
    people, has_answered = who_answered(asked, answers_of(responses, metric=metric), keys)
    rates = with_rates(people, has_answered, keys)
    low, high = wilson_interval(rates["n_customers"], rates["n_asked_customers"])
    rates = rates.assign(low_share=low, high_share=high)
    return suppress_crossed(
        rates,
        by=keys,
        figures={"n_asked_customers": ["n_customers", *RATES]},
        smallest_base=smallest_base,
    )


def who_answered(asked: pd.DataFrame, answers: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, pd.Series]:
    """The asked with their groups, and whether each is among those who gave `answers`.

    Raises
    ------
    MissingColumnError, ParameterError
    """
    require_columns(asked, ["customer_id", *keys], name="those who were asked")
    repeated = asked["customer_id"].duplicated()
    if repeated.any():
        raise ParameterError(
            f"those who were asked hold {int(repeated.sum())} repeated ids, such as "
            f"{asked.loc[repeated, 'customer_id'].iloc[0]!r}: one row per customer"
        )
    answered = answers["customer_id"]
    if answered.isna().any():
        raise ParameterError(
            f"{int(answered.isna().sum())} of {len(answered)} answers have no customer_id, so nobody knows which of "
            "those who were asked gave them; leave them out, as with responses.dropna(subset=['customer_id'])"
        )
    stray = answered[~answered.isin(asked["customer_id"])]
    if len(stray):
        raise ParameterError(
            f"{stray.nunique()} of {answered.nunique()} who answered are not among those who were asked, such as "
            f"{stray.iloc[0]!r}; list everybody who was asked, or leave their answers out"
        )
    people = asked[list(dict.fromkeys(["customer_id", *keys]))]
    return people, asked["customer_id"].isin(answered)


def with_rates(people: pd.DataFrame, has_answered: pd.Series, keys: list[str]) -> pd.DataFrame:
    """One row per group, or one of all: keys, n_asked_customers, n_customers, response_share (NaN of nobody)."""
    if keys:
        groups = has_answered.groupby([people[key] for key in keys], observed=True, dropna=False)
        counts = groups.agg(n_asked_customers="size", n_customers="sum").reset_index()
    else:
        counts = pd.DataFrame({"n_asked_customers": [len(people)], "n_customers": [has_answered.sum()]})
    counts = counts.astype({"n_asked_customers": "int64", "n_customers": "int64"})
    return counts.assign(response_share=counts["n_customers"] / counts["n_asked_customers"])


def answers_of(responses: pd.DataFrame, *, metric: str | None) -> pd.DataFrame:
    """The answers that hold a score and weigh anything, of one metric where it is named.

    Raises
    ------
    MissingColumnError, ParameterError
    """
    require_columns(responses, ["customer_id", "score", *(["metric"] if metric else [])], name="responses")
    meant = responses if metric is None else responses.loc[responses["metric"] == metric]
    return meant.loc[meant["score"].notna() & (survey_weights(meant) > 0)]
