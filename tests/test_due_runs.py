"""Everything that is due and missing is made, oldest first, and nothing twice."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import nullcontext
from dataclasses import replace

import nbformat
import pytest

from cxlib.errors import ParameterError
from cxlib.reporting import METRICS_MIME, due_runs, due_telling, execution
from cxlib.reporting.definition import load_definition
from cxlib.reporting.due_runs import run_due
from cxlib.reporting.failures import ReportError
from cxlib.reporting.folder import ReportFolder
from cxlib.reporting.history import DONE, FAILED, History
from cxlib.reporting.post import PostError
from cxlib.reporting.progress import ManyProgress
from cxlib.reporting.record import record_in
from cxlib.reporting.run import run_report
from tests.test_history import BEGUN, killed
from tests.toy_project import EVENTS, PAGE_ALONE, make_project, make_study

DUE = PAGE_ALONE.replace('study = "data/small"', 'study = "data/small"\nfirst_period = "2026-08"\nretries = 2')
NOVEMBER = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)


@pytest.fixture
def given(monkeypatch):
    """Stand in for the kernel; what each run was given, in their order. `fails` says which of them fail."""
    calls: list[dict] = []

    def executed(notebook, parameters, **_):
        calls.append(dict(parameters))
        for fault in executed.fails:
            if all(parameters[name] == value for name, value in fault.items()):
                raise ReportError(f"no luck with {parameters['period']}")
        data = {METRICS_MIME: {"period": parameters["period"]}}
        cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data)])
        return nbformat.v4.new_notebook(cells=[cell], metadata={"papermill": {"parameters": dict(parameters)}})

    executed.fails = []
    monkeypatch.setattr(execution, "execute", executed)
    monkeypatch.setattr(due_runs, "warm_server", nullcontext)  # nothing would be forked of it
    calls_and_fails = (calls, executed.fails)
    return calls_and_fails


def due(project, as_of=NOVEMBER, **options):
    pauses = []
    outcome = run_due(project, as_of=as_of, pause=pauses.append, **options)
    return outcome, pauses


def periods(calls):
    return [(call["period"], call["segment"]) for call in calls]


def test_every_missing_period_is_made_oldest_first_and_only_once(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    outcome, _ = due(project)
    assert periods(given[0]) == [("2026-08", None), ("2026-09", None), ("2026-10", None)]
    assert [made.period for made in outcome.made] == ["2026-08", "2026-09", "2026-10"]
    assert (outcome.failed, outcome.skipped) == ([], [])
    again, _ = due(project)
    assert (again.made, len(given[0])) == ([], 3)
    assert [past.outcome for past in History(project / "reports").runs()] == [DONE] * 3


def test_a_period_is_due_when_its_hour_comes(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    # the first of November at six in Stockholm is five in UTC
    due(project, as_of=dt.datetime(2026, 11, 1, 4, 59, tzinfo=dt.UTC))
    assert periods(given[0]) == [("2026-08", None), ("2026-09", None)]
    due(project, as_of=dt.datetime(2026, 11, 1, 5, 0, tzinfo=dt.UTC))
    assert periods(given[0])[2:] == [("2026-10", None)]


def test_a_report_is_compared_with_the_one_before_and_that_of_a_year_before(tmp_path, given):
    project = make_project(tmp_path, definition=DUE.replace('first_period = "2026-08"', 'first_period = "2025-10"'))
    make_study(project / "data" / "small", events=EVENTS + "A1,2025-10-05 09:00,invoice,2\n")
    outcome, _ = due(project)
    assert [made.period for made in outcome.made] == ["2025-10", "2026-08", "2026-09", "2026-10"]
    last = given[0][-1]
    assert last["metrics_before"] == "../reports/toy/2026-09/metrics.json"
    assert last["metrics_year_before"] == "../reports/toy/2025-10/metrics.json"
    assert (given[0][0]["metrics_before"], given[0][0]["metrics_year_before"]) == ("", "")
    record = record_in(outcome.made[-1].folder)
    inputs = {each.file: each.sha256 for each in record.inputs}
    assert {"events.csv", "study.toml", "reports/toy.toml", "notebooks/report.ipynb"} <= inputs.keys()
    assert {"toy/2026-09/metrics.json", "toy/2025-10/metrics.json"} <= inputs.keys()


def test_the_figures_of_another_language_do_as_well_and_those_of_a_segment_do_not(tmp_path, given):
    definition = load_definition("toy", make_project(tmp_path, definition=DUE))
    run_report(definition, period="2026-09", segment="Private")
    run_report(definition, period="2026-10")
    assert given[0][-1]["metrics_before"] == ""
    run_report(definition, period="2026-09", language="sv")
    run_report(definition, period="2026-10", again=True)
    assert given[0][-1]["metrics_before"] == "../reports/toy/2026-09_sv/metrics.json"
    run_report(definition, period="2026-09")
    run_report(definition, period="2026-10", again=True)
    assert given[0][-1]["metrics_before"] == "../reports/toy/2026-09/metrics.json"


def test_each_segment_has_a_report_beside_the_whole(tmp_path, given):
    definition = DUE.replace("retries = 2", 'segments = "all"').replace("2026-08", "2026-10")
    project = make_project(tmp_path, definition=definition)
    outcome, _ = due(project)
    assert periods(given[0]) == [("2026-10", None), ("2026-10", "Private")]
    (skipped,) = outcome.skipped  # nobody of Små hus was heard of in October
    assert str(skipped) == "toy 2026-10, segment Små hus: waits for its data"


def test_a_segment_that_the_study_does_not_have_is_said_with_the_nearest(tmp_path, given):
    project = make_project(tmp_path, definition=DUE.replace("retries = 2", 'segments = ["Privat"]'))
    outcome, _ = due(project)
    (failed,) = outcome.failed
    assert isinstance(failed.error, ParameterError)
    assert "has no segment 'Privat'; it has: Private, Små hus; did you mean 'Private'" in str(failed)
    assert len(outcome.made) == 3, "the whole is made all the same"


def test_a_report_that_fails_is_tried_again_after_a_pause_that_doubles(tmp_path, given):
    calls, fails = given
    project = make_project(tmp_path, definition=DUE)
    fails.append({"period": "2026-09"})
    outcome, pauses = due(project)
    assert periods(calls) == [("2026-08", None), *[("2026-09", None)] * 3, ("2026-10", None)]
    assert pauses == [60, 120]
    (failed,) = outcome.failed
    assert str(failed) == "toy 2026-09: no luck with 2026-09"
    rows = [(past.period, past.attempt, past.outcome) for past in reversed(History(project / "reports").runs())]
    assert rows == [
        ("2026-08", 1, DONE),
        ("2026-09", 1, FAILED),
        ("2026-09", 2, FAILED),
        ("2026-09", 3, FAILED),
        ("2026-10", 1, DONE),
    ]
    fails.clear()
    assert [made.period for made in due(project)[0].made] == ["2026-09"]


def test_a_wrong_definition_stops_no_other(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    (project / "reports" / "broken.toml").write_text('period = "fortnight"\n', encoding="utf-8")
    outcome, _ = due(project)
    assert len(outcome.made) == 3
    (failed,) = outcome.failed
    assert failed.what == "broken" and "fortnight" in str(failed)
    assert due(project, names=["toy"])[0].failed == []
    with pytest.raises(ParameterError, match=r"no report is named 'tou'.*did you mean 'toy'"):
        due(project, names=["tou"])


def test_a_refused_study_is_a_failure_of_its_reports(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    (project / "data" / "small" / "events.csv").write_text("customer_id,occurred_at\nA1,2026-10-01\n")
    outcome, pauses = due(project)
    assert "touchpoint" in str(outcome.failed[0]) and given[0] == []
    assert pauses == [60, 120]
    assert [past.outcome for past in History(project / "reports").runs()] == [FAILED] * 3


def test_a_study_that_was_read_while_it_was_written_is_read_again(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    events = project / "data" / "small" / "events.csv"
    whole = events.read_text()
    events.write_text("customer_id,occurred_at\nA1,2026-10-01\n")
    outcome = run_due(project, as_of=NOVEMBER, pause=lambda seconds: events.write_text(whole))
    assert [made.period for made in outcome.made] == ["2026-08", "2026-09", "2026-10"]
    assert outcome.failed == []


def test_periods_whose_data_have_not_come_wait(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    outcome, _ = due(project, as_of=dt.datetime(2026, 12, 2, tzinfo=dt.UTC))
    assert [str(skipped) for skipped in outcome.skipped] == ["toy 2026-11: waits for its data"]
    assert len(outcome.made) == 3


def test_half_a_period_is_not_reported_as_a_whole_one(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    half = EVENTS.replace("A2,2026-10-31 23:30,meter,5\n", "")
    make_study(project / "data" / "small", events=half)
    outcome, _ = due(project)
    assert [made.period for made in outcome.made] == ["2026-08", "2026-09"]
    assert [str(skipped) for skipped in outcome.skipped] == ["toy 2026-10: waits for its data"]
    make_study(project / "data" / "small", events=half + "A2,2026-10-29 08:00,meter,5\n")
    assert [made.period for made in due(project)[0].made] == ["2026-10"]


def test_a_report_that_another_run_makes_is_left_to_it(tmp_path, given):
    project = make_project(tmp_path, definition=DUE.replace("2026-08", "2026-10"))
    with ReportFolder(root=project / "reports", report="toy", name="2026-10").building(again=False):
        outcome, _ = due(project)
    assert [str(skipped) for skipped in outcome.skipped] == ["toy 2026-10: another run is making it"]


def test_what_a_killed_run_left_is_made_up_for(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    place = ReportFolder(root=project / "reports", report="toy", name="2026-09")
    killed(History(place.root), place, replace(BEGUN, folder=place.key, period="2026-09"))
    due(project)
    outcomes = {past.id: past.outcome for past in History(place.root).runs()}
    assert outcomes.pop("a1") == "interrupted" and set(outcomes.values()) == {DONE}
    assert json.loads((place.target / "metrics.json").read_text())["period"] == "2026-09"


def test_a_row_with_a_mistyped_year_makes_no_half_a_period_whole(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    filled = [("08", 28), ("09", 28), ("10", 5)]
    days = "".join(
        f"A1,2026-{month}-{1 + n % until:02} 09:00,invoice,4\n" for month, until in filled for n in range(150)
    )
    make_study(project / "data" / "small", events=EVENTS.split("A1")[0] + days + "A1,2062-05-31 09:00,invoice,4\n")
    outcome, _ = due(project)
    assert [str(skipped) for skipped in outcome.skipped] == ["toy 2026-10: waits for its data"]


def test_later_periods_wait_for_one_that_another_run_is_making(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    with ReportFolder(root=project / "reports", report="toy", name="2026-08").building(again=False):
        outcome, _ = due(project)
    assert [str(skipped) for skipped in outcome.skipped] == [
        f"toy 2026-{month}: another run is making it" for month in ("08", "09", "10")
    ]
    assert given[0] == [], "each is compared with the one before"


def test_a_defect_in_one_report_stops_no_other(tmp_path, given, monkeypatch):
    project = make_project(tmp_path, definition=DUE.replace("retries = 2", "retries = 0"))

    def defective(notebook, path, **options):
        if "2026-09" in str(path):
            raise KeyError("payment")
        path.write_text("page", encoding="utf-8")

    monkeypatch.setattr("cxlib.reporting.outputs.page.write_page", defective)
    outcome, _ = due(project)
    assert [made.period for made in outcome.made] == ["2026-08", "2026-10"]
    (failed,) = outcome.failed
    assert str(failed) == "toy 2026-09: failed unexpectedly with KeyError: 'payment'"
    assert "defective" in failed.error.__notes__[0]


def test_a_study_that_is_refused_when_nothing_is_missing_raises_no_alarm(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    due(project)
    (project / "data" / "small" / "events.csv").write_text("customer_id,occurred_at\nA1,2026-10-01\n")
    outcome, pauses = due(project)
    assert (outcome.failed, pauses) == ([], [])


def test_a_report_that_an_ended_run_left_off_the_list_is_listed_by_the_next(tmp_path, given):
    project = make_project(tmp_path, definition=DUE)
    due(project)
    index = project / "reports" / "index.html"
    index.unlink()
    due(project)
    assert 'href="toy/2026-10/report.html"' in index.read_text(encoding="utf-8")


# ---- who is told ----

POSTED = DUE.replace(
    "retries = 2",
    'retries = 0\nowner = "owner@example.org"\npost.to = ["board@example.org"]\npost.link = "https://example.org/reports"',
)


@pytest.fixture
def sent(monkeypatch):
    """What would be sent, instead of sending it."""
    calls = []

    def report(definition, run, *, environment, history):
        calls.append(("report", run.folder.name))
        if environment.get("DOWN"):
            raise PostError("the mail server is down", sent=("mailed to a@example.org",))
        return [f"mailed {run.folder.name}"]

    def failure(definition, *, period, segment, language, error, attempts, environment, history):
        calls.append(("failure", period, attempts, str(error)))
        return ["told the owner"]

    monkeypatch.setattr(due_telling, "post_report", report)
    monkeypatch.setattr(due_telling, "post_failure", failure)
    return calls


def test_whoever_is_named_is_told_of_the_latest_report_and_the_owner_of_a_failure_after_the_last_try(
    tmp_path, given, sent
):
    project = make_project(tmp_path, definition=POSTED.replace("retries = 0", "retries = 1"))
    given[1].append({"period": "2026-09"})
    outcome, _ = due(project, environment={})
    assert sent == [
        ("failure", "2026-09", 2, "no luck with 2026-09"),
        ("report", "2026-10"),
    ]
    assert outcome.told == [
        "toy 2026-08: not sent, for a later one is due; `cx post` sends it",
        "toy 2026-09: told the owner",
        "toy 2026-10: mailed 2026-10",
    ]
    assert outcome.untold == []


def test_a_report_stands_whether_it_could_be_sent_or_not(tmp_path, given, sent):
    project = make_project(tmp_path, definition=POSTED.replace("2026-08", "2026-10"))
    outcome, _ = due(project, environment={"DOWN": "yes"})
    assert [made.period for made in outcome.made] == ["2026-10"] and outcome.made[0].page.exists()
    assert [str(untold) for untold in outcome.untold] == ["toy 2026-10: the mail server is down"]
    assert outcome.told == ["toy 2026-10: mailed to a@example.org"]
    assert History(project / "reports").runs()[0].outcome == DONE


def test_a_report_that_an_ended_run_did_not_send_is_sent_by_the_next_and_only_once(tmp_path, given, sent, monkeypatch):
    project = make_project(tmp_path, definition=POSTED)

    def ended(*_, **__):
        raise SystemExit(143)

    with monkeypatch.context() as patch:
        patch.setattr(due_telling, "post_report", ended)
        patch.setattr(due_telling.Telling, "of_report", ended)
        with pytest.raises(SystemExit):
            due(project, environment={})
    outcome, _ = due(project, environment={})
    assert [made.period for made in outcome.made] == ["2026-09", "2026-10"]
    assert sent == [("report", "2026-10")]
    with monkeypatch.context() as patch:
        patch.setattr(due_telling, "TRIED", "never tried")
        assert due(project, environment={})[0].told == ["toy 2026-10: mailed 2026-10"]
    assert due(project, environment={})[0].told == []


def test_without_a_server_in_the_environment_nothing_is_sent_and_it_is_said(tmp_path, given):
    project = make_project(tmp_path, definition=POSTED.replace("2026-08", "2026-10"))
    outcome, _ = due(project, environment={})
    (untold,) = outcome.untold
    assert "CX_SMTP_HOST" in str(untold)


def test_the_whole_and_the_segments_of_a_period_are_made_at_once_by_processes_of_their_own(tmp_path):
    definition = DUE.replace("retries = 2", 'retries = 0\nsegments = "all"').replace("2026-08", "2026-10")
    project = make_project(tmp_path, definition=definition)
    events = EVENTS + "B1,2026-10-15 12:00,meter,3\n"
    make_study(project / "data" / "small", events=events)
    begun = []

    class Watching(ManyProgress):
        def begins(self, label):
            begun.append(label)
            return super().begins(label)

    outcome, _ = due(project, jobs=2, bars=lambda count: nullcontext(Watching()))
    assert (outcome.failed, outcome.skipped) == ([], [])
    assert [made.folder.name for made in outcome.made] == [
        "2026-10",
        "2026-10_segment-private",
        "2026-10_segment-små-hus",
    ]
    assert begun == ["toy 2026-10", "toy 2026-10, segment Private", "toy 2026-10, segment Små hus"]
    assert {past.outcome for past in History(project / "reports").runs()} == {DONE}
