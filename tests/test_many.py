"""Several reports at once: in order, apart from each other, and ended together."""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
from contextlib import nullcontext
from multiprocessing import Pipe
from pathlib import Path

import pytest
from rich.console import Console

from cxlib.errors import ParameterError, Problem, StudyError
from cxlib.reporting import many
from cxlib.reporting.definition import load_definition
from cxlib.reporting.failures import CellError, ReportError, TimeLimitError
from cxlib.reporting.history import History
from cxlib.reporting.many import ReportOutcome, WantedReport, check_jobs, run_many
from cxlib.reporting.progress import ManyProgress, Progress, shown_progress_of_many
from cxlib.reporting.run import run_report
from cxlib.reporting.segments import asked_segments, reports_by_segment
from cxlib.reporting.worker import SentProgress
from cxlib.study import load_study
from tests.test_kernels import is_alive, wait_until
from tests.test_run import contents
from tests.toy_project import make_project, make_study

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def warm(warm_kernels, monkeypatch):
    """One server for all tests: it takes seconds to warm up."""
    monkeypatch.setattr(many, "warm_server", lambda: nullcontext(warm_kernels))


@pytest.fixture
def started(monkeypatch):
    """The processes that make reports, in the order in which they were started."""
    processes = []
    start = many._process

    def recorded(*arguments):
        processes.append(start(*arguments))
        return processes[-1]

    monkeypatch.setattr(many, "_process", recorded)
    return processes


def toy(folder, **options):
    return load_definition("toy", make_project(folder, **options))


def wanted(definition, **question):
    return WantedReport(label=str(question), question={"definition": definition, "period": "2026-10", **question})


def kernel_of(definition):
    return int((definition.project / "data" / "small" / "waiting").read_text(encoding="utf-8"))


class AtCell(ManyProgress, Progress):
    """Does something when a cell of any run begins."""

    def __init__(self, definition, do):
        self.waiting = definition.project / "data" / "small" / "waiting"
        self.do = do

    def begins(self, label):
        return self

    def cell(self, index, name):
        if index == 2:
            assert wait_until(self.waiting.exists)
            self.do()


# ---- what becomes of each ----


def test_reports_come_in_order_and_one_that_fails_stops_no_other(warm, tmp_path):
    definition = toy(tmp_path)
    questions = [{"segment": "Private"}, {"segment": "None such"}, {"parameters": {"loss_weight": 12}}]
    outcomes = run_many([wanted(definition, **question) for question in questions], jobs=2)
    assert [outcome.wanted.question.get("segment") for outcome in outcomes] == ["Private", "None such", None]
    assert outcomes[0].run.folder.name == "2026-10_segment-private"
    assert isinstance(outcomes[1].error, ParameterError) and "None such" in str(outcomes[1].error)
    alone = run_report(definition, period="2026-10", parameters={"loss_weight": 12}, output=tmp_path / "alone")
    assert outcomes[2].run.metrics.read_bytes() == alone.metrics.read_bytes()
    assert outcomes[0].error is outcomes[1].run is outcomes[2].error is None


def test_a_failed_cell_is_told_with_its_notebook(warm, tmp_path):
    (outcome,) = run_many([wanted(toy(tmp_path, notebook="fails_in_cell.ipynb"))])
    assert isinstance(outcome.error, CellError)
    assert outcome.error.cell_name == "Who is at risk"
    assert ".failed" in outcome.error.__notes__[0]


def test_a_report_whose_process_is_killed_is_said_to_have_been(warm, started, tmp_path):
    definition = toy(tmp_path, notebook="waits.ipynb")
    progress = AtCell(definition, lambda: os.kill(started[0].pid, signal.SIGKILL))
    (outcome,) = run_many([wanted(definition)], progress=progress)
    assert isinstance(outcome.error, ReportError)
    assert "ended by signal 9; most often the machine ran out of memory" in str(outcome.error)
    assert wait_until(lambda: not is_alive(kernel_of(definition)))
    assert not (definition.project / "reports" / "toy" / "2026-10").exists()


def test_a_report_whose_process_fails_by_itself_says_so(warm, tmp_path, capfd):
    (outcome,) = run_many([wanted(toy(tmp_path), no_such_option=True)])
    assert "ended by itself, with exit code 1" in str(outcome.error)
    assert "no_such_option" in capfd.readouterr().err


def test_an_exception_here_ends_all_and_leaves_nothing(warm, started, tmp_path):
    definition = toy(tmp_path, notebook="waits.ipynb")

    def interrupt():
        raise KeyboardInterrupt

    reports = [wanted(definition, segment="Private"), wanted(definition)]
    with pytest.raises(KeyboardInterrupt):
        run_many(reports, jobs=2, progress=AtCell(definition, interrupt))
    assert [process.poll() for process in started] == [143, 143]
    assert wait_until(lambda: not is_alive(kernel_of(definition)))
    assert [name for name in contents(definition.project / "reports") if "history" not in name] == []


def test_plain_processes_do_the_same_where_none_can_be_forked(monkeypatch, started, tmp_path):
    monkeypatch.setattr(many, "warm_server", lambda: nullcontext(None))
    monkeypatch.setenv("CX_SMTP_PASSWORD", "hemligt")
    given = []

    class Looks(ManyProgress, Progress):
        def begins(self, label):
            return self

        def cells(self, count):
            given.append(Path(f"/proc/{started[0].pid}/environ").read_text(encoding="utf-8"))

    (outcome,) = run_many([wanted(toy(tmp_path))], progress=Looks())
    assert isinstance(started[0], subprocess.Popen)
    assert outcome.run.page.exists()
    assert "PATH=" in given[0] and "hemligt" not in given[0]


def test_plain_processes_end_with_an_owner_that_is_killed(tmp_path):
    definition = toy(tmp_path, notebook="waits.ipynb")
    owner = f"""\
import os, signal
from contextlib import nullcontext
from multiprocessing import Pipe
from pathlib import Path
from cxlib.reporting import many
from tests.test_many import AtCell, toy, wanted
many.warm_server = lambda: nullcontext(None)
definition = toy(Path({str(tmp_path)!r}), notebook="waits.ipynb")
many.run_many([wanted(definition)], progress=AtCell(definition, lambda: os.kill(os.getpid(), signal.SIGKILL)))
"""
    assert subprocess.run([sys.executable, "-c", owner], cwd=ROOT, check=False).returncode == -signal.SIGKILL
    reports = definition.project / "reports"
    assert wait_until(lambda: not is_alive(kernel_of(definition)))
    assert wait_until(lambda: [run.outcome for run in History(reports).runs()] == ["stopped"])
    assert wait_until(lambda: [name for name in contents(reports) if "history" not in name] == [])


def test_a_run_whose_owner_does_not_hear_it_is_ended_and_not_failed():
    ours, theirs = Pipe()
    ours.close()
    with theirs, pytest.raises(SystemExit):
        SentProgress(theirs).step("Reading")


@pytest.mark.parametrize(
    "source",
    ["", "import os, struct, sys; os.write(int(sys.argv[1]), struct.pack('!i', 100) + b'torn')"],
    ids=["before it is asked", "in the middle of a word"],
)
def test_a_process_that_dies_at_once_is_no_end_of_the_others(monkeypatch, tmp_path, source):
    def dead(descriptor, server):
        process = subprocess.Popen(
            [sys.executable, "-c", f"{source}\nraise SystemExit(3)", str(descriptor)], pass_fds=[descriptor]
        )
        process.wait()
        return process

    monkeypatch.setattr(many, "_process", dead)
    monkeypatch.setattr(many, "warm_server", lambda: nullcontext(None))
    definition = toy(tmp_path)
    outcomes = run_many([wanted(definition), wanted(definition, segment="Private")])
    assert [str(outcome.error) for outcome in outcomes] == [
        "the process that made the report ended by itself, with exit code 3"
    ] * 2


@pytest.mark.parametrize("jobs", [0, -1, 10_000])
def test_so_many_at_once_cannot_be(jobs):
    with pytest.raises(ParameterError, match=f"jobs: found {jobs}; allowed: 1 to"):
        check_jobs(jobs)


@pytest.mark.parametrize(
    "error",
    [
        CellError(cell_name="a", cell_number=2, error_name="KeyError", error_value="'b'", traceback="…"),
        TimeLimitError(cell_name="a", cell_number=2, limit_seconds=60),
        StudyError("demo", [Problem(reason="is no date", row=2)]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_reaches_another_process_whole(error):
    error.add_note("what else is known")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


# ---- what is seen meanwhile ----


def two_runs(progress):
    first, second = progress.begins("Private"), progress.begins("Sm\x1b[31må\nhus")
    first.step("Reading")
    second.step("Running")
    second.cells(3)
    second.cell(1, "figures")
    progress.ends(first, failed=False)
    second.step("Writing")
    progress.ends(second, failed=True)


def test_lines_name_the_run_that_they_are_about():
    console = Console(file=io.StringIO(), force_terminal=False)
    with shown_progress_of_many(console, 2) as progress:
        two_runs(progress)
    assert console.file.getvalue().splitlines() == [
        "Private: Reading",
        "Sm[31må hus: Running",
        "Private: Done",
        "Sm[31må hus: Writing",
        "Sm[31må hus: Failed",
    ]


def test_each_run_at_work_has_a_bar_below_one_for_all():
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    with shown_progress_of_many(console, 2) as progress:
        two_runs(progress)
    drawn = console.file.getvalue()
    assert "\x1b[31må" not in drawn
    frames = drawn.split("Reports")
    assert any("Private" in frame and "Sm[31må hus" in frame and "Running" in frame for frame in frames)
    assert "figures" in drawn
    assert "1/2" in drawn and "2/2" in drawn and "1/3" in drawn


# ---- by segment ----


@pytest.fixture
def small(tmp_path):
    return load_study(make_study(tmp_path / "study"))


@pytest.mark.parametrize(
    ("asked", "segments"),
    [
        ("all", ["Private", "Små hus"]),
        ("Små hus", ["Små hus"]),
        (" Små hus ,Private,Små hus", ["Små hus", "Private"]),
    ],
)
def test_segments_are_asked_for_by_name_or_all(small, asked, segments):
    assert asked_segments(small, asked) == segments


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Privat", r"^segments: the study has no segment 'Privat'; it has: Private, Små hus; did you mean 'Private'\?"),
        ("Private,x,y", "^segments: the study has no segment 'x', 'y'; it has: Private, Små hus$"),
        (" , ", "found none; allowed: all, or of 'Private', 'Små hus'"),
    ],
)
def test_a_segment_that_is_not_there_is_refused(small, asked, said):
    with pytest.raises(ParameterError, match=said):
        asked_segments(small, asked)


def test_all_segments_are_of_one_period(tmp_path):
    # The last event of Små hus is in August; all customers' last whole month is October.
    reports = reports_by_segment(toy(tmp_path), "all")
    assert [report.question["period"] for report in reports] == ["2026-10", "2026-10"]


def test_what_is_wrong_with_every_report_is_said_once(tmp_path):
    with pytest.raises(ParameterError, match="loss_wieght: no such"):
        reports_by_segment(toy(tmp_path), "all", parameters={"loss_wieght": 1})


def test_the_command_makes_a_report_for_each_segment(warm, tmp_path, cx_command, monkeypatch):
    project = make_project(tmp_path)
    monkeypatch.chdir(project)
    code, out, err = cx_command("report", "toy", "--segments", "all", "--jobs", 2, "--period", "2026-10")
    assert code == 2
    assert out == "reports/toy/2026-10_segment-private/report.html\n"
    assert "Error: Små hus: period: segment 'Små hus' has no events" in err
    assert err.endswith("1 of 2 reports made; not made: Små hus\n")
    code, out, err = cx_command("report", "toy", "--segments", "all", "--jobs", 2, "--period", "2026-08", "--again")
    assert code == 0
    assert out.splitlines() == [
        "reports/toy/2026-08_segment-private/report.html",
        "reports/toy/2026-08_segment-små-hus/report.html",
    ]
    assert err.endswith("2 of 2 reports made\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--segments", "all", "--segment", "Private"], "give one of the two"),
        (["--jobs", "2"], "goes with --segments"),
        (["--segments", "all", "--jobs", "0"], "jobs: found 0"),
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path, cx_command, options, said):
    code, _, err = cx_command("report", "toy", "--project", make_project(tmp_path), *options)
    assert code == 2
    assert said in err


def test_the_gravest_exit_code_is_the_commands(tmp_path, cx_command, monkeypatch):
    def made(wanted, **_):
        errors = StudyError("small", []), ParameterError("no")
        return [ReportOutcome(wanted=one, error=error) for one, error in zip(wanted, errors, strict=True)]

    monkeypatch.setattr(many, "run_many", made)
    project = make_project(tmp_path)
    code, _, err = cx_command("report", "toy", "--project", project, "--segments", "all", "--period", "2026-10")
    assert code == 2
    assert "0 of 2 reports made; not made: Private, Små hus" in err


def test_no_segment_leaves_the_folder_of_reports(warm, tmp_path, cx_command):
    project = make_project(tmp_path / "project")
    customers = project / "data" / "small" / "customers.csv"
    text = customers.read_text(encoding="utf-8")
    customers.write_text(text.replace("Private", "../../../out").replace("Små hus", ".."), encoding="utf-8")
    code, _, _ = cx_command("report", "toy", "--project", project, "--segments", "all", "--period", "2026-08")
    assert code == 0
    pages = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("report.html"))
    assert len(pages) == 2
    assert all(page.startswith("project/reports/toy/2026-08_segment-") for page in pages)


def test_a_command_that_is_stopped_leaves_nothing(tmp_path):
    project = make_project(tmp_path, notebook="waits.ipynb")
    command = [sys.executable, "-m", "cxlib.cli", "report", "toy", "--project", str(project)]
    process = subprocess.Popen(
        [*command, "--segments", "all", "--jobs", "2", "--period", "2026-08"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    waiting = project / "data" / "small" / "waiting"
    for _ in range(5):
        if wait_until(waiting.exists):
            break
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=40)[1]
    assert process.returncode == 143, said
    assert said.endswith("Stopped; nothing half made was left behind.\n")
    assert "Traceback" not in said
    assert [name for name in contents(project / "reports") if "history" not in name] == []
    assert not is_alive(int(waiting.read_text(encoding="utf-8")))
