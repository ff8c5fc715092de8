"""What became of runs that were killed: their leftovers are cleared away and their rows in the history finished."""

from __future__ import annotations

from pathlib import Path

from cxlib.reporting.folder import ReportFolder
from cxlib.reporting.history import RUNNING, History, PastRun
from cxlib.reporting.record import record_in


def settle(root: Path) -> list[PastRun]:
    """Finish the history's open rows whose runs no longer live, by what stands in the reports' folders.

    Whether a run lives is told by its lock, which the system lets go of when a process ends in whatever way.

    Parameters
    ----------
    root : Path
        The folder that holds the reports.

    Returns
    -------
    list of PastRun
        Those that were settled, as they now stand.

    Raises
    ------
    ReportError
        The history cannot be used.
    """
    history = History(root)
    settled = []
    for past in history.running():
        report, _, name = past.folder.partition("/")
        place = ReportFolder(root=root, report=report, name=name)
        try:
            with place.unless_busy() as is_free:
                # Looked at again: between the two, the run may have ended by itself.
                if not is_free or history.run(past.id).outcome != RUNNING:
                    continue
                record = record_in(place.target)
                if record is not None and record.id == past.id:
                    history.done(record)
                else:
                    history.interrupted(past.id)
        except PermissionError:
            continue  # another user's run, who will settle it
        settled.append(history.run(past.id))
    return settled
