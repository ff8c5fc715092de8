"""What a stress test says of all customers, and of each segment."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from cxlib.confidentiality import suppress_derivable, suppress_small_bases
from cxlib.intervals import median_interval, wilson_interval

REFILL_COLUMNS = (
    "n_never_refilling", "never_refilling_share", "low_never_refilling", "high_never_refilling",
    "median_months_to_refill", "low_months_to_refill", "high_months_to_refill",
    "median_months_with_gestures", "low_months_with_gestures", "high_months_with_gestures",
)  # fmt: skip
NOT_FIGURES = ("group", "segment", "n_customers", "n_losses", "n_gestures_each", "test")
STATES = {"before": "was_at_risk", "after": "is_at_risk", "with_gestures": "is_at_risk_with_gestures"}


def stress_summary(accounts: pd.DataFrame, *, gestures_each: int, smallest_base: int) -> pd.DataFrame:
    """Count and summarise the customers of a stress test.

    Parameters
    ----------
    accounts : DataFrame, one row per customer hit
        As `StressTest.customers`.
    gestures_each : int, >= 0
    smallest_base : int
        Rows of fewer customers are blanked, and segments from which they could be told by subtraction.

    Returns
    -------
    DataFrame, one row for all, then one per segment, sorted; where all are of one segment, the first row alone
        group : "all" or "segment"; segment : NA for all, and for customers without one
        n_customers : int, hit
        n_at_risk_X, at_risk_share_X, low_share_X, high_share_X : with X = before, after, with_gestures; 95 % Wilson
        n_saved_by_cushion : not at risk before nor after; n_pushed : newly at risk
        n_hurt : those who lost capital, and the base of what follows
        n_never_refilling, never_refilling_share, low_ and high_never_refilling : Wilson
        median_months_to_refill, low_ and high_months_to_refill : those who never refill count as infinite; the
            interval is that of the order statistics, missing under six customers
        median_months_with_gestures, low_ and high_months_with_gestures
        n_brought_back : at risk after the incident, and not any more right after the gestures
        n_gestures : how many are given, all together
    """
    return shown_summary(stress_counts(accounts, gestures_each=gestures_each), smallest_base=smallest_base)


def stress_counts(accounts: pd.DataFrame, *, gestures_each: int) -> pd.DataFrame:
    """The rows of `stress_summary` with every figure in them, to go into `shown_summary`."""
    everyone = _row(accounts, gestures_each) | {"group": "all", "segment": None}
    rows = [everyone]
    if len(accounts["segment"].unique()) > 1:
        for segment, part in accounts.groupby("segment", dropna=False, sort=True):
            rows.append(_row(part, gestures_each) | {"group": "segment", "segment": segment})
    summary = pd.DataFrame(rows)
    summary = summary[["group", "segment", *(name for name in everyone if name not in ("group", "segment"))]]
    summary["segment"] = summary["segment"].astype("str")
    counts = [name for name in summary.columns if name.startswith("n_") and name != "n_customers"]
    summary[counts] = summary[counts].astype("Int64")
    return summary


def shown_summary(summary: pd.DataFrame, *, within: str | None = None, smallest_base: int) -> pd.DataFrame:
    """What may be shown of `stress_counts`, of one test or of several.

    Parameters
    ----------
    summary : DataFrame
        Of several tests also n_losses and n_gestures_each.
    within : str, optional
        The column that tells the tests apart.
    smallest_base : int

    Returns
    -------
    DataFrame, the rows of `summary` in its order
    """
    figures = [name for name in summary.columns if name not in NOT_FIGURES]
    shown = []
    for group, part in summary.groupby("group", sort=True):
        suppress = suppress_small_bases if group == "all" else partial(suppress_derivable, within=within)
        part = suppress(part, base="n_hurt", columns=REFILL_COLUMNS, smallest_base=smallest_base)
        part = suppress(part, base="n_customers", columns=figures, smallest_base=smallest_base)
        shown.append(part)
    return pd.concat(shown).sort_index().reset_index(drop=True)


def _row(accounts: pd.DataFrame, gestures_each: int) -> dict:
    n = len(accounts)
    row: dict[str, object] = {"n_customers": n}
    for name, column in STATES.items():
        is_known = name != "with_gestures" or gestures_each > 0
        count = int(accounts[column].sum()) if is_known else None
        low, high = wilson_interval(count, n) if is_known else (np.nan, np.nan)
        row |= {
            f"n_at_risk_{name}": count,
            f"at_risk_share_{name}": count / n if is_known and n else np.nan,
            f"low_share_{name}": float(low),
            f"high_share_{name}": float(high),
        }
    hurt = accounts.loc[accounts["is_hurt"]]
    n_hurt, n_never = len(hurt), int(np.isinf(hurt["months_to_refill"]).sum())
    low, high = wilson_interval(n_never, n_hurt)
    median, low_months, high_months = median_interval(hurt["months_to_refill"])
    again = hurt["months_to_refill_with_gestures"] if gestures_each else []
    median_again, low_again, high_again = median_interval(again)
    return row | {
        "n_saved_by_cushion": int((~accounts["was_at_risk"] & ~accounts["is_at_risk"]).sum()),
        "n_pushed": int((~accounts["was_at_risk"] & accounts["is_at_risk"]).sum()),
        "n_hurt": n_hurt,
        "n_never_refilling": n_never,
        "never_refilling_share": n_never / n_hurt if n_hurt else np.nan,
        "low_never_refilling": float(low),
        "high_never_refilling": float(high),
        "median_months_to_refill": median,
        "low_months_to_refill": low_months,
        "high_months_to_refill": high_months,
        "median_months_with_gestures": median_again,
        "low_months_with_gestures": low_again,
        "high_months_with_gestures": high_again,
        "n_brought_back": int(accounts["is_brought_back"].sum()) if gestures_each else None,
        "n_gestures": gestures_each * n if gestures_each else None,
    }
