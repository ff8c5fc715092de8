"""Every run of every report, in `reports/history.sqlite`.

A row is written when a run begins and finished when it ends. A run that is killed cannot finish its row; whoever looks
next settles it (`cxlib.reporting.settling`): the run whose id stands in the report's `run.json` was done, any other was
interrupted. So a row never says more than what stands in the folder.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import TracebackType

from cxlib.reporting.failures import CellError, ReportError, TimeLimitError, reason_of
from cxlib.reporting.record import RunRecord, moment, record_in

HISTORY = "history.sqlite"

RUNNING, DONE, FAILED, STOPPED, INTERRUPTED = "running", "done", "failed", "stopped", "interrupted"
"""The outcomes: of a run that still runs, that made its report, that an error ended, that its user ended (Ctrl-C or
SIGTERM), and that was killed."""

WAIT_SECONDS = 30
"""How long a run waits for another one that writes to the history; a write takes milliseconds."""

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY,
    report TEXT NOT NULL,
    folder TEXT NOT NULL,
    period TEXT NOT NULL,
    segment TEXT,
    language TEXT NOT NULL,
    study TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    duration_seconds REAL,
    outcome TEXT NOT NULL,
    error TEXT,
    cell TEXT,
    parameters TEXT NOT NULL,
    inputs TEXT NOT NULL,
    versions TEXT NOT NULL,
    outputs TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS runs_by_folder ON runs (folder, started_at);
CREATE INDEX IF NOT EXISTS runs_at_work ON runs (folder) WHERE outcome = 'running';
CREATE TABLE IF NOT EXISTS posts (
    run_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    target_sha256 TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    PRIMARY KEY (run_id, kind, target_sha256)
) STRICT;
"""


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """A row of the history; see `RunRecord` for what the columns mean.

    `outcome` is one of RUNNING, DONE, FAILED, STOPPED, INTERRUPTED; `error` and `cell` say what ended a failed one.
    """

    id: str
    report: str
    folder: str
    period: str
    segment: str | None
    language: str
    study: str
    attempt: int
    started_at: str
    finished_at: str | None
    duration_seconds: float | None
    outcome: str
    error: str | None
    cell: str | None
    parameters: dict
    inputs: list[dict]
    versions: dict
    outputs: list[dict]


_COLUMNS = tuple(column.name for column in fields(PastRun))


class History:
    """The runs of the reports in one folder.

    Parameters
    ----------
    root : Path
        The folder that holds the reports.

    Raises
    ------
    ReportError
        By any of its methods, where the file cannot be read or written, or is no history.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / HISTORY

    def begin(self, record: RunRecord) -> None:
        """A run begins."""
        self._add(record, RUNNING)

    def refused(self, record: RunRecord, error: str) -> None:
        """A run ended before it had a place: its study was refused."""
        self._add(record, FAILED, finished_at=moment(), error=error)

    def _add(
        self, record: RunRecord, outcome: str, *, finished_at: str | None = None, error: str | None = None
    ) -> None:
        ended = replace(record, finished_at=finished_at)
        row = {name: getattr(ended, name) for name in _COLUMNS if hasattr(ended, name)} | {
            "outcome": outcome,
            "error": error,
            "cell": None,
            "parameters": _json(record.parameters),
            "inputs": _json([asdict(each) for each in record.inputs]),
            "versions": _json(record.versions),
            "outputs": "[]",
        }
        with self._connection() as connection:
            connection.execute(
                f"INSERT INTO runs ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})", row
            )

    def done(self, record: RunRecord) -> None:
        """A run has made its report: its record stood in the report's folder."""
        with self._connection() as connection:
            connection.execute(
                "UPDATE runs SET outcome = ?, finished_at = ?, duration_seconds = ?, outputs = ? WHERE id = ?",
                (
                    DONE,
                    record.finished_at,
                    record.duration_seconds,
                    _json([asdict(o) for o in record.outputs]),
                    record.id,
                ),
            )

    def ended(self, run_id: str, outcome: str, *, error: str | None = None, cell: str | None = None) -> None:
        """A run has ended without a report, now, as it says itself."""
        self._end(run_id, outcome, error=error, cell=cell, finished_at=moment())

    def interrupted(self, run_id: str) -> None:
        """A run was killed; how long it ran, nobody knows. What a run said itself of its end stays."""
        self._end(run_id, INTERRUPTED, only_if="AND outcome = 'running'")

    def _end(
        self,
        run_id: str,
        outcome: str,
        *,
        error: str | None = None,
        cell: str | None = None,
        finished_at: str | None = None,
        only_if: str = "",
    ) -> None:
        with self._connection() as connection:
            connection.execute(
                "UPDATE runs SET outcome = ?, error = ?, cell = ?, finished_at = ?, duration_seconds = "
                f"round((julianday(?) - julianday(started_at)) * 86400, 3) WHERE id = ? {only_if}",
                (outcome, error, cell, finished_at, finished_at, run_id),
            )

    def running(self) -> list[PastRun]:
        """The runs that are at work, or were when they were killed."""
        return self._select("WHERE outcome = ? ORDER BY started_at, id", (RUNNING,))

    def runs(self, *, report: str | None = None, limit: int | None = None) -> list[PastRun]:
        """All runs, or those of one report, the latest first."""
        where, values = ("WHERE report = ?", [report]) if report is not None else ("", [])
        if limit is not None:
            values.append(limit)
        ending = "" if limit is None else " LIMIT ?"
        return self._select(f"{where} ORDER BY started_at DESC, id{ending}", values)

    def last(self, folder: str) -> PastRun | None:
        """The last run for a report's folder, such as "monthly/2026-10"."""
        found = self._select("WHERE folder = ? ORDER BY started_at DESC, id LIMIT 1", (folder,))
        return found[0] if found else None

    def run(self, run_id: str) -> PastRun | None:
        found = self._select("WHERE id = ?", (run_id,))
        return found[0] if found else None

    def posted(self, run_id: str, kind: str, target_sha256: str) -> bool:
        """Whether a run's report was sent there already; the target is kept as its hash alone."""
        if not self.path.exists():
            return False
        with self._connection() as connection:
            found = connection.execute(
                "SELECT 1 FROM posts WHERE run_id = ? AND kind = ? AND target_sha256 = ?", (run_id, kind, target_sha256)
            )
            return found.fetchone() is not None

    def note_post(self, run_id: str, kind: str, target_sha256: str) -> None:
        """A run's report was sent there."""
        with self._connection() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO posts VALUES (?, ?, ?, ?)", (run_id, kind, target_sha256, moment())
            )

    def _select(self, rest: str, values: Sequence) -> list[PastRun]:
        if not self.path.exists():
            return []
        with self._connection() as connection:
            rows = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM runs {rest}", values).fetchall()
        parsed = ("parameters", "inputs", "versions", "outputs")
        found = (dict(zip(_COLUMNS, row, strict=True)) for row in rows)
        return [PastRun(**row | {name: json.loads(row[name]) for name in parsed}) for row in found]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS)
            try:
                with connection:
                    connection.executescript(_TABLES)
                    yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise ReportError(
                f"the history {self.path} cannot be used: {error}. It can be moved away: the reports stand, "
                "and a new history begins"
            ) from error
        except OSError as error:
            raise ReportError(f"the history {self.path} cannot be used: {reason_of(error)}") from error


class OpenRun:
    """A run on its way: a context that writes down whatever ends it, and nothing where it never began."""

    def __init__(self, history: History, record: RunRecord) -> None:
        self._history = history
        self._begun = record
        self._finished: RunRecord | None = None
        self._has_begun = False

    def begin(self) -> None:
        """The report's place is the run's: from here on it stands in the history."""
        self._history.begin(self._begun)
        self._has_begun = True

    def finish(self, record: RunRecord) -> None:
        """All files are written; the report is done when they stand in place."""
        self._finished = record

    def __enter__(self) -> OpenRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._has_begun:
            return
        # What stands in the folder decides: an error may come when the report is in its place already.
        standing = record_in(self._history.root / self._begun.folder)
        is_standing = standing is not None and standing.id == self._begun.id
        # Without an error it stood there, though another run may have replaced it since.
        if self._finished is not None and (error is None or is_standing):
            self._history.done(self._finished)
        elif isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            self._history.ended(self._begun.id, STOPPED)
        else:
            cell = error.cell_name if isinstance(error, CellError | TimeLimitError) else None
            self._history.ended(self._begun.id, FAILED, error=str(error) or type(error).__name__, cell=cell)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
