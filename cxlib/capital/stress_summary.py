"""What a stress test says of all customers, and of each segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
FLAGS = (*STATES.values(), "is_hurt", "is_brought_back")
MONTHS = ("months_to_refill", "months_to_refill_with_gestures")
SHARES = (
    *((f"n_at_risk_{state}", "n_customers", (f"at_risk_share_{state}", f"low_share_{state}", f"high_share_{state}"))
      for state in STATES),
    ("n_never_refilling", "n_hurt", REFILL_COLUMNS[1:4]),
)  # fmt: skip
"""Each share: its count, its base, and what it and the ends of its interval are called."""

COLUMNS = (
    "group", "segment", "n_customers", *(name for state in SHARES[:3] for name in (state[0], *state[2])),
    "n_saved_by_cushion", "n_pushed", "n_hurt", *REFILL_COLUMNS, "n_brought_back", "n_gestures",
)  # fmt: skip


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
    return shown_summary(stress_counts(counted(accounts, gestures_each=gestures_each)), smallest_base=smallest_base)


def counted(accounts: pd.DataFrame, *, gestures_each: int) -> list[dict[str, object]]:
    """What is counted of all customers, and of each segment: rows for `stress_counts`, of one test or of several."""
    known = {name: accounts[name].to_numpy(bool, na_value=False) for name in FLAGS}
    known |= {name: accounts[name].to_numpy(float) for name in MONTHS}
    everyone = np.arange(len(accounts))
    rows = [_row(known, everyone, gestures_each) | {"group": "all", "segment": None}]
    codes, segments = pd.factorize(accounts["segment"], sort=True, use_na_sentinel=False)
    if len(segments) > 1:
        for code, segment in enumerate(segments):
            part = np.flatnonzero(codes == code)
            rows.append(_row(known, part, gestures_each) | {"group": "segment", "segment": segment})
    return rows


def stress_counts(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """The rows of `stress_summary` with every figure in them, to go into `shown_summary`.

    Parameters
    ----------
    rows : sequence of dict
        As `counted` gives them. What else they hold, such as the test that they are of, comes last.

    Returns
    -------
    DataFrame, one row per row
    """
    summary = pd.DataFrame(list(rows))
    summary["segment"] = summary["segment"].astype("str")
    counts = [name for name in summary.columns if name.startswith("n_")]
    summary[counts] = summary[counts].astype("Int64")
    summary = summary.astype({"n_customers": "int64"})
    for count, base, (share, low, high) in SHARES:
        in_all = summary[base].to_numpy(float)
        n = summary[count].to_numpy(float, na_value=np.nan)
        with np.errstate(invalid="ignore"):
            summary[share] = n / in_all
        summary[low], summary[high] = wilson_interval(n, in_all)
    return summary[[*COLUMNS, *(name for name in summary.columns if name not in COLUMNS)]]


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


def _row(known: Mapping[str, np.ndarray], part: np.ndarray, gestures_each: int) -> dict[str, object]:
    """The counts and the medians of some of the customers."""
    was, now, again = (known[column][part] for column in STATES.values())
    is_hurt = known["is_hurt"][part]
    months = known["months_to_refill"][part][is_hurt]
    given = gestures_each > 0
    medians = {"to_refill": months, "with_gestures": known["months_to_refill_with_gestures"][part][is_hurt]}
    row: dict[str, object] = {
        "n_customers": len(part),
        "n_at_risk_before": int(was.sum()),
        "n_at_risk_after": int(now.sum()),
        "n_at_risk_with_gestures": int(again.sum()) if given else None,
        "n_saved_by_cushion": int((~was & ~now).sum()),
        "n_pushed": int((~was & now).sum()),
        "n_hurt": len(months),
        "n_never_refilling": int(np.isinf(months).sum()),
        "n_brought_back": int(known["is_brought_back"][part].sum()) if given else None,
        "n_gestures": gestures_each * len(part) if given else None,
    }
    for name, values in medians.items():
        median, low, high = median_interval(values if given or name == "to_refill" else [])
        row |= {f"median_months_{name}": median, f"low_months_{name}": low, f"high_months_{name}": high}
    return row
