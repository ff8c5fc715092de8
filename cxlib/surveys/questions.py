"""Which questions a survey holds, and how many answered each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.answers import survey_weights
from cxlib.confidentiality import SMALLEST_BASE
from cxlib.errors import ParameterError
from cxlib.intervals import wilson_interval
from cxlib.metrics.answers import answers_of
from cxlib.metrics.estimates import group_means
from cxlib.metrics.means import mean_figures
from cxlib.metrics.medians import medians
from cxlib.metrics.tables import metric_table
from cxlib.scales import Scale
from cxlib.surveys.answers import QUESTION, asked_rows

COUNTS = ["n_asked", "n_responses", "n_customers"]
SCORES = ["mean_score", "low_score", "high_score", "median_score"]
SEEN = ["lowest_seen", "highest_seen", "n_values", "first_answered_at", "last_answered_at"]
"""What is one person's where one person answered: the moments too."""


def survey_questions(
    responses: pd.DataFrame, scales: Mapping[str, Scale], *, smallest_base: int = SMALLEST_BASE
) -> pd.DataFrame:
    """Each question with its base, what was left open, its scale and the scores met.

    Parameters
    ----------
    responses : DataFrame, one row per answer or question left open
        Needs metric and score; uses touchpoint, customer_id, answered_at and survey_weight where present.
    scales : mapping of metric to Scale
        As in `study.settings.scales`.
    smallest_base : int
        Questions answered by fewer people show no scores, nor do those that the metric of all its questions would give
        them away by.

    Returns
    -------
    DataFrame, one row per question (metric and touchpoint), sorted by them, the whole first
        touchpoint : str, NA for a question about the whole
        n_asked : int, rows: answers and questions left open
        n_responses, n_customers : int, answers with a score and a weight above 0, and who gave them; without
            `customer_id` each is of somebody else
        response_share, low_share, high_share : float, 0-1, with Wilson's 95 % interval; each row counts alike
        scale_minimum, scale_maximum : float, declared
        mean_score, low_score, high_score : float, of the scale; by survey weight, with the interval of `cx.mean_score`
        median_score : float, by survey weight; `cx.median_score` has its interval
        lowest_seen, highest_seen : float
        n_values : int, how many different scores
        first_answered_at, last_answered_at : timestamp, NaT without `answered_at`

    Raises
    ------
    MissingColumnError
    ParameterError
        A metric has no scale; a weight is negative, infinite or no number.

    Notes
    -----
    Scores outside the declared scale are not hidden: `lowest_seen` and `highest_seen` show them, and no interval of
    their metric's means is then held to the scale. `response_share` says nothing of people who were never asked, for
    they leave no row; see `cx.response_rate`, whose interval counts customers. Linear in the responses of each metric.
    """
    rows = asked_rows(responses)
    unknown = sorted(set(rows["metric"].fillna("").unique()) - set(scales))
    if unknown:
        raise ParameterError(
            f"no scale is declared for {', '.join(map(repr, unknown))}; declared: {', '.join(sorted(scales))}. "
            "Add [scales.NAME] with min, max and expected to study.toml"
        )
    metrics = sorted(rows["metric"].unique()) or [""]
    found = [_questions_of(rows.loc[rows["metric"] == metric], scales.get(metric), smallest_base) for metric in metrics]
    return pd.concat(found, ignore_index=True)[
        [
            *QUESTION,
            *COUNTS,
            "response_share",
            "low_share",
            "high_share",
            "scale_minimum",
            "scale_maximum",
            *SCORES,
            *SEEN,
        ]
    ]


def _questions_of(rows: pd.DataFrame, scale: Scale | None, smallest_base: int) -> pd.DataFrame:
    """The questions of one metric; none where there are no rows."""
    asked = rows.groupby(QUESTION, dropna=False).size().reset_index(name="n_asked")
    questions = asked.merge(_scores(rows, scale, smallest_base), "left", on="touchpoint", validate="one_to_one")
    questions[COUNTS] = questions[COUNTS].fillna(0).astype("int64")
    low, high = wilson_interval(questions["n_responses"], questions["n_asked"])
    questions = questions.assign(
        response_share=questions["n_responses"] / questions["n_asked"],
        low_share=low,
        high_share=high,
        scale_minimum=np.nan if scale is None else float(scale.minimum),
        scale_maximum=np.nan if scale is None else float(scale.maximum),
    )
    return questions.sort_values("touchpoint", na_position="first", ignore_index=True)


def _scores(rows: pd.DataFrame, scale: Scale | None, smallest_base: int) -> pd.DataFrame:
    """The scores of each touchpoint that has any, hidden as the table of a metric hides them."""
    answers = answers_of(rows, metric=None, scale=None, by="touchpoint")
    is_within = scale is not None and ((answers.score >= scale.minimum) & (answers.score <= scale.maximum)).all()
    found = group_means(answers, answers.score)
    means = mean_figures(found, scale if is_within else None)
    counted = rows.loc[rows["score"].notna() & (survey_weights(rows) > 0)]
    # in the order of the answers' groups
    met = counted.groupby("touchpoint", dropna=False)
    seen = met["score"].agg(lowest_seen="min", highest_seen="max", n_values="nunique")
    moments = met["answered_at"].agg(first_answered_at="min", last_answered_at="max")
    figures = {name: means[name] for name in ("mean_score", "low_score", "high_score")}
    figures |= {"median_score": medians(answers)[1]["median_score"]}
    figures |= {name: each[name].array for each in (seen, moments) for name in each}
    bases = {"n_responses": found.n, "n_customers": found.n_customers}
    return metric_table(answers, bases, figures, smallest_base=smallest_base)
