"""What would be concluded under other rules: who is at risk, which segment and which touchpoint is worst."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from cxlib.answers import people_of
from cxlib.capital.accounts import CapitalAccounts
from cxlib.capital.entries import Entries, account_entries
from cxlib.capital.months import starts_of
from cxlib.capital.risk import Requirement, with_at_risk_share
from cxlib.capital.rules import CapitalRules, is_number
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base, suppress_derivable, suppress_small_bases
from cxlib.errors import ParameterError, require_columns

FEWEST_RANKED = 3
"""Of two groups a rank correlation says no more than which is worst."""

RANKED_DECIMALS = 9
"""Groups are level where they differ by less, as sums of the same amounts in another order do."""

SHARES = ["at_risk_share", "low_share", "high_share"]


def rule_grid(
    rules: CapitalRules,
    *,
    loss_weights: Iterable[float] = (1, 2.25, 12),
    half_lives_days: Iterable[float | None] = (None, 365, 180),
    carry_overs: Iterable[float] = (0, 0.5),
    measures: Iterable[str] = ("sign", "size"),
    resolved_loss_weights: Iterable[float | None] = (None, 0),
    neutral_bands: Iterable[float] = (0, 0.2, 0.3),
) -> list[CapitalRules]:
    """Rules to try beside `rules`: every combination of the first four lists, and the values of the last two alone.

    Parameters
    ----------
    rules : CapitalRules
        The base. Its own values are among those combined; rules that are not listed here stay as they are.
    loss_weights, half_lives_days, carry_overs, measures : iterables
        The values to combine; an empty list leaves the rule as it is.
    resolved_loss_weights, neutral_bands : iterables
        Values tried with all other rules as in the base: combined, they would make the grid ten times as large.

    Returns
    -------
    list of CapitalRules, each once, `rules` first
        A resolved loss never weighs more than an unresolved one.

    Raises
    ------
    ParameterError
        A value that the rule may not have.

    Examples
    --------
    >>> grid = rule_grid(CapitalRules.tversky_kahneman())
    >>> len(grid), grid[0].loss_weight
    (40, 2.25)
    """
    combined = {
        "loss_weight": loss_weights,
        "half_life_days": half_lives_days,
        "carry_over": carry_overs,
        "measure": measures,
    }
    alone = {"resolved_loss_weight": resolved_loss_weights, "neutral_band": neutral_bands}
    # the base's own values come first, and so the first combination is the base
    values = [dict.fromkeys([getattr(rules, name), *further]) for name, further in combined.items()]
    grid = [_changed(rules, dict(zip(combined, combination, strict=True))) for combination in product(*values)]
    grid += [_changed(rules, {name: value}) for name, further in alone.items() for value in further]
    return list(dict.fromkeys(grid))


def _changed(rules: CapitalRules, changes: dict) -> CapitalRules:
    settings = asdict(rules) | changes
    if is_number(settings["resolved_loss_weight"]) and is_number(settings["loss_weight"]):
        settings["resolved_loss_weight"] = min(settings["resolved_loss_weight"], settings["loss_weight"])
    return replace(rules, **settings)


def conclusions_by_rules(
    experiences: pd.DataFrame,
    customers: pd.DataFrame,
    rules: CapitalRules,
    *,
    grid: Sequence[CapitalRules] | None = None,
    requirement: Requirement | None = None,
    cases: pd.DataFrame | None = None,
    until=None,
    recent_months: int = 3,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """What a report would conclude under each of many rules, and whether it is what the base rules say.

    The segments are ranked by their share at risk at the end of the last month, the touchpoints by what their
    measured experiences did to capital in the recent months, as the monthly report counts it.

    Parameters
    ----------
    experiences, customers, cases : DataFrame
        As for `capital_ledger` and `risk_zones`; `touchpoint` and `phase` of the experiences and `segment` of the
        customers are needed, `is_measured` is used.
    rules : CapitalRules
        The base.
    grid : sequence of CapitalRules, optional
        The rules to try; default `rule_grid(rules)`. The base is tried whether it is among them or not.
    requirement : Requirement, optional
    until : str, Timestamp or Period, optional
        The last month; default that of the last entry.
    recent_months : int, >= 1
        Touchpoints are judged over so many months up to the last one.
    smallest_base : int
        Shares, segments and touchpoints on fewer customers are neither shown nor ranked, nor what would give them
        away.

    Returns
    -------
    DataFrame, one row per rules, the base first
        is_base : bool
        loss_weight, resolved_loss_weight, half_life_days, carry_over, carry_over_decay, neutral_band, measure, opening
            : the rules; NaN stands for None
        n_customers : int; at_risk_share, low_share, high_share : float, 95 % Wilson interval
        n_segments, n_touchpoints : int, how many are ranked
        segment_rank_correlation, touchpoint_rank_correlation : float, −1 to 1, Kendall's tau-b with the base's
            ranking; 0 where these rules hold all level, NaN where fewer than 3 are ranked or the base holds all level
        worst_segment, worst_touchpoint : str, of several that are level the first by name; NA where fewer than 2
            are ranked
        is_same_worst_segment : boolean, False where another segment than the base's is worst, and the two are told
            apart (their intervals do not overlap) under these rules or the base
        is_same_worst_touchpoint : boolean, whether the base's worst is worst here too
        n_segment_swaps : int, pairs that are told apart under these rules or the base, and stand in opposite order

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Kendall's tau and not Spearman's rho: it is the share of pairs that keep their order less the share that swap,
    which a reader can picture and which needs no large number of groups; tau-b allows for ties (Kendall 1945,
    Biometrika 33). It counts swaps of segments that differ by chance alone; n_segment_swaps does not.
    The gaps do not depend on the neutral band, so one frame of experiences serves all rules. Linear in experiences ×
    rules; the experiences are sorted once, with cases once for each neutral band.
    """
    if not recent_months >= 1:
        raise ParameterError(f"recent_months must be at least 1, found {recent_months!r}")
    check_smallest_base(smallest_base)
    require_columns(experiences, ["customer_id", "occurred_at", "gap", "touchpoint", "phase"], name="experiences")
    require_columns(customers, ["customer_id", "segment"], name="customers")
    tried = list(dict.fromkeys([rules, *(rule_grid(rules) if grid is None else grid)]))
    accounts = CapitalAccounts(experiences, customers, cases, until=until, neutral_band=rules.neutral_band)
    is_measured = np.asarray(experiences.get("is_measured", np.ones(len(experiences))), dtype=bool)
    rated = experiences.loc[is_measured]
    window = _window(accounts.months, experiences, recent_months)
    by_band: dict[float | None, _Touchpoints] = {}
    found = []
    for each in tried:
        band = None if cases is None else each.neutral_band  # it says which loss a case returns
        if band not in by_band:
            by_band[band] = _Touchpoints.of(rated, each, cases, window, smallest_base)
        segments = accounts.by_segment(each, requirement, smallest_base=1)
        segments = segments.loc[segments["month"] == segments["month"].max()]
        found.append(
            _Conclusion(
                total=_all_segments(segments, smallest_base),
                segments=_ranked_segments(segments, smallest_base),
                touchpoints=-by_band[band].net_capital(each),
            )
        )
    rows = [
        {"is_base": each == rules} | asdict(each) | one.beside(found[0]) for each, one in zip(tried, found, strict=True)
    ]
    answers = ("is_same_worst_segment", "is_same_worst_touchpoint")
    names = ("measure", "worst_segment", "worst_touchpoint")
    numbers = ("resolved_loss_weight", "half_life_days")
    return pd.DataFrame(rows).astype(
        dict.fromkeys(answers, "boolean") | dict.fromkeys(names, "str") | dict.fromkeys(numbers, "float64")
    )


def rank_correlation(base: pd.Series, other: pd.Series) -> float:
    """Kendall's tau-b of two rankings, of the groups that are in both; NaN where these are fewer than 3.

    0 where `other` holds all of them level, NaN where `base` does: then there is no order to keep.

    >>> rank_correlation(pd.Series([1, 2, 3], list("abc")), pd.Series([3, 2, 1], list("abc")))
    -1.0
    """
    both = pd.concat({"base": base, "other": other}, axis=1, join="inner").to_numpy()
    # A few lines, held to scipy's kendalltau by a test; its module takes longer to load than half a grid to try.
    first, second = (np.sign(np.subtract.outer(ranked, ranked).round(RANKED_DECIMALS)) for ranked in both.T)
    if len(both) < FEWEST_RANKED or not first.any():
        return np.nan
    if not second.any():
        return 0.0
    return round(float((first * second).sum() / np.sqrt((first**2).sum() * (second**2).sum())), 12)


def _worst(badness: pd.Series) -> list[str]:
    """All groups that are worst, by name; none where there is nothing to compare."""
    if len(badness) < 2:
        return []
    return sorted(badness.index[badness >= badness.max() - 10.0**-RANKED_DECIMALS])


@dataclass(frozen=True, eq=False)
class _Conclusion:
    """What is concluded under one set of rules.

    `total` is one row or none, `segments` has the columns SHARES, and in `touchpoints` higher
    is worse.
    """

    total: pd.DataFrame
    segments: pd.DataFrame
    touchpoints: pd.Series

    def beside(self, base: _Conclusion) -> dict:
        """This conclusion and how it stands to the base's, as a row."""
        total = self.total.iloc[0] if len(self.total) else dict.fromkeys(["n_customers", *SHARES], np.nan)
        segments, base_segments = self.segments["at_risk_share"], base.segments["at_risk_share"]
        worst_segment, worst_touchpoint = _worst(segments), _worst(self.touchpoints)
        base_segment, base_touchpoint = _worst(base_segments)[:1], _worst(base.touchpoints)[:1]
        swaps = _swaps(base.segments, self.segments)
        is_same_segment = is_same_touchpoint = None
        if base_segment and worst_segment:
            is_same_segment = not any({base_segment[0], name} in swaps for name in worst_segment)
        if base_touchpoint and worst_touchpoint:
            is_same_touchpoint = base_touchpoint[0] in worst_touchpoint
        return {
            "n_customers": 0 if np.isnan(total["n_customers"]) else int(total["n_customers"]),
            **{name: float(total[name]) for name in SHARES},
            "n_segments": len(segments),
            "segment_rank_correlation": rank_correlation(base_segments, segments),
            "worst_segment": worst_segment[0] if worst_segment else None,
            "is_same_worst_segment": is_same_segment,
            "n_segment_swaps": len(swaps),
            "n_touchpoints": len(self.touchpoints),
            "touchpoint_rank_correlation": rank_correlation(base.touchpoints, self.touchpoints),
            "worst_touchpoint": worst_touchpoint[0] if worst_touchpoint else None,
            "is_same_worst_touchpoint": is_same_touchpoint,
        }


def _all_segments(by_segment: pd.DataFrame, smallest_base: int) -> pd.DataFrame:
    """All customers as one row; none where there are no customers."""
    counts = by_segment[["n_customers", "n_at_risk"]].astype("int64").sum().to_frame().T
    total = with_at_risk_share(counts.loc[counts["n_customers"] > 0])
    return suppress_small_bases(total, base="n_customers", columns=SHARES, smallest_base=smallest_base)


def _ranked_segments(by_segment: pd.DataFrame, smallest_base: int) -> pd.DataFrame:
    """The shares of the segments that may be shown."""
    named = by_segment.dropna(subset="segment")
    shown = suppress_derivable(named, base="n_customers", columns=SHARES, smallest_base=smallest_base)
    return shown.set_index("segment")[SHARES].dropna()


def _swaps(base: pd.DataFrame, other: pd.DataFrame) -> list[set[str]]:
    """The pairs of segments in opposite order that either of the two tells apart."""
    names = base.index.intersection(other.index)
    base, other = base.loc[names], other.loc[names]

    def order(shares: pd.DataFrame) -> np.ndarray:
        share = shares["at_risk_share"].to_numpy()
        return np.sign(np.subtract.outer(share, share).round(RANKED_DECIMALS))

    def told_apart(shares: pd.DataFrame) -> np.ndarray:
        above = np.greater.outer(shares["low_share"].to_numpy(), shares["high_share"].to_numpy())
        return above | above.T

    swapped = (order(base) * order(other) < 0) & (told_apart(base) | told_apart(other))
    return [{names[i], names[j]} for i, j in np.argwhere(np.triu(swapped))]


@dataclass(frozen=True, eq=False)
class _Touchpoints:
    """The entries of the measured experiences, sorted once for all rules of one neutral band.

    `shown` are the touchpoints that may be shown; `code` says for each entry which of them it counts for, −1 where for
    none.
    """

    entries: Entries
    code: np.ndarray
    shown: pd.Index

    @classmethod
    def of(cls, rated: pd.DataFrame, rules: CapitalRules, cases, window: pd.DatetimeIndex, smallest_base: int):
        entries = account_entries(rated, rules, cases)
        met = rated.loc[_is_within(rated["occurred_at"], window)]
        bases = met.groupby("touchpoint").agg(phase=("phase", "first"), n_customers=("customer_id", "nunique"))
        bases["who"] = people_of(met["customer_id"], met["touchpoint"])
        shown = suppress_derivable(
            bases.assign(phase=bases["phase"].astype("str"), is_shown=1.0),
            base="n_customers",
            columns=["is_shown"],
            within="phase",
            parts="overlapping",
            people="who",
            smallest_base=smallest_base,
        )
        touchpoints = shown.index[shown["is_shown"].notna()]
        code = touchpoints.get_indexer(rated["touchpoint"])[entries.experience_row]
        return cls(entries, np.where(_is_within(entries.occurred_at, window), code, -1), touchpoints)

    def net_capital(self, rules: CapitalRules) -> pd.Series:
        """What measured experiences did to capital in the recent months, by touchpoint."""
        _, amount, _ = self.entries.accumulate(rules)
        counts = self.code >= 0
        net = np.bincount(self.code[counts], weights=amount[counts], minlength=len(self.shown))
        return pd.Series(net, index=self.shown, dtype="float64")


def _window(months: pd.PeriodIndex, experiences: pd.DataFrame, recent_months: int) -> pd.DatetimeIndex:
    """The first moment of the recent months and the first after them; none where there are no months."""
    if not len(months):
        return pd.DatetimeIndex([])
    ends = pd.PeriodIndex([months[-1] - (recent_months - 1), months[-1] + 1])
    return starts_of(ends, experiences["occurred_at"].dt.tz)


def _is_within(moments: pd.Series, window: pd.DatetimeIndex) -> np.ndarray:
    if not len(window):
        return np.zeros(len(moments), dtype=bool)
    return ((moments >= window[0]) & (moments < window[1])).to_numpy()
