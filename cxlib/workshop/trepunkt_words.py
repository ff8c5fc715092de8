"""What the second scene says of ratings alone."""

from __future__ import annotations

from collections.abc import Mapping

from cxlib.language import Language
from cxlib.phases.importance import importance_shares


def ratings_words(ratings: Mapping[str, float], *, language: Language, is_all_zero: bool = False) -> str:
    """How much each phase should carry, in a sentence.

    Parameters
    ----------
    ratings : mapping of phase to number
    language : Language
    is_all_zero : bool
        Whether every slider stands at zero, in whose place the ratings are equal.
    """
    shares = importance_shares(ratings)
    says = language.text(
        "workshop.trepunkt.says", **{phase: language.percent(share) for phase, share in shares.items()}
    )
    return f"{says} {language.text('charts.trepunkt.all_zero')}" if is_all_zero else says
