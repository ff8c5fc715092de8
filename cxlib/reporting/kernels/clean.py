"""A kernel manager for the Python that runs `cx`, with nothing of the user's in it."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from traitlets import Instance

from cxlib.reporting.kernels.provisioner import ForkedProvisioner
from cxlib.reporting.kernels.server import WarmServer
from cxlib.reporting.post.environment import for_notebooks


class CleanKernel(AsyncKernelManager):
    """The Python that runs `cx`, with nothing of the user's in it.

    jupyter_client would look for a kernel of the name in JUPYTER_PATH and in the user's folders, and could find
    another Python's. IPython would run the user's startup files, which could change a report's figures.
    """

    server = Instance(WarmServer, allow_none=True).tag(config=True)
    """Forks the kernel; None: a process that starts from nothing."""

    @property
    def kernel_spec(self) -> KernelSpec:
        # The connection file's folder is new for each run, and goes with it.
        own = f"--ipython-dir={Path(self.connection_file).parent}"
        return KernelSpec(**get_kernel_dict([own, "--InteractiveShellApp.exec_PYTHONSTARTUP=False"]))

    async def start_kernel(self, **kwargs: Any) -> None:
        kwargs["env"] = for_notebooks(kwargs.get("env") or os.environ)
        if self.server is not None:
            # Whoever manages several kernels has given this one its name.
            self.kernel_id = self.kernel_id or kwargs.get("kernel_id") or str(uuid.uuid4())
            self.provisioner = ForkedProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self, server=self.server
            )
        await super().start_kernel(**kwargs)
