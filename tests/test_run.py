"""Runs of reports: what is refused before a kernel starts, what is left behind, and what stays the same."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import papermill
import pytest
from nbclient.exceptions import DeadKernelError

from cxlib.errors import ParameterError, StudyError
from cxlib.reporting import METRICS_MIME, execution
from cxlib.reporting import folder as folder_module
from cxlib.reporting.definition import load_definition
from cxlib.reporting.exchange import exchange
from cxlib.reporting.folder import BusyError, ReportFolder, folder_name
from cxlib.reporting.history import History
from cxlib.reporting.outputs import page
from cxlib.reporting.period import coverage
from cxlib.reporting.progress import Progress
from cxlib.reporting.run import CellError, ReportError, run_report
from tests.toy_project import EVENTS, PAGE_ALONE, make_project, make_study


@pytest.fixture
def no_kernel(monkeypatch):
    """Fail the test if a kernel would start."""

    def started(*args, **options):
        pytest.fail("a kernel was started")

    monkeypatch.setattr(execution, "execute", started)


@pytest.fixture
def quick(monkeypatch):
    """Stand in for the kernel: a notebook that has been executed already, and the parameters that it was given."""
    given = {}

    def executed(notebook, parameters, **_):
        given.clear()
        given.update(parameters)
        data = {METRICS_MIME: {"period": parameters["period"], "loss_weight": parameters["loss_weight"]}}
        cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data)])
        return nbformat.v4.new_notebook(cells=[cell], metadata={"papermill": {"parameters": dict(parameters)}})

    monkeypatch.setattr(execution, "execute", executed)
    return given


REPORT_FILES = ("metrics.json", "notebook.ipynb", "report.html", "run.json")


def toy(folder, **options):
    return load_definition("toy", make_project(folder, **options))


def contents(folder):
    """Every file below `folder` but the empty locks, the history and the index, from there."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix not in (".lock", ".toml")
        and path.name not in ("history.sqlite", "index.html")
    )


# ---- a run that succeeds ----


def test_a_report_is_a_page_the_figures_and_the_notebook(tmp_path):
    definition = toy(tmp_path)
    run = run_report(definition, period="2026-10", segment="Private", parameters={"loss_weight": "12"})

    assert run.folder == definition.project / "reports" / "toy" / "2026-10_segment-private"
    assert contents(definition.project / "reports") == [f"toy/2026-10_segment-private/{name}" for name in REPORT_FILES]
    assert json.loads(run.metrics.read_text(encoding="utf-8")) == {
        "language": "en",
        "loss_weight": 12.0,
        "period": "2026-10",
        "segment": "Private",
        "zebra": {"a": [1.5, None], "b": 1},
    }
    page = run.page.read_text(encoding="utf-8")
    assert "<h1>Toy report</h1>" in page
    assert "<p>October 2026 · Small &amp; Co · Private</p>" in page
    kept = run.notebook.read_text(encoding="utf-8")
    assert str(tmp_path) not in kept
    assert "../data/small" in kept


def test_inputs_that_change_while_a_report_is_made_are_not_signed_for(tmp_path, quick, monkeypatch):
    definition = toy(tmp_path)
    events = definition.study / "events.csv"
    executed = execution.execute

    def exported_meanwhile(*given, **options):
        events.write_text(EVENTS + "A1,2026-10-06 09:00,invoice,5\n", encoding="utf-8")
        return executed(*given, **options)

    monkeypatch.setattr(execution, "execute", exported_meanwhile)
    with pytest.raises(ReportError, match=r"events\.csv changed while the report was made"):
        run_report(definition, period="2026-10")
    assert contents(definition.project / "reports") == []
    monkeypatch.setattr(execution, "execute", executed)
    assert run_report(definition, period="2026-10").page.exists()


def test_the_list_of_all_reports_names_the_new_one(tmp_path, quick):
    definition = toy(tmp_path)
    run_report(definition, period="2026-09")
    run_report(definition, period="2026-10")
    listed = (definition.project / "reports" / "index.html").read_text(encoding="utf-8")
    assert 'href="toy/2026-09/report.html"' in listed and 'href="toy/2026-10/report.html"' in listed


def test_a_list_that_cannot_be_written_undoes_no_report(tmp_path, quick, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cxlib.reporting.outputs.index_page.write_index", full)
    heard = []
    progress = Progress()
    progress.step = heard.append
    run = run_report(toy(tmp_path), period="2026-10", progress=progress)
    assert run.page.exists() and "could not be written: no space left on device" in heard[-1]


def test_the_same_input_twice_gives_the_same_figures(tmp_path):
    definition = toy(tmp_path)
    first = run_report(definition, period="2026-10").metrics.read_bytes()
    second = run_report(definition, period="2026-10", again=True).metrics.read_bytes()
    assert first == second
    assert first.decode().index('"a"') < first.decode().index('"b"')


def test_a_notebook_needs_no_kernelspec(tmp_path):
    run = run_report(toy(tmp_path, notebook="names_no_kernel.ipynb"), period="2026-10")
    assert run.page.exists()


def test_a_report_runs_in_this_python_whatever_kernels_the_user_has(tmp_path, monkeypatch):
    other = tmp_path / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {"argv": ["/bin/false", "{connection_file}"], "display_name": "Another", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    run = run_report(toy(tmp_path / "project", notebook="gives_its_python.ipynb"), period="2026-10")
    assert json.loads(run.metrics.read_text(encoding="utf-8"))["python"] == sys.executable


def test_what_a_user_starts_ipython_with_does_not_alter_a_report(tmp_path, monkeypatch):
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("altered = 'by a startup file'", encoding="utf-8")
    (tmp_path / "python.py").write_text("altered = 'by PYTHONSTARTUP'", encoding="utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "python.py"))
    run = run_report(toy(tmp_path / "project", notebook="gives_its_python.ipynb"), period="2026-10")
    assert json.loads(run.metrics.read_text(encoding="utf-8"))["altered"] is None


def test_a_folder_with_braces_in_its_name_is_no_template(tmp_path):
    run = run_report(toy(tmp_path / "{period}"), period="2026-10")
    assert run.folder.parent == (tmp_path / "{period}" / "reports" / "toy").resolve()


def test_the_progress_hears_of_every_step_and_cell(tmp_path):
    heard = []

    class Listening(Progress):
        def step(self, text):
            heard.append(text)

        def cells(self, count):
            heard.append(count)

        def cell(self, index, name):
            heard.append((index, name))

    run_report(toy(tmp_path), period="2026-10", progress=Listening())
    assert heard == [
        "Reading the study small",
        "Running report.ipynb",
        3,
        (0, "cell 1"),
        (1, "parameters"),
        (2, "figures"),
        "Writing the page",
        "Listing all reports",
    ]


def test_the_standard_parameters_reach_the_notebook(tmp_path, quick):
    definition = toy(tmp_path)
    elsewhere = make_study(tmp_path / "elsewhere")
    run_report(definition, period="2026-10", study_path=elsewhere / "study.toml", data_dir=elsewhere, language="sv")
    assert quick == {
        "study_path": "../elsewhere/study.toml",
        "data_dir": "../elsewhere",
        "period": "2026-10",
        "segment": None,
        "language": "sv",
        "metrics_before": "",
        "metrics_year_before": "",
        "loss_weight": 2.25,
    }


def test_a_path_outside_the_project_stays_whole(tmp_path, quick):
    definition = toy(tmp_path / "project")
    elsewhere = make_study(tmp_path / "elsewhere")
    run_report(definition, period="2026-10", study_path=elsewhere)
    assert quick["study_path"] == str(elsewhere.resolve())


def test_the_page_speaks_the_language_that_was_asked_for(tmp_path, quick):
    page = run_report(toy(tmp_path), period="2026-10", language="sv").page.read_text(encoding="utf-8")
    assert '<html lang="sv">' in page
    assert "<h1>Leksaksrapport</h1>" in page
    assert "<p>Oktober 2026 · Small &amp; Co</p>" in page


# ---- refused before a kernel starts ----


def test_all_that_is_wrong_with_the_question_is_said_at_once(tmp_path, no_kernel):
    with pytest.raises(ParameterError) as error:
        run_report(
            toy(tmp_path), period="2026-1", language="se", parameters={"loss_wieght": "1", "loss_weight": "heavy"}
        )
    lines = str(error.value).splitlines()
    assert lines[0] == "Report 'toy', 4 mistakes:"
    assert len(lines) == 5 and all(line.startswith("  - ") for line in lines[1:])
    for part in ("did you mean '2026-01'", "language is 'se'", "loss_wieght: no such", "found 'heavy'"):
        assert part in str(error.value)


def test_a_wrong_parameter_is_refused_before_the_study_is_read(tmp_path, no_kernel):
    with pytest.raises(ParameterError, match="above 0"):
        run_report(toy(tmp_path), study_path=tmp_path / "missing", parameters={"loss_weight": "-1"})


def test_a_parameter_that_the_notebook_lacks_never_slips_through(tmp_path, no_kernel):
    with pytest.raises(ParameterError, match="did you mean 'loss_wieght'"):
        run_report(toy(tmp_path, notebook="misnames_a_parameter.ipynb"))


def test_a_refused_study_starts_no_kernel_and_leaves_nothing(tmp_path, no_kernel):
    definition = toy(tmp_path)
    make_study(definition.study, events="customer_id,occurred_at\nA1,2026-10-01\n")
    with pytest.raises(StudyError, match="touchpoint"):
        run_report(definition, period="2026-10")
    assert contents(tmp_path / "reports") == []
    (past,) = History(tmp_path / "reports").runs()
    assert (past.outcome, past.period, past.folder) == ("failed", "2026-10", "")
    assert "touchpoint" in past.error and past.finished_at


def test_an_unknown_segment_is_answered_with_the_list(tmp_path, no_kernel):
    with pytest.raises(ParameterError, match=r"Privat.*'Private', 'Små hus'.*did you mean 'Private'"):
        run_report(toy(tmp_path), period="2026-10", segment="Privat")


@pytest.mark.parametrize("period", ["2027-01", "2026-07", "1900-01", "2026-11"])
def test_a_period_without_data_says_what_there_is(tmp_path, no_kernel, period):
    with pytest.raises(ParameterError) as error:
        run_report(toy(tmp_path), period=period)
    assert f"no events and no answers in {period}; its data cover 2026-08 to 2026-10" in str(error.value)


def test_a_period_in_which_only_others_have_data_is_refused_for_a_segment(tmp_path, no_kernel):
    with pytest.raises(
        ParameterError, match=r"segment 'Små hus' has no events and no answers in 2026-10.*cover 2026-08"
    ):
        run_report(toy(tmp_path), period="2026-10", segment="Små hus")


def test_a_definition_without_a_study_wants_one(tmp_path, no_kernel):
    definition = toy(tmp_path, definition=PAGE_ALONE.replace('study = "data/small"\n', ""))
    with pytest.raises(ParameterError, match="use --study"):
        run_report(definition, period="2026-10")


@pytest.mark.parametrize(
    ("last", "expected"),
    [("2026-10-31 23:30", "2026-10"), ("2026-10-15 08:00", "2026-09"), ("2026-10-31 23:30+00:00", "2026-10")],
)
def test_the_last_whole_month_is_the_period_where_none_is_given(tmp_path, quick, last, expected):
    definition = toy(tmp_path)
    make_study(definition.study, events=EVENTS.replace("2026-10-31 23:30", last))
    assert run_report(definition).period == expected


def test_a_mistyped_year_is_not_the_last_whole_month(tmp_path, quick):
    definition = toy(tmp_path)
    more = "".join(f"A1,2026-10-{1 + n % 28:02} 09:00,invoice,4\n" for n in range(200))
    make_study(definition.study, events=EVENTS + more + "A1,2062-05-31 09:00,invoice,4\n")
    assert run_report(definition).period == "2026-10"
    assert run_report(definition, period="2062-05").period == "2062-05"


def test_the_data_of_the_next_month_make_a_month_whole():
    days = ["2026-09-30", *["2026-10-30"] * 300, "2026-11-01"]
    covered = coverage(pd.Series(pd.to_datetime(days).tz_localize("UTC")), "month")
    assert str(covered.last_whole) == "2026-10"


# ---- folders ----


def test_a_report_that_is_there_is_not_replaced_without_being_told_to(tmp_path, quick):
    definition = toy(tmp_path)
    run_report(definition, period="2026-10")
    with pytest.raises(ParameterError, match="add --again"):
        run_report(definition, period="2026-10", parameters={"loss_weight": "12"})
    run = run_report(definition, period="2026-10", parameters={"loss_weight": "12"}, again=True)
    assert json.loads(run.metrics.read_text(encoding="utf-8"))["loss_weight"] == 12.0


def test_reports_that_differ_stand_in_different_folders(tmp_path, quick):
    definition = toy(tmp_path)
    other = make_study(tmp_path / "data" / "other")
    runs = [
        run_report(definition, period="2026-10"),
        run_report(definition, period="2026-09"),
        run_report(definition, period="2026-10", language="sv"),
        run_report(definition, period="2026-10", segment="Private"),
        run_report(definition, period="2026-08", segment="Små hus"),
        run_report(definition, period="2026-10", study_path=other, segment="Private", language="sv"),
    ]
    assert [run.folder.name for run in runs] == [
        "2026-10",
        "2026-09",
        "2026-10_sv",
        "2026-10_segment-private",
        "2026-08_segment-små-hus",
        "2026-10_study-other_segment-private_sv",
    ]


def test_a_report_of_another_study_is_not_replaced(tmp_path, quick):
    definition = toy(tmp_path / "project")
    ours, theirs = (make_study(tmp_path / "clients" / client / "study") for client in ("a", "b"))
    run = run_report(definition, period="2026-10", study_path=ours)
    for again in (False, True):
        with pytest.raises(ParameterError) as error:
            run_report(definition, period="2026-10", study_path=theirs, again=again)
        assert f"there: study {ours}, language en" in str(error.value)
        assert f"asked: study {theirs}, language en" in str(error.value)
        assert "--output" in str(error.value)
    kept = json.loads(run.notebook.read_text(encoding="utf-8"))["metadata"]["papermill"]["parameters"]
    assert kept["study_path"] == str(ours)


def test_a_report_of_other_tables_or_another_segment_is_not_replaced(tmp_path, quick):
    definition = toy(tmp_path)
    run_report(definition, period="2026-10", segment="Private")
    study = definition.study
    customers = (study / "customers.csv").read_text(encoding="utf-8")
    (study / "customers.csv").write_text(customers.replace("Private", "Private!"), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"there: .* segment Private,.*\n.*asked: .* segment Private!,"):
        run_report(definition, period="2026-10", segment="Private!", again=True)
    elsewhere = make_study(tmp_path / "elsewhere")
    run_report(definition, period="2026-10")
    with pytest.raises(ParameterError, match=rf"asked: .* data_dir {elsewhere}"):
        run_report(definition, period="2026-10", data_dir=elsewhere, again=True)


def test_one_study_spelled_in_two_ways_is_one_question(tmp_path, quick, monkeypatch):
    definition = toy(tmp_path / "project")
    study = make_study(tmp_path / "clients" / "a" / "study")
    run_report(definition, period="2026-10", study_path=study)
    monkeypatch.chdir(definition.project)
    (tmp_path / "link").symlink_to(study)
    for spelling in ("../clients/a/study", study / "study.toml", tmp_path / "project" / ".." / "link"):
        run_report(definition, period="2026-10", study_path=spelling, again=True)
        assert quick["study_path"].startswith(str(study))


def test_a_folder_that_does_not_say_what_it_answers_is_replaced_when_told_to(tmp_path, quick):
    definition = toy(tmp_path)
    run = run_report(definition, period="2026-10")
    run.notebook.write_text("no notebook", encoding="utf-8")
    assert run_report(definition, period="2026-10", again=True).page.exists()


@pytest.mark.parametrize(
    ("output", "said"), [("file", "not a directory"), ("/proc/cx", "no such file"), ("file/below", "not a directory")]
)
def test_a_folder_for_reports_that_cannot_be_is_refused_before_a_kernel_starts(tmp_path, no_kernel, output, said):
    definition = toy(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ParameterError, match=f"cannot be used: {said}"):
        run_report(definition, period="2026-10", output=tmp_path / output)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_for_reports_that_may_not_be_written_is_refused(tmp_path, no_kernel):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(ParameterError, match="cannot be used: permission denied"):
        run_report(toy(tmp_path), period="2026-10", output=tmp_path / "locked")


def test_the_folder_for_reports_can_be_another(tmp_path, quick):
    run = run_report(toy(tmp_path), period="2026-10", output=tmp_path / "shared")
    assert run.folder == tmp_path / "shared" / "toy" / "2026-10"


def test_names_cannot_leave_the_folder():
    assert folder_name("2026-10", segment="../../etc/passwd") == "2026-10_segment-etc-passwd"
    assert "/" not in folder_name("2026-10", segment="a/b\\c\0d\n", study="..")
    assert len(folder_name("2026-10", segment="å" * 500).encode()) < 255


def test_names_are_short_enough_for_a_file_system_in_every_alphabet():
    long = "顧" * 50
    names = [folder_name("2026-10", study=long, segment=long + last, language="sv") for last in "ab"]
    assert len(set(names)) == 2
    # With the report's own name, and `.lock` at the end.
    assert max(len(name.encode()) for name in names) < 180


def test_segments_that_would_be_written_alike_are_told_apart():
    segments = ["A/B", "a b", "C"]
    names = [folder_name("2026-10", segment=segment, segments=segments) for segment in segments]
    assert len(set(names)) == 3
    assert names[2] == "2026-10_segment-c"
    assert folder_name("2026-10", segment="…") != folder_name("2026-10", segment="!")


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b"])
def test_a_folder_name_that_would_leave_is_refused(tmp_path, name):
    with pytest.raises(ParameterError, match="cannot be the name"):
        ReportFolder(root=tmp_path, report="toy", name=name)


# ---- failures ----


def failed(folder, notebook):
    definition = toy(folder, notebook=notebook)
    with pytest.raises(ReportError) as error:
        run_report(definition, period="2026-10")
    return definition, error.value


def test_a_failed_cell_is_named_and_its_notebook_kept_apart(tmp_path):
    definition, error = failed(tmp_path, "fails_in_cell.ipynb")
    assert isinstance(error, CellError)
    assert (error.cell_name, error.cell_number) == ("Who is at risk", 5)
    assert (error.error_name, error.error_value) == ("KeyError", "'payment'")
    assert 'rates["payment"]' in error.traceback
    assert "\x1b" not in str(error)
    assert contents(definition.project / "reports") == [".failed/toy-2026-10/notebook.ipynb"]
    kept = definition.project / "reports" / ".failed" / "toy-2026-10" / "notebook.ipynb"
    assert str(kept) in error.__notes__[0]
    notebook = nbformat.read(kept, as_version=4)
    assert notebook.cells[error.cell_number - 1].outputs[0].ename == "KeyError"
    assert str(tmp_path) not in kept.read_text(encoding="utf-8").replace("\\n", "")


def test_a_cell_with_a_name_of_its_own_is_called_by_it(tmp_path):
    _, error = failed(tmp_path, "fails_in_named_cell.ipynb")
    assert error.cell_name == "at risk by month"
    assert error.error_value == "no rows for 2026-10"


def test_a_kernel_that_dies_is_said_to_have_died(tmp_path):
    definition, error = failed(tmp_path, "kernel_dies.ipynb")
    assert not isinstance(error, CellError)
    assert "in cell 4 (A large table); most often the machine ran out of memory" in str(error)
    assert contents(definition.project / "reports") == [".failed/toy-2026-10/notebook.ipynb"]


def test_a_kernel_that_dies_before_the_first_cell_is_said_not_to_have_started(tmp_path, monkeypatch):
    def dies(*_, **__):
        raise DeadKernelError("Kernel died")

    monkeypatch.setattr(papermill, "execute_notebook", dies)
    _, error = failed(tmp_path, "gives_figures.ipynb")
    assert "no Python could be started for the notebook: Kernel died" in str(error)


def test_a_disk_that_is_full_is_said_and_leaves_nothing(tmp_path, quick, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(page, "write_page", full)
    definition, error = failed(tmp_path, "gives_figures.ipynb")
    assert str(error) == "the report could not be written: no space left on device"
    assert contents(definition.project / "reports") == []


def test_a_failed_notebook_that_cannot_be_kept_does_not_hide_the_failure(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ReportFolder, "keep_failed", full)
    _, error = failed(tmp_path, "fails_in_cell.ipynb")
    assert isinstance(error, CellError)
    assert "could not be kept: no space left" in error.__notes__[0]


@pytest.mark.parametrize(
    ("notebook", "said"),
    [
        ("gives_no_figures.ipynb", "hands over its figures 0 times"),
        ("gives_figures_twice.ipynb", "hands over its figures 2 times"),
        ("gives_a_list.ipynb", "are not a dict"),
    ],
)
def test_figures_are_handed_over_once_and_as_a_dict(tmp_path, notebook, said):
    definition, error = failed(tmp_path, notebook)
    assert said in str(error)
    assert contents(definition.project / "reports") == []


def test_a_failure_leaves_the_older_report_and_a_success_clears_the_failure(tmp_path):
    definition = toy(tmp_path)
    reports = definition.project / "reports"
    before = run_report(definition, period="2026-10").metrics.read_bytes()
    make_project(tmp_path, notebook="fails_in_cell.ipynb")
    with pytest.raises(CellError):
        run_report(definition, period="2026-10", again=True)
    assert (reports / "toy" / "2026-10" / "metrics.json").read_bytes() == before
    assert (reports / ".failed" / "toy-2026-10").exists()
    make_project(tmp_path)
    run_report(definition, period="2026-10", again=True)
    assert not (reports / ".failed" / "toy-2026-10").exists()


# ---- interruptions ----


def interrupted_run(project, how):
    """Start a report in a process of its own, wait until a cell runs, and stop it."""
    command = [sys.executable, "-m", "cxlib.cli", "report", "toy", "--period", "2026-10", "--project", str(project)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    waiting = project / "data" / "small" / "waiting"
    for _ in range(300):
        if waiting.exists() or process.poll() is not None:
            break
        time.sleep(0.1)
    assert waiting.exists(), process.communicate()[1]
    process.send_signal(how)
    said = process.communicate(timeout=30)[1]
    return process.returncode, said


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "terminate"])
def test_a_run_that_is_stopped_leaves_nothing(tmp_path, how, code):
    project = make_project(tmp_path, notebook="waits.ipynb")
    ended, said = interrupted_run(project, how)
    assert ended == code
    assert "Stopped; nothing half made was left behind." in said
    assert "Traceback" not in said
    assert contents(project / "reports") == []
    kernel = int((project / "data" / "small" / "waiting").read_text(encoding="utf-8"))
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)


def test_the_next_run_clears_what_a_killed_one_left(tmp_path):
    project = make_project(tmp_path, notebook="waits.ipynb")
    code, _ = interrupted_run(project, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert (project / "reports" / ".building" / "toy+2026-10" / "new").is_dir()
    make_project(tmp_path)
    run_report(load_definition("toy", project), period="2026-10")
    assert not (project / "reports" / ".building" / "toy+2026-10").exists()
    assert (project / "reports" / "toy" / "2026-10" / "report.html").exists()


@pytest.fixture
def place(tmp_path):
    return ReportFolder(root=tmp_path, report="toy", name="2026-10")


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page").write_text(text, encoding="utf-8")


def build(place, text):
    with place.building(again=True) as new:
        write(new, text)


def test_an_older_report_is_there_until_the_new_one_is(place, monkeypatch):
    build(place, "older")
    rename = Path.rename

    def watched(path, to):
        assert path != place.target, "the older report is away"
        return rename(path, to)

    probe = place.root / "one", place.root / "other"
    for folder in probe:
        folder.mkdir()
    if not exchange(*probe):
        pytest.skip("this file system cannot exchange two folders")
    monkeypatch.setattr(Path, "rename", watched)
    build(place, "newer")
    assert (place.target / "page").read_text(encoding="utf-8") == "newer"
    assert not place.aside.exists()


def test_a_file_system_that_cannot_exchange_folders_gets_two_renames(place, monkeypatch):
    monkeypatch.setattr(folder_module, "exchange", lambda one, other: False)
    build(place, "older")
    build(place, "newer")
    assert (place.target / "page").read_text(encoding="utf-8") == "newer"
    assert not place.aside.exists()


def test_what_cannot_be_exchanged_stays(tmp_path):
    (tmp_path / "there").mkdir()
    assert not exchange(tmp_path / "there", tmp_path / "missing")
    assert (tmp_path / "there").is_dir()


def test_a_run_killed_between_the_two_renames_is_finished_by_the_next(place):
    write(place.aside / "old", "older")
    write(place.aside / "new", "newer")
    (place.aside / "complete").touch()
    other = ReportFolder(root=place.root, report="toy", name="2026-11")
    build(other, "another report")
    assert (place.target / "page").read_text(encoding="utf-8") == "newer"
    assert not place.aside.exists()


def test_an_older_report_goes_back_where_the_new_one_is_not_whole(place):
    write(place.aside / "old", "older")
    write(place.aside / "new", "half")
    with pytest.raises(ParameterError, match="--again"), place.building(again=False):
        pass
    assert (place.target / "page").read_text(encoding="utf-8") == "older"


def test_a_leftover_does_not_touch_a_report_that_stands(place):
    build(place, "standing")
    write(place.aside / "new", "half")
    build(ReportFolder(root=place.root, report="toy", name="2026-11"), "another")
    assert (place.target / "page").read_text(encoding="utf-8") == "standing"
    assert not place.aside.exists()


def test_an_error_while_building_leaves_the_older_report(place):
    build(place, "older")
    with pytest.raises(KeyboardInterrupt), place.building(again=True) as new:
        write(new, "half")
        raise KeyboardInterrupt
    assert (place.target / "page").read_text(encoding="utf-8") == "older"
    assert not place.aside.exists()


def test_two_runs_of_one_report_do_not_meet(place):
    with place.building(again=True) as new:
        write(new, "first")
        with pytest.raises(BusyError, match="another run is making"), place.building(again=True):
            pass
        build(ReportFolder(root=place.root, report="toy", name="2026-11"), "another is free to run")
        assert new.exists()
    assert (place.target / "page").read_text(encoding="utf-8") == "first"


def test_the_working_directory_of_this_process_stays(tmp_path):
    before = Path.cwd()
    run_report(toy(tmp_path), period="2026-10")
    assert Path.cwd() == before


def test_a_study_speaks_its_own_language_unless_another_is_asked_for(tmp_path, quick):
    project = make_project(tmp_path)
    settings = project / "data" / "small" / "study.toml"
    settings.write_text('language = "sv"\n' + settings.read_text() + '[labels.sv]\n"Private" = "Privatkund"\n')
    definition = load_definition("toy", project)
    own = run_report(definition, period="2026-10", segment="Private")
    assert own.folder.name == "2026-10_segment-private"
    assert "Oktober 2026 · Small &amp; Co · Privatkund" in own.page.read_text(encoding="utf-8")
    asked = run_report(definition, period="2026-10", language="en")
    assert asked.folder.name == "2026-10_en"
