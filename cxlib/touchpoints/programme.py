"""The integer programme behind the smallest set of touchpoints: every need covered, enough kept, the least price.

Solved by HiGHS through scipy, to the very optimum. What is equally cheap is told apart by up to three more questions,
in this order: most capital, fewest touchpoints, names that come first; so the answer hangs on the numbers alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from cxlib.errors import CxError

TOLERANCE = 1e-6
"""Of the largest figure: what differs by less is the same to the solver."""

OPTIMAL, INFEASIBLE = 0, 2


@dataclass(frozen=True, eq=False)
class Programme:
    """Which touchpoints to keep; they stand in the order of their names.

    Attributes
    ----------
    covers : array of bool, needs × touchpoints
        Each need is covered by at least one that is kept.
    price : array of float, >= 0
        What is made as small as can be.
    capital : array of float
        The net capital, of which equally cheap sets keep as much as they can.
    counted : array of float
        What of each touchpoint counts towards the floor.
    stays, goes : arrays of bool
        Decided beforehand.
    floor : float
        The least sum of what is counted of those kept.
    """

    covers: np.ndarray
    price: np.ndarray
    capital: np.ndarray
    counted: np.ndarray
    stays: np.ndarray
    goes: np.ndarray
    floor: float

    def solve(self) -> np.ndarray | None:
        """Whether each touchpoint is kept; None where the floor cannot be reached."""
        if not len(self.price):
            return np.zeros(0, bool)
        if (enough := self._enough_by_itself()) is not None:
            return enough
        price, capital = _scaled(self.price), _scaled(self.capital)
        rows = self._conditions()
        kept = self._least(price, rows)
        if kept is None:
            return None
        rows.append((price, -np.inf, price @ kept + TOLERANCE))
        for goal in (-capital, np.ones(len(price))):
            kept = self._least(goal, rows, known=kept)
            rows.append((goal, -np.inf, goal @ kept + TOLERANCE))
            if self._is_alone(kept, rows):
                return kept.astype(bool)
        return self._first_by_name(kept, rows)

    def _enough_by_itself(self) -> np.ndarray | None:
        """What must stay, where nothing else need and all else only drains: then it is the answer without a search.

        Anything more costs, or drains, or is one touchpoint more. Where no capital is given up, most draws of customers
        end here.
        """
        size = _size(self.counted)
        least = self.floor / size - TOLERANCE / 10
        share = self.counted / size
        most = np.where(self.goes, 0.0, np.where(self.stays, share, np.maximum(share, 0.0)))  # what each can add
        must = self.stays | (~self.goes & (most.sum() - most < least))
        is_enough = (
            self.covers[:, must].any(axis=1).all() and share[must].sum() >= least and not (must & self.goes).any()
        )
        return must if is_enough and (self.capital[~must & ~self.goes] <= 0).all() else None

    def _conditions(self) -> list[tuple[np.ndarray, float, float]]:
        """Rows with their lowest and highest value."""
        size = _size(self.counted)
        covers = [(row.astype(float), 1.0, np.inf) for row in self.covers]
        return [*covers, (self.counted / size, self.floor / size - TOLERANCE / 10, np.inf)]

    def _least(
        self,
        goal: np.ndarray,
        rows: list[tuple[np.ndarray, float, float]],
        *,
        known: np.ndarray | None = None,
        fixed: dict[int, int] | None = None,
    ) -> np.ndarray | None:
        """The set with the least of a goal; None where there is none. `known` is one that would do."""
        if known is not None and not np.any(goal):
            return known
        low, high = self.stays.astype(float), 1.0 - self.goes
        for place, value in (fixed or {}).items():
            low[place] = high[place] = value
        matrix, lowest, highest = (np.array(part) for part in zip(*rows, strict=True))
        found = milp(
            goal,
            integrality=np.ones(len(goal)),
            bounds=Bounds(low, high),
            constraints=LinearConstraint(matrix, lowest, highest),
            options={"mip_rel_gap": 0.0},
        )
        if found.status == INFEASIBLE:
            return None
        if found.status != OPTIMAL:
            raise CxError(f"the programme of {len(goal)} touchpoints was not solved: {found.message}")
        return np.round(found.x)

    def _is_alone(self, kept: np.ndarray, rows: list[tuple[np.ndarray, float, float]]) -> bool:
        """Whether no other set does: each differs in at least one touchpoint."""
        other = (1 - 2 * kept, 1 - kept.sum(), np.inf)
        return self._least(np.zeros(len(kept)), [*rows, other]) is None

    def _first_by_name(self, kept: np.ndarray, rows: list[tuple[np.ndarray, float, float]]) -> np.ndarray:
        """Of sets that are equal in all else, the one that keeps the names that come first."""
        nothing = np.zeros(len(kept))
        fixed: dict[int, int] = {}
        for place in range(len(kept)):
            if not kept[place]:
                found = self._least(nothing, rows, fixed={**fixed, place: 1})
                kept = kept if found is None else found
            fixed[place] = int(kept[place])
        return kept.astype(bool)


def _size(values: np.ndarray) -> float:
    return float(np.abs(values).max(initial=0.0)) or 1.0


def _scaled(values: np.ndarray) -> np.ndarray:
    return values / _size(values)
