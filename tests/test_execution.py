"""Running a notebook: the time that it is given, and where its Python comes from."""

from __future__ import annotations

import os
import time

import nbformat
import pytest

from cxlib.reporting import execution
from cxlib.reporting.execution import execute
from cxlib.reporting.failures import CellError, TimeLimitError
from cxlib.reporting.progress import Progress
from tests.toy_project import make_project

PARAMETERS = {
    "study_path": "../data/small",
    "data_dir": None,
    "period": "2026-10",
    "segment": None,
    "language": "en",
    "loss_weight": 12.0,
}


def run(project, *, progress=None, **options):
    return execute(project / "notebooks" / "report.ipynb", PARAMETERS, progress=progress or Progress(), **options)


class LateInCell(Progress):
    """A clock that jumps by 299 seconds in a cell, when the cell has left its mark."""

    def __init__(self, index, mark):
        self.index = index
        self.mark = mark
        self.is_there = False

    def cell(self, index, name):
        self.is_there = self.is_there or index == self.index

    def monotonic(self):
        # The kernel has been asked already when the cell's time is looked at.
        begun = time.monotonic()
        while self.is_there and not self.mark.exists() and time.monotonic() < begun + 60:
            time.sleep(0.01)
        return time.monotonic() + 299 * self.is_there


def test_a_notebook_that_takes_too_long_is_stopped_in_its_cell(tmp_path, monkeypatch, capfd):
    project = make_project(tmp_path, notebook="waits.ipynb")
    clock = LateInCell(2, project / "data" / "small" / "waiting")
    monkeypatch.setattr(execution, "time", clock)
    with pytest.raises(TimeLimitError, match=r"not ended after 300 s.* in cell 3 \(cell 3\)") as error:
        run(project, progress=clock, timeout_seconds=300)
    assert (error.value.cell_name, error.value.cell_number, error.value.limit_seconds) == ("cell 3", 3, 300)
    assert len(error.value.notebook.cells) == 4
    kernel = int((project / "data" / "small" / "waiting").read_text(encoding="utf-8"))
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    assert capfd.readouterr().err == ""


def test_a_notebook_that_ends_in_time_is_not_stopped(tmp_path):
    assert len(run(make_project(tmp_path), timeout_seconds=60).cells) == 3


def test_a_cell_that_fails_in_time_is_no_matter_of_time(tmp_path):
    with pytest.raises(CellError, match="payment"):
        run(make_project(tmp_path, notebook="fails_in_cell.ipynb"), timeout_seconds=60)


def test_a_notebook_gets_the_environment_without_the_posts_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("CX_SMTP_PASSWORD", "hemligt")
    monkeypatch.setenv("CX_WEBHOOK_URL", "https://hooks.example.org/hemligt")
    monkeypatch.setenv("CX_OTHER", "kept")
    project = make_project(tmp_path)
    notebook = nbformat.read(project / "notebooks" / "report.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("import os\nprint(dict(os.environ))"))
    nbformat.write(notebook, project / "notebooks" / "report.ipynb")
    said = run(project).cells[-1].outputs[0].text
    assert "'CX_OTHER': 'kept'" in said and "PATH" in said
    assert "hemligt" not in said and "CX_SMTP" not in said
