"""`cx runs`: what became of every run."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cxlib.cli import app
from cxlib.errors import ParameterError
from cxlib.reporting.history import History
from tests.test_history import BEGUN, killed, run
from tests.toy_project import make_project


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture
def place(project):
    from cxlib.reporting.folder import ReportFolder

    return ReportFolder(root=project / "reports", report="toy", name="2026-10")


def runs(project, *options):
    result = CliRunner().invoke(app, ["runs", "--project", str(project), *options], env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_no_run_yet(project):
    result = CliRunner().invoke(app, ["runs", "--project", str(project)])
    assert (result.exit_code, result.stdout) == (0, "") and "No run yet" in result.stderr


def test_each_run_has_a_line_and_a_killed_one_is_interrupted(project, place):
    history = History(place.root)
    run(history, place)
    killed(history, place, BEGUN.__class__(**{**vars(BEGUN), "id": "b2", "started_at": "2026-11-02T05:00:00Z"}))
    lines = runs(project).splitlines()
    assert lines[0].split() == ["id", "started", "report", "period", "segment", "seconds", "outcome", "error"]
    assert lines[1].split()[0] == "b2" and lines[1].split()[-1] == "interrupted"
    assert lines[2].split()[0] == "a1" and lines[2].split()[-1] == "done"
    assert len(runs(project, "--limit", "1").splitlines()) == 2
    assert len(runs(project, "other").splitlines()) == 0


def test_what_a_run_read_is_shown_as_json(project, place):
    run(History(place.root), place)
    (past,) = json.loads(runs(project, "--json"))
    assert past["inputs"] == [{"file": "events.csv", "sha256": "0" * 64}]
    assert json.loads(runs(project, "--id", "a")) == past
    with pytest.raises(ParameterError, match="--id: no runs begin with 'zz'"):
        runs(project, "--id", "zz")


def test_an_error_out_of_the_data_is_shown_on_one_line_without_terminal_codes(project, place):
    with pytest.raises(ValueError, match="told"):
        run(History(place.root), place, end=ValueError("told \x1b[31mred" + "x" * 500 + "\nsecond line"))
    shown = runs(project)
    assert "\x1b" not in shown and "second line" not in shown and "told" in shown
