"""Who left after the time to answer had run out: those answered by then beside those who were not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.confidentiality import suppress_derivable
from cxlib.intervals import difference_interval, wilson_interval

FOLLOWED_DAYS = 180
"""So long every customer is followed, the answered and the others."""

IN_TIME, NOT_IN_TIME = "in_time", "not_in_time"
ESTIMATES = ["left_share", "low_left", "high_left"]


def departures(due: pd.DataFrame, churned: pd.Series, *, close_days: float, until, smallest_base: int) -> pd.DataFrame:
    """Departures by whether the customer had been told of every case when the time for the latest had run out.

    Parameters
    ----------
    due : DataFrame, one row per case whose time has run out
        Needs `customer_id`, `opened_at`, `customer_informed_at`.
    churned : Series of naive datetime64 by customer id, unique
        When each left; NaT or no entry for those who did not.
    close_days : float
        From the day on which a case is opened to the last on which the customer may be told.
    until : naive Timestamp
        What happened from then on is not known.
    smallest_base : int

    Returns
    -------
    DataFrame, two rows
        group : in_time (told of the end of every case before the landmark) and not_in_time
        n_stayed : Int64, those still customers at the landmark; n_left : Int64, of them left within `FOLLOWED_DAYS`
            of it; left_share, low_left, high_left : float, with the 95 % Wilson interval

    Notes
    -----
    The landmark of a customer is the day after the last on which the latest case was in time. Both groups are formed
    by what was known on that day and followed equally long from there; whoever left before it, or has not been
    followed so long by `until`, does not count. Grouped by what is known today instead, whoever leaves unanswered
    stays unanswered for ever, and telling would seem to keep customers even if it did nothing (immortal-time bias).

    References
    ----------
    Anderson, Cain & Gelber (1983), Journal of Clinical Oncology 1, for the landmark.
    """
    opened_on = due["opened_at"].dt.tz_localize(None).dt.normalize()
    ran_out = opened_on + pd.Timedelta(days=close_days + 1)
    landmark = ran_out.groupby(due["customer_id"]).transform("max")
    was_told = due["customer_informed_at"].dt.tz_localize(None) < landmark
    people = pd.DataFrame({"customer_id": due["customer_id"], "landmark": landmark, "was_told": was_told})
    people = people.groupby("customer_id").agg(landmark=("landmark", "first"), was_told=("was_told", "all"))
    left_on = churned.reindex(people.index)
    end = people["landmark"] + pd.Timedelta(days=FOLLOWED_DAYS)
    counts = people.loc[(end <= until) & ~(left_on < people["landmark"])]
    has_left = (left_on < end).reindex(counts.index)
    rows = []
    for group, is_theirs in ((IN_TIME, counts["was_told"]), (NOT_IN_TIME, ~counts["was_told"])):
        n, n_left = int(is_theirs.sum()), int((has_left & is_theirs).sum())
        low, high = map(float, wilson_interval(n_left, n))
        share = n_left / n if n else np.nan
        rows.append((group, n, n_left, share, low, high))
    frame = pd.DataFrame(rows, columns=["group", "n_stayed", "n_left", *ESTIMATES])
    frame = suppress_derivable(frame, base="n_stayed", columns=["n_left", *ESTIMATES], smallest_base=smallest_base)
    return frame.astype({"group": "str", "n_stayed": "Int64", "n_left": "Int64"})


def departures_difference(groups: pd.DataFrame) -> tuple[float, float, float]:
    """in_time − not_in_time of the share who left, with its 95 % interval: (difference, low, high)."""
    by_group = groups.set_index("group")[ESTIMATES].astype("float64")
    answered, others = (by_group.loc[group].to_numpy() for group in (IN_TIME, NOT_IN_TIME))
    low, high = difference_interval(answered, others)
    return float(answered[0] - others[0]), float(low), float(high)
