"""The three-point model ("trepunkt"): what purchase, consumption and payment carry, and should carry."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.archetypes import ARCHETYPES, PHASES, RATINGS
from cxlib.capital.rules import is_number
from cxlib.errors import ParameterError, hint, require_columns
from cxlib.intervals import bounded_mean_interval

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
            raise ParameterError(
                f"unknown archetype {importance!r}; allowed: {', '.join(ARCHETYPES)}, "
                f"or a rating for each phase{hint(importance, ARCHETYPES)}"
            )
        importance = ARCHETYPES[importance]
    mistakes = [f"unknown phase {phase!r}" for phase in importance if phase not in PHASES]
    mistakes += [f"no rating for {phase}" for phase in PHASES if phase not in importance]
    ratings = {}
    for phase in PHASES:
        rating = RATINGS.get(importance.get(phase), importance.get(phase))
        if is_number(rating) and rating >= 0:
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
        mean_experience, low_mean, high_mean : float, −1 to 1, 95 % t interval (`bounded_mean_interval`)
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
    if taken := [key for key in keys if key in ("phase", *BALANCE_COLUMNS)]:
        raise ParameterError(f"by: {', '.join(taken)} is a column of the result; rename it in the experiences first")
    require_columns(experiences, [*keys, "phase", "experience"], name="experiences")
    shares = importance_shares(importance)
    phased = experiences.loc[experiences["phase"].notna()]
    phase = phased["phase"].astype("str")
    _check_rows(phase, phased)
    experience = phased["experience"].astype("float64")
    weight = phased.get("weight", pd.Series(1.0, phased.index)).astype("float64")
    measured = pd.DataFrame(
        {
            "experience": experience,
            "is_negative": experience < 0,
            "gain": weight.where(experience > 0, 0.0),
        }
    )
    groups = phased[keys].drop_duplicates().sort_values(keys) if keys else pd.DataFrame(index=[0])
    every_phase = groups.merge(pd.DataFrame({"phase": list(PHASES)}), how="cross")
    found = measured.groupby([*(phased[key] for key in keys), phase], observed=True, dropna=False).agg(
        n_experiences=("experience", "size"),
        mean_experience=("experience", "mean"),
        sd=("experience", "std"),
        share_negative=("is_negative", "mean"),
        gain=("gain", "sum"),
    )
    balance = every_phase.merge(found.reset_index(), on=[*keys, "phase"], how="left", validate="one_to_one")
    nobody = {"n_experiences": 0, "gain": 0.0}
    balance = balance.fillna(nobody).astype({"n_experiences": "int64"})
    low, high = bounded_mean_interval(
        balance["mean_experience"], balance["sd"], balance["n_experiences"], lowest=-1, highest=1
    )
    balance = balance.assign(
        low_mean=low, high_mean=high, importance_share=balance["phase"].map(shares).astype("float64")
    )
    balance["phase"] = pd.Categorical(balance["phase"], categories=list(PHASES), ordered=True)

    group = np.arange(len(balance)) // len(PHASES)
    all_gains = balance["gain"].groupby(group).transform("sum")
    balance["carried_share"] = (balance["gain"] / all_gains).where(all_gains > 0)
    balance["gap_points"] = balance["carried_share"] - balance["importance_share"]
    balance["value"] = balance["importance_share"] * balance["mean_experience"]
    # where nothing was gained no phase carries: the imbalance is missing, not zero
    balance["imbalance"] = balance["gap_points"].abs().groupby(group).transform("sum", min_count=1) / 2
    lowest = balance["high_mean"].groupby(group).transform("min")
    balance["is_weakest"] = balance["high_mean"].notna() & (balance["high_mean"] == lowest)
    return balance[[*keys, "phase", *BALANCE_COLUMNS]]


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
