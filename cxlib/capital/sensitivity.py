"""How capital and risk change with the rules, so that no conclusion hangs on one setting."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlib.capital.accounts import CapitalAccounts
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.confidentiality import SMALLEST_BASE
from cxlib.errors import ParameterError

MOST_LOSS_WEIGHTS = 60


def loss_weight_grid(loss_weight: float) -> list[float]:
    """Loss weights from 1 to 12, or as far as `loss_weight` lies, in quarters or wider steps; and itself.

    >>> grid = loss_weight_grid(2.25)
    >>> grid[0], grid[1], grid[-1], len(grid)
    (1.0, 1.25, 12.0, 45)
    """
    first, last = min(1.0, loss_weight), max(12.0, loss_weight)
    step = 0.25
    while (last - first) / step > MOST_LOSS_WEIGHTS:
        step *= 2
    steps = first + step * np.arange(int((last - first) / step) + 1)
    return sorted({*map(float, steps), float(loss_weight), last})


def capital_by_loss_weight(
    experiences: pd.DataFrame,
    customers: pd.DataFrame,
    rules: CapitalRules,
    *,
    loss_weights: Iterable[float],
    requirement: Requirement | None = None,
    cases: pd.DataFrame | None = None,
    until=None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """`capital_by_month` for each of several loss weights, all other rules the same.

    Parameters
    ----------
    experiences, customers, cases : DataFrame
        As for `capital_ledger` and `risk_zones`.
    rules : CapitalRules
        A resolved loss keeps its weight, but never weighs more than an unresolved one.
    loss_weights : iterable of float, > 0
    until : str, Timestamp or Period, optional
        The last month.

    Returns
    -------
    DataFrame, one row per loss weight and month
        loss_weight, and the columns of `capital_by_month`

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    The accounts are walked once; each loss weight adds up their month-ends.
    """
    loss_weights = list(loss_weights)
    if not loss_weights:
        raise ParameterError("loss_weights is empty: give at least one weight, such as [1, 2.25, 12]")
    accounts = CapitalAccounts(experiences, customers, cases, until=until, neutral_band=rules.neutral_band)
    tables = []
    for loss_weight in loss_weights:
        by_month = accounts.by_month(rules.with_loss_weight(loss_weight), requirement, smallest_base=smallest_base)
        by_month.insert(0, "loss_weight", float(loss_weight))
        tables.append(by_month)
    return pd.concat(tables, ignore_index=True)
