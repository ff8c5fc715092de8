"""The same experiences under the three named presets, and experiences made up from a list of signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.rules import DEFAULT_NEUTRAL_BAND, CapitalRules
from cxlib.errors import ParameterError, require_columns

PRESETS: Mapping[str, float] = MappingProxyType(
    {
        "simple": CapitalRules.simple().loss_weight,
        "tversky_kahneman": CapitalRules.tversky_kahneman().loss_weight,
        "normann": CapitalRules.normann().loss_weight,
    }
)
"""The named presets, by their loss weight."""


def signed_experiences(
    signs: Iterable[float], *, touchpoints: Iterable[str] | None = None, start: str = "2026-01-01"
) -> pd.DataFrame:
    """The experiences of one made-up customer, one a day: to try rules on, or to explain them.

    Parameters
    ----------
    signs : iterable of float, −1 to 1
        +1 good, 0 as expected, −1 bad; or gaps in between.
    touchpoints : iterable of str, optional
        A name for each; default "1", "2", ….
    start : str or Timestamp
        The day of the first.

    Returns
    -------
    DataFrame, one row per experience, as `experiences` gives them
        customer_id ("example"), occurred_at (noon), touchpoint, phase and stage (NA), gap, experience (the sign of a
        gap outside the usual neutral band), weight (1), is_measured, file_order

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> capital_ledger(signed_experiences([1, 1, -1]))["capital"].tolist()
    [1.0, 2.0, 1.0]
    """
    gap = pd.Series(list(signs), dtype="object")
    is_number = pd.to_numeric(gap, errors="coerce").between(-1, 1)
    if not is_number.all():
        raise ParameterError(f"signs has {gap[~is_number].iloc[0]!r}; allowed: −1 (bad) to 1 (good)")
    gap = gap.astype("float64")
    names = [str(place + 1) for place in range(len(gap))] if touchpoints is None else [str(t) for t in touchpoints]
    if len(names) != len(gap):
        raise ParameterError(f"touchpoints has {len(names)} names for {len(gap)} signs; give one for each")
    first_day = pd.Timestamp(start).normalize()
    return pd.DataFrame(
        {
            "customer_id": pd.Series("example", gap.index, dtype="str"),
            "occurred_at": (first_day + pd.Timedelta(hours=12) + pd.to_timedelta(gap.index, unit="D")).as_unit("us"),
            "touchpoint": pd.Series(names, dtype="str"),
            "phase": pd.Series(pd.NA, gap.index, dtype="str"),
            "stage": pd.Series(pd.NA, gap.index, dtype="str"),
            "gap": gap,
            "experience": np.where(gap.abs() <= DEFAULT_NEUTRAL_BAND, 0, np.sign(gap)).astype(np.int8),
            "weight": 1.0,
            "is_measured": True,
            "file_order": np.arange(len(gap)),
        }
    )


def capital_by_preset(
    experiences: pd.DataFrame,
    presets: Mapping[str, float] | None = None,
    *,
    rules: CapitalRules | None = None,
    cases: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One customer's capital after each entry, under several loss weights side by side.

    Parameters
    ----------
    experiences, cases : DataFrame
        As for `capital_ledger`, of one customer.
    presets : mapping from name to loss weight, optional
        Default the three named ones: simple 1, tversky_kahneman 2.25, normann 12.
    rules : CapitalRules, optional
        All other rules; a resolved loss keeps its weight, but never weighs more than an unresolved one. Default
        CapitalRules(): nothing is forgotten.

    Returns
    -------
    DataFrame, one row per preset and entry, the presets in their order and the entries in time
        preset : str; loss_weight : float
        occurred_at, touchpoint
        position : int, 1, 2, … within the preset
        kind : gain, loss, neutral, recovery; amount, capital : float

    Raises
    ------
    MissingColumnError, ParameterError
    """
    presets = PRESETS if presets is None else presets
    if not presets:
        raise ParameterError("presets is empty: name at least one loss weight, such as {'simple': 1}")
    require_columns(experiences, ["customer_id", "occurred_at", "gap"], name="experiences")
    if (count := experiences["customer_id"].nunique()) > 1:
        raise ParameterError(
            f"experiences has {count:,} customers and one account can be shown: choose one by its customer_id first"
        )
    rules = rules or CapitalRules()
    tables = []
    for preset, loss_weight in presets.items():
        ledger = capital_ledger(experiences, rules.with_loss_weight(loss_weight), cases)
        entries = ledger[["occurred_at", "touchpoint", "kind", "amount", "capital"]]
        entries.insert(2, "position", np.arange(1, len(entries) + 1))
        entries.insert(0, "preset", pd.Series(preset, entries.index, dtype="str"))
        entries.insert(1, "loss_weight", float(loss_weight))
        tables.append(entries)
    return pd.concat(tables, ignore_index=True)
