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
_ABBREVIATED = "^(?P<moment>.*[0-9].*?)[ \u00a0\u202f]+(?P<zone>[A-Z]{3,5})$"
_ALLOWED_ZONES = (
    "UTC, -05:00, or a timezone where clocks show the name, such as America/New_York: an option of cx survey and "
    "read_survey, and a key in study.toml"
)
_NO_ABBREVIATIONS = ("UTC", "GMT", "CET", "CEST")
"""Names of one zone each, which every reader of dates here knows."""


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

    Notes
    -----
    EST is the name of several zones: a moment with such a name counts where clocks of `timezone` show that name then.
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
    names = np.full(len(together), "", dtype=object)
    if moments.failed.any():
        bare, names = _without_names_of_zones(together)
        moments = read_moments(bare, zone, order=date_order)
    _refuse_doubt(raw, failures.rows, list(written), together, moments)
    times, in_other_zone = _where_clocks_show(moments.times, names)
    values = times.dt.tz_convert(timezone)
    for place, (position, column) in enumerate(written.items()):
        part = slice(place * n_rows, (place + 1) * n_rows)
        is_open = found.isna().to_numpy()
        heading = raw.header[position]
        failures.add(moments.failed[part] & is_open, heading, column, "is not a date or time", allowed=_ALLOWED)
        for name in sorted(set(names[part][in_other_zone[part] & is_open])):
            elsewhere = in_other_zone[part] & is_open & (names[part] == name)
            reason = f"{name} names no zone for certain, and clocks in {zone.key} do not show it then"
            failures.add(elsewhere, heading, column, reason, allowed=_ALLOWED_ZONES)
        found = found.where(found.notna(), values.iloc[part].reset_index(drop=True))
    return found, moments.order


def _without_names_of_zones(text: pa.ChunkedArray) -> tuple[pa.ChunkedArray, np.ndarray]:
    """The moments without the names of zones behind them, and these names; "" where there is none."""
    found = pc.extract_regex(text, _ABBREVIATED)
    name = pc.struct_field(found, "zone")
    known = pc.is_in(name, value_set=pa.array(_NO_ABBREVIATIONS, name.type))
    has_name = pc.and_(pc.is_valid(name), pc.invert(known))
    if not pc.any(has_name).as_py():
        return text, np.full(len(text), "", dtype=object)
    bare = pc.if_else(has_name, pc.struct_field(found, "moment"), text)
    return bare, pc.if_else(has_name, name, "").to_pandas().to_numpy(dtype=object)


def _where_clocks_show(times: pd.Series, names: np.ndarray) -> tuple[pd.Series, np.ndarray]:
    """The moments at which clocks of their zone show these names, and where they never do.

    In the hour that comes twice when clocks are set back, the name tells which one it is.
    """
    named = (names != "") & times.notna().to_numpy()
    elsewhere = np.zeros(len(times), dtype=bool)
    if not named.any():
        return times, elsewhere
    there, wanted = times[named], names[named]
    wall = there.dt.tz_localize(None)
    shown = np.zeros(len(there), dtype=bool)
    for shift in (pd.Timedelta(0), pd.Timedelta(hours=1), pd.Timedelta(hours=-1)):
        moved = there + shift
        fits = (moved.dt.strftime("%Z") == wanted) & (moved.dt.tz_localize(None) == wall)
        there, shown = there.where(shown | ~fits, moved), shown | fits
    times = times.copy()
    times[named] = there.where(shown)
    elsewhere[named] = ~shown
    return times, elsewhere


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
