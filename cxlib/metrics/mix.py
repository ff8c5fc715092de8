"""A metric's change split in two: customers judge otherwise, or other customers answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import ParameterError, hint, require_columns
from cxlib.intervals import CONFIDENCE
from cxlib.metrics.answers import Answers, answers_of
from cxlib.metrics.changes import score_changes
from cxlib.metrics.measures import Measure, measure_of
from cxlib.metrics.periods import AGAINST, PERIODS_BACK, earlier_groups, with_periods
from cxlib.scales import Scale

VERDICTS = ("none", "mostly_mix", "reversed")


def mix_change(
    responses: pd.DataFrame,
    *,
    segment: str = "segment",
    against: str = "before",
    metric: str = "nps",
    statistic: str | None = None,
    scale: Scale | None = None,
    every: str = "month",
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """How much of a metric's change comes of another mix of segments among those who answered.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        As `score_changes` takes it, with the column `segment` names; a missing segment is one of its own.
    segment : str
        The column that the mix is of: a segment, a touchpoint, a channel.
    against : "before" or "year_before"
    metric, statistic, scale, every, smallest_base
        As in `score_changes`.

    Returns
    -------
    DataFrame, one row per period with an earlier one to compare with, both of `smallest_base` customers
        period, period_then : Period
        unit : str, "points", "share" or "score"
        n_responses, n_responses_then : int
        change, low_change, high_change : float, as `score_changes` gives them
        within, low_within, high_within : float, what the segments changed by, at the mean mix of the two periods
        mix, low_mix, high_mix : float, what the mix changed by, at the mean level of each segment; the two make the
            change
        verdict : "reversed": mix and segments pull in opposite directions (at worst the whole falls while every
            segment rises: Simpson's paradox); "mostly_mix": more than half of the change is mix; "none". The first
            two only where the interval of the mix does not hold 0

    Raises
    ------
    MissingColumnError, ParameterError, ScoreRangeError

    Notes
    -----
    Within = Σ s̄ (m − m₀) and mix = Σ m̄ (s − s₀), with s the segments' shares of the answers' weight, m their levels and
    a bar the mean of the two periods: no rest is left. A segment that one period lacks changes nothing within. Segments
    with fewer than `smallest_base` customers in one of the two periods count as one, so that no part rests on a few.
    The intervals are linearised, by customer: answers of one in both periods go together. Linear in the answers.

    References
    ----------
    Kitagawa (1955), Journal of the American Statistical Association 50. Simpson (1951), Journal of the Royal
    Statistical Society B 13; Bickel, Hammel & O'Connell (1975), Science 187, for what it does to comparisons.
    """
    if against not in AGAINST:
        raise ParameterError(f"against is {against!r}; allowed: {', '.join(AGAINST)}{hint(against, AGAINST)}")
    check_smallest_base(smallest_base)
    require_columns(responses, [segment], name="responses")
    measure = measure_of(metric, statistic, scale)
    whole = score_changes(
        responses, metric=metric, statistic=statistic, scale=scale, every=every, smallest_base=smallest_base
    )
    rows = with_periods(responses, every=every, by=segment)
    answers = answers_of(rows, metric=metric, scale=measure.scale, by=[segment, "period"])
    earlier = earlier_groups(whole, [], back=PERIODS_BACK[every][against])
    is_compared = whole[f"change_{against}"].notna().to_numpy()
    now = np.flatnonzero(is_compared)
    then = earlier[is_compared]
    parts = _parts(answers, measure, whole, segment, now, then, smallest_base)
    compared = whole.loc[is_compared].reset_index(drop=True)
    table = pd.DataFrame(
        {
            "period": compared["period"],
            "period_then": whole["period"].take(then).reset_index(drop=True),
            "unit": compared["unit"],
            "n_responses": compared["n_responses"],
            "n_responses_then": whole["n_responses"].take(then).to_numpy(),
            **{f"{end}change": compared[f"{end or 'change_'}{against}"] for end in ("", "low_", "high_")},
            **parts,
        }
    )
    return table.assign(verdict=_verdict(table))


def _verdict(table: pd.DataFrame) -> pd.Series:
    is_certain = (table["low_mix"] > 0) | (table["high_mix"] < 0)
    is_against = np.sign(table["within"]) * np.sign(table["mix"]) < 0
    is_more = table["mix"].abs() > table["within"].abs()
    verdict = np.select([is_certain & is_against, is_certain & is_more], ["reversed", "mostly_mix"], "none")
    return pd.Series(verdict, table.index, dtype="str")


def _parts(
    answers: Answers,
    measure: Measure,
    whole: pd.DataFrame,
    segment: str,
    now: np.ndarray,
    then: np.ndarray,
    smallest_base: int,
) -> dict[str, np.ndarray]:
    """The two parts of each comparison, with intervals, as columns."""
    if not now.size:
        return {f"{end}{name}": np.zeros(0) for name in ("within", "mix") for end in ("", "low_", "high_")}
    # every answer once for each comparison that it is in: as one of now (side 1), or of then (side 0)
    period = pd.Index(whole["period"]).get_indexer(answers.groups["period"])[answers.group]
    said = pd.DataFrame(
        {
            "segment": pd.factorize(answers.groups[segment], use_na_sentinel=False)[0][answers.group],
            "customer": answers.customer,
            "weight": answers.weight,
            "value": measure.factor * measure.values(answers.score),
        }
    )
    sides = []
    for side, of in ((1, now), (0, then)):
        comparison = np.full(len(whole), -1)
        comparison[of] = np.arange(len(of))
        sides.append(said.assign(side=side, comparison=comparison[period]))
    rows = pd.concat(sides, ignore_index=True)
    rows = rows.loc[rows["comparison"] >= 0].reset_index(drop=True)
    rows["segment"] = _pooled(rows, smallest_base)
    return _split(rows, len(now))


def _pooled(rows: pd.DataFrame, smallest_base: int) -> pd.Series:
    """The segments, with −1 for all that have few customers on one side of their comparison."""
    people = rows.groupby(["comparison", "segment", "side"])["customer"].nunique().unstack(fill_value=0)
    is_large = (people.reindex(columns=[0, 1], fill_value=0) >= smallest_base).all(axis=1)
    known = is_large.reindex(pd.MultiIndex.from_frame(rows[["comparison", "segment"]])).to_numpy(bool)
    return rows["segment"].where(known, -1)


def _split(rows: pd.DataFrame, size: int) -> dict[str, np.ndarray]:
    """Within and mix of every comparison, by Kitagawa, with their intervals by customer."""
    cell = ["comparison", "segment"]
    sums = (
        rows.assign(product=rows["weight"] * rows["value"], n=1)
        .groupby([*cell, "side"])[["weight", "product", "n"]]
        .sum()
        .unstack("side")
        # nothing may be left to compare, and one side may lack a segment
        .reindex(columns=pd.MultiIndex.from_product([["weight", "product", "n"], [0, 1]]), fill_value=0.0)
        .fillna(0.0)
    )
    weight, product, n = (sums[name] for name in ("weight", "product", "n"))
    share = weight / weight.groupby("comparison").transform("sum")
    level = product / weight
    # a segment that one side lacks has no other level there
    level = level.fillna({0: level[1], 1: level[0]})
    middle_share, middle_level = share.mean(axis=1), level.mean(axis=1)
    change_share, change_level = share[1] - share[0], level[1] - level[0]
    parts = {
        "within": (middle_share * change_level).groupby("comparison").sum(),
        "mix": (middle_level * change_share).groupby("comparison").sum(),
    }

    # how each answer pulls at its side's share and level of its segment, and so at the two parts
    at = pd.MultiIndex.from_frame(rows[cell])
    side, sign = rows["side"].to_numpy(), np.where(rows["side"] == 1, 1.0, -1.0)
    index = sums.index.get_indexer(at)

    def of_side(frame):
        return frame.to_numpy()[index, side]

    total, count = (frame.groupby("comparison").transform("sum") for frame in (weight, n))
    pull_share = rows["weight"].to_numpy() / of_side(total) * _without_one(of_side(count))
    residual = rows["value"].to_numpy() - of_side(level)
    pull_level = rows["weight"].to_numpy() * residual / of_side(weight) * _without_one(of_side(n))
    moves = {
        # d within = ½ Δm ds + s̄ dm, and d mix = m̄ ds + ½ Δs dm; ds of all segments sums to 0
        "within": _moved(rows, pull_share, change_level / 2, share, index, side)
        + sign * middle_share.to_numpy()[index] * pull_level,
        "mix": sign * _moved(rows, pull_share, middle_level, share, index, side)
        + change_share.to_numpy()[index] / 2 * pull_level,
    }
    found = {}
    order = range(size)
    for name, value in parts.items():
        error, freedom = _error_by_customer(rows, moves[name], size)
        half = special.stdtrit(np.maximum(freedom, 1), 0.5 + CONFIDENCE / 2) * error
        value = value.reindex(order).to_numpy("float64")
        found |= {name: value, f"low_{name}": value - half, f"high_{name}": value + half}
    return found


def _without_one(count: np.ndarray) -> np.ndarray:
    """What is left when one answer is left out is this much more moved by it than the whole is."""
    return count / np.maximum(count - 1, 1)


def _moved(rows, pull_share, worth, share, index, side) -> np.ndarray:
    """How an answer moves Σ worth · s on its side: its own segment's worth less the mean worth of the side."""
    mean = share.mul(worth, axis=0).groupby("comparison").transform("sum")
    return pull_share * (worth.to_numpy()[index] - mean.to_numpy()[index, side])


def _error_by_customer(rows: pd.DataFrame, move: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The linearised standard error, several answers of one customer taken together, and its degrees of freedom."""
    by_customer = pd.Series(move).groupby([rows["comparison"], rows["customer"]]).sum()
    squared = (by_customer**2).groupby("comparison").agg(["sum", "size"]).reindex(range(size))
    n = squared["size"].to_numpy("float64")
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(squared["sum"].to_numpy() * n / (n - 1)), n - 1
