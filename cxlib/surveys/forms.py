"""From answers, one row each, to forms, one row per person: what the analysis of drivers wants."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.drivers.cautions import listed, outcome_called
from cxlib.errors import ParameterError, require_columns
from cxlib.language import ENGLISH, Language

NOT_DRIVERS = ["customer_id", "answered_at", "survey_weight"]

LEAST_SHARE = 0.3
"""A question that fewer of those with an outcome answered is no driver unless it is named."""


def answer_forms(responses: pd.DataFrame, *, outcome: str, drivers: str) -> pd.DataFrame:
    """Each person's latest overall score, beside what she had answered about each touchpoint by the end of that day.

    Parameters
    ----------
    responses : DataFrame, one row per answer or question left open
        Needs customer_id, answered_at, metric, score and touchpoint; uses survey_weight where present.
    outcome : str
        The metric to be explained; of its answers those about the whole count, where there are any.
    drivers : str
        The metric of the answers about touchpoints. An answer later than the day of the outcome explains nothing of it.

    Returns
    -------
    DataFrame, one row per person with an outcome, in the order of customer_id
        customer_id
        answered_at : timestamp, of the outcome
        survey_weight : float, of the outcome, where `responses` has weights
        the outcome's name : float
        a column for each touchpoint, in the order of the alphabet : float, the mean of her answers; NaN where there is
            none

    Raises
    ------
    MissingColumnError
    ParameterError
        A metric has no scores, the two are the same, or a touchpoint has the name of another column.
    """
    require_columns(responses, ["customer_id", "answered_at", "metric", "score", "touchpoint"], name="responses")
    if outcome == drivers:
        raise ParameterError(f"{outcome!r} cannot explain itself: name another metric for the drivers")
    # an answer without a moment is neither the latest nor before it
    is_placed = responses["customer_id"].notna() & responses["answered_at"].notna()
    scored = responses.loc[responses["score"].notna() & is_placed]
    for metric in (outcome, drivers):
        if not (scored["metric"] == metric).any():
            held = ", ".join(sorted(scored["metric"].dropna().unique())) or "none"
            raise ParameterError(f"responses hold no score of {metric!r}; metrics with scores: {held}")

    overall = scored.loc[scored["metric"] == outcome]
    if overall["touchpoint"].isna().any():
        overall = overall.loc[overall["touchpoint"].isna()]
    kept = ["customer_id", "answered_at", *(["survey_weight"] if "survey_weight" in overall.columns else []), "score"]
    forms = overall.sort_values("answered_at", kind="stable").drop_duplicates("customer_id", keep="last")[kept]
    forms = (
        forms.rename(columns={"score": outcome})
        .astype({outcome: "float64"})
        .sort_values("customer_id", ignore_index=True)
    )

    about = scored.loc[(scored["metric"] == drivers) & scored["touchpoint"].notna()]
    about = about[["customer_id", "answered_at", "touchpoint", "score"]].merge(
        forms[["customer_id", "answered_at"]].rename(columns={"answered_at": "until"}),
        on="customer_id",
        validate="many_to_one",
    )
    about = about.loc[about["answered_at"].dt.normalize() <= about["until"].dt.normalize()]
    sheet = about.pivot_table(index="customer_id", columns="touchpoint", values="score", aggfunc="mean", observed=True)
    taken = sorted({*forms.columns, *NOT_DRIVERS} & set(sheet.columns))
    if taken:
        raise ParameterError(
            f"a touchpoint is called {taken[0]!r}, like a column of the forms; rename the touchpoint in study.toml"
        )
    sheet.columns = list(sheet.columns)
    return forms.merge(sheet.reset_index(), "left", on="customer_id", validate="one_to_one")


def common_drivers(forms: pd.DataFrame, *, outcome: str, least_share: float = LEAST_SHARE) -> list[str]:
    """The touchpoints that enough people answered about to explain an outcome by.

    Parameters
    ----------
    forms : DataFrame, one row per person
        As `answer_forms` gives it.
    outcome : str
    least_share : float, 0 to 1
        Of the people with an outcome.

    Returns
    -------
    list of str, the most answered first

    Raises
    ------
    MissingColumnError, ParameterError
    """
    answered = _answered_shares(forms, outcome, least_share)
    return list(answered.index[answered >= max(least_share, 1e-9)])


def left_out_words(
    forms: pd.DataFrame,
    *,
    outcome: str,
    least_share: float = LEAST_SHARE,
    names: Mapping[str, str] | None = None,
    language: Language = ENGLISH,
) -> str:
    """Which touchpoints `common_drivers` leaves out, in a sentence.

    Parameters
    ----------
    forms : DataFrame, one row per person
        As `answer_forms` gives it.
    outcome : str
    least_share : float, 0 to 1
    names : mapping of str to str, optional
        How touchpoints and the outcome are called.
    language : Language

    Returns
    -------
    str, "" where none is left out

    Raises
    ------
    MissingColumnError, ParameterError
    """
    answered = _answered_shares(forms, outcome, least_share)
    rare = sorted((names or {}).get(each, each) for each in answered.index[answered < max(least_share, 1e-9)])
    if not rare:
        return ""
    return language.text(
        f"drivers.words.{'one_left_out' if len(rare) == 1 else 'left_out'}",
        n=language.number(len(rare)),
        share=language.percent(least_share),
        outcome=outcome_called(outcome, names),
        touchpoints=listed(rare, language),
    )


def _answered_shares(forms: pd.DataFrame, outcome: str, least_share: float) -> pd.Series:
    """Of those with an outcome, how many answered about each touchpoint, the most answered first."""
    require_columns(forms, [outcome], name="forms")
    if not 0 <= least_share <= 1:
        raise ParameterError(f"least_share must lie from 0 to 1, found {least_share}; 30 % is written 0.3")
    known = forms.loc[forms[outcome].notna()].drop(columns=[*NOT_DRIVERS, outcome], errors="ignore")
    return known.notna().mean().sort_values(ascending=False, kind="stable")
