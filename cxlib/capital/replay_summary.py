"""What the replay of an incident says: shares at risk, months to refill, who left; each with base and interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from cxlib.confidentiality import suppress_derivable
from cxlib.intervals import difference_interval, median_interval, normal_quantile, wilson_interval

MOMENTS = {
    "before": ("capital_before", "was_at_risk"),
    "predicted": ("capital_predicted", "is_predicted_at_risk"),
    "actual": ("capital_actual", "is_at_risk"),
}
FATES = ("was_at_risk", "pushed", "saved")


@dataclass(frozen=True, kw_only=True, eq=False)
class CensoredTimes:
    """The Kaplan–Meier curve of times of which some are only known to be longer.

    Parameters
    ----------
    times : array, at which it happened to somebody, in order
    remaining, low, high : arrays, the share to whom it has not happened by then, and its 95 % interval

    References
    ----------
    Kaplan & Meier (1958), JASA 53; Brookmeyer & Crowley (1982), Biometrics 38, on the log-log scale.
    """

    times: np.ndarray
    remaining: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, months, has_happened) -> Self:
        """From the months until it happened, or until it was last seen not to have."""
        months, has_happened = np.asarray(months, float), np.asarray(has_happened, bool)
        times = np.unique(months[has_happened])
        n_waiting = (months[:, None] >= times).sum(axis=0)
        n_now = ((months[:, None] == times) & has_happened[:, None]).sum(axis=0)
        remaining = np.cumprod(1 - n_now / n_waiting)
        with np.errstate(divide="ignore", invalid="ignore"):
            greenwood = np.cumsum(n_now / (n_waiting * (n_waiting - n_now)))
            spread = normal_quantile() * np.sqrt(greenwood) / np.abs(np.log(remaining))
            low, high = remaining ** np.exp(spread), remaining ** np.exp(-spread)
        is_over = remaining == 0  # then it has happened to all who were seen, and the formula is 0/0
        return cls(times=times, remaining=remaining, low=np.where(is_over, 0, low), high=np.where(is_over, 0, high))

    def median(self) -> tuple[float, float, float]:
        """The median with its interval; infinite where it lies beyond what was seen."""

        def first(curve: np.ndarray) -> float:
            return float(self.times[curve <= 0.5][0]) if (curve <= 0.5).any() else np.inf

        return first(self.remaining), first(self.low), first(self.high)

    def share_by(self, month: float) -> tuple[float, float, float]:
        """The share to whom it has happened by a month, with its interval; NaN as an interval before anything has."""
        count = int((self.times <= month).sum())
        if not count:
            return 0.0, np.nan, np.nan
        return tuple(float(1 - curve[count - 1]) for curve in (self.remaining, self.high, self.low))


def risk_shares(accounts: pd.DataFrame) -> pd.DataFrame:
    """`IncidentReplay.shares`, before anything is hidden."""
    n = len(accounts)
    rows = []
    for moment, (capital, at_risk) in MOMENTS.items():
        count = int(accounts[at_risk].sum())
        low, high = wilson_interval(count, n)
        rows.append(
            {
                "moment": moment,
                "n_customers": n,
                "n_at_risk": count,
                "at_risk_share": count / n if n else np.nan,
                "low_share": float(low),
                "high_share": float(high),
                "capital_median": accounts[capital].median(),
            }
        )
    return pd.DataFrame(rows).astype({"n_at_risk": "Int64"})


def agreement(accounts: pd.DataFrame) -> pd.DataFrame:
    """`IncidentReplay.agreement`, before anything is hidden."""
    error = accounts["capital_predicted"] - accounts["capital_actual"]
    varies = len(accounts) > 2 and accounts["capital_predicted"].std() > 0 and accounts["capital_actual"].std() > 0
    r = accounts["capital_predicted"].corr(accounts["capital_actual"]) if varies else np.nan
    low, high = _correlation_interval(r, len(accounts))
    return pd.DataFrame(
        [
            {
                "n_customers": len(accounts),
                "mean_absolute_error": error.abs().mean(),
                "mean_error": error.mean(),
                "correlation": r,
                "low_correlation": low,
                "high_correlation": high,
            }
        ]
    )


def refill_times(accounts: pd.DataFrame, *, n_month_ends: int) -> pd.DataFrame:
    """`IncidentReplay.refill`, before anything is hidden."""
    lost = accounts.loc[accounts["is_hurt"]]
    n = len(lost)
    # as seen at month-ends, like what really happened
    predicted = np.maximum(np.ceil(lost["months_to_refill_predicted"]), 1.0)
    actual = CensoredTimes.of(lost["months_observed"], lost["is_refilled"])
    n_in_time, n_refilled = int((predicted <= n_month_ends).sum()), int(lost["is_refilled"].sum())
    low, high = wilson_interval(n_in_time, n)
    seen = actual.share_by(n_month_ends) if n else (np.nan,) * 3
    parts = (
        (
            "predicted",
            n_in_time,
            0,
            (n_in_time / n if n else np.nan, float(low), float(high)),
            median_interval(predicted),
        ),
        ("actual", n_refilled, n - n_refilled, seen, actual.median() if n else (np.nan,) * 3),
    )
    rows = [
        {"kind": kind, "n_customers": n, "n_month_ends": n_month_ends, "n_refilled": count, "n_censored": censored}
        | dict(zip(("refilled_share", "low_refilled", "high_refilled"), share, strict=True))
        | dict(zip(("median_months", "low_months", "high_months"), median, strict=True))
        for kind, count, censored, share, median in parts
    ]
    return pd.DataFrame(rows).astype({"n_refilled": "Int64", "n_censored": "Int64"})


def departures(accounts: pd.DataFrame, *, within_months: int, smallest_base: int) -> pd.DataFrame:
    """`IncidentReplay.departures`."""
    stayed = accounts.loc[~accounts["left_in_month"]]
    rows = []
    for fate in FATES:
        part = stayed.loc[stayed["fate"] == fate]
        n, n_left = len(part), int(part["left_later"].sum()) if within_months else None
        low, high = wilson_interval(n_left, n) if within_months else (np.nan, np.nan)
        rows.append(
            {
                "fate": fate,
                "n_customers": n,
                "within_months": within_months,
                "n_left": n_left,
                "left_share": n_left / n if n and within_months else np.nan,
                "low_share": float(low),
                "high_share": float(high),
            }
        )
    frame = pd.DataFrame(rows).astype({"n_left": "Int64"})
    frame = suppress_derivable(
        frame,
        base="n_customers",
        columns=["n_left", "left_share", "low_share", "high_share"],
        smallest_base=smallest_base,
    )
    return frame.assign(**_difference(frame.set_index("fate")))


def _difference(frame: pd.DataFrame) -> dict:
    """How many more of those pushed into risk left than of those saved, with Newcombe's interval."""
    columns = ["left_share", "low_share", "high_share"]
    pushed, saved = (frame.loc[fate, columns].to_numpy(dtype=float) for fate in ("pushed", "saved"))
    low, high = difference_interval(pushed, saved)
    on_the_row = [fate == "pushed" for fate in FATES]
    values = {"difference": pushed[0] - saved[0], "low_difference": low, "high_difference": high}
    return {name: np.where(on_the_row, value, np.nan) for name, value in values.items()}


def _correlation_interval(r: float, n: int) -> tuple[float, float]:
    """Fisher's interval of a correlation."""
    if n < 4 or not abs(r) < 1:
        return np.nan, np.nan
    half = normal_quantile() / np.sqrt(n - 3)
    return float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half))
