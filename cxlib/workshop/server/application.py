"""Voila with our page, our kernels and our manners: nothing of the user's is read, nothing comes from the network."""

from __future__ import annotations

import posixpath
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from tornado.ioloop import IOLoop
from tornado.web import HTTPError, RequestHandler
from traitlets import Bool, Dict, Instance, Integer, Set, Unicode, default
from voila.app import Voila
from voila.configuration import VoilaConfiguration
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import MultiStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler

from cxlib.language import Language
from cxlib.reporting.kernels.clean import CleanKernel
from cxlib.workshop.server.gate import GateKeeper, gated
from cxlib.workshop.server.scripts import Noticed, PackHandler, Scripts
from cxlib.workshop.server.seats import TAKEN, Seats

TEMPLATES = Path(__file__).parent / "template"
EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget"]
"""What may run in the page, whatever else is installed for JupyterLab."""

UNSEEN_SECONDS = 120
"""So long a kernel is kept for a page that was lost without a word, such as on a laptop that was closed."""


TRIED_AGAIN_SECONDS = 15
"""When the page of a full workshop asks again by itself."""


class WorkshopKernel(CleanKernel, ServerKernelManager):
    """A clean kernel, as a server of Jupyter's wants it; one that is lost stays lost, since its page would not know."""

    autorestart = Bool(False)


class WorkshopKernels(AsyncMappingKernelManager):
    """The kernels of all visitors."""

    @default("kernel_manager_class")
    def _our_kernel(self) -> str:
        return f"{WorkshopKernel.__module__}.{WorkshopKernel.__qualname__}"

    _ending = Set()

    async def start_kernel(self, **options: Any) -> str:
        """Start a kernel for the request that is being answered."""
        kernel_id = await super().start_kernel(**options)
        seat = TAKEN.get()
        if seat is not None:
            seat.kernel_id = kernel_id
        return kernel_id

    async def end_kernel(self, kernel_id: str) -> None:
        """End a kernel if it runs; its own page and the one after it may both ask for that."""
        if kernel_id not in self or kernel_id in self._ending:
            return
        self._ending.add(kernel_id)
        try:
            await self.shutdown_kernel(kernel_id, now=True)
        finally:
            self._ending.discard(kernel_id)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that is not in use; one that has not yet had a message has just started."""
        # jupyter_server 2.21 (November 2026) stumbles over those.
        if kernel_id in self and self.get_kernel(kernel_id).trait_has_value("last_activity"):
            await super().cull_kernel_if_idle(kernel_id)

    async def forget_the_dead(self) -> None:
        """Let go of kernels whose process has ended by itself, or was ended by the system."""
        for kernel_id in self.list_kernel_ids():
            # another page may have ended it while this one waited
            if kernel_id in self and not await self.is_alive(kernel_id):
                await self.end_kernel(kernel_id)


class WorkshopFiles(LargeFileManager):
    """Reads the notebook, and asks no list of the user's whether its outputs are to be trusted: it has none."""

    def mark_trusted_cells(self, nb: Any, path: str = "") -> None:
        """Nothing to mark."""


class ClosedHandler(RequestHandler):
    """Hears from a page that it is closed, and ends its kernel."""

    async def post(self, kernel_id: str) -> None:
        await self.settings["kernel_manager"].end_kernel(kernel_id)
        self.set_status(204)


class LeavingHandler(RequestHandler):
    """Hears from voila.js that a page may be left, which means nothing yet; `ClosedHandler` hears when it is."""

    def post(self, _kernel_id: str) -> None:
        self.set_status(204)


class PageHandler(TornadoVoilaHandler):
    """The page, for as many as the machine has room for."""

    async def get(self, path: str | None = None) -> None:
        if path:
            raise HTTPError(404)
        await self.kernel_manager.forget_the_dead()
        seats = self.settings["workshop_seats"]
        seat = seats.take(self.visitor)
        if seat is None:
            self.set_status(503)
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header("Retry-After", TRIED_AGAIN_SECONDS)
            self.finish(self.settings["workshop"].sentence("full", "full_help", again_seconds=TRIED_AGAIN_SECONDS))
            return
        try:
            if seat.ends is not None:
                await self.kernel_manager.end_kernel(seat.ends)
            TAKEN.set(seat)
            await super().get(path)
        finally:
            if seat.kernel_id is None:
                seats.leave(seat)


class ScriptHandler(Noticed, MultiStaticFileHandler):
    """Voila's own scripts and styles."""

    def set_extra_headers(self, path: str) -> None:
        """Have a browser ask each time: what it took from its own store would not be noticed."""
        self.set_header("Cache-Control", "no-cache")


class ExtensionHandler(Noticed, FileFindHandler):
    """The scripts of the extensions for widgets; whatever else is installed is not there."""

    async def get(self, path: str, include_body: bool = True) -> None:
        if not posixpath.normpath(path).startswith(tuple(f"{name}/" for name in EXTENSIONS)):
            raise HTTPError(404)
        await super().get(path, include_body)


OURS = {
    TornadoVoilaHandler: PageHandler,
    VoilaShutdownKernelHandler: LeavingHandler,
    MultiStaticFileHandler: ScriptHandler,
    FileFindHandler: ExtensionHandler,
}
"""What stands in for Voila's handlers. Its own for pages that are left wants a token that voila.js does not send."""


class WorkshopServer(Voila):
    """Serves one notebook to those who have the token.

    Parameters
    ----------
    notebook_path : str
    ip, port
        The port is taken as it is.
    entry_token : str
        What the link must hold. Voila's own `token` stays unused.
    language : Language
    page_texts : mapping of str to str
        What is said to those who cannot be shown the workshop.
    most_sessions : int
        How many may look at it at once.
    """

    entry_token = Unicode()
    language = Instance(Language)
    page_texts = Dict()
    most_sessions = Integer()
    scripts = Instance(Scripts, ())

    def serve(self, on_ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or an interrupt; no command line and no file of settings is read.

        Parameters
        ----------
        on_ready : callable
            Called when the server listens.
        """
        self.voila_configuration = VoilaConfiguration(
            parent=self,
            template="lab",
            allow_template_override="NO",
            allow_theme_override="NO",
            extension_allowlist=EXTENSIONS,
            multi_kernel_manager_class=WorkshopKernels,
            page_config_hook=self._page_config,
            file_allowlist=[],
            http_keep_alive_timeout=10,
        )
        self.setup_template_dirs()
        self.template_paths = [str(TEMPLATES), *self.template_paths]
        asked = signal.SIGTERM, signal.SIGINT
        before = {number: signal.signal(number, self._handle_signal_stop) for number in asked}
        IOLoop.current().add_callback(on_ready)
        try:
            self.start()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def init_settings(self) -> dict[str, Any]:
        settings = super().init_settings()
        self.contents_manager = settings["contents_manager"] = WorkshopFiles(parent=self)
        # Voila's own token would leave its scripts and pictures open; the gate lets nothing through.
        self.kernel_manager.cull_idle_timeout = UNSEEN_SECONDS
        self.kernel_manager.cull_interval = 15
        settings["workshop_gate"] = GateKeeper(
            self.entry_token, port=self.port, refusal=self.sentence("refused", "refused_help")
        )
        settings["workshop_seats"] = Seats(self.most_sessions, is_running=self.kernel_manager.__contains__)
        settings["workshop_scripts"] = self.scripts
        settings["workshop"] = self
        return settings

    def init_handlers(self) -> list[tuple]:
        handlers = super().init_handlers()
        own = [(r"/closed/(\w+-\w+-\w+-\w+-\w+)", ClosedHandler), (r"/scripts/(\w+)\.js", PackHandler)]
        ours = [(pattern, OURS.get(handler, handler), *rest) for pattern, handler, *rest in handlers]
        return gated(own + ours)

    def _page_config(self, page_config: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        """The page's settings without MathJax, which lies on the network and would be asked for at once."""
        own = {"disabledExtensions": ["@jupyterlab/mathjax2-extension:plugin"], "pack": self.scripts.newest}
        return {**page_config, **own}

    def sentence(self, title: str, text: str, *, again_seconds: int | None = None) -> str:
        """A page with a sentence, for those who cannot be shown the workshop; it may ask again by itself."""
        template = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True).get_template(
            "sentence.html.j2"
        )
        said = {"title": self.page_texts[title], "text": self.page_texts[text], "language": self.language.code}
        return template.render(**said, again_seconds=again_seconds)
