"""How much each phase should carry: ratings as parts of a whole."""

from __future__ import annotations

from collections.abc import Mapping

from cxlib.archetypes import ARCHETYPES, PHASES, RATINGS
from cxlib.capital.rules import is_number
from cxlib.errors import ParameterError, hint


def importance_shares(importance: str | Mapping[str, float | str]) -> dict[str, float]:
    """The part of the whole that each phase should carry: its rating over the sum of the ratings.

    Parameters
    ----------
    importance : str or mapping
        The name of an archetype, or a rating for each phase: high, medium, low (3, 2, 1) or any
        number of at least 0.

    Returns
    -------
    dict, phase -> share; the shares sum to 1

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> {phase: round(share, 3) for phase, share in importance_shares("infrastructure subscription").items()}
    {'purchase': 0.429, 'consumption': 0.143, 'payment': 0.429}
    """
    ratings = phase_ratings(importance)
    total = sum(ratings.values())
    return {phase: rating / total for phase, rating in ratings.items()}


def phase_ratings(
    importance: str | Mapping[str, float | str], *, archetypes: Mapping[str, Mapping[str, float]] = ARCHETYPES
) -> dict[str, float]:
    """The rating of each phase as a number.

    Parameters
    ----------
    importance : str or mapping
        As `importance_shares` takes it.
    archetypes : mapping of name to ratings
        Those that a name may mean; a study's are in `study.settings.archetypes`.

    Returns
    -------
    dict, phase -> rating; at least one is above 0

    Raises
    ------
    ParameterError
    """
    if isinstance(importance, str):
        if importance not in archetypes:
            raise ParameterError(
                f"unknown archetype {importance!r}; allowed: {', '.join(archetypes)}, "
                f"or a rating for each phase{hint(importance, archetypes)}"
            )
        importance = archetypes[importance]
    mistakes = [f"unknown phase {phase!r}" for phase in importance if phase not in PHASES]
    mistakes += [f"no rating for {phase}" for phase in PHASES if phase not in importance]
    ratings = {}
    for phase in PHASES:
        rating = RATINGS.get(importance.get(phase), importance.get(phase))
        if is_number(rating) and rating >= 0:
            ratings[phase] = float(rating)
        elif phase in importance:
            mistakes.append(f"{phase} must be high, medium, low or a number of at least 0, found {rating!r}")
    if not mistakes and sum(ratings.values()) == 0:
        mistakes.append("at least one phase needs a rating above 0")
    if mistakes:
        raise ParameterError("importance: " + "; ".join(mistakes))
    return ratings
