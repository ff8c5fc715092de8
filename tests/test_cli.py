"""The command line: exit codes, messages without tracebacks, and the result alone on stdout."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from cxlib import cli
from cxlib.cli import exit_codes
from cxlib.errors import CxError, ParameterError, Problem, RefusedFileError, StudyError
from cxlib.reporting import execution
from cxlib.reporting.failures import BusyError, ReportError
from tests.toy_project import EVENTS, make_project, make_study


@pytest.fixture
def cx(cx_command):
    return cx_command


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = make_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def no_kernel(monkeypatch):
    monkeypatch.setattr(execution, "execute", lambda *_, **__: pytest.fail("a kernel was started"))


def test_a_report_prints_where_its_page_is_and_nothing_else(cx, project):
    code, out, err = cx("report", "toy", "--period", "2026-10", "-p", "loss_weight=12")
    assert (code, out) == (0, "reports/toy/2026-10/report.html\n")
    assert err.splitlines() == [
        "Reading the study small",
        "Running report.ipynb",
        "Writing the page",
        "Listing all reports",
    ]


def test_a_period_that_was_chosen_for_the_user_is_said(cx, project):
    _, out, err = cx("report", "toy")
    assert out == "reports/toy/2026-10/report.html\n"
    assert "Period 2026-10, the last whole month in the data (another: --period)" in err


def test_the_project_can_be_named_from_anywhere(cx, project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = cx("report", "toy", "--project", "project", "--output", "elsewhere")
    assert (code, out) == (0, "elsewhere/toy/2026-10/report.html\n")


def test_a_failed_cell_ends_with_1_and_says_which(cx, project):
    make_project(project, notebook="fails_in_named_cell.ipynb")
    code, out, err = cx("report", "toy", "--period", "2026-10")
    assert (code, out) == (1, "")
    assert "Error: cell 4 (at risk by month) failed with ValueError: no rows for 2026-10" in err
    assert "reports/.failed/toy-2026-10/notebook.ipynb" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tyo"], "did you mean 'toy'?"),
        (["toy", "--period", "2026-13"], "period: found '2026-13'"),
        (["toy", "--period", "2030-01"], "its data cover 2026-08 to 2026-10"),
        (["toy", "--segment", "Privat"], "did you mean 'Private'?"),
        (["toy", "--language", "de"], "allowed: en, sv"),
        (["toy", "-p", "loss_wieght=2"], "did you mean 'loss_weight'?"),
        (["toy", "-p", "loss_weight=heavy"], "allowed: a number above 0 and at most 100"),
        (["toy", "-p", "loss_weight"], "write NAME=VALUE"),
        (["toy", "-p", "loss_weight=1", "-p", "loss_weight=2"], "is given twice"),
        (["toy", "--project", "nowhere"], "--project: nowhere does not hold"),
        (["toy", "--perriod", "2026-10"], "--perriod"),
        ([], "NAME"),
    ],
)
def test_wrong_parameters_end_with_2(cx, project, no_kernel, arguments, said):
    code, out, err = cx("report", *arguments)
    assert (code, out) == (2, "")
    assert said in re.sub(r"\x1b\[[0-9;]*m", "", err)


def test_a_report_that_is_there_already_ends_with_2(cx, project, no_kernel):
    (project / "reports" / "toy" / "2026-10").mkdir(parents=True)
    code, _, err = cx("report", "toy", "--period", "2026-10")
    assert code == 2
    assert "add --again" in err


def test_refused_data_end_with_3(cx, project, no_kernel):
    make_study(project / "data" / "small", events="customer_id,occured_at,touchpoint\nA1,2026-10-01,invoice\n")
    code, out, err = cx("report", "toy")
    assert (code, out) == (3, "")
    assert "occurred_at" in err
    assert cx("check", "data/small")[0] == 3
    assert cx("check", "data/smal")[0] == 3


def test_check_shows_sources_and_what_was_rejected(cx, tmp_path):
    rows = "".join(f"A1,2026-10-{day:02},invoice,3,\x1b[2Jx\n" for day in range(1, 29))
    study = make_study(
        tmp_path / "small",
        events="customer_id,occurred_at,touchpoint,score,shop\n" + rows + "A1,2026-10-29,invocie,3,x\n",
    )
    code, out, _ = cx("check", study)
    assert code == 0
    assert "Small & Co: the study can be used" in out
    assert re.search(r"events +events\.csv +29 +28 +1\n", out)
    assert "events.csv: 1 column that the study does not use: shop" in out
    assert "Rejected: 1 cell in 1 row, of 1 kind" in out
    assert "events.csv, row 30, column touchpoint" in out
    assert "did you mean 'invoice'?" in out
    assert "\x1b" not in out


def test_a_message_brings_no_terminal_codes_and_no_markup_of_its_own(cx, project, monkeypatch):
    def refuse(*_, **__):
        raise ParameterError("found '\x1b[31m[bold]red[/bold]\x07'")

    monkeypatch.setattr("cxlib.reporting.definition.load_definition", refuse)
    _, _, err = cx("report", "toy")
    assert "[31m[bold]red[/bold]" in err
    assert "\x1b" not in err
    assert "\x07" not in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CxError("x"), 1),
        (ReportError("y"), 1),
        (ParameterError("x"), 2),
        (StudyError("s", []), 3),
        (RefusedFileError(Problem(reason="x")), 3),
        (BusyError("x"), 4),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_has_its_exit_code(error, code):
    assert cli.exit_code(error) == code


@pytest.mark.parametrize("output", ["file", "/proc/cx", "x" * 300])
def test_an_output_that_cannot_be_is_said_in_a_line(cx, project, no_kernel, output):
    (project / "file").touch()
    code, out, err = cx("report", "toy", "--output", output)
    assert (code, out) == (2, "")
    assert "Error: the folder for reports," in err


def test_what_the_system_refuses_elsewhere_is_said_in_a_line(cx, project, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", "reports/toy.toml")

    monkeypatch.setattr("cxlib.reporting.definition.load_definition", refuse)
    assert cx("report", "toy") == (1, "", "Error: permission denied: reports/toy.toml\n")


def test_a_wrong_parameter_is_said_without_loading_what_runs_notebooks(project):
    code = (
        "import sys; sys.argv = ['cx', 'report', 'toy', '-p', 'loss_weight=0']\n"
        "import cxlib.cli\n"
        "try:\n    cxlib.cli.main()\n"
        "except SystemExit: pass\n"
        "sys.exit(str({'papermill', 'nbformat', 'jupyter_client', 'numba', 'altair'} & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "loss_weight: found '0'" in ran.stderr
    assert ran.stderr.endswith("set()\n")


def test_the_exit_codes_are_documented():
    documented = (Path(__file__).parents[1] / "reports" / "README.md").read_text(encoding="utf-8")
    for code in (exit_codes.FAILED, exit_codes.WRONG_PARAMETERS, exit_codes.DATA_REFUSED, exit_codes.BUSY):
        assert f"| {code} |" in documented
        assert f" {code} " in cli.report.__doc__


def test_customers_that_no_table_lists_are_counted(cx, tmp_path):
    study = make_study(tmp_path / "study", events=EVENTS.replace("A1,", "1,"))
    code, out, _ = cx("check", str(study))
    assert code == 0
    said = " ".join(out.split())
    assert "1 of 3 customers with events or answers are not in the customers table, such as '1'" in said


def test_the_version_is_said(cx):
    assert cx("--version") == (0, f"cxlib {version('cxlib')}\n", "")


@pytest.mark.parametrize(
    "arguments", [[*command, "--help"] for command in ([], ["report"], ["alarms"], ["overdue"], ["told"], ["check"])]
)
def test_help_shows_examples_and_imports_nothing_heavy(arguments):
    code = (
        "import sys; sys.argv = ['cx', *sys.argv[1:]]\n"
        "import cxlib.cli\n"
        "try:\n    cxlib.cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pandas', 'altair', 'papermill', 'nbconvert', 'numba', 'duckdb', 'scipy'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    if arguments[0] != "--help":
        assert f"cx {arguments[0]} " in ran.stdout
        assert "Exit codes" in ran.stdout


def test_a_terminal_shows_a_bar_with_the_name_of_the_cell(project):
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cxlib.cli", "report", "toy", "--period", "2026-10"],
        stdout=subprocess.PIPE,
        stderr=child,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(child)
    shown = b""
    while True:
        try:
            part = os.read(parent, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(parent)
    out = process.communicate()[0].decode()
    assert process.returncode == 0
    assert out == "reports/toy/2026-10/report.html\n"
    assert "Reading the study small" in shown.decode()
    assert "━" in shown.decode()
    assert "/3" in shown.decode()
