"""Windows of months shown of the same touchpoint: what they would tell, one less another, of the months that are left.

The sum of three months less two of them is the third, and may rest on few though each window rests on enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pandas as pd

from cxlib.answers import people_of
from cxlib.capital.months import month_starts
from cxlib.confidentiality import check_smallest_base
from cxlib.confidentiality.audit import derivable_groups
from cxlib.errors import require_columns

Window = tuple[pd.Period, pd.Period]
"""The first month and the last."""


def people_at(touchpoints: pd.Series, experiences: pd.DataFrame) -> list[frozenset]:
    """The customers of the experiences at each of these touchpoints."""
    met = people_of(experiences["customer_id"], experiences["touchpoint"])
    return [met.get(touchpoint, frozenset()) for touchpoint in touchpoints]


def shown_windows(period: pd.Period, *, recent_months: int, choice_months: int) -> dict[str, Window]:
    """The windows in which a month's report shows touchpoints, the one that is missed most first."""
    return {
        "recent": (period - (recent_months - 1), period),
        "choice": (period - (choice_months - 1), period),
        "period": (period, period),
        "previous": (period - 1, period - 1),
    }


def telling_windows(
    experiences: pd.DataFrame, windows: Mapping[str, Window], *, smallest_base: int
) -> dict[str, set[str]]:
    """The touchpoints of which a window is not to be shown beside the windows before it.

    Parameters
    ----------
    experiences : DataFrame, one row per measured experience
        Needs customer_id, occurred_at, touchpoint.
    windows : mapping of a name to the first and the last month
        The one that is missed most first: where two tell of few together, the later one is withheld.
    smallest_base : int, >= 1

    Returns
    -------
    dict of a window's name to the names of touchpoints
        Those with fewer customers in the window than `smallest_base` are among them.

    Raises
    ------
    MissingColumnError, ParameterError
    """
    require_columns(experiences, ["customer_id", "occurred_at", "touchpoint"], name="experiences")
    check_smallest_base(smallest_base)
    edges = sorted({edge for first, last in windows.values() for edge in (first, last + 1)})
    # between two neighbouring edges no window begins or ends: one cell of the audit
    blocks = [(start, end - 1) for start, end in pairwise(edges)]
    totals = pd.DataFrame(
        [[float(first <= start and end <= last) for start, end in blocks] for first, last in windows.values()],
        index=list(windows),
    )
    starts = month_starts(experiences["occurred_at"])
    block = pd.Series(-1, experiences.index)
    for place, (start, end) in enumerate(blocks):
        block[starts.between(start.to_timestamp(), end.to_timestamp())] = place
    telling: dict[str, set[str]] = {name: set() for name in windows}
    for touchpoint, rows in experiences.assign(block=block).groupby("touchpoint", observed=True):
        customers = people_of(rows["customer_id"], rows["block"])
        cells = pd.DataFrame({"customers": [customers.get(place, frozenset()) for place in totals.columns]})
        shown: list[str] = []
        for name in windows:
            told = derivable_groups(cells, totals.loc[[*shown, name]], base="customers", smallest_base=smallest_base)
            if told.empty:
                shown.append(name)
            else:
                telling[name].add(touchpoint)
    return telling
