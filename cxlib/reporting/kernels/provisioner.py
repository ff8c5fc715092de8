"""A Jupyter kernel that is a fork of a warm Python."""

from __future__ import annotations

import signal
import sys
from importlib.util import find_spec
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Instance

from cxlib.reporting.kernels.forked import ForkedProcess
from cxlib.reporting.kernels.server import WarmServer

KERNEL_PROGRAM = "ipykernel_launcher"


class ForkedProvisioner(LocalProvisioner):
    """Launches a kernel by forking `server`; by a plain process where the server is not to be had.

    All else is as of a local process: `ForkedProcess` has the manners of `Popen`, by which jupyter_client knows it.
    """

    server = Instance(WarmServer)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        arguments = cmd[cmd.index(KERNEL_PROGRAM) + 1 :]
        try:
            self.process = ForkedProcess(
                self.server,
                "cxlib.reporting.kernels.provisioner:run_kernel",
                # A plain kernel hears of its parent by the environment, but only when it is imported.
                [*arguments, f"--IPKernelApp.parent_handle={self.server.pid}"],
                folder=kwargs["cwd"],
                environment=kwargs["env"],
            )
        except OSError:
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.process.pid
        # No group to send signals to: the server does it, which knows whether the process's number is still its own.
        self.pgid = None
        self.cwd = kwargs["cwd"]
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        # jupyter_client interrupts a kernel before it kills it, and the kernel would have time to complain of it.
        if signum != signal.SIGINT or not self.parent.shutting_down:
            await super().send_signal(signum)


def run_kernel(*arguments: str) -> None:
    """Be a kernel: what the program `ipykernel_launcher` does."""
    from ipykernel.kernelapp import IPKernelApp

    sys.argv[0] = find_spec(KERNEL_PROGRAM).origin
    IPKernelApp.launch_instance(list(arguments))
