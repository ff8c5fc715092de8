"""Warm Pythons: forks that know nothing of each other, and that nothing outlives."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from cxlib.reporting import METRICS_MIME
from cxlib.reporting.execution import execute
from cxlib.reporting.failures import CellError, ReportError, TimeLimitError
from cxlib.reporting.kernels.forked import ForkedProcess
from cxlib.reporting.kernels.server import warm_server
from cxlib.reporting.progress import Progress
from tests.test_execution import LateInCell, run
from tests.toy_project import make_project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks only where they are safe")

NOTHING = ("gc:collect",)
"""A server that has imported nothing, which is there at once."""


@pytest.fixture(scope="module")
def cold():
    with warm_server(NOTHING) as server:
        yield server


@pytest.fixture
def warm(warm_kernels):
    return warm_kernels


def forked(server, source, folder, **options):
    """A fork that runs a script."""
    script = folder / "script.py"
    if not script.exists():
        script.write_text(source, encoding="utf-8")
    return ForkedProcess(server, "runpy:run_path", [str(script)], folder=folder, **options)


def is_alive(pid):
    """Whether a process is there and no corpse that its parent has not buried yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(what):
    for _ in range(200):
        if what():
            return True
        time.sleep(0.05)
    return False


# ---- forks ----


def test_a_fork_runs_where_it_is_told_and_speaks_where_its_owner_does(cold, tmp_path, capfd):
    source = "import os, sys\nprint(os.getcwd(), os.environ['WORD'], sys.argv[1:])\nos.write(2, b'aside')"
    process = forked(cold, source, tmp_path, environment={"WORD": "said"})
    assert process.wait(20) == 0
    script = str(tmp_path / "script.py")
    assert capfd.readouterr() == (f"{tmp_path} said {[script]}\n", "aside")


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [("import sys; sys.exit(7)", 7, ""), ("raise ValueError('so')", 1, "ValueError: so"), ("", 0, "")],
)
def test_a_fork_ends_as_any_python_would(cold, tmp_path, capfd, source, code, said):
    process = forked(cold, source, tmp_path)
    assert process.wait(20) == code == process.poll() == process.wait()
    assert said in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_signal_reaches_a_fork_and_what_it_started(cold, tmp_path, number):
    source = """\
import subprocess
from pathlib import Path
child = subprocess.Popen(["sleep", "60"])
Path("begins").write_text(str(child.pid))
Path("begins").rename("child")
child.wait()
"""
    process = forked(cold, source, tmp_path)
    assert wait_until((tmp_path / "child").exists)
    assert process.poll() is None
    process.send_signal(number)
    assert process.wait(20) == -number
    assert wait_until(lambda: not is_alive(int((tmp_path / "child").read_text())))


def test_a_fork_hears_of_an_interrupt_as_python_does(cold, tmp_path, capfd):
    process = forked(cold, "print('ready', flush=True)\nimport time\ntime.sleep(60)", tmp_path)
    assert wait_until(lambda: "ready" in capfd.readouterr().out)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 1
    assert "KeyboardInterrupt" in capfd.readouterr().err


def test_a_fork_hears_of_an_interrupt_though_its_owner_ignores_them(tmp_path, capfd):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with warm_server(NOTHING) as server:
            process = forked(server, "print('ready', flush=True)\nimport time\ntime.sleep(60)", tmp_path)
            assert wait_until(lambda: "ready" in capfd.readouterr().out)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 1
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_fork_shows_no_secret_of_the_post(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("CX_SMTP_PASSWORD", "hemligt")
    monkeypatch.setenv("CX_WEBHOOK_URL", "https://hooks.example.org/hemligt")
    monkeypatch.setenv("CX_OTHER", "kept")
    source = "import os\nfor pid in (os.getpid(), os.getppid()): print(open(f'/proc/{pid}/environ').read())"
    with warm_server(NOTHING) as server:
        assert forked(server, source, tmp_path, environment={}).wait(20) == 0
    said = capfd.readouterr().out
    assert said.count("CX_OTHER=kept") == 2
    assert "hemligt" not in said


def test_a_fork_is_given_files(cold, tmp_path):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = ForkedProcess(cold, "os:close", [], folder=tmp_path, files=[theirs.fileno()])
        theirs.close()
        assert process.wait(20) == 0
        assert ours.recv(10) == b""


def test_forks_draw_other_numbers_by_chance_and_share_no_state(cold, tmp_path, capfd):
    source = """\
import builtins, random
import numpy as np
print(random.random(), np.random.rand(), np.random.default_rng().random(), hasattr(builtins, "left"), end=" ")
builtins.left = True
"""
    for _ in range(3):
        assert forked(cold, source, tmp_path).wait(20) == 0
    said = capfd.readouterr().out.split()
    assert said.count("False") == 3
    assert len(set(said)) == 10


def test_twenty_forks_run_a_parallel_kernel_that_ran_before_the_fork(tmp_path, capfd):
    (tmp_path / "warm.py").write_text(
        """\
import builtins
import numba
import numpy as np

@numba.njit(parallel=True)
def total(x):
    s = 0.0
    for i in numba.prange(x.size):
        s += x[i]
    return s

builtins.total = total
builtins.total(np.ones(1000))
"""
    )
    # In one write each, for two write at once.
    source = "import os\nimport numpy as np\nos.write(1, f'{int(total(np.ones(100_000)))}\\n'.encode())"
    with warm_server(("runpy:run_path", str(tmp_path / "warm.py"))) as server:
        for _ in range(10):
            pair = [forked(server, source, tmp_path) for _ in range(2)]
            assert [process.wait(30) for process in pair] == [0, 0]
    assert capfd.readouterr().out.split() == ["100000"] * 20


@pytest.mark.parametrize("step", ["fork", "pidfd_open"])
def test_a_fork_that_the_machine_refuses_is_no_end_of_the_server(tmp_path, step):
    (tmp_path / "warm.py").write_text(
        f"""\
import os
allowed = os.{step}

def refused(*arguments):
    os.{step} = allowed
    raise BlockingIOError(11, "Resource temporarily unavailable")

os.{step} = refused
"""
    )
    with warm_server(("runpy:run_path", str(tmp_path / "warm.py"))) as server:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs, pytest.raises(OSError):
                ForkedProcess(server, "signal:pause", [], folder=tmp_path, files=[theirs.fileno()])
            ours.settimeout(20)
            assert ours.recv(10) == b""
        assert forked(server, "raise SystemExit(7)", tmp_path).wait(20) == 7


def test_a_fork_hands_on_no_file_that_it_was_given(tmp_path):
    (tmp_path / "warm.py").write_text(
        "import builtins, os\nbuiltins.look = lambda number: os._exit(7 if os.get_inheritable(number) else 0)"
    )
    with warm_server(("runpy:run_path", str(tmp_path / "warm.py"))) as server, (tmp_path / "warm.py").open() as file:
        assert ForkedProcess(server, "builtins:look", [], folder=tmp_path, files=[file.fileno()]).wait(20) == 0


# ---- nothing outlives its owner ----


def test_a_fork_ends_with_the_connection_of_who_asked(cold, tmp_path):
    process = forked(cold, "import signal; signal.pause()", tmp_path)
    pid = process.pid
    assert is_alive(pid)
    process._connection.close()
    assert wait_until(lambda: not is_alive(pid))


def test_a_fork_ends_with_its_server_and_the_next_is_refused(tmp_path):
    with warm_server(NOTHING) as server:
        process = forked(server, "import signal; signal.pause()", tmp_path)
        os.kill(server.pid, signal.SIGKILL)
        assert process.wait(20) == -signal.SIGKILL
        assert wait_until(lambda: not is_alive(process.pid))
        with pytest.raises(OSError):
            forked(server, "", tmp_path)


def test_forks_end_where_the_block_ends(tmp_path):
    with warm_server(NOTHING) as server:
        process = forked(server, "import signal; signal.pause()", tmp_path)
    assert process.wait(20) == -signal.SIGKILL
    assert not is_alive(server.pid)
    assert not server.address.exists()


def test_server_and_forks_end_with_an_owner_that_is_killed(tmp_path):
    owner = f"""\
import os, signal, time
from cxlib.reporting.kernels.forked import ForkedProcess
from cxlib.reporting.kernels.server import warm_server
with warm_server({NOTHING!r}) as server:
    process = ForkedProcess(server, "signal:pause", [], folder="/")
    if os.fork() == 0:  # which holds the owner's end of the pipe too
        time.sleep(10)
        os._exit(0)
    print(server.pid, process.pid, flush=True)
    signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE, text=True) as process:
        server, fork = map(int, process.stdout.readline().split())
        assert is_alive(server) and is_alive(fork)
        process.kill()
    assert wait_until(lambda: not is_alive(server) and not is_alive(fork))


# ---- kernels ----


def figures(notebook):
    return [
        output["data"][METRICS_MIME]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if METRICS_MIME in output.get("data", {})
    ]


def test_a_forked_kernel_gives_the_figures_of_a_fresh_one(warm, tmp_path):
    project = make_project(tmp_path, notebook="toy_report.ipynb")
    forks = [figures(run(project, kernels=warm)) for _ in range(2)]
    fresh = figures(run(project))
    assert len(fresh) == 1
    assert [json.dumps(found) for found in forks] == [json.dumps(fresh)] * 2


def notebook_of(folder, *sources):
    cells = [nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    path = folder / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def said_by(notebook):
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.outputs)


def test_a_kernel_is_a_fork_and_nothing_of_the_last_is_in_it(warm, tmp_path):
    source = """\
import builtins, os, sys
print(os.getppid(), "altair" in sys.modules, os.getcwd(), hasattr(builtins, "left"), __name__, len(sys.argv))
builtins.left = True
"""
    path = notebook_of(tmp_path, source)
    said = [said_by(execute(path, {}, progress=Progress(), kernels=warm)) for _ in range(2)]
    arguments = said[0].split()[-1]
    assert said == [f"{warm.pid} True {tmp_path} False __main__ {arguments}\n"] * 2


def test_a_cell_that_fails_in_a_fork_is_told_as_in_a_fresh_kernel(warm, tmp_path):
    project = make_project(tmp_path, notebook="fails_in_cell.ipynb")
    with pytest.raises(CellError, match="payment") as fork:
        run(project, kernels=warm)
    with pytest.raises(CellError) as fresh:
        run(project)
    assert str(fork.value) == str(fresh.value)


def test_a_forked_kernel_that_dies_is_said_to_have_died(warm, tmp_path):
    with pytest.raises(ReportError, match=r"in cell 4 \(A large table\); most often the machine ran out of memory"):
        run(make_project(tmp_path, notebook="kernel_dies.ipynb"), kernels=warm)


def test_a_forked_kernel_is_killed_when_its_time_is_up(warm, tmp_path, monkeypatch):
    project = make_project(tmp_path, notebook="waits.ipynb")
    clock = LateInCell(2, project / "data" / "small" / "waiting")
    monkeypatch.setattr("cxlib.reporting.execution.time", clock)
    with pytest.raises(TimeLimitError, match="cell 3"):
        run(project, kernels=warm, progress=clock, timeout_seconds=300)
    kernel = int((project / "data" / "small" / "waiting").read_text(encoding="utf-8"))
    assert wait_until(lambda: not is_alive(kernel))


def test_a_kernel_is_a_plain_process_where_the_server_is_gone(tmp_path):
    path = notebook_of(tmp_path, "import os\nprint(os.getppid())")
    with warm_server(("no_such_module:function",)) as server:
        assert said_by(execute(path, {}, progress=Progress(), kernels=server)) == f"{os.getpid()}\n"


def test_other_systems_have_no_server(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with warm_server() as server:
        assert server is None
