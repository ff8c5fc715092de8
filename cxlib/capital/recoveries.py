"""Which loss a closed case returns (docs/decisions/0004)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.errors import ParameterError, require_columns

NOTHING = pd.DataFrame({"experience_row": np.empty(0, np.int64), "customer_informed_at": pd.to_datetime([])})

NEEDED = ("customer_id", "opened_at", "customer_informed_at")


def recovered_losses(
    experiences: pd.DataFrame, order: np.ndarray, cases: pd.DataFrame, *, neutral_band: float
) -> pd.DataFrame:
    """For every closed case the experience whose loss it returns.

    A case belongs to the answer that it names (`response_id`), unless that is positive; else to the customer's
    latest negative experience at its touchpoint (at any, where it names none) when it was opened. A loss is
    returned once, when the customer was first told.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
    order : array of int
        The positions of `experiences` in order of customer and time.
    cases : DataFrame, one row per case
        Needs `customer_id`, `opened_at`, `customer_informed_at`; uses `touchpoint`, `response_id`.
    neutral_band : float

    Returns
    -------
    DataFrame with experience_row (position in `experiences`), customer_informed_at (in their timezone)

    Raises
    ------
    MissingColumnError, ParameterError
    """
    require_columns(cases, NEEDED, name="cases")
    closed = cases.loc[cases["customer_informed_at"].notna()]
    if closed.empty:
        return NOTHING
    if missing := int(closed[["customer_id", "opened_at"]].isna().any(axis=1).sum()):
        raise ParameterError(f"{missing} closed cases lack a customer_id or opened_at; leave them out first")
    zone = experiences["occurred_at"].dt.tz
    facts = [column for column in ("touchpoint", "response_id") if column in cases and column in experiences]
    closed = closed[[*NEEDED, *facts]].assign(
        customer_id=closed["customer_id"].astype("str"),
        opened_at=_comparable(closed["opened_at"], zone, "opened_at"),
        customer_informed_at=_comparable(closed["customer_informed_at"], zone, "customer_informed_at"),
        case_row=np.arange(len(closed)),
    )
    # in order of time, so that of two losses at one moment the later in the file is the latest
    sorted_rows = experiences[["customer_id", "occurred_at", "gap", *facts]].take(order)
    rows = sorted_rows[facts].assign(
        customer_id=sorted_rows["customer_id"].astype("str"),
        occurred_at=_comparable(sorted_rows["occurred_at"], zone, "occurred_at"),
        gap=np.asarray(sorted_rows["gap"], dtype=np.float64),
        experience_row=order,
    )
    matched = _named_answers(closed, rows, neutral_band) if "response_id" in facts else []
    taken = pd.concat(matched)["case_row"] if matched else []
    rest = closed.loc[~closed["case_row"].isin(taken)].sort_values("opened_at", kind="stable")
    losses = rows.loc[(rows["gap"] < -neutral_band) & rows["customer_id"].isin(rest["customer_id"])]
    losses = losses.sort_values("occurred_at", kind="stable")
    names_one = rest["touchpoint"].notna() if "touchpoint" in facts else pd.Series(False, rest.index)
    matched.append(_latest_losses(rest.loc[names_one], losses, ["customer_id", "touchpoint"]))
    matched.append(_latest_losses(rest.loc[~names_one], losses, ["customer_id"]))

    matched = [part for part in matched if len(part)]
    if not matched:
        return NOTHING
    recovered = pd.concat(matched)
    recovered = recovered.loc[recovered["customer_informed_at"] >= recovered["occurred_at"]]
    recovered = recovered.sort_values(["customer_informed_at", "case_row"]).drop_duplicates("experience_row")
    return pd.DataFrame(
        {
            "experience_row": recovered["experience_row"].astype(np.int64),
            "customer_informed_at": recovered["customer_informed_at"],
        }
    ).reset_index(drop=True)


def _named_answers(closed: pd.DataFrame, rows: pd.DataFrame, neutral_band: float) -> list[pd.DataFrame]:
    """The cases that name an answer, with it; of several answers with that id, the worst."""
    named = closed.loc[closed["response_id"].notna()].astype({"response_id": "str"})
    answers = rows[["customer_id", "response_id", "occurred_at", "gap", "experience_row"]]
    answers = answers.astype({"response_id": "str"})
    # those that are named, before anything is sorted: most answers have no case
    answers = answers.loc[answers["response_id"].isin(named["response_id"]) & (answers["gap"] <= neutral_band)]
    answers = answers.sort_values(["gap", "experience_row"]).drop_duplicates(["customer_id", "response_id"])
    found = named.merge(answers.drop(columns="gap"), on=["customer_id", "response_id"], validate="many_to_one")
    return [found] if len(found) else []


def _latest_losses(cases: pd.DataFrame, losses: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The cases with the latest of the losses before them that agrees in `by`."""
    if cases.empty or losses.empty:
        return cases.iloc[:0]
    kept = losses.loc[losses[by].notna().all(axis=1), [*by, "occurred_at", "experience_row"]]
    cases = cases.astype(dict.fromkeys(by, "str"))
    matched = pd.merge_asof(
        cases, kept.astype(dict.fromkeys(by, "str")), left_on="opened_at", right_on="occurred_at", by=by
    )
    return matched.dropna(subset=["experience_row"])


def _comparable(moments: pd.Series, zone, name: str) -> pd.Series:
    """The moments in the experiences' timezone and in microseconds."""
    if (moments.dt.tz is None) != (zone is None):
        raise ParameterError(f"{name} and occurred_at must both have a timezone, or neither: use .dt.tz_localize")
    return (moments if zone is None else moments.dt.tz_convert(zone)).dt.as_unit("us")
