"""Studies with a known truth: the data are generated, so that what a method finds can be held against it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.months import customer_months
from cxlib.errors import ParameterError
from cxlib.experience import experiences
from cxlib.simulate.calendar import Calendar
from cxlib.simulate.catalogue import SegmentTruth, TouchpointTruth
from cxlib.simulate.settings import settings_text
from cxlib.simulate.tables import tables_of
from cxlib.simulate.truth import AnswerTruth, ChurnTruth, IncidentTruth, Truth
from cxlib.simulate.world import World, add_recommendations, draw_leaving, draw_world, without_leavers
from cxlib.simulate.writing import refuse_foreign_folder, toml_of, write_study, write_tables
from cxlib.study import load_study

__all__ = [
    "AnswerTruth",
    "ChurnTruth",
    "IncidentTruth",
    "SegmentTruth",
    "TouchpointTruth",
    "Truth",
    "simulate_study",
]

DEFAULT_SEED = 20261031
STUDY_NAME = "Vinterlind Elhandel"
"""An invented firm."""


def simulate_study(
    folder: str | Path,
    *,
    customers: int = 2000,
    months: int = 24,
    last_month: str = "2026-10",
    seed: int = DEFAULT_SEED,
    truth: Truth | None = None,
) -> Path:
    """Generate a study of a fictional Swedish electricity retailer whose truth is known, and write it.

    Parameters
    ----------
    folder : path
        Where the study is put: six CSV files, ``study.toml`` and ``truth.toml``. An earlier generated study
        there is replaced; a folder with anything else in it is refused.
    customers : int, > 0
        How many customers join over the whole time.
    months : int, > 1
        Length of the study.
    last_month : str, ``YYYY-MM``
    seed : int, >= 0
        The same seed and truth give the same bytes.
    truth : Truth, optional
        Default Truth(): the bundled study's.

    Returns
    -------
    Path of the folder

    Raises
    ------
    ParameterError

    Notes
    -----
    First everything is drawn as if nobody left. Capital is then computed by cxlib's own model (`experiences`,
    `capital_ledger`, `customer_months`) under `truth.rules`; leaving in a month is drawn from the capital at the
    end of the month before; then what came after leaving is taken away. What is taken away lies after the
    capital that it was drawn from, so that the truth holds exactly in what is left.

    Memory and time are linear in customers × months; the bundled study takes a few seconds.
    """
    for name, value, least in (("customers", customers, 1), ("months", months, 2), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ParameterError(f"{name} must be a whole number of at least {least}, found {value!r}")
    folder, truth = Path(folder), truth or Truth()
    calendar = Calendar.ending(last_month, months)
    refuse_foreign_folder(folder)

    settings = settings_text(name=STUDY_NAME, months=months, first_month=str(calendar.first))
    world = draw_world(seed, truth, calendar, customers)
    capital = _capital_at_month_ends(world, settings)
    left_on = draw_leaving(seed, world, capital)
    world = without_leavers(add_recommendations(seed, world, capital), left_on)

    head = (
        "# The truth of this generated study: what its data were drawn from (the classes in cxlib.simulate\n"
        "# explain every number). Made by: "
        f"simulate_study(customers={customers}, months={months}, last_month={last_month!r}, seed={seed})\n\n"
    )
    write_study(folder, tables_of(world), settings, head + toml_of(truth) + "\n")
    return folder


def _capital_at_month_ends(world: World, settings: str) -> np.ndarray:
    """Capital by the model itself, customers × months; the opening where a customer has no experience yet.

    The tables take the way through files and `load_study`, so that the model sees exactly what a user's would.
    """
    rules, calendar, customer_id = world.truth.rules, world.calendar, world.population.customer_id
    with tempfile.TemporaryDirectory() as aside:
        write_tables(Path(aside), tables_of(world), settings)
        study = load_study(aside)
    ledger = capital_ledger(experiences(study, rules), rules, study.cases)
    balances = customer_months(ledger, rules, until=str(calendar.last))
    capital = np.full((len(customer_id), calendar.months), float(rules.opening))
    rows = np.searchsorted(customer_id, balances["customer_id"].to_numpy(dtype=str))
    columns = calendar.month_of(balances["month"].to_numpy().astype("datetime64[D]"))
    capital[rows, columns] = balances["capital"]
    return capital
