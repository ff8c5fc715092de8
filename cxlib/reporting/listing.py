"""The list of all reports, made anew when one has been added."""

from __future__ import annotations

from pathlib import Path

from cxlib.reporting.failures import reason_of
from cxlib.reporting.progress import Progress


def list_all(root: Path, progress: Progress) -> None:
    """Write the list of all reports in `root` anew. The reports stand whether that can be done or not."""
    # Here and not above: only those who make reports need it.
    from cxlib.reporting.outputs.index_page import write_index

    progress.step("Listing all reports")
    try:
        write_index(root)
    except OSError as error:
        progress.step(f"The list of all reports, {root / 'index.html'}, could not be written: {reason_of(error)}")
