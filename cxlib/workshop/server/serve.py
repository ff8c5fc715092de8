"""What `cx workshop` does: check the study, make the kernels' common part, serve the page until asked to end."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import nbformat

from cxlib.errors import ParameterError
from cxlib.language import Language
from cxlib.reporting.kernels.forked import ForkedProcess
from cxlib.reporting.kernels.server import warm_server
from cxlib.study import load_study
from cxlib.workshop.page import TEMPLATE
from cxlib.workshop.scenes import Stage
from cxlib.workshop.server.notebook import served_notebook, smallest_base_of

NARROWED = TEMPLATE / "narrowed.js"
THIS_MACHINE = "127.0.0.1"
PORT = 8866
PORTS_TRIED = 20
MOST_SESSIONS = 30
LONGEST_FOLDER = 36
"""A Unix socket's path has room for 107 bytes, and a kernel's name takes up to 70."""
TEXTS = ("title", "starting", "drawing", "broken", "no_script", "refused", "refused_help", "full", "ended")


def check_voila() -> None:
    """Say how to get Voila where it is missing.

    Raises
    ------
    ParameterError
    """
    if find_spec("voila") is None:
        raise ParameterError(
            'serving the workshop needs Voila, which is not installed: pip install "cxlib[workshop]"; '
            "cx workshop --export FILE.html needs nothing"
        )


def free_port(ip: str, port: int) -> int:
    """The port, or the next free one; 0 stands for any.

    Raises
    ------
    ParameterError
        None of the next `PORTS_TRIED` is free, or the address is not this machine's.
    """
    for tried in range(port, port + PORTS_TRIED) if port else [0]:
        try:
            with socket.create_server((ip, tried)) as probe:
                return probe.getsockname()[1]
        except (OSError, OverflowError) as error:
            problem = error
    raise ParameterError(f"--ip {ip} --port {port}: none of {PORTS_TRIED} ports can be listened on ({problem})")


def serve_workshop(
    notebook: Path,
    study: Path,
    *,
    data_dir: Path | None = None,
    language: str | None = None,
    ip: str = THIS_MACHINE,
    port: int = PORT,
    most_sessions: int = MOST_SESSIONS,
    token: str | None = None,
    opens_browser: bool = True,
    log: Callable[[str], None],
) -> None:
    """Serve the workshop of a study until SIGTERM or an interrupt.

    Parameters
    ----------
    notebook : Path
        The workshop's notebook.
    study : Path
        The study's folder.
    data_dir : Path, optional
        Where its tables lie, if not beside study.toml.
    language : str, optional
        Default the study's.
    ip, port
        Where to listen; if the port is taken, the next free one; 0 is any.
    most_sessions : int
        How many may look at it at once.
    token : str, optional
        What the address must hold; default a random one.
    opens_browser : bool
    log : callable of text
        Told the address, once it can be opened.

    Raises
    ------
    ParameterError
        Voila is missing, the study cannot be shown, or no port is free.
    """
    check_voila()
    loaded = load_study(study, data_dir=data_dir)
    stage = Stage.of(loaded, language=language)
    spoken = stage.language
    given = served_notebook(notebook, study=study, data_dir=data_dir, language=spoken.code)
    asked = (
        str(study.resolve()),
        str(data_dir.resolve()) if data_dir else "",
        spoken.code,
        str(smallest_base_of(given)),
    )
    port = free_port(ip, port)
    token = token or secrets.token_urlsafe(24)
    texts = {name: spoken.text(f"workshop.{name}") for name in TEXTS}
    texts |= {
        "language": spoken.code,
        "study": stage.study.settings.name,
        "full_help": spoken.text("workshop.full_help", n=spoken.number(most_sessions)),
        "about": spoken.text("workshop.about_served", study=stage.study.settings.name, month=stage.month_name),
    }
    with (
        tempfile.TemporaryDirectory(prefix="cx-") as folder,
        warm_server(("cxlib.workshop.server.warm_up:warm_up", *asked)) as kernels,
    ):
        page = Path(folder) / "workshop.ipynb"
        nbformat.write(given, page)
        if kernels is not None:
            # Else the first visitor would wait for what all kernels have in common.
            with suppress(OSError):
                ForkedProcess(kernels, "gc:collect", [], folder=folder).wait()
        _run(page, Path(folder), kernels, texts, spoken, ip, port, token, most_sessions, opens_browser, log)


def _run(page, folder, kernels, texts, language: Language, ip, port, token, most_sessions, opens_browser, log) -> None:
    from traitlets.config import Config

    from cxlib.workshop.server.application import WorkshopServer

    kernel = {"server": kernels}
    if sys.platform == "linux" and len(os.fsencode(folder)) <= LONGEST_FOLDER:
        kernel["transport"] = "ipc"  # by files that only this user can open, not by ports that all can
    settings = Config(
        WorkshopKernel=kernel,
        VoilaConfiguration={"resources": {"workshop": texts, "narrowed": NARROWED.read_text(encoding="utf-8")}},
    )
    server = WorkshopServer(
        config=settings,
        notebook_path=str(page),
        connection_dir_root=str(folder),
        ip=ip,
        port=port,
        port_retries=0,
        entry_token=token,
        language=language,
        page_texts=texts,
        most_sessions=most_sessions,
        open_browser=False,
        log_level="WARN",
    )
    address = f"http://{ip}:{port}/?token={token}"

    def ready() -> None:
        log(address)
        if opens_browser:
            webbrowser.open(address)

    server.serve(ready)
