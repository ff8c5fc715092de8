"""A JupyterLab of one's own on this machine, and a notebook open in it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import nbformat

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
"""How long a busy machine with two cores may take for one step."""

SILENT = {
    "disabledExtensions": {
        "@jupyterlab/apputils-extension:announcements": True,
        "@jupyterlab/extensionmanager-extension": True,
    }
}
"""Without news, update checks and the list of extensions, which all ask the network."""


@dataclass(frozen=True)
class Lab:
    """A running server: its address, its token, and the folder of its notebooks."""

    address: str
    token: str
    folder: Path

    def write(self, name: str, cells: list[str]) -> None:
        """A notebook of code cells."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """Start JupyterLab on a free port of this machine, with settings of its own, and stop it in the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    notebooks, own = folder / "notebooks", folder / "jupyter"
    notebooks.mkdir()
    (own / "config" / "labconfig").mkdir(parents=True)
    (own / "config" / "labconfig" / "page_config.json").write_text(json.dumps(SILENT))
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    environment |= {name: str(own / place) for name, place in places.items()} | {"JUPYTER_PREFER_ENV_PATH": "1"}
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={notebooks}", f"--IdentityProvider.token={token}",
        "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(server, f"{address}/api?token={token}", folder / "server.log")
            yield Lab(address, token, notebooks)
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(server: subprocess.Popen, address: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start in {PATIENCE_S} s:\n{log.read_text()}")


@dataclass
class OpenedNotebook:
    """A notebook in the browser. `requests` holds what would have left the machine; all of it was refused."""

    page: object
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def run_all(self) -> None:
        """Run every cell, and wait until the last one has a number."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def python(self, code: str) -> str:
        """What Python code prints in the notebook's kernel."""
        return self.page.evaluate(
            """async code => {
                const panel = window.jupyterapp.shell.currentWidget;
                const future = panel.sessionContext.session.kernel.requestExecute({code});
                let said = "";
                future.onIOPub = message => {
                    if (message.header.msg_type === "stream") said += message.content.text;
                    if (message.header.msg_type === "error") said += message.content.evalue;
                };
                await future.done;
                return said;
            }""",
            code,
        ).strip()


@contextmanager
def opened_notebook(browser, lab: Lab, name: str, *, size: tuple[int, int]) -> Iterator[OpenedNotebook]:
    """Open a notebook of the lab in a browser that reaches nothing but this machine."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    result = OpenedNotebook(page)

    def refuse_others(route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1" or route.request.url.startswith(("data:", "blob:")):
            route.continue_()
        else:
            result.requests.append(route.request.url)
            route.abort()

    page.route("**/*", refuse_others)
    page.on("console", lambda said: result.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: result.errors.append(str(error)))
    page.goto(f"{lab.address}/lab/tree/{name}?token={lab.token}&reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    try:
        yield result
    finally:
        context.close()
