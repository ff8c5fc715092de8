"""What a report answers, beside its period: read back from the kept notebook, so that one client's report never
takes the place of another's whose folder would have the same name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from cxlib.errors import ParameterError
from cxlib.settings import STUDY_FILE

NOTEBOOK = "notebook.ipynb"
"""The name under which a report's folder keeps the notebook as it ran."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Whose data a report is about, and for whom it is written.

    The report's own parameters are no part of it: to ask the same with another loss weight is what `--again` is for.
    The folders are whole paths, so that two spellings of one folder are one question.
    """

    study: Path
    data_dir: Path | None
    segment: str | None
    language: str

    @classmethod
    def of(cls, parameters: Mapping[str, object], *, notebooks: Path) -> Question:
        """The question in a notebook's parameters, whose paths count from the folder `notebooks`."""
        study = (notebooks / str(parameters["study_path"])).resolve()
        data_dir = parameters["data_dir"]
        return cls(
            study=study.parent if study.name == STUDY_FILE else study,
            data_dir=None if data_dir is None else (notebooks / str(data_dir)).resolve(),
            segment=None if parameters["segment"] is None else str(parameters["segment"]),
            language=str(parameters["language"]),
        )

    def __str__(self) -> str:
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)


def answered_in(folder: Path, *, notebooks: Path) -> Question | None:
    """The question that the report in `folder` answers; None where the folder does not say."""
    try:
        kept = json.loads((folder / NOTEBOOK).read_text(encoding="utf-8"))
        return Question.of(kept["metadata"]["papermill"]["parameters"], notebooks=notebooks)
    except (OSError, ValueError, KeyError, TypeError):
        # Nothing there, or made by hand: nothing is known of it.
        return None


def refuse_another_question(folder: Path, asked: Question, *, notebooks: Path) -> None:
    """Refuse to replace a report that answers another question.

    Raises
    ------
    ParameterError
    """
    there = answered_in(folder, notebooks=notebooks)
    if there is not None and there != asked:
        raise ParameterError(
            f"{folder} holds the report of another question, and is not replaced\n"
            f"  - there: {there}\n"
            f"  - asked: {asked}\n"
            "To make this one elsewhere, name another folder for reports with --output"
        )
