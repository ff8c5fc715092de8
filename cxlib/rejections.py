"""Rows that failed: where, what stood there, what is allowed, the nearest name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlib.errors import Problem, nearest_name
from cxlib.many_cells import chosen

REJECTED_COLUMNS = {
    "file": "str",
    "row": "int64",
    "column": "str",
    "value": "str",
    "reason": "str",
    "allowed": "str",
    "nearest": "str",
}
MOST_PROBLEMS_PER_KIND = 1000
_MOST_NEAREST_SOUGHT = 200  # finding one is slow, and a wrong column can hold millions of unknown names
_MOST_NAMES_SHOWN = 12


def rejected_frame(**columns: object) -> pd.DataFrame:
    """A frame of failures with the columns and dtypes of `Study.rejected`; without columns, an empty one."""
    n_rows = len(columns["row"]) if columns else 0
    return pd.DataFrame(
        {
            name: pd.Series(columns.get(name), index=range(n_rows), dtype=dtype)
            for name, dtype in REJECTED_COLUMNS.items()
        }
    )


class Failures:
    """Collects the failing cells of one file; `failed` is True for each row that has one."""

    def __init__(self, file: str, rows: pd.Index) -> None:
        self.file = file
        self.rows = rows
        self.failed = np.zeros(len(rows), dtype=bool)
        self._parts: list[pd.DataFrame] = []

    def add(
        self,
        failed: np.ndarray,
        column: str,
        text: pa.ChunkedArray,
        reason: str,
        *,
        allowed: str | None = None,
        names: Iterable[str] | None = None,
    ) -> None:
        """Note the cells of `text` where `failed`; `names` are those among which the nearest is sought."""
        if not failed.any():
            return
        self.failed |= failed
        values = chosen(text, failed).to_pandas().astype("str")
        names = list(names or ())
        if names and allowed is None:
            allowed = ", ".join(names[:_MOST_NAMES_SHOWN]) + (" …" if len(names) > _MOST_NAMES_SHOWN else "")
        nearest = {}
        if names:
            sought = values.dropna().drop_duplicates()[:_MOST_NEAREST_SOUGHT]
            nearest = {value: nearest_name(value, names) for value in sought}
        self._parts.append(
            rejected_frame(
                file=self.file,
                row=self.rows[failed],
                column=column,
                value=values.to_numpy(),
                reason=reason,
                allowed=allowed,
                nearest=values.map(nearest).to_numpy() if nearest else None,
            )
        )

    def add_rows(self, rows: list[int], values: list[str], reasons: list[str], allowed: list[str]) -> None:
        """Note whole rows that are not among `rows` of the table, because they could not be split into cells."""
        if rows:
            self._parts.append(rejected_frame(file=self.file, row=rows, value=values, reason=reasons, allowed=allowed))

    def frame(self) -> pd.DataFrame:
        """All failures, by row, in the order in which they were found."""
        if not self._parts:
            return rejected_frame()
        return pd.concat(self._parts, ignore_index=True).sort_values("row", kind="stable", ignore_index=True)


def rejected_problems(rejected: pd.DataFrame) -> Iterator[Problem]:
    """The failures as problems, at most a thousand of each kind (file, column and reason)."""
    kind = ["file", "column", "reason"]
    first = rejected[rejected.groupby(kind, dropna=False).cumcount() < MOST_PROBLEMS_PER_KIND]
    for record in first.astype(object).where(first.notna(), None).to_dict("records"):
        yield Problem(**record)
