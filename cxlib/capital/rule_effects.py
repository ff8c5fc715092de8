"""Which rules a conclusion hangs on: what each one changes when it alone is moved."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd

from cxlib.capital.rules import CapitalRules
from cxlib.errors import ParameterError, require_columns

RULES = tuple(field.name for field in fields(CapitalRules))

TELLING_RANGE = 0.05
"""The share at risk moves where it ranges over so much: more than chance does with a thousand customers."""

LOWEST_CORRELATION = 0.6
"""An order holds at a rank correlation of at least this: four pairs in five stand as before."""

VERDICTS = ("holds", "shifts", "turns")

ALL_RULES = "all"
"""The name of the row that looks at every rules tried, not at one rule alone."""

FACTS = [
    "n_customers", "at_risk_share", "low_share", "high_share", "segment_rank_correlation",
    "touchpoint_rank_correlation", "n_segment_swaps", "is_same_worst_segment", "is_same_worst_touchpoint",
]  # fmt: skip


def one_rule_at_a_time(conclusions: pd.DataFrame) -> pd.DataFrame:
    """What is concluded when one rule is moved and all others stay as in the base.

    Parameters
    ----------
    conclusions : DataFrame
        As `conclusions_by_rules` gives it.

    Returns
    -------
    DataFrame, one row per rule and value tried, the rules as in CapitalRules, the values rising
        rule : str
        value : float, str, or None, as in CapitalRules; None stands last
        is_base : bool, the base's own value
        n_customers, at_risk_share, low_share, high_share, segment_rank_correlation, touchpoint_rank_correlation,
        n_segment_swaps, is_same_worst_segment, is_same_worst_touchpoint : as in `conclusions`

    Raises
    ------
    MissingColumnError, ParameterError
    """
    settings, base = _settings(conclusions)
    tables = []
    for rule in _moved_rules(conclusions, settings, base):
        table = conclusions.loc[_moved_alone(settings, rule, base), FACTS]
        values = conclusions.loc[table.index, rule]
        table.insert(0, "rule", rule)
        table.insert(1, "value", values.astype(object).where(values.notna(), None))
        table.insert(2, "is_base", table.index == base)
        tables.append(table.loc[values.sort_values(na_position="last", kind="stable").index])
    if not tables:
        return conclusions.iloc[:0][FACTS].assign(rule="", value=None, is_base=False)[
            ["rule", "value", "is_base", *FACTS]
        ]
    return pd.concat(tables, ignore_index=True)


def rules_that_matter(conclusions: pd.DataFrame) -> pd.DataFrame:
    """How far each conclusion hangs on each rule.

    Parameters
    ----------
    conclusions : DataFrame
        As `conclusions_by_rules` gives it.

    Returns
    -------
    DataFrame, one row per rule of which several values were tried alone, the one that moves the share at risk most
    first; and last the row "all", of every rules tried
        rule : str
        n_rules : int, how many were compared, the base among them
        n_customers : int
        base_share, lowest_share, highest_share : float, the share at risk under the base, and the least and the most
            when only this rule moves
        low_share, high_share : float, the lower end of the lowest share's 95 % interval, the upper of the highest's
        share_range : float, highest − lowest
        share_moves : bool, whether that is at least `TELLING_RANGE`
        widest_range : float, the most that moving this rule alone does, wherever in the grid the others stand
        segment_rank_correlation, touchpoint_rank_correlation : float, the lowest with the base's ranking
        worst_segment_changes, worst_touchpoint_changes : boolean
        segments_turn, touchpoints_turn : boolean, see below
        verdict : holds, shifts or turns; NA where nothing may be shown

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    The order of the segments turns where a pair swaps that intervals tell apart (`n_segment_swaps`). The order of the
    touchpoints turns where another is worst, or where the rank correlation falls below `LOWEST_CORRELATION`. A rule
    "turns" the conclusions where either order turns, "shifts" them where the share at risk ranges over at least
    `TELLING_RANGE`, else they "hold". Quadratic in the number of rules, whatever the number of customers.
    """
    settings, base = _settings(conclusions)
    rows = []
    for rule in _moved_rules(conclusions, settings, base):
        compared = conclusions.loc[_moved_alone(settings, rule, base)]
        share = conclusions["at_risk_share"]
        ranges = [_range(share.loc[_moved_alone(settings, rule, row)]) for row in conclusions.index]
        rows.append({"rule": rule} | _effect(compared, conclusions.loc[base]) | {"widest_range": max(ranges)})
    rows.sort(key=lambda row: -row["share_range"] if row["share_range"] >= 0 else 0)
    everything = _effect(conclusions, conclusions.loc[base])
    rows.append({"rule": ALL_RULES} | everything | {"widest_range": everything["share_range"]})
    answers = ["worst_segment_changes", "worst_touchpoint_changes", "segments_turn", "touchpoints_turn"]
    order = [
        "rule", "n_rules", "n_customers", "base_share", "lowest_share", "highest_share", "low_share", "high_share",
        "share_range", "share_moves", "widest_range",
        "segment_rank_correlation", "touchpoint_rank_correlation", *answers, "verdict",
    ]  # fmt: skip
    return pd.DataFrame(rows)[order].astype(dict.fromkeys(answers, "boolean") | {"verdict": "str"})


def _settings(conclusions: pd.DataFrame) -> tuple[pd.DataFrame, object]:
    """The rules as numbers that can be compared (−1 for None), and the label of the base's row."""
    require_columns(conclusions, ["is_base", *RULES, *FACTS], name="conclusions")
    if conclusions["is_base"].sum() != 1 or not conclusions.index.is_unique:
        raise ParameterError(
            f"conclusions has {int(conclusions['is_base'].sum())} base rows; wanted is one, and unique row labels: "
            "pass it as conclusions_by_rules gives it"
        )
    numbers = {rule: conclusions[rule] for rule in RULES if rule != "measure"}
    numbers["measure"] = (conclusions["measure"] == "size").astype("float64")
    return pd.DataFrame(numbers).astype("float64").fillna(-1.0), conclusions.index[conclusions["is_base"]][0]


def _moved_alone(settings: pd.DataFrame, rule: str, row) -> np.ndarray:
    """Which rules agree with those of `row` in all but `rule`; those of the row itself do."""
    here = settings.loc[row]
    others = [name for name in RULES if name not in (rule, "resolved_loss_weight")]
    agrees = (settings[others] == here[others]).all(axis=1)
    if rule != "resolved_loss_weight":
        # a resolved loss that may not weigh more than an unresolved one moved with it, and by no choice of its own
        capped = np.minimum(here["resolved_loss_weight"], settings["loss_weight"])
        agrees &= settings["resolved_loss_weight"] == capped
    return agrees.to_numpy()


def _moved_rules(conclusions: pd.DataFrame, settings: pd.DataFrame, base) -> list[str]:
    """The rules of which the grid has several values beside an otherwise unchanged base."""
    moved = {rule: settings.loc[_moved_alone(settings, rule, base), rule] for rule in RULES}
    return [rule for rule, values in moved.items() if (values != settings.loc[base, rule]).any()]


def _range(shares: pd.Series) -> float:
    return float(shares.max() - shares.min())


def _effect(compared: pd.DataFrame, base: pd.Series) -> dict:
    """What changes within the rows compared, beside the base."""
    share_range = _range(compared["at_risk_share"])
    touchpoint_correlation = compared["touchpoint_rank_correlation"].min()
    touchpoint_changes = _changes(compared["is_same_worst_touchpoint"])
    segments_turn = bool((compared["n_segment_swaps"] > 0).any())
    touchpoints_turn = bool(touchpoint_changes is True or touchpoint_correlation < LOWEST_CORRELATION)
    verdict = "turns" if segments_turn or touchpoints_turn else "shifts" if share_range >= TELLING_RANGE else "holds"
    return {
        "n_rules": len(compared),
        "n_customers": base["n_customers"],
        "base_share": base["at_risk_share"],
        "lowest_share": compared["at_risk_share"].min(),
        "highest_share": compared["at_risk_share"].max(),
        "low_share": compared["low_share"].min(),
        "high_share": compared["high_share"].max(),
        "share_range": share_range,
        "share_moves": bool(share_range >= TELLING_RANGE),
        "segment_rank_correlation": compared["segment_rank_correlation"].min(),
        "touchpoint_rank_correlation": touchpoint_correlation,
        "worst_segment_changes": _changes(compared["is_same_worst_segment"]),
        "worst_touchpoint_changes": touchpoint_changes,
        "segments_turn": segments_turn,
        "touchpoints_turn": touchpoints_turn,
        "verdict": None if np.isnan(share_range) and verdict == "holds" else verdict,
    }


def _changes(is_same: pd.Series) -> bool | None:
    known = is_same.dropna()
    return bool((~known.astype(bool)).any()) if len(known) else None
