"""Experiences and closed cases as flat arrays sorted by customer and time, ready for the kernel."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from cxlib.capital.blocks import block_starts, for_each_block
from cxlib.capital.decay import Decay
from cxlib.capital.grouping import gather, group_by_customer
from cxlib.capital.kernel import accumulate
from cxlib.capital.recoveries import NEEDED as NEEDED_OF_CASES
from cxlib.capital.recoveries import recovered_losses
from cxlib.capital.rules import CapitalRules
from cxlib.errors import ParameterError, require_columns


def _no_cases() -> np.ndarray:
    return np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Entries:
    """The entries of all customers' accounts, before any rule is applied to them.

    `customers` holds the ids in order; customer c owns the entries offsets[c] to offsets[c + 1].
    `experience_row` is the position in the experiences frame (for a recovery: of the loss).
    `recoveries` are the entries that are closed cases, `recovered` the entries whose losses they return, and
    `informed_at` their moments. `moments` are those of the experiences, in the frame's order.
    """

    customers: pd.Index
    offsets: np.ndarray
    seconds: np.ndarray
    gap: np.ndarray
    weight: np.ndarray
    experience_row: np.ndarray
    moments: pd.Series
    recoveries: np.ndarray = field(default_factory=_no_cases)
    recovered: np.ndarray = field(default_factory=_no_cases)
    informed_at: np.ndarray = field(default_factory=_no_cases)

    @property
    def n_entries(self) -> int:
        return self.seconds.size

    @cached_property
    def blocks(self) -> np.ndarray:
        """Where the accounts are cut for the threads."""
        return block_starts(self.offsets)

    @cached_property
    def longest_span(self) -> int:
        """The seconds from the first entry of all to the last one."""
        return int(self.seconds.max() - self.seconds.min()) if self.n_entries else 0

    @property
    def zone(self):
        """The timezone of the experiences; None where they have none."""
        return self.moments.dt.tz

    @cached_property
    def occurred_at(self) -> pd.Series:
        """The moment of every entry, in the timezone of the experiences."""
        if not self.n_entries:
            return self.moments.iloc[:0]
        moments = microseconds(self.moments)[self.experience_row]
        moments[self.recoveries] = self.informed_at
        return moments_of(moments, self.zone)

    def accumulate(
        self, rules: CapitalRules, *, threads: int | None = None, out: tuple[np.ndarray, ...] | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Kind, amount and capital of every entry under `rules`.

        Parameters
        ----------
        rules : CapitalRules
        threads : int, optional
            Default one for each core; the answer does not depend on it.
        out : (int8, float64, float64) arrays, one value per entry, optional
            Written to and given back, for callers that try many rules: fresh memory is half of the time.
        """
        kind, amount, capital = out or empty_outputs(self.n_entries)
        decay = Decay.of(rules.half_life_seconds, self.longest_span).tables
        for_each_block(
            lambda _, first, last: accumulate(
                first,
                last,
                self.offsets,
                self.seconds,
                self.gap,
                self.weight,
                self.recoveries,
                self.recovered,
                *decay,
                float(rules.loss_weight),
                float(rules.forgiven_weight),
                float(rules.carry_over),
                float(rules.carry_over_decay),
                float(rules.neutral_band),
                rules.measure == "size",
                float(rules.opening),
                kind,
                amount,
                capital,
            ),
            self.blocks,
            threads=threads,
        )
        return kind, amount, capital


def empty_outputs(n_entries: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arrays for `Entries.accumulate` to write kind, amount and capital into."""
    return np.empty(n_entries, np.int8), np.empty(n_entries, np.float64), np.empty(n_entries, np.float64)


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

    Notes
    -----
    Linear in the experiences; see `group_by_customer`.
    """
    entries = experience_entries(experiences)
    return with_recoveries(entries, experiences, cases, neutral_band=rules.neutral_band)


def experience_entries(experiences: pd.DataFrame, *, threads: int | None = None) -> Entries:
    """The entries of experiences alone; parameters and errors as in `account_entries`."""
    needed = ["customer_id", "occurred_at", "gap"]
    require_columns(experiences, needed, name="experiences")
    if any(experiences[column].hasnans for column in needed):
        missing = int(experiences[needed].isna().any(axis=1).sum())
        raise ParameterError(
            f"{missing} of {len(experiences)} experiences lack a customer_id, occurred_at or gap; "
            f"leave them out first: experiences.dropna(subset={needed})"
        )
    gap = np.asarray(experiences["gap"], dtype=np.float64)
    if not np.isfinite(gap).all():
        raise ParameterError("a gap is infinite; gaps lie from −1 to 1")
    if "weight" in experiences.columns:
        weight = np.asarray(experiences["weight"], dtype=np.float64)
        if not (np.isfinite(weight) & (weight >= 0)).all():
            bad = weight[~(np.isfinite(weight) & (weight >= 0))]
            raise ParameterError(f"{len(bad)} weights are no number of at least 0, such as {bad[0]}")
    else:
        weight = np.ones(len(experiences))
    moments = microseconds(experiences["occurred_at"])
    file_order = None
    if "file_order" in experiences.columns:
        file_order = np.asarray(experiences["file_order"], dtype=np.int64)
    grouping = group_by_customer(experiences["customer_id"], moments, file_order, threads=threads)

    n = len(experiences)
    seconds, sorted_gap, sorted_weight = np.empty(n, np.int64), np.empty(n), np.empty(n)
    blocks = block_starts(grouping.offsets)
    for_each_block(
        lambda _, first, last: gather(
            first, last, grouping.order, moments, gap, weight, seconds, sorted_gap, sorted_weight
        ),
        grouping.offsets[blocks],
        threads=threads,
    )
    return Entries(
        customers=grouping.customers,
        offsets=grouping.offsets,
        seconds=seconds,
        gap=sorted_gap,
        weight=sorted_weight,
        experience_row=grouping.order,
        moments=experiences["occurred_at"],
    )


def with_recoveries(
    entries: Entries, experiences: pd.DataFrame, cases: pd.DataFrame | None, *, neutral_band: float
) -> Entries:
    """The entries of experiences with the closed cases set among them, after the experiences of the same moment.

    Parameters
    ----------
    entries : Entries
        Of these experiences, by `experience_entries`.
    experiences, cases : DataFrame
        As in `account_entries`.
    neutral_band : float
        An experience within it is no loss that a case could return.

    Notes
    -----
    The search for losses looks only at customers with a closed case; the rest is a copy with room for the recoveries.
    """
    if cases is None or not len(cases) or not entries.n_entries:
        return entries
    rows = _rows_of_customers_with_cases(entries, cases)
    recovered = recovered_losses(experiences, rows, cases, neutral_band=neutral_band)
    if recovered.empty:
        return entries
    loss_row = recovered["experience_row"].to_numpy()
    informed_at = microseconds(recovered["customer_informed_at"])
    entry_of_row = np.full(len(experiences), -1, np.int64)
    entry_of_row[entries.experience_row] = np.arange(entries.n_entries)
    lost = entry_of_row[loss_row]
    customer = np.searchsorted(entries.offsets, lost, side="right") - 1
    moments = microseconds(entries.moments)
    place = np.array(
        [
            start + np.searchsorted(moments[entries.experience_row[start:end]], moment, side="right")
            for start, end, moment in zip(
                entries.offsets[customer], entries.offsets[customer + 1], informed_at, strict=True
            )
        ]
    )
    # by customer, then place: two accounts may meet at one place
    order = np.lexsort((informed_at, place, customer))
    place, lost, customer = place[order], lost[order], customer[order]
    informed_at, loss_row = informed_at[order], loss_row[order]
    n_of_customer = np.bincount(customer, minlength=len(entries.customers))
    return replace(
        entries,
        offsets=entries.offsets + np.concatenate([[0], np.cumsum(n_of_customer)]),
        seconds=np.insert(entries.seconds, place, informed_at // 1_000_000),
        gap=np.insert(entries.gap, place, 0.0),
        weight=np.insert(entries.weight, place, 0.0),
        experience_row=np.insert(entries.experience_row, place, loss_row),
        recoveries=place + np.arange(len(place)),
        recovered=lost + np.searchsorted(place, lost, side="right"),
        informed_at=informed_at,
    )


def microseconds(moments: pd.Series) -> np.ndarray:
    """Moments as whole microseconds since the epoch."""
    return moments.to_numpy(dtype="datetime64[us]").view(np.int64)


def moments_of(since_epoch: np.ndarray, zone) -> pd.Series:
    """Microseconds since the epoch as moments on the clock of `zone`."""
    moments = pd.Series(since_epoch.view("datetime64[us]"))
    return moments if zone is None else moments.dt.tz_localize("UTC").dt.tz_convert(zone)


def _rows_of_customers_with_cases(entries: Entries, cases: pd.DataFrame) -> np.ndarray:
    """The positions of their experiences, in order of customer and time."""
    require_columns(cases, NEEDED_OF_CASES, name="cases")
    closed = cases.loc[cases["customer_informed_at"].notna()]
    ids = closed["customer_id"].dropna().astype("str").unique()
    has_case = entries.customers.astype("str").isin(ids)
    return entries.experience_row[np.repeat(has_case, np.diff(entries.offsets))]
