"""A study: its validated tables, what was refused, where everything came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from cxlib.contract import TABLES, Table, empty_frame
from cxlib.errors import ParameterError, Problem, RefusedFileError, StudyError, hint, nearest_name
from cxlib.exports.mapped import read_mapped
from cxlib.exports.survey import export_files
from cxlib.readers import RawTable, files_in, folders_in, is_file, is_folder, leads_outside, read_query, read_table
from cxlib.rejected_rows import joined_rows
from cxlib.rejections import rejected_frame, rejected_problems
from cxlib.settings import STUDY_FILE, Settings, read_settings
from cxlib.settings_checks import TableSource
from cxlib.typed_rows import TypedTable, find_columns, type_rows

ENDINGS = (".csv", ".csv.gz", ".parquet")

SOURCE_COLUMNS = {
    "table": "str",
    "file": "str",
    "sha256": "str",
    "encoding": "str",
    "delimiter": "str",
    "decimal": "str",
    "date_order": "str",
    "header_row": "Int64",
    "rows_read": "int64",
    "rows_kept": "int64",
    "rows_rejected": "int64",
    "rows_blank": "int64",
    "columns_ignored": "str",
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Study:
    """The validated tables of a study. The frames are not to be changed in place.

    Parameters
    ----------
    customers, touchpoints, events, responses, cases, journey_steps : DataFrame
        The columns of `cxlib.contract.TABLES`; the index `source_row` is the spreadsheet row (header = 1), and of
        answers that a survey export holds their number, from 2. A table that the study does not have is empty.
    rejected : DataFrame, one row per failing cell
        file, row, column, value, reason, allowed, nearest.
    rejected_rows : DataFrame, one row per refused row
        Each whole: rejected_table, rejected_file, rejected_row, rejected_reasons, rejected_record (the text, where it
        cannot be split into cells), then every column of the files that rows were refused of, as text under its own
        name.
    sources : DataFrame, one row per file
        table, file, sha256; how it was written: encoding, delimiter, decimal, date_order (dmy, mdy or ymd; NA where no
        date tells), header_row (the spreadsheet's; NA where the source is no text); rows_read (= rows_kept +
        rows_rejected), rows_kept, rows_rejected, rows_blank (records without any value, not among rows_read),
        columns_ignored. Of a survey export the rows are answers to the questions of its map, rows_blank those that were
        not put; in successive exports each counts where it was first read.
    settings : Settings
    """

    customers: pd.DataFrame
    touchpoints: pd.DataFrame
    events: pd.DataFrame
    responses: pd.DataFrame
    cases: pd.DataFrame
    journey_steps: pd.DataFrame
    rejected: pd.DataFrame
    rejected_rows: pd.DataFrame
    sources: pd.DataFrame
    settings: Settings

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(getattr(self, name)):,} {name}" for name in TABLES if len(getattr(self, name)))
        refused = int(self.sources["rows_rejected"].sum())
        return f"Study({self.settings.name!r}: {counts or 'no rows'}; {refused:,} rows rejected)"

    def as_of(self, moment) -> Study:
        """The study as it was known at a moment.

        Events, answers and cases from the moment on are left out, as are customers who join then; a case resolved
        or told of later is open again, a customer who churns later is a customer again. `rejected`, `rejected_rows` and
        `sources` are about the files and stay.

        Parameters
        ----------
        moment : str, datetime or Timestamp
            Without an offset it is local to the study's timezone.

        Raises
        ------
        ParameterError
        """
        moment = self._moment(moment)
        today = moment.tz_localize(None)
        customers = self.customers
        customers = customers[~(customers["joined_on"] >= today)]  # an unknown day of joining stays
        churned = customers["churned_on"]
        cases = self.cases[self.cases["opened_at"] < moment]
        closing = {name: cases[name].where(cases[name] < moment) for name in ("resolved_at", "customer_informed_at")}
        return replace(
            self,
            customers=customers.assign(churned_on=churned.where(churned < today)),
            events=self.events[self.events["occurred_at"] < moment],
            responses=self.responses[self.responses["answered_at"] < moment],
            cases=cases.assign(**closing),
        )

    def _moment(self, moment) -> pd.Timestamp:
        try:
            stamp = pd.Timestamp(moment)
        except (ValueError, TypeError) as error:
            raise ParameterError(f"as_of takes a date or a time such as 2026-11-01, not {moment!r}") from error
        if pd.isna(stamp):
            raise ParameterError("as_of takes a date or a time such as 2026-11-01, not an empty one")
        if stamp.tz is None:
            return stamp.tz_localize(self.settings.zone, ambiguous=True, nonexistent="shift_forward")
        return stamp.tz_convert(self.settings.zone)

    def segment(self, name: str) -> Study:
        """The study of the customers in one segment, with their events, answers and cases.

        Raises
        ------
        ParameterError
            No customer is in a segment of that name.
        """
        segments = sorted(self.customers["segment"].dropna().unique())
        if name not in segments:
            shown = ", ".join(map(repr, segments)) or "none: the study's customers have no segments"
            raise ParameterError(f"unknown segment {name!r}; allowed: {shown}{hint(name, segments)}")
        customers = self.customers[self.customers["segment"] == name]
        of_segment = {
            table: frame[frame["customer_id"].isin(customers["customer_id"])]
            for table, frame in (("events", self.events), ("responses", self.responses), ("cases", self.cases))
        }
        return replace(self, customers=customers, **of_segment)


def load_study(path: str | Path, data_dir: str | Path | None = None) -> Study:
    """Read a study's folder: study.toml and the tables.

    Parameters
    ----------
    path : str or Path
        The folder, or the study.toml in it.
    data_dir : str or Path, optional
        Where the table files lie when not beside study.toml. A file that is not there is looked for beside
        study.toml; SQL statements always lie there.

    Returns
    -------
    Study

    Raises
    ------
    StudyError
        Lists everything that is wrong with the settings and with all tables and, where more than the allowed share
        of a file's rows failed, the rejected cells.
    """
    path = Path(path)
    folder = path.parent if path.name == STUDY_FILE else path
    folders = [folder] if data_dir is None else [Path(data_dir), folder]
    absent = [given for given in folders if not is_folder(given)]
    if absent:
        raise StudyError(str(folder), [_no_folder(given) for given in absent])
    settings, problems = read_settings(folder / STUDY_FILE)
    if settings is None:
        raise StudyError(str(folder), problems)
    loading = _Loading(settings, folders, problems)
    for table in TABLES.values():
        loading.read(table)
    return loading.finish(str(folder))


def _no_folder(folder: Path) -> Problem:
    if is_file(folder):
        return Problem(file=str(folder), reason="is a file, not a folder")
    return Problem(
        file=str(folder),
        reason="the folder is not there",
        nearest=nearest_name(folder.name, folders_in(folder.parent)),
    )


class _Loading:
    """What load_study has gathered so far."""

    def __init__(self, settings: Settings, folders: list[Path], problems: list[Problem]) -> None:
        self.settings = settings
        self.folders = folders
        self.problems = problems
        self.typed: dict[str, TypedTable] = {}
        self.sources: list[dict] = []
        self.known: dict[str, tuple[str, ...]] = {}
        self.n_named = 0  # tables that have a file, even a faulty one

    def read(self, table: Table) -> None:
        source = self.settings.tables.get(table.name, TableSource())
        raws = self._raws(table, source)
        if not raws:
            return
        if source.survey is not None:
            self._read_survey(raws, source)
            return
        raw = raws[0]
        places, problems = find_columns(raw, table, source.columns)
        if problems:
            self.problems += problems
            return
        try:
            typed = type_rows(raw, table, places, source=source, settings=self.settings, known=self.known)
        except RefusedFileError as error:
            self.problems.append(error.problem)
            return
        self.typed[table.name] = typed
        if table.name == "touchpoints" and len(typed.frame):
            self.known["touchpoints"] = tuple(typed.frame["touchpoint"])
            self._check_touchpoint_scales()
        self.sources.append(
            {
                "table": table.name,
                "file": raw.file,
                "sha256": raw.sha256,
                "encoding": raw.encoding,
                "delimiter": raw.delimiter,
                "decimal": typed.decimal,
                "date_order": typed.date_order,
                "header_row": None if raw.encoding is None else raw.header_row,
                "rows_read": typed.n_read,
                "rows_kept": len(typed.frame),
                "rows_rejected": typed.n_rejected,
                "rows_blank": raw.n_blank,
                "columns_ignored": typed.columns_ignored or None,
            }
        )

    def _read_survey(self, raws: list[RawTable], source: TableSource) -> None:
        try:
            mapped, problems = read_mapped(raws, source, self.settings, self.known)
        except RefusedFileError as error:
            self.problems.append(error.problem)
            return
        self.problems += problems
        if mapped is not None:
            self.typed["responses"] = mapped.typed
            self.sources += mapped.sources

    def _raws(self, table: Table, source: TableSource) -> list[RawTable]:
        """The table's file; of a survey export all files of a folder; nothing where there is none, which is told."""
        name = source.sql or source.file or self._own_name(table)
        if name is None:
            return []
        if table.name in ("events", "responses"):
            self.n_named += 1
        # The statement belongs to the study; only what it reads may lie in data_dir.
        folders = self.folders[-1:] if source.sql else self.folders
        is_there = is_file if source.survey is None or source.sql else (lambda path: is_file(path) or is_folder(path))
        found = next((folder / name for folder in folders if is_there(folder / name)), None)
        if found is None:
            near = nearest_name(name, [there for folder in folders for there in files_in(folder)])
            self.problems.append(Problem(file=name, reason=f"the file for {table.name} is not there", nearest=near))
            return []
        try:
            if not source.sql:
                return [self._table(path, found, name, source) for path in export_files(found, shown=name)]
            self._refuse_link(found, name)
            return [read_query(found, folders=self.folders, file=name)]
        except RefusedFileError as error:
            self.problems.append(error.problem)
            return []

    def _table(self, path: Path, found: Path, name: str, source: TableSource) -> RawTable:
        """One file, or one of those in the folder that study.toml names."""
        shown = name if path == found else f"{name.rstrip('/')}/{path.name}"
        self._refuse_link(path, shown)
        written = {"encoding": source.encoding, "delimiter": source.delimiter, "header_row": source.header_row}
        return read_table(path, file=shown, **written)

    def _refuse_link(self, path: Path, name: str) -> None:
        if leads_outside(path, self.folders):
            reason = "is a link that points outside the study's folder"
            raise RefusedFileError(Problem(file=name, reason=reason, allowed="a file in the folder or below it"))

    def _own_name(self, table: Table) -> str | None:
        for folder in self.folders:
            there = [table.name + ending for ending in ENDINGS if is_file(folder / (table.name + ending))]
            if len(there) > 1:
                allowed = f'[tables.{table.name}] file = "{there[0]}" in {STUDY_FILE}'
                reason = f"more than one file could be {table.name}"
                self.problems.append(Problem(file=", ".join(there), reason=reason, allowed=allowed))
                if table.name in ("events", "responses"):
                    self.n_named += 1
                return None
            if there:
                return there[0]
        return None

    def _check_touchpoint_scales(self) -> None:
        names = self.known["touchpoints"]
        for touchpoint in self.settings.touchpoint_scales:
            if touchpoint not in names:
                self.problems.append(
                    Problem(
                        file=STUDY_FILE,
                        column="tables.events.scales",
                        reason="unknown touchpoint",
                        value=touchpoint,
                        allowed=", ".join(names),
                        nearest=nearest_name(touchpoint, names),
                    )
                )

    def _check_touchpoints_are_there(self) -> None:
        """A table of touchpoints without a good row would let every name pass."""
        touchpoints = self.typed.get("touchpoints")
        if touchpoints is None or len(touchpoints.frame):
            return
        named_in = [
            name
            for name, typed in self.typed.items()
            if TABLES[name].refers_to("touchpoints") and typed.frame["touchpoint"].notna().any()
        ]
        if named_in:
            file = next(source["file"] for source in self.sources if source["table"] == "touchpoints")
            reason = f"has no valid row, so the touchpoints of {', '.join(named_in)} cannot be checked"
            allowed = "a row for each touchpoint, or no such table at all"
            self.problems.append(Problem(file=file, reason=reason, allowed=allowed))

    def finish(self, study: str) -> Study:
        self._check_touchpoints_are_there()
        if not self.n_named:
            allowed = "events.csv or responses.csv (or .csv.gz, .parquet, or [tables.events] in study.toml)"
            self.problems.append(Problem(reason="neither events nor responses is there", allowed=allowed))
        parts = [typed.rejected for typed in self.typed.values() if len(typed.rejected)]
        rejected = pd.concat(parts, ignore_index=True) if parts else rejected_frame()
        rejected_rows = joined_rows(typed.rejected_rows for typed in self.typed.values())
        sources = pd.DataFrame(self.sources, columns=list(SOURCE_COLUMNS)).astype(SOURCE_COLUMNS)
        over = sources[sources["rows_rejected"] > self.settings.max_rejected_share * sources["rows_read"]]
        for source in over.itertuples():
            reason = f"{source.rows_rejected:,} of {source.rows_read:,} rows were rejected"
            allowed = f"at most {self.settings.max_rejected_share:.3g} of them (max_rejected_share in {STUDY_FILE})"
            self.problems.append(Problem(file=source.file, reason=reason, allowed=allowed))
        if self.problems:
            cells = tuple(rejected_problems(rejected)) if len(over) else ()
            found = {"rejected": rejected, "rejected_rows": rejected_rows, "sources": sources}
            raise StudyError(study, self.problems, cells=cells, **found)
        frames = {
            name: self.typed[name].frame if name in self.typed else empty_frame(table, self.settings.zone)
            for name, table in TABLES.items()
        }
        return Study(**frames, rejected=rejected, rejected_rows=rejected_rows, sources=sources, settings=self.settings)
