"""What is said of changes that cannot be told from noise, and of a mix that makes a change."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.language import ENGLISH, Language
from cxlib.metrics.detectable import DetectableChange
from cxlib.metrics.periods import AGAINST


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
