"""What is said of changes that cannot be told from noise, and of a mix that makes a change, or why neither is there."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.language import ENGLISH, Language
from cxlib.metrics.detectable import DetectableChange
from cxlib.metrics.periods import AGAINST
from cxlib.metrics.trend import FEWEST_PERIODS


def detectable_sentence(found: DetectableChange | Mapping | pd.Series, *, language: Language = ENGLISH) -> str:
    """How large a change must be: "with 84 answers, a change under 17 points cannot be told from noise".

    Parameters
    ----------
    found : DetectableChange, or a row of `score_changes`
        A row speaks of its change against the period before, or where there is none against the year before.
    language : Language

    Returns
    -------
    str; "" for a row without a change

    Examples
    --------
    >>> from cxlib.metrics import detectable_change
    >>> detectable_sentence(detectable_change(84, promoter_share=0.40, detractor_share=0.25))
    'With 84 answers, a change under 17 points cannot be told from noise.'
    """
    if isinstance(found, DetectableChange):
        size = _size(found.noise_points, "points", language)
        if found.n_before is None:
            return language.text("metrics.noise_alone", n=language.number(found.n), size=size)
        return language.text(
            "metrics.noise", n=language.number(found.n), before=language.number(found.n_before), size=size
        )
    against = next((each for each in AGAINST if pd.notna(found[f"noise_{each}"])), None)
    if against is None:
        return ""
    return language.text(
        f"metrics.noise_{against}",
        n=language.number(found["n_responses"]),
        size=_size(found[f"noise_{against}"], found["unit"], language),
    )


def mix_sentence(found: Mapping | pd.Series, *, language: Language = ENGLISH) -> str:
    """What the mix of segments did to a change; "" where nothing need be said.

    Parameters
    ----------
    found : a row of `mix_change`
    language : Language

    Returns
    -------
    str
    """
    if found["verdict"] == "none":
        return ""
    change, within, mix = (_signed(found[name], found["unit"], language) for name in ("change", "within", "mix"))
    return language.text(
        f"metrics.mix_{found['verdict']}",
        period=language.period(found["period"]),
        change=change,
        within=within,
        mix=mix,
    )


def trend_sentence(found: Mapping | pd.Series, *, language: Language = ENGLISH) -> str:
    """Why there is no slope: a trend takes four periods; "" where there is one.

    Parameters
    ----------
    found : a row of `score_trend`
    language : Language

    Returns
    -------
    str

    Examples
    --------
    >>> trend_sentence({"n_periods": 2})
    'A trend takes at least 4 periods that may be shown; found: 2.'
    """
    if found["n_periods"] >= FEWEST_PERIODS:
        return ""
    return language.text(
        "metrics.no_trend", fewest=language.number(FEWEST_PERIODS), n=language.number(found["n_periods"])
    )


def no_split_sentence(changes: pd.DataFrame, *, n_segments: int, language: Language = ENGLISH) -> str:
    """Why no change is split into what segments and their mix did; "" where one is.

    Parameters
    ----------
    changes : DataFrame
        As `mix_change` gives it.
    n_segments : int
        Of the answers.
    language : Language

    Returns
    -------
    str
    """
    if n_segments < 2:
        return language.text("metrics.one_segment")
    if changes.empty:
        return language.text("metrics.no_two_periods")
    return language.text("metrics.no_segment_shown") if changes["within"].isna().all() else ""


def _size(value: float, unit: str, language: Language) -> str:
    """A size without a sign, with its unit: 17 points, 12 percentage points, 0.4."""
    if unit == "share":
        return language.text("metrics.percentage_points", n=language.number(100 * value))
    if unit == "points":
        return language.text("metrics.points", n=language.number(value))
    return language.number(value, 2)


def _signed(value: float, unit: str, language: Language) -> str:
    if unit == "share":
        return language.text("metrics.percentage_points", n=language.signed(100 * value, 1))
    if unit == "points":
        return language.text("metrics.points", n=language.signed(value, 1))
    return language.signed(value, 2)
