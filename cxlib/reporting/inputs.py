"""What a report rests on: every file that a run reads, what was in it, and whether it stayed so until the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.reporting.failures import ReportError, reason_of
from cxlib.reporting.record import Hashed
from cxlib.settings import STUDY_FILE

if TYPE_CHECKING:
    from cxlib.reporting.definition import Definition
    from cxlib.reporting.earlier import Earlier
    from cxlib.study import Study

DATA_ENDINGS = (".csv", ".gz", ".parquet", ".sql", ".toml")


@dataclass(frozen=True)
class Unchanged:
    """The state of every file that a run may read, at one moment: the run reads the study to check the question, and
    the notebook reads it again."""

    states: dict[Path, tuple[int, int]]

    @classmethod
    def since(cls, definition: Definition, folders: Iterable[Path]) -> Unchanged:
        """As the files are now.

        Parameters
        ----------
        definition : Definition
        folders : iterable of Path
            Those of the study.

        Raises
        ------
        ReportError
            A file cannot be looked at.
        """
        files = [definition.file, definition.notebook]
        for folder in folders:
            files += [path for path in folder.rglob("*") if path.name.endswith(DATA_ENDINGS) and path.is_file()]
        try:
            stats = {path: path.stat() for path in files}
        except OSError as error:
            raise ReportError(f"an input of the report cannot be read: {reason_of(error)}") from error
        return cls({path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()})

    def hold(self, now: Unchanged) -> None:
        """Refuse what was made of files that changed meanwhile: its record would name other contents than it shows.

        Raises
        ------
        ReportError
        """
        for path in sorted(self.states.keys() | now.states.keys()):
            if self.states.get(path) != now.states.get(path):
                raise ReportError(
                    f"{path.name} changed while the report was made, so that it rests on neither; make it again when "
                    "the file is whole"
                )


def inputs_of(definition: Definition, study: Study, folder: Path, earlier: Earlier) -> tuple[Hashed, ...]:
    """Every file that a report rests on, with what was in it.

    Parameters
    ----------
    definition : Definition
    study : Study
        As it was read.
    folder : Path
        The study's.
    earlier : Earlier

    Raises
    ------
    ReportError
        A file has gone since it was read.
    """
    tables = [Hashed(file=row.file, sha256=row.sha256) for row in study.sources.itertuples()]
    others = {
        STUDY_FILE: folder / STUDY_FILE,
        f"reports/{definition.file.name}": definition.file,
        f"notebooks/{definition.notebook.name}": definition.notebook,
    } | {f"{path.parent.parent.name}/{path.parent.name}/{path.name}": path for path in earlier.files}
    try:
        return (*tables, *(Hashed.of(path, name) for name, path in others.items()))
    except OSError as error:
        raise ReportError(f"an input of the report cannot be read any more: {reason_of(error)}") from error
