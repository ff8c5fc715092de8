"""From a frame of answers to the numbers that an analysis of drivers uses, by a stated policy for missing ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.answers import effective_n, respondents, survey_weights
from cxlib.errors import ParameterError, require_columns

POLICIES = ("listwise", "pairwise")
"""Whole rows alone; or for each pair of questions all rows that answer both. Never a mean filled in: it would pull
every correlation towards 0, most where most is missing."""

FATES = ("used", "no_outcome", "no_weight", "no_driver", "incomplete")
"""What became of a row, the first that holds from the second on, else used."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DriverAnswers:
    """The answers that are used, and what became of the others.

    Attributes
    ----------
    outcome : str
    drivers : tuple of str
    missing : str, one of `POLICIES`
    scores : array of float, (rows used, drivers + 1)
        The outcome last; NaN where unanswered.
    weight : array of float, (rows used,), above 0
    person : array of int, (rows used,)
        Who answered, 0 to n_customers − 1.
    n_customers : int
    fates : DataFrame, one row per fate of `FATES`
        fate : str
        n_answers : int; they sum to the rows given
    asked : DataFrame, one row per driver
        driver : str
        n_answered, n_outcome : int, people who answered the outcome and the driver, and who answered the outcome
        n_without : int, people who would be used if this driver were left out
    """

    outcome: str
    drivers: tuple[str, ...]
    missing: str
    scores: np.ndarray
    weight: np.ndarray
    person: np.ndarray
    n_customers: int
    fates: pd.DataFrame
    asked: pd.DataFrame

    def __repr__(self) -> str:
        return f"<DriverAnswers: {len(self.scores)} rows of {self.n_customers} people, {self.missing}>"

    @property
    def effective_n(self) -> float:
        """How many people of equal weight tell as much: (Σw)² / Σw² over people."""
        return effective_n(np.bincount(self.person, self.weight, minlength=self.n_customers))


def driver_answers(
    answers: pd.DataFrame, *, outcome: str, drivers: Sequence[str], missing: str = "listwise"
) -> DriverAnswers:
    """The answers that an analysis of drivers uses.

    Parameters
    ----------
    answers : DataFrame, one row per answered form
        Needs the outcome and the drivers, numbers with NA where unanswered; codes for no answer must be NA. Uses
        `survey_weight` (1 where missing; rows of weight 0 are left out) and `customer_id` (rows of one customer are one
        person; a row without one is a person).
    outcome : str
    drivers : sequence of str
    missing : str
        "listwise": rows that answer everything. "pairwise": rows that answer the outcome and any driver.

    Returns
    -------
    DriverAnswers

    Raises
    ------
    MissingColumnError
    ParameterError
        A driver twice or the outcome among them, columns that are no numbers or infinite, a weight that is none, or
        another policy.
    """
    drivers = tuple(drivers)
    _check_names(answers, outcome, drivers)
    if missing not in POLICIES:
        raise ParameterError(f"missing is {missing!r}; allowed: {', '.join(POLICIES)}")
    values = np.column_stack([numbers(answers, name) for name in (*drivers, outcome)])
    weight = survey_weights(answers)
    person, _ = respondents(answers)
    is_answered = ~np.isnan(values)
    has_outcome, has_driver = is_answered[:, -1], is_answered[:, :-1]
    wanted = has_driver.all(axis=1) if missing == "listwise" else has_driver.any(axis=1)
    fate = np.select([~has_outcome, weight == 0, ~has_driver.any(axis=1), ~wanted], range(1, len(FATES)), default=0)
    is_used, counts = fate == 0, has_outcome & (weight > 0)
    n_lacking = (~has_driver).sum(axis=1)
    asked = []
    for place, name in enumerate(drivers):
        others = n_lacking - ~has_driver[:, place]
        kept = others == 0 if missing == "listwise" else others < len(drivers) - 1
        asked.append(
            {
                "driver": name,
                "n_answered": _n_customers(person, counts & has_driver[:, place]),
                "n_outcome": _n_customers(person, counts),
                "n_without": _n_customers(person, counts & kept) if len(drivers) > 1 else 0,
            }
        )
    code, persons = pd.factorize(person[is_used])
    return DriverAnswers(
        outcome=outcome,
        drivers=drivers,
        missing=missing,
        scores=values[is_used],
        weight=weight[is_used],
        person=code,
        n_customers=len(persons),
        fates=pd.DataFrame({"fate": FATES, "n_answers": np.bincount(fate, minlength=len(FATES))}),
        asked=pd.DataFrame(asked),
    )


def _check_names(answers: pd.DataFrame, outcome: str, drivers: tuple[str, ...]) -> None:
    require_columns(answers, [outcome, *drivers], name="answers")
    if not drivers:
        raise ParameterError("drivers is empty: name at least one column of answers that may drive the outcome")
    if outcome in drivers:
        raise ParameterError(f"the outcome {outcome!r} is among its own drivers; leave it out of drivers")
    twice = sorted({name for name in drivers if drivers.count(name) > 1})
    if twice:
        raise ParameterError(f"drivers names {', '.join(map(repr, twice))} more than once; name each driver once")


def numbers(answers: pd.DataFrame, name: str) -> np.ndarray:
    """A column as floats, NaN where unanswered.

    Raises
    ------
    ParameterError
        It holds no numbers, or infinite ones.
    """
    column = answers[name]
    if not pd.api.types.is_numeric_dtype(column.dtype):
        raise ParameterError(
            f"column {name!r} holds {column.dtype}, not numbers; turn its answers into numbers first, "
            "with NA where there is no answer"
        )
    values = column.to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(values).any():
        raise ParameterError(f"column {name!r} holds {int(np.isinf(values).sum())} infinite values; make them NA first")
    return values


def _n_customers(person: np.ndarray, rows: np.ndarray) -> int:
    is_met = np.zeros(person.max(initial=-1) + 1, dtype=bool)
    is_met[person[rows]] = True
    return int(is_met.sum())
