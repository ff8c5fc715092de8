"""What `cx workshop` does: check the study, make the kernels' common part, serve the page until asked to end."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import nbformat

from cxlib.errors import ParameterError
from cxlib.language import Language
from cxlib.reporting.execution import OUTPUT_SECONDS
from cxlib.reporting.kernels.forked import ForkedProcess
from cxlib.reporting.kernels.server import WarmServer, warm_server
from cxlib.study import load_study
from cxlib.workshop.page import TEMPLATE
from cxlib.workshop.scenes import Stage
from cxlib.workshop.server.addresses import PORT, THIS_MACHINE, free_port, links, way_to
from cxlib.workshop.server.notebook import served_notebook, smallest_base_of
from cxlib.workshop.server.seats import MOST_SESSIONS

NARROWED = TEMPLATE / "narrowed.js"
LONGEST_FOLDER = 36
"""A Unix socket's path has room for 107 bytes, and a kernel's name takes up to 70."""
PATIENT = {"iopub_timeout": OUTPUT_SECONDS, "raise_on_iopub_timeout": True}
"""What a cell shows comes by another way than the word that it is done, and later where many start at once: nbclient
waits for four seconds, and then gives a page without it."""

TEXTS = (
    "title",
    "starting",
    "drawing",
    "slow",
    "broken",
    "no_script",
    "refused",
    "refused_help",
    "missing",
    "missing_help",
    "full",
    "ended",
    "keys",
)


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
        room = Room(ip, port, token or secrets.token_urlsafe(24), most_sessions, spoken, texts)

        def ready() -> None:
            here, *elsewhere = links(ip, port, room.token)
            log(here)
            if elsewhere:
                log("for others, by the network that they share with this machine:")
                for link in elsewhere:
                    log(link)
            if opens_browser:
                webbrowser.open(way_to(here, page.parent))

        _run(page, kernels, room, ready)


@dataclass(frozen=True)
class Room:
    """To whom a page is served, and how they are spoken to.

    Attributes
    ----------
    ip, port
        Where it listens.
    token : str
        What the link must hold.
    most_sessions : int
    language : Language
    texts : mapping of str to str
        What the template names.
    """

    ip: str
    port: int
    token: str
    most_sessions: int
    language: Language
    texts: Mapping[str, str]


def _run(page: Path, kernels: WarmServer | None, room: Room, on_ready: Callable[[], None]) -> None:
    from traitlets.config import Config

    from cxlib.workshop.server.application import WorkshopServer

    folder = str(page.parent)
    kernel = {"server": kernels}
    if sys.platform == "linux" and len(os.fsencode(folder)) <= LONGEST_FOLDER:
        kernel["transport"] = "ipc"  # by files that only this user can open, not by ports that all can
    shown = {"workshop": room.texts, "narrowed": NARROWED.read_text(encoding="utf-8")}
    server = WorkshopServer(
        config=Config(WorkshopKernel=kernel, VoilaConfiguration={"resources": shown}, VoilaExecutor=PATIENT),
        notebook_path=str(page),
        connection_dir_root=folder,
        ip=room.ip,
        port=room.port,
        port_retries=0,
        entry_token=room.token,
        language=room.language,
        page_texts=room.texts,
        most_sessions=room.most_sessions,
        open_browser=False,
        log_level="WARN",
    )
    server.serve(on_ready)
