"""All customers' accounts, sorted once, for views that change their rules at every move of a slider."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cxlib.capital.blocks import for_each_block
from cxlib.capital.entries import Entries, experience_entries, with_recoveries
from cxlib.capital.ledger import ledger_of_entries
from cxlib.capital.month_balances import MonthBalances, MonthLayout, columns_of_capital, count_zones
from cxlib.capital.months import months_of
from cxlib.capital.risk import (
    QUARTILES,
    ROUNDING,
    ZONE_DTYPE,
    ZONES,
    Requirement,
    with_at_risk_share,
    zone_shares,
)
from cxlib.capital.rules import DEFAULT_NEUTRAL_BAND, CapitalRules
from cxlib.capital.statements import near_ids
from cxlib.confidentiality import SMALLEST_BASE, suppress_derivable, suppress_small_bases
from cxlib.errors import ParameterError, hint, require_columns

WALKED_RULES = ("half_life_days", "carry_over", "carry_over_decay", "neutral_band", "measure", "opening")
"""Rules that need the accounts to be walked again; the loss weights and the requirement do not."""


class CapitalAccounts:
    """The accounts of all customers, ready to be balanced under any rules.

    Every method gives what the functions on frames give (`capital_ledger`, `customer_months`, `risk_zones`,
    `capital_by_month`), without making the ledger. Segments are cut after the zones are found, so that a segment is
    held to the median price and the average loss of all customers.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        As for `capital_ledger`.
    customers : DataFrame, one row per customer
        As for `risk_zones`; uses `segment` where present.
    cases : DataFrame, one row per case, optional
        As for `capital_ledger`.
    until : str, Timestamp or Period, optional
        The last month; default that of the last experience or closed case.
    neutral_band : float
        Where no `until` is given, the band that says which cases close a loss, and so may be the last entry. The months
        stay when a slider moves the band.

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Linear in the experiences and in customers × months. The first view under new rules walks the accounts; another loss
    weight, resolved loss weight or requirement alone only adds up their month-ends. Not for several threads at once.
    """

    def __init__(
        self,
        experiences: pd.DataFrame,
        customers: pd.DataFrame,
        cases: pd.DataFrame | None = None,
        *,
        until=None,
        neutral_band: float = DEFAULT_NEUTRAL_BAND,
    ) -> None:
        require_columns(customers, ["customer_id"], name="customers")
        if customers["customer_id"].duplicated().any():
            repeated = customers.loc[customers["customer_id"].duplicated(), "customer_id"]
            raise ParameterError(f"customers holds {len(repeated)} repeated ids, such as {repeated.iloc[0]!r}")
        self._experiences = experiences
        self._cases = cases
        self._without_cases = experience_entries(experiences)
        self._entries: Entries | None = None
        self._layout: MonthLayout | None = None
        self._balances: MonthBalances | None = None
        self._band: float | None = None
        self._walked: tuple | None = None
        self._use_band(neutral_band)
        self.months = months_of(self._entries.seconds, self._entries.zone, until)
        self._layout = MonthLayout.of(self._entries, self.months)
        self._describe(customers)

    @property
    def customer_ids(self) -> pd.Index:
        """The customers who have an account, in order."""
        return self._without_cases.customers

    def by_month(
        self,
        rules: CapitalRules,
        requirement: Requirement | None = None,
        *,
        segment: str | None = None,
        smallest_base: int = SMALLEST_BASE,
    ) -> pd.DataFrame:
        """Capital and the share at risk among the customers of each month, or of a segment's.

        Parameters
        ----------
        rules : CapitalRules
        requirement : Requirement, optional
        segment : str, optional
        smallest_base : int
            Months with fewer customers are blanked; of a segment also those that all customers less the other
            segments would give away.

        Returns
        -------
        DataFrame, one row per month that has customers
            The columns of `capital_by_month`.

        Raises
        ------
        ParameterError
            There is no such segment.
        """
        counts = self._counts(rules, requirement, segment).drop(columns=["n_thin", "capital_mean"])
        summary = with_at_risk_share(counts).assign(**self._quartiles(rules, segment))
        summary = summary.loc[summary["n_customers"] > 0].reset_index()
        figures = [column for column in summary.columns if column not in ("month", "n_customers")]
        return self._shown(summary, figures, segment, smallest_base)

    def by_segment(
        self, rules: CapitalRules, requirement: Requirement | None = None, *, smallest_base: int = SMALLEST_BASE
    ) -> pd.DataFrame:
        """Mean capital and the share at risk of every segment in every month.

        Parameters
        ----------
        rules : CapitalRules
        requirement : Requirement, optional
        smallest_base : int
            Smaller segments are blanked, and with them what would give them away by subtraction.

        Returns
        -------
        DataFrame, one row per month and segment with customers, sorted
            month : datetime64, its first day
            segment : str, NA for customers without one
            n_customers, n_at_risk : int
            at_risk_share, low_share, high_share : float, 95 % Wilson interval
            capital_mean : float
        """
        sums, n_customers = self._sums(rules, requirement), self._n_customers
        n_groups, n_months = n_customers.shape
        names = pd.array([*self.segments, pd.NA], dtype="str")
        table = pd.DataFrame(
            {
                "month": np.repeat(self._month_starts, n_groups),
                "segment": names.take(np.tile(np.arange(n_groups), n_months)),
                "n_customers": n_customers.T.ravel(),
                "n_at_risk": sums[:, 1].T.ravel().astype(np.int64),
                "capital_mean": sums[:, 0].T.ravel(),
            }
        )
        table = table.loc[table["n_customers"] > 0].reset_index(drop=True)
        table = with_at_risk_share(table.assign(capital_mean=table["capital_mean"] / table["n_customers"]))
        table.insert(len(table.columns) - 1, "capital_mean", table.pop("capital_mean"))
        hidden = [column for column in table.columns if column not in ("month", "segment", "n_customers")]
        return suppress_derivable(
            table, base="n_customers", columns=hidden, within="month", smallest_base=smallest_base
        )

    def zones_by_month(
        self,
        rules: CapitalRules,
        requirement: Requirement | None = None,
        *,
        segment: str | None = None,
        smallest_base: int = SMALLEST_BASE,
    ) -> pd.DataFrame:
        """How the customers of each month divide into the three zones; parameters as for `by_month`.

        Returns
        -------
        DataFrame, three rows per month that has customers
            The columns of `zones_by_month`.
        """
        counts = self._counts(rules, requirement, segment)
        counts = counts.loc[counts["n_customers"] > 0]
        n_cushioned = counts["n_customers"] - counts["n_at_risk"] - counts["n_thin"]
        in_zone = np.column_stack([counts["n_at_risk"], counts["n_thin"], n_cushioned])
        rows = pd.DataFrame(
            {
                "month": counts.index.repeat(len(ZONES)),
                "zone": pd.Categorical(np.tile(ZONES, len(counts)), dtype=ZONE_DTYPE),
                "n_in_zone": in_zone.ravel(),
            }
        )
        shares = zone_shares(rows, smallest_base=1)
        return self._shown(shares, ["n_in_zone", "share"], segment, smallest_base)

    def ledger_of(self, customer_id: str, rules: CapitalRules) -> pd.DataFrame:
        """The rows of `capital_ledger` of one customer.

        Raises
        ------
        ParameterError
            No such customer; the message names the nearest.
        """
        self._use_band(rules.neutral_band)
        entries = self._entries
        code = entries.customers.get_indexer([customer_id])[0]
        if code < 0:
            near = near_ids(str(customer_id), list(entries.customers.astype("str")))
            guess = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
            raise ParameterError(f"none of the {len(entries.customers):,} accounts is {customer_id!r}'s{guess}")
        start, end = int(entries.offsets[code]), int(entries.offsets[code + 1])
        own = slice(*np.searchsorted(entries.recoveries, [start, end]))
        account = replace(
            entries,
            customers=entries.customers[code : code + 1],
            offsets=np.array([0, end - start]),
            seconds=entries.seconds[start:end],
            gap=entries.gap[start:end],
            weight=entries.weight[start:end],
            experience_row=entries.experience_row[start:end],
            recoveries=entries.recoveries[own] - start,
            recovered=entries.recovered[own] - start,
            informed_at=entries.informed_at[own],
        )
        return ledger_of_entries(account, self._experiences, rules)

    def _use_band(self, band: float) -> None:
        """Set the closed cases among the experiences: which loss a case is about hangs on the neutral band."""
        if band != self._band:
            self._entries = with_recoveries(self._without_cases, self._experiences, self._cases, neutral_band=band)
            if self._layout is not None and len(self._entries.recoveries) + self._n_recoveries:
                self._layout = MonthLayout.of(self._entries, self.months)
            self._n_recoveries = len(self._entries.recoveries)
            self._band = band

    def _walk(self, rules: CapitalRules) -> MonthBalances:
        walked = tuple(getattr(rules, name) for name in WALKED_RULES)
        if walked != self._walked:
            self._walked = None  # an interrupted walk leaves balances that belong to no rules
            self._use_band(rules.neutral_band)
            self._balances = MonthBalances.of(self._entries, self._layout, rules, reuse=self._balances)
            self._walked = walked
        return self._balances

    def _sums(self, rules: CapitalRules, requirement: Requirement | None) -> np.ndarray:
        """Capital, number at risk and number thin: segments × 3 × months, the last segment those without one."""
        balances = self._walk(rules)
        blocks = self._entries.blocks
        required = self._required(requirement or Requirement())
        average_loss = float(rules.loss_weight * balances.average_loss_size)
        sums = np.zeros((len(blocks) - 1, len(self.segments) + 1, 3, len(self.months)))
        for_each_block(
            lambda block, first, last: count_zones(
                first,
                last,
                balances.gained,
                balances.lost,
                balances.returned,
                balances.layout.first_month,
                self._until_month,
                self._group,
                required,
                float(rules.loss_weight),
                float(rules.forgiven_weight),
                average_loss,
                ROUNDING,
                sums[block],
            ),
            blocks,
        )
        return sums.sum(axis=0)

    def _counts(self, rules: CapitalRules, requirement: Requirement | None, segment: str | None) -> pd.DataFrame:
        """One row per month, of a segment or of all."""
        groups = self._groups_of(segment)
        sums = self._sums(rules, requirement)[groups].sum(axis=0)
        n_customers = self._n_customers[groups].sum(axis=0)
        table = {
            "n_customers": n_customers,
            "n_at_risk": sums[1].astype(np.int64),
            "n_thin": sums[2].astype(np.int64),
            "capital_mean": np.divide(
                sums[0], n_customers, out=np.full(len(n_customers), np.nan), where=n_customers > 0
            ),
        }
        return pd.DataFrame(table, index=pd.Index(self._month_starts, name="month"))

    def _quartiles(self, rules: CapitalRules, segment: str | None) -> dict[str, np.ndarray]:
        balances = self._walk(rules)
        of_segment = np.flatnonzero(np.isin(self._group, self._groups_of(segment)))
        columns = np.empty((len(self.months), len(of_segment)))
        n_in_column = np.zeros(len(self.months), np.int64)
        columns_of_capital(
            of_segment,
            balances.gained,
            balances.lost,
            balances.returned,
            balances.layout.first_month,
            self._until_month,
            float(rules.loss_weight),
            float(rules.forgiven_weight),
            columns,
            n_in_column,
        )
        shares = list(QUARTILES.values())
        quartiles = np.array(
            [
                np.quantile(column[:n], shares, overwrite_input=True) if n else np.full(len(shares), np.nan)
                for column, n in zip(columns, n_in_column, strict=True)
            ]
        ).reshape(len(self.months), len(shares))
        return {f"capital_{name}": quartiles[:, i] for i, name in enumerate(QUARTILES)}

    def _groups_of(self, segment: str | None) -> list[int]:
        if segment is None:
            return list(range(len(self.segments) + 1))
        if segment not in self.segments:
            allowed = ", ".join(map(repr, self.segments)) or "none: the customers have no segments"
            raise ParameterError(f"unknown segment {segment!r}; allowed: {allowed}{hint(segment, self.segments)}")
        return [self.segments.index(segment)]

    def _describe(self, customers: pd.DataFrame) -> None:
        """What is known of each account's customer: price, segment, and the month of leaving."""
        row = pd.Index(customers["customer_id"]).get_indexer(self.customer_ids)
        is_known = row >= 0
        self._prices = customers.get("price_per_month", pd.Series(np.nan, customers.index))
        self._customer_row = np.where(is_known, row, 0)
        self._is_known = is_known
        self._requirement: tuple[Requirement, np.ndarray] | None = None

        segment = customers.get("segment", pd.Series(pd.NA, customers.index, dtype="str")).astype("str")
        self.segments: list[str] = sorted(segment.dropna().unique())
        code = pd.Categorical(segment, categories=self.segments).codes.astype(np.int64)
        code[code < 0] = len(self.segments)
        self._group = self._of_customer(code, len(self.segments))

        self._month_starts = self.months.to_timestamp().as_unit("us")
        until_month = np.full(len(customers), len(self.months))
        if "churned_on" in customers:
            churned_on = customers["churned_on"]
            has_left = churned_on.notna().to_numpy()
            next_starts = (self.months + 1).to_timestamp()
            until_month[has_left] = (
                next_starts.searchsorted(churned_on[has_left], side="right") if has_left.any() else 0
            )
        # months until_month and later do not count: at their end the customer had left
        self._until_month = self._of_customer(until_month, len(self.months))
        self._n_customers = self._customers_by_month()

    def _of_customer(self, values: np.ndarray, otherwise) -> np.ndarray:
        """Values of the rows of `customers` for each account."""
        if not len(values):
            return np.full(len(self._customer_row), otherwise)
        return np.where(self._is_known, values[self._customer_row], otherwise)

    def _customers_by_month(self) -> np.ndarray:
        """How many customers each segment has at each month's end: segments × months."""
        n_groups, n_months = len(self.segments) + 1, len(self.months)
        counts = np.zeros((n_groups, n_months + 1), np.int64)
        counted = self._layout.first_month < self._until_month
        np.add.at(counts, (self._group[counted], self._layout.first_month[counted]), 1)
        np.add.at(counts, (self._group[counted], self._until_month[counted]), -1)
        return counts.cumsum(axis=1)[:, :n_months]

    def _shown(self, rows: pd.DataFrame, figures: list[str], segment: str | None, smallest_base: int) -> pd.DataFrame:
        """Rows of months with what may not be shown blanked: too few customers, or all less the others would tell."""
        if segment is not None and len(rows):
            n_customers = self._n_customers
            parts = pd.DataFrame(
                {
                    "month": np.repeat(self._month_starts, len(n_customers)),
                    "group": np.tile(np.arange(len(n_customers)), len(self.months)),
                    "n_customers": n_customers.T.ravel(),
                    "is_shown": 1.0,
                }
            )
            options = {"columns": ["is_shown"], "within": "month", "smallest_base": smallest_base}
            shown = suppress_derivable(parts, base="n_customers", **options)
            own = shown.loc[shown["group"] == self.segments.index(segment)].set_index("month")["is_shown"]
            may_be_shown = rows["month"].map(own).notna()
            # a base of 0 is under every smallest base: it hides a row without touching the number of customers
            rows = rows.assign(base=rows["n_customers"].where(may_be_shown, 0))
        else:
            rows = rows.assign(base=rows["n_customers"])
        rows = suppress_small_bases(rows, base="base", columns=figures, smallest_base=smallest_base)
        return rows.drop(columns="base")

    def _required(self, requirement: Requirement) -> np.ndarray:
        if self._requirement is None or self._requirement[0] != requirement:
            required = requirement.of(self._prices).to_numpy(dtype=np.float64)
            self._requirement = requirement, self._of_customer(required, float(requirement.base))
        return self._requirement[1]
