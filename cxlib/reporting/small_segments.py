"""Segments that have no report of their own: too few are in them, or too few are left when it is taken from the whole.

Whether a segment has a report hangs on the study alone, and not on which reports are asked for together: reports that
were made on different days can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from cxlib.errors import ParameterError

if TYPE_CHECKING:
    from cxlib.reporting.definition import Definition
    from cxlib.study import Study

SMALLEST_BASE = "smallest_base"
"""The parameter by which a definition says that its report keeps groups of few to itself."""


def declared_base(definition: Definition, parameters: Mapping[str, object] | None = None) -> float | None:
    """The smallest base that the report goes by; None where its definition declares no such parameter."""
    values = definition.read(parameters or {})[0]
    return values.get(SMALLEST_BASE)


def unreported_segments(study: Study, period: pd.Period, *, smallest_base: float | None) -> dict[str, str]:
    """The segments that have no report of their own in a period, each with the reason.

    Parameters
    ----------
    study : Study
    period : Period
        Counted are those who were known when it ended.
    smallest_base : float or None
        None: every segment may have one.

    Returns
    -------
    dict of segment to str
        Where the customers of all hidden segments, and those of none, are too few together, the smallest segment that
        is left has no report either, until they are enough.
    """
    if smallest_base is None:
        return {}
    from cxlib.confidentiality import suppress_derivable

    known = study.as_of((period + 1).to_timestamp())
    customers = known.customers.set_index("customer_id")["segment"]
    ids = pd.concat([known.customers["customer_id"], known.events["customer_id"], known.responses["customer_id"]])
    segments = pd.Series(ids.unique()).map(customers).astype("object")  # of nobody who is not listed is one known
    counts = segments.value_counts(dropna=False).rename_axis("segment").reset_index(name="n_customers")
    counts = counts.sort_values(["n_customers", "segment"], ascending=[False, True], ignore_index=True)
    # those without a segment have no report: they are no part that could be shown, and are few or many all the same
    has_none = counts["segment"].isna()
    left = int(counts.loc[has_none, "n_customers"].sum())
    counts = counts.loc[~has_none].assign(is_shown=True)
    if 0 < left < smallest_base:
        counts = pd.concat([counts, pd.DataFrame({"segment": [None], "n_customers": [left], "is_shown": [True]})])
    shown = suppress_derivable(
        counts.reset_index(drop=True), base="n_customers", columns=["is_shown"], smallest_base=smallest_base
    )
    hidden = shown.loc[shown["is_shown"].isna() & shown["segment"].notna()]
    return {
        row.segment: f"it has {row.n_customers} customers, and no figure on fewer than {smallest_base:g} is shown"
        if row.n_customers < smallest_base
        else f"the reports of all customers and of the other segments would, less its own, tell of fewer than "
        f"{smallest_base:g} customers"
        for row in hidden.itertuples()
    }


def refuse_small_segment(study: Study, period: pd.Period, segment: str, *, smallest_base: float | None) -> None:
    """Refuse the report of a segment that has none of its own.

    Raises
    ------
    ParameterError
    """
    reason = unreported_segments(study, period, smallest_base=smallest_base).get(segment)
    if reason is not None:
        raise ParameterError(
            f"segment: {segment!r} has no report of its own: {reason}; put it together with another segment in the "
            "study, or report the whole"
        )
