"""When each row of an export was answered."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cxlib import cells
from cxlib.errors import Problem, RefusedFileError
from cxlib.exports.layout import Layout
from cxlib.moments import Moments, read_moments
from cxlib.readers import RawTable
from cxlib.rejections import Failures

_ALLOWED = "2026-10-03 14:05:00"


def answered_at(
    raw: RawTable, layout: Layout, text: pa.Table, failures: Failures, *, timezone: ZoneInfo, date_order: str | None
) -> tuple[pd.Series, str | None]:
    """When each row was answered, and in which order day and month are written.

    The first of the layout's moments that is filled in counts; without any it is NaT. The order is None where nothing
    shows it and nothing needs it.

    Parameters
    ----------
    raw : RawTable
    layout : Layout
    text : Table
        The rows under the headings.
    failures : Failures
        Takes the cells that are no moments.
    timezone : ZoneInfo
        Of the result, and of moments that say no other.
    date_order : "dmy", "mdy", "ymd" or None
        None: as the moments show it. A tool writes all its moments in one order, so one of them tells it for all.

    Raises
    ------
    RefusedFileError
        Nothing tells whether the day or the month comes first.
    """
    n_rows = len(text)
    found = pd.Series(pd.NaT, index=range(n_rows), dtype=pd.DatetimeTZDtype("us", timezone))
    written = {position: _written(layout, text.column(position)) for position in layout.moments}
    written = {position: column for position, column in written.items() if column.null_count < n_rows}
    if not written:
        return found, None
    together = pa.chunked_array([chunk for column in written.values() for chunk in column.chunks], pa.large_string())
    zone = ZoneInfo(layout.timezone) if layout.timezone else timezone
    moments = read_moments(together, zone, order=date_order)
    _refuse_doubt(raw, failures.rows, list(written), together, moments)
    values = moments.times.dt.tz_convert(timezone)
    for place, (position, column) in enumerate(written.items()):
        part = slice(place * n_rows, (place + 1) * n_rows)
        failed = moments.failed[part] & found.isna().to_numpy()
        failures.add(failed, raw.header[position], column, "is not a date or time", allowed=_ALLOWED)
        found = found.where(found.notna(), values.iloc[part].reset_index(drop=True))
    return found, moments.order


def _written(layout: Layout, column: pa.ChunkedArray) -> pa.ChunkedArray:
    written = cells.trimmed(column)
    if not layout.no_moments:
        return written
    is_none = pc.is_in(written, value_set=pa.array(sorted(layout.no_moments), written.type))
    return pc.if_else(is_none, None, written)


def _refuse_doubt(
    raw: RawTable, rows: np.ndarray, positions: list[int], together: pa.ChunkedArray, moments: Moments
) -> None:
    at = moments.undecided
    reason = "nothing in this file tells whether the day or the month comes first"
    if moments.against is not None:
        other, at = moments.against
        row = rows[other % len(rows)]
        reason = f"cannot be in the same order of day and month as {together[other].as_py()!r} in row {row}"
    if at is None:
        return
    value = together[at].as_py()
    orders = '"dmy" or "mdy"' if re.search(r"\d{4}", value) else '"dmy" or "mdy" or "ymd"'
    raise RefusedFileError(
        Problem(
            file=raw.file,
            row=int(rows[at % len(rows)]),
            column=raw.header[positions[at // len(rows)]],
            value=value,
            reason=reason,
            allowed=f"date_order {orders} (day d, month m, year y): an option of cx survey, of read_survey, and a key "
            "in [tables.responses] of study.toml",
        )
    )
