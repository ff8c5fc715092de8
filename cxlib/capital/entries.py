"""Experiences and closed cases as flat arrays sorted by customer and time, ready for the kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.capital.kernel import accumulate, empty_outputs
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


def account_entries(experiences: pd.DataFrame, cases: pd.DataFrame | None = None) -> Entries:
    """Sort experiences by customer and time, and set each closed case at the hour it was closed.

    Ties in time keep the order of `source` and `source_row` where the frame has them, else its
    own order, so that shuffled rows give the same account.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        Needs `customer_id`, `occurred_at`, `gap`; uses `weight` (1 where the column is absent).
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
    codes, customers = pd.factorize(experiences["customer_id"], sort=True)
    order = _time_order(experiences, codes)
    occurred_at = experiences["occurred_at"].iloc[order].reset_index(drop=True)
    codes = codes[order]
    rows = order
    recovers = np.full(order.size, NOT_A_RECOVERY, np.int64)

    if cases is not None and len(cases) and len(experiences):
        recovered = _recovered_losses(experiences, cases)
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
    weight = experiences["weight"] if "weight" in experiences.columns else np.ones(len(experiences))
    return Entries(
        customers=pd.Index(customers),
        offsets=offsets.astype(np.int64),
        occurred_at=occurred_at,
        seconds=occurred_at.to_numpy(dtype="datetime64[s]").astype(np.int64),
        gap=np.asarray(experiences["gap"], dtype=np.float64)[rows],
        weight=np.asarray(weight, dtype=np.float64)[rows],
        recovers=recovers,
        experience_row=rows,
    )


def _time_order(experiences: pd.DataFrame, codes: np.ndarray) -> np.ndarray:
    """Positions that sort by customer, time, and file order."""
    keys = [experiences["occurred_at"].to_numpy(dtype="datetime64[us]"), codes]
    if "source_row" in experiences.columns:
        keys.insert(0, np.asarray(experiences["source_row"], dtype=np.int64))
    if "source" in experiences.columns:
        keys.insert(1, np.asarray(experiences["source"] == "response"))
    return np.lexsort(keys)


def _recovered_losses(experiences: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """For every closed case the experience whose loss it returns.

    A case belongs to the answer it names, else to the customer's latest negative experience at its
    touchpoint (any touchpoint where it names none) when it was opened. A loss is returned once,
    when the customer was first told.

    Returns
    -------
    DataFrame with experience_row (position), customer_informed_at
    """
    require_columns(cases, ["customer_id", "opened_at", "customer_informed_at"], name="cases")
    closed = cases.loc[cases["customer_informed_at"].notna()]
    wanted = ["customer_id", "opened_at", "customer_informed_at"]
    closed = closed[wanted + [c for c in ("touchpoint", "response_id") if c in closed.columns]]
    closed = closed.reset_index(drop=True).assign(case_row=lambda f: np.arange(len(f)))

    rows = pd.DataFrame(
        {
            "customer_id": experiences["customer_id"].to_numpy(),
            "occurred_at": experiences["occurred_at"].array,
            "gap": np.asarray(experiences["gap"], dtype=np.float64),
            "experience_row": np.arange(len(experiences)),
        }
    )
    for column in ("touchpoint", "response_id"):
        if column in experiences.columns:
            rows[column] = experiences[column].array

    found = []
    if "response_id" in closed.columns and "response_id" in rows.columns:
        named = closed.loc[closed["response_id"].notna(), ["case_row", "customer_id", "response_id"]]
        # several answers can share a response_id: the worst of them is what the case is about
        answers = rows.loc[rows["response_id"].notna()].sort_values(["gap", "experience_row"])
        answers = answers.drop_duplicates(["customer_id", "response_id"])
        found.append(named.merge(answers, on=["customer_id", "response_id"], validate="many_to_one"))
    taken = found[0]["case_row"] if found else []
    rest = closed.loc[~closed["case_row"].isin(taken)].sort_values("opened_at", kind="stable")

    if "experience" in experiences.columns:
        negative = np.asarray(experiences["experience"]) < 0
    else:
        negative = rows["gap"].to_numpy() < 0
    losses = rows.loc[negative].sort_values("occurred_at", kind="stable")
    has_touchpoint = "touchpoint" in rest.columns and "touchpoint" in losses.columns
    at_a_touchpoint = rest["touchpoint"].notna() if has_touchpoint else pd.Series(False, index=rest.index)
    for part, by in (
        (rest.loc[at_a_touchpoint], ["customer_id", "touchpoint"]),
        (rest.loc[~at_a_touchpoint], ["customer_id"]),
    ):
        if len(part) and len(losses):
            matched = pd.merge_asof(
                part[[*by, "opened_at", "case_row"]],
                losses.loc[losses[by].notna().all(axis=1), [*by, "occurred_at", "experience_row"]],
                left_on="opened_at",
                right_on="occurred_at",
                by=by,
            )
            found.append(matched.dropna(subset=["experience_row"]))

    if not found:
        return pd.DataFrame({"experience_row": np.empty(0, np.int64), "customer_informed_at": []})
    recovered = pd.concat(
        [part[["case_row", "occurred_at", "experience_row"]] for part in found], ignore_index=True
    ).merge(closed[["case_row", "customer_informed_at"]], on="case_row", validate="one_to_one")
    recovered = recovered.loc[recovered["customer_informed_at"] >= recovered["occurred_at"]]
    recovered = recovered.sort_values(["customer_informed_at", "case_row"], kind="stable")
    recovered = recovered.drop_duplicates("experience_row").astype({"experience_row": np.int64})
    return recovered[["experience_row", "customer_informed_at"]].reset_index(drop=True)
