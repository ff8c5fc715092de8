"""The history of runs: what it says of every way in which a run can end, and that it never says more."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

import pytest

from cxlib.reporting.failures import CellError, ReportError
from cxlib.reporting.folder import ReportFolder
from cxlib.reporting.history import DONE, FAILED, INTERRUPTED, RUNNING, STOPPED, History, OpenRun
from cxlib.reporting.record import Hashed, RunRecord, package_versions, record_in, write_record
from cxlib.reporting.settling import settle

BEGUN = RunRecord(
    id="a1",
    report="toy",
    period="2026-10",
    segment=None,
    language="en",
    study="Small & Co",
    folder="toy/2026-10",
    titles={"en": "Toy report"},
    subtitle="October 2026",
    parameters={"loss_weight": 2.25},
    inputs=(Hashed(file="events.csv", sha256="0" * 64),),
    versions={"python": "3.12.1"},
    started_at="2026-11-01T05:00:00.000+00:00",
)


@pytest.fixture
def place(tmp_path):
    return ReportFolder(root=tmp_path, report="toy", name="2026-10")


@pytest.fixture
def history(tmp_path):
    return History(tmp_path)


def run(history, place, begun=BEGUN, *, end=None, late=None):
    """A run that writes one file, ends as `end` says, or fails as `late` says when its report stands already."""
    with OpenRun(history, begun) as opened:
        with place.building(again=True) as new:
            opened.begin()
            (new / "page").write_text(begun.id, encoding="utf-8")
            if end is not None:
                raise end
            opened.finish(write_record(begun, new))
        if late is not None:
            raise late


def killed(history, place, begun):
    """What a run leaves that is killed at work: an open row, and a folder aside."""
    history.begin(begun)
    (place.aside / "new").mkdir(parents=True)
    (place.aside.parent / f"{place.aside.name}.lock").touch()


def test_a_run_that_made_its_report(history, place):
    run(history, place)
    (past,) = history.runs()
    assert (past.outcome, past.report, past.period, past.error) == (DONE, "toy", "2026-10", None)
    assert past.parameters == {"loss_weight": 2.25} and past.versions == {"python": "3.12.1"}
    assert past.inputs == [{"file": "events.csv", "sha256": "0" * 64}]
    (output,) = past.outputs
    # sha256 of "a1", by sha256sum
    assert output == {"file": "page", "sha256": "f55ff16f66f43360266b95db6f8fec01d76031054306ae4a4b380598f6cfd114"}
    assert past.duration_seconds > 0 and past.finished_at > past.started_at
    record = record_in(place.target)
    assert (record.id, record.finished_at) == (past.id, past.finished_at)


def test_a_row_is_open_while_its_run_works(history, place):
    with OpenRun(history, BEGUN) as opened, place.building(again=False) as new:
        assert history.runs() == []
        opened.begin()
        assert history.runs()[0].outcome == RUNNING
        assert settle(place.root) == [], "a run that lives is left alone"
        opened.finish(write_record(BEGUN, new))
    assert history.runs()[0].outcome == DONE


@pytest.mark.parametrize(
    ("end", "outcome", "error", "cell"),
    [
        (ReportError("the disk is full"), FAILED, "the disk is full", None),
        (
            CellError(cell_name="at risk", cell_number=3, error_name="KeyError", error_value="'a'", traceback=""),
            FAILED,
            "cell 3 (at risk) failed with KeyError: 'a'",
            "at risk",
        ),
        (ZeroDivisionError(), FAILED, "ZeroDivisionError", None),
        (KeyboardInterrupt(), STOPPED, None, None),
        (SystemExit(143), STOPPED, None, None),
    ],
)
def test_a_run_that_did_not(history, place, end, outcome, error, cell):
    with pytest.raises(type(end)):
        run(history, place, end=end)
    (past,) = history.runs()
    assert (past.outcome, past.error, past.cell, past.outputs) == (outcome, error, cell, [])
    assert past.finished_at is not None
    assert not place.target.exists()


def test_a_run_that_never_had_its_place_is_no_run(history, place):
    run(history, place)
    with pytest.raises(ReportError), OpenRun(history, replace(BEGUN, id="b2")), place.building(again=True):
        raise ReportError("before it began")
    assert [past.id for past in history.runs()] == ["a1"]


def test_an_error_that_comes_when_the_report_stands_does_not_undo_it(history, place):
    with pytest.raises(OSError, match="full"):
        run(history, place, late=OSError("the disk is full"))
    assert history.runs()[0].outcome == DONE and place.target.exists()


def test_a_killed_run_is_interrupted_and_the_older_report_stays_done(history, place):
    run(history, place)
    killed(history, place, replace(BEGUN, id="b2", started_at="2026-11-02T05:00:00.000+00:00"))
    (settled,) = settle(place.root)
    assert (settled.id, settled.outcome, settled.finished_at) == ("b2", INTERRUPTED, None)
    assert [past.outcome for past in history.runs()] == [INTERRUPTED, DONE]
    assert (place.target / "page").read_text(encoding="utf-8") == "a1"
    assert not place.aside.exists()
    assert settle(place.root) == []


def test_a_run_killed_when_its_report_stood_was_done(history, place):
    history.begin(BEGUN)
    with place.building(again=True) as new:
        write_record(BEGUN, new)
    (settled,) = settle(place.root)
    assert (settled.outcome, settled.outputs) == (DONE, [])
    assert settled.finished_at == record_in(place.target).finished_at


def test_a_run_killed_between_two_renames_is_finished_and_done(history, place):
    killed(history, place, BEGUN)
    write_record(BEGUN, place.aside / "new")
    (place.aside / "old").mkdir()
    (place.aside / "complete").touch()
    assert [past.outcome for past in settle(place.root)] == [DONE]
    assert record_in(place.target).id == "a1"


def test_the_runs_of_one_report_and_the_latest(history, place):
    other = ReportFolder(root=place.root, report="other", name="2026-10")
    run(history, place)
    run(history, other, replace(BEGUN, id="b2", report="other", folder=other.key, started_at="2026-11-02T05:00Z"))
    assert [past.id for past in history.runs()] == ["b2", "a1"]
    assert [past.id for past in history.runs(report="toy")] == ["a1"]
    assert [past.id for past in history.runs(limit=1)] == ["b2"]
    assert history.last("toy/2026-10").id == "a1" and history.last("toy/2026-11") is None


def test_a_folder_without_a_history_has_none_and_gets_none_by_being_asked(history, tmp_path):
    assert history.runs() == history.running() == settle(tmp_path) == []
    assert not history.posted("a1", "mail", "0" * 64)
    assert not history.path.exists()


def test_posts_are_remembered_by_their_hash_alone(history):
    history.note_post("a1", "mail", "0" * 64)
    history.note_post("a1", "mail", "0" * 64)
    assert history.posted("a1", "mail", "0" * 64)
    assert not history.posted("a1", "webhook", "0" * 64) and not history.posted("b2", "mail", "0" * 64)


def test_a_file_that_is_no_history_is_said_and_left_alone(history):
    history.path.write_text("a letter to my aunt " * 100, encoding="utf-8")
    with pytest.raises(ReportError, match=r"history\.sqlite cannot be used: .*It can be moved away"):
        history.runs()
    assert "my aunt" in history.path.read_text(encoding="utf-8")


def test_a_history_that_another_holds_is_waited_for(history, place, monkeypatch):
    monkeypatch.setattr("cxlib.reporting.history.WAIT_SECONDS", 0.05)
    run(history, place)
    holder = sqlite3.connect(history.path)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ReportError, match="cannot be used: database is locked"):
        history.runs()
    holder.close()
    assert len(history.runs()) == 1


def test_a_record_reads_back_and_a_torn_one_does_not(tmp_path):
    assert RunRecord.from_json(BEGUN.to_json()) == BEGUN
    later = json.loads(BEGUN.to_json()) | {"a_key_of_a_later_version": 1}
    assert RunRecord.from_json(json.dumps(later)) == BEGUN
    for text in ("", "[]", "{}", BEGUN.to_json()[:-5]):
        (tmp_path / "run.json").write_text(text, encoding="utf-8")
        assert record_in(tmp_path) is None
    assert BEGUN.duration_seconds is None
    assert replace(BEGUN, finished_at="2026-11-01T05:01:30.500+00:00").duration_seconds == 90.5


def test_the_versions_are_those_of_every_package_that_cxlib_needs():
    versions = package_versions()
    assert {"python", "cxlib", "pandas", "numba", "altair"} <= versions.keys()
    assert "pytest" not in versions
