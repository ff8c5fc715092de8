"""What the second scene says of ratings alone."""

from __future__ import annotations

from collections.abc import Mapping

from cxlib.language import Language
from cxlib.phases.importance import importance_shares


def ratings_words(ratings: Mapping[str, float], *, language: Language) -> str:
    """How much each phase should carry, in a sentence.

    Parameters
    ----------
    ratings : mapping of phase to number
    language : Language
    """
    shares = importance_shares(ratings)
    return language.text(
        "workshop.trepunkt.says", **{phase: language.percent(share) for phase, share in shares.items()}
    )
