"""Voila with our page, our kernels and our manners: nothing of the user's is read, nothing comes from the network."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from tornado.ioloop import IOLoop
from tornado.web import RequestHandler
from traitlets import Dict, Instance, Integer, Unicode, default
from voila.app import Voila
from voila.configuration import VoilaConfiguration
from voila.tornado.handler import TornadoVoilaHandler

from cxlib.language import Language
from cxlib.reporting.kernels.clean import CleanKernel
from cxlib.workshop.server.gate import GateKeeper, gated

TEMPLATES = Path(__file__).parent / "template"
EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget"]
"""What may run in the page, whatever else is installed for JupyterLab."""

UNSEEN_SECONDS = 120
"""So long a kernel is kept for a page that was lost without a word, such as on a laptop that was closed."""


class WorkshopKernel(CleanKernel, ServerKernelManager):
    """A clean kernel, as a server of Jupyter's wants it."""


class WorkshopKernels(AsyncMappingKernelManager):
    """The kernels of all visitors. One that is lost is not started again: the page that it had would not know it."""

    @default("kernel_manager_class")
    def _our_kernel(self) -> str:
        return f"{WorkshopKernel.__module__}.{WorkshopKernel.__qualname__}"


class ClosedHandler(RequestHandler):
    """Hears from a page that it is closed, and ends its kernel."""

    async def post(self, kernel_id: str) -> None:
        kernels = self.settings["kernel_manager"]
        if kernel_id in kernels:
            await ensure_async(kernels.shutdown_kernel(kernel_id, now=True))
        self.set_status(204)


class PageHandler(TornadoVoilaHandler):
    """The page, for as many as the machine has room for."""

    async def prepare(self) -> None:
        await super().prepare()
        server = self.settings["workshop"]
        if self.request.path != "/" or len(self.kernel_manager.list_kernel_ids()) < server.most_sessions:
            return
        self.set_status(503)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Retry-After", UNSEEN_SECONDS)
        self.finish(server.sentence("full", "full_help"))


def _without_formulas(page_config: dict[str, Any], **_rest: Any) -> dict[str, Any]:
    """The page's settings without MathJax, which lies on the network and would be asked for at once."""
    return {**page_config, "disabledExtensions": ["@jupyterlab/mathjax2-extension:plugin"]}


class WorkshopServer(Voila):
    """Serves one notebook to those who have the token.

    Parameters
    ----------
    notebook_path : str
    language : Language
    study_name : str
    token : str
    port, ip
        The port is taken as it is.
    most_sessions : int
    on_ready : callable
        Called with the address when the server listens.
    """

    entry_token = Unicode()
    language = Instance(Language)
    page_texts = Dict()
    most_sessions = Integer()

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
            page_config_hook=_without_formulas,
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
        # Voila's own token would leave its scripts and pictures open; the gate lets nothing through.
        self.kernel_manager.cull_idle_timeout = UNSEEN_SECONDS
        self.kernel_manager.cull_interval = 15
        settings["workshop_gate"] = GateKeeper(
            self.entry_token, port=self.port, refusal=self.sentence("refused", "refused_help")
        )
        settings["workshop"] = self
        return settings

    def init_handlers(self) -> list[tuple]:
        handlers = super().init_handlers()
        own = [(r"/closed/(\w+-\w+-\w+-\w+-\w+)", ClosedHandler)]
        paged = [
            (pattern, PageHandler if handler is TornadoVoilaHandler else handler, *rest)
            for pattern, handler, *rest in handlers
        ]
        return gated(own + paged)

    def sentence(self, title: str, text: str) -> str:
        """A page with a sentence, for those who cannot be shown the workshop."""
        template = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True).get_template(
            "sentence.html.j2"
        )
        said = {"title": self.page_texts[title], "text": self.page_texts[text], "language": self.language.code}
        return template.render(**said)
