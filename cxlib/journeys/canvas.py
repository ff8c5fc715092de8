"""The journey canvas: the steps as a workshop sees them, beside what was measured in their stage."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.archetypes import STAGES
from cxlib.errors import require_columns
from cxlib.journeys.stages import PART_OF, PARTS, check_steps

LISTS = ("actions", "activities", "questions", "barriers", "owners")
"""The columns of the canvas whose cells hold several entries, separated by a semicolon."""

OF_STAGE = ("mean_experience", "low_mean", "high_mean", "n_experiences", "n_customers", "is_measured")


def journey_canvas(journey_steps: pd.DataFrame, journey: pd.DataFrame) -> pd.DataFrame:
    """The steps of the canvas in their order, each with what was measured in its stage.

    Parameters
    ----------
    journey_steps : DataFrame, one row per step
        Needs step, stage; uses position, emotion (−2 to 2), actions, activities, questions, barriers, owners, each
        with entries separated by a semicolon.
    journey : DataFrame, one row per stage
        As `journey` gives it.

    Returns
    -------
    DataFrame, one row per step, by position (those without one last) and then as they stand
        step : str
        stage, part : ordered category
        place : int, 1 for the first step
        actions, activities, questions, barriers, owners : tuple of str, empty where nothing is said
        emotion : float, −2 to 2, as declared; NaN where unknown
        stage_emotion : float, the mean of the emotions declared for the steps of the stage
        mean_experience, low_mean, high_mean : float, −1 to 1, as measured in the stage; NaN where it is not shown
        n_experiences, n_customers : int, its base
        is_measured : bool, whether anything measures the stage
        is_opposite : bool, whether declared and measured point in opposite directions: stage_emotion is over 0 and
            the interval of the mean under it, or the other way round

    Raises
    ------
    MissingColumnError
    ParameterError
        A step without a stage, or of an unknown one.

    Notes
    -----
    What is measured belongs to a stage, not to a step, and is held against the stage's emotions together: one bad
    step in a good stage is no contradiction.
    """
    require_columns(journey_steps, ["step", "stage"], name="journey_steps")
    require_columns(journey, ["stage", *OF_STAGE], name="journey")
    steps = journey_steps.reset_index(drop=True)
    position = steps.get("position", pd.Series(np.nan, steps.index)).astype("float64")
    steps = steps.loc[position.sort_values(kind="stable", na_position="last").index].reset_index(drop=True)
    check_steps(steps, name="journey_steps")
    stage = steps["stage"].astype("str")
    emotion = steps.get("emotion", pd.Series(np.nan, steps.index)).astype("float64")
    of_stage = journey.assign(stage=journey["stage"].astype("str")).set_index("stage")[list(OF_STAGE)]
    measured = of_stage.reindex(stage).reset_index(drop=True)
    of_steps = emotion.groupby(stage).transform("mean")
    is_opposite = ((of_steps > 0) & (measured["high_mean"] < 0)) | ((of_steps < 0) & (measured["low_mean"] > 0))
    canvas = pd.DataFrame(
        {
            "step": steps["step"],
            "stage": pd.Categorical(stage, categories=list(STAGES), ordered=True),
            "part": pd.Categorical(stage.map(PART_OF), categories=list(PARTS), ordered=True),
            "place": np.arange(1, len(steps) + 1),
            **{name: _entries(steps, name) for name in LISTS},
            "emotion": emotion,
            "stage_emotion": of_steps,
        }
    )
    return pd.concat([canvas, measured], axis="columns").assign(is_opposite=is_opposite.astype(bool))


def entries(cell: object) -> tuple[str, ...]:
    """The entries of one cell, which a semicolon separates; none in an empty one.

    >>> entries("Billing; IT;")
    ('Billing', 'IT')
    >>> entries(float("nan"))
    ()
    """
    if not isinstance(cell, str):
        return ()
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _entries(steps: pd.DataFrame, name: str) -> pd.Series:
    if name not in steps:
        return pd.Series([()] * len(steps), index=steps.index, dtype=object)
    return pd.Series([entries(cell) for cell in steps[name]], index=steps.index, dtype=object)
