"""Experiences and closed cases as flat arrays sorted by customer and time, ready for the kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.capital.kernel import accumulate, empty_outputs
from cxlib.capital.recoveries import recovered_losses
from cxlib.capital.rules import CapitalRules
from cxlib.errors import ParameterError, require_columns

NOT_A_RECOVERY = -1


@dataclass(frozen=True, eq=False)
class Entries:
    """The entries of all customers' accounts, before any rule is applied to them.

    `customers` holds the ids in order; customer c owns the entries offsets[c] to offsets[c + 1].
    `recovers` is −1 for an experience, else the entry whose loss this recovery returns.
    `experience_row` is the position in the experiences frame (for a recovery: of the loss).
    """

    customers: pd.Index
    offsets: np.ndarray
    occurred_at: pd.Series
    seconds: np.ndarray
    gap: np.ndarray
    weight: np.ndarray
    recovers: np.ndarray
    experience_row: np.ndarray

    def accumulate(self, rules: CapitalRules) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Kind, amount and capital of every entry under `rules`."""
        kind, amount, capital = empty_outputs(self.seconds.size)
        accumulate(
            self.offsets,
            self.seconds,
            self.gap,
            self.weight,
            self.recovers,
            float(rules.loss_weight),
            float(rules.forgiven_weight),
            float(rules.half_life_seconds),
            float(rules.carry_over),
            float(rules.carry_over_decay),
            float(rules.neutral_band),
            rules.measure == "size",
            float(rules.opening),
            kind,
            amount,
            capital,
        )
        return kind, amount, capital


def account_entries(experiences: pd.DataFrame, rules: CapitalRules, cases: pd.DataFrame | None = None) -> Entries:
    """Sort experiences by customer and time, and set each closed case at the hour it was closed.

    Ties in time keep `file_order` where the frame has it, so that shuffled rows give the same account; else the
    frame's own order.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        Needs `customer_id`, `occurred_at`, `gap`; uses `weight` (1 where the column is absent).
    rules : CapitalRules
        Only the neutral band, which says what a case can be about.
    cases : DataFrame, one row per case, optional
        Cases with `customer_informed_at` become recoveries.

    Raises
    ------
    MissingColumnError, ParameterError
    """
    needed = ["customer_id", "occurred_at", "gap"]
    require_columns(experiences, needed, name="experiences")
    if missing := int(experiences[needed].isna().any(axis=1).sum()):
        raise ParameterError(
            f"{missing} of {len(experiences)} experiences lack a customer_id, occurred_at or gap; "
            f"leave them out first: experiences.dropna(subset={needed})"
        )
    gap = np.asarray(experiences["gap"], dtype=np.float64)
    if not np.isfinite(gap).all():
        raise ParameterError("a gap is infinite; gaps lie from −1 to 1")
    weight = np.asarray(experiences.get("weight", np.ones(len(experiences))), dtype=np.float64)
    if len(bad := weight[~(np.isfinite(weight) & (weight >= 0))]):
        raise ParameterError(f"{len(bad)} weights are no number of at least 0, such as {bad[0]}")
    codes, customers = pd.factorize(experiences["customer_id"], sort=True)
    order = _time_order(experiences, codes)
    occurred_at = experiences["occurred_at"].iloc[order].reset_index(drop=True)
    codes = codes[order]
    rows = order
    recovers = np.full(order.size, NOT_A_RECOVERY, np.int64)

    if cases is not None and len(cases) and len(experiences):
        recovered = recovered_losses(experiences, order, cases, neutral_band=rules.neutral_band)
        if len(recovered):
            position = np.empty(order.size, np.int64)
            position[order] = np.arange(order.size)
            lost = position[recovered["experience_row"].to_numpy()]
            informed_at = recovered["customer_informed_at"]
            occurred_at = pd.concat([occurred_at, informed_at], ignore_index=True)
            codes = np.concatenate([codes, codes[lost]])
            rows = np.concatenate([rows, recovered["experience_row"].to_numpy()])
            recovers = np.concatenate([recovers, lost])
            # a stable sort: at the same moment the experiences, which stand first, stay first
            merged = np.lexsort((occurred_at.to_numpy(dtype="datetime64[us]"), codes))
            moved = np.empty(merged.size, np.int64)
            moved[merged] = np.arange(merged.size)
            recovers = np.where(recovers >= 0, moved[recovers], NOT_A_RECOVERY)[merged]
            codes, rows = codes[merged], rows[merged]
            occurred_at = occurred_at.iloc[merged].reset_index(drop=True)

    offsets = np.searchsorted(codes, np.arange(len(customers) + 1))
    return Entries(
        customers=pd.Index(customers),
        offsets=offsets.astype(np.int64),
        occurred_at=occurred_at,
        seconds=occurred_at.to_numpy(dtype="datetime64[s]").astype(np.int64),
        gap=gap[rows],
        weight=weight[rows],
        recovers=recovers,
        experience_row=rows,
    )


def _time_order(experiences: pd.DataFrame, codes: np.ndarray) -> np.ndarray:
    """Positions that sort by customer, time, and file order."""
    keys = [experiences["occurred_at"].to_numpy(dtype="datetime64[us]"), codes]
    if "file_order" in experiences.columns:
        keys.insert(0, np.asarray(experiences["file_order"], dtype=np.int64))
    return np.lexsort(keys)
