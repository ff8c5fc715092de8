"""The headline figures of a month: each with its base, its interval, and how it changed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.capital.months import starts_of
from cxlib.capital.risk import capital_by_month
from cxlib.intervals import difference_interval, median_interval, paired_change_p, wilson_interval
from cxlib.metrics import net_promoter_score

CHANCE = 0.05
"""A change with a p-value above this may be chance."""


def rows_from(rows: pd.DataFrame, first: pd.Period, *, moment: str = "occurred_at") -> pd.DataFrame:
    """The rows from the start of a month on."""
    return rows.loc[rows[moment] >= starts_of(pd.PeriodIndex([first]), rows[moment].dt.tz)[0]]


def rows_in(rows: pd.DataFrame, period: pd.Period, *, moment: str = "occurred_at") -> pd.DataFrame:
    """The rows of one month."""
    start, end = starts_of(pd.PeriodIndex([period, period + 1]), rows[moment].dt.tz)
    return rows.loc[(rows[moment] >= start) & (rows[moment] < end)]


def capital_figures(zones: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict:
    """Customers, the share at risk, and the median customer's capital, at the end of the month and of the one before.

    Whether the change in risk may be chance is judged among those who were customers at both month-ends (McNemar).
    """
    by_month = capital_by_month(zones, smallest_base=smallest_base).set_index("month")
    # a month without customers becomes a row of NA
    now, before = by_month.reindex([p.to_timestamp() for p in (period, period - 1)]).astype(object).to_dict("records")
    base, previous_base = (0 if pd.isna(row["n_customers"]) else int(row["n_customers"]) for row in (now, before))
    bases = {"base": base, "previous_base": previous_base}
    p = _risk_p(zones, period)
    return {
        "customers": {"value": base, "previous": previous_base},
        "at_risk_share": {
            "value": now["at_risk_share"],
            "count": now["n_at_risk"],
            "low": now["low_share"],
            "high": now["high_share"],
            "previous": before["at_risk_share"],
            "may_be_chance": p > CHANCE,
            "chance_p": p,
            **bases,
        },
        "capital_median": {
            "value": now["capital_median"],
            **_median_bounds(zones, period, smallest_base),
            "low_quartile": now["capital_q25"],
            "high_quartile": now["capital_q75"],
            "previous": before["capital_median"],
            **bases,
        },
    }


def _median_bounds(zones: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict:
    """The interval of the median customer's capital, which the customers' own capital bounds.

    None of few customers, and none where it would run from the poorest customer to the richest.
    """
    capital = zones.loc[zones["zone"].notna() & (zones["month"] == period.to_timestamp()), "capital"]
    if len(capital) < 2 * smallest_base:
        return {"low": np.nan, "high": np.nan}
    _, low, high = median_interval(capital, lowest_rank=2)
    return {"low": low, "high": high}


def _risk_p(zones: pd.DataFrame, period: pd.Period) -> float:
    current = zones.loc[zones["zone"].notna()]
    now, before = (
        current.loc[current["month"] == p.to_timestamp()].set_index("customer_id")["zone"].eq("at_risk")
        for p in (period, period - 1)
    )
    both = pd.DataFrame({"now": now, "before": before}).dropna().astype(bool)
    n_became, n_ceased = int((both["now"] & ~both["before"]).sum()), int((~both["now"] & both["before"]).sum())
    return paired_change_p(n_became, n_ceased)


def negative_share(measured: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict:
    """The share of the measured experiences that fell below expectation."""
    now, before = (rows_in(measured, p) for p in (period, period - 1))
    return share_figure(
        *((int((rows["experience"] < 0).sum()), len(rows)) for rows in (now, before)),
        is_shown=now["customer_id"].nunique() >= smallest_base,
        was_shown=before["customer_id"].nunique() >= smallest_base,
    )


def churn_figure(customers: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict | None:
    """Those who left in the month, of those who were customers when it began; None where no one ever left."""
    if customers["churned_on"].isna().all():
        return None

    def left(month: pd.Period) -> tuple[int, int]:
        start, end = month.to_timestamp(), (month + 1).to_timestamp()
        is_there = ~(customers["joined_on"] >= start) & ~(customers["churned_on"] < start)
        return int((is_there & (customers["churned_on"] < end)).sum()), int(is_there.sum())

    now, before = left(period), left(period - 1)
    return share_figure(now, before, is_shown=now[1] >= smallest_base, was_shown=before[1] >= smallest_base)


def share_figure(now: tuple[int, int], before: tuple[int, int], *, is_shown: bool, was_shown: bool) -> dict:
    """A share (count, base) with its interval (Wilson), the share before, and the interval of the change (Newcombe)."""
    (count, base), (previous_count, previous_base) = now, before
    figure = {
        "value": None, "count": None, "low": None, "high": None, "base": base,
        "previous": None, "previous_base": previous_base,
        "change_low": None, "change_high": None, "may_be_chance": None,
    }  # fmt: skip
    if is_shown:
        low, high = wilson_interval(count, base)
        figure |= {"value": count / base, "count": count, "low": low, "high": high}
    if was_shown:
        figure["previous"] = previous_count / previous_base
    if is_shown and was_shown:
        old_low, old_high = wilson_interval(previous_count, previous_base)
        low, high = difference_interval(
            (figure["value"], figure["low"], figure["high"]), (figure["previous"], old_low, old_high)
        )
        figure |= {"change_low": low, "change_high": high, "may_be_chance": bool(low <= 0 <= high)}
    return figure


def nps_figure(responses: pd.DataFrame, period: pd.Period, smallest_base: int) -> dict:
    """The Net Promoter Score of the month, and the interval of its change."""
    # a study that never asked for it has no figure, and that is no mistake of its reader
    answers = responses.loc[responses["metric"] == "nps"]
    now, before = (
        net_promoter_score(rows_in(answers, p, moment="answered_at"), smallest_base=smallest_base).iloc[0]
        for p in (period, period - 1)
    )
    estimate = ["nps_points", "low_points", "high_points"]
    low, high = difference_interval(now[estimate].astype(float), before[estimate].astype(float))
    return {
        "value": now["nps_points"],
        "low": now["low_points"],
        "high": now["high_points"],
        "base": int(now["n_responses"]),
        "previous": before["nps_points"],
        "previous_base": int(before["n_responses"]),
        "change_low": low,
        "change_high": high,
        "may_be_chance": None if np.isnan(low) else bool(low <= 0 <= high),
    }
