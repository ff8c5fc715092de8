"""The first scene: ten touchpoints, each good, as expected or bad, and the crash cushion when the eleventh fails."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlib.capital.presets import capital_by_preset, signed_experiences
from cxlib.capital.rules import is_number
from cxlib.charts.presets import SIGNS
from cxlib.errors import ParameterError
from cxlib.language import Language

N_TOUCHPOINTS = 10
START_SIGNS = (1, 0, 1, -1, 1, -1, 0, 1, -1, 0)
"""Four good, three bad, three as expected: whether that customer is content hangs on the loss weight."""
CRASH_WEIGHTS = (1, 2, 3, 4, 5)
"""What the eleventh touchpoint may weigh, where each of the ten weighs 1."""


def ten_touchpoints(signs: Sequence[int], *, crash_weight: float = 1) -> pd.DataFrame:
    """The capital after each of ten touchpoints, and after an eleventh that goes wrong, under the three loss weights.

    Parameters
    ----------
    signs : sequence of ten of 1 (good), 0 (as expected), −1 (bad)
    crash_weight : float, 0 to 5
        How much the eleventh weighs, where each of the ten weighs 1.

    Returns
    -------
    DataFrame, one row per preset and touchpoint
        The columns of `capital_by_preset`: preset, loss_weight, occurred_at, touchpoint ("1" to "11"), position,
        kind, amount, capital; and is_crash : bool, the eleventh

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> steps = ten_touchpoints([1, 1, 1, 1, 0, 0, 0, -1, -1, -1])
    >>> steps.loc[steps["position"] == 10, "capital"].tolist()
    [1.0, -2.75, -32.0]
    """
    _check(signs, crash_weight)
    experiences = signed_experiences([*signs, -1])
    experiences["weight"] = np.append(np.ones(N_TOUCHPOINTS), float(crash_weight))
    steps = capital_by_preset(experiences)
    return steps.assign(is_crash=steps["position"] == N_TOUCHPOINTS + 1)


def crash_cushion(signs: Sequence[int], *, crash_weight: float = 1) -> pd.DataFrame:
    """What the ten touchpoints leave to crash into, under the three loss weights.

    Parameters
    ----------
    signs, crash_weight
        As `ten_touchpoints` takes them.

    Returns
    -------
    DataFrame, one row per preset
        preset : str; loss_weight : float
        capital : float, after the ten
        left : float, after the eleventh
        holds : bool, whether there is still a plus on the balance
        n_crashes_held : int, how many such crashes in a row leave a plus; missing where a crash weighs nothing

    Raises
    ------
    ParameterError
    """
    steps = ten_touchpoints(signs, crash_weight=crash_weight)
    crash = steps.loc[steps["is_crash"]].reset_index(drop=True)
    before = crash["capital"] - crash["amount"]
    held = [
        pd.NA if not amount else max(math.ceil(capital / -amount) - 1, 0)
        for capital, amount in zip(before, crash["amount"], strict=True)
    ]
    return pd.DataFrame(
        {
            "preset": crash["preset"],
            "loss_weight": crash["loss_weight"],
            "capital": before,
            "left": crash["capital"],
            "holds": crash["capital"] > 0,
            "n_crashes_held": pd.array(held, dtype="Int64"),
        }
    )


def sign_choices(language: Language) -> list[tuple[int, str, str]]:
    """What each touchpoint may be: its value, how it is marked, and in words; the good first."""
    return [
        (value, SIGNS[kind], language.text(f"workshop.ten_touchpoints.{word}"))
        for value, kind, word in ((1, "gain", "good"), (0, "neutral", "neutral"), (-1, "loss", "bad"))
    ]


def _check(signs: Sequence[int], crash_weight: float) -> None:
    signs = list(signs)
    if len(signs) != N_TOUCHPOINTS:
        raise ParameterError(f"signs has {len(signs)} entries; give one for each of the {N_TOUCHPOINTS} touchpoints")
    wrong = [sign for sign in signs if sign not in (-1, 0, 1)]
    if wrong:
        raise ParameterError(f"signs has {wrong[0]!r}; allowed: 1 (good), 0 (as expected), -1 (bad)")
    if not (is_number(crash_weight) and 0 <= crash_weight <= max(CRASH_WEIGHTS)):
        raise ParameterError(f"crash_weight is {crash_weight!r}; allowed: a number from 0 to {max(CRASH_WEIGHTS)}")
