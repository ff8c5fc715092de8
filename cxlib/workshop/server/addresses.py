"""Where the workshop is served, and the links that lead there."""

from __future__ import annotations

import html
import socket
from pathlib import Path

from cxlib.errors import ParameterError

THIS_MACHINE = "127.0.0.1"
ALL = "0.0.0.0"
"""As many addresses as the machine has: nobody's to go to."""

PORT = 8866
PORTS_TRIED = 20


def free_port(ip: str, port: int) -> int:
    """The port, or the next free one; 0 stands for any.

    Parameters
    ----------
    ip : str
        Of IPv4 or IPv6.
    port : int

    Raises
    ------
    ParameterError
        None of the next `PORTS_TRIED` is free, or the address is not this machine's.
    """
    if ip == "::":
        raise ParameterError(f"--ip ::; allowed: an address of this machine, or {ALL} for all of IPv4")
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    tried = range(port, min(port + PORTS_TRIED, 65536)) if port else range(1)
    for each in tried:
        try:
            with socket.create_server((ip, each), family=family) as probe:
                return probe.getsockname()[1]
        except OSError as error:
            problem = error
    raise ParameterError(
        f"--ip {ip} --port {port}: {f'none of {len(tried)} ports' if port else 'no port'} can be listened on "
        f"({problem})"
    )


def links(ip: str, port: int, token: str) -> list[str]:
    """What to open: on this machine first, then in its networks, where it is served to them.

    Parameters
    ----------
    ip : str
        Where it is served.
    port : int
    token : str

    Returns
    -------
    list of str
        One, but for `ALL`.
    """
    hosts = [ip]
    if ip == ALL:
        from jupyter_client.localinterfaces import public_ips

        hosts = [THIS_MACHINE, *public_ips()]
    return [f"http://{f'[{host}]' if ':' in host else host}:{port}/?token={token}" for host in hosts]


def way_to(link: str, folder: Path) -> str:
    """The address of a file that leads to the link.

    A browser is given it instead of the link: every user of the machine can read what a program is started with.

    Parameters
    ----------
    link : str
        With the token.
    folder : Path
        Where the file is written, for this user's eyes only.

    Returns
    -------
    str
    """
    path = folder / "open.html"
    written = html.escape(link)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(
        '<!DOCTYPE html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f'<meta http-equiv="refresh" content="0; url={written}"><a href="{written}">{written}</a>\n',
        encoding="utf-8",
    )
    return path.as_uri()
