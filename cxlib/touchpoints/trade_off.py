"""The smallest sets for a row of shares of the capital given up: what goes first, and what only at a price."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import pandas as pd

from cxlib.errors import ParameterError
from cxlib.touchpoints.choice import Choice
from cxlib.touchpoints.smallest_set import set_of

STEP = 0.05
MOST_GIVEN_UP = 0.5
GRID = tuple(round(step * STEP, 6) for step in range(round(MOST_GIVEN_UP / STEP) + 1))
TOTALS = (
    "cost_before", "cost_after", "saved_cost", "capital_before", "capital_after", "contribution_before",
    "contribution_after", "n_before", "n_kept",
)  # fmt: skip


def smallest_sets_by_capital(
    touchpoints: pd.DataFrame,
    inventory: pd.DataFrame,
    *,
    capital_given_up: Iterable[float] = GRID,
    objective: Literal["cost", "count"] | None = None,
    needs: Iterable[str] | None = None,
    keep: Iterable[str] = (),
) -> pd.DataFrame:
    """`smallest_touchpoint_set` for every share of the capital given up of a grid.

    Parameters
    ----------
    touchpoints, inventory, objective, needs, keep
        As in `smallest_touchpoint_set`.
    capital_given_up : iterable of float, 0 to 1
        Default: 0 to 0.5 in steps of 0.05.

    Returns
    -------
    DataFrame, one row per share given up and touchpoint
        capital_given_up : float, 0 to 1; share of what touchpoints carry net
        touchpoint, phase : str; kept : bool; reason, only_for : str, as in `SmallestTouchpointSet`
        n_customers, n_contacts : int; cost, net_capital : float
        cost_before, cost_after, saved_cost, capital_before, capital_after, contribution_before, contribution_after :
            float; n_before, n_kept : int; of the whole set, the same in each of its rows

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    One programme for each share; see `smallest_touchpoint_set`.
    """
    choice = Choice.of(touchpoints, inventory, objective=objective, needs=needs, keep=keep, without=())
    shares = sorted({float(share) for share in capital_given_up})
    if not shares:
        raise ParameterError("capital_given_up names no share; give some between 0 and 1, or leave it out")
    columns = ["touchpoint", "phase", "kept", "reason", "only_for", "n_customers", "n_contacts", "cost", "net_capital"]
    parts = []
    for share in shares:
        found = set_of(choice, capital_given_up=share)
        totals = {name: getattr(found, name) for name in TOTALS}
        parts.append(found.touchpoints[columns].assign(capital_given_up=share, **totals))
    return pd.concat(parts, ignore_index=True)[["capital_given_up", *columns, *TOTALS]]
