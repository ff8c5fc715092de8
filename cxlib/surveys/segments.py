"""Answers with the segment of the customer who gave them."""

from __future__ import annotations

import pandas as pd

from cxlib.errors import ParameterError, require_columns


def with_segments(responses: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """The answers with a column `segment`.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        Needs customer_id.
    customers : DataFrame, one row per customer
        Needs customer_id; without `segment`, or for a customer who is not listed, the segment is missing.

    Returns
    -------
    DataFrame, the rows of `responses` in their order

    Raises
    ------
    MissingColumnError
    ParameterError
        A customer is listed twice.
    """
    require_columns(responses, ["customer_id"], name="responses")
    require_columns(customers, ["customer_id"], name="customers")
    repeated = customers["customer_id"].duplicated()
    if repeated.any():
        raise ParameterError(
            f"customers hold {int(repeated.sum())} repeated ids, such as "
            f"{customers.loc[repeated, 'customer_id'].iloc[0]!r}: one row per customer"
        )
    if "segment" not in customers.columns:
        return responses.assign(segment=pd.Series(pd.NA, responses.index, dtype="str"))
    return responses.assign(segment=responses["customer_id"].map(customers.set_index("customer_id")["segment"]))
