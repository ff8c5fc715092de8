"""The three-point model ("trepunkt"): what purchase, consumption and payment carry, and should carry."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.archetypes import ARCHETYPES, PHASES, RATINGS
from cxlib.errors import ParameterError, nearest_name, require_columns
from cxlib.intervals import mean_interval

BALANCE_COLUMNS = (
    "n_experiences",
    "mean_experience",
    "low_mean",
    "high_mean",
    "share_negative",
    "carried_share",
    "importance_share",
    "gap_points",
    "value",
    "imbalance",
    "is_weakest",
)


def importance_shares(importance: str | Mapping[str, float | str]) -> dict[str, float]:
    """The part of the whole that each phase should carry: its rating over the sum of the ratings.

    Parameters
    ----------
    importance : str or mapping
        The name of an archetype, or a rating for each phase: high, medium, low (3, 2, 1) or any
        number of at least 0.

    Returns
    -------
    dict, phase -> share; the shares sum to 1

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> {phase: round(share, 3) for phase, share in importance_shares("infrastructure subscription").items()}
    {'purchase': 0.429, 'consumption': 0.143, 'payment': 0.429}
    """
    if isinstance(importance, str):
        if importance not in ARCHETYPES:
            near = nearest_name(importance, ARCHETYPES)
            hint = f"; did you mean {near!r}?" if near else ""
            raise ParameterError(
                f"unknown archetype {importance!r}; allowed: {', '.join(ARCHETYPES)}, or a rating for each phase{hint}"
            )
        importance = ARCHETYPES[importance]
    mistakes = [f"unknown phase {phase!r}" for phase in importance if phase not in PHASES]
    mistakes += [f"no rating for {phase}" for phase in PHASES if phase not in importance]
    ratings = {}
    for phase in PHASES:
        rating = RATINGS.get(importance.get(phase), importance.get(phase))
        if isinstance(rating, (int, float)) and math.isfinite(rating) and rating >= 0:
            ratings[phase] = float(rating)
        elif phase in importance:
            mistakes.append(f"{phase} must be high, medium, low or a number of at least 0, found {rating!r}")
    if not mistakes and sum(ratings.values()) == 0:
        mistakes.append("at least one phase needs a rating above 0")
    if mistakes:
        raise ParameterError("importance: " + "; ".join(mistakes))
    total = sum(ratings.values())
    return {phase: rating / total for phase, rating in ratings.items()}


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
        mean_experience, low_mean, high_mean : float, −1 to 1, 95 % t interval
        share_negative : float, 0 to 1, of n_experiences
        carried_share : float, 0 to 1, the phase's part of all gains; NaN where there is no gain
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
    keys = [] if by is None else [by] if isinstance(by, str) else list(by)
    require_columns(experiences, [*keys, "phase", "experience"], name="experiences")
    shares = importance_shares(importance)
    phased = experiences.loc[experiences["phase"].notna()]
    experience = phased["experience"].astype("float64")
    weight = phased["weight"] if "weight" in phased.columns else pd.Series(1.0, phased.index)
    phase = pd.Categorical(phased["phase"].astype("str"), categories=list(PHASES), ordered=True)
    measured = phased[keys].assign(
        phase=phase,
        experience=experience,
        negative=experience < 0,
        gain=weight.where(experience > 0, 0.0),
    )
    grouped = measured.groupby([*keys, "phase"], observed=False)
    balance = grouped.agg(
        n_experiences=("experience", "size"),
        mean_experience=("experience", "mean"),
        sd=("experience", "std"),
        share_negative=("negative", "mean"),
        gain=("gain", "sum"),
    ).reset_index()
    low, high = mean_interval(balance["mean_experience"], balance["sd"], balance["n_experiences"])
    balance = balance.assign(
        low_mean=np.clip(low, -1, 1),
        high_mean=np.clip(high, -1, 1),
        importance_share=balance["phase"].astype("str").map(shares),
    )

    groups = [balance[key] for key in keys] or [pd.Series(0, balance.index)]

    def over_phases(column: pd.Series, how: str, **options) -> pd.Series:
        return column.groupby(groups).transform(how, **options)

    all_gains = over_phases(balance["gain"], "sum")
    balance["carried_share"] = (balance["gain"] / all_gains).where(all_gains > 0)
    balance["gap_points"] = balance["carried_share"] - balance["importance_share"]
    balance["value"] = balance["importance_share"] * balance["mean_experience"]
    # where nothing was gained no phase carries: the imbalance is missing, not zero
    balance["imbalance"] = over_phases(balance["gap_points"].abs(), "sum", min_count=1) / 2
    upper = balance["high_mean"].fillna(balance["mean_experience"])
    balance["is_weakest"] = upper.notna() & (upper == over_phases(upper, "min"))
    # grouping by a category lists every combination of `by`, also those that nobody is in
    met = over_phases(balance["n_experiences"], "sum") > 0
    if keys:
        balance = balance.loc[met].reset_index(drop=True)
    return balance[[*keys, "phase", *BALANCE_COLUMNS]]
