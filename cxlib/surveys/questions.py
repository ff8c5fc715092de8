"""Which questions a survey holds, and how many answered each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, suppress_small_bases
from cxlib.errors import ParameterError
from cxlib.intervals import wilson_interval
from cxlib.scales import Scale
from cxlib.surveys.answers import QUESTION, answered_rows, asked_rows

FIGURES = ["mean", "median", "lowest_seen", "highest_seen", "n_values", "first_answered_at", "last_answered_at"]
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
        Questions answered by fewer people show no scores.

    Returns
    -------
    DataFrame, one row per question (metric and touchpoint), sorted by them, the whole first
        touchpoint : str, NA for a question about the whole
        n_asked : int, rows: answers and questions left open
        n_answered, n_people : int, answers with a score and a weight above 0, and the people who gave them
        answered_share, low_share, high_share : float, 0-1, with Wilson's 95 % interval; each row counts alike
        scale_minimum, scale_maximum : float, declared
        lowest_seen, highest_seen : float
        n_values : int, how many different scores
        mean, median : float, of the scale; the mean by survey weight, the median of the answers as they are
        first_answered_at, last_answered_at : timestamp, NaT without `answered_at`

    Raises
    ------
    MissingColumnError
    ParameterError
        A metric has no scale, or a weight is negative.

    Notes
    -----
    Scores outside the declared scale are not hidden: `lowest_seen` and `highest_seen` show them. `answered_share` says
    nothing of people who were never asked, for they leave no row; see `cx.response_rate`.
    """
    rows = asked_rows(responses)
    unknown = sorted(set(rows["metric"].dropna()) - set(scales))
    if unknown:
        raise ParameterError(
            f"no scale is declared for {', '.join(map(repr, unknown))}; declared: {', '.join(sorted(scales))}. "
            "Add [scales.NAME] with min, max and expected to study.toml"
        )
    answered = answered_rows(rows)
    weighted = answered.assign(product=answered["score"] * answered["weight"])
    groups = weighted.groupby(QUESTION, dropna=False)
    questions = pd.DataFrame({"n_asked": rows.groupby(QUESTION, dropna=False).size()})
    found = pd.DataFrame(
        {
            "n_answered": groups.size(),
            "n_people": groups["person"].nunique(),
            "lowest_seen": groups["score"].min(),
            "highest_seen": groups["score"].max(),
            "n_values": groups["score"].nunique(),
            "median": groups["score"].median(),
        }
    )
    sums = groups[["product", "weight"]].sum()
    found["mean"] = sums["product"] / sums["weight"]
    questions = questions.join(found)
    counts = ["n_answered", "n_people", "n_values"]
    questions[counts] = questions[counts].fillna(0).astype("int64")
    questions["answered_share"] = questions["n_answered"] / questions["n_asked"]
    questions["low_share"], questions["high_share"] = wilson_interval(questions["n_answered"], questions["n_asked"])
    questions = _with_dates(questions, answered).reset_index()
    questions["scale_minimum"] = [scales[metric].minimum for metric in questions["metric"]]
    questions["scale_maximum"] = [scales[metric].maximum for metric in questions["metric"]]
    questions = suppress_small_bases(questions, base="n_people", columns=FIGURES, smallest_base=smallest_base)
    names = questions["touchpoint"].where(questions["touchpoint"].notna(), "").astype("str")
    order = np.lexsort([names, questions["metric"].astype("str")])
    return questions.iloc[order].reset_index(drop=True)[
        [
            *QUESTION,
            "n_asked",
            "n_answered",
            "n_people",
            "answered_share",
            "low_share",
            "high_share",
            "scale_minimum",
            "scale_maximum",
            *FIGURES,
        ]
    ]


def _with_dates(questions: pd.DataFrame, answered: pd.DataFrame) -> pd.DataFrame:
    if "answered_at" not in answered.columns:
        return questions.assign(first_answered_at=pd.NaT, last_answered_at=pd.NaT)
    times = answered.groupby(QUESTION, dropna=False)["answered_at"]
    return questions.join(pd.DataFrame({"first_answered_at": times.min(), "last_answered_at": times.max()}))
