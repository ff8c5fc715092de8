"""Of which kind a question is, by what was answered."""

from __future__ import annotations

import pandas as pd

KINDS = ("choice", "several choices", "scale", "open text")

MOST_CHOICES = 40
"""More different answers than this were written, not chosen."""

FEWEST_PER_CHOICE = 2
"""Where answers repeat less often than this on average, they were written, not chosen."""


def kind_of(answers: pd.Series, numbers: pd.Series) -> str:
    """Of which kind a question with one answer each is.

    Parameters
    ----------
    answers : Series of str, one per answer, none empty
    numbers : Series of float
        The same answers as numbers, NaN where one is none.

    Returns
    -------
    str, one of KINDS but "several choices"
        "scale" where all are numbers: which scale it is, the study says, not the range that happens to be seen.
    """
    if answers.empty:
        return "open text"
    if numbers.notna().all():
        return "scale"
    n_different = answers.nunique()
    repeats = len(answers) >= FEWEST_PER_CHOICE * n_different
    return "choice" if n_different and n_different <= MOST_CHOICES and repeats else "open text"
