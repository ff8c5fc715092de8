"""A metric's change split in two: customers judge otherwise, or other customers answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special

from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import ParameterError, hint, require_columns
from cxlib.intervals import CONFIDENCE, normal_quantile
from cxlib.metrics.answers import Answers, answers_of
from cxlib.metrics.changes import score_changes
from cxlib.metrics.hiding import hidden_groups
from cxlib.metrics.measures import Measure, measure_of
from cxlib.metrics.periods import AGAINST, PERIODS_BACK, earlier_groups, with_periods
from cxlib.scales import Scale

VERDICTS = ("none", "mostly_mix", "reversed")

REVERSAL_CONFIDENCE = 0.8
"""Of the segments' change, where a reversal is said. It only asks to look at the segments one by one, so it may be said
once too often: of ten changes that are all mix, of one."""


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
        within, low_within, high_within : float, what the segments changed by, at the mean mix of the two periods; NA,
            as the mix, where no segment can be told from another
        mix, low_mix, high_mix : float, what the mix changed by, at the mean level of each segment; the two make the
            change
        verdict : "reversed": mix and segments pull in opposite directions, the mix's 95 % interval and the segments'
            80 % interval not holding 0 (at worst the whole falls while every segment rises: Simpson's paradox);
            "mostly_mix": more than half of the change is mix, and its interval does not hold 0; "none"

    Raises
    ------
    MissingColumnError, ParameterError, ScoreRangeError

    Notes
    -----
    Within = Σ s̄ (m − m₀) and mix = Σ m̄ (s − s₀), with s the segments' shares of the answers' weight, m their levels and
    a bar the mean of the two periods: no rest is left. A segment that one period lacks changes nothing within.

    Within is one more equation in the segments' levels. So segments that the metric by segment hides in one of the two
    periods count as one, and so do those with fewer than `smallest_base` customers or none there: then within follows
    from what is shown anyway. Where that leaves one part of several segments there is nothing to split.
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
    hidden = _hidden_cells(answers, smallest_base)
    parts = _parts(answers, measure, whole, segment, now, then, hidden)
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
    is_more = table["mix"].abs() > table["within"].abs()
    half = (table["high_within"] - table["low_within"]) / 2
    is_likely = table["within"].abs() > half * normal_quantile(REVERSAL_CONFIDENCE) / normal_quantile()
    is_against = is_likely & (np.sign(table["within"]) * np.sign(table["mix"]) < 0)
    verdict = np.select([is_certain & is_against, is_certain & is_more], ["reversed", "mostly_mix"], "none")
    return pd.Series(verdict, table.index, dtype="str")


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """Every answer once for each comparison that it is in, as arrays: as one of now (side 1), or of then (side 0)."""

    comparison: np.ndarray
    segment: np.ndarray
    side: np.ndarray
    customer: np.ndarray
    weight: np.ndarray
    value: np.ndarray
    is_hidden: np.ndarray


def _hidden_cells(answers: Answers, smallest_base: int) -> np.ndarray:
    """Which segments of which periods a table by segment hides: that of all periods, or that of one of them."""
    hidden = hidden_groups(answers, smallest_base=smallest_base)
    period = pd.factorize(answers.groups["period"])[0]
    for one in np.unique(period[hidden]):
        of_one = period == one
        is_in = of_one[answers.group]
        alone = replace(
            answers,
            groups=answers.groups.loc[of_one].drop(columns="period").reset_index(drop=True),
            group=(np.cumsum(of_one) - 1)[answers.group[is_in]],
            **{name: getattr(answers, name)[is_in] for name in ("customer", "score", "weight")},
        )
        hidden[of_one] |= hidden_groups(alone, smallest_base=smallest_base)
    return hidden


def _parts(
    answers: Answers,
    measure: Measure,
    whole: pd.DataFrame,
    segment: str,
    now: np.ndarray,
    then: np.ndarray,
    hidden: np.ndarray,
) -> dict[str, np.ndarray]:
    """The two parts of each comparison, with intervals, as columns."""
    if not now.size:
        return {f"{end}{name}": np.zeros(0) for name in ("within", "mix") for end in ("", "low_", "high_")}
    period = pd.Index(whole["period"]).get_indexer(answers.groups["period"])
    named = pd.factorize(answers.groups[segment], use_na_sentinel=False)[0] + 1  # 0: the hidden ones together
    value = measure.factor * measure.values(answers.score)
    found = []
    for side, of in ((1, now), (0, then)):
        comparison = np.full(len(whole), -1)
        comparison[of] = np.arange(len(of))
        comparison = comparison[period][answers.group]
        is_in = comparison >= 0
        parts = (
            comparison, named[answers.group], np.full(len(value), side), answers.customer, answers.weight, value,
            hidden[answers.group],
        )  # fmt: skip
        found.append([each[is_in] for each in parts])
    names = ("comparison", "segment", "side", "customer", "weight", "value", "is_hidden")
    sides = _Sides(**{name: np.concatenate(pair) for name, pair in zip(names, zip(*found, strict=True), strict=True)})
    pooled, is_one = _pooled(sides, len(now))
    split = _split(replace(sides, segment=pooled), len(now))
    return {name: np.where(is_one, np.nan, column) for name, column in split.items()}


def _pooled(sides: _Sides, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The segments, with 0 for all that are hidden or absent on one side; and where all of several are."""
    width = int(sides.segment.max()) + 1
    cell, cells = pd.factorize(sides.comparison * width + sides.segment)
    count = np.bincount(cell * 2 + sides.side, minlength=2 * len(cells)).reshape(-1, 2)
    is_pooled = (np.bincount(cell, sides.is_hidden) > 0) | (count == 0).any(axis=1)
    n_segments, n_pooled = (np.bincount(cells // width, each, minlength=size) for each in (None, is_pooled))
    return np.where(is_pooled[cell], 0, sides.segment), (n_segments > 1) & (n_pooled == n_segments)


def _split(sides: _Sides, size: int) -> dict[str, np.ndarray]:
    """Within and mix of every comparison, by Kitagawa, with their intervals by customer."""
    width = int(sides.segment.max()) + 1
    cell, cells = pd.factorize(sides.comparison * width + sides.segment)
    of = cells // width  # the comparison of a cell, which is a segment in it
    side = sides.side

    def by_side(values=None):
        """Sums by cell and side."""
        return np.bincount(cell * 2 + side, values, minlength=2 * len(cells)).reshape(-1, 2)

    def whole(values):
        """Sums over the segments of a comparison, for each side."""
        return np.column_stack([np.bincount(of, column, minlength=size) for column in values.T])[of]

    weight, n = by_side(sides.weight), by_side()
    with np.errstate(invalid="ignore", divide="ignore"):
        level = by_side(sides.weight * sides.value) / weight
    # a segment that one side lacks has no other level there
    level = np.where(np.isnan(level), level[:, ::-1], level)
    total = whole(weight)
    share = weight / total
    middle_share, middle_level = share.mean(axis=1), level.mean(axis=1)
    change_share, change_level = share[:, 1] - share[:, 0], level[:, 1] - level[:, 0]

    # how an answer pulls at its side's shares, and at the level of its own segment there
    pull_share = sides.weight / total[cell, side] * _without_one(whole(n)[cell, side])
    pull_level = sides.weight * (sides.value - level[cell, side]) / weight[cell, side] * _without_one(n[cell, side])
    sign = np.where(side == 1, 1.0, -1.0)

    def moved(worth):
        """How an answer moves Σ worth · s on its side: its own segment's worth less the mean worth there."""
        return pull_share * (worth[cell] - whole(share * worth[:, None])[cell, side])

    # d within = ½ Δm ds + s̄ dm, and d mix = m̄ ds + ½ Δs dm
    moves = {
        "within": moved(change_level / 2) + sign * middle_share[cell] * pull_level,
        "mix": sign * moved(middle_level) + change_share[cell] / 2 * pull_level,
    }
    parts = {"within": middle_share * change_level, "mix": middle_level * change_share}
    found = {}
    for name, part in parts.items():
        value = np.bincount(of, part, minlength=size)
        half = _half_width(sides, moves[name], size)
        found |= {name: value, f"low_{name}": value - half, f"high_{name}": value + half}
    return found


def _without_one(count: np.ndarray) -> np.ndarray:
    """What is left when one answer is left out is this much more moved by it than the whole is."""
    return count / np.maximum(count - 1, 1)


def _half_width(sides: _Sides, move: np.ndarray, size: int) -> np.ndarray:
    """Half of the linearised 95 % interval, the answers of one customer taken together."""
    people = int(sides.customer.max()) + 1
    pair, pairs = pd.factorize(sides.comparison * people + sides.customer)
    by_customer = np.bincount(pair, move)
    n = np.bincount(pairs // people, minlength=size)
    squared = np.bincount(pairs // people, by_customer**2, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(squared * n / (n - 1))
    return special.stdtrit(np.maximum(n - 1, 1), 0.5 + CONFIDENCE / 2) * error
