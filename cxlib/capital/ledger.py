"""The ledger: every entry of every customer's account, with its amount and the balance after it."""

from __future__ import annotations

import pandas as pd

from cxlib.capital.entries import Entries, account_entries
from cxlib.capital.grouping import is_in_order
from cxlib.capital.kernel import KINDS
from cxlib.capital.rules import CapitalRules

KIND_DTYPE = pd.CategoricalDtype(list(KINDS))


def capital_ledger(
    experiences: pd.DataFrame, rules: CapitalRules | None = None, cases: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Keep an account for every customer: what each experience adds or takes, and the balance.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        Needs `customer_id`, `occurred_at`, `gap`; uses `weight` (1 where absent), `touchpoint`,
        `phase`, and `file_order` to order experiences of the same moment.
    rules : CapitalRules, optional
        Default CapitalRules(): a loss weighs as much as a gain, nothing is forgotten.
    cases : DataFrame, one row per case, optional
        Needs `customer_id`, `opened_at`, `customer_informed_at`; uses `touchpoint`, `response_id`.
        Each case of which the customer was told returns part of the loss it is about; which one, says
        `cxlib.capital.recoveries`.

    Returns
    -------
    DataFrame, one row per entry, sorted by customer and time
        customer_id, occurred_at, touchpoint, phase
        kind : gain, loss, neutral, recovery
        amount : float, signed
        capital : float, the balance after the entry

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Between entries the balance is multiplied by 2^(−days / half_life_days), the time counted in whole seconds.
    Where nothing decays,
    opening + the sum of the amounts is the last balance. A recovery never lifts the balance above
    what it would have been without the loss. Cost: linear in the experiences, after a counting sort;
    experiences that come sorted by customer and time are not copied.
    """
    rules = rules or CapitalRules()
    return ledger_of_entries(account_entries(experiences, rules, cases), experiences, rules)


def ledger_of_entries(entries: Entries, experiences: pd.DataFrame, rules: CapitalRules) -> pd.DataFrame:
    """`capital_ledger` of experiences whose entries are at hand."""
    kind, amount, capital = entries.accumulate(rules)
    described = _described(experiences, entries)
    return pd.DataFrame(
        {
            "customer_id": described["customer_id"],
            "occurred_at": entries.occurred_at,
            "touchpoint": described.get("touchpoint", pd.Series(pd.NA, described.index, dtype="str")),
            "phase": described.get("phase", pd.Series(pd.NA, described.index, dtype="str")),
            "kind": pd.Categorical.from_codes(kind, dtype=KIND_DTYPE),
            "amount": amount,
            "capital": capital,
        },
        copy=False,  # columns of the experiences that stand as they are share their memory until one is written to
    )


def _described(experiences: pd.DataFrame, entries: Entries) -> pd.DataFrame:
    """Customer, touchpoint and phase of every entry."""
    facts = experiences[[name for name in ("customer_id", "touchpoint", "phase") if name in experiences.columns]]
    is_whole = entries.n_entries == len(experiences) and not len(entries.recoveries)
    if is_whole and is_in_order(entries.experience_row):
        return facts.reset_index(drop=True)  # shares the memory of the columns
    # taken by position: several frames may share labels in their index
    return facts.take(entries.experience_row).reset_index(drop=True)
