"""Whether the loop is closed: of what customers told, what was resolved, answered, and is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from cxlib.answers import people_of
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.confidentiality.bases import blanked, hidden_rows
from cxlib.errors import require_columns
from cxlib.feedback.case_states import case_states
from cxlib.feedback.targets import LoopTargets
from cxlib.feedback.waiting import waiting_median
from cxlib.intervals import wilson_interval

COUNTED = (
    "resolved", "open", "informed", "untold", "in_time", "late", "overdue", "overdue_open", "overdue_untold",
    "waiting", "due", "due_in_time",
)  # fmt: skip

SHARES = {
    "resolved": ("n_resolved", "n_cases"),
    "informed": ("n_informed", "n_cases"),
    "overdue": ("n_overdue", "n_cases"),
    "in_time": ("n_due_in_time", "n_due"),
}
"""Each share with what it counts, and of what."""

NARROWER = {
    "due": ("n_due_in_time", "in_time_share", "low_in_time_share", "high_in_time_share"),
    "resolved": ("median_inform_days", "low_inform_days", "high_inform_days"),
}
"""What rests on the customers of some of the cases only."""

WAITS = {"resolve": "is_resolved", "inform": "is_informed", "close": "is_informed"}
"""Each time with what ends it."""


def feedback_loop(
    cases: pd.DataFrame,
    as_of,
    *,
    by: str | Sequence[str] | None = None,
    targets: LoopTargets | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """How many cases were opened, resolved and told of, how soon, and how many are overdue.

    Parameters
    ----------
    cases : DataFrame, one row per case
        Needs `customer_id`, `opened_at`, `resolved_at`, `customer_informed_at` and the `by` columns, such as owner or
        touchpoint.
    as_of : str or Timestamp
        Cases and dates from then on do not count; without a timezone it is local to that of the cases.
    by : str or list of str, optional
    targets : LoopTargets, optional
        Default LoopTargets(): resolved within 14 days, told within 3 more.
    smallest_base : int
        Of groups with fewer customers only the numbers of cases and customers are shown, and so of groups that would
        give them away. What is said of due cases alone, or of resolved ones, needs as many customers among these.

    Returns
    -------
    DataFrame, one row per group, sorted by `by` (cases without an owner or touchpoint are a group of their own); one
    row where there is no `by`
        n_cases, n_customers : int, opened before `as_of`, and the customers whom they are about
        n_resolved, n_open : Int64, of n_cases
        n_informed, n_untold : Int64, of n_resolved; untold = resolved and the customer not told
        n_in_time, n_late : Int64, of n_informed, those that met both targets, and those that missed one
        n_overdue : Int64, open or untold although the day for it has passed; n_overdue_open, n_overdue_untold of them
        n_waiting : Int64, not told yet and not overdue: n_in_time + n_late + n_waiting + n_overdue = n_cases
        n_due : Int64, opened so long ago that the time of both targets has run out; n_due_in_time of them met both
        resolved_share, informed_share, overdue_share : float, 0 to 1, of n_cases, in_time_share of n_due, each X with
            low_X_share, high_X_share : 95 % Wilson interval
        median_resolve_days, median_inform_days, median_close_days : float, days from opened to resolved, from
            resolved to told, from opened to told, each with low_X_days, high_X_days : 95 % interval. Those that are
            still to come count as longer than so far (Kaplan and Meier); NaN where the data do not reach the median

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    A case of which the customer was told is resolved, even where nobody noted when. n log n in the cases.
    """
    keys = [] if by is None else [by] if isinstance(by, str) else list(by)
    require_columns(cases, keys, name="cases")
    check_smallest_base(smallest_base)
    states = case_states(cases, as_of, targets)
    states = states.assign(
        is_open=~states["is_resolved"],
        is_untold=states["is_resolved"] & ~states["is_informed"],
        is_in_time=states["is_informed"] & ~states["is_late"],
        is_waiting=~states["is_informed"] & ~states["is_overdue"],
    )
    states = states.assign(
        is_overdue_open=states["is_overdue"] & states["is_open"],
        is_overdue_untold=states["is_overdue"] & states["is_untold"],
        is_due_in_time=states["is_due"] & states["is_in_time"],
    )
    groups = states.groupby(keys, observed=True, dropna=False) if keys else states.groupby(np.zeros(len(states)))
    counts = groups[[f"is_{name}" for name in COUNTED]].sum().set_axis([f"n_{name}" for name in COUNTED], axis=1)
    counts.insert(0, "n_cases", groups.size().to_numpy())
    counts.insert(1, "n_customers", groups["customer_id"].nunique().to_numpy())
    if not keys:
        counts = counts.reindex([0.0], fill_value=0)  # no case at all is a row too
    group = groups.ngroup()
    loop = counts.astype("int64").assign(**_shares(counts), **_medians(states, group, len(counts)))
    bases = {
        name: states["customer_id"].where(states[f"is_{name}"]).groupby(group).nunique().to_numpy() for name in NARROWER
    }
    if not keys and states.empty:
        bases = dict.fromkeys(NARROWER, 0)
    who = {
        f"who_{base}": _people(states, group, len(counts), is_counted)
        for base, is_counted in {"n_customers": None, **{name: f"is_{name}" for name in NARROWER}}.items()
    }
    return _shown(loop.reset_index(drop=not keys).assign(**bases, **who), keys, smallest_base)


def _people(states: pd.DataFrame, group: pd.Series, n_groups: int, is_counted: str | None) -> list[frozenset]:
    """The customers of each group's cases, or of those that count."""
    counts = np.ones(len(states), dtype=bool) if is_counted is None else states[is_counted].to_numpy(bool)
    customers = pd.Series(states["customer_id"].to_numpy()[counts])
    found = people_of(customers, group.to_numpy()[counts])
    return [found.get(place, frozenset()) for place in range(n_groups)]


def _shares(counts: pd.DataFrame) -> dict[str, object]:
    shares = {}
    for name, (count, base) in SHARES.items():
        low, high = wilson_interval(counts[count], counts[base])
        share = counts[count] / counts[base].where(counts[base] > 0)
        shares |= {f"{name}_share": share.astype("float64"), f"low_{name}_share": low, f"high_{name}_share": high}
    return shares


def _medians(states: pd.DataFrame, group: pd.Series, n_groups: int) -> dict[str, np.ndarray]:
    """The medians of every group, in the groups' order."""
    order = np.argsort(group.to_numpy(), kind="stable")
    edges = np.searchsorted(group.to_numpy()[order], np.arange(n_groups + 1))
    parts = [order[start:end] for start, end in pairwise(edges)]
    columns = {}
    for name, ends in WAITS.items():
        days, is_over = states[f"{name}_days"].to_numpy(), states[ends].to_numpy()
        has_begun = ~np.isnan(days)
        medians = np.array(
            [waiting_median(days[part[has_begun[part]]], is_over[part[has_begun[part]]]) for part in parts]
        ).reshape(-1, 3)
        for position, word in enumerate(("median", "low", "high")):
            columns[f"{word}_{name}_days"] = medians[:, position]
    return columns


def _shown(loop: pd.DataFrame, keys: list[str], smallest_base: int) -> pd.DataFrame:
    """What may be shown: a small group must not be had from the totals of any of the columns either."""
    who = [column for column in loop.columns if column.startswith("who_")]
    kept = (*keys, "n_cases", "n_customers", *NARROWER, *who)
    figures = [column for column in loop.columns if column not in kept]
    shown = _without_small(loop, "n_customers", figures, keys, smallest_base)
    for base, columns in NARROWER.items():
        shown = _without_small(shown, base, list(columns), keys, smallest_base)
    counts = {column: "Int64" for column in figures if column.startswith("n_")}
    return shown.drop(columns=[*NARROWER, *who]).astype(counts)


def _without_small(
    loop: pd.DataFrame, base: str, columns: list[str], keys: list[str], smallest_base: int
) -> pd.DataFrame:
    is_hidden = np.zeros(len(loop), dtype=bool)
    for within in [None, *keys] if len(keys) > 1 else [None] * len(keys):
        options = {"within": within, "parts": "overlapping", "people": f"who_{base}"}
        is_hidden |= hidden_rows(loop, base=base, smallest_base=smallest_base, **options)
    is_small = loop[base].to_numpy() < smallest_base
    return blanked(loop, columns, is_hidden | is_small)
