"""The cheapest, or smallest, set of touchpoints that still meets every need and keeps what carries capital."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cxlib.touchpoints.choice import Choice, check_capital_given_up, contributions


@dataclass(frozen=True, kw_only=True, eq=False)
class SmallestTouchpointSet:
    """Which touchpoints stay, which go, and what that saves.

    Attributes
    ----------
    touchpoints : DataFrame, one row per touchpoint, those that go first, then the dearest first
        touchpoint, phase : str
        kept : bool
        reason : str; of those kept: required, only_one (no other touchpoint meets one of its needs), asked (named in
            `keep`), covers (of those kept, no other does), carries (its capital); of those that go: excluded (named
            in `without`), drains (its net capital is negative), covered (others meet its needs), no_need (it has none)
        only_for : str, `;`-separated, the needs that no other touchpoint kept meets
        n_customers, n_contacts : int
        cost : float, currency of the study, of the contacts counted; NaN = unknown
        net_capital : float; NaN where nothing was measured, which counts as 0
    objective : "cost" or "count"
    capital_given_up : float, 0 to 1
    needs : tuple of str, the needs covered
    n_before, n_kept : int
    cost_before, cost_after, saved_cost : float, currency of the study; NaN where a cost is unknown
    capital_before, capital_after : float, net capital of all and of those kept
    contribution_before, contribution_after : float, what all, and those kept, carry net: the net capital of those
        where it is positive
    contribution_floor : float, which contribution_after does not go under
    """

    touchpoints: pd.DataFrame
    objective: str
    capital_given_up: float
    needs: tuple[str, ...]
    n_before: int
    n_kept: int
    cost_before: float
    cost_after: float
    saved_cost: float
    capital_before: float
    capital_after: float
    contribution_before: float
    contribution_after: float
    contribution_floor: float

    @property
    def dropped(self) -> tuple[str, ...]:
        """The touchpoints that go, the dearest first."""
        return tuple(self.touchpoints.loc[~self.touchpoints["kept"], "touchpoint"])

    def __repr__(self) -> str:
        goes = ", ".join(self.dropped) or "none"
        return f"<SmallestTouchpointSet: {self.n_kept} of {self.n_before} touchpoints stay; {goes} can go>"


def smallest_touchpoint_set(
    touchpoints: pd.DataFrame,
    inventory: pd.DataFrame,
    *,
    objective: Literal["cost", "count"] | None = None,
    capital_given_up: float = 0.0,
    needs: Iterable[str] | None = None,
    keep: Iterable[str] = (),
    without: Iterable[str] = (),
) -> SmallestTouchpointSet:
    """The set of touchpoints with the least cost, or the fewest, that covers every need and keeps what carries.

    Parameters
    ----------
    touchpoints : DataFrame, one row per touchpoint
        Needs `touchpoint`, `needs` (`;`-separated); uses `phase`, `required`, `cost_per_contact`.
    inventory : DataFrame, one row per touchpoint
        As `touchpoint_inventory` gives it: `net_capital`, what each carried less what it drained, and how often it
        was met. Touchpoints that stand in one of the frames alone belong to the choice too.
    objective : "cost" or "count", optional
        cost: cost_per_contact · n_contacts is made least; count: the number of touchpoints. Default: cost where every
        cost is known, else count; the result says which.
    capital_given_up : float, 0 to 1
        What a touchpoint contributes is its net capital, or nothing where that is negative. Of all contributions at
        most this share goes. At 0 every touchpoint stays that carries more than it drains; those that drain may go
        if others meet their needs, but pay for none that carries.
    needs : iterable of str, optional
        Only these needs must be covered; default: every need of the table.
    keep : iterable of str
        Touchpoints that stay, besides those that are required: those of which too little is known, say.
    without : iterable of str
        Touchpoints that go.

    Returns
    -------
    SmallestTouchpointSet

    Raises
    ------
    MissingColumnError
    ParameterError
        A need that no touchpoint meets, or none but those in `without`; an unknown name; a missing cost; those in
        `without` contribute more than may be given up. (Otherwise keeping all is always allowed, so there is an
        answer.)

    Notes
    -----
    A mixed-integer programme, solved to the optimum: 60 touchpoints and 40 needs take well under 2 seconds. Of equally
    good sets the one with most net capital is taken, then the one with fewest touchpoints, then the names that come
    first; figures that differ by less than a millionth of the largest are equal. It is taken that a contact that goes
    is not made elsewhere instead, and that what a touchpoint carried goes with it. The net capital of the set is never
    under that of all by more than the share given up of the contributions: letting go of what drains only adds to it.
    """
    choice = Choice.of(touchpoints, inventory, objective=objective, needs=needs, keep=keep, without=without)
    return set_of(choice, capital_given_up=capital_given_up)


def set_of(choice: Choice, *, capital_given_up: float) -> SmallestTouchpointSet:
    """The answer to a choice, with what it costs and carries.

    Raises
    ------
    ParameterError
    """
    check_capital_given_up(capital_given_up)
    kept = choice.solved(capital_given_up=capital_given_up)
    rows = choice.rows
    alone = choice.covers & (choice.covers[:, kept].sum(axis=1) == 1)[:, None] & kept
    only_for = [";".join(np.array(choice.needs, object)[column]) for column in alone.T] if len(choice.needs) else ""
    shown = rows.assign(kept=kept, reason=choice.reasons(kept, alone), only_for=only_for)
    shown["net_capital"] = shown["net_capital"].where(shown["n_customers"] > 0)
    shown = shown.sort_values(["kept", "cost", "touchpoint"], ascending=[True, False, True], ignore_index=True)
    columns = ["touchpoint", "phase", "kept", "reason", "only_for", "n_customers", "n_contacts", "cost"]
    cost, capital = rows["cost"].to_numpy(), rows["net_capital"].to_numpy()
    contribution = contributions(capital)
    return SmallestTouchpointSet(
        touchpoints=shown[[*columns, "net_capital"]],
        objective=choice.objective,
        capital_given_up=float(capital_given_up),
        needs=choice.needs,
        n_before=len(rows),
        n_kept=int(kept.sum()),
        cost_before=float(cost.sum()),
        cost_after=float(cost[kept].sum()) if np.isfinite(cost).all() else np.nan,
        saved_cost=float(cost[~kept].sum()) if np.isfinite(cost).all() else np.nan,
        capital_before=float(capital.sum()),
        capital_after=float(capital[kept].sum()),
        contribution_before=float(contribution.sum()),
        contribution_after=float(contribution[kept].sum()),
        contribution_floor=choice.floor(capital_given_up),
    )
