"""How far a figure could move if those who did not answer had: bounds without any model of why they are silent."""

from __future__ import annotations

import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, suppress_derivable
from cxlib.errors import ParameterError, ScoreRangeError, hint
from cxlib.metrics.answers import answers_of as counted_answers
from cxlib.metrics.estimates import group_means
from cxlib.metrics.measures import measure_of
from cxlib.nonrespondents.asked import answered_of, answers_of, keys_of
from cxlib.scales import BUILT_IN_SCALES, Scale

FIGURES = ("nps", "top_two", "mean")
"""The Net Promoter Score in points; the share in the two best scores in per cent; the mean score on its scale."""

STATISTIC_OF = {"nps": "net_promoter", "top_two": "top_two_box", "mean": "mean"}
"""What `cxlib.metrics` calls them."""

ENDS = {"nps": (-100.0, 100.0), "top_two": (0.0, 100.0)}

NPS_SCALE = (BUILT_IN_SCALES["nps"].minimum, BUILT_IN_SCALES["nps"].maximum)


def headline_bounds(
    asked: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    figure: str = "nps",
    metric: str | None = None,
    scale: tuple[float, float] = NPS_SCALE,
    by: str | list[str] | None = None,
    at_most_lower: float | None = None,
    at_most_higher: float | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """The least and the most that a figure could be among all who were asked.

    Parameters
    ----------
    asked, responses, metric, by
        As `nonresponse` takes them. Answers count by `survey_weight` where there is one.
    figure : "nps", "top_two" or "mean"
    scale : (float, float)
        The least and the best score.
    at_most_lower, at_most_higher : float >= 0, optional
        How far below and above those who answered the silent are held to be at most, in the figure's unit: an
        assumption that has to be argued for. Without it they may be anything that the scale allows.
    smallest_base : int, >= 1
        Groups of which fewer answered are suppressed, and with them what their total would give away.

    Returns
    -------
    DataFrame, one row per group, sorted by `by`
        n_asked, n_answered : int, customers
        response_share : float, 0 to 1
        value, low_value, high_value : float, of those who answered, with its 95 % interval
        lowest_value, highest_value : float, the bounds for all who were asked
        lowest_low, highest_high : float, the same with the interval of `value`: chance and silence together

    Raises
    ------
    MissingColumnError, ParameterError, ScoreRangeError

    Notes
    -----
    With r the share that answered, the figure of all is r · value + (1 − r) · that of the silent, and the latter lies
    between the ends of the scale (Manski). All three figures are means of what each answer counts: 100, 0 or −100;
    100 or 0; the score. Where a customer gave several answers, all of them count in `value` and the customer once in r.
    The interval of the bounds is a little too wide where they are far apart (Imbens & Manski: 1.645 for 1.96).

    References
    ----------
    Manski (1989), Journal of Human Resources 24. Horowitz & Manski (2000), Journal of the American Statistical
    Association 95. Imbens & Manski (2004), Econometrica 72.

    Examples
    --------
    >>> asked = pd.DataFrame({"customer_id": range(20)})
    >>> answers = pd.DataFrame({"customer_id": range(10), "score": [10] * 5 + [8] * 3 + [3] * 2})
    >>> bounds = headline_bounds(asked, answers)
    >>> bounds[["response_share", "value", "lowest_value", "highest_value"]].iloc[0].tolist()
    [0.5, 30.0, -35.0, 65.0]
    """
    if figure not in FIGURES:
        raise ParameterError(f"figure: found {figure!r}; allowed: {', '.join(FIGURES)}{hint(figure, FIGURES)}")
    for name, limit in (("at_most_lower", at_most_lower), ("at_most_higher", at_most_higher)):
        if limit is not None and not limit >= 0:
            raise ParameterError(f"{name}: found {limit}; allowed: a number of at least 0, in the figure's unit")
    lowest, highest = _checked_scale(figure, scale)
    keys = keys_of(by)
    metric = _one_metric(responses, metric, figure)
    people = answered_of(asked, responses, metric=metric, by=by)
    answers = answers_of(responses, metric=metric)
    if not answers["score"].between(*scale).all():
        outside = answers.loc[~answers["score"].between(*scale), "score"]
        raise ScoreRangeError(
            f"{len(outside)} of {len(answers)} scores, such as {outside.iloc[0]:g}, "
            f"lie outside {scale[0]:g} to {scale[1]:g}"
        )
    groups = people[["customer_id", *keys]]
    answers = answers.drop(columns=keys, errors="ignore").merge(groups, on="customer_id", validate="many_to_one")
    figures = _per_group(people, answers, keys, figure=figure, scale=scale)

    share = figures["response_share"]
    silent_low = pd.Series(lowest, figures.index) if at_most_lower is None else figures["value"] - at_most_lower
    silent_high = pd.Series(highest, figures.index) if at_most_higher is None else figures["value"] + at_most_higher
    silent_low, silent_high = silent_low.clip(lower=lowest), silent_high.clip(upper=highest)
    bounds = figures.assign(
        lowest_value=share * figures["value"] + (1 - share) * silent_low,
        highest_value=share * figures["value"] + (1 - share) * silent_high,
        lowest_low=share * figures["low_value"] + (1 - share) * silent_low,
        highest_high=share * figures["high_value"] + (1 - share) * silent_high,
    )
    kept = (*keys, "n_asked", "n_answered", "response_share")
    hidden = [column for column in bounds.columns if column not in kept]
    shown = suppress_derivable(bounds, base="n_answered", columns=hidden, smallest_base=smallest_base)
    # how many of few answered is a figure on few, as in `nonresponse`; what is hidden already hides it first
    is_hidden = shown["value"].isna() & (shown["n_asked"] > smallest_base)
    shown["rests_on"] = shown["n_asked"].mask(is_hidden, smallest_base)
    rates = ["n_answered", "response_share"]
    shown = suppress_derivable(shown, base="rests_on", columns=[*rates, *hidden], smallest_base=smallest_base)
    return shown.drop(columns="rests_on")


def _checked_scale(figure: str, scale: tuple[float, float]) -> tuple[float, float]:
    """The ends of the figure on the scale."""
    least, best = scale
    if not least < best:
        raise ParameterError(f"scale: found {scale}; allowed: the least and the best score, such as (1, 5)")
    if figure == "nps" and scale != NPS_SCALE:
        raise ParameterError(f"scale: found {scale}; the Net Promoter Score has 0 to 10")
    return ENDS.get(figure, (float(least), float(best)))


def _one_metric(responses: pd.DataFrame, metric: str | None, figure: str) -> str | None:
    """The metric that is meant: scores of several say nothing together."""
    if metric is not None or "metric" not in responses.columns:
        return metric
    if figure == "nps":
        return "nps"
    held = sorted(responses.loc[responses["score"].notna(), "metric"].dropna().unique())
    if len(held) > 1:
        raise ParameterError(f"metric: the answers hold {', '.join(map(repr, held))}; name the one that is meant")
    return None


def _per_group(
    people: pd.DataFrame, answers: pd.DataFrame, keys: list[str], *, figure: str, scale: tuple[float, float]
) -> pd.DataFrame:
    """The groups with their counts and the figure of those who answered; NaN where nobody did."""
    groups = people.groupby(keys, observed=True, dropna=False) if keys else people.groupby(lambda _: 0)
    counts = groups["has_answered"].agg(n_asked="size", n_answered="sum")
    counts["response_share"] = counts["n_answered"] / counts["n_asked"]
    counts = counts.reset_index(drop=not keys)

    ends = Scale(name="score", minimum=scale[0], maximum=scale[1], expected=sum(scale) / 2)
    measure = measure_of("score", STATISTIC_OF[figure], ends)
    taken = counted_answers(answers, metric=None, scale=None, by=keys)
    found = group_means(taken, measure.values(taken.score))
    values = dict(zip(("low_value", "high_value"), measure.interval(found), strict=True)) | {"value": found.mean}
    factor = 1.0 if figure == "mean" else 100.0
    values = taken.groups.assign(**{name: factor * each for name, each in values.items()})
    if not keys:
        return counts.assign(**values.iloc[0][["value", "low_value", "high_value"]])
    return counts.merge(values, "left", on=keys, validate="one_to_one")
