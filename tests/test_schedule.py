"""The service that makes reports when they are due: what wakes it, what it survives, and how it ends."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.reporting.definition import load_definition
from cxlib.reporting.due import on_day
from cxlib.reporting.due_outcome import DueOutcome, FailedReport, SkippedReport
from cxlib.reporting.failures import BusyError, ReportError
from cxlib.reporting.schedule import EveryDay, Service, serve
from tests.test_due import DEFINITIONS, report
from tests.toy_project import DEFINITION, make_project

DUE = 'first_period = "2026-08"\n' + DEFINITION


def made(*periods):
    return [SimpleNamespace(folder=Path("reports", "toy", period)) for period in periods]


class Watched:
    """A service that runs until it has said, or done, the last thing that a test waits for."""

    def __init__(self, project, *, until, does=lambda name: DueOutcome()):
        self.project = project
        self.until = until
        self.does = does
        self.lines = []
        self.made = []

    def log(self, line):
        self.lines.append(line)
        if line.startswith(self.until):
            raise SystemExit(143)

    def run_due(self, project, *, as_of, names, jobs, progress):
        assert (project, jobs) == (self.project, 1)
        assert threading.current_thread() is threading.main_thread()  # the one that a signal reaches
        assert abs(as_of - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
        self.made += names
        progress.step("Reading the study small")
        return self.does(names[0])

    def serve(self):
        threads_before = set(threading.enumerate())
        with pytest.raises(SystemExit) as ended:
            serve(self.project, run_due=self.run_due, log=self.log, poll_seconds=0.01)
        assert ended.value.code == 143
        assert set(threading.enumerate()) <= threads_before
        return self.lines


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path, definition=DUE)


def define(project, name, text=DUE):
    (project / "reports" / f"{name}.toml").write_text(text, encoding="utf-8")


# ---- when ----


def fires(definition, since, count):
    trigger, found, previous = EveryDay(definition), [], None
    for _ in range(count):
        previous = trigger.get_next_fire_time(previous, since)
        found.append(previous)
    return found


def test_a_report_is_woken_every_day_at_its_hour_by_its_own_clock():
    definition = report("2026-08", timezone="Europe/Stockholm", at="02:30")
    since = dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC)
    # The hour comes twice on the 25th, and counts the first time.
    assert [moment.isoformat() for moment in fires(definition, since, 3)] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
        "2026-10-27T02:30:00+01:00",
    ]
    since = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)
    # It does not come on the 29th.
    assert [moment.isoformat() for moment in fires(definition, since, 2)] == [
        "2026-03-29T03:30:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


@given(DEFINITIONS, st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2028, 1, 1), timezones=st.just(dt.UTC)))
def test_no_day_is_left_out_and_none_comes_twice(definition, since):
    found = fires(definition, since, 4)
    zone = ZoneInfo(definition.timezone)
    days = [moment.astimezone(zone).date() for moment in found]
    assert found == [on_day(day, definition) for day in days]
    moments = [moment.astimezone(dt.UTC) for moment in [since, *found]]
    assert moments == sorted(set(moments))
    assert days == [days[0] + dt.timedelta(days=i) for i in range(4)]
    assert on_day(days[0] - dt.timedelta(days=1), definition).astimezone(dt.UTC) <= since


def test_days_that_were_slept_through_are_one_run(project):
    service = Service(project, run_due=lambda *_, **__: None, jobs=1, log=lambda line: None)
    runs = []
    trigger = EveryDay(load_definition("toy", project))
    week_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=7)
    service._scheduler.add_job(runs.append, trigger, args=[1], id="toy", next_run_time=week_ago)
    service._scheduler.start()
    try:
        assert len(service._executor.work(10)) == 1
        assert service._executor.work(0.1) == []
    finally:
        service._scheduler.shutdown()
    assert runs == [1]


# ---- what it does ----


def test_what_was_missed_is_made_at_once_and_the_next_time_said(project):
    define(project, "second")
    error = ReportError("no")
    error.add_note("The notebook up to there: x")
    refused = FailedReport(what="x 2026-10", error=error)
    waits = SkippedReport(what="x 2026-11", reason="waits for its data")
    outcome = DueOutcome(
        made=made("2026-08", "2026-09"), failed=[refused], untold=[refused], told=["sent"], skipped=[waits]
    )
    watched = Watched(project, until="toy: ", does=lambda name: outcome)
    watched.until = "toy: 20"
    lines = watched.serve()
    assert watched.made == ["second", "toy"]
    assert lines[:3] == [
        f"serving {project}",
        "second: taken up, every day at 06:00 Europe/Stockholm",
        "toy: taken up, every day at 06:00 Europe/Stockholm",
    ]
    assert lines[3:10] == [
        "second: reading the study small",
        "second: made 2026-08",
        "second: made 2026-09",
        "second: sent",
        "second: failed: x 2026-10: no\nThe notebook up to there: x",
        "second: not sent: x 2026-10: no",
        "second: left alone: x 2026-11: waits for its data",
    ]
    assert " is due next, on " in lines[10]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ReportError("cell 4 (x) failed"), "a: failed: cell 4 (x) failed"),
        (BusyError("another run"), "a: failed: another run"),
        (OSError(28, "No space left on device"), "a: failed: no space left on device"),
        (KeyError("bug"), "a: failed unexpectedly with KeyError: 'bug'\n"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_run_that_fails_in_whatever_way_stops_no_other(project, capfd, error, said):
    define(project, "a")

    def does(name):
        if name == "a":
            raise error
        return DueOutcome(made=made("2026-08"))

    watched = Watched(project, until="toy: made", does=does)
    lines = watched.serve()
    assert any(line.startswith(said) for line in lines)
    if isinstance(error, KeyError):
        assert "in does" in next(line for line in lines if line.startswith(said))  # where the mistake is
    assert capfd.readouterr().err == ""  # everything is said through the log


def test_a_plea_to_end_during_a_run_ends_the_service(project, capfd):
    def does(name):
        raise SystemExit(143)

    watched = Watched(project, until="never", does=does)
    watched.serve()
    assert watched.made == ["toy"]
    assert capfd.readouterr().err == ""


def test_a_report_that_names_no_first_period_is_left_alone(project):
    define(project, "asked", DEFINITION)
    watched = Watched(project, until="toy: 20")
    lines = watched.serve()
    assert "asked: names no first_period, so it is made only when somebody asks" in lines
    assert watched.made == ["toy"]


def test_definitions_are_taken_up_as_they_change(project):
    """A new one, then a mistake in it, then it is mended, then it is gone: without a restart."""
    broken = DUE.replace('"month"', '"mont"')
    steps = iter(
        [
            lambda: define(project, "late"),
            lambda: define(project, "late", broken),
            lambda: define(project, "late", DUE.replace("2026-08", "2026-09")),
            lambda: define(project, "late", DUE + "\n[due]\ndays = 4\nat = 23:15:00\n"),
            lambda: (project / "reports" / "late.toml").unlink(),
        ]
    )
    waits_for = iter(["late: 20", "late: is not made", "late: 20", "late: 20", "late: its definition is gone"])
    awaited = None

    class Scripted(Watched):
        def log(self, line):
            nonlocal awaited
            self.lines.append(line)
            if line.startswith("toy: 20") or (awaited is not None and line.startswith(awaited)):
                awaited = next(waits_for, None)
                if awaited is None:
                    raise SystemExit(143)
                next(steps)()

    watched = Scripted(project, until="")
    said = [line for line in watched.serve() if line.startswith("late")]
    lines = [line for line in said if " is due next" not in line and "reading" not in line]
    assert lines[0] == "late: taken up, every day at 06:00 Europe/Stockholm"
    assert lines[1].startswith(
        "late: is not made until this is mended: reports/late.toml, 1 mistake:\n  - line 3: period"
    )
    assert lines[2] == "late: taken up, every day at 06:00 Europe/Stockholm"
    assert lines[3:] == ["late: changed, every day at 23:15 Europe/Stockholm", "late: its definition is gone"]
    assert watched.made == ["toy", "late", "late", "late"]


def test_a_definition_that_was_broken_from_the_start_keeps_no_other_back(project):
    define(project, "broken", "title = \n")
    watched = Watched(project, until="toy: 20")
    lines = watched.serve()
    assert lines[1].startswith("broken: is not made until this is mended: reports/broken.toml, 1 mistake")
    assert sum(line.startswith("broken") for line in lines) == 1
    assert watched.made == ["toy"]


def test_a_study_that_moves_to_another_timezone_moves_its_reports(project):
    study = project / "data" / "small" / "study.toml"

    class Moved(Watched):
        def log(self, line):
            self.lines.append(line)
            if line.startswith("toy: 20"):
                text = study.read_text(encoding="utf-8")
                study.write_text(text.replace("Europe/Stockholm", "Asia/Tokyo"), encoding="utf-8")
            if line == "toy: changed, every day at 06:00 Asia/Tokyo":
                raise SystemExit(143)

    assert Moved(project, until="").serve()[-1].endswith("Asia/Tokyo")
