"""What each phase carries, against what it should carry."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from cxlib.archetypes import PHASES
from cxlib.confidentiality import SMALLEST_BASE, suppress_derivable
from cxlib.errors import ParameterError, hint, require_columns
from cxlib.intervals import bounded_mean_interval
from cxlib.phases.importance import importance_shares

CARRIED_COLUMNS = (
    "n_experiences",
    "mean_experience",
    "low_mean",
    "high_mean",
    "share_negative",
    "carried_share",
    "drained_share",
    "is_weakest",
)
BALANCE_COLUMNS = (
    "n_experiences",
    "mean_experience",
    "low_mean",
    "high_mean",
    "share_negative",
    "carried_share",
    "drained_share",
    "importance_share",
    "gap_points",
    "value",
    "imbalance",
    "is_weakest",
)


def phase_balance(
    experiences: pd.DataFrame,
    importance: str | Mapping[str, float | str],
    by: str | list[str] | None = None,
) -> pd.DataFrame:
    """What each phase carries, against what it should carry.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        Needs `phase`, `experience` and the `by` columns; uses `weight` (1 where absent). Experiences
        without a phase are left out.
    importance : str or mapping
        As `importance_shares` takes it.
    by : str or list of str, optional

    Returns
    -------
    DataFrame, three rows (per group): purchase, consumption, payment
        phase
        n_experiences : int
        mean_experience, low_mean, high_mean : float, −1 to 1, 95 % t interval (`bounded_mean_interval`)
        share_negative : float, 0 to 1, of n_experiences
        carried_share : float, 0 to 1, the phase's part of all gains; NaN where there is no gain
        drained_share : float, 0 to 1, the phase's part of all losses, each by its touchpoint's weight (a loss weight
            that is the same for all falls out); NaN where there is no loss
        importance_share : float, 0 to 1
        gap_points : float, carried_share − importance_share
        value : float, importance_share · mean_experience
        imbalance : float, 0 to 1, ½ · Σ|gap_points|; the same in the three rows
        is_weakest : bool, the phase whose mean has the lowest upper bound

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Linear in the experiences. The interval takes experiences as independent.
    """
    shares = importance_shares(importance)
    return against_importance(carried_balance(experiences, by=by), shares)


def carried_balance(experiences: pd.DataFrame, by: str | list[str] | None = None) -> pd.DataFrame:
    """The columns of `phase_balance` that hang on no declared importance.

    Parameters
    ----------
    experiences, by
        As `phase_balance` takes them.

    Returns
    -------
    DataFrame, three rows (per group)
        The `by` columns, phase and `CARRIED_COLUMNS`.

    Raises
    ------
    MissingColumnError, ParameterError
    """
    keys = [] if by is None else [by] if isinstance(by, str) else list(by)
    if taken := [key for key in keys if key in ("phase", *BALANCE_COLUMNS)]:
        raise ParameterError(f"by: {', '.join(taken)} is a column of the result; rename it in the experiences first")
    require_columns(experiences, [*keys, "phase", "experience"], name="experiences")
    phased = experiences.loc[experiences["phase"].notna()]
    phase = phased["phase"].astype("str")
    _check_rows(phase, phased)
    experience = phased["experience"].astype("float64")
    weight = phased.get("weight", pd.Series(1.0, phased.index)).astype("float64")
    signed = pd.DataFrame(
        {
            "experience": experience,
            "is_negative": experience < 0,
            "gain": weight.where(experience > 0, 0.0),
            "loss": weight.where(experience < 0, 0.0),
        }
    )
    groups = phased[keys].drop_duplicates().sort_values(keys) if keys else pd.DataFrame(index=[0])
    every_phase = groups.merge(pd.DataFrame({"phase": list(PHASES)}), how="cross")
    found = signed.groupby([*(phased[key] for key in keys), phase], observed=True, dropna=False).agg(
        n_experiences=("experience", "size"),
        mean_experience=("experience", "mean"),
        sd=("experience", "std"),
        share_negative=("is_negative", "mean"),
        gain=("gain", "sum"),
        loss=("loss", "sum"),
    )
    balance = every_phase.merge(found.reset_index(), on=[*keys, "phase"], how="left", validate="one_to_one")
    nobody = {"n_experiences": 0, "gain": 0.0, "loss": 0.0}
    balance = balance.fillna(nobody).astype({"n_experiences": "int64"})
    low, high = bounded_mean_interval(
        balance["mean_experience"], balance["sd"], balance["n_experiences"], lowest=-1, highest=1
    )
    balance = balance.assign(low_mean=low, high_mean=high)
    balance["phase"] = pd.Categorical(balance["phase"], categories=list(PHASES), ordered=True)
    group = _groups(balance)
    for part, amount in (("carried_share", "gain"), ("drained_share", "loss")):
        total = balance[amount].groupby(group).transform("sum")
        balance[part] = (balance[amount] / total).where(total > 0)
    lowest = balance["high_mean"].groupby(group).transform("min")
    balance["is_weakest"] = balance["high_mean"].notna() & (balance["high_mean"] == lowest)
    return balance[[*keys, "phase", *CARRIED_COLUMNS]]


def against_importance(carried: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """What the phases carry, held against the shares that they should carry.

    Parameters
    ----------
    carried : DataFrame, three rows (per group)
        As `carried_balance` gives it.
    shares : mapping of phase to share
        As `importance_shares` gives it.

    Returns
    -------
    DataFrame
        As `phase_balance` gives it; other columns of `carried` stay before those of the balance.
    """
    phase = carried["phase"].astype("str")
    balance = carried.assign(importance_share=phase.map(shares).astype("float64"))
    balance["gap_points"] = balance["carried_share"] - balance["importance_share"]
    balance["value"] = balance["importance_share"] * balance["mean_experience"]
    # where nothing was gained no phase carries, and where a share is hidden the sum is: missing, not zero
    gaps = balance["gap_points"].abs().groupby(_groups(balance))
    balance["imbalance"] = gaps.transform("sum", min_count=1).where(gaps.transform("count") == len(PHASES)) / 2
    others = [column for column in carried.columns if column not in BALANCE_COLUMNS]
    return balance[[*others, *BALANCE_COLUMNS]]


def with_customers(
    carried: pd.DataFrame,
    experiences: pd.DataFrame,
    *,
    hide: Collection[str] = (),
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """The carried balance with each phase's customers, as far as it may be shown.

    Parameters
    ----------
    carried : DataFrame, three rows
        As `carried_balance` gives it of the experiences, without `by`.
    experiences : DataFrame, one row per experience
        Needs `phase`, `customer_id`.
    hide : collection of str
        Phases to be blanked whatever their base, for what is shown elsewhere would tell of few.
    smallest_base : int
        A phase met by fewer customers is blanked, and with it what the shares of the others would tell of it.

    Returns
    -------
    DataFrame, three rows
        The columns of `carried` with n_customers : int, who met the phase. That a phase nobody met carries nothing is
        no secret: its shares stay 0.

    Raises
    ------
    MissingColumnError, ParameterError
    """
    require_columns(experiences, ["phase", "customer_id"], name="experiences")
    n_customers = experiences.groupby(experiences["phase"].astype("str"))["customer_id"].nunique()
    counted = carried["phase"].astype("str").map(n_customers).astype("float64").fillna(0).astype("int64")
    carried = carried.assign(n_customers=counted)
    hidden = [column for column in CARRIED_COLUMNS if column != "n_experiences"]
    shown = suppress_derivable(
        carried.assign(is_told=carried["phase"].isin(hide)),
        base="n_customers",
        columns=hidden,
        parts="overlapping",
        hide="is_told",
        smallest_base=smallest_base,
    ).drop(columns="is_told")
    is_unmet = carried["n_customers"] == 0
    for share in ("carried_share", "drained_share"):
        shown[share] = shown[share].where(~is_unmet, carried[share])
    return shown


def _groups(balance: pd.DataFrame) -> np.ndarray:
    return np.arange(len(balance)) // len(PHASES)


def _check_rows(phase: pd.Series, phased: pd.DataFrame) -> None:
    unknown = phase[~phase.isin(PHASES)]
    if len(unknown):
        raise ParameterError(
            f"{len(unknown)} experiences have an unknown phase, such as {unknown.iloc[0]!r}; "
            f"allowed: {', '.join(PHASES)}{hint(unknown.iloc[0], PHASES)}"
        )
    if missing := int(phased["experience"].isna().sum()):
        raise ParameterError(f"{missing} experiences have no sign; leave them out first: .dropna(subset='experience')")
    if "weight" in phased.columns and not (phased["weight"] >= 0).all():
        raise ParameterError("a weight is missing or negative; weights are numbers of at least 0")
