"""What the capital explorer shows, as frames."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cxlib.capital.accounts import CapitalAccounts
from cxlib.capital.months import customer_months, month_of
from cxlib.capital.presets import PRESETS
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.capital.statements import statement
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import ParameterError
from cxlib.experience import experiences
from cxlib.study import Study


@dataclass(frozen=True, kw_only=True, eq=False)
class CapitalExplorerData:
    """What the capital explorer shows under one set of rules.

    Parameters
    ----------
    rules : CapitalRules
    requirement : Requirement
    segment, customer_id : str or None
    by_month : DataFrame, one row per month
        As `capital_by_month` gives it, of the segment.
    zones : DataFrame, one row per zone
        The last month of `zones_by_month`, of the segment; no rows where it had no customer then.
    statement : DataFrame, one row per entry, or None
        As `statement` gives it, of the chosen customer, up to the end of the last month. None where no customer is
        chosen; no rows where the chosen one's first experience came later.
    presets : DataFrame, one row per named preset, or None
        preset : str; loss_weight : float; balance : float, the customer's at the end of the last month with this
        loss weight, all other rules as they are (a resolved loss never weighs more than an unresolved one)
    """

    rules: CapitalRules
    requirement: Requirement
    segment: str | None
    customer_id: str | None
    by_month: pd.DataFrame
    zones: pd.DataFrame
    statement: pd.DataFrame | None
    presets: pd.DataFrame | None

    def zones_against(self, start: CapitalExplorerData) -> pd.DataFrame:
        """The zones with their change against those under other rules.

        Returns
        -------
        DataFrame, the rows of `zones` with
            start_share : float, 0 to 1
            change_points : float, 100 · (share − start_share)
        """
        before = self.zones["zone"].map(start.zones.set_index("zone")["share"]).astype("float64")
        return self.zones.assign(start_share=before, change_points=100 * (self.zones["share"] - before))


def capital_explorer_data(
    study: Study,
    *,
    rules: CapitalRules | None = None,
    requirement: Requirement | None = None,
    segment: str | None = None,
    customer_id: str | None = None,
    until=None,
    smallest_base: int = SMALLEST_BASE,
) -> CapitalExplorerData:
    """The frames that `capital_explorer` shows, without a notebook.

    Parameters
    ----------
    study : Study
    rules : CapitalRules, optional
        Default CapitalRules().
    requirement : Requirement, optional
        Default Requirement(): 0 for everyone.
    segment : str, optional
        Only its customers, held to the average loss and the median price of all.
    customer_id : str, optional
        The customer whose account is stated.
    until : str, Timestamp or Period, optional
        The last month; default that of the last experience.
    smallest_base : int
        Months with fewer customers are blanked.

    Returns
    -------
    CapitalExplorerData

    Raises
    ------
    ParameterError
        An unknown segment or customer, a study without experiences, or a value out of range.

    Notes
    -----
    The accounts are sorted anew on each call; to try many rules in a row use `CapitalAccounts`.
    """
    return explorer_data(
        explorer_accounts(study, until=until),
        rules=rules or CapitalRules(),
        requirement=requirement or Requirement(),
        segment=segment,
        customer_id=customer_id,
        smallest_base=smallest_base,
    )


def explorer_accounts(study: Study, *, until=None) -> CapitalAccounts:
    """The accounts of a study's customers.

    Raises
    ------
    ParameterError
        The study has no experience.
    """
    signed = experiences(study)
    if signed.empty:
        raise ParameterError(
            "the study has no experiences from the purchase on, and so no accounts; "
            "cx.experiences(study, scope='whole_journey') shows whether there are earlier ones"
        )
    return CapitalAccounts(signed, study.customers, study.cases, until=until)


def explorer_data(
    accounts: CapitalAccounts,
    *,
    rules: CapitalRules,
    requirement: Requirement,
    segment: str | None,
    customer_id: str | None,
    smallest_base: int,
) -> CapitalExplorerData:
    """`capital_explorer_data` from accounts that are there already."""
    check_smallest_base(smallest_base)
    view = {"segment": segment, "smallest_base": smallest_base}
    zones = accounts.zones_by_month(rules, requirement, **view)
    last_month = accounts.months[-1].to_timestamp()
    stated = presets = None
    if customer_id is not None:
        stated = _statement(accounts, customer_id, rules)
        presets = _presets(accounts, customer_id, rules)
    return CapitalExplorerData(
        rules=rules,
        requirement=requirement,
        segment=segment,
        customer_id=customer_id,
        by_month=accounts.by_month(rules, requirement, **view),
        zones=zones[zones["month"] == last_month].reset_index(drop=True),
        statement=stated,
        presets=presets,
    )


def _statement(accounts: CapitalAccounts, customer_id: str, rules: CapitalRules) -> pd.DataFrame:
    """The customer's statement up to the end of the last month; no rows where it begins later."""
    ledger = accounts.ledger_of(customer_id, rules)
    last = accounts.months[-1]
    if month_of(ledger["occurred_at"].iloc[0]) > last:
        return statement(ledger, customer_id, rules).iloc[:0]
    return statement(ledger, customer_id, rules, until=last)


def _presets(accounts: CapitalAccounts, customer_id: str, rules: CapitalRules) -> pd.DataFrame:
    balances = []
    for loss_weight in PRESETS.values():
        tried = rules.with_loss_weight(loss_weight)
        months = customer_months(accounts.ledger_of(customer_id, tried), tried, until=accounts.months[-1])
        balances.append(months["capital"].iloc[-1] if len(months) else float("nan"))
    return pd.DataFrame(
        {
            "preset": pd.Series(list(PRESETS), dtype="str"),
            "loss_weight": pd.Series(list(PRESETS.values()), dtype="float64"),
            "balance": pd.Series(balances, dtype="float64"),
        }
    )
