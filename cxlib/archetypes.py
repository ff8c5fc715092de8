"""How much each phase of the journey matters, by kind of business: the ratings of the three-point model."""

from __future__ import annotations

from collections.abc import Mapping

PHASES = ("purchase", "consumption", "payment")
STAGES = ("awareness", "evaluation", "purchase", "use", "loyalty")

RATINGS: Mapping[str, float] = {"high": 3.0, "medium": 2.0, "low": 1.0}

HIGH, MEDIUM, LOW = RATINGS["high"], RATINGS["medium"], RATINGS["low"]

ARCHETYPES: Mapping[str, Mapping[str, float]] = {
    "restaurant": {"purchase": HIGH, "consumption": HIGH, "payment": MEDIUM},
    "e-commerce": {"purchase": HIGH, "consumption": MEDIUM, "payment": HIGH},
    "streaming subscription": {"purchase": MEDIUM, "consumption": HIGH, "payment": MEDIUM},
    "infrastructure subscription": {"purchase": HIGH, "consumption": LOW, "payment": HIGH},
}
"""Ratings of the built-in archetypes; a study adds its own in `[archetypes.NAME]` of study.toml."""
