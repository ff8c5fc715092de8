"""Successive exports of one survey become one: each respondent once, as she answered last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.errors import Problem, RefusedFileError, nearest_name
from cxlib.exports.answers import TidyExport, tidy
from cxlib.exports.layout import Layout
from cxlib.exports.told import shortened
from cxlib.readers import RawTable
from cxlib.repeated_names import kept_apart

COUNTS = ("rows_read", "rows_kept", "rows_rejected", "n_new", "n_changed", "n_unchanged")
_WRITTEN = ("file", "sha256", "encoding", "delimiter", "date_order")
EXPORT_COLUMNS = dict.fromkeys(_WRITTEN, "str") | {"header_row": "Int64"} | dict.fromkeys(COUNTS, "int64")

_ALLOWED = (
    "exports with the time of each answer, or with an id of each respondent in whatever column (--respondent of "
    "cx survey, respondent of read_survey, response_id in [tables.responses.columns]); or one file"
)
_TIME = r"[T ,]\d{1,2}[:.]\d{2}"


@dataclass(frozen=True, kw_only=True)
class Export:
    """One export with its layout; `alongside` as `tidy` takes it."""

    raw: RawTable
    layout: Layout
    alongside: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What successive exports say together: `tidy.respondents` has a column `file` too.

    `exports` has a row for each file, the earliest first; see `cxlib.exports.survey.Survey`. `doubts` as in Layout.
    """

    tidy: TidyExport
    exports: pd.DataFrame
    doubts: tuple[str, ...]


def merge_exports(
    exports: Sequence[Export],
    *,
    layout_of: Callable[[RawTable], Layout],
    timezone: ZoneInfo,
    date_order: str | None = None,
    decimal: str | None = None,
    with_personal: bool,
) -> Merged:
    """One export, or several of the same survey by one reader.

    Parameters
    ----------
    exports : sequence of Export
        At least one.
    layout_of : callable
        The layout of a table by the same reader. All answers that count decide together what is a choice or a scale,
        not the few that the newest export may have.
    timezone, date_order, decimal, with_personal
        As `tidy` takes them.

    Returns
    -------
    Merged

    Raises
    ------
    RefusedFileError
        They are not of the same survey, or nothing tells which rows are of the same respondent.

    Notes
    -----
    The rule stands in `read_survey`. Linear in the cells.
    """
    options = {"timezone": timezone, "date_order": date_order, "decimal": decimal, "with_personal": with_personal}
    found = [tidy(one.raw, one.layout, alongside=one.alongside, **options) for one in exports]
    if len(exports) == 1:
        return _alone(exports[0], found[0])
    order = sorted(range(len(exports)), key=lambda at: (_last_moment(found[at]), exports[at].raw.file))
    newest = exports[order[-1]]
    raws = [_like(exports[at], newest).raw for at in order]
    n_headings = newest.layout.n_header_rows - 1
    parts = []
    for at, raw in zip(order, raws, strict=True):
        is_same = exports[at].raw.header == newest.raw.header and exports[at].layout == newest.layout
        parts.append(found[at] if is_same else tidy(raw, newest.layout, alongside=newest.alongside, **options))
        _refuse_unknown_respondents(raw.file, parts[-1].respondents)
        if not newest.layout.of_role("respondent"):
            _refuse_shared_moments(raw, newest.layout, parts[-1].respondents, timezone)
    rows = pd.concat([part.respondents.assign(file=raw.file) for raw, part in zip(raws, parts, strict=True)])
    rows["export"] = np.repeat(np.arange(len(parts)), [len(part.respondents) for part in parts])
    cells = pa.concat_tables([_rows_of(raw, part.respondents) for raw, part in zip(raws, parts, strict=True)])
    rows = rows.reset_index(drop=True)
    latest, outcomes = _latest(rows, cells, _said(newest), n_exports=len(parts))
    answers = pa.concat_tables([newest.raw.cells.slice(0, n_headings), cells.take(pa.array(latest))])
    numbers = pd.RangeIndex(2, 2 + len(answers))
    whole = replace(newest.raw, cells=answers, rows=numbers, malformed=(), n_blank=0, with_line_breaks=())
    untimed = replace(layout_of(whole), moments=())  # each export's own are read, in its own order of day and month
    together = tidy(whole, untimed, alongside=newest.alongside, **options)
    return Merged(
        tidy=_named_as(together, rows.iloc[latest], parts),
        exports=_table(raws, parts, outcomes),
        doubts=untimed.doubts,
    )


def _alone(export: Export, found: TidyExport) -> Merged:
    n_respondents = len(found.respondents)
    file = pd.Series(export.raw.file, index=found.respondents.index, dtype="str")
    return Merged(
        tidy=replace(found, respondents=found.respondents.assign(file=file)),
        exports=_table([export.raw], [found], [(n_respondents, 0, 0)]),
        doubts=export.layout.doubts,
    )


def _last_moment(found: TidyExport) -> pd.Timestamp:
    """NaT has no order: what tells no time comes first."""
    last = found.respondents["answered_at"].max()
    return pd.Timestamp.min.tz_localize("UTC") if pd.isna(last) else last


def _keys(export: Export) -> list[str]:
    """What tells the columns apart whatever others stand between them: the heading, and where several have the same
    (each option of a question, in some tools), what stands below it."""
    header, keys = [], []
    for name in export.raw.header:
        header.append(name or (header[-1] if header else ""))
    has_texts = export.layout.n_header_rows > 1 and len(export.raw.cells)
    texts = [column[0].as_py() or "" for column in export.raw.cells.columns] if has_texts else [""] * len(header)
    n_times = Counter(header)
    for name, text in zip(header, texts, strict=True):
        keys.append(name if n_times[name] == 1 else f"{name} {text}".strip())
    return kept_apart(keys)


def _like(export: Export, newest: Export) -> Export:
    """The export with the columns of the newest one, those that it did not have yet empty."""
    has_same_headings = export.layout.n_header_rows == newest.layout.n_header_rows
    if has_same_headings and export.raw.header == newest.raw.header:
        return export
    own, all_keys = _keys(export), _keys(newest)
    known = set(all_keys)
    places = dict(zip(own, range(len(own)), strict=True))
    needed = [
        key
        for key, column in zip(own, export.layout.columns, strict=True)
        if column.role in ("question", "option", "respondent", "moment")
    ]
    gone = [key for key in needed if key not in known]
    if gone or not has_same_headings:
        new = [key for key in all_keys if key not in places]
        raise RefusedFileError(
            Problem(
                file=newest.raw.file,
                column=shortened(gone, most=5) or None,
                reason=f"is not of the same survey as {export.raw.file}: {_differences(gone, new)}",
                allowed="successive exports of one survey with the same settings; a later one may have more questions",
                nearest=nearest_name(gone[0], new) if gone else None,
            )
        )
    nothing = pa.chunked_array([pa.nulls(len(export.raw.cells), export.raw.cells.column(0).type)])
    columns = [export.raw.cells.column(places[key]) if key in places else nothing for key in all_keys]
    cells = pa.table(columns, names=newest.raw.cells.column_names)
    return replace(export, raw=replace(export.raw, header=newest.raw.header, cells=cells))


def _differences(gone: Sequence[str], new: Sequence[str]) -> str:
    if not gone:
        return "its headings have another number of rows"
    more = f", and has {shortened(new, most=5)}" if new else ""
    return f"it lacks {shortened(gone, most=5)}{more}"


def _refuse_unknown_respondents(file: str, respondents: pd.DataFrame) -> None:
    """A row that is known by its number alone is another respondent's in the next export."""
    by_row = respondents["respondent"] == "row " + respondents["source_row"].astype("str")
    if by_row.any():
        raise RefusedFileError(
            Problem(
                file=file,
                row=int(respondents.loc[by_row, "source_row"].iloc[0]),
                reason="nothing tells who answered here, so that successive exports cannot be told apart",
                allowed=_ALLOWED,
            )
        )


def _refuse_shared_moments(raw: RawTable, layout: Layout, respondents: pd.DataFrame, timezone: ZoneInfo) -> None:
    """Where the moment alone tells who answered, two who share it would change places in the next export."""
    moments = respondents["answered_at"]
    is_shared = moments.duplicated(keep=False).to_numpy()
    zone = ZoneInfo(layout.timezone) if layout.timezone else timezone
    local = moments.dt.tz_convert(zone)
    is_day = (local == local.dt.normalize()).to_numpy()
    written = _written_moments(raw, layout, respondents)
    if not is_day.all():  # somebody may have answered at midnight
        is_day = is_day & ~pc.fill_null(pc.match_substring_regex(written, _TIME), False).to_numpy()
    found = np.flatnonzero(is_shared | is_day)
    if not len(found):
        return
    at = int(found[0])
    reason = "is only a day" if is_day[at] else "is the moment of more than one answer"
    raise RefusedFileError(
        Problem(
            file=raw.file,
            row=int(respondents["source_row"].iloc[at]),
            column=raw.header[layout.moments[0]],
            value=written[at].as_py(),
            reason=f"{reason}, and nothing else tells who answered, so that successive exports cannot be told apart",
            allowed=_ALLOWED,
        )
    )


def _written_moments(raw: RawTable, layout: Layout, respondents: pd.DataFrame) -> pa.ChunkedArray:
    """The first moment of each row that is filled in, as it stands there."""
    cells = _rows_of(raw, respondents)
    return pc.coalesce(*(cells.column(position) for position in layout.moments))


def _rows_of(raw: RawTable, respondents: pd.DataFrame) -> pa.Table:
    """The cells of the rows that are kept, in the respondents' order."""
    return raw.cells.take(pa.array(np.searchsorted(raw.rows, respondents["source_row"].to_numpy())))


def _said(export: Export) -> list[int]:
    """Where the columns lie in which a respondent says something."""
    said = {column.position for column in export.layout.columns if column.role in ("question", "option", "finished")}
    return sorted(said | set(export.alongside.values()))


def _latest(
    rows: pd.DataFrame, cells: pa.Table, said: Sequence[int], *, n_exports: int
) -> tuple[np.ndarray, list[tuple[int, int, int]]]:
    """Which row counts of each respondent, by her first one, and of each export how many are new, changed, unchanged.

    Parameters
    ----------
    rows : DataFrame, one row per row of `cells`
        respondent, answered_at, export; the earliest export first.
    cells : pa.Table
    said : sequence of int
        The columns that are compared.
    n_exports : int
    """
    state = pd.Series(dtype="int64")
    moments = rows["answered_at"]
    outcomes = []
    for number in range(n_exports):
        part = rows.loc[rows["export"] == number]
        here = pd.Series(part.index.to_numpy(), index=part["respondent"].to_numpy())
        there = state.reindex(here.index)
        is_known = there.notna().to_numpy()
        before, now = there[is_known].astype("int64").to_numpy(), here[is_known].to_numpy()
        then, later = moments.iloc[before].array, moments.iloc[now].array
        # a moment that is missing is neither earlier nor later: then the later export counts
        is_earlier = np.asarray(later < then, dtype=bool)
        # the moments are compared, not their text: one that went through Excel is written 7:05:00
        is_moment = np.asarray(later == then, dtype=bool) | np.asarray(later.isna() & then.isna(), dtype=bool)
        is_changed = ~is_earlier & ~(is_moment & _alike(cells, before, now, said))
        changed = here[is_known][is_changed]
        state.loc[changed.index] = changed
        state = pd.concat([state, here[~is_known]])
        outcomes.append((int((~is_known).sum()), len(changed), int((~is_changed).sum())))
    return state.to_numpy(dtype="int64"), outcomes


def _alike(cells: pa.Table, before: np.ndarray, now: np.ndarray, said: Sequence[int]) -> np.ndarray:
    same = np.ones(len(before), dtype=bool)
    for position in said:
        one, other = (pc.fill_null(cells.column(position).take(pa.array(at)), "") for at in (before, now))
        same &= pc.equal(one, other).to_numpy()
    return same


def _named_as(together: TidyExport, latest: pd.DataFrame, parts: Sequence[TidyExport]) -> TidyExport:
    """The merged export with the name, moment, file and row of the export that each respondent's answers come from."""
    places = dict(zip(together.respondents["respondent"], range(len(latest)), strict=True))
    at = together.answers["respondent"].map(places).astype("int64").to_numpy()
    not_asked = together.not_asked["respondent"].map(places).astype("int64").to_numpy()
    own = {name: latest[name].array for name in ("respondent", "answered_at", "source_row", "file")}
    kinds = {"respondent": "str", "file": "str"}
    return replace(
        together,
        respondents=together.respondents.assign(**own).astype(kinds),
        answers=together.answers.assign(respondent=own["respondent"][at], answered_at=own["answered_at"][at]),
        not_asked=together.not_asked.assign(respondent=own["respondent"][not_asked]),
        rejected=pd.concat([part.rejected for part in parts], ignore_index=True),
        n_read=sum(part.n_read for part in parts),
        n_rejected=sum(part.n_rejected for part in parts),
    )


def _table(
    raws: Sequence[RawTable], parts: Sequence[TidyExport], outcomes: Sequence[tuple[int, int, int]]
) -> pd.DataFrame:
    rows = []
    for raw, part, outcome in zip(raws, parts, outcomes, strict=True):
        n_kept = part.n_read - part.n_rejected
        header_row = None if raw.encoding is None else raw.header_row  # a Parquet file has none
        found_in = (raw.file, raw.sha256, raw.encoding, raw.delimiter, part.date_order, header_row)
        rows.append((*found_in, part.n_read, n_kept, part.n_rejected, *outcome))
    return pd.DataFrame(rows, columns=list(EXPORT_COLUMNS)).astype(EXPORT_COLUMNS)
