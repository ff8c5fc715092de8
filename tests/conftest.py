"""Fixtures that more than one test module needs."""

from __future__ import annotations

import fcntl
import gc
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no reason for a property to fail.
settings.register_profile("cxlib", deadline=None)
settings.load_profile("cxlib")

LONGEST = (
    "test_workshop_in_browser.py",
    "test_notebooks.py",
    "test_reports.py",
    "test_ablations.py",
    "test_many.py",
    "test_workshop_served.py",
    "test_phases_in_browser.py",
    "test_takehome_in_browser.py",
    "test_workshop_takehome.py",
    "test_findings.py",
    "test_phase_panel.py",
    "test_run.py",
    "test_explorer_in_browser.py",
    "test_workshop_sliders.py",
    "test_told.py",
    "test_rule_grid.py",
    "test_due_runs.py",
    "test_report_in_browser.py",
    "test_charts.py",
    "test_kills.py",
    "test_feedback_findings.py",
    "test_panels.py",
)
"""Files that take twenty seconds and more, the longest first."""


COMPILED_OF_THE_MODEL = """
import cxlib as cx

study, rules = cx.load_study("data/demo"), cx.CapitalRules()
found = cx.experiences(study, rules)
cx.customer_months(cx.capital_ledger(found, rules, study.cases), rules)
cx.CapitalAccounts(found, study.customers, study.cases).by_month(rules, None)
"""


def pytest_sessionstart(session):
    """In a fresh clone compile the model beside the collecting: numba keeps it for the dozen processes that would else
    all do so at once, ten seconds each."""
    root = Path(__file__).parents[1]
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and not any((root / "cxlib" / "capital" / "__pycache__").glob("*.nbi")):
        session.config.compiling = subprocess.Popen([sys.executable, "-c", COMPILED_OF_THE_MODEL], cwd=root)


def pytest_sessionfinish(session):
    if compiling := getattr(session.config, "compiling", None):
        compiling.wait()


def pytest_collection_modifyitems(items):
    """Begin with what takes longest: one of these files at the end leaves a core with nothing to do.

    By `--dist loadfile` a worker is given the next file when it is nearly through with its own.
    """
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))


def pytest_collection_finish():
    """Spare the garbage collector all that is loaded by now and stays: it would look through it with every test."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure():
    """Else what is never collected is called a leak by the libraries that look after themselves."""
    gc.unfreeze()


SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: a sixth of the time is spent waiting, for browsers, kernels and clocks."""
    available = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return len(available) + 1


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data beside the project; tests that read it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real data is not here: no folder {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def channels_by_class():
    """Fail whatever draws a chart and leaves it to altair to find the class of a channel.

    For each such encoding altair hashes the schemas of all its classes, 5 to 10 ms (altair 6.3, November 2026).
    """
    from altair import SchemaBase
    from altair.utils import schemapi

    def refuse(cls, given, validate=True):
        raise AssertionError(
            f"an encoding is {given}: give it as alt.{cls.__name__}(...), or as the {cls.__name__}Datum"
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SchemaBase, "from_dict", classmethod(refuse))
        # as in a notebook: `to_dict` holds a chart against the schema whole, and its parts are not held besides
        patch.setattr(schemapi, "DEBUG_MODE", False)
        yield


@pytest.fixture
def write_study(tmp_path):
    """Write a study's files (text as UTF-8, or bytes) into a folder and give the folder."""

    def write(files: dict[str, str | bytes], folder: str = "study") -> Path:
        root = tmp_path / folder
        root.mkdir(exist_ok=True)
        for name, content in {"study.toml": "", **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return root

    return write


@pytest.fixture(scope="session")
def make_report(tmp_path_factory, request):
    """Run the monthly report into a folder of its own; the same question is asked once, however many processes share
    the tests. Its kernel is forked of a warm one, unless the report has a name of its own: then all of it is cold."""
    from cxlib.reporting.definition import load_definition
    from cxlib.reporting.run import run_report

    definition = load_definition("monthly", Path(__file__).resolve().parents[1])
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "made"
    shared.mkdir(exist_ok=True)

    def make(*, name: str = "", **question) -> Path:
        asked = repr((name, *sorted((option, str(value)) for option, value in question.items())))
        folder = shared / hashlib.sha256(asked.encode()).hexdigest()[:12]
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            said = folder.with_suffix(".txt")
            if not said.exists():
                kernels = None if name else request.getfixturevalue("warm_kernels")
                run = run_report(definition, output=folder, kernels=kernels, **question)
                said.write_text(str(run.folder), encoding="utf-8")
            return Path(said.read_text(encoding="utf-8"))

    return make


@pytest.fixture(scope="session")
def warm_kernels():
    """One server of warm Pythons for all tests that fork of it and leave it as it is: it takes seconds to warm up."""
    from cxlib.reporting.kernels.server import warm_server

    with warm_server() as server:
        yield server


@pytest.fixture
def cx_command(capfd, monkeypatch):
    """Run `cx` in this process: (exit code, stdout, stderr)."""

    from cxlib import cli

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["cx", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return ended.value.code or 0, out, err

    return run
