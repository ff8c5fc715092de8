"""`cx reports`: how every report of a project stands."""

from __future__ import annotations

import datetime as dt
import json
import os
import pty
import re
import subprocess
import sys

import pytest

from cxlib.errors import StudyError
from cxlib.reporting import overview
from cxlib.reporting.definition import load_definition
from cxlib.reporting.failures import CellError
from cxlib.reporting.history import HISTORY
from cxlib.reporting.overview import report_states
from cxlib.reporting.run import run_report
from tests.toy_project import DEFINITION, make_project

DUE = 'first_period = "2026-08"\n' + DEFINITION
NOVEMBER = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = make_project(tmp_path / "project", definition=DUE)
    monkeypatch.chdir(folder)
    return folder


def define(project, name, text):
    (project / "reports" / f"{name}.toml").write_text(text, encoding="utf-8")


def fail(project, period):
    make_project(project, notebook="fails_in_named_cell.ipynb", definition=DUE)
    with pytest.raises(CellError):
        run_report(load_definition("toy", project), period=period)


def missing(found):
    return [str(report) for report in found.missing]


def state(project, name="toy", *, as_of=NOVEMBER):
    states, problem = report_states(project, as_of=as_of)
    assert problem is None
    return next(state for state in states if state.name == name)


def test_a_report_that_never_ran_misses_all_that_is_due(project):
    found = state(project)
    assert (found.made, missing(found), found.failed) == ((), ["2026-08", "2026-09", "2026-10"], ())
    assert found.last_run is None
    assert found.next_due.isoformat() == "2026-12-01T06:00:00+01:00"
    before = state(project, as_of=dt.datetime(2026, 11, 1, 4, 59, tzinfo=dt.UTC))
    assert missing(before) == ["2026-08", "2026-09"]


def test_what_is_made_failed_and_missing_is_told_apart(project):
    define(project, "asked", DEFINITION)
    for name in ("2026-08", "2026-10_segment-private"):  # of a segment: the month itself is still missing
        (project / "reports" / "toy" / name).mkdir(parents=True)
    fail(project, "2026-09")
    found = state(project)
    assert (found.made, missing(found)) == (("2026-08",), ["2026-09", "2026-10"])
    assert [(run.period, run.outcome, run.cell) for run in found.failed] == [("2026-09", "failed", "at risk by month")]
    assert (found.last_run.period, found.last_run.outcome) == ("2026-09", "failed")
    asked = state(project, "asked")
    assert (asked.made, asked.missing, asked.next_due, asked.last_run) == ((), (), None, None)


def test_the_segments_that_a_definition_names_are_missing_too(project):
    define(project, "toy", 'segments = "all"\n' + DUE.replace("2026-08", "2026-10"))
    (project / "reports" / "toy" / "2026-10_segment-private").mkdir(parents=True)
    found = state(project)
    assert missing(found) == ["2026-10", "2026-10 Små hus"]
    assert found.missing[1].folder == "toy/2026-10_segment-små-hus"
    define(project, "toy", 'segments = ["Privat"]\n' + DUE)
    assert "segments: the study has no segment 'Privat'; it has: Private, Små hus" in state(project).mistakes
    (project / "data" / "small" / "events.csv").unlink()
    refused = state(project)
    assert refused.mistakes is None and refused.definition is not None
    assert "small was refused" in refused.refusal
    assert missing(refused) == ["2026-08", "2026-09", "2026-10"]  # the segments are not known


def refuse(project, period):
    """A run whose study is refused, and the study as it was."""
    events = project / "data" / "small" / "events.csv"
    sound = events.read_bytes()
    events.unlink()
    with pytest.raises(StudyError):
        run_report(load_definition("toy", project), period=period)
    events.write_bytes(sound)


def test_a_run_whose_study_was_refused_has_failed_for_its_period(project):
    refuse(project, "2026-09")
    found = state(project)
    assert [(run.folder, run.period, run.outcome) for run in found.failed] == [("", "2026-09", "failed")]
    fail(project, "2026-09")  # and later for another reason
    assert [run.folder for run in state(project).failed] == ["toy/2026-09"]
    other = project / "data" / "other"
    other.mkdir()
    with pytest.raises(StudyError):
        run_report(load_definition("toy", project), period="2026-10", study_path=other)
    assert [run.period for run in state(project).failed] == ["2026-09"]


def test_the_list_tells_a_refused_study_from_a_broken_definition(cx_command, project):
    define(project, "toy", 'segments = "all"\n' + DUE)
    refuse(project, "2026-09")
    (project / "data" / "small" / "events.csv").unlink()
    code, out, _ = cx_command("reports")
    assert code == 3
    line = out.splitlines()[1]
    assert "broken" not in line and line.split()[:3] == ["toy", "month", "0"]
    assert line.count("2026-09 failed 20") == 1  # the last run
    assert "toy/2026-09 failed 20" in out
    assert "The study of toy cannot be read, and so not its segments: " in out
    code, out, _ = cx_command("reports", "--json")
    (toy,) = json.loads(out)
    assert code == 3 and toy["mistakes"] is None and "small was refused" in toy["study_refused"]


def test_a_definition_or_notebook_that_cannot_be_read_hides_no_other(cx_command, project):
    (project / "reports" / "dangling.toml").symlink_to("nowhere.toml")
    define(project, "other", DUE.replace("report.ipynb", "other.ipynb"))
    (project / "notebooks" / "other.ipynb").write_text("[]")
    code, out, _ = cx_command("reports")
    assert code == 2
    assert [line.split()[:2] for line in out.splitlines()[1:4]] == [
        ["dangling", "broken"], ["other", "broken"], ["toy", "month"],
    ]  # fmt: skip
    assert "reports/dangling.toml cannot be read: no such file or directory" in out
    assert "it is JSON, but not of a notebook's form" in out


def test_a_folder_of_reports_that_may_not_be_looked_into_hides_no_report(project, monkeypatch):
    def forbidden(root):
        raise PermissionError(13, "Permission denied", str(root / HISTORY))

    monkeypatch.setattr(overview, "settle", forbidden)
    states, problem = report_states(project, as_of=NOVEMBER)
    assert [found.name for found in states] == ["toy"] and states[0].last_run is None
    assert problem == f"the runs cannot be looked at: permission denied: {project / 'reports' / HISTORY}"


def test_a_notebook_that_does_not_go_with_its_definition_is_a_mistake(project):
    make_project(project, notebook="misnames_a_parameter.ipynb", definition=DUE)
    assert "loss_weight: the notebook's parameters cell does not have it" in state(project).mistakes


def test_a_folder_that_is_no_period_of_the_report_is_not_counted(project):
    for name in ("2026-08", "2026-Q3", "2026-09_sv", "notes", "2026-9"):
        (project / "reports" / "toy" / name).mkdir(parents=True)
    (project / "reports" / "toy" / "2026-10").touch()
    assert state(project).made == ("2026-08",)


def test_the_list_shows_every_report_and_a_broken_one_with_its_mistakes(cx_command, project):
    (project / "reports" / "toy" / "2026-08").mkdir(parents=True)
    fail(project, "2026-09")
    define(project, "broken", DUE.replace('"month"', '"mont"').replace("2.25", "0"))
    define(project, "asked", DEFINITION.replace("month", "quarter"))
    code, out, err = cx_command("reports")
    lines = out.splitlines()
    assert (code, err) == (2, "")
    assert re.split("  +", lines[0].strip()) == [
        "report", "every", "made", "due and missing", "failed", "next due", "last run",
    ]  # fmt: skip
    assert lines[1].split() == ["asked", "quarter", "0", "–", "–", "when", "asked", "for", "–"]
    assert lines[2].split() == ["broken", "broken"]
    assert lines[3].split()[:3] == ["toy", "month", "1"]
    assert "2026-09 failed 20" in lines[3]
    assert re.search(r" 06:00 CES?T \(20..-..\) ", lines[3])
    rest = "\n".join(lines[4:])
    assert "reports/broken.toml, 2 mistakes:\n  - line 3: period: found 'mont'" in rest
    assert "  - line 12: [parameters.loss_weight] default of loss_weight: found 0; allowed" in rest
    assert "\ntoy/2026-09 failed 20" in rest
    assert "cell 4 (at risk by month) failed with ValueError: no rows for 2026-09" in rest


def test_a_sound_project_ends_with_0_and_an_empty_one_says_how_to_begin(cx_command, project):
    assert cx_command("reports")[0] == 0
    (project / "reports" / "toy.toml").unlink()
    code, out, _ = cx_command("reports")
    assert (code, out) == (0, "reports/ defines no report; reports/README.md says how to write a definition\n")


def test_the_state_is_to_be_had_as_json(cx_command, project):
    define(project, "broken", "title = \n")
    code, out, _ = cx_command("reports", "--json")
    broken, toy = json.loads(out)
    assert code == 2
    assert broken == {"name": "broken", "mistakes": broken["mistakes"]}
    assert "line 1: is not TOML" in broken["mistakes"]
    assert toy["mistakes"] is None
    assert toy["title"] == {"en": "Toy report", "sv": "Leksaksrapport"}
    assert (toy["period"], toy["timezone"], toy["first_period"]) == ("month", "Europe/Stockholm", "2026-08")
    assert toy["due"] == {"days": 1, "at": "06:00"}
    assert toy["missing"][1] == {"period": "2026-09", "segment": None, "folder": "toy/2026-09"}
    assert (toy["made"], toy["failed"], toy["last_run"]) == ([], [], None)
    assert dt.datetime.fromisoformat(toy["next"]["due_at"]) > dt.datetime.now(dt.UTC)


def test_a_history_that_cannot_be_read_hides_no_report(cx_command, project):
    (project / "reports" / HISTORY).write_bytes(b"no database at all" * 100)
    code, out, err = cx_command("reports")
    assert code == 0
    assert "toy" in out
    assert "history.sqlite cannot be used" in err


def test_a_terminal_sees_a_table_that_fits_it(project):
    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "cxlib.cli", "reports"],
        stdout=follower,
        stderr=subprocess.PIPE,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "70"},
        check=True,
    )
    os.close(follower)
    shown = os.read(leader, 65536).decode()
    os.close(leader)
    assert done.stderr == b""
    assert "\x1b[1m" in shown
    assert "toy" in shown
